//! `KV_MODE = auto`: `key=value` pairs anywhere in the text of an event.

use super::extraction::{Extraction, How};

/// What finds the pairs in `_raw`.
pub(super) fn extraction() -> Extraction {
    Extraction {
        source: "_raw".to_owned(),
        how: How::AutoPairs,
        multivalue: false,
        clean_keys: true,
        keep_empty: false,
    }
}

/// Calls `each` with the key and value of every pair. A key is made of letters, digits, `_`, `.`, `:`, `-` and the like; a value runs to the
/// next blank, comma, semicolon or `&`, or stands in quotes.
pub(crate) fn pairs<'a>(text: &'a str, mut each: impl FnMut(&'a str, &'a str)) {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(equals) = memchr::memchr(b'=', &bytes[from..]).map(|at| from + at) {
        let key_end = equals - bytes[from..equals].iter().rev().take_while(|b| **b == b' ').count();
        let is_key = |b: &u8| {
            b.is_ascii_alphanumeric() || *b >= 0x80 || matches!(b, b'_' | b'.' | b':' | b'-' | b'{' | b'}' | b'@')
        };
        let key_start = key_end - bytes[from..key_end].iter().rev().take_while(|b| is_key(b)).count();
        let mut start = equals + 1;
        start += bytes[start..].iter().take_while(|b| **b == b' ').count();
        let spaced = start > equals + 1;
        let (value, end) = match bytes.get(start) {
            Some(quote @ (b'"' | b'\'')) => match closing(bytes, start + 1, *quote) {
                Some(close) => (&text[start + 1..close], close + 1),
                None => ("", start + 1),
            },
            // `a= b=c`: the first has no value; `a = b` has.
            _ if spaced && key_end == equals => ("", equals + 1),
            Some(_) => {
                let length = bytes[start..].iter().take_while(|b| !ends_value(**b)).count();
                (&text[start..start + length], start + length)
            }
            None => ("", start),
        };
        if key_start < key_end && !value.is_empty() {
            each(&text[key_start..key_end], value);
        }
        from = end.max(equals + 1);
    }
}

/// Where the quote is closed; a backslash hides the next character.
fn closing(bytes: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b if b == quote => return Some(at),
            _ => at += 1,
        }
    }
    None
}

fn ends_value(b: u8) -> bool {
    b.is_ascii_whitespace() || matches!(b, b',' | b';' | b'&' | b'"' | 0x1d)
}
