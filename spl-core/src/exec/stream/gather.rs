//! What takes in rows chunk by chunk: [`Gather`]. Here are the two that know no command: all rows, and as few as a limit leaves.

use super::Chunk;
use crate::error::{Result, bail};
use crate::exec::run::{RunContext, first_rows, over};
use crate::exec::sort::{sort, sorted_picks};
use crate::plan::{Plan, SortKey};
use crate::table::{Collector, Table, joined_fields};

/// An operator that takes in its rows chunk by chunk.
pub trait Gather: Send {
    /// Takes in the next rows.
    fn push(&mut self, chunk: Chunk, cx: &RunContext<'_>) -> Result<()>;

    /// Bytes kept so far, as far as they grow with the rows; an estimate.
    fn bytes(&self) -> usize;

    /// What the operator makes of all rows.
    fn finish(self: Box<Self>, cx: &RunContext<'_>) -> Result<Table>;
}

/// Keeps all rows, and then does what needs them.
pub(super) struct Collect<'p> {
    rows: Collector,
    /// The node that needs them, over them; nothing if they are wanted themselves.
    then: Option<&'p Plan>,
}

impl<'p> Collect<'p> {
    pub(super) fn new(then: Option<&'p Plan>) -> Self {
        Collect { rows: Collector::default(), then }
    }
}

impl Gather for Collect<'_> {
    fn push(&mut self, chunk: Chunk, cx: &RunContext<'_>) -> Result<()> {
        self.rows.push(chunk.table.clone(), |place| chunk.key(place));
        if self.rows.rows() as u64 > cx.limits.rows {
            bail!(
                Limit,
                "the search holds {} rows at once, more than the limit of {}",
                self.rows.rows(),
                cx.limits.rows
            );
        }
        if self.rows.is_full() {
            bail!(
                Limit,
                "the rows are more than one table can hold: four billion, or 4 GiB of distinct values in one field"
            );
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.rows.bytes()
    }

    fn finish(self: Box<Self>, cx: &RunContext<'_>) -> Result<Table> {
        let rows = self.rows.finish();
        match self.then {
            Some(node) => over(node, rows, cx),
            None => Ok(rows),
        }
    }
}

/// Rows beyond those kept that are looked at together, and tables that they are in.
const PENDING: usize = 65_536;
const TABLES: usize = 64;

/// Keeps the rows that an operator would keep of those that have come so far: what it leaves out can never come back.
pub(crate) struct Reduce<'p> {
    /// The rows kept, with their places; of several tables that have yet to be reduced together.
    kept: Table,
    /// How many there were after the last time.
    reduced: usize,
    reduce: Reducer<'p>,
    finish: Finisher<'p>,
}

/// Leaves out rows, of those that stay it changes nothing.
type Reducer<'p> = Box<dyn Fn(Table) -> Table + Send + 'p>;
type Finisher<'p> = Box<dyn Fn(Table, &RunContext<'_>) -> Result<Table> + Send + 'p>;

impl<'p> Reduce<'p> {
    /// `reduce` of what it left of some rows, and other rows, must be the same as of all of them.
    pub(crate) fn new(
        reduce: impl Fn(Table) -> Table + Send + 'p,
        finish: impl Fn(Table, &RunContext<'_>) -> Result<Table> + Send + 'p,
    ) -> Self {
        Reduce { kept: Table::default(), reduced: 0, reduce: Box::new(reduce), finish: Box::new(finish) }
    }

    /// The first rows.
    pub(super) fn first(rows: u64) -> Self {
        let first = move |table: Table| {
            let mut picks = table.picks();
            picks.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
            table.filter_picks(&picks)
        };
        Reduce::new(first, move |table, _| Ok(first_rows(table, rows)))
    }

    /// The first rows by keys.
    pub(super) fn sorted(keys: &'p [SortKey], rows: u64) -> Self {
        let first = move |table: Table| {
            let picks = sorted_picks(&table, keys, Some(rows));
            table.filter_picks(&picks)
        };
        Reduce::new(first, move |table, cx| sort(table, keys, Some(rows), cx))
    }

    fn reduce(&mut self) {
        let table = std::mem::take(&mut self.kept);
        // In order, so that rows of the same time stay as they came.
        self.kept = (self.reduce)(table).placed(|place| place).shrunk();
        self.reduced = self.kept.rows();
    }
}

impl Gather for Reduce<'_> {
    fn push(&mut self, chunk: Chunk, _: &RunContext<'_>) -> Result<()> {
        let survivors = chunk.with((self.reduce)(chunk.table.clone())).placed().shrunk();
        let kept = std::mem::take(&mut self.kept);
        let declared = joined_fields(kept.declared_fields(), survivors.declared_fields());
        let mut batches = kept.into_batches();
        batches.extend(survivors.into_batches());
        self.kept = Table::new(batches).with_declared(declared);
        if self.kept.rows() > 2 * self.reduced + PENDING || self.kept.batches().len() > TABLES + self.reduced / PENDING
        {
            self.reduce();
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.kept.bytes()
    }

    fn finish(mut self: Box<Self>, cx: &RunContext<'_>) -> Result<Table> {
        self.reduce();
        (self.finish)(self.kept, cx)
    }
}
