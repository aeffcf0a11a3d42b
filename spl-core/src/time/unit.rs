//! Units of time as relative times and spans spell them.

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum TimeUnit {
    Microsecond,
    Millisecond,
    Centisecond,
    Decisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// Every spelling, by unit; the first is the one to print.
static SPELLINGS: &[(TimeUnit, &[&str])] = &[
    (TimeUnit::Microsecond, &["us"]),
    (TimeUnit::Millisecond, &["ms"]),
    (TimeUnit::Centisecond, &["cs"]),
    (TimeUnit::Decisecond, &["ds"]),
    (TimeUnit::Second, &["s", "sec", "secs", "second", "seconds"]),
    (TimeUnit::Minute, &["m", "min", "mins", "minute", "minutes"]),
    (TimeUnit::Hour, &["h", "hr", "hrs", "hour", "hours"]),
    (TimeUnit::Day, &["d", "day", "days"]),
    (TimeUnit::Week, &["w", "week", "weeks"]),
    (TimeUnit::Month, &["mon", "month", "months"]),
    (TimeUnit::Quarter, &["q", "qtr", "qtrs", "quarter", "quarters"]),
    (TimeUnit::Year, &["y", "yr", "yrs", "year", "years"]),
];

impl TimeUnit {
    /// The unit spelt `text`. `m` is a minute, `mon` a month; case counts.
    pub fn parse(text: &str) -> Option<TimeUnit> {
        SPELLINGS.iter().find(|(_, spellings)| spellings.contains(&text)).map(|&(unit, _)| unit)
    }

    /// The shortest spelling.
    pub fn symbol(self) -> &'static str {
        SPELLINGS.iter().find(|&&(unit, _)| unit == self).map_or("", |(_, spellings)| spellings[0])
    }

    /// The length in seconds of what is shorter than a day, in which the calendar has no say.
    pub fn seconds(self) -> Option<f64> {
        self.micros().map(|micros| micros as f64 / 1e6)
    }

    /// As [`seconds`](Self::seconds), in microseconds.
    pub(super) fn micros(self) -> Option<i64> {
        Some(match self {
            TimeUnit::Microsecond => 1,
            TimeUnit::Millisecond => 1000,
            TimeUnit::Centisecond => 10_000,
            TimeUnit::Decisecond => 100_000,
            TimeUnit::Second => 1_000_000,
            TimeUnit::Minute => 60_000_000,
            TimeUnit::Hour => 3_600_000_000,
            _ => return None,
        })
    }

    /// The length in days of days and weeks.
    pub(super) fn days(self) -> Option<i64> {
        match self {
            TimeUnit::Day => Some(1),
            TimeUnit::Week => Some(7),
            _ => None,
        }
    }

    /// The length in months of what is counted in them; 0 for shorter units.
    pub(super) fn months(self) -> i64 {
        match self {
            TimeUnit::Month => 1,
            TimeUnit::Quarter => 3,
            TimeUnit::Year => 12,
            _ => 0,
        }
    }
}
