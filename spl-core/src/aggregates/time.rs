//! Aggregates that look at `_time`: `earliest`, `latest`, their times, `rate`, and sums for each unit of a bucket's time.
//!
//! Of rows with the same time the one that stands first in the table counts as the later: events come newest first.

use std::any::Any;

use super::basic::Sum;
use super::input::{Flat, times};
use super::keys::{Cell, KeySpace, Translation, optional_numbers};
use super::numeric::Numeric;
use super::{Accumulator, Aggregate, Call, Rows, sliding};
use crate::error::{Result, bail};
use crate::functions::Context;
use crate::table::Column;

pub(super) static AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "earliest",
        syntax: "earliest(<value>)",
        summary: "The value of the event with the smallest _time.",
        examples: &[(
            r#"| makeresults count=3 | streamstats count AS n | eval _time=100-n, v="v".n | stats earliest(v)"#,
            "v3",
        )],
        exact: true,
        needs_time: true,
        slide: Some(|_, window| sliding::earliest(window)),
        make: |_| Ok(Box::new(Timed::<false>::default())),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "earliest_time",
        syntax: "earliest_time(<value>)",
        summary: "The smallest _time of the events that have the field.",
        examples: &[(
            r#"| makeresults count=3 | streamstats count AS v | eval _time=100-v | stats earliest_time(v)"#,
            "97",
        )],
        needs_time: true,
        slide: Some(|_, window| sliding::earliest_time(window)),
        make: |_| Ok(Box::new(TimeOf::<false>::default())),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "latest",
        syntax: "latest(<value>)",
        summary: "The value of the event with the largest _time.",
        examples: &[(
            r#"| makeresults count=3 | streamstats count AS n | eval _time=100-n, v="v".n | stats latest(v)"#,
            "v1",
        )],
        exact: true,
        needs_time: true,
        slide: Some(|_, window| sliding::latest(window)),
        make: |_| Ok(Box::new(Timed::<true>::default())),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "latest_time",
        syntax: "latest_time(<value>)",
        summary: "The largest _time of the events that have the field.",
        examples: &[(
            r#"| makeresults count=3 | streamstats count AS v | eval _time=100-v | stats latest_time(v)"#,
            "99",
        )],
        needs_time: true,
        slide: Some(|_, window| sliding::latest_time(window)),
        make: |_| Ok(Box::new(TimeOf::<true>::default())),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "per_day",
        syntax: "per_day(<value>)",
        summary: "The sum in a timechart's bucket for each day of it.",
        examples: &[(r#"| makeresults | eval v=5, _time=0 | timechart span=12h per_day(v) AS d | table d"#, "10")],
        make: |call| per(call, 86_400.0),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "per_hour",
        syntax: "per_hour(<value>)",
        summary: "The sum in a timechart's bucket for each hour of it.",
        examples: &[(r#"| makeresults | eval v=5, _time=0 | timechart span=30m per_hour(v) AS h | table h"#, "10")],
        make: |call| per(call, 3600.0),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "per_minute",
        syntax: "per_minute(<value>)",
        summary: "The sum in a timechart's bucket for each minute of it.",
        examples: &[(r#"| makeresults | eval v=50, _time=0 | timechart span=2m per_minute(v) AS m | table m"#, "25")],
        make: |call| per(call, 60.0),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "per_second",
        syntax: "per_second(<value>)",
        summary: "The sum in a timechart's bucket for each second of it.",
        examples: &[(r#"| makeresults | eval v=50, _time=0 | timechart span=10s per_second(v) AS s | table s"#, "5")],
        make: |call| per(call, 1.0),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "rate",
        syntax: "rate(<value>)",
        summary: "How much a counter grew in a second, from its first to its last value, also across one restart.",
        examples: &[(
            r#"| makeresults count=2 | streamstats count AS n | eval _time=50*n, v=100*n | stats rate(v)"#,
            "2",
        )],
        needs_time: true,
        make: |_| Ok(Box::new(Rate::default())),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "rate_avg",
        syntax: "rate_avg(<value>)",
        summary: "The mean of the rates of several metric series; only for mstats, which has no data here.",
        make: |call| bail!(Unsupported, call.span, "rate_avg works only in mstats"),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "rate_sum",
        syntax: "rate_sum(<value>)",
        summary: "The sum of the rates of several metric series; only for mstats, which has no data here.",
        make: |call| bail!(Unsupported, call.span, "rate_sum works only in mstats"),
        ..Aggregate::BLANK
    },
];

/// A sum divided by the length of the bucket in units of so many seconds.
fn per(call: &Call, unit: f64) -> Result<Box<dyn Accumulator>> {
    match call.bucket_seconds {
        Some(seconds) => Numeric::divided(call, Sum::total, seconds / unit),
        None => bail!(Argument, call.span, "per_second, per_minute, per_hour and per_day work only in timechart"),
    }
}

/// Whether a moment at `place` beats the one kept; `kept` of NaN is none.
fn beats<const LATEST: bool>(time: f64, place: u64, kept: f64, kept_place: u64) -> bool {
    if time == kept {
        return if LATEST { place < kept_place } else { place >= kept_place };
    }
    kept.is_nan() || if LATEST { time > kept } else { time < kept }
}

/// `earliest` and `latest`.
#[derive(Clone, Default)]
struct Timed<const LATEST: bool> {
    keys: KeySpace,
    times: Vec<f64>,
    places: Vec<u64>,
    cells: Vec<Cell>,
}

impl<const LATEST: bool> Accumulator for Timed<LATEST> {
    fn grow(&mut self, groups: usize) {
        self.times.resize(groups, f64::NAN);
        self.places.resize(groups, 0);
        self.cells.resize(groups, Cell::NOTHING);
    }

    fn update(&mut self, rows: &Rows<'_>) {
        let Some(times) = times(rows) else { return };
        let flat = Flat::new(rows);
        self.keys.adopt(rows.dictionary);
        for (i, &group) in flat.groups.iter().enumerate() {
            let (group, row) = (group as usize, flat.row(i));
            let (time, place) = (times[row], rows.batch.ordinal(row));
            if time.is_nan() || !beats::<LATEST>(time, place, self.times[group], self.places[group]) {
                continue;
            }
            let cell = self.keys.cell(&flat.column, i);
            if !cell.is_nothing() {
                self.times[group] = time;
                self.places[group] = place;
                self.cells[group] = cell;
            }
        }
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        let Ok(later) = later.into_any().downcast::<Self>() else { return };
        let mut codes = Translation::new(&mut self.keys, &later.keys);
        for (g, &group) in groups.iter().enumerate() {
            let (group, time, place) = (group as usize, later.times[g], later.places[g]);
            if !time.is_nan() && beats::<LATEST>(time, place, self.times[group], self.places[group]) {
                self.times[group] = time;
                self.places[group] = place;
                self.cells[group] = later.cells[g].map_code(|code| codes.code(&mut self.keys, code));
            }
        }
    }

    fn finish(self: Box<Self>, _: &Context) -> Column {
        self.keys.column_of_cells(&self.cells)
    }

    fn bytes(&self) -> usize {
        self.keys.bytes() + self.times.len() * 24
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// `earliest_time` and `latest_time`.
#[derive(Clone, Default)]
struct TimeOf<const LATEST: bool> {
    times: Vec<f64>,
}

impl<const LATEST: bool> TimeOf<LATEST> {
    fn take(&mut self, group: u32, time: f64) {
        let kept = &mut self.times[group as usize];
        // `min` and `max` prefer the operand that is a number.
        *kept = if LATEST { kept.max(time) } else { kept.min(time) };
    }
}

impl<const LATEST: bool> Accumulator for TimeOf<LATEST> {
    fn grow(&mut self, groups: usize) {
        self.times.resize(groups, f64::NAN);
    }

    fn update(&mut self, rows: &Rows<'_>) {
        let Some(times) = times(rows) else { return };
        let present = rows.column.present();
        for (row, (&group, &time)) in rows.groups.iter().zip(times.iter()).enumerate() {
            if present.get(row) {
                self.take(group, time);
            }
        }
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        let Ok(later) = later.into_any().downcast::<Self>() else { return };
        for (&time, &group) in later.times.iter().zip(groups) {
            self.take(group, time);
        }
    }

    fn finish(self: Box<Self>, _: &Context) -> Column {
        optional_numbers(self.times.iter().map(|&time| (!time.is_nan()).then_some(time)))
    }

    fn bytes(&self) -> usize {
        self.times.len() * 8
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// A counter's first, last and largest value.
#[derive(Clone)]
struct Counter {
    first: (f64, u64, f64),
    last: (f64, u64, f64),
    largest: f64,
}

impl Default for Counter {
    fn default() -> Self {
        Counter { first: (f64::NAN, 0, 0.0), last: (f64::NAN, 0, 0.0), largest: f64::NEG_INFINITY }
    }
}

impl Counter {
    fn take(&mut self, first: (f64, u64, f64), last: (f64, u64, f64), largest: f64) {
        if beats::<false>(first.0, first.1, self.first.0, self.first.1) {
            self.first = first;
        }
        if beats::<true>(last.0, last.1, self.last.0, self.last.1) {
            self.last = last;
        }
        self.largest = self.largest.max(largest);
    }

    fn rate(&self) -> Option<f64> {
        let seconds = self.last.0 - self.first.0;
        // A counter that is now below its largest value began anew after that.
        let restarted = if self.last.2 < self.largest { self.largest } else { 0.0 };
        (seconds > 0.0).then(|| (self.last.2 + restarted - self.first.2) / seconds)
    }
}

/// `rate`.
#[derive(Clone, Default)]
struct Rate {
    counters: Vec<Counter>,
}

impl Accumulator for Rate {
    fn grow(&mut self, groups: usize) {
        self.counters.resize(groups, Counter::default());
    }

    fn update(&mut self, rows: &Rows<'_>) {
        let Some(times) = times(rows) else { return };
        let flat = Flat::new(rows);
        for (i, &group) in flat.groups.iter().enumerate() {
            let row = flat.row(i);
            if let Some(n) = flat.column.get(i).number().filter(|_| !times[row].is_nan()) {
                let point = (times[row], rows.batch.ordinal(row), n);
                self.counters[group as usize].take(point, point, n);
            }
        }
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        let Ok(later) = later.into_any().downcast::<Self>() else { return };
        for (counter, &group) in later.counters.iter().zip(groups) {
            if !counter.first.0.is_nan() {
                self.counters[group as usize].take(counter.first, counter.last, counter.largest);
            }
        }
    }

    fn finish(self: Box<Self>, _: &Context) -> Column {
        optional_numbers(self.counters.iter().map(Counter::rate))
    }

    fn bytes(&self) -> usize {
        self.counters.len() * size_of::<Counter>()
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
