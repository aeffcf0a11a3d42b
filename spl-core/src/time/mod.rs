//! Time as SPL reads and writes it: zones, relative times, bin spans, `strftime`, `strptime`.
//!
//! A time is epoch seconds in an `f64`. Nothing here reads the clock: whoever needs the present is given it. Every function is total:
//! local times that a change of the clocks skips or repeats, and epochs beyond the calendar, have an answer.

mod civil;
mod duration;
mod iso8601;
mod modifier;
mod relative;
mod span;
mod strftime;
mod strptime;
mod unit;

pub use civil::{Civil, MAX_EPOCH, days_from_civil, local_epoch, offset_at};
pub use duration::{duration_text, parse_duration};
pub use iso8601::parse_iso8601;
pub use modifier::{DEFAULT_TIME_FORMAT, parse_time_modifier};
pub use relative::RelativeTime;
pub use span::{BinSpan, TimeSpan};
pub use strftime::{strftime, strftime_into};
pub use strptime::strptime;
pub use unit::TimeUnit;

/// A time zone by which days, weeks and months are counted.
pub type Zone = chrono_tz::Tz;
