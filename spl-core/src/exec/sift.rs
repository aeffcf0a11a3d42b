//! The filter that a command has taken over (`CommandNode::sifted`): it leaves out rows while they are at hand.

use super::run::{RunContext, filter};
use crate::error::Result;
use crate::plan::{FieldSet, Predicate};
use crate::table::{Batch, Table};

/// Which rows are to be left, with which fields.
#[derive(Clone, Debug)]
pub(crate) struct Sift {
    predicate: Predicate,
    wanted: FieldSet,
}

impl Sift {
    /// Takes over a filter that asks the same of a row whenever it is asked.
    pub(crate) fn of(predicate: &Predicate, wanted: &FieldSet) -> Option<Sift> {
        let steady = |part: &Predicate| matches!(part, Predicate::Where(test) if !test.is_volatile());
        predicate.conjuncts().iter().all(steady).then(|| Sift { predicate: predicate.clone(), wanted: wanted.clone() })
    }

    /// For a plan, behind what the command does.
    pub(crate) fn describe(&self) -> String {
        format!(", rows with {}", self.predicate.describe())
    }

    /// What is read of the command's result, if these fields are wanted in the end.
    pub(crate) fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&self.predicate.reads().unwrap_or_else(FieldSet::all))
    }

    /// Whether nothing is gained by asking about many batches at once: it is tests of numbers, which `number` says that fields are.
    pub(crate) fn is_rowwise(&self, number: &dyn Fn(&str) -> bool) -> bool {
        let test = |part: Predicate| matches!(part, Predicate::Where(test) if test.is_rowwise(number));
        self.predicate.conjuncts().into_iter().all(test)
    }

    /// The rows that are left.
    pub(crate) fn table(&self, table: Table, cx: &RunContext<'_>) -> Result<Table> {
        filter(table, &self.predicate, &self.wanted, cx)
    }

    /// The same of one batch; nothing when no row is.
    pub(crate) fn batch(&self, batch: Batch, cx: &RunContext<'_>) -> Result<Vec<Batch>> {
        self.table(Table::new(vec![batch]), cx).map(Table::into_batches)
    }
}
