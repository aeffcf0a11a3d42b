//! What each part of a text is, for colours and completion: [`marks`]. Reads texts that are still being written, so nothing is an error
//! here; the words are those of the lexer. Knows no command by name.

use super::expr_lexer::{PieceKind, is_operator_name, piece};
use super::lexer::{Context, Lexer, RawCall, double_quoted, is_word};
use super::pipeline::Place;
use crate::error::Span;

/// What a part of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MarkKind {
    /// `|`.
    Pipe,
    /// The name of a command.
    Command,
    /// A name with an opening parenthesis behind it.
    Function,
    /// `AND`, `BY`, `AS` and their like.
    Keyword,
    /// The name before an equals sign.
    Key,
    /// Any other word: a field, a term, an option's value.
    Word,
    /// A number.
    Number,
    /// `"..."`.
    Text,
    /// `'...'`, a field's name.
    Field,
    /// A macro call, backquotes included.
    Macro,
    /// A comment.
    Comment,
    /// `=`, `<`, `+` and the like.
    Operator,
    /// Brackets, parentheses and commas.
    Bracket,
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it is.
    pub kind: MarkKind,
    /// Where.
    pub span: Span,
}

/// What a text leaves open at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Open {
    /// A pipe with nothing behind it.
    Pipe,
    /// A quoted text or name.
    Quote,
    /// A macro call.
    Macro,
    /// A comment.
    Comment,
    /// A subsearch.
    Subsearch,
    /// A parenthesis.
    Parenthesis,
}

/// A text's parts, and what it leaves open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// In the order of the text; blanks have none.
    pub all: Vec<Mark>,
    /// What has begun last among all that has no end yet.
    pub open: Option<Open>,
}

/// The parts of a text, whether it is a whole search or the beginning of one.
///
/// ```
/// use spl_core::syntax::{MarkKind, Open, marks};
///
/// let text = "error | eval a=round(x, 2) |";
/// let marks = marks(text);
/// let functions: Vec<&str> =
///     marks.all.iter().filter(|mark| mark.kind == MarkKind::Function).map(|mark| &text[mark.span.range()]).collect();
/// assert_eq!((functions, marks.open), (vec!["round"], Some(Open::Pipe)));
/// ```
pub fn marks(text: &str) -> Marks {
    let mut scan = Scan { lexer: Lexer::new(text), marks: Vec::new(), open: Vec::new() };
    let unclosed = scan.run(text);
    let waiting = scan.marks.iter().rfind(|mark| mark.kind != MarkKind::Comment);
    let pipe = waiting.filter(|mark| mark.kind == MarkKind::Pipe).map(|_| Open::Pipe);
    let open = unclosed
        .or(pipe)
        .or_else(|| scan.open.last().map(|level| if level.bracket { Open::Subsearch } else { Open::Parenthesis }));
    Marks { all: scan.marks, open }
}

/// A bracket or parenthesis without its end, and whose arguments stood before it.
struct Level {
    bracket: bool,
    outer: Context,
}

struct Scan {
    lexer: Lexer,
    marks: Vec<Mark>,
    open: Vec<Level>,
}

impl Scan {
    /// Goes through the text; tells what stands open in the sense that all behind it belongs to it.
    fn run(&mut self, text: &str) -> Option<Open> {
        let mut rest = text;
        let mut context = Context::Search;
        // Where a command's name may come next.
        let mut place = Some(Place::First);
        while let Some(first) = rest.chars().next() {
            let next = &rest[first.len_utf8()..];
            if first.is_whitespace() {
                rest = next;
                continue;
            }
            if let Some(body) = rest.strip_prefix("```") {
                match body.find("```") {
                    Some(end) => rest = self.mark(MarkKind::Comment, rest, &body[end + 3..]),
                    None => {
                        self.mark(MarkKind::Comment, rest, "");
                        return Some(Open::Comment);
                    }
                }
                continue;
            }
            if first == '|' {
                rest = self.mark(MarkKind::Pipe, rest, next);
                place = Some(Place::Piped);
                continue;
            }
            if let Some(here) = place.take() {
                if let Some((end, name)) = self.lexer.command_name(rest, here) {
                    context = if name.node == "search" { Context::Search } else { Context::Command };
                    rest = self.mark(MarkKind::Command, rest, end);
                    continue;
                }
                if here != Place::Piped {
                    context = Context::Search;
                }
            }
            rest = match first {
                '"' => match double_quoted(rest) {
                    Ok((end, _)) => self.mark(MarkKind::Text, rest, end),
                    Err(_) => {
                        self.mark(MarkKind::Text, rest, "");
                        return Some(Open::Quote);
                    }
                },
                '`' => match RawCall::read(rest) {
                    Ok((end, _)) => self.mark(MarkKind::Macro, rest, end),
                    Err(_) => match next.find('`') {
                        Some(end) => self.mark(MarkKind::Macro, rest, &next[end + 1..]),
                        None => {
                            self.mark(MarkKind::Macro, rest, "");
                            return Some(Open::Macro);
                        }
                    },
                },
                '\'' => match next.find('\'').map(|end| &next[end + 1..]) {
                    Some(end) if context == Context::Command || self.lexer.is_compared(end) => {
                        self.mark(MarkKind::Field, rest, end)
                    }
                    None if context == Context::Command => {
                        self.mark(MarkKind::Field, rest, "");
                        return Some(Open::Quote);
                    }
                    _ => self.mark(MarkKind::Word, rest, next),
                },
                '[' => {
                    self.open.push(Level { bracket: true, outer: context });
                    place = Some(Place::Inner);
                    self.mark(MarkKind::Bracket, rest, next)
                }
                '(' => {
                    self.open.push(Level { bracket: false, outer: context });
                    self.mark(MarkKind::Bracket, rest, next)
                }
                ']' | ')' => {
                    if self.open.last().is_some_and(|level| level.bracket == (first == ']'))
                        && let Some(level) = self.open.pop()
                    {
                        context = level.outer;
                    }
                    self.mark(MarkKind::Bracket, rest, next)
                }
                ',' => self.mark(MarkKind::Bracket, rest, next),
                '=' | '<' | '>' | '!' => self.mark(MarkKind::Operator, rest, next),
                _ => self.word(rest, context),
            };
        }
        None
    }

    /// Marks from one rest of the text to the next, which it returns.
    fn mark<'a>(&mut self, kind: MarkKind, from: &str, to: &'a str) -> &'a str {
        self.marks.push(Mark { kind, span: self.lexer.span(from, to) });
        to
    }

    /// A word as it stands between blanks and punctuation, cut finer where it is an expression's.
    fn word<'a>(&mut self, from: &'a str, context: Context) -> &'a str {
        let mut escaped = false;
        let end = from.find(|c: char| {
            let inside = escaped || c == '\\' || is_word(c);
            escaped = c == '\\' && !escaped;
            !inside
        });
        let (word, rest) = from.split_at(end.unwrap_or(from.len()).max(from.chars().next().map_or(0, char::len_utf8)));
        let before = match rest.trim_start() {
            behind if behind.starts_with('=') => MarkKind::Key,
            _ if rest.starts_with('(') => MarkKind::Function,
            _ => MarkKind::Word,
        };
        if context == Context::Search {
            let kind = match word {
                "AND" | "OR" | "NOT" | "IN" | "TERM" | "CASE" => MarkKind::Keyword,
                _ if before != MarkKind::Key && word.parse::<f64>().is_ok() => MarkKind::Number,
                _ if before == MarkKind::Function => MarkKind::Word,
                _ => before,
            };
            return self.mark(kind, from, rest);
        }
        let (mut left, mut operand) = (word, false);
        while !left.is_empty() {
            let (after, kind) = piece(left, operand);
            operand = !matches!(kind, PieceKind::Symbol(_));
            let kind = match kind {
                PieceKind::Number(_) => MarkKind::Number,
                PieceKind::Symbol(_) => MarkKind::Operator,
                PieceKind::Name(name) if is_operator_name(name) || is_clause(name) => MarkKind::Keyword,
                PieceKind::Name(_) if after.is_empty() => before,
                _ => MarkKind::Word,
            };
            let at = |left: &str| &from[word.len() - left.len()..];
            self.mark(kind, at(left), at(after));
            left = after;
        }
        rest
    }
}

/// Whether a word stands between the arguments of many commands.
fn is_clause(name: &str) -> bool {
    ["by", "as", "over", "with", "where", "output", "outputnew"].iter().any(|clause| name.eq_ignore_ascii_case(clause))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The marks, each as its first letter or two and its text.
    fn show(text: &str) -> String {
        let parts: Vec<String> =
            marks(text).all.iter().map(|mark| format!("{:?}:{}", mark.kind, &text[mark.span.range()])).collect();
        parts.join(" ")
    }

    #[test]
    fn parts_are_told_apart() {
        assert_eq!(
            show("error 404 `m(1)` | eval a=if(b>1.5, \"x\", 'c d')+2 ```why```"),
            "Word:error Number:404 Macro:`m(1)` Pipe:| Command:eval Key:a Operator:= Function:if Bracket:( Word:b \
             Operator:> Number:1.5 Bracket:, Text:\"x\" Bracket:, Field:'c d' Bracket:) Operator:+ Number:2 Comment:```why```"
        );
        assert_eq!(
            show("a=1 [search b NOT c|fields d] | stats count BY x"),
            "Key:a Operator:= Number:1 Bracket:[ Command:search Word:b Keyword:NOT Word:c Pipe:| Command:fields Word:d \
             Bracket:] Pipe:| Command:stats Word:count Keyword:BY Word:x"
        );
    }

    #[test]
    fn what_is_open_is_told() {
        for (text, open) in [
            ("", None),
            ("a |", Some(Open::Pipe)),
            ("a | ```why```", Some(Open::Pipe)),
            ("a | ```why", Some(Open::Comment)),
            ("a \"b", Some(Open::Quote)),
            ("it's", None),
            ("a | eval 'b", Some(Open::Quote)),
            ("`m(1", Some(Open::Macro)),
            ("a [search b", Some(Open::Subsearch)),
            ("a | eval b=if(c", Some(Open::Parenthesis)),
            ("a [search (b)]", None),
        ] {
            assert_eq!(marks(text).open, open, "{text}");
        }
    }

    #[test]
    fn marks_never_overlap_nor_cut_characters() {
        for text in ["ä|ö '\\ü` \"", "\\", "'", "| \\\u{10ffff}a.b'c", "$a b$ <<x>>", "(]", "a='b'c' !", "[ \u{a0} ]"]
        {
            let mut last = 0;
            for mark in marks(text).all {
                let range = mark.span.range();
                assert!(
                    range.start >= last && range.end > range.start && text.get(range.clone()).is_some(),
                    "{text:?}"
                );
                last = range.end;
            }
        }
    }
}
