//! JSON text: checking it, walking it, writing it. Values stay slices of the text they came from, so that a number prints as it was
//! written and nothing is decoded that nobody asks for.
//!
//! [`path`] knows the paths of `spath` and `json_extract`, [`edit`] changes documents, [`flatten()`] names every leaf. Events and fields
//! are not known here.

pub mod edit;
pub mod flatten;
pub mod path;
mod scan;

use std::borrow::Cow;

pub use self::flatten::{Leaf, flatten};
pub use self::path::Path;
pub(crate) use self::scan::{Kind, Scanner, kind};

/// How deep values may be nested; deeper text counts as no JSON.
pub const MAX_DEPTH: usize = 256;

/// The one JSON value that `text` is, blanks around it removed; `None` when it is none.
pub fn parse(text: &str) -> Option<&str> {
    let mut scanner = Scanner::new(text);
    let value = scanner.value()?;
    scanner.end().then_some(value)
}

/// As [`parse`], for objects and arrays only; anything else is refused at its first byte.
pub fn parse_container(text: &str) -> Option<&str> {
    text.trim_start().starts_with(['{', '[']).then(|| parse(text)).flatten()
}

/// The keys (undecoded) and values of an object, in order.
pub fn entries(object: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut scanner = Scanner::new(object);
    let mut open = scanner.eat(b'{');
    let mut first = true;
    std::iter::from_fn(move || {
        open = open && scanner.more(&mut first, b'}') == Some(true);
        if !open {
            return None;
        }
        let entry = scanner.key().and_then(|key| Some((key, scanner.value()?)));
        open = entry.is_some();
        entry
    })
}

/// The elements of an array, in order.
pub fn items(array: &str) -> impl Iterator<Item = &str> {
    let mut scanner = Scanner::new(array);
    let mut open = scanner.eat(b'[');
    let mut first = true;
    std::iter::from_fn(move || {
        open = open && scanner.more(&mut first, b']') == Some(true);
        let item = if open { scanner.value() } else { None };
        open = item.is_some();
        item
    })
}

/// A JSON string's text: `raw` is what stands between its quotes.
pub fn decode(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let mut length = 1;
        match escape.as_bytes().first() {
            Some(b'n') => out.push('\n'),
            Some(b't') => out.push('\t'),
            Some(b'r') => out.push('\r'),
            Some(b'b') => out.push('\u{8}'),
            Some(b'f') => out.push('\u{c}'),
            Some(b'u') => {
                let (c, read) = unicode(escape);
                out.push(c);
                length = read;
            }
            Some(_) => {
                let c = escape.chars().next().unwrap_or('\\');
                out.push(c);
                length = c.len_utf8();
            }
            None => length = 0,
        }
        rest = &escape[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of `uXXXX` (or a pair of them), and the bytes it takes up. Halves of pairs become U+FFFD.
fn unicode(escape: &str) -> (char, usize) {
    let unit = |at: usize| escape.get(at..at + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    match unit(1) {
        Some(high @ 0xD800..0xDC00) if escape.get(5..7) == Some("\\u") => match unit(7) {
            Some(low @ 0xDC00..0xE000) => {
                let c = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                (char::from_u32(c).unwrap_or('\u{FFFD}'), 11)
            }
            _ => ('\u{FFFD}', 5),
        },
        Some(unit) => (char::from_u32(unit).unwrap_or('\u{FFFD}'), 5),
        None => ('u', 1),
    }
}

/// Writes `text` as a JSON string.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    write_inside(out, text);
    out.push('"');
}

/// Writes `text` as what stands between the quotes of a JSON string.
pub(crate) fn write_inside(out: &mut String, text: &str) {
    let mut copied = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[copied..at]);
        copied = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x8 => out.push_str("\\b"),
            0xC => out.push_str("\\f"),
            other => out.push_str(&format!("\\u{other:04x}")),
        }
    }
    out.push_str(&text[copied..]);
}

/// Writes the JSON `value` without the blanks between its parts.
pub fn write_compact(out: &mut String, value: &str) {
    let bytes = value.as_bytes();
    let mut at = 0;
    let mut copied = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = scan::string_end(bytes, at + 1),
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.push_str(&value[copied..at]);
                at += 1;
                copied = at;
            }
            _ => at += 1,
        }
    }
    out.push_str(&value[copied..]);
}

/// The JSON `value` without the blanks between its parts.
pub fn compact(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    write_compact(&mut out, value);
    out
}
