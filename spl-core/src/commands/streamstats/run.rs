//! `streamstats` carried out: groups become numbers, windows become stretches, and every aggregate slides over whole columns.

use super::follow::{follow, follow_and};
use super::frames::{Frames, Rows};
use super::{Options, clause};
use crate::aggregates::sliding::{MOST_RECENT, Recently, Window, slide};
use crate::commands::prelude::*;
use crate::exec::{Grouping, Sift, expand_calls, group_rows_anyhow};
use crate::expr::all_numbers;
use crate::plan::AggregateCall;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) calls: Vec<AggregateCall>,
    pub(super) by: Vec<FieldName>,
    pub(super) options: Options,
    pub(super) reset_before: Option<Expression>,
    pub(super) reset_after: Option<Expression>,
    pub(super) sift: Option<Sift>,
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        let window = if self.options.window > 0 { format!(" window={}", self.options.window) } else { String::new() };
        let sift = self.sift.as_ref().map(Sift::describe).unwrap_or_default();
        clause::describe(&format!("streamstats{window}"), &self.calls, &self.by) + &sift
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        let wanted = self.sift.as_ref().map_or_else(|| wanted.clone(), |sift| sift.reads(wanted));
        let mut set = clause::reads(&self.calls, &self.by, &wanted);
        for expression in [&self.reset_before, &self.reset_after].into_iter().flatten() {
            expression.fields().iter().for_each(|field| set.insert(field));
        }
        if self.options.time_window.is_some() {
            set.insert("_time");
        }
        set
    }

    fn sifted(&self, predicate: &Predicate, wanted: &FieldSet) -> Option<Arc<dyn CommandNode>> {
        let sift = Sift::of(predicate, wanted).filter(|_| self.sift.is_none())?;
        Some(Arc::new(Node { sift: Some(sift), ..self.clone() }))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let calls = expand_calls(&self.calls, &input, &self.by);
        let mut fields = input.declared_fields().map(<[_]>::to_vec);
        if let Some(fields) = &mut fields {
            calls.iter().for_each(|call| clause::declare(fields, &call.output));
        }
        let batches = input.into_batches();
        if let Some(kept) = self.pass_sifted(&batches, &calls, cx) {
            return Ok(Table::new(kept?).with_declared(fields));
        }
        let depends = |test: &&Expression| test.fields().iter().any(|f| calls.iter().any(|call| call.output == **f));
        let batches = match self.reset_after.as_ref().filter(depends) {
            Some(test) => self.run_by_parts(Table::in_order(batches).into_single(), &calls, test, cx)?,
            None => self.pass(batches, &calls, self.reset_after.as_ref(), cx)?,
        };
        let table = Table::in_order(batches);
        let kept = match &self.sift {
            Some(sift) => sift.table(table, cx)?,
            None => table,
        };
        Ok(kept.with_declared(fields))
    }
}

impl Node {
    /// The rows that are to be left, if that can be told while windows slide: from numbers alone.
    fn pass_sifted(
        &self,
        batches: &[Batch],
        calls: &[AggregateCall],
        cx: &RunContext<'_>,
    ) -> Option<Result<Vec<Batch>>> {
        let sift = self.sift.as_ref()?;
        // What can follow gives numbers.
        let number = |field: &str| calls.iter().any(|call| *call.output == *field) || all_numbers(batches, field);
        if !calls.iter().all(|call| call.aggregate.follow.is_some()) || !sift.is_rowwise(&number) {
            return None;
        }
        let grouping = (!self.by.is_empty()).then(|| group_rows_anyhow(batches, &self.by));
        let recently = self.recently(batches, grouping.as_ref(), self.reset_after.as_ref())?;
        follow_and(batches, calls, recently, grouping.as_ref(), &|batch| sift.batch(batch, cx))
    }

    /// The rows with the aggregates of all calls.
    fn pass(
        &self,
        mut batches: Vec<Batch>,
        calls: &[AggregateCall],
        reset_after: Option<&Expression>,
        cx: &RunContext<'_>,
    ) -> Result<Vec<Batch>> {
        let grouping = (!self.by.is_empty()).then(|| group_rows_anyhow(&batches, &self.by));
        // For each call its columns; what is written must not be seen by another call.
        let mut results: Vec<Option<Vec<Column>>> = vec![None; calls.len()];
        if let Some(recently) = self.recently(&batches, grouping.as_ref(), reset_after) {
            results = follow(&batches, calls, recently, grouping.as_ref());
            cx.check()?;
        }
        if results.iter().any(Option::is_none) {
            self.slide(&batches, calls, &mut results, grouping.as_ref(), reset_after, cx)?;
        }
        for (call, columns) in calls.iter().zip(results) {
            for (batch, column) in batches.iter_mut().zip(columns.into_iter().flatten()) {
                batch.set(&call.output, column);
            }
        }
        Ok(batches)
    }

    /// Fills in the results that are missing, for any window.
    fn slide(
        &self,
        batches: &[Batch],
        calls: &[AggregateCall],
        results: &mut [Option<Vec<Column>>],
        grouping: Option<&Grouping>,
        reset_after: Option<&Expression>,
        cx: &RunContext<'_>,
    ) -> Result<()> {
        let count: usize = batches.iter().map(Batch::rows).sum();
        let groups: Option<Vec<u32>> = grouping.map(|g| g.groups.concat());
        let timed = self.options.time_window.is_some() || calls.iter().any(|call| call.aggregate.needs_time);
        let times = timed.then(|| times(batches));
        if let (Some(_), Some(times)) = (self.options.time_window, &times) {
            check_sorted(times)?;
        }
        let rows = Rows {
            groups: groups.as_deref(),
            group_count: grouping.map_or(1, |g| g.count),
            times: times.as_deref().filter(|_| self.options.time_window.is_some()),
            origins: None,
            count,
        };
        let origins = self.origins(batches, &rows, reset_after, cx);
        let frames = Frames::new(&Rows { origins: origins.as_deref(), ..rows }, &self.options);
        let places = frames.places(count);
        for (call, columns) in calls.iter().zip(results).filter(|(_, columns)| columns.is_none()) {
            let column = match &call.field {
                None => Column::Const(Value::Num(1.0), frames.starts.len()),
                Some(field) => {
                    let column = Column::concat(&batches.iter().map(|b| b.column_or_null(field)).collect::<Vec<_>>());
                    match &frames.order {
                        Some(order) => column.take(order),
                        None => column,
                    }
                }
            };
            let window = Window {
                column: &column,
                starts: (&frames.starts[..]).into(),
                ends: (&frames.ends[..]).into(),
                times: times.as_deref().map(|times| frames.ordered(times)),
                notes: &cx.functions.notes,
            };
            let mut result = slide(call.aggregate, &call.call, &window)?;
            if let Some(places) = &places {
                result = result.take_or_null(places);
            }
            let mut from = 0;
            let mut cut = |batch: &Batch| {
                let to = from + batch.rows();
                let part = result.slice(from..to);
                from = to;
                part
            };
            *columns = Some(batches.iter().map(&mut cut).collect());
            cx.check()?;
        }
        Ok(())
    }

    /// Which rows count for a row, if that are just the last ones of its group.
    fn recently(
        &self,
        batches: &[Batch],
        grouping: Option<&Grouping>,
        reset_after: Option<&Expression>,
    ) -> Option<Recently> {
        let Options { current, window, ref time_window, global, reset_on_change, all_numeric } = self.options;
        let resets = reset_on_change || self.reset_before.is_some() || reset_after.is_some();
        let own_window = window == 0 || !global || self.by.is_empty();
        let groups = grouping.map_or(1, |grouping| grouping.count);
        // Windows of many groups must not take more room than the rows themselves.
        let rows: usize = batches.iter().map(Batch::rows).sum();
        let small = window <= MOST_RECENT && window.saturating_mul(groups) <= 4 * rows + 4096;
        (own_window && small && !resets && !all_numeric && time_window.is_none()).then_some(Recently {
            window,
            current,
            groups,
        })
    }

    /// As [`Node::pass`], for a test of the aggregates themselves: rows are done in parts, each begun anew behind a row for which
    /// the test is true. Where that row is shows only when the part is done, so parts are tried with twice as many rows each time.
    fn run_by_parts(
        &self,
        batch: Batch,
        calls: &[AggregateCall],
        test: &Expression,
        cx: &RunContext<'_>,
    ) -> Result<Vec<Batch>> {
        let (mut done, mut from, mut length) = (Vec::new(), 0, 64);
        while from < batch.rows() {
            let to = (from + length).min(batch.rows());
            let part = batch.take(&(from as u32..to as u32).collect::<Vec<_>>());
            let part = self.pass(vec![part], calls, None, cx)?;
            let truth = test.truth(&part, &cx.functions).swap_remove(0);
            let stop = (0..truth.len()).find(|&row| truth.get(row));
            if stop.is_none() && to < batch.rows() {
                length *= 2;
                continue;
            }
            let rows = stop.map_or(truth.len(), |row| row + 1);
            done.extend(part.iter().map(|part| part.take(&(0..rows as u32).collect::<Vec<_>>())));
            (from, length) = (from + rows, 64);
        }
        if done.is_empty() { self.pass(vec![batch], calls, None, cx) } else { Ok(done) }
    }

    /// For each row the first row that counts for it, if anything makes counting begin anew.
    fn origins(
        &self,
        batches: &[Batch],
        rows: &Rows<'_>,
        reset_after: Option<&Expression>,
        cx: &RunContext<'_>,
    ) -> Option<Vec<u32>> {
        let changes = rows.groups.filter(|_| self.options.reset_on_change);
        if self.reset_before.is_none() && reset_after.is_none() && changes.is_none() {
            return None;
        }
        let truth = |test: Option<&Expression>| -> Option<Vec<bool>> {
            let bits = test?.truth(batches, &cx.functions);
            Some(bits.iter().flat_map(|bits| (0..bits.len()).map(|row| bits.get(row))).collect())
        };
        let (before, after) = (truth(self.reset_before.as_ref()), truth(reset_after));
        let mut origin = 0;
        Some(
            (0..rows.count)
                .map(|row| {
                    let changed = row > 0 && changes.is_some_and(|groups| groups[row] != groups[row - 1]);
                    let closed = row > 0 && after.as_ref().is_some_and(|after| after[row - 1]);
                    if changed || closed || before.as_ref().is_some_and(|before| before[row]) {
                        origin = row as u32;
                    }
                    origin
                })
                .collect(),
        )
    }
}

/// `_time` of every row, NaN where there is none.
fn times(batches: &[Batch]) -> Vec<f64> {
    let column = Column::concat(&batches.iter().map(|b| b.column_or_null("_time")).collect::<Vec<_>>());
    match &column {
        Column::Num(numbers) if numbers.valid.is_none() => numbers.values.clone(),
        column => (0..column.len()).map(|row| column.get(row).number().unwrap_or(f64::NAN)).collect(),
    }
}

/// A window of time needs rows in the order of time, in either direction.
fn check_sorted(times: &[f64]) -> Result<()> {
    if times.is_sorted() || times.iter().rev().is_sorted() {
        return Ok(());
    }
    if times.iter().any(|time| time.is_nan()) {
        bail!(Argument, "time_window needs rows that all have a _time");
    }
    bail!(Argument, "time_window needs rows that are sorted by _time")
}
