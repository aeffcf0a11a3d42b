//! What the optimizer and the scan ask of predicates and time ranges.

use std::sync::Arc;

use super::{DeferredSearch, FieldSet, Predicate, TimeRange};
use crate::expr::{FieldTest, SearchPredicate};
use crate::syntax::ast::CompareOp;
use crate::table::{Batch, Bitmap, Column, FieldName, field_name};
use crate::value::number_text;

impl Predicate {
    /// Its parts that must all hold.
    pub fn conjuncts(&self) -> Vec<Predicate> {
        match self {
            Predicate::And(parts) => parts.iter().flat_map(Predicate::conjuncts).collect(),
            Predicate::Search(search) => match &**search {
                SearchPredicate::And(parts) => parts.iter().map(|p| Predicate::Search(Arc::new(p.clone()))).collect(),
                _ => vec![self.clone()],
            },
            Predicate::Where(expression) => {
                expression.conjuncts().into_iter().map(|e| Predicate::Where(Arc::new(e))).collect()
            }
            Predicate::Deferred(_) => vec![self.clone()],
        }
    }

    /// As what a search looks for among the events of the sources: the times that its subsearches give say which events are read.
    #[must_use]
    pub fn of_events(self) -> Predicate {
        match self {
            Predicate::Deferred(search) => {
                Predicate::Deferred(Arc::new(DeferredSearch { of_events: true, ..(*search).clone() }))
            }
            other => other,
        }
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Predicate) -> Predicate {
        match (self, other) {
            // One tree, so that cheap terms of both come first.
            (Predicate::Search(a), Predicate::Search(b)) => {
                Predicate::Search(Arc::new(SearchPredicate::all(vec![(*a).clone(), (*b).clone()])))
            }
            (a, b) => {
                let mut parts = match a {
                    Predicate::And(parts) => parts,
                    a => vec![a],
                };
                match b {
                    Predicate::And(more) => parts.extend(more),
                    b => parts.push(b),
                }
                Predicate::And(parts)
            }
        }
    }

    /// The fields it reads; `None` while a subsearch has yet to say.
    pub fn reads(&self) -> Option<FieldSet> {
        match self {
            Predicate::Search(search) => Some(FieldSet::of(search.fields())),
            Predicate::Where(expression) => Some(FieldSet::of(expression.fields())),
            Predicate::Deferred(_) => None,
            Predicate::And(parts) => {
                parts.iter().try_fold(FieldSet::none(), |set, part| Some(set.union(&part.reads()?)))
            }
        }
    }

    /// Tests of single fields' values, one of which every matching event passes; none when it is not of that kind.
    pub fn value_tests(&self) -> Vec<(FieldName, FieldTest)> {
        let field = |part: &SearchPredicate| match part {
            SearchPredicate::Field(name, test) => Some((name.clone(), test.clone())),
            _ => None,
        };
        match self {
            Predicate::Search(search) => match &**search {
                SearchPredicate::Or(parts) => parts.iter().map(field).collect::<Option<_>>().unwrap_or_default(),
                single => field(single).into_iter().collect(),
            },
            _ => Vec::new(),
        }
    }

    /// Literal texts (lower case) that every matching event holds: one of each group. `is_raw` says of which fields the value stands in
    /// the event's text as it is.
    pub fn literals(&self, is_raw: &dyn Fn(&str, &FieldTest) -> bool) -> Vec<Vec<String>> {
        match self {
            Predicate::Search(search) => search.literals(is_raw),
            Predicate::And(parts) => parts.iter().flat_map(|p| p.literals(is_raw)).collect(),
            Predicate::Where(_) | Predicate::Deferred(_) => Vec::new(),
        }
    }
}

impl TimeRange {
    /// What it says of `_time`; nothing when it leaves nothing out.
    pub fn test(&self) -> Option<SearchPredicate> {
        let test = |op: CompareOp, time: f64| {
            SearchPredicate::Field(field_name("_time"), FieldTest::Order(op, number_text(time), Some(time)))
        };
        let start = self.earliest.map(|time| test(CompareOp::GreaterEqual, time));
        let end = self.latest.map(|time| test(CompareOp::Less, time));
        (!self.is_all()).then(|| SearchPredicate::all(start.into_iter().chain(end).collect()))
    }

    /// With the start and the end of the other, where it has them.
    #[must_use]
    pub fn replaced(self, other: TimeRange) -> TimeRange {
        TimeRange { earliest: other.earliest.or(self.earliest), latest: other.latest.or(self.latest) }
    }

    /// Whether it leaves nothing out.
    pub fn is_all(&self) -> bool {
        self.earliest.is_none() && self.latest.is_none()
    }

    /// The later start and the earlier end of both.
    #[must_use]
    pub fn intersect(self, other: TimeRange) -> TimeRange {
        let pick = |a: Option<f64>, b: Option<f64>, f: fn(f64, f64) -> f64| match (a, b) {
            (Some(a), Some(b)) => Some(f(a, b)),
            (a, b) => a.or(b),
        };
        TimeRange {
            earliest: pick(self.earliest, other.earliest, f64::max),
            latest: pick(self.latest, other.latest, f64::min),
        }
    }

    /// Whether the moment is in it.
    pub fn contains(&self, time: f64) -> bool {
        self.earliest.is_none_or(|e| time >= e) && self.latest.is_none_or(|l| time < l)
    }

    /// The rows of the batch that are in it; `None` when none is. Rows without time are in it only when it leaves nothing out.
    pub fn rows(&self, batch: &Batch) -> Option<Bitmap> {
        if self.is_all() {
            return Some(Bitmap::filled(batch.rows(), true));
        }
        let rows = match batch.column("_time")? {
            Column::Num(times) => Bitmap::from_fn(batch.rows(), |row| {
                self.contains(times.values[row]) && times.valid.as_ref().is_none_or(|v| v.get(row))
            }),
            column => Bitmap::from_fn(batch.rows(), |row| column.get(row).number().is_some_and(|t| self.contains(t))),
        };
        (!rows.none()).then_some(rows)
    }
}
