//! `strftime`: an epoch as text, by Splunk's variables.

use std::fmt::Write;

use super::Zone;
use super::civil::{Civil, abbreviation};

/// Full names; the first three letters are the abbreviations.
pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Full names; the first three letters are the abbreviations.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What the composite variables stand for; also how `strptime` reads them.
pub(super) fn composite(variable: u8) -> Option<&'static str> {
    Some(match variable {
        b'F' => "%Y-%m-%d",
        b'T' | b'X' => "%H:%M:%S",
        b'D' => "%m/%d/%y",
        b'R' => "%H:%M",
        b'r' => "%I:%M:%S %p",
        b'x' => "%m/%d/%Y",
        b'c' => "%a %b %e %H:%M:%S %Y",
        b'+' => "%a %b %e %H:%M:%S %Z %Y",
        _ => return None,
    })
}

/// `epoch` in `zone` by `format`; `None` for what is no number or beyond the calendar.
pub fn strftime(epoch: f64, format: &str, zone: Zone) -> Option<String> {
    let mut out = String::with_capacity(format.len() + 16);
    strftime_into(&mut out, epoch, format, zone).then_some(out)
}

/// As [`strftime`], appended to `out`; false when there is no such time.
pub fn strftime_into(out: &mut String, epoch: f64, format: &str, zone: Zone) -> bool {
    let Some(civil) = Civil::at(epoch, zone) else { return false };
    write_format(out, format, &civil, zone);
    true
}

fn write_format(out: &mut String, format: &str, civil: &Civil, zone: Zone) {
    let mut rest = format;
    while let Some(at) = memchr::memchr(b'%', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = write_variable(out, rest, civil, zone);
        if length == 0 {
            // Not a variable: it stays as it is.
            out.push('%');
            rest = &rest[1..];
        } else {
            rest = &rest[length..];
        }
    }
    out.push_str(rest);
}

/// How a number is filled up to its width.
#[derive(Clone, Copy, PartialEq)]
enum Pad {
    Zero,
    Blank,
    None,
}

/// Writes the variable that `text` starts with (at its `%`); the bytes it takes up, or 0 when it is none.
fn write_variable(out: &mut String, text: &str, civil: &Civil, zone: Zone) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    let mut pad = None;
    let mut upper = false;
    // The C library's flags: no padding, blanks, zeros, upper case.
    while let Some(flag @ (b'-' | b'_' | b'0' | b'^')) = bytes.get(at) {
        match flag {
            b'-' => pad = Some(Pad::None),
            b'_' => pad = Some(Pad::Blank),
            b'0' => pad = Some(Pad::Zero),
            _ => upper = true,
        }
        at += 1;
    }
    let Some(&variable) = bytes.get(at) else { return 0 };
    if let Some(format) = composite(variable) {
        write_format(out, format, civil, zone);
        return at + 1;
    }
    let mut number = |n: i64, width: usize, default: Pad| write_number(out, n, width, pad.unwrap_or(default));
    match variable {
        b'Y' => number(civil.year, 4, Pad::Zero),
        b'm' => number(i64::from(civil.month), 2, Pad::Zero),
        b'd' => number(i64::from(civil.day), 2, Pad::Zero),
        b'H' => number(i64::from(civil.hour), 2, Pad::Zero),
        b'M' => number(i64::from(civil.minute), 2, Pad::Zero),
        b'S' => number(i64::from(civil.second), 2, Pad::Zero),
        b'y' => number(civil.year.rem_euclid(100), 2, Pad::Zero),
        b'C' => number(civil.year.div_euclid(100), 2, Pad::Zero),
        b'e' => number(i64::from(civil.day), 2, Pad::Blank),
        b'k' => number(i64::from(civil.hour), 2, Pad::Blank),
        b'I' => number(i64::from(hour12(civil)), 2, Pad::Zero),
        b'l' => number(i64::from(hour12(civil)), 2, Pad::Blank),
        b'j' => number(i64::from(civil.day_of_year()), 3, Pad::Zero),
        b'w' => number(i64::from(civil.weekday()), 1, Pad::Zero),
        b'u' => number(i64::from((civil.weekday() + 6) % 7 + 1), 1, Pad::Zero),
        b'U' => number(week_from(civil, 0), 2, Pad::Zero),
        b'W' => number(week_from(civil, 1), 2, Pad::Zero),
        b'V' => number(i64::from(civil.iso_week().1), 2, Pad::Zero),
        b'G' => number(civil.iso_week().0, 4, Pad::Zero),
        b'g' => number(civil.iso_week().0.rem_euclid(100), 2, Pad::Zero),
        b's' => number(civil.epoch, 1, Pad::Zero),
        b'f' => number(i64::from(civil.nanos / 1000), 6, Pad::Zero),
        b'N' => number(i64::from(civil.nanos), 9, Pad::Zero),
        b'Q' => number(i64::from(civil.nanos / 1_000_000), 3, Pad::Zero),
        b'1'..=b'9' => {
            let digits = variable - b'0';
            let Some(b'N' | b'Q') = bytes.get(at + 1) else { return 0 };
            write_number(
                out,
                i64::from(civil.nanos) / 10i64.pow(u32::from(9 - digits)),
                usize::from(digits),
                Pad::Zero,
            );
            return at + 2;
        }
        b'a' => push_case(out, &WEEKDAYS[usize::from(civil.weekday())][..3], upper),
        b'A' => push_case(out, WEEKDAYS[usize::from(civil.weekday())], upper),
        b'b' | b'h' => push_case(out, &MONTHS[usize::from(civil.month - 1)][..3], upper),
        b'B' => push_case(out, MONTHS[usize::from(civil.month - 1)], upper),
        b'p' => out.push_str(if civil.hour < 12 { "AM" } else { "PM" }),
        b'P' => out.push_str(if civil.hour < 12 { "am" } else { "pm" }),
        b'Z' => match abbreviation(civil.epoch, zone) {
            Some(name) => out.push_str(&name),
            None => write_offset(out, civil.offset, if civil.offset % 3600 == 0 { 3 } else { 0 }),
        },
        b'z' | b':' => {
            let colons = bytes[at..].iter().take_while(|&&b| b == b':').count();
            if colons > 3 || bytes.get(at + colons) != Some(&b'z') {
                return 0;
            }
            write_offset(out, civil.offset, colons);
            return at + colons + 1;
        }
        b'E' if bytes.get(at + 1) == Some(&b'z') => {
            out.push_str(&format!("{:+}", civil.offset / 60));
            return at + 2;
        }
        b'%' => out.push('%'),
        b'n' => out.push('\n'),
        b't' => out.push('\t'),
        _ => return 0,
    }
    at + 1
}

fn hour12(civil: &Civil) -> u8 {
    (civil.hour + 11) % 12 + 1
}

/// The week of the year, counted from the first day `first` (0 is Sunday) of it.
fn week_from(civil: &Civil, first: u8) -> i64 {
    let since = (civil.weekday() + 7 - first) % 7;
    (i64::from(civil.day_of_year()) + 6 - i64::from(since)) / 7
}

fn write_number(out: &mut String, n: i64, width: usize, pad: Pad) {
    if pad == Pad::Zero && width == 2 && (0..100).contains(&n) {
        // Most variables by far.
        out.push(char::from(b'0' + (n / 10) as u8));
        out.push(char::from(b'0' + (n % 10) as u8));
        return;
    }
    // Writing to a string cannot fail.
    let _ = match pad {
        Pad::Zero => write!(out, "{n:0width$}"),
        Pad::Blank => write!(out, "{n:width$}"),
        Pad::None => write!(out, "{n}"),
    };
}

fn push_case(out: &mut String, name: &str, upper: bool) {
    if upper {
        out.push_str(&name.to_uppercase());
    } else {
        out.push_str(name);
    }
}

/// `+hhmm`, `+hh:mm`, `+hh:mm:ss`, `+hh` for no, one, two, three colons.
fn write_offset(out: &mut String, offset: i32, colons: usize) {
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) = (offset.abs() / 3600, offset.abs() / 60 % 60, offset.abs() % 60);
    // Writing to a string cannot fail.
    let _ = match colons {
        0 => write!(out, "{sign}{hours:02}{minutes:02}"),
        1 => write!(out, "{sign}{hours:02}:{minutes:02}"),
        2 => write!(out, "{sign}{hours:02}:{minutes:02}:{seconds:02}"),
        _ => write!(out, "{sign}{hours:02}"),
    };
}
