//! Relative times: `-2d@d`, `@w1`, `+1mon@mon-1s`.

use super::civil::{Civil, civil_from_days, days_from_civil, days_in_month, local_epoch};
use super::{MAX_EPOCH, TimeUnit, Zone};
use crate::error::{Result, bail};

/// Offsets and snaps, applied from left to right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelativeTime {
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Offset(i64, TimeUnit),
    Snap(Snap),
}

/// The start of a unit; of a week, the day it starts with (0 is Sunday).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Snap {
    pub(super) unit: TimeUnit,
    pub(super) weekday: u8,
}

impl RelativeTime {
    /// Reads `[+|-]<n><unit>` and `@<unit>` steps. A missing number is 1, a missing unit is seconds; `@w0` to `@w7` name the week's
    /// first day, Sunday being both 0 and 7. `now` moves nothing.
    pub fn parse(spec: &str) -> Result<RelativeTime> {
        let mut steps = Vec::new();
        if matches!(spec.trim(), "now" | "now()") {
            return Ok(RelativeTime { steps });
        }
        let mut rest = spec.trim();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('@') {
                let Some((snap, tail)) = Snap::parse_prefix(after) else {
                    bail!(
                        Argument,
                        "`{spec}` is no relative time: `@` needs a unit such as s, m, h, d, w0 to w7, mon, q or y"
                    );
                };
                steps.push(Step::Snap(snap));
                rest = tail;
            } else {
                let Some((step, tail)) = offset_prefix(rest, steps.is_empty()) else {
                    bail!(Argument, "`{spec}` is no relative time such as `-7d@d` or `+1h`");
                };
                steps.push(step);
                rest = tail;
            }
        }
        if steps.is_empty() {
            bail!(Argument, "a relative time such as `-7d@d` is missing");
        }
        Ok(RelativeTime { steps })
    }

    /// The moment that this is seen from `now`.
    pub fn apply(&self, now: f64, zone: Zone) -> f64 {
        self.steps.iter().fold(now, |time, step| match *step {
            Step::Offset(count, unit) => shift(time, count, unit, zone),
            Step::Snap(snap) => snap.apply(time, zone),
        })
    }
}

/// An offset at the start of `text`, and what follows it. Only the first step may lack its sign.
fn offset_prefix(text: &str, first: bool) -> Option<(Step, &str)> {
    let (sign, text) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        b'0'..=b'9' if first => (1, text),
        _ => return None,
    };
    let (digits, text) = split_while(text, |b| b.is_ascii_digit());
    let (word, text) = split_while(text, |b| b.is_ascii_alphabetic());
    if digits.is_empty() && word.is_empty() {
        return None;
    }
    let count: i64 = if digits.is_empty() { 1 } else { digits.parse().ok()? };
    let unit = if word.is_empty() { TimeUnit::Second } else { TimeUnit::parse(word)? };
    Some((Step::Offset(sign * count, unit), text))
}

/// The longest start of `text` whose bytes are all `wanted` (ASCII only), and the rest.
pub(super) fn split_while(text: &str, wanted: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(|b| !(b.is_ascii() && wanted(b))).unwrap_or(text.len());
    text.split_at(end)
}

impl Snap {
    /// The unit at the start of `text` (behind the `@`), and what follows it.
    pub(super) fn parse_prefix(text: &str) -> Option<(Snap, &str)> {
        let (word, rest) = split_while(text, |b| b.is_ascii_alphabetic());
        let unit = TimeUnit::parse(word)?;
        if unit != TimeUnit::Week {
            return Some((Snap { unit, weekday: 0 }, rest));
        }
        match rest.as_bytes().first() {
            Some(digit @ b'0'..=b'7') => Some((Snap { unit, weekday: (digit - b'0') % 7 }, &rest[1..])),
            Some(b'8' | b'9') => None,
            _ => Some((Snap { unit, weekday: 0 }, rest)),
        }
    }

    /// The start of the unit that `time` lies in.
    pub(super) fn apply(self, time: f64, zone: Zone) -> f64 {
        let Some(civil) = Civil::at(time, zone) else { return time };
        if let Some(micros) = self.unit.micros() {
            if micros < 1_000_000 {
                let nanos = i64::from(civil.nanos) / 1000 / micros * micros;
                return civil.epoch as f64 + nanos as f64 / 1e6;
            }
            let seconds = micros / 1_000_000;
            let local = civil.epoch + i64::from(civil.offset);
            return (civil.epoch - local.rem_euclid(seconds)) as f64;
        }
        let days = match self.unit {
            TimeUnit::Week => civil.days() - i64::from((civil.weekday() + 7 - self.weekday) % 7),
            TimeUnit::Month => days_from_civil(civil.year, civil.month, 1),
            TimeUnit::Quarter => days_from_civil(civil.year, (civil.month - 1) / 3 * 3 + 1, 1),
            TimeUnit::Year => days_from_civil(civil.year, 1, 1),
            _ => civil.days(),
        };
        local_epoch(days * 86_400, zone) as f64
    }
}

/// `time` moved by `count` units. Days and longer keep the local time of day; a day that the month lacks becomes its last.
pub(super) fn shift(time: f64, count: i64, unit: TimeUnit, zone: Zone) -> f64 {
    if let Some(seconds) = unit.seconds() {
        return time + count as f64 * seconds;
    }
    let Some(civil) = Civil::at(time, zone) else { return time };
    let limit = MAX_EPOCH / 86_400;
    let days = match unit.days() {
        Some(length) => civil.days().saturating_add(count.saturating_mul(length)).clamp(-limit, limit),
        None => {
            let months = civil.year * 12 + i64::from(civil.month) - 1;
            let months = months.saturating_add(count.saturating_mul(unit.months())).clamp(-limit / 31, limit / 31);
            let (year, month) = (months.div_euclid(12), months.rem_euclid(12) as u8 + 1);
            days_from_civil(year, month, civil.day.min(days_in_month(year, month)))
        }
    };
    let time_of_day = (civil.epoch + i64::from(civil.offset)).rem_euclid(86_400);
    local_epoch(days * 86_400 + time_of_day, zone) as f64 + f64::from(civil.nanos) / 1e9
}

/// The first day of the span of `count` months that holds the local day, as days since 1970-01-01.
pub(super) fn month_floor(days: i64, count: i64) -> i64 {
    let (year, month, _) = civil_from_days(days);
    let months = (year * 12 + i64::from(month) - 1).div_euclid(count) * count;
    days_from_civil(months.div_euclid(12), months.rem_euclid(12) as u8 + 1, 1)
}
