//! Epoch seconds to calendar and back, in any zone. Knows no formats.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{OffsetName, Tz};

use super::Zone;

/// The largest epoch (and, negated, the smallest) that has a date here: about the year 250,000.
pub const MAX_EPOCH: i64 = 7_800_000_000_000;

const DAY: i64 = 86_400;

/// A moment taken apart, in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year, as ISO counts (0 is 1 BC).
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// Nanoseconds, as far as the epoch's digits reach.
    pub nanos: u32,
    /// Seconds east of UTC.
    pub offset: i32,
    /// Whole epoch seconds.
    pub epoch: i64,
}

impl Civil {
    /// The moment `epoch` in `zone`; `None` for what is no number or lies beyond [`MAX_EPOCH`].
    pub fn at(epoch: f64, zone: Zone) -> Option<Civil> {
        let (epoch, nanos) = split(epoch)?;
        let offset = offset_at(epoch, zone);
        let local = epoch + i64::from(offset);
        let (year, month, day) = civil_from_days(local.div_euclid(DAY));
        let seconds = local.rem_euclid(DAY) as u32;
        Some(Civil {
            year,
            month,
            day,
            hour: (seconds / 3600) as u8,
            minute: (seconds / 60 % 60) as u8,
            second: (seconds % 60) as u8,
            nanos,
            offset,
            epoch,
        })
    }

    /// Local days since 1970-01-01.
    pub fn days(&self) -> i64 {
        (self.epoch + i64::from(self.offset)).div_euclid(DAY)
    }

    /// 0 (Sunday) to 6.
    pub fn weekday(&self) -> u8 {
        (self.days() + 4).rem_euclid(7) as u8
    }

    /// 1 to 366.
    pub fn day_of_year(&self) -> u16 {
        (self.days() - days_from_civil(self.year, 1, 1) + 1) as u16
    }

    /// The ISO 8601 year and week.
    pub fn iso_week(&self) -> (i64, u8) {
        // The week belongs to the year that its Thursday is in.
        let thursday = self.days() - i64::from((self.weekday() + 6) % 7) + 3;
        let year = civil_from_days(thursday).0;
        (year, ((thursday - days_from_civil(year, 1, 1)) / 7 + 1) as u8)
    }
}

/// Whole seconds and nanoseconds. Digits that an `f64` of this size cannot hold are rounded away, so that 1700000000.123 has the
/// milliseconds 123 and not 122.
fn split(epoch: f64) -> Option<(i64, u32)> {
    if epoch.is_nan() || epoch.abs() > MAX_EPOCH as f64 {
        return None;
    }
    let whole = epoch.floor();
    if whole == epoch {
        return Some((whole as i64, 0));
    }
    let unit = if epoch.abs() < 4_000_000.0 { 1 } else { 1000 };
    let nanos = ((epoch - whole) * (1_000_000_000 / unit) as f64).round() as u32 * unit;
    Some(if nanos == 1_000_000_000 { (whole as i64 + 1, 0) } else { (whole as i64, nanos) })
}

/// Seconds east of UTC that clocks in `zone` show at `epoch`.
pub fn offset_at(epoch: i64, zone: Zone) -> i32 {
    if matches!(zone, Tz::UTC | Tz::Etc__UTC) {
        return 0;
    }
    DateTime::from_timestamp(epoch, 0)
        .map_or(0, |utc| zone.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc())
}

/// The zone's short name at `epoch`, such as `CEST`; not every zone has one.
pub(super) fn abbreviation(epoch: i64, zone: Zone) -> Option<String> {
    DateTime::from_timestamp(epoch, 0)
        .and_then(|utc| zone.offset_from_utc_datetime(&utc.naive_utc()).abbreviation().map(str::to_owned))
}

/// The epoch at which clocks in `zone` show `local` seconds since 1970-01-01T00:00:00. The first of two when clocks go back; a time
/// that is skipped when they go forward counts on from before the change.
pub fn local_epoch(local: i64, zone: Zone) -> i64 {
    let before = local - i64::from(offset_at(local - DAY, zone));
    if offset_at(before, zone) == (local - before) as i32 {
        return before;
    }
    let after = local - i64::from(offset_at(local + DAY, zone));
    if offset_at(after, zone) == (local - after) as i32 { after } else { before }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar. `day` may lie outside the month.
pub fn days_from_civil(year: i64, month: u8, day: u8) -> i64 {
    // Years begin in March here, so that the leap day is the last one.
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a day counted from 1970-01-01.
pub(super) fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month + 2) / 5 + 1) as u8;
    let month = if month < 10 { month + 3 } else { month - 9 } as u8;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// How many days the month has.
pub(super) fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
