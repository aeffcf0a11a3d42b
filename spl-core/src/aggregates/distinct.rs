//! `distinct_count`, `estdc`, `estdc_error`. Estimates are exact here, so their error is 0.

use std::any::Any;

use super::input::Flat;
use super::keys::{Coded, KeySpace, Translation};
use super::pairs::PairSet;
use super::{Accumulator, Aggregate, Rows, sliding};
use crate::functions::Context;
use crate::table::Column;

pub(super) static AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "distinct_count",
        aliases: &["dc"],
        syntax: "distinct_count(<value>) | dc(<value>)",
        summary: "How many different values there are.",
        examples: &[(r#"| makeresults | eval h=split("A,a,A",",") | stats dc(h)"#, "2")],
        exact: true,
        orderless: true,
        slide: Some(|_, window| sliding::distinct_count(window)),
        make: |_| Ok(Box::new(Distinct::new(f64::from))),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "estdc",
        syntax: "estdc(<value>)",
        summary: "How many different values there are; never off, as they are counted.",
        examples: &[(r#"| makeresults | eval h=split("A,B,A",",") | stats estdc(h)"#, "2")],
        slide: Some(|_, window| sliding::distinct_count(window)),
        make: |_| Ok(Box::new(Distinct::new(f64::from))),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "estdc_error",
        syntax: "estdc_error(<value>)",
        summary: "How far off estdc may be, as a share of the true number: 0, as it counts.",
        examples: &[(r#"| makeresults | eval h=split("A,B,A",",") | stats estdc_error(h)"#, "0")],
        slide: Some(|_, window| sliding::zero(window)),
        make: |_| Ok(Box::new(Distinct::new(|_| 0.0))),
        ..Aggregate::BLANK
    },
];

/// The different values of each group, as texts.
#[derive(Clone, Default)]
pub(super) struct Values {
    pub(super) keys: KeySpace,
    pub(super) pairs: PairSet,
    pub(super) groups: usize,
}

impl Values {
    pub(super) fn update(&mut self, rows: &Rows<'_>) {
        let flat = Flat::new(rows);
        self.keys.adopt(rows.dictionary);
        match self.keys.coded(&flat.column) {
            Coded::Const(code) => {
                self.pairs.reserve(self.groups, self.keys.len());
                let mut last = u32::MAX;
                for &group in flat.groups.iter() {
                    if group != last {
                        self.pairs.insert(group, code);
                        last = group;
                    }
                }
            }
            Coded::Rows(codes) => {
                self.pairs.reserve(self.groups, self.keys.len());
                self.pairs.extend(&flat.groups, &codes);
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.keys.bytes() + self.pairs.bytes()
    }

    pub(super) fn merge(&mut self, later: &Values, groups: &[u32]) {
        let mut codes = Translation::new(&mut self.keys, &later.keys);
        if codes.is_identity() {
            self.pairs.reserve(self.groups, self.keys.len());
            return self.pairs.absorb(&later.pairs, groups);
        }
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        later.pairs.each(|group, code| {
            ours.push(groups[group as usize]);
            theirs.push(codes.code(&mut self.keys, code));
        });
        self.pairs.reserve(self.groups, self.keys.len());
        self.pairs.extend(&ours, &theirs);
    }
}

#[derive(Clone)]
struct Distinct {
    values: Values,
    result: fn(u32) -> f64,
}

impl Distinct {
    fn new(result: fn(u32) -> f64) -> Self {
        Distinct { values: Values::default(), result }
    }
}

impl Accumulator for Distinct {
    fn grow(&mut self, groups: usize) {
        self.values.groups = groups;
    }

    fn update(&mut self, rows: &Rows<'_>) {
        self.values.update(rows);
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        if let Ok(later) = later.into_any().downcast::<Self>() {
            self.values.merge(&later.values, groups);
        }
    }

    fn finish(mut self: Box<Self>, _: &Context) -> Column {
        self.values.pairs.reserve(self.values.groups, self.values.keys.len());
        Column::from_numbers(self.values.pairs.counts().into_iter().map(self.result).collect())
    }

    fn bytes(&self) -> usize {
        self.values.bytes()
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
