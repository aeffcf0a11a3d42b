//! The nodes of a plan.

use std::fmt;
use std::sync::Arc;

use super::{DeferredSearch, FieldSet};
use crate::aggregates::{Aggregate, Call};
use crate::error::Result;
use crate::exec::{Gather, RunContext};
use crate::expr::{Expression, SearchPredicate};
use crate::table::{FieldName, Table};

/// A plan: each node names its input.
#[derive(Clone, Debug)]
pub enum Plan {
    /// The events of the catalog's indexes.
    Scan(Scan),
    /// Rows that are known already.
    Values(Arc<Table>),
    /// The rows for which the predicate holds, with the fields that anyone above reads.
    Filter(Box<Plan>, Predicate, FieldSet),
    /// `eval`: fields from expressions, one after the other.
    Extend(Box<Plan>, Arc<[Assignment]>),
    /// `fields`, `table`: which fields go on.
    Project(Box<Plan>, Projection),
    /// `rename`: pairs of (old, new), wildcards allowed, all at once.
    Rename(Box<Plan>, Arc<[(String, String)]>),
    /// `head`: the first rows.
    Limit(Box<Plan>, u64),
    /// `sort`, stable, and how many rows it keeps.
    Sort(Box<Plan>, Arc<[SortKey]>, Option<u64>),
    /// `stats`: one row for each group, sorted by the group's fields.
    Aggregate(Box<Plan>, Arc<[FieldName]>, Arc<[AggregateCall]>),
    /// `append`: the rows of the plans, one plan after the other.
    Union(Vec<Plan>),
    /// Any other command.
    Command(Box<Plan>, Arc<dyn CommandNode>),
}

/// A read of the catalog's events, with everything that was pushed down to it.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// What an event must fulfil.
    pub predicate: Option<Predicate>,
    /// When it must have happened.
    pub time: TimeRange,
    /// The fields that anyone above reads.
    pub fields: FieldSet,
    /// How many events are wanted at most, newest first.
    pub limit: Option<u64>,
}

/// `earliest <= _time < latest`, epoch seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TimeRange {
    /// First moment.
    pub earliest: Option<f64>,
    /// First moment after.
    pub latest: Option<f64>,
}

/// A condition on rows, of either of SPL's expression languages.
#[derive(Clone, Debug)]
pub enum Predicate {
    /// Of the `search` command: two-valued, case does not count.
    Search(Arc<SearchPredicate>),
    /// Of `where`: three-valued, only true keeps the row.
    Where(Arc<Expression>),
    /// Of the `search` command, with subsearches that run before it is bound.
    Deferred(Arc<DeferredSearch>),
    /// All of them.
    And(Vec<Predicate>),
}

/// `target = expression`.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The field written; `{name}` parts are replaced by that field's value. `{}`, as in the names of JSON's arrays, is none.
    pub target: FieldName,
    /// What it gets.
    pub value: Arc<Expression>,
}

impl Assignment {
    /// The `{name}` parts of the target: what stands before each, and the name.
    pub(crate) fn named_parts(&self) -> Vec<(&str, &str)> {
        let (target, mut parts, mut from, mut at) = (&*self.target, Vec::new(), 0, 0);
        while let Some(open) = target[at..].find('{').map(|open| at + open) {
            let Some(close) = target[open..].find('}').map(|close| open + close) else { break };
            at = close + 1;
            if close > open + 1 {
                parts.push((&target[from..open], &target[open + 1..close]));
                from = at;
            }
        }
        parts
    }

    /// Whether the rows say what the target is called.
    pub(crate) fn is_named_by_rows(&self) -> bool {
        !self.named_parts().is_empty()
    }
}

/// Which fields go on.
#[derive(Clone, Debug)]
pub enum Projection {
    /// `table`: exactly these, in this order; patterns expand over the fields present.
    Exactly(Arc<[String]>),
    /// `fields`: these and the internal ones (`_*`).
    Keep(Arc<[String]>),
    /// `fields -`: all but these.
    Drop(Arc<[String]>),
}

/// One field to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The field.
    pub field: FieldName,
    /// Largest first.
    pub descending: bool,
    /// How values compare.
    pub order: SortOrder,
}

/// How `sort` compares values: `auto()`, `num()`, `str()`, `ip()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SortOrder {
    Auto,
    Number,
    Text,
    Ip,
}

/// One aggregate of a `stats`.
#[derive(Clone, Debug)]
pub struct AggregateCall {
    /// Which.
    pub aggregate: &'static Aggregate,
    /// With what.
    pub call: Call,
    /// Of which field; `None` for `count` of rows. A pattern makes one column for each field that matches.
    pub field: Option<String>,
    /// The result's field; holds as many `*` as `field`.
    pub output: String,
}

/// A command that is no kernel node: what the optimizer may ask, and what it does. Each answer defaults to the safe one, which makes
/// the command a barrier: slow at worst, never wrong.
pub trait CommandNode: fmt::Debug + Send + Sync {
    /// The command's name with its arguments, for `explain`.
    fn describe(&self) -> String;

    /// The fields it must be given so that `wanted` can be given on.
    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        let _ = wanted;
        FieldSet::all()
    }

    /// Whether each row of the result is a row of the input with perhaps changed fields, in the same order, none dropped: then a filter on fields
    /// that it does not write may be moved in front of it.
    fn keeps_rows(&self) -> bool {
        false
    }

    /// The fields it may write, asked when `keeps_rows`.
    fn writes(&self) -> FieldSet {
        FieldSet::all()
    }

    /// The plans it runs besides its input (`join [ ... ]`).
    fn subplans(&self) -> Vec<&Plan> {
        Vec::new()
    }

    /// The fields of each subplan that must be given so that `wanted` can be given on.
    fn subplan_reads(&self, wanted: &FieldSet) -> Vec<FieldSet> {
        let _ = wanted;
        self.subplans().iter().map(|_| FieldSet::all()).collect()
    }

    /// The same command over other subplans, as many as [`subplans`](CommandNode::subplans) gives: how the optimizer reaches them.
    fn with_subplans(&self, plans: Vec<Plan>) -> Option<Arc<dyn CommandNode>> {
        let _ = plans;
        None
    }

    /// The same command with less to do, when of its result only `wanted` is read.
    fn narrowed(&self, wanted: &FieldSet) -> Option<Arc<dyn CommandNode>> {
        let _ = wanted;
        None
    }

    /// The same command with less to do, when of its result only the first `rows` are read, after sorting by `keys` if there are any.
    /// It may give more of them.
    fn first(&self, rows: u64, keys: &[SortKey]) -> Option<Arc<dyn CommandNode>> {
        let _ = (rows, keys);
        None
    }

    /// The same command, which gives only the rows that fulfil a predicate, with the fields wanted: for commands that can leave out rows while
    /// they are at hand, instead of writing them all down for a filter.
    fn sifted(&self, predicate: &Predicate, wanted: &FieldSet) -> Option<Arc<dyn CommandNode>> {
        let _ = (predicate, wanted);
        None
    }

    /// Whether the input must be in row order (`Table::into_ordered` has been called) when `run` gets it.
    fn ordered(&self) -> bool {
        true
    }

    /// The command over rows that come in chunks, if it need not keep all of them.
    fn gather(&self) -> Option<Box<dyn Gather + '_>> {
        None
    }

    /// Does it.
    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table>;
}

impl Plan {
    /// The plan that gives no rows.
    pub fn nothing() -> Plan {
        Plan::Values(Arc::new(Table::default()))
    }

    /// Whether this is [`Plan::nothing`].
    pub fn is_nothing(&self) -> bool {
        matches!(self, Plan::Values(table) if table.batches().is_empty())
    }

    /// This plan filtered.
    #[must_use]
    pub fn filter(self, predicate: Predicate) -> Plan {
        Plan::Filter(Box::new(self), predicate, FieldSet::all())
    }

    /// This plan with a command applied.
    #[must_use]
    pub fn command(self, node: impl CommandNode + 'static) -> Plan {
        Plan::Command(Box::new(self), Arc::new(node))
    }
}
