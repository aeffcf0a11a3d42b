//! Windows of the last rows of each group, without putting groups one behind the other. Rows are cut into parts, one for each core: all that a
//! part has to know of those before it are the last rows of each group, and no result depends on where the cuts are.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use crate::aggregates::sliding::Recently;
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
    let groups: Vec<Cow<'_, [u32]>> = match grouping {
        Some(grouping) => grouping.groups.iter().map(|groups| Cow::Borrowed(&groups[..])).collect(),
        None => batches.iter().map(|batch| Cow::Owned(vec![1; batch.rows()])).collect(),
    };
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

/// What a call reads of each batch.
fn columns(batches: &[Batch], call: &AggregateCall) -> Vec<Column> {
    let column = |batch: &Batch| match &call.field {
        None => Column::Const(Value::Num(1.0), batch.rows()),
        Some(field) => batch.column_or_null(field),
    };
    batches.iter().map(column).collect()
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
        let mut recent = (call.aggregate.follow?)(recently, columns)?;
        if !self.picks.is_empty() {
            let all: Vec<Option<&Column>> = columns.iter().map(Some).collect();
            recent.next(&self.groups, &Column::pick(&all, &self.picks));
        }
        Some(self.batches.clone().map(|b| recent.next(&groups[b], &columns[b])).collect())
    }
}
