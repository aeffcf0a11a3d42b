//! The `span=` option of bin, timechart, chart and tstats: `5m`, `1mon`, `1w@w1`, `10`, `2log10`.

use super::civil::{Civil, local_epoch};
use super::relative::{Snap, month_floor, shift, split_while};
use super::{TimeUnit, Zone};
use crate::error::{Result, bail};

/// The width of bins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BinSpan {
    /// Bins of this width on a number line.
    Number(f64),
    /// Bins that grow by a factor: `coefficient * base^k`.
    Log {
        /// Where the bin of exponent 0 starts.
        coefficient: f64,
        /// The factor.
        base: f64,
    },
    /// Bins of time.
    Time(TimeSpan),
}

/// A width in time, such as five minutes or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeSpan {
    /// How many units.
    pub count: i64,
    /// Of what.
    pub unit: TimeUnit,
    snap: Option<Snap>,
}

/// The spans that are chosen from when a search names none.
const USUAL: &[(i64, TimeUnit)] = &[
    (1, TimeUnit::Second),
    (5, TimeUnit::Second),
    (10, TimeUnit::Second),
    (30, TimeUnit::Second),
    (1, TimeUnit::Minute),
    (5, TimeUnit::Minute),
    (10, TimeUnit::Minute),
    (30, TimeUnit::Minute),
    (1, TimeUnit::Hour),
    (1, TimeUnit::Day),
    (1, TimeUnit::Month),
    (1, TimeUnit::Year),
];

impl BinSpan {
    /// Reads a span.
    pub fn parse(text: &str) -> Result<BinSpan> {
        let text = text.trim();
        if let Some((coefficient, base)) = text.split_once("log") {
            return log_span(text, coefficient, base);
        }
        if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'))
            && let Ok(width) = text.parse::<f64>()
        {
            if !(width > 0.0 && width.is_finite()) {
                bail!(Argument, "span `{text}` must be greater than zero");
            }
            return Ok(BinSpan::Number(width));
        }
        TimeSpan::parse(text).map(BinSpan::Time)
    }

    /// As a width in time; plain numbers are seconds.
    pub fn time(self) -> Option<TimeSpan> {
        match self {
            BinSpan::Time(span) => Some(span),
            BinSpan::Number(width) => TimeSpan::from_seconds(width),
            BinSpan::Log { .. } => None,
        }
    }

    /// Start and end of the bin that holds the number `x`; `None` where there is none (a logarithm of nothing, no finite number).
    pub fn number_bin(self, x: f64) -> Option<(f64, f64)> {
        if !x.is_finite() {
            return None;
        }
        match self {
            BinSpan::Number(width) => {
                let index = (x / width).floor();
                Some((tidy(index * width), tidy((index + 1.0) * width)))
            }
            BinSpan::Log { coefficient, base } => {
                if x <= 0.0 {
                    return None;
                }
                let mut exponent = ((x / coefficient).ln() / base.ln()).floor();
                let start = |exponent: f64| coefficient * base.powf(exponent);
                // The logarithm of an exact power may come out a hair to either side.
                if start(exponent + 1.0) <= x {
                    exponent += 1.0;
                } else if start(exponent) > x {
                    exponent -= 1.0;
                }
                Some((tidy(start(exponent)), tidy(start(exponent + 1.0))))
            }
            BinSpan::Time(span) => {
                let start = span.floor(x, None, Zone::UTC);
                Some((start, span.next(start, None, Zone::UTC)))
            }
        }
    }
}

/// Removes the noise in the last digits that multiplying decimal fractions makes: 0.30000000000000004.
fn tidy(x: f64) -> f64 {
    if x == x.trunc() {
        return x;
    }
    format!("{x:.14e}").parse().unwrap_or(x)
}

fn log_span(text: &str, coefficient: &str, base: &str) -> Result<BinSpan> {
    let number = |part: &str, default: f64| if part.is_empty() { Some(default) } else { part.parse::<f64>().ok() };
    let (Some(coefficient), Some(base)) = (number(coefficient, 1.0), number(base, 10.0)) else {
        bail!(Argument, "span `{text}` is no logarithmic span such as `2log10`");
    };
    if !(base > 1.0 && base.is_finite() && coefficient >= 1.0 && coefficient < base) {
        bail!(Argument, "logarithmic span `{text}` needs a base above 1 and a coefficient from 1 up to the base");
    }
    Ok(BinSpan::Log { coefficient, base })
}

impl TimeSpan {
    /// `count` units (at least one), bins starting where the calendar has them.
    pub fn new(count: i64, unit: TimeUnit) -> TimeSpan {
        TimeSpan { count: count.max(1), unit, snap: None }
    }

    /// Reads `[<int>]<unit>[@<unit>]`. A sign, as times have one, means nothing in front of a unit that is snapped to.
    pub fn parse(text: &str) -> Result<TimeSpan> {
        let unsigned = text.strip_prefix(['-', '+']).filter(|rest| rest.contains('@')).unwrap_or(text);
        let (digits, rest) = split_while(unsigned, |b| b.is_ascii_digit());
        let (word, rest) = split_while(rest, |b| b.is_ascii_alphabetic());
        let count = if digits.is_empty() { Some(1) } else { digits.parse::<i64>().ok() };
        let (Some(count), Some(unit)) = (count, TimeUnit::parse(word)) else {
            bail!(Argument, "`{text}` is no span such as `5m`, `1d` or `10`");
        };
        if !(1..=1_000_000_000).contains(&count) {
            bail!(Argument, "span `{text}` must be between 1 and 1000000000 units");
        }
        let snap = match rest.strip_prefix('@') {
            None if rest.is_empty() => None,
            Some(after) => match Snap::parse_prefix(after) {
                Some((snap, "")) => Some(snap),
                _ => bail!(Argument, "span `{text}` snaps to no unit of time"),
            },
            None => bail!(Argument, "`{text}` is no span such as `5m`, `1d`, `10` or `2log10`"),
        };
        let span = TimeSpan { count, unit, snap };
        if let Some(micros) = unit.micros().filter(|&micros| micros < 1_000_000)
            && 1_000_000 % (micros * count) != 0
        {
            bail!(Argument, "span `{text}` must divide one second evenly");
        }
        Ok(span)
    }

    /// A width in seconds as a span.
    pub fn from_seconds(width: f64) -> Option<TimeSpan> {
        let micros = (width * 1e6).round();
        if !(1.0..=1e18).contains(&micros) {
            return None;
        }
        let micros = micros as i64;
        Some(match micros % 1_000_000 {
            0 => TimeSpan::new(micros / 1_000_000, TimeUnit::Second),
            _ => TimeSpan::new(micros, TimeUnit::Microsecond),
        })
    }

    /// The shortest of the usual spans with which a range of so many seconds has at most `bins` bins, and which is no shorter than `least`.
    pub fn fitting(seconds: f64, bins: usize, least: Option<TimeSpan>) -> TimeSpan {
        let usual = || USUAL.iter().map(|&(count, unit)| TimeSpan::new(count, unit));
        let long_enough = |span: &TimeSpan| least.is_none_or(|least| span.seconds() >= least.seconds());
        let fits = |span: &TimeSpan| seconds / span.seconds() <= bins.max(1) as f64;
        usual().find(|span| long_enough(span) && fits(span)).or(least).unwrap_or(TimeSpan::new(1, TimeUnit::Year))
    }

    /// The length in seconds; months count 30 days, years 365, when something must be divided by it.
    pub fn seconds(self) -> f64 {
        let unit = match (self.unit.seconds(), self.unit) {
            (Some(seconds), _) => seconds,
            (None, TimeUnit::Day) => 86_400.0,
            (None, TimeUnit::Week) => 604_800.0,
            (None, TimeUnit::Month) => 2_592_000.0,
            (None, TimeUnit::Quarter) => 7_776_000.0,
            (None, _) => 31_536_000.0,
        };
        unit * self.count as f64
    }

    /// The start of the bin that holds `epoch`. Spans below a day are counted from `aligntime` (the epoch when none is given, or
    /// the span's own snap); days and longer start at local midnight, months and longer with the calendar.
    pub fn floor(self, epoch: f64, aligntime: Option<f64>, zone: Zone) -> f64 {
        if !epoch.is_finite() {
            return epoch;
        }
        if let Some(unit) = self.unit.micros() {
            let width = unit.saturating_mul(self.count);
            let align = match self.snap {
                Some(snap) => snap.apply(epoch, zone),
                None => aligntime.unwrap_or(0.0),
            };
            return if width % 1_000_000 == 0 {
                let width = (width / 1_000_000) as f64;
                ((epoch - align) / width).floor() * width + align
            } else {
                let micros = ((epoch - align) * 1e6).round() as i64;
                micros.div_euclid(width) as f64 * width as f64 / 1e6 + align
            };
        }
        let Some(civil) = Civil::at(epoch, zone) else { return epoch };
        let days = civil.days();
        let start = match (self.unit.days(), self.snap) {
            (None, _) => month_floor(days, self.unit.months() * self.count),
            (Some(unit), Some(Snap { unit: TimeUnit::Week, weekday })) => {
                // 1970-01-04 was a Sunday.
                let first = 3 + i64::from(weekday);
                (days - first).div_euclid(unit * self.count) * unit * self.count + first
            }
            (Some(unit), _) => days.div_euclid(unit * self.count) * unit * self.count,
        };
        local_epoch(start * 86_400, zone) as f64
    }

    /// `time` and one span more.
    pub fn after(self, time: f64, zone: Zone) -> f64 {
        shift(time, self.count, self.unit, zone)
    }

    /// The start of the bin after the one that starts at `start`.
    pub fn next(self, start: f64, aligntime: Option<f64>, zone: Zone) -> f64 {
        let next = self.after(start, zone);
        if self.adds_up(start, aligntime) {
            return next;
        }
        let floor = self.floor(next, aligntime, zone);
        if floor > start { floor } else { next }
    }

    /// The starts of bins from `first`, which is one, up to `until`; none when that is before it.
    pub(crate) fn starts(self, first: f64, until: f64, aligntime: Option<f64>, zone: Zone) -> Vec<f64> {
        let width = self.seconds();
        if self.adds_up(first, aligntime) && first <= until && until.is_finite() {
            let last = ((until - first) / width) as u64;
            let mut starts: Vec<f64> = (0..=last).map(|bin| first + bin as f64 * width).collect();
            // The quotient may have been rounded up to a whole one.
            starts.pop_if(|start| *start > until);
            return starts;
        }
        let next = |&start: &f64| Some(self.next(start, aligntime, zone)).filter(|&next| next > start);
        std::iter::successors(Some(first), next).take_while(|&start| start <= until).collect()
    }

    /// Whether each bin starts as many seconds after the one before, whole ones, which add up exactly, from such a start.
    fn adds_up(self, start: f64, aligntime: Option<f64>) -> bool {
        let whole = |seconds: f64| seconds as i64 as f64 == seconds;
        let even = self.unit.seconds().is_some_and(whole) && self.snap.is_none();
        even && whole(start) && aligntime.is_none_or(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_follow_one_another() {
        for text in ["1s", "7m", "5m", "100ms", "1h", "1d", "1mon"] {
            let span = TimeSpan::parse(text).unwrap();
            for align in [None, Some(100.0), Some(0.5)] {
                let first = span.floor(1_700_000_000.25, align, Zone::UTC);
                let third = (0..3).fold(first, |start, _| span.next(start, align, Zone::UTC));
                for (until, len) in [(first.next_down(), 0), (first, 1), (third.next_down(), 3), (third, 4)] {
                    let starts = span.starts(first, until, align, Zone::UTC);
                    assert_eq!(starts.len(), len, "{text} {align:?} {until}");
                    assert!(starts.windows(2).all(|pair| span.next(pair[0], align, Zone::UTC) == pair[1]));
                    assert!(starts.first().is_none_or(|&start| start == first));
                }
            }
        }
    }
}
