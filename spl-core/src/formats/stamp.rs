//! Times as logs write them: epoch numbers, ISO 8601 and its relatives, American dates, syslog. Without a zone they are UTC, or of the
//! zone that a [`Clock`] says.

use crate::time::{Zone, local_epoch};

/// What is known of the clocks that wrote a text.
#[derive(Clone, Copy, Default)]
pub(super) struct Clock {
    /// Dates without a year are the last ones before this time; none without it.
    pub(super) now: Option<f64>,
    /// Where times without a zone were written; UTC when `None`.
    pub(super) zone: Option<Zone>,
}

impl From<Option<f64>> for Clock {
    fn from(now: Option<f64>) -> Self {
        Clock { now, zone: None }
    }
}

/// Epoch seconds, to the microsecond, of a text that is a time and nothing else.
pub fn parse_time(text: &[u8]) -> Option<f64> {
    let text = text.trim_ascii();
    let (time, rest) = leading_time(text, Clock::default())?;
    rest.trim_ascii().is_empty().then_some(time)
}

/// Epoch seconds of a field that says itself that it is a time, as `_time` does: any number is one.
pub(super) fn parse_own_time(text: &[u8]) -> Option<f64> {
    let text = text.trim_ascii();
    parse_time(text).or_else(|| crate::value::parse_number(std::str::from_utf8(text).ok()?).filter(|n| n.is_finite()))
}

/// Whether a text is an epoch number that prints as it is written: seconds of our time, at most six digits behind the point, no
/// zeros that could be left out. (Two such numbers are never the same to a double, so its shortest text is this one.)
pub(super) fn is_plain_epoch(text: &[u8]) -> bool {
    let (whole, fraction) = match text.iter().position(|&b| b == b'.') {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b"1"[..]),
    };
    matches!(whole, [b'1'..=b'9', ..])
        && whole.len() <= 10
        && (1..=6).contains(&fraction.len())
        && fraction.last() != Some(&b'0')
        && whole.iter().chain(fraction).all(u8::is_ascii_digit)
}

/// The time that a text begins with, and what stands behind it.
pub(super) fn leading_time(text: &[u8], clock: impl Into<Clock>) -> Option<(f64, &[u8])> {
    let clock = clock.into();
    let text = without_priority(text.trim_ascii_start());
    let text = text.strip_prefix(b"[").unwrap_or(text);
    match text {
        [a, b, c, d, b'-' | b'/', ..] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()) => year_first(text, clock),
        [b'0'..=b'9', b'0'..=b'9', b'/', b'A'..=b'Z', ..] => day_first(text, clock),
        [b'0'..=b'9', b'/', ..] | [b'0'..=b'9', b'0'..=b'9', b'/', ..] => month_first(text, clock),
        [b'0'..=b'9' | b'-', ..] => epoch(text),
        [b'/', b'D', b'a', b't', b'e', b'(', inner @ ..] => {
            let (millis, rest) = number(inner.strip_prefix(b"-").unwrap_or(inner), 18)?;
            let sign = if inner.starts_with(b"-") { -1.0 } else { 1.0 };
            let close = memchr::memchr(b')', rest)?;
            Some((sign * millis as f64 / 1e3, rest[close + 1..].strip_prefix(b"/")?))
        }
        [b'A'..=b'Z', ..] => name_first(text, clock),
        _ => None,
    }
}

/// A line of syslog less its priority, and less the version that stands behind it in newer ones: `<34>`, `<165>1 `.
fn without_priority(line: &[u8]) -> &[u8] {
    let Some(inside) = line.strip_prefix(b"<") else { return line };
    let digits = inside.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
    match inside.get(digits..) {
        Some([b'>', rest @ ..]) if (1..=3).contains(&digits) => rest.strip_prefix(b"1 ").unwrap_or(rest),
        _ => line,
    }
}

/// The first time near the beginning of a text: of a line that begins with something else, such as an address or a type.
pub(super) fn first_time(text: &[u8], clock: impl Into<Clock>) -> Option<f64> {
    let clock = clock.into();
    if let Some((time, _)) = leading_time(text, clock) {
        return Some(time);
    }
    let near = &text[..text.len().min(150)];
    let starts = (1..near.len()).filter(|&at| near[at].is_ascii_digit() && !near[at - 1].is_ascii_alphanumeric());
    starts.filter(|&at| !matches!(near[at - 1], b'.' | b':' | b'-' | b'/')).find_map(|at| {
        let rest = &text[at..];
        match rest {
            [a, b, c, d, b'-' | b'/', ..] if [a, b, c, d].iter().all(|b| b.is_ascii_digit()) => year_first(rest, clock),
            [_, _, b'/', b'A'..=b'Z', ..] => day_first(rest, clock),
            _ if rest.iter().take_while(|b| b.is_ascii_digit()).count() == 10 => epoch(rest),
            _ => None,
        }
        .map(|(time, _)| time)
    })
}

/// `2024-05-01T10:20:30.123456789Z`, with `/` or a blank in between as well.
fn year_first(text: &[u8], clock: Clock) -> Option<(f64, &[u8])> {
    let (year, rest) = number(text, 4)?;
    let (month, rest) = number(rest.get(1..)?, 2)?;
    let (day, rest) = number(rest.strip_prefix(b"-").or_else(|| rest.strip_prefix(b"/"))?, 2)?;
    let days = days(year, month, day)?;
    let Some(of_day) = rest.strip_prefix(b"T").or_else(|| rest.strip_prefix(b" ")).or_else(|| rest.strip_prefix(b"t"))
    else {
        return zoned(days, 0, b"", clock).map(|(time, _)| (time, rest));
    };
    let (micros, rest) = clock_time(of_day)?;
    zoned(days, micros, rest, clock)
}

/// `5/1/2024 10:20:30 PM`.
fn month_first(text: &[u8], clock: Clock) -> Option<(f64, &[u8])> {
    let (month, rest) = number(text, 2)?;
    let (day, rest) = number(rest.strip_prefix(b"/")?, 2)?;
    let (year, rest) = number(rest.strip_prefix(b"/")?, 4)?;
    let days = days(if year < 100 { year + 2000 } else { year }, month, day)?;
    let Some(of_day) = rest.strip_prefix(b" ") else { return zoned(days, 0, b"", clock).map(|(time, _)| (time, rest)) };
    let (mut micros, mut rest) = clock_time(of_day)?;
    const NOON: i64 = 12 * 3_600_000_000;
    if let [b' ', half @ (b'A' | b'P' | b'a' | b'p'), b'M' | b'm', behind @ ..] = rest {
        micros = micros % NOON + if half.eq_ignore_ascii_case(&b'p') { NOON } else { 0 };
        rest = behind;
    }
    zoned(days, micros, rest, clock)
}

/// `01/May/2024:10:20:30 +0000`, as web servers write it.
fn day_first(text: &[u8], clock: Clock) -> Option<(f64, &[u8])> {
    let (day, rest) = number(text, 2)?;
    let (name, rest) = rest.strip_prefix(b"/")?.split_at_checked(3)?;
    let (year, rest) = number(rest.strip_prefix(b"/")?, 4)?;
    let (micros, rest) = clock_time(rest.strip_prefix(b":")?)?;
    zoned(days(year, month(name)?, day)?, micros, rest, clock)
}

/// `Mon, 01 May 2024 10:20:30 GMT`, `May  1 2024 10:20:30` and, as syslog has it, `May  1 10:20:30`.
fn name_first(text: &[u8], clock: Clock) -> Option<(f64, &[u8])> {
    let words: Vec<&[u8]> = text.splitn(7, |b| matches!(b, b' ' | b',')).filter(|w| !w.is_empty()).collect();
    let words = match words.first()? {
        day if day.len() == 3 && month(day).is_none() => &words[1..],
        _ => &words[..],
    };
    let digits = |word: &[u8]| number(word, 4).filter(|(_, rest)| rest.is_empty()).map(|(n, _)| n);
    let (year, month, day, of_day) = match *words {
        [name, day, time, ..] if name.len() == 3 && time.contains(&b':') => (None, month(name)?, digits(day)?, time),
        [name, day, year, time, ..] if name.len() == 3 => (Some(digits(year)?), month(name)?, digits(day)?, time),
        [day, name, year, time, ..] if name.len() == 3 => (Some(digits(year)?), month(name)?, digits(day)?, time),
        _ => return None,
    };
    // `of_day` is a slice of `text`: find it again to know what stands behind it.
    let at = text.windows(of_day.len()).position(|w| w == of_day)?;
    let (micros, rest) = clock_time(&text[at..])?;
    match (year, clock.now) {
        (Some(year), _) => zoned(days(year, month, day)?, micros, rest, clock),
        (None, Some(now)) => {
            // A day of grace for clocks that run ahead.
            let this_year = 1970 + (now / 31_556_952.0).floor() as i64;
            let years = [this_year + 1, this_year, this_year - 1].into_iter();
            years
                .filter_map(|year| zoned(days(year, month, day)?, micros, rest, clock))
                .find(|(time, _)| *time <= now + 86_400.0)
        }
        (None, None) => None,
    }
}

fn month(name: &[u8]) -> Option<i64> {
    const MONTHS: [&[u8; 3]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    MONTHS.iter().position(|known| name.eq_ignore_ascii_case(*known)).map(|month| month as i64 + 1)
}

/// Microseconds of `10:20:30.5` or `10:20`.
fn clock_time(text: &[u8]) -> Option<(i64, &[u8])> {
    let (hour, rest) = number(text, 2)?;
    let (minute, rest) = number(rest.strip_prefix(b":")?, 2)?;
    let (second, rest) = match rest.strip_prefix(b":") {
        Some(rest) => number(rest, 2)?,
        None => (0, rest),
    };
    if hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let (fraction, rest) = match rest {
        [b'.' | b',', rest @ ..] if rest.first().is_some_and(u8::is_ascii_digit) => fraction(rest),
        _ => (0, rest),
    };
    Some(((hour * 3600 + minute * 60 + second) * 1_000_000 + fraction, rest))
}

/// Microseconds of the digits behind the point, rounded.
fn fraction(text: &[u8]) -> (i64, &[u8]) {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let digit = |i: usize| if i < digits { i64::from(text[i] - b'0') } else { 0 };
    let micros = (0..6).fold(0, |micros, i| micros * 10 + digit(i));
    (micros + i64::from(digits > 6 && text[6] >= b'5'), &text[digits..])
}

/// The instant, with the zone that may stand behind the clock.
fn zoned(days: i64, micros: i64, rest: &[u8], clock: Clock) -> Option<(f64, &[u8])> {
    let (offset, rest) = zone(rest);
    let micros = match (offset, clock.zone) {
        (Some(offset), _) => (days * 86_400 - offset) * 1_000_000 + micros,
        (None, Some(zone)) => {
            local_epoch(days * 86_400 + micros / 1_000_000, zone) * 1_000_000 + micros.rem_euclid(1_000_000)
        }
        (None, None) => days * 86_400_000_000 + micros,
    };
    Some((micros as f64 / 1e6, rest))
}

/// Seconds east of UTC: `Z`, ` UTC`, ` GMT`, `+01:00`, ` -0500`, `+01`. Anything else is no zone.
fn zone(text: &[u8]) -> (Option<i64>, &[u8]) {
    let inner = text.strip_prefix(b" ").unwrap_or(text);
    match inner {
        [b'Z' | b'z', rest @ ..] => (Some(0), rest),
        [b'U', b'T', b'C', rest @ ..] | [b'G', b'M', b'T', rest @ ..] => (Some(0), rest),
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let sign = if *sign == b'-' { -1 } else { 1 };
            let Some((hours, rest)) = number(rest, 2).filter(|(hours, _)| *hours < 24) else { return (None, text) };
            let minutes = rest.strip_prefix(b":").unwrap_or(rest);
            match number(minutes, 2).filter(|(minutes, _)| *minutes < 60) {
                Some((minutes, rest)) => (Some(sign * (hours * 3600 + minutes * 60)), rest),
                None => (Some(sign * hours * 3600), rest),
            }
        }
        _ => (None, text),
    }
}

/// Epoch seconds, or milliseconds, microseconds, nanoseconds by size.
fn epoch(text: &[u8]) -> Option<(f64, &[u8])> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let whole = unsigned.iter().take_while(|b| b.is_ascii_digit()).count();
    let mut length = text.len() - unsigned.len() + whole;
    if unsigned.get(whole) == Some(&b'.') {
        length += 1 + unsigned[whole + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
    }
    let (digits, rest) = text.split_at(length);
    let scale = match whole {
        // Fewer digits are no time in any log: a year, a counter, a day of 1970.
        0..=8 => return None,
        9..=11 => 1.0,
        12..=14 => 1e3,
        15..=17 => 1e6,
        18..=19 => 1e9,
        _ => return None,
    };
    let number = decimal(digits)?;
    Some((if scale == 1.0 { number } else { (number / scale * 1e6).round() / 1e6 }, rest))
}

/// A number with a point, read exactly: a quotient of two exact numbers where that is possible.
fn decimal(text: &[u8]) -> Option<f64> {
    const POWERS: [f64; 10] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
    let point = text.iter().position(|&b| b == b'.');
    let places = point.map_or(0, |point| text.len() - point - 1);
    if text.len() <= 16 && text[0] != b'-' && places < POWERS.len() {
        let digits = text.iter().filter(|&&b| b != b'.').fold(0i64, |n, b| n * 10 + i64::from(b - b'0'));
        return Some(digits as f64 / POWERS[places]);
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A number of one to `most` digits.
fn number(text: &[u8], most: usize) -> Option<(i64, &[u8])> {
    let digits = text.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
    let (number, rest) = text.split_at(digits);
    (digits > 0).then(|| (number.iter().fold(0, |n, b| n * 10 + i64::from(b - b'0')), rest))
}

/// Days from 1970-01-01 in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March here, so that the leap day is the last of its year.
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468)
}
