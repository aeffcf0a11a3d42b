//! A cursor over JSON text that checks as it goes.

use super::MAX_DEPTH;

/// What a JSON value is, told by its first byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

/// The kind of a value that has been checked.
pub(crate) fn kind(value: &str) -> Kind {
    match value.as_bytes().first() {
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b'"') => Kind::String,
        Some(b't') => Kind::True,
        Some(b'f') => Kind::False,
        Some(b'n') | None => Kind::Null,
        Some(_) => Kind::Number,
    }
}

/// A position in JSON text.
#[derive(Clone)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Scanner { text, at: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(crate) fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Skips blanks and `wanted`, if that is what stands there.
    pub(crate) fn eat(&mut self, wanted: u8) -> bool {
        self.blanks();
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// The first byte of the next value, blanks skipped.
    pub(crate) fn next_byte(&mut self) -> Option<u8> {
        self.blanks();
        self.peek()
    }

    /// Whether only blanks are left.
    pub(crate) fn end(&mut self) -> bool {
        self.blanks();
        self.at == self.text.len()
    }

    /// Between the parts of an object or array: whether another one comes, the comma (or the `close`) skipped; `None` when neither
    /// stands there.
    pub(crate) fn more(&mut self, first: &mut bool, close: u8) -> Option<bool> {
        if self.eat(close) {
            return Some(false);
        }
        (std::mem::replace(first, false) || self.eat(b',')).then_some(true)
    }

    /// A key and its colon; the key is what stands between the quotes.
    pub(crate) fn key(&mut self) -> Option<&'a str> {
        self.blanks();
        let key = self.string()?;
        self.eat(b':').then_some(key)
    }

    /// A string; what stands between its quotes.
    pub(crate) fn string(&mut self) -> Option<&'a str> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut at = start;
        loop {
            match *bytes.get(at)? {
                b'"' => break,
                b'\\' => match *bytes.get(at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                    b'u' if bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => at += 6,
                    _ => return None,
                },
                // A line break in a string is no JSON; logs have tabs, which harm nobody.
                b'\n' | b'\r' => return None,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        // Both ends are at quotes, which are characters of their own.
        self.text.get(start..at)
    }

    /// The next value, checked to its end.
    pub(crate) fn value(&mut self) -> Option<&'a str> {
        self.blanks();
        let start = self.at;
        self.skip(MAX_DEPTH)?;
        self.text.get(start..self.at)
    }

    fn skip(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            open @ (b'{' | b'[') => {
                let depth = depth.checked_sub(1)?;
                self.at += 1;
                let close = if open == b'{' { b'}' } else { b']' };
                let mut first = true;
                while self.more(&mut first, close)? {
                    if open == b'{' {
                        self.key()?;
                    }
                    self.blanks();
                    self.skip(depth)?;
                }
                Some(())
            }
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    fn number(&mut self) -> Option<()> {
        let digits = |scanner: &mut Self| {
            let start = scanner.at;
            while scanner.peek().is_some_and(|b| b.is_ascii_digit()) {
                scanner.at += 1;
            }
            (scanner.at > start).then_some(scanner.at - start)
        };
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let whole = digits(self)?;
        if leading_zero && whole > 1 {
            return None;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            digits(self)?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            digits(self)?;
        }
        Some(())
    }
}

/// Behind the string that begins at `at` (behind its quote), in text that has been checked.
pub(super) fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}
