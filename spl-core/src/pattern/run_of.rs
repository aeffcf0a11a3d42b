//! `[0-9]+`, `\s`, `\w+`: a run of one class of ASCII characters, which needs no engine. Many a `replace()` and `sed` is just that.

use std::borrow::Cow;
use std::ops::Range;

/// A class, and whether a match goes on as long as it can (`+`) or is one character.
#[derive(Clone, Debug)]
pub(super) struct RunOf {
    member: Box<[bool; 256]>,
    /// The class as one range, where it is: compared sixteen bytes at a time.
    range: Option<(u8, u8)>,
    greedy: bool,
}

impl RunOf {
    /// From a pattern that is nothing else; `None` for all others.
    pub(super) fn parse(pattern: &str) -> Option<RunOf> {
        let (class, greedy) = match pattern.strip_suffix('+') {
            Some(class) if !class.ends_with('\\') => (class, true),
            _ => (pattern, false),
        };
        let mut member = Box::new([false; 256]);
        match class.strip_prefix('[').and_then(|c| c.strip_suffix(']')) {
            Some(inside) if !inside.is_empty() && !inside.starts_with('^') => set(inside.as_bytes(), &mut member)?,
            Some(_) => return None,
            None => shorthand(class.strip_prefix('\\')?.as_bytes(), &mut member)?,
        }
        let first = member.iter().position(|&is| is)? as u8;
        let last = member.iter().rposition(|&is| is)? as u8;
        let range = (first..=last).all(|b| member[usize::from(b)]).then_some((first, last - first));
        Some(RunOf { member, range, greedy })
    }

    /// The first byte of the class.
    fn first(&self, bytes: &[u8]) -> Option<usize> {
        let slow = |from: usize| bytes[from..].iter().position(|&b| self.member[usize::from(b)]).map(|at| from + at);
        let Some((low, width)) = self.range else { return slow(0) };
        let without = |chunk: &&[u8]| !chunk.iter().fold(false, |any, &b| any | (b.wrapping_sub(low) <= width));
        slow(bytes.chunks_exact(16).take_while(without).count() * 16)
    }

    /// The first match at or behind `start`.
    pub(super) fn find_at(&self, text: &str, start: usize) -> Option<Range<usize>> {
        let bytes = text.as_bytes().get(start..)?;
        let first = self.first(bytes)?;
        let length =
            if self.greedy { bytes[first..].iter().take_while(|&&b| self.member[usize::from(b)]).count() } else { 1 };
        Some(start + first..start + first + length)
    }

    /// `text` with every match replaced by `by`. Byte by byte in one pass: runs are short, and a search and a copy for each cost more.
    pub(super) fn replace_all<'a>(&self, text: &'a str, by: &str) -> Cow<'a, str> {
        let Some(first) = self.first(text.as_bytes()) else { return Cow::Borrowed(text) };
        let bytes = match (by.as_bytes(), self.greedy) {
            (&[by], true) => self.replace_by_byte(text.as_bytes(), first, by),
            (by, _) => self.replace_by_text(text.as_bytes(), first, by),
        };
        // Members are ASCII, so what is left of other characters is whole.
        String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// Runs become one byte each. Without a branch: every byte is written, and the place to write goes on unless a run does.
    fn replace_by_byte(&self, text: &[u8], first: usize, by: u8) -> Vec<u8> {
        let mut out = text.to_vec();
        // As slices of their own: their places stay in registers.
        let (member, rest): (&[bool; 256], &mut [u8]) = (&self.member, &mut out[first..]);
        let mut end = 0;
        let mut within = false;
        for &byte in &text[first..] {
            let is = member[usize::from(byte)];
            rest[end] = if is { by } else { byte };
            end += usize::from(!(is & within));
            within = is;
        }
        out.truncate(first + end);
        out
    }

    fn replace_by_text(&self, text: &[u8], first: usize, by: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        out.extend_from_slice(&text[..first]);
        let mut within = false;
        for &byte in &text[first..] {
            let is = self.member[usize::from(byte)];
            if !is {
                out.push(byte);
            } else if !(within && self.greedy) {
                out.extend_from_slice(by);
            }
            within = is;
        }
        out
    }
}

/// The letter behind a backslash, where it stands for a class.
fn shorthand(letter: &[u8], member: &mut [bool; 256]) -> Option<()> {
    let is = match letter {
        b"d" => |b: u8| b.is_ascii_digit(),
        b"w" => |b: u8| b.is_ascii_alphanumeric() || b == b'_',
        b"s" => |b: u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c),
        _ => return None,
    };
    (0..128u8).filter(|&b| is(b)).for_each(|b| member[usize::from(b)] = true);
    Some(())
}

/// What stands between brackets: characters, ranges, shorthands. Anything unusual is left to the engines.
fn set(mut inside: &[u8], member: &mut [bool; 256]) -> Option<()> {
    let plain = |b: u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b' ' | b'_' | b'.' | b',' | b':' | b';' | b'/' | b'=' | b'@' | b'%' | b'#')
    };
    while let Some((&first, rest)) = inside.split_first() {
        inside = match (first, rest) {
            (b'\\', [letter, rest @ ..]) if !matches!(rest, [b'-', ..]) => {
                shorthand(&[*letter], member)?;
                rest
            }
            (low, [b'-', high, rest @ ..])
                if low.is_ascii_alphanumeric() && high.is_ascii_alphanumeric() && low <= *high =>
            {
                (low..=*high).for_each(|b| member[usize::from(b)] = true);
                rest
            }
            (b, rest) if plain(b) && !matches!(rest, [b'-', ..]) => {
                member[usize::from(b)] = true;
                rest
            }
            _ => return None,
        };
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::RunOf;

    /// Replaced in one pass, texts are what the engine makes of them.
    #[test]
    fn one_pass_replaces_as_the_engine_does() {
        for pattern in ["[0-9]+", r"\d", "[a-cx]+", r"\s+", "[_%]"] {
            let run = RunOf::parse(pattern).unwrap();
            let engine = regex::Regex::new(&format!("(?-u){pattern}")).unwrap();
            for text in ["", "1", "a12b3", "12 34\t5", "é7ü88x", "no", "abcabc_%_", "  9"] {
                for by in ["N", "", "é", "##"] {
                    assert_eq!(
                        run.replace_all(text, by),
                        engine.replace_all(text, by),
                        "{pattern} in {text:?} by {by:?}"
                    );
                }
            }
        }
    }
}
