//! Windows of the last rows of each group, without putting groups one behind the other. Rows are cut into parts, one for each core: all that a
//! part has to know of those before it are the last rows of each group, and no result depends on where the cuts are.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use crate::aggregates::sliding::{Recent, Recently};
use crate::error::Result;
use crate::exec::{Grouping, part_ranges_of};
use crate::plan::AggregateCall;
use crate::table::{Batch, Column};
use crate::value::Value;

/// Rows that are worth a part of their own.
const PART_ROWS: usize = 16_384;
/// How many parts there are at most: each looks through the rows before it.
const PARTS: usize = 8;

/// A run of batches.
struct Part {
    batches: Range<usize>,
    /// The last rows of each group before them, oldest first: the group and the place of each.
    groups: Vec<u32>,
    picks: Vec<(u32, u32)>,
}

/// For each call a column for each batch, if it can follow the most recent rows of each group.
pub(super) fn follow(
    batches: &[Batch],
    calls: &[AggregateCall],
    recently: Recently,
    grouping: Option<&Grouping>,
) -> Vec<Option<Vec<Column>>> {
    let groups = groups_of(batches, grouping);
    let columns: Vec<Vec<Column>> = calls.iter().map(|call| columns(batches, call)).collect();
    // All calls of a part by one core, so that cores have as much to do as one another.
    let of_part = |range| {
        let part = Part::new(range, &groups, recently);
        let of_call = |(call, columns): (&AggregateCall, &Vec<Column>)| part.follow(call, columns, recently, &groups);
        calls.par_iter().zip(&columns).map(of_call).collect::<Vec<_>>()
    };
    let parts: Vec<Vec<Option<Vec<Column>>>> = ranges(batches, recently).into_par_iter().map(of_part).collect();
    let joined = |call: usize| {
        let parts: Option<Vec<&Vec<Column>>> = parts.iter().map(|calls| calls[call].as_ref()).collect();
        Some(parts?.into_iter().flatten().cloned().collect())
    };
    (0..calls.len()).map(joined).collect()
}

/// What `keep` leaves of rows with the columns of all calls, if all of them can follow the most recent rows of each group and all cores have
/// a part to do. The columns of a batch are looked at while they are in a core's cache, and then forgotten.
pub(super) fn follow_and(
    batches: &[Batch],
    calls: &[AggregateCall],
    recently: Recently,
    grouping: Option<&Grouping>,
    keep: &(impl Fn(Batch) -> Result<Vec<Batch>> + Sync),
) -> Option<Result<Vec<Batch>>> {
    let ranges = ranges(batches, recently);
    if ranges.len() < rayon::current_num_threads() {
        return None;
    }
    let groups = groups_of(batches, grouping);
    let of_part = |range| Part::new(range, &groups, recently).follow_and(batches, calls, recently, &groups, keep);
    let parts: Option<Vec<_>> = ranges.into_par_iter().map(of_part).collect();
    let parts: Result<Vec<_>> = parts?.into_iter().collect();
    Some(parts.map(|parts| parts.concat()))
}

/// The group of each row of each batch.
fn groups_of<'a>(batches: &[Batch], grouping: Option<&'a Grouping>) -> Vec<Cow<'a, [u32]>> {
    match grouping {
        Some(grouping) => grouping.groups.iter().map(|groups| Cow::Borrowed(&groups[..])).collect(),
        None => batches.iter().map(|batch| Cow::Owned(vec![1; batch.rows()])).collect(),
    }
}

/// What a call reads of each batch.
fn columns(batches: &[Batch], call: &AggregateCall) -> Vec<Column> {
    batches.iter().map(|batch| column(batch, call)).collect()
}

fn column(batch: &Batch, call: &AggregateCall) -> Column {
    match &call.field {
        None => Column::Const(Value::Num(1.0), batch.rows()),
        Some(field) => batch.column_or_null(field),
    }
}

/// The parts to cut rows into: one when all rows before a row count for it.
fn ranges(batches: &[Batch], Recently { window, groups, .. }: Recently) -> Vec<Range<usize>> {
    if window == 0 {
        return std::iter::once(0..batches.len()).collect();
    }
    let rows: usize = batches.iter().map(Batch::rows).sum();
    // The windows of all parts must not take more room than the rows themselves.
    let affordable = (4 * rows + 4096) / window.saturating_mul(groups).max(1);
    let most = rayon::current_num_threads().min(PARTS).min(affordable).max(1);
    part_ranges_of(batches.iter().map(Batch::rows), most, PART_ROWS)
}

impl Part {
    fn new(batches: Range<usize>, groups: &[Cow<'_, [u32]>], recently: Recently) -> Part {
        let mut part = Part { batches, groups: Vec::new(), picks: Vec::new() };
        // Windows are no longer than a few dozen rows.
        let mut left = vec![u32::try_from(recently.window).unwrap_or(u32::MAX); recently.groups + 1];
        left[0] = 0;
        let mut open = recently.groups;
        for b in (0..part.batches.start).rev() {
            for (row, &group) in groups[b].iter().enumerate().rev() {
                let left = &mut left[group as usize];
                if *left > 0 {
                    part.groups.push(group);
                    part.picks.push((b as u32, row as u32));
                    *left -= 1;
                    open -= usize::from(*left == 0);
                }
            }
            if open == 0 {
                break;
            }
        }
        part.groups.reverse();
        part.picks.reverse();
        part
    }

    /// The results of a call for each of its batches.
    fn follow(
        &self,
        call: &AggregateCall,
        columns: &[Column],
        recently: Recently,
        groups: &[Cow<'_, [u32]>],
    ) -> Option<Vec<Column>> {
        let mut recent = self.begin(call, columns, recently)?;
        Some(self.batches.clone().map(|b| recent.next(&groups[b], &columns[b])).collect())
    }

    /// What `keep` leaves of the rows of its batches with the results of all calls.
    fn follow_and(
        &self,
        batches: &[Batch],
        calls: &[AggregateCall],
        recently: Recently,
        groups: &[Cow<'_, [u32]>],
        keep: &impl Fn(Batch) -> Result<Vec<Batch>>,
    ) -> Option<Result<Vec<Batch>>> {
        let begin = |call: &AggregateCall| self.begin(call, &columns(batches, call), recently);
        let mut recent: Vec<Box<dyn Recent>> = calls.iter().map(begin).collect::<Option<_>>()?;
        let one = |b: usize| {
            let mut batch = batches[b].clone();
            // What is written must not be seen by another call.
            let next =
                |(recent, call): (&mut Box<dyn Recent>, &AggregateCall)| recent.next(&groups[b], &column(&batch, call));
            let results: Vec<Column> = recent.iter_mut().zip(calls).map(next).collect();
            calls.iter().zip(results).for_each(|(call, result)| batch.set(&call.output, result));
            keep(batch)
        };
        let kept: Result<Vec<Vec<Batch>>> = self.batches.clone().map(one).collect();
        Some(kept.map(|kept| kept.concat()))
    }

    /// A call that has seen the rows before.
    fn begin(&self, call: &AggregateCall, columns: &[Column], recently: Recently) -> Option<Box<dyn Recent>> {
        let mut recent = (call.aggregate.follow?)(recently, columns)?;
        if !self.picks.is_empty() {
            let all: Vec<Option<&Column>> = columns.iter().map(Some).collect();
            recent.next(&self.groups, &Column::pick(&all, &self.picks));
        }
        Some(recent)
    }
}
