//! Strings and numbers of JSON.

use super::reader::Broken;

const UNENDED: &str = "a string that does not end";
const UNENDED_IN_LINE: &str = "a string that does not end in its line";

/// The next quote or backslash in a string, from `at`. A line break has to be written as an escape; one that is not is let pass, unless the
/// next line begins like an event: then the string's end was lost.
#[inline]
fn mark(bytes: &[u8], mut at: usize) -> Result<usize, Broken> {
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        at += memchr::memchr3(b'"', b'\\', b'\n', rest).ok_or((bytes.len(), UNENDED))?;
        match bytes[at] {
            b'\n' if bytes.get(at + 1) == Some(&b'{') => return Err((at, UNENDED_IN_LINE)),
            b'\n' => at += 1,
            _ => return Ok(at),
        }
    }
}

/// Where the string that begins behind the quote at `open` ends (at its closing quote), and whether it holds escapes.
#[inline]
pub(super) fn string_end(bytes: &[u8], open: usize) -> Result<(usize, bool), Broken> {
    let (mut at, mut escaped) = (mark(bytes, open + 1)?, false);
    while bytes[at] != b'"' {
        escaped = true;
        at = mark(bytes, at + 2)?;
    }
    Ok((at, escaped))
}

/// The text of a string.
pub(super) enum Text {
    /// As it stands, up to the closing quote that is here.
    Plain(usize),
    /// It had escapes, and was written elsewhere.
    Unescaped {
        /// Where its closing quote is.
        end: usize,
        escapes: Escapes,
    },
}

/// Which escapes a string has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Escapes {
    /// Those of quotes and backslashes.
    Marks,
    /// Also `\n`, `\r` and `\t`.
    Breaks,
    /// Also such as can be written in more than one way.
    Others,
}

/// The string that begins behind the quote at `open`; if it has escapes, its text is appended to `text`. Paths of Windows have one every few
/// bytes, so this looks at eight bytes at a time.
#[inline]
pub(super) fn string(bytes: &[u8], open: usize, text: &mut Vec<u8>) -> Result<Text, Broken> {
    let mut at = mark(bytes, open + 1)?;
    if bytes[at] == b'"' {
        return Ok(Text::Plain(at));
    }
    text.extend_from_slice(&bytes[open + 1..at]);
    let mut escapes = Escapes::Marks;
    while let Some(rest) = bytes.get(at..) {
        if let Some(eight) = rest.first_chunk::<8>() {
            let plain = plain_bytes(u64::from_le_bytes(*eight));
            let length = text.len() + plain;
            text.extend_from_slice(eight);
            text.truncate(length);
            at += plain;
            if plain == 8 {
                continue;
            }
        }
        match bytes.get(at) {
            Some(b'"') => return Ok(Text::Unescaped { end: at, escapes }),
            Some(b'\\') => {
                let (length, kind) = escape(&bytes[at..], text);
                escapes = escapes.max(kind);
                at += length;
            }
            Some(b'\n') if bytes.get(at + 1) == Some(&b'{') => return Err((at, UNENDED_IN_LINE)),
            Some(&plain) => {
                text.push(plain);
                at += 1;
            }
            None => break,
        }
    }
    Err((bytes.len(), UNENDED))
}

/// How many of eight bytes, first one lowest, stand before a quote, a backslash or a line break.
#[inline]
fn plain_bytes(eight: u64) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    // The high bit of each byte that is zero; above such a byte also of others, but the lowest one is right.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let is = |byte: u8| zeros(eight ^ (ONES * u64::from(byte)));
    ((is(b'"') | is(b'\\') | is(b'\n')).trailing_zeros() / 8) as usize
}

/// Appends the text of a string's inside. Escapes that JSON does not know stay as they are.
pub(super) fn unescape(inside: &[u8], text: &mut Vec<u8>) {
    let mut rest = inside;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        text.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        rest = &rest[escape(rest, text).0..];
    }
    text.extend_from_slice(rest);
}

/// Appends what the escape means that the text begins with; its length, and of which kind it is.
#[inline]
fn escape(rest: &[u8], text: &mut Vec<u8>) -> (usize, Escapes) {
    match rest.get(1) {
        Some(&c @ (b'"' | b'\\')) => {
            text.push(c);
            (2, Escapes::Marks)
        }
        Some(&other) => {
            let kind = if matches!(other, b'n' | b'r' | b't') { Escapes::Breaks } else { Escapes::Others };
            (rare_escape(other, rest, text), kind)
        }
        // A lone backslash at the end, which a string cannot have.
        None => {
            text.push(b'\\');
            (1, Escapes::Others)
        }
    }
}

#[cold]
fn rare_escape(letter: u8, rest: &[u8], text: &mut Vec<u8>) -> usize {
    let plain = match letter {
        b'/' => b'/',
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        b'u' => {
            let (character, length) = unicode(rest);
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return length;
        }
        _ => {
            text.push(b'\\');
            return 1;
        }
    };
    text.push(plain);
    2
}

/// The character of `\uXXXX`, or of two such that are a surrogate pair, and the length of what was written.
fn unicode(text: &[u8]) -> (char, usize) {
    let unit = |text: &[u8]| {
        let digits = text.strip_prefix(b"\\u")?.get(..4)?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let Some(first) = unit(text) else { return (char::REPLACEMENT_CHARACTER, text.len().min(2)) };
    if let Some(character) = char::from_u32(first) {
        return (character, 6);
    }
    match text.get(6..).and_then(unit) {
        Some(second @ 0xdc00..=0xdfff) if first < 0xdc00 => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}

/// Where a number, `true`, `false` or `null` that begins at `start` ends.
#[inline]
pub(super) fn bare_end(bytes: &[u8], start: usize) -> Result<usize, Broken> {
    let length = bytes[start..].iter().position(|b| !matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
    let length = length.unwrap_or(bytes.len() - start);
    if length > 0 {
        return Ok(start + length);
    }
    [&b"true"[..], b"false", b"null"]
        .iter()
        .find(|word| bytes[start..].starts_with(word))
        .map(|word| start + word.len())
        .ok_or((start, "a value that is none"))
}
