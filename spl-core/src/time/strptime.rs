//! `strptime`: text as an epoch, by Splunk's variables.

use super::Zone;
use super::civil::{Civil, days_from_civil, days_in_month, local_epoch};
use super::strftime::{MONTHS, WEEKDAYS, composite};

/// The epoch that `text` gives by `format`, without a zone in `zone`; `None` where they do not fit. What follows in `text` is ignored.
/// Without any date it is a time of `now`'s day, without a year one of `now`'s year; a year or month without a day is no time.
pub fn strptime(text: &str, format: &str, zone: Zone, now: f64) -> Option<f64> {
    let mut reader = Reader { rest: text, fields: Fields::default() };
    reader.format(format, 0)?;
    reader.fields.epoch(zone, now)
}

/// As [`strptime`], but all of `text` must be used up.
pub(super) fn strptime_whole(text: &str, format: &str, zone: Zone, now: f64) -> Option<f64> {
    let mut reader = Reader { rest: text, fields: Fields::default() };
    reader.format(format, 0)?;
    if !reader.rest.trim().is_empty() {
        return None;
    }
    reader.fields.epoch(zone, now)
}

/// What has been read.
#[derive(Default)]
struct Fields {
    year: Option<i64>,
    century: Option<i64>,
    year_of_century: Option<i64>,
    month: Option<u8>,
    day: Option<u8>,
    day_of_year: Option<u16>,
    iso_year: Option<i64>,
    iso_week: Option<u8>,
    weekday: Option<u8>,
    hour: Option<u8>,
    hour12: Option<u8>,
    pm: Option<bool>,
    minute: u8,
    second: u8,
    nanos: u32,
    offset: Option<i32>,
    named_zone: Option<Zone>,
    epoch: Option<i64>,
}

impl Fields {
    fn epoch(&self, zone: Zone, now: f64) -> Option<f64> {
        let fraction = f64::from(self.nanos) / 1e9;
        if let Some(epoch) = self.epoch {
            return Some(epoch as f64 + fraction);
        }
        let zone = self.named_zone.unwrap_or(zone);
        let hour = match (self.hour12, self.pm, self.hour) {
            (Some(hour), pm, _) => hour % 12 + if pm == Some(true) { 12 } else { 0 },
            // `%H` with `%p` is discouraged, but says what it means while the hour is one of twelve.
            (None, Some(true), Some(hour @ 1..12)) => hour + 12,
            (None, _, hour) => hour.unwrap_or(0),
        };
        let seconds = i64::from(hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        let local = self.days(zone, now)? * 86_400 + seconds;
        let epoch = match self.offset {
            Some(offset) => local - i64::from(offset),
            None => local_epoch(local, zone),
        };
        Some(epoch as f64 + fraction)
    }

    /// The date, as days since 1970-01-01.
    fn days(&self, zone: Zone, now: f64) -> Option<i64> {
        let year = match (self.year, self.century, self.year_of_century) {
            (Some(year), ..) => Some(year),
            (None, Some(century), year) => Some(century * 100 + year.unwrap_or(0)),
            (None, None, Some(year)) => Some(if year < 69 { 2000 + year } else { 1900 + year }),
            (None, None, None) => None,
        };
        if let (Some(year), Some(day)) = (year, self.day_of_year) {
            let days = days_from_civil(year, 1, 1) + i64::from(day) - 1;
            return (days < days_from_civil(year + 1, 1, 1)).then_some(days);
        }
        if let (Some(year), Some(week)) = (self.iso_year, self.iso_week) {
            // The week that holds January 4th is the first.
            let fourth = days_from_civil(year, 1, 4);
            let monday = fourth - (fourth + 3).rem_euclid(7);
            let day = i64::from((self.weekday.unwrap_or(1) + 6) % 7);
            return Some(monday + (i64::from(week) - 1) * 7 + day);
        }
        let today = || Civil::at(now, zone);
        match (year, self.month, self.day) {
            (None, None, None) => today().map(|today| today.days()),
            (year, Some(month), Some(day)) => {
                let year = year.or_else(|| today().map(|today| today.year))?;
                (day <= days_in_month(year, month)).then(|| days_from_civil(year, month, day))
            }
            (None, None, Some(day)) => {
                let today = today()?;
                (day <= days_in_month(today.year, today.month)).then(|| days_from_civil(today.year, today.month, day))
            }
            _ => None,
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    fields: Fields,
}

impl<'a> Reader<'a> {
    /// Reads by `format`; `depth` counts the composites it is inside of.
    fn format(&mut self, format: &str, depth: u8) -> Option<()> {
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c.is_whitespace() {
                self.skip_blanks();
            } else if c != '%' {
                self.rest = self.rest.strip_prefix(c)?;
            } else {
                let (variable, width, after) = variable(chars.as_str())?;
                chars = after.chars();
                self.variable(variable, width, after, depth)?;
            }
        }
        Some(())
    }

    fn variable(&mut self, variable: u8, width: usize, after: &str, depth: u8) -> Option<()> {
        if let Some(format) = composite(variable).filter(|_| depth == 0) {
            return self.format(format, 1);
        }
        match variable {
            b'Y' => self.fields.year = Some(self.number(4)?),
            b'C' => self.fields.century = Some(self.number(2)?),
            b'y' => self.fields.year_of_century = Some(self.number(2)?),
            b'm' => self.fields.month = Some(self.ranged(2, 1, 12)?),
            b'd' | b'e' => self.fields.day = Some(self.ranged(2, 1, 31)?),
            b'j' => {
                let day = self.number(3)?;
                self.fields.day_of_year = Some(u16::try_from(day).ok().filter(|day| (1..=366).contains(day))?);
            }
            b'H' | b'k' => self.fields.hour = Some(self.ranged(2, 0, 23)?),
            b'I' | b'l' => self.fields.hour12 = Some(self.ranged(2, 1, 12)?),
            b'M' => self.fields.minute = self.ranged(2, 0, 59)?,
            b'S' => self.fields.second = self.ranged(2, 0, 60)?,
            b'p' | b'P' => self.fields.pm = Some(self.half_of_day()?),
            b'a' | b'A' => {
                self.name(&WEEKDAYS)?;
            }
            b'b' | b'B' | b'h' => self.fields.month = Some(self.name(&MONTHS)? + 1),
            b'w' => self.fields.weekday = Some(self.ranged(1, 0, 6)?),
            b'u' => self.fields.weekday = Some(self.ranged(1, 1, 7)? % 7),
            b'U' | b'W' => {
                self.number(2)?;
            }
            b'V' => self.fields.iso_week = Some(self.ranged(2, 1, 53)?),
            b'G' => self.fields.iso_year = Some(self.number(4)?),
            b'g' => self.fields.iso_year = Some(2000 + self.number(2)?),
            b's' => {
                self.skip_blanks();
                let negative = self.rest.starts_with('-');
                if negative {
                    self.rest = &self.rest[1..];
                }
                let seconds = self.number(13)?;
                self.fields.epoch = Some(if negative { -seconds } else { seconds });
            }
            b'N' | b'Q' | b'f' => self.fraction(width, after)?,
            b'z' => self.fields.offset = Some(self.offset()?),
            b'Z' => self.zone()?,
            // Minutes east of UTC.
            b'E' => {
                let negative = self.rest.starts_with('-');
                self.rest = self.rest.strip_prefix(['-', '+']).unwrap_or(self.rest);
                let seconds = i32::try_from(self.number(4)?).ok()? * 60;
                self.fields.offset = Some(if negative { -seconds } else { seconds });
            }
            b'n' | b't' => self.skip_blanks(),
            b'%' => self.rest = self.rest.strip_prefix('%')?,
            _ => return None,
        }
        Some(())
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Up to `width` digits; blanks before them are skipped.
    fn number(&mut self, width: usize) -> Option<i64> {
        self.skip_blanks();
        let digits = self.rest.bytes().take(width).take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        number.parse().ok()
    }

    fn ranged(&mut self, width: usize, low: u8, high: u8) -> Option<u8> {
        u8::try_from(self.number(width)?).ok().filter(|n| (low..=high).contains(n))
    }

    /// The index of the name that comes next, in full or by its first three letters, case not counting.
    fn name(&mut self, names: &[&str]) -> Option<u8> {
        self.skip_blanks();
        let starts = |name: &str| self.rest.get(..name.len()).is_some_and(|text| text.eq_ignore_ascii_case(name));
        let index = names.iter().position(|name| starts(&name[..3]))?;
        let length = if starts(names[index]) { names[index].len() } else { 3 };
        self.rest = &self.rest[length..];
        Some(index as u8)
    }

    /// AM (false) or PM (true), with or without points.
    fn half_of_day(&mut self) -> Option<bool> {
        self.skip_blanks();
        let known = [("am", false), ("pm", true), ("a.m.", false), ("p.m.", true)];
        let (text, pm) = known
            .into_iter()
            .find(|(text, _)| self.rest.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text)))?;
        self.rest = &self.rest[text.len()..];
        Some(pm)
    }

    /// Digits behind the decimal point: `width` of them when another number follows at once, else as many as there are.
    fn fraction(&mut self, width: usize, after: &str) -> Option<()> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let limit =
            if after.starts_with('%') && !after.starts_with("%z") && !after.starts_with("%Z") { width } else { 18 };
        let digits = digits.min(limit);
        if digits == 0 {
            return None;
        }
        let (fraction, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let nanos = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
        self.fields.nanos = nanos.fold(0, |n, digit| n * 10 + u32::from(digit - b'0'));
        Some(())
    }

    /// `Z`, `UTC`, `GMT`, `+hh`, `+hhmm`, `+hh:mm`, `+hh:mm:ss`.
    fn offset(&mut self) -> Option<i32> {
        self.skip_blanks();
        let (offset, rest) = offset_prefix(self.rest)?;
        self.rest = rest;
        Some(offset)
    }

    /// A zone by its abbreviation, its IANA name or its offset.
    fn zone(&mut self) -> Option<()> {
        self.skip_blanks();
        if let Some((offset, rest)) = offset_prefix(self.rest) {
            self.fields.offset = Some(offset);
            self.rest = rest;
            return Some(());
        }
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+')))
            .unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        if let Some(&(_, minutes)) = ABBREVIATIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            self.fields.offset = Some(minutes * 60);
        } else {
            self.fields.named_zone = Some(name.parse().ok()?);
        }
        Some(())
    }
}

/// The variable behind a `%`: its letter, its width where it has one, and the format behind it.
fn variable(format: &str) -> Option<(u8, usize, &str)> {
    let format = format.trim_start_matches(['-', '_', '^']);
    let bytes = format.as_bytes();
    match bytes.first()? {
        digit @ b'1'..=b'9' if matches!(bytes.get(1), Some(b'N' | b'Q')) => {
            Some((bytes[1], usize::from(digit - b'0'), &format[2..]))
        }
        b'N' => Some((b'N', 9, &format[1..])),
        b'Q' => Some((b'Q', 3, &format[1..])),
        b'f' => Some((b'f', 6, &format[1..])),
        b':' => {
            let rest = format.trim_start_matches(':').strip_prefix('z')?;
            Some((b'z', 0, rest))
        }
        b'E' => Some((b'E', 0, format[1..].strip_prefix('z')?)),
        &letter if letter.is_ascii() => Some((letter, 0, &format[1..])),
        _ => None,
    }
}

/// An offset from UTC at the start of `text`, in seconds, and what follows it.
pub(super) fn offset_prefix(text: &str) -> Option<(i32, &str)> {
    for name in ["Z", "z", "UTC", "GMT"] {
        if let Some(rest) = text.strip_prefix(name)
            && !rest.starts_with(|c: char| c.is_ascii_alphabetic())
        {
            return Some((0, rest));
        }
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let mut rest = &text[1..];
    let mut parts = [0; 3];
    for (i, part) in parts.iter_mut().enumerate() {
        let after = if i > 0 { rest.strip_prefix(':').unwrap_or(rest) } else { rest };
        match after.as_bytes() {
            [a @ b'0'..=b'9', b @ b'0'..=b'9', ..] => {
                *part = i32::from(a - b'0') * 10 + i32::from(b - b'0');
                rest = &after[2..];
            }
            _ if i == 0 => return None,
            _ => break,
        }
    }
    let [hours, minutes, seconds] = parts;
    (hours < 24 && minutes < 60 && seconds < 60).then_some((sign * (hours * 3600 + minutes * 60 + seconds), rest))
}

/// Zone abbreviations in common use, in minutes east of UTC. Where one has several meanings, the one of Splunk's own country wins.
static ABBREVIATIONS: &[(&str, i32)] = &[
    ("UT", 0),
    ("WET", 0),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("AKST", -540),
    ("AKDT", -480),
    ("HST", -600),
    ("BST", 60),
    ("WEST", 60),
    ("CET", 60),
    ("MET", 60),
    ("CEST", 120),
    ("MEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("IST", 330),
    ("SGT", 480),
    ("HKT", 480),
    ("AWST", 480),
    ("JST", 540),
    ("KST", 540),
    ("ACST", 570),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
];
