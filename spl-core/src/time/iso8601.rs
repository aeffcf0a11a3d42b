//! ISO 8601 times as logs write them: `2024-05-15T14:05:00.123Z`, `2024-05-15 14:05:00+02:00`, `2024-05-15`.

use super::Zone;
use super::civil::{days_from_civil, days_in_month, local_epoch};
use super::strptime::offset_prefix;

/// Reads all of `text` as an ISO 8601 time; without an offset it is one of `zone`.
pub fn parse_iso8601(text: &str, zone: Zone) -> Option<f64> {
    let bytes = text.as_bytes();
    let two = |at: usize| match (bytes.get(at)?, bytes.get(at + 1)?) {
        (a @ b'0'..=b'9', b @ b'0'..=b'9') => Some((a - b'0') * 10 + (b - b'0')),
        _ => None,
    };
    let is = |at: usize, wanted: u8| bytes.get(at) == Some(&wanted);
    let year = i64::from(two(0)?) * 100 + i64::from(two(2)?);
    let (month, day) = (two(5)?, two(8)?);
    if !(is(4, b'-') && is(7, b'-') && (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day)) {
        return None;
    }
    let days = days_from_civil(year, month, day);
    if bytes.len() == 10 {
        return Some(local_epoch(days * 86_400, zone) as f64);
    }
    let (hour, minute) = (two(11)?, two(14)?);
    if !(matches!(bytes[10], b'T' | b't' | b' ') && is(13, b':') && hour < 24 && minute < 60) {
        return None;
    }
    let (second, mut at) = if is(16, b':') { (two(17)?, 19) } else { (0, 16) };
    if second > 60 {
        return None;
    }
    let mut nanos = 0.0;
    if is(at, b'.') || is(at, b',') {
        let digits = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut scale = 1e9;
        let mut value = 0.0;
        for digit in bytes[at + 1..].iter().take(digits.min(9)) {
            scale /= 10.0;
            value += f64::from(digit - b'0') * scale;
        }
        if digits == 0 {
            return None;
        }
        nanos = value;
        at += 1 + digits;
    }
    let local = days * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    // `at` follows ASCII bytes only, so it is a character boundary.
    let rest = text.get(at..)?;
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    let epoch = if rest.is_empty() {
        local_epoch(local, zone)
    } else {
        match offset_prefix(rest)? {
            (offset, "") => local - i64::from(offset),
            _ => return None,
        }
    };
    Some(epoch as f64 + nanos / 1e9)
}
