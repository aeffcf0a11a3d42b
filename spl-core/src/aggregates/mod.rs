//! The aggregates of `stats` and its relatives, one file for each family, as rows of tables.
//!
//! An [`Accumulator`] holds the state of *all* groups in vectors and is fed whole columns with a group number for each row. Group 0
//! collects the rows that belong to no group (a BY field is missing); it is thrown away at the end, so no loop has to test for it.
//! Parts of the input have accumulators of their own, which [`Accumulator::merge`] joins in a fixed order.

mod basic;
mod distinct;
mod input;
mod keys;
mod numeric;
mod order;
mod pairs;
mod percentile;
pub mod sliding;
mod sparkline;
mod time;
mod variance;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::error::{Result, Span};
use crate::functions::Context;
use crate::table::{Batch, Column, Dictionary};
use crate::time::TimeSpan;

pub use sparkline::SPARKLINE;

/// An aggregate of the language.
pub struct Aggregate {
    /// As written, lower case; for a family with a number (`perc95`) the part before it.
    pub name: &'static str,
    /// Other names for the same.
    pub aliases: &'static [&'static str],
    /// As the Search Reference writes it.
    pub syntax: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// A search over `makeresults` rows and the value it gives.
    pub examples: &'static [(&'static str, &'static str)],
    /// Whether a number follows the name.
    pub numbered: bool,
    /// Whether cutting the rows into parts cannot show in the result, not even in the last digit of a sum.
    pub exact: bool,
    /// Whether the order of rows cannot show either, not even in how a number is written.
    pub orderless: bool,
    /// Whether a group's first and last row are enough where the argument's numbers rise or fall.
    pub ends: bool,
    /// Whether it reads `_time` besides its argument.
    pub needs_time: bool,
    /// How it goes along a stream of rows; `None` where that has no meaning.
    pub slide: Option<sliding::Slide>,
    /// The same for the most recent rows of each group, where that is simpler.
    pub follow: Option<sliding::Follow>,
    /// Makes the accumulator of one call.
    pub make: fn(&Call) -> Result<Box<dyn Accumulator>>,
}

impl Aggregate {
    /// What most rows of the tables share; each of them gives the rest.
    const BLANK: Aggregate = Aggregate {
        name: "",
        aliases: &[],
        syntax: "",
        summary: "",
        examples: &[],
        numbered: false,
        exact: false,
        orderless: false,
        ends: false,
        needs_time: false,
        slide: None,
        follow: None,
        make: basic::count,
    };
}

/// The aggregate called `name` (case not counting), with the number at its end if it is of a family that has one.
pub fn find(name: &str) -> Option<(&'static Aggregate, Option<f64>)> {
    let is = |own: &str, name: &str| own.eq_ignore_ascii_case(name);
    let named = |name: &str, numbered: bool| {
        all().find(|a| a.numbered == numbered && (is(a.name, name) || a.aliases.iter().any(|alias| is(alias, name))))
    };
    if let Some(aggregate) = named(name, false) {
        return Some((aggregate, None));
    }
    let digits = name.find(|c: char| c.is_ascii_digit())?;
    let (family, number) = name.split_at(digits);
    let number = number.bytes().all(|b| b.is_ascii_digit() || b == b'.').then(|| number.parse().ok())??;
    Some((named(family, true)?, Some(number)))
}

impl fmt::Debug for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// All aggregates, family by family, each family sorted by name.
pub fn all() -> impl Iterator<Item = &'static Aggregate> {
    FAMILIES.iter().copied().flatten().chain(std::iter::once(&SPARKLINE))
}

static FAMILIES: &[&[Aggregate]] = &[
    basic::AGGREGATES,
    distinct::AGGREGATES,
    order::AGGREGATES,
    percentile::AGGREGATES,
    time::AGGREGATES,
    variance::AGGREGATES,
];

/// One use of an aggregate, as the search wrote it.
#[derive(Clone, Debug)]
pub struct Call {
    /// The number behind the name: 95 for `perc95`.
    pub number: Option<f64>,
    /// `allnum=true` was given: a group with a non-numeric value has no result.
    pub all_numeric: bool,
    /// Seconds in a `timechart` bucket, for `per_hour` and its kin.
    pub bucket_seconds: Option<f64>,
    /// What each point of a [`SPARKLINE`] is.
    pub points: Option<Box<Points>>,
    /// Where it stands.
    pub span: Span,
}

impl Call {
    /// A call without number and options.
    pub fn new(span: Span) -> Call {
        Call { number: None, all_numeric: false, bucket_seconds: None, points: None, span }
    }
}

/// What a [`SPARKLINE`] draws.
#[derive(Clone, Debug)]
pub struct Points {
    /// The aggregate of each point.
    pub aggregate: &'static Aggregate,
    /// With what.
    pub call: Call,
    /// The time between two points; fitted to the events when not given.
    pub span: Option<TimeSpan>,
}

/// The rows fed to an accumulator.
pub struct Rows<'a> {
    /// The group of each row; 0 is no group.
    pub groups: &'a [u32],
    /// The argument's values; for `count` without argument a constant 1.
    pub column: &'a Column,
    /// The batch they come from, for `_time` and ordinals. Its rows are the rows of `groups`.
    pub batch: &'a Batch,
    /// The dictionary that most batches have for the argument, if any: its codes are compared without looking at the texts.
    pub dictionary: Option<&'a Arc<Dictionary>>,
}

/// The state of one aggregate for every group.
pub trait Accumulator: Send + Any {
    /// Makes room for groups `0..groups`, new ones empty.
    fn grow(&mut self, groups: usize);

    /// Takes the rows' values into their groups. Rows come in table order within a part, batch by batch.
    fn update(&mut self, rows: &Rows<'_>);

    /// Takes the state of a later part: its group `g` belongs to this one's group `groups[g]`. `later` is of the same type.
    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]);

    /// The result for each group, in group order.
    fn finish(self: Box<Self>, cx: &Context) -> Column;

    /// Bytes held; an estimate.
    fn bytes(&self) -> usize;

    /// Another one of the same state.
    fn copied(&self) -> Box<dyn Accumulator>;

    /// For `merge`'s downcast; always `self`.
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}
