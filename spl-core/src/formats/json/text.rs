//! Strings and numbers of JSON.

use super::reader::Broken;

/// Where the string that begins behind the quote at `open` ends (at its closing quote), and whether it holds escapes. A line break has to be
/// written as an escape; one that is not is let pass, unless the next line begins like an event: then the string's end was lost.
#[inline]
pub(super) fn string_end(bytes: &[u8], open: usize) -> Result<(usize, bool), Broken> {
    let mut at = open + 1;
    let mut escaped = false;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let found = memchr::memchr3(b'"', b'\\', b'\n', rest).ok_or((bytes.len(), "a string that does not end"))?;
        at += found;
        match bytes[at] {
            b'"' => return Ok((at, escaped)),
            b'\n' if bytes.get(at + 1) == Some(&b'{') => return Err((at, "a string that does not end in its line")),
            b'\n' => at += 1,
            _ => {
                escaped = true;
                at += 2;
            }
        }
    }
}

/// Appends the text of a string's inside. Escapes that JSON does not know stay as they are. Whether there were no escapes but those
/// of quotes and backslashes.
pub(super) fn unescape(inside: &[u8], text: &mut Vec<u8>) -> bool {
    let mut regular = true;
    let mut rest = inside;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        text.extend_from_slice(&rest[..at]);
        let plain = match rest.get(at + 1) {
            Some(&c @ (b'"' | b'\\')) => c,
            Some(&other) => {
                regular = false;
                match other {
                    b'/' => b'/',
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'b' => 8,
                    b'f' => 12,
                    b'u' => {
                        let (character, length) = unicode(&rest[at..]);
                        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                        rest = &rest[at + length..];
                        continue;
                    }
                    _ => {
                        text.push(b'\\');
                        rest = &rest[at + 1..];
                        continue;
                    }
                }
            }
            None => {
                // A lone backslash at the end, which a string cannot have.
                regular = false;
                b'\\'
            }
        };
        text.push(plain);
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    text.extend_from_slice(rest);
    regular
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
