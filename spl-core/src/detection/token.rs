//! `$field$` in texts: where they stand, and which of them a result can fill.

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Piece<'t> {
    /// As it is.
    Text(&'t str),
    /// The name between the dollars, without `result.`.
    Field(&'t str),
    /// Looks like a token, dollars included, and nothing has its name.
    Missing(&'t str),
}

/// The parts of a text. A dollar that begins no token is a dollar.
pub(super) fn pieces<'t>(text: &'t str, known: &dyn Fn(&str) -> bool) -> Vec<Piece<'t>> {
    let (mut pieces, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(dollar) = text[at..].find('$').map(|found| at + found) {
        let Some(piece) = token(&text[dollar..], known) else {
            at = dollar + 1;
            continue;
        };
        if start < dollar {
            pieces.push(Piece::Text(&text[start..dollar]));
        }
        pieces.push(piece);
        start = dollar + length(&text[dollar..]);
        at = start;
    }
    if start < text.len() {
        pieces.push(Piece::Text(&text[start..]));
    }
    pieces
}

/// The token at the beginning of the text.
pub(super) fn token<'t>(text: &'t str, known: &dyn Fn(&str) -> bool) -> Option<Piece<'t>> {
    let name = text.strip_prefix('$')?.split_once('$')?.0;
    let field = plain(name);
    if known(field) {
        return Some(Piece::Field(field));
    }
    is_name(field).then(|| Piece::Missing(&text[..length(text)]))
}

/// The bytes of the token at the beginning of the text.
pub(super) fn length(text: &str) -> usize {
    text.get(1..).and_then(|rest| rest.find('$')).map_or(text.len(), |end| end + 2)
}

/// The name without what tells where the value comes from and how it is to be quoted, which the place decides here.
pub(super) fn plain(name: &str) -> &str {
    let name = name.strip_prefix("result.").or_else(|| name.strip_prefix("row.")).unwrap_or(name);
    ["|s", "|n", "|h", "|u"].iter().find_map(|filter| name.strip_suffix(filter)).unwrap_or(name)
}

fn is_name(name: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '{' | '}' | ':' | '-' | '@');
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(letter)
}
