//! Time as SPL reads and writes it: zones, relative times, `strftime`, `strptime`.

/// A time zone by which days, weeks and months are counted.
pub type Zone = chrono_tz::Tz;
