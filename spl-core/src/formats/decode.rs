//! From bytes as stored to UTF-8: gzip, byte order marks, UTF-16.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::MultiGzDecoder;

use super::Damage;
use crate::error::{Result, bail};

/// What a compressed input may grow to, by default.
pub const MAX_INFLATED: u64 = 64 << 30;

/// The content of a gzip file of any number of members; other bytes as they are. Of a broken file what can be had is given, and
/// the damage noted. More than `limit` bytes is an error.
pub fn decompress<'a>(bytes: &'a [u8], limit: u64, damage: &mut Damage) -> Result<Cow<'a, [u8]>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut inflated = Vec::new();
    let mut reader = MultiGzDecoder::new(bytes).take(limit.saturating_add(1));
    if let Err(error) = reader.read_to_end(&mut inflated) {
        damage.note("broken compressed stretches", inflated.len(), error.to_string());
    }
    if inflated.len() as u64 > limit {
        bail!(Limit, "the content is larger than {limit} bytes when unpacked");
    }
    Ok(Cow::Owned(inflated))
}

/// The content without byte order mark, and as UTF-8 if it is UTF-16.
pub fn to_utf8<'a>(bytes: &'a [u8], damage: &mut Damage) -> Cow<'a, [u8]> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        [0xff, 0xfe, rest @ ..] => from_utf16(rest, u16::from_le_bytes, damage),
        [0xfe, 0xff, rest @ ..] => from_utf16(rest, u16::from_be_bytes, damage),
        // Without a mark: every other byte of text in Latin letters is 0.
        [b'<' | b'{' | b'[', 0, ..] => from_utf16(bytes, u16::from_le_bytes, damage),
        [0, b'<' | b'{' | b'[', ..] => from_utf16(bytes, u16::from_be_bytes, damage),
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
