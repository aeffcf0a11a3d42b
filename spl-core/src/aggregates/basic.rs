//! `count`, `sum`, `avg`, `sumsq`, `range`, `min`, `max`.

use std::any::Any;

use super::input::Flat;
use super::keys::{Cell, KeySpace, Translation};
use super::numeric::{Numeric, State};
use super::{Accumulator, Aggregate, Call, Rows, sliding};
use crate::error::Result;
use crate::functions::Context;
use crate::table::Column;

pub(super) static AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "avg",
        aliases: &["mean"],
        syntax: "avg(<value>)",
        summary: "The mean of the values that are numbers.",
        examples: &[(r#"| makeresults | eval v=split("2,4,x,9",",") | stats avg(v)"#, "5")],
        slide: Some(|_, window| sliding::numbers(window, Sum::mean)),
        follow: Some(|recently, columns| sliding::recent_numbers(recently, columns, Sum::mean)),
        make: |call| Numeric::boxed(call, Sum::mean),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "count",
        aliases: &["c"],
        syntax: "count | count(<value>)",
        summary: "How many rows there are, or how many values the field has.",
        examples: &[
            (r#"| makeresults count=3 | stats count"#, "3"),
            (r#"| makeresults | eval u=split("a,b",",") | stats count(u)"#, "2"),
        ],
        exact: true,
        orderless: true,
        slide: Some(|_, window| sliding::count(window)),
        follow: Some(sliding::recent_count),
        make: count,
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "max",
        syntax: "max(<value>)",
        summary: "The largest value; texts are larger than numbers.",
        examples: &[
            (r#"| makeresults | eval v=split("9,10,2",",") | stats max(v)"#, "10"),
            (r#"| makeresults | eval v=split("9,bar,10",",") | stats max(v)"#, "bar"),
        ],
        exact: true,
        ends: true,
        slide: Some(|_, window| sliding::max(window)),
        follow: Some(sliding::recent_extreme::<true>),
        make: |_| Ok(Box::new(Extreme::<true>::default())),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "min",
        syntax: "min(<value>)",
        summary: "The smallest value; numbers are smaller than texts.",
        examples: &[
            (r#"| makeresults | eval v=split("9,10,2",",") | stats min(v)"#, "2"),
            (r#"| makeresults | eval v=split("foo,bar",",") | stats min(v)"#, "bar"),
        ],
        exact: true,
        ends: true,
        slide: Some(|_, window| sliding::min(window)),
        follow: Some(sliding::recent_extreme::<false>),
        make: |_| Ok(Box::new(Extreme::<false>::default())),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "range",
        syntax: "range(<value>)",
        summary: "The largest number less the smallest.",
        examples: &[(r#"| makeresults | eval v=split("4,10,7",",") | stats range(v)"#, "6")],
        exact: true,
        orderless: true,
        ends: true,
        slide: Some(|_, window| sliding::numbers(window, Bounds::range)),
        follow: Some(|recently, columns| sliding::recent_numbers(recently, columns, Bounds::range)),
        make: |call| Numeric::boxed(call, Bounds::range),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "sum",
        syntax: "sum(<value>)",
        summary: "The sum of the values that are numbers.",
        examples: &[(r#"| makeresults | eval v=split("1,2.5,z",",") | stats sum(v)"#, "3.5")],
        slide: Some(|_, window| sliding::numbers(window, Sum::total)),
        follow: Some(|recently, columns| sliding::recent_numbers(recently, columns, Sum::total)),
        make: |call| Numeric::boxed(call, Sum::total),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "sumsq",
        syntax: "sumsq(<value>)",
        summary: "The sum of the squares of the values that are numbers.",
        examples: &[(r#"| makeresults | eval v=split("1,2,3",",") | stats sumsq(v)"#, "14")],
        slide: Some(|_, window| sliding::numbers(window, SumOfSquares::total)),
        follow: Some(|recently, columns| sliding::recent_numbers(recently, columns, SumOfSquares::total)),
        make: |call| Numeric::boxed(call, SumOfSquares::total),
        ..Aggregate::BLANK
    },
];

/// The sum of numbers and how many they are.
#[derive(Clone, Default)]
pub(super) struct Sum {
    pub(super) sum: f64,
    pub(super) count: u64,
}

impl Sum {
    pub(super) fn total(&self) -> Option<f64> {
        (self.count > 0).then_some(self.sum)
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

impl State for Sum {
    fn add(&mut self, n: f64) {
        self.sum += n;
        self.count += 1;
    }

    fn join(&mut self, later: &Self) {
        self.sum += later.sum;
        self.count += later.count;
    }
}

#[derive(Clone, Default)]
struct SumOfSquares(Sum);

impl SumOfSquares {
    fn total(&self) -> Option<f64> {
        self.0.total()
    }
}

impl State for SumOfSquares {
    fn add(&mut self, n: f64) {
        self.0.add(n * n);
    }

    fn join(&mut self, later: &Self) {
        self.0.join(&later.0);
    }
}

/// The smallest and the largest number.
#[derive(Clone)]
struct Bounds {
    low: f64,
    high: f64,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { low: f64::INFINITY, high: f64::NEG_INFINITY }
    }
}

impl Bounds {
    fn range(&self) -> Option<f64> {
        (self.low <= self.high).then_some(self.high - self.low)
    }
}

impl State for Bounds {
    fn add(&mut self, n: f64) {
        self.low = self.low.min(n);
        self.high = self.high.max(n);
    }

    fn join(&mut self, later: &Self) {
        self.low = self.low.min(later.low);
        self.high = self.high.max(later.high);
    }
}

/// The accumulator of `count`.
pub(super) fn count(_: &Call) -> Result<Box<dyn Accumulator>> {
    Ok(Box::new(Count::default()))
}

#[derive(Clone, Default)]
struct Count {
    counts: Vec<u64>,
}

impl Accumulator for Count {
    fn grow(&mut self, groups: usize) {
        self.counts.resize(groups, 0);
    }

    fn update(&mut self, rows: &Rows<'_>) {
        let counts = &mut self.counts[..];
        let groups = rows.groups.iter();
        match rows.column {
            Column::Const(value, _) => {
                let values = value.values().len() as u64;
                groups.for_each(|&group| counts[group as usize] += values);
            }
            Column::Dict(_, codes) => {
                for (&group, &code) in groups.zip(codes.iter()) {
                    counts[group as usize] += u64::from(code != 0);
                }
            }
            Column::Multi(multi) => {
                for (&group, stretch) in groups.zip(multi.stretches()) {
                    counts[group as usize] += stretch.len() as u64;
                }
            }
            Column::Num(numbers) if numbers.valid.is_none() => {
                groups.for_each(|&group| counts[group as usize] += 1);
            }
            column => {
                for (row, &group) in groups.enumerate() {
                    column.get(row).for_each(|_| counts[group as usize] += 1);
                }
            }
        }
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        let Ok(later) = later.into_any().downcast::<Self>() else { return };
        for (&count, &group) in later.counts.iter().zip(groups) {
            self.counts[group as usize] += count;
        }
    }

    fn finish(self: Box<Self>, _: &Context) -> Column {
        Column::from_numbers(self.counts.into_iter().map(|count| count as f64).collect())
    }

    fn bytes(&self) -> usize {
        self.counts.len() * 8
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// `min` and `max`. Numbers are smaller than texts; the result is the value as it was written.
#[derive(Clone, Default)]
struct Extreme<const MAX: bool> {
    keys: KeySpace,
    /// The best number of each group, NaN while there is none.
    best: Vec<f64>,
    /// What was written where the best number was found, 0 when it was a plain number. Empty while all were.
    written: Vec<u32>,
    /// The best text of each group, 0 while there is none. Empty while no group has one.
    texts: Vec<u32>,
}

impl<const MAX: bool> Extreme<MAX> {
    fn better(n: f64, best: f64) -> bool {
        (if MAX { n > best } else { n < best }) || (best.is_nan() && !n.is_nan())
    }

    fn number(&mut self, group: usize, n: f64, written: u32) {
        if Self::better(n, self.best[group]) {
            self.best[group] = n;
            self.written[group] = written;
        }
    }

    fn text(&mut self, group: usize, code: u32, ranked: bool) {
        let best = self.texts[group];
        if code == best {
            return;
        }
        let wanted = if MAX { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less };
        if best == 0 || self.keys.compare(code, best, ranked) == wanted {
            self.texts[group] = code;
        }
    }

    /// From here on texts, and numbers that are written in their own way, are kept too.
    fn keep_texts(&mut self) {
        self.written.resize(self.best.len(), 0);
        self.texts.resize(self.best.len(), 0);
    }
}

impl<const MAX: bool> Accumulator for Extreme<MAX> {
    fn grow(&mut self, groups: usize) {
        self.best.resize(groups, f64::NAN);
        if !self.texts.is_empty() {
            self.keep_texts();
        }
    }

    fn update(&mut self, rows: &Rows<'_>) {
        let flat = Flat::new(rows);
        if let Column::Num(numbers) = &*flat.column
            && numbers.decimals.is_none()
            && numbers.valid.is_none()
            && self.texts.is_empty()
        {
            let best = &mut self.best[..];
            for (&group, &n) in flat.groups.iter().zip(&numbers.values) {
                let slot = &mut best[group as usize];
                *slot = if Self::better(n, *slot) { n } else { *slot };
            }
            return;
        }
        self.keep_texts();
        self.keys.adopt(rows.dictionary);
        let column = &*flat.column;
        let ranked = self.keys.worth_ranking(flat.groups.len());
        if let Column::Dict(dictionary, codes) = column
            && super::input::many_for(dictionary.len(), codes.len())
        {
            let numbers = dictionary.numbers();
            for (row, (&group, &code)) in flat.groups.iter().zip(codes.iter()).enumerate() {
                let (group, n) = (group as usize, numbers[code as usize]);
                if code == 0 || (!n.is_nan() && !Self::better(n, self.best[group])) {
                    continue;
                }
                let own = self.keys.code(column, row);
                if n.is_nan() { self.text(group, own, ranked) } else { self.number(group, n, own) }
            }
            return;
        }
        for (row, &group) in flat.groups.iter().enumerate() {
            let (group, value) = (group as usize, column.get(row));
            match value.number() {
                _ if value.is_null() => {}
                Some(n) if !n.is_nan() => {
                    if Self::better(n, self.best[group]) {
                        let plain = matches!(value, crate::value::ValueRef::Num(_));
                        let written = if plain { 0 } else { self.keys.code(column, row) };
                        self.number(group, n, written);
                    }
                }
                _ => {
                    let code = self.keys.code(column, row);
                    self.text(group, code, ranked);
                }
            }
        }
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        let Ok(later) = later.into_any().downcast::<Self>() else { return };
        let mut later = *later;
        if !later.texts.is_empty() || !self.texts.is_empty() {
            self.keep_texts();
            later.keep_texts();
        }
        let mut codes = Translation::new(&mut self.keys, &later.keys);
        for (g, &group) in groups.iter().enumerate() {
            let (group, n) = (group as usize, later.best[g]);
            if self.texts.is_empty() {
                if Self::better(n, self.best[group]) {
                    self.best[group] = n;
                }
                continue;
            }
            if Self::better(n, self.best[group]) {
                let written = codes.code(&mut self.keys, later.written[g]);
                self.number(group, n, written);
            }
            if later.texts[g] != 0 {
                let text = codes.code(&mut self.keys, later.texts[g]);
                self.text(group, text, false);
            }
        }
    }

    fn finish(self: Box<Self>, _: &Context) -> Column {
        let cell = |group: usize| {
            let text = Cell::text(self.texts.get(group).copied().unwrap_or(0));
            let number = match (self.best[group], self.written.get(group).copied().unwrap_or(0)) {
                (n, _) if n.is_nan() => Cell::NOTHING,
                (n, 0) => Cell::number(n),
                (_, written) => Cell::text(written),
            };
            let (first, second) = if MAX { (text, number) } else { (number, text) };
            if first.is_nothing() { second } else { first }
        };
        let cells: Vec<Cell> = (0..self.best.len()).map(cell).collect();
        self.keys.column_of_cells(&cells)
    }

    fn bytes(&self) -> usize {
        self.keys.bytes() + self.best.len() * 8 + (self.written.len() + self.texts.len()) * 4
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
