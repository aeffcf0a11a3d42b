//! `stdev`, `stdevp`, `var`, `varp`.

use super::numeric::{Numeric, State};
use super::{Aggregate, sliding};

pub(super) static AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "stdev",
        syntax: "stdev(<value>)",
        summary: "The standard deviation of a sample.",
        examples: &[(r#"| makeresults | eval v=split("2,4,4,4,5,5,7,9",",") | stats stdev(v)"#, "2.138089935299395")],
        slide: Some(|_, window| sliding::numbers(window, |m: &Moments| m.variance(1).map(f64::sqrt))),
        make: |call| Numeric::boxed(call, |m: &Moments| m.variance(1).map(f64::sqrt)),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "stdevp",
        syntax: "stdevp(<value>)",
        summary: "The standard deviation of a population.",
        examples: &[(r#"| makeresults | eval v=split("2,4,4,4,5,5,7,9",",") | stats stdevp(v)"#, "2")],
        slide: Some(|_, window| sliding::numbers(window, |m: &Moments| m.variance(0).map(f64::sqrt))),
        make: |call| Numeric::boxed(call, |m: &Moments| m.variance(0).map(f64::sqrt)),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "var",
        syntax: "var(<value>)",
        summary: "The variance of a sample.",
        examples: &[(r#"| makeresults | eval v=split("2,4,6",",") | stats var(v)"#, "4")],
        slide: Some(|_, window| sliding::numbers(window, |m: &Moments| m.variance(1))),
        make: |call| Numeric::boxed(call, |m: &Moments| m.variance(1)),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "varp",
        syntax: "varp(<value>)",
        summary: "The variance of a population.",
        examples: &[(r#"| makeresults | eval v=split("1,3",",") | stats varp(v)"#, "1")],
        slide: Some(|_, window| sliding::numbers(window, |m: &Moments| m.variance(0))),
        make: |call| Numeric::boxed(call, |m: &Moments| m.variance(0)),
        ..Aggregate::BLANK
    },
];

/// Sums of the numbers and their squares, all less the first number: large numbers that lie close together keep their digits.
#[derive(Clone, Default)]
struct Moments {
    count: u64,
    origin: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    /// The variance; `lost` is 1 for a sample, whose mean cost one degree of freedom.
    fn variance(&self, lost: u64) -> Option<f64> {
        let count = self.count as f64;
        match self.count {
            0 => None,
            1 => Some(0.0),
            n => Some(((self.squares - self.sum * self.sum / count) / (n - lost) as f64).max(0.0)),
        }
    }
}

impl State for Moments {
    fn add(&mut self, n: f64) {
        if self.count == 0 {
            self.origin = n;
        }
        self.count += 1;
        let from_origin = n - self.origin;
        self.sum += from_origin;
        self.squares += from_origin * from_origin;
    }

    fn join(&mut self, later: &Self) {
        if self.count == 0 {
            *self = later.clone();
            return;
        }
        let (shift, count) = (later.origin - self.origin, later.count as f64);
        self.squares += later.squares + 2.0 * shift * later.sum + count * shift * shift;
        self.sum += later.sum + count * shift;
        self.count += later.count;
    }
}
