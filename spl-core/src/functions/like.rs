//! Patterns of LIKE: `%` for any text, `_` for one character. Case counts, and a backslash is a backslash: paths are full of them.

use memchr::memmem;

/// A LIKE pattern taken apart.
#[derive(Clone, Debug)]
pub(super) struct Like {
    /// The parts between the `%`.
    pieces: Vec<String>,
    /// Whether any piece has a `_`.
    single: bool,
}

impl Like {
    pub(super) fn new(pattern: &str) -> Like {
        Like { pieces: pattern.split('%').map(str::to_owned).collect(), single: pattern.contains('_') }
    }

    /// Whether all of `text` matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.pieces.as_slice() else {
            return self.pieces.first().is_some_and(|whole| self.prefix(whole, text) == Some(text.len()));
        };
        let Some(start) = self.prefix(first, text) else { return false };
        let mut rest = &text[start..];
        for piece in middle {
            // The leftmost place is as good as any, since anything may follow.
            match self.find(piece, rest) {
                Some(end) => rest = &rest[end..],
                None => return false,
            }
        }
        self.ends(last, rest)
    }

    /// The length of what `piece` matches at the start of `text`.
    fn prefix(&self, piece: &str, text: &str) -> Option<usize> {
        if !self.single {
            return text.starts_with(piece).then_some(piece.len());
        }
        let mut chars = text.chars();
        for wanted in piece.chars() {
            let c = chars.next()?;
            if wanted != '_' && wanted != c {
                return None;
            }
        }
        Some(text.len() - chars.as_str().len())
    }

    /// The end of the first place in `text` that `piece` matches.
    fn find(&self, piece: &str, text: &str) -> Option<usize> {
        if !self.single {
            return memmem::find(text.as_bytes(), piece.as_bytes()).map(|at| at + piece.len());
        }
        text.char_indices()
            .map(|(at, _)| at)
            .chain(std::iter::once(text.len()))
            .find_map(|at| self.prefix(piece, &text[at..]).map(|length| at + length))
    }

    fn ends(&self, piece: &str, text: &str) -> bool {
        if !self.single {
            return text.ends_with(piece);
        }
        let skip = text.chars().count().checked_sub(piece.chars().count());
        skip.and_then(|skip| text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len())).nth(skip))
            .is_some_and(|at| self.prefix(piece, &text[at..]).is_some())
    }
}
