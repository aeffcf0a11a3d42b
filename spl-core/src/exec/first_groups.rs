//! The first few groups in an order, for `stats ... | sort 20 -count`: only what the order asks for is computed of all groups.

use super::aggregate::{Part, table_of};
use super::keys::KeyColumn;
use super::run::RunContext;
use super::sort::sorted_picks;
use crate::plan::{AggregateCall, SortKey, SortOrder};
use crate::table::{Batch, Column, FieldName, Table};

/// So many times more groups than wanted are worth it.
const MANY: usize = 8;

/// Which rows are wanted: in this order, so many at most.
#[derive(Clone, Copy)]
pub(crate) struct First<'a> {
    pub(crate) keys: &'a [SortKey],
    pub(crate) limit: u64,
}

/// The rows of the first groups, in order. Gives the groups back when they are few, or when names stand for several things.
pub(super) fn rows_of_first(
    first: First<'_>,
    whole: Part,
    keys: &[KeyColumn],
    by: &[FieldName],
    calls: &[AggregateCall],
    cx: &RunContext<'_>,
) -> Result<Table, Part> {
    let limit = usize::try_from(first.limit).unwrap_or(usize::MAX);
    let (numbers, codes) = whole.numbering.groups();
    let names: Vec<&str> = by.iter().map(|field| &**field).chain(calls.iter().map(|call| &call.output[..])).collect();
    let repeats = (1..names.len()).any(|at| names[..at].contains(&names[at]));
    if numbers.len() / MANY < limit.max(1) || repeats {
        return Err(whole);
    }
    let mut states: Vec<Option<_>> = whole.states.into_iter().map(Some).collect();
    let mut finished: Vec<Option<Column>> = calls.iter().map(|_| None).collect();
    let mut batch = Batch::new(numbers.len());
    for (key, (field, codes)) in keys.iter().zip(by.iter().zip(&codes)) {
        batch.set(field, Column::Dict(key.dictionary.clone(), codes.as_slice().into()));
    }
    for (at, call) in calls.iter().enumerate() {
        if first.keys.iter().any(|key| *key.field == *call.output)
            && let Some(state) = states[at].take()
        {
            let column = state.finish(&cx.functions);
            batch.set(&call.output, column.take(&numbers));
            finished[at] = Some(column);
        }
    }
    // Those that are equal lie as stats has them.
    let of_groups = by.iter().map(|field| SortKey { field: field.clone(), descending: false, order: SortOrder::Auto });
    let order: Vec<SortKey> = first.keys.iter().cloned().chain(of_groups).collect();
    let picks = sorted_picks(&Table::in_order(vec![batch]), &order, Some(first.limit));
    let order: Vec<u32> = picks.into_iter().map(|(_, group)| group).collect();
    let rows: Vec<u32> = order.iter().map(|&group| numbers[group as usize]).collect();
    let taken = finished.into_iter().zip(states).map(|(column, state)| match (column, state) {
        (Some(column), _) => column.take(&rows),
        (None, Some(state)) => state.finish_of(&rows, &cx.functions),
        (None, None) => Column::null(rows.len()),
    });
    Ok(table_of(&order, &codes, taken.collect(), keys, by, calls))
}
