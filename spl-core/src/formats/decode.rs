//! From bytes as stored to UTF-8: byte order marks, UTF-16.

use std::borrow::Cow;

use super::Damage;

/// The content without byte order mark, and as UTF-8 if it is UTF-16.
pub fn to_utf8<'a>(bytes: &'a [u8], damage: &mut Damage) -> Cow<'a, [u8]> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        [0xff, 0xfe, rest @ ..] => from_utf16(rest, u16::from_le_bytes, damage),
        [0xfe, 0xff, rest @ ..] => from_utf16(rest, u16::from_be_bytes, damage),
        // Without a mark: every other byte of text in Latin letters is 0. One alone may be damage.
        [b'<' | b'{' | b'[', 0, _, 0, ..] => from_utf16(bytes, u16::from_le_bytes, damage),
        [0, b'<' | b'{' | b'[', 0, _, ..] => from_utf16(bytes, u16::from_be_bytes, damage),
        _ => Cow::Borrowed(bytes),
    }
}

fn from_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, damage: &mut Damage) -> Cow<'static, [u8]> {
    let mut text = String::with_capacity(bytes.len() / 2);
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    for (at, decoded) in char::decode_utf16(units).enumerate() {
        if let Err(error) = &decoded {
            damage.note("characters that are not UTF-16", at * 2, error.to_string());
        }
        text.push(decoded.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    if bytes.len() % 2 == 1 {
        damage.note("characters that are not UTF-16", bytes.len(), "half a unit at the end");
    }
    Cow::Owned(text.into_bytes())
}
