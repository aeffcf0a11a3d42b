//! `perc<N>`, `exactperc<N>`, `upperperc<N>`, `median`: all exact, interpolated between the two nearest values.
//!
//! The Search Reference gives an interpolated result for `perc50` of ten numbers but says "nearest rank" in its text; the result is
//! what we follow.

use std::any::Any;

use super::input::Flat;
use super::keys::optional_numbers;
use super::numeric::all_numeric;
use super::{Accumulator, Aggregate, Call, Rows, sliding};
use crate::error::{Result, bail};
use crate::functions::Context;
use crate::table::Column;

pub(super) static AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "exactperc",
        syntax: "exactperc<N>(<value>)",
        summary: "The value below which N percent of the numbers lie.",
        examples: &[(r#"| makeresults | eval v=split("1,2,3,4,5",",") | stats exactperc50(v)"#, "3")],
        numbered: true,
        slide: Some(|call, window| sliding::percentile(window, call.number.unwrap_or(50.0))),
        make: numbered,
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "median",
        syntax: "median(<value>)",
        summary: "The middle number, or the mean of the two in the middle.",
        examples: &[(r#"| makeresults | eval v=split("3,9,4",",") | stats median(v)"#, "4")],
        slide: Some(|_, window| sliding::percentile(window, 50.0)),
        make: |call| Ok(boxed(call, 50.0)),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "perc",
        aliases: &["p", "percentile"],
        syntax: "perc<N>(<value>) | p<N>(<value>)",
        summary: "The value below which N percent of the numbers lie.",
        examples: &[
            (r#"| makeresults | eval v=split("10,20,30,40",",") | stats perc50(v)"#, "25"),
            (r#"| makeresults | eval v=split("10,20,30,40",",") | stats p90(v)"#, "37"),
        ],
        numbered: true,
        slide: Some(|call, window| sliding::percentile(window, call.number.unwrap_or(50.0))),
        make: numbered,
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "upperperc",
        syntax: "upperperc<N>(<value>)",
        summary: "As perc<N>, which is exact here and so its own upper bound.",
        examples: &[(r#"| makeresults | eval v=split("10,20,30,40",",") | stats upperperc50(v)"#, "25")],
        numbered: true,
        slide: Some(|call, window| sliding::percentile(window, call.number.unwrap_or(50.0))),
        make: numbered,
        ..Aggregate::BLANK
    },
];

fn numbered(call: &Call) -> Result<Box<dyn Accumulator>> {
    match call.number {
        Some(percent) if (0.0..=100.0).contains(&percent) => Ok(boxed(call, percent)),
        Some(percent) => bail!(Argument, call.span, "a percentile lies between 0 and 100, not at {percent}"),
        None => bail!(Argument, call.span, "a percentile needs its number, as in perc95"),
    }
}

fn boxed(call: &Call, percent: f64) -> Box<dyn Accumulator> {
    all_numeric(call, Box::new(Percentile { percent, count: 0, groups: Vec::new(), numbers: Vec::new() }))
}

/// All numbers with their groups.
#[derive(Clone)]
struct Percentile {
    percent: f64,
    count: usize,
    groups: Vec<u32>,
    numbers: Vec<f64>,
}

impl Accumulator for Percentile {
    fn grow(&mut self, groups: usize) {
        self.count = groups;
    }

    fn update(&mut self, rows: &Rows<'_>) {
        Flat::new(rows).each_number(|group, n| {
            self.groups.push(group);
            self.numbers.push(n);
        });
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        let Ok(later) = later.into_any().downcast::<Self>() else { return };
        self.groups.extend(later.groups.iter().map(|&group| groups[group as usize]));
        self.numbers.extend(later.numbers);
    }

    fn finish(self: Box<Self>, _: &Context) -> Column {
        // Numbers are put together group by group.
        let mut ends = vec![0usize; self.count + 1];
        self.groups.iter().for_each(|&group| ends[group as usize + 1] += 1);
        (1..ends.len()).for_each(|i| ends[i] += ends[i - 1]);
        let mut next = ends.clone();
        let mut sorted = vec![0.0; self.numbers.len()];
        for (&group, &n) in self.groups.iter().zip(&self.numbers) {
            sorted[next[group as usize]] = n;
            next[group as usize] += 1;
        }
        let results: Vec<Option<f64>> =
            (0..self.count).map(|group| percentile(&mut sorted[ends[group]..ends[group + 1]], self.percent)).collect();
        optional_numbers(results.into_iter())
    }

    fn bytes(&self) -> usize {
        self.groups.capacity() * 4 + self.numbers.capacity() * 8
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// The percentile of these numbers, which are put in another order.
pub(crate) fn percentile(numbers: &mut [f64], percent: f64) -> Option<f64> {
    let last = numbers.len().checked_sub(1)?;
    let place = percent * last as f64 / 100.0;
    let (below, share) = (place.floor() as usize, place.fract());
    let (_, &mut low, above) = numbers.select_nth_unstable_by(below.min(last), f64::total_cmp);
    if share == 0.0 {
        return Some(low);
    }
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Some(high * share + low * (1.0 - share))
}
