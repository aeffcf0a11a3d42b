//! The walk over a plan that calls the operators, and what they all share: [`RunContext`].

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::first_groups::First;
use super::sort::sort;
use super::stream::Pipeline;
use super::{aggregate, extend, project, scan};
use crate::catalog::Catalog;
use crate::cores::each;
use crate::error::{Result, bail};
use crate::functions::Context;
use crate::plan::{DeferredSearch, FieldSet, Plan, Predicate, TimeRange};
use crate::table::{Batch, Bitmap, Table};

/// What a run may use at most.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Rows of a subsearch that is turned into search terms.
    pub subsearch_rows: u64,
    /// Rows of a subsearch that is joined or appended.
    pub append_rows: u64,
    /// Rows that a result may hold; more is an error.
    pub rows: u64,
    /// Bytes that the result of an operator may take; more is an error.
    pub memory: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { subsearch_rows: 10_000, append_rows: 50_000, rows: 200_000_000, memory: None }
    }
}

/// What the operators of one run share.
pub struct RunContext<'a> {
    /// Events, lookups and other knowledge objects.
    pub catalog: &'a Catalog,
    /// Clock, zone, and where warnings go.
    pub functions: Context,
    /// What the run may use.
    pub limits: Limits,
    /// Where `explain --analyze` counts.
    pub profile: Option<&'a Profile>,
}

/// Rows and time of each node of a plan, in the order in which they ended (inputs first).
#[derive(Debug, Default)]
pub struct Profile(Mutex<(Vec<ProfileNode>, usize)>);

/// One node's share of a run.
#[derive(Clone, Debug)]
pub struct ProfileNode {
    /// What the node does, in a few words.
    pub name: String,
    /// How deep it stands below the top node.
    pub depth: usize,
    /// Rows it gave.
    pub rows: usize,
    /// Time in it and its inputs.
    pub total: Duration,
}

impl Profile {
    /// What has been counted.
    pub fn nodes(&self) -> Vec<ProfileNode> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}

impl RunContext<'_> {
    /// Fails when a limit was hit in the middle of a column, or the caller wants to stop.
    pub fn check(&self) -> Result<()> {
        self.functions.notes.check()
    }

    /// Does something with each item, on all cores, as long as the run goes on. What is made keeps their order.
    pub(crate) fn for_each<T: Send, R: Send>(
        &self,
        items: Vec<T>,
        work: impl Fn(T) -> Result<R> + Sync + Send,
    ) -> Result<Vec<R>> {
        let one = |item: T| {
            self.check()?;
            work(item)
        };
        each(items, one).into_iter().collect()
    }

    /// Does something with each batch of a table, on all cores, as long as the run goes on. Declared fields are dropped.
    pub fn map_batches(&self, table: Table, work: impl Fn(Batch) -> Result<Batch> + Sync + Send) -> Result<Table> {
        self.for_each(table.into_batches(), work).map(Table::new)
    }

    /// Tells the user something that is no error.
    pub fn warn(&self, warning: impl Into<String>) {
        self.functions.notes.warn(warning);
    }
}

/// Carries out a plan.
pub fn run(plan: &Plan, cx: &RunContext<'_>) -> Result<Table> {
    run_for(plan, None, cx)
}

/// As [`run`], where others than the first rows may be left out if only those are wanted.
fn run_for(plan: &Plan, first: Option<First<'_>>, cx: &RunContext<'_>) -> Result<Table> {
    cx.check()?;
    let Some(profile) = cx.profile else { return node(plan, first, cx).and_then(|table| checked(table, cx)) };
    let depth = {
        let mut inner = profile.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.1 += 1;
        inner.1 - 1
    };
    let started = Instant::now();
    let table = node(plan, first, cx)?;
    let mut inner = profile.0.lock().unwrap_or_else(PoisonError::into_inner);
    inner.1 -= 1;
    inner.0.push(ProfileNode { name: plan.describe(), depth, rows: table.rows(), total: started.elapsed() });
    drop(inner);
    checked(table, cx)
}

pub(super) fn checked(table: Table, cx: &RunContext<'_>) -> Result<Table> {
    cx.check()?;
    if table.rows() as u64 > cx.limits.rows {
        bail!(Limit, "the search holds {} rows at once, more than the limit of {}", table.rows(), cx.limits.rows);
    }
    if let Some(limit) = cx.limits.memory {
        let bytes = table.bytes() as u64;
        if bytes > limit {
            bail!(Limit, "a step of the search holds {} MB, more than the limit of {} MB", bytes >> 20, limit >> 20);
        }
    }
    Ok(table)
}

fn node(plan: &Plan, first: Option<First<'_>>, cx: &RunContext<'_>) -> Result<Table> {
    if let Some(pipeline) = Pipeline::over_sources(plan, cx) {
        return pipeline.run(cx);
    }
    match plan {
        Plan::Scan(scan) => scan::scan(scan, cx),
        Plan::Values(table) => Ok((**table).clone()),
        Plan::Union(inputs) => {
            let tables = inputs.iter().map(|input| run(input, cx)).collect::<Result<Vec<_>>>()?;
            Ok(union(tables))
        }
        Plan::Sort(input, keys, Some(limit)) => {
            over(plan, run_for(input, Some(First { keys, limit: *limit }), cx)?, cx)
        }
        Plan::Aggregate(input, by, calls) => aggregate::aggregate(run(input, cx)?, by, calls, first, cx),
        Plan::Filter(input, ..)
        | Plan::Extend(input, _)
        | Plan::Project(input, _)
        | Plan::Rename(input, _)
        | Plan::Limit(input, _)
        | Plan::Sort(input, ..)
        | Plan::Command(input, _) => over(plan, run(input, cx)?, cx),
    }
}

/// What one node makes of its input.
pub(super) fn over(node: &Plan, input: Table, cx: &RunContext<'_>) -> Result<Table> {
    match node {
        // They have none.
        Plan::Scan(_) | Plan::Values(_) | Plan::Union(_) => Ok(input),
        Plan::Filter(_, predicate, wanted) => {
            let fields = input.declared_fields().map(<[_]>::to_vec);
            Ok(filter(input, &resolve(predicate, cx)?.0, wanted, cx)?.with_declared(fields))
        }
        Plan::Extend(_, assignments) => Ok(extend::extend(input, assignments, cx)),
        Plan::Project(_, projection) => Ok(project::project(input, projection)),
        Plan::Rename(_, pairs) => Ok(project::rename(input, pairs)),
        Plan::Limit(_, rows) => Ok(first_rows(input, *rows)),
        Plan::Sort(_, keys, limit) => sort(input, keys, *limit, cx),
        Plan::Aggregate(_, by, calls) => aggregate::aggregate(input, by, calls, None, cx),
        Plan::Command(_, command) => command.run(if command.ordered() { input.into_ordered() } else { input }, cx),
    }
}

/// One table after the other; declared fields of the first come first.
pub(crate) fn union(tables: Vec<Table>) -> Table {
    let declared = tables.iter().any(|t| t.declared_fields().is_some());
    let mut fields: indexmap::IndexSet<crate::table::FieldName> = indexmap::IndexSet::new();
    let mut batches = Vec::new();
    for table in tables {
        fields.extend(table.fields());
        batches.extend(table.into_ordered().into_batches());
    }
    let table = Table::in_order(batches);
    if declared { table.with_fields(fields.into_iter().collect()) } else { table }
}

/// The first rows.
pub(crate) fn first_rows(table: Table, rows: u64) -> Table {
    let table = table.into_ordered();
    let fields = table.declared_fields().map(<[_]>::to_vec);
    let mut left = rows as usize;
    let mut batches = Vec::new();
    for batch in table.into_batches() {
        if left == 0 {
            break;
        }
        let take = left.min(batch.rows());
        left -= take;
        batches.push(if take == batch.rows() { batch } else { batch.take(&(0..take as u32).collect::<Vec<_>>()) });
    }
    let cut = Table::in_order(batches);
    match fields {
        Some(fields) => cut.with_fields(fields),
        None => cut,
    }
}

/// The predicate with its subsearches run and put in as search terms, and what they say of the time of the events to read.
pub(crate) fn resolve(predicate: &Predicate, cx: &RunContext<'_>) -> Result<(Predicate, TimeRange)> {
    let mut time = TimeRange::default();
    let predicate = match predicate {
        Predicate::Deferred(deferred) => {
            let (search, said) = DeferredSearch::resolve(deferred, cx)?;
            time = said;
            Predicate::Search(std::sync::Arc::new(search))
        }
        Predicate::And(parts) => {
            let mut resolved = Vec::with_capacity(parts.len());
            for part in parts {
                let (part, said) = resolve(part, cx)?;
                time = time.replaced(said);
                resolved.push(part);
            }
            Predicate::And(resolved)
        }
        other => other.clone(),
    };
    Ok((predicate, time))
}

/// The rows of each batch that fulfil a resolved predicate.
pub(crate) fn select(predicate: &Predicate, batches: &[Batch], cx: &RunContext<'_>) -> Vec<Bitmap> {
    match predicate {
        Predicate::Search(search) => search.select(batches, &cx.functions.notes),
        Predicate::Where(expression) => expression.truth(batches, &cx.functions),
        Predicate::And(parts) => {
            let mut selected: Vec<Bitmap> = batches.iter().map(|b| Bitmap::filled(b.rows(), true)).collect();
            for part in parts {
                let live: Vec<usize> = (0..batches.len()).filter(|&b| !selected[b].none()).collect();
                let asked: Vec<Batch> = live.iter().map(|&b| batches[b].clone()).collect();
                for (&b, found) in live.iter().zip(select(part, &asked, cx)) {
                    selected[b].and(&found);
                }
            }
            selected
        }
        // Resolved before.
        Predicate::Deferred(_) => batches.iter().map(|b| Bitmap::filled(b.rows(), false)).collect(),
    }
}

/// The rows that fulfil a resolved predicate, with the fields wanted. Batches that lose all rows go.
pub(crate) fn filter(table: Table, predicate: &Predicate, wanted: &FieldSet, cx: &RunContext<'_>) -> Result<Table> {
    let batches = table.into_batches();
    let selected = select(predicate, &batches, cx);
    let live: Vec<(Batch, Bitmap)> = batches.into_iter().zip(selected).filter(|(_, rows)| !rows.none()).collect();
    let kept = cx.for_each(live, |(mut batch, rows)| {
        if !wanted.is_all() {
            batch.retain(|field| wanted.contains(field));
        }
        Ok(batch.filter(&rows))
    });
    kept.map(Table::new)
}
