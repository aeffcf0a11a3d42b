//! `stats`: one row for each group, by partial aggregates over parts of the input that are joined in a fixed order.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::first_groups::First;
use super::group::{Grouping, PART_ROWS, part_ranges_of, spread_multivalues};
use super::keys::{Codes, KeyCodes, KeyColumn};
use super::numbering::Numbering;
use super::project::{carry, matches_field};
use super::run::RunContext;
use crate::aggregates::{Accumulator, Rows};
use crate::cores::each;
use crate::error::Result;
use crate::plan::AggregateCall;
use crate::table::{Batch, Column, Dictionary, FieldName, NumColumn, Table, field_name};
use crate::value::Value;

/// Inputs up to this size are put in row order first, so that sums run left to right as Splunk's do.
const SMALL: usize = 65_536;
/// How many parts there are at most; a constant, so that the result does not depend on the number of threads.
const PARTS: usize = 8;
/// Rows that are worth a part of their own when the result is the same for any number of parts.
const EXACT_ROWS: usize = 32_768;
/// Rows in a batch for which every aggregate is worth a core.
const MANY: usize = 16_384;

/// The groups of a part with the state of every aggregate.
pub(super) struct Part {
    pub(super) numbering: Numbering,
    pub(super) states: Vec<Box<dyn Accumulator>>,
}

/// The groups that rows fall into, with the aggregates of each.
pub(crate) struct Groups {
    /// For each key, the code of each group; the first is that of group 1.
    pub(crate) keys: Vec<Vec<u32>>,
    /// How many groups there are.
    pub(crate) count: usize,
    /// A column for each call; row `g` belongs to group `g`, and row 0 means nothing.
    pub(crate) columns: Vec<Column>,
}

/// A row for each group, sorted by the BY fields; without BY fields, one row. Others than the first rows may be left out if only those are wanted.
pub(super) fn aggregate(
    table: Table,
    by: &[FieldName],
    calls: &[AggregateCall],
    first: Option<First<'_>>,
    cx: &RunContext<'_>,
) -> Result<Table> {
    let table = small_in_order(table, calls);
    let calls = expand_calls(calls, &table, by);
    let mut batches: Vec<Batch> = table.into_batches().into_iter().map(|b| spread_multivalues(b, by)).collect();
    let keys_of =
        |batches: &[Batch]| -> Vec<KeyColumn> { by.par_iter().map(|field| KeyColumn::new(batches, field)).collect() };
    let mut keys = keys_of(&batches);
    let mut parts = parts_for(&batches, &codes_of(&keys), &calls, false);
    if let Some(first) = first
        && let Some(left) = first.rows(&batches, &keys, by, &calls, cx)?
    {
        (keys, batches) = (keys_of(&left), left);
        // Where parts show, in the last digits of sums, rows that are left out leave them as they are.
        if calls.iter().all(|call| call.aggregate.exact) {
            parts = parts_for(&batches, &codes_of(&keys), &calls, false);
        }
    }
    let Some(whole) = grouped(&batches, &codes_of(&keys), &calls, parts, false, cx)? else {
        return Ok(rows_of_groups((&[], &[], &[]), &keys, by, &calls));
    };
    let (numbers, codes) = whole.numbering.groups();
    let columns = finished(whole.states, cx);
    Ok(rows_of_groups((&numbers, &codes, &columns), &keys, by, &calls))
}

fn codes_of(keys: &[KeyColumn]) -> Vec<KeyCodes<'_>> {
    keys.iter().map(KeyColumn::codes).collect()
}

/// The results of aggregates, one core each.
pub(super) fn finished(states: Vec<Box<dyn Accumulator>>, cx: &RunContext<'_>) -> Vec<Column> {
    each(states, |state| state.finish(&cx.functions))
}

/// The table in row order if it is small, so that sums run left to right, unless no aggregate shows it.
pub(crate) fn small_in_order(table: Table, calls: &[AggregateCall]) -> Table {
    let shows = calls.iter().any(|call| !call.aggregate.orderless);
    if shows && table.rows() <= SMALL { table.into_ordered() } else { table }
}

/// Groups rows by the codes of keys and aggregates each group.
pub(crate) fn aggregate_by_keys(
    batches: &[Batch],
    keys: &[KeyCodes<'_>],
    calls: &[AggregateCall],
    cx: &RunContext<'_>,
) -> Result<Groups> {
    let Some(whole) = grouped(batches, keys, calls, parts_for(batches, keys, calls, true), true, cx)? else {
        return Ok(Groups { keys: Vec::new(), count: 0, columns: Vec::new() });
    };
    let (numbers, keys) = whole.numbering.groups();
    Ok(Groups { keys, count: numbers.len(), columns: finished(whole.states, cx) })
}

/// The groups of rows with the states of their aggregates, part by part; `gapless` as for [`Numbering::new`].
pub(super) fn grouped(
    batches: &[Batch],
    keys: &[KeyCodes<'_>],
    calls: &[AggregateCall],
    parts: Vec<Range<usize>>,
    gapless: bool,
    cx: &RunContext<'_>,
) -> Result<Option<Part>> {
    let dictionaries = dictionaries(batches, calls);
    let lengths: Vec<usize> = keys.iter().map(|k| k.len).collect();
    let rows = batches.iter().map(Batch::rows).sum();
    let part = |range: Range<usize>| {
        // Sized for the rows of all parts, which the first part takes in at the end.
        let mut numbering = Numbering::new(&lengths, rows, gapless);
        let mut states = calls.iter().map(|c| (c.aggregate.make)(&c.call)).collect::<Result<Vec<_>>>()?;
        for b in range {
            cx.check()?;
            let codes: Vec<&Codes> = keys.iter().map(|k| &k.codes[b]).collect();
            let groups = numbering.assign(&codes, batches[b].rows());
            states.iter_mut().for_each(|state| state.grow(numbering.len() + 1));
            update(&mut states, calls, &dictionaries, &groups, &batches[b]);
        }
        states.iter_mut().for_each(|state| state.grow(numbering.len() + 1));
        Ok(Part { numbering, states })
    };
    let parts: Vec<Part> = each(parts, part).into_iter().collect::<Result<_>>()?;
    cx.check()?;
    Ok(join(parts))
}

/// Aggregates groups that are known already; the result is as [`Groups::columns`].
pub(crate) fn aggregate_groups(
    batches: &[Batch],
    groups: &Grouping,
    calls: &[AggregateCall],
    cx: &RunContext<'_>,
) -> Result<Vec<Column>> {
    let dictionaries = dictionaries(batches, calls);
    let identity: Vec<u32> = (0..=groups.count as u32).collect();
    let parts: Vec<Vec<Box<dyn Accumulator>>> = parts_of(batches, calls, usize::MAX)
        .into_par_iter()
        .map(|range| {
            let mut states = calls.iter().map(|c| (c.aggregate.make)(&c.call)).collect::<Result<Vec<_>>>()?;
            states.iter_mut().for_each(|state| state.grow(groups.count + 1));
            for b in range {
                cx.check()?;
                update(&mut states, calls, &dictionaries, &groups.groups[b], &batches[b]);
            }
            Ok(states)
        })
        .collect::<Result<Vec<_>>>()?;
    cx.check()?;
    let joined = parts.into_iter().reduce(|mut whole, later| {
        whole.par_iter_mut().zip(later).for_each(|(state, later)| state.merge(later, &identity));
        whole
    });
    Ok(joined.unwrap_or_default().into_par_iter().map(|state| state.finish(&cx.functions)).collect())
}

/// Calls whose field is a pattern become one call for each field that matches.
pub(crate) fn expand_calls(calls: &[AggregateCall], table: &Table, by: &[FieldName]) -> Vec<AggregateCall> {
    let mut expanded = Vec::with_capacity(calls.len());
    let mut fields: Option<Vec<FieldName>> = None;
    for call in calls {
        match &call.field {
            Some(pattern) if pattern.contains('*') => {
                let fields = fields.get_or_insert_with(|| {
                    let mut fields = table.fields();
                    fields.sort();
                    fields
                });
                for field in fields.iter().filter(|f| matches_field(pattern, f) && !by.contains(f)) {
                    let output = if call.output.contains('*') {
                        carry(pattern, &call.output, field).unwrap_or_else(|| field.to_string())
                    } else {
                        call.output.clone()
                    };
                    expanded.push(AggregateCall { field: Some(field.to_string()), output, ..call.clone() });
                }
            }
            _ => expanded.push(call.clone()),
        }
    }
    expanded
}

/// The parts to cut rows into that are grouped by such keys.
pub(super) fn parts_for(
    batches: &[Batch],
    keys: &[KeyCodes<'_>],
    calls: &[AggregateCall],
    gapless: bool,
) -> Vec<Range<usize>> {
    let lengths: Vec<usize> = keys.iter().map(|k| k.len).collect();
    let rows = batches.iter().map(Batch::rows).sum();
    parts_of(batches, calls, Numbering::affordable(&lengths, rows, gapless))
}

/// As [`parts_for`], at most so many: one for each thread where that cannot show in the result, since parts have to be joined.
fn parts_of(batches: &[Batch], calls: &[AggregateCall], most: usize) -> Vec<Range<usize>> {
    let rows = batches.iter().map(Batch::rows);
    match calls.iter().all(|call| call.aggregate.exact) {
        true => part_ranges_of(rows, rayon::current_num_threads().min(PARTS).min(most), EXACT_ROWS),
        false => part_ranges_of(rows, PARTS.min(most), PART_ROWS),
    }
}

/// The dictionary that the field's columns have, as far as they have one.
pub(crate) fn shared_dictionary<'a>(batches: &'a [Batch], field: &str) -> Option<&'a Arc<Dictionary>> {
    batches.iter().find_map(|batch| match batch.column(field) {
        Some(Column::Dict(dictionary, _)) => Some(dictionary),
        _ => None,
    })
}

/// As [`shared_dictionary`], for the field of each call.
fn dictionaries<'a>(batches: &'a [Batch], calls: &[AggregateCall]) -> Vec<Option<&'a Arc<Dictionary>>> {
    calls.iter().map(|c| c.field.as_deref().and_then(|f| shared_dictionary(batches, f))).collect()
}

/// Feeds one batch to every aggregate.
fn update(
    states: &mut [Box<dyn Accumulator>],
    calls: &[AggregateCall],
    dictionaries: &[Option<&Arc<Dictionary>>],
    groups: &[u32],
    batch: &Batch,
) {
    let feed = |state: &mut Box<dyn Accumulator>, call: &AggregateCall, dictionary| match &call.field {
        None => {
            let column = Column::Const(Value::Num(1.0), batch.rows());
            state.update(&Rows { groups, column: &column, batch, dictionary });
        }
        // Nothing to take from a batch without the field.
        Some(field) => {
            if let Some(column) = batch.column(field) {
                state.update(&Rows { groups, column, batch, dictionary });
            }
        }
    };
    if states.len() > 1 && groups.len() >= MANY {
        let each = states.par_iter_mut().zip(calls).zip(dictionaries);
        each.for_each(|((state, call), &dictionary)| feed(state, call, dictionary));
    } else {
        let each = states.iter_mut().zip(calls).zip(dictionaries);
        each.for_each(|((state, call), &dictionary)| feed(state, call, dictionary));
    }
}

/// Later parts into the first, in order.
fn join(parts: Vec<Part>) -> Option<Part> {
    let mut parts = parts.into_iter();
    let mut whole = parts.next()?;
    for later in parts {
        let groups = whole.numbering.absorb(&later.numbering);
        let count = whole.numbering.len() + 1;
        // The aggregates do not know of one another: one core each.
        whole.states.par_iter_mut().zip(later.states).for_each(|(state, later)| {
            state.grow(count);
            state.merge(later, &groups);
        });
    }
    Some(whole)
}

/// Sorts by small numbers, keeping the order of equals: by counting where there are enough rows for that.
fn sort_by_rank(order: &mut Vec<u32>, rank: impl Fn(u32) -> u32, ranks: usize) {
    if ranks > 4 * order.len() + 64 {
        order.sort_by_key(|&g| rank(g));
        return;
    }
    let mut starts = vec![0u32; ranks + 1];
    order.iter().for_each(|&g| starts[rank(g) as usize + 1] += 1);
    (1..starts.len()).for_each(|i| starts[i] += starts[i - 1]);
    let mut sorted = vec![0; order.len()];
    for &g in order.iter() {
        let slot = &mut starts[rank(g) as usize];
        sorted[*slot as usize] = g;
        *slot += 1;
    }
    *order = sorted;
}

/// The groups as rows: sorted by their keys, the keys first, then the aggregates.
pub(super) fn finish(groups: &Groups, keys: &[KeyColumn], by: &[FieldName], calls: &[AggregateCall]) -> Table {
    let numbers: Vec<u32> = (1..=groups.count as u32).collect();
    rows_of_groups((&numbers, &groups.keys, &groups.columns), keys, by, calls)
}

/// As [`finish`], for groups with these numbers, codes of each key, and columns of which the rows of their numbers are theirs.
fn rows_of_groups(
    (numbers, codes, columns): (&[u32], &[Vec<u32>], &[Column]),
    keys: &[KeyColumn],
    by: &[FieldName],
    calls: &[AggregateCall],
) -> Table {
    let ranks: Vec<&[u32]> = keys.iter().map(|k| k.dictionary.ranks()).collect();
    // Stable, last key first, so that the first key decides.
    let mut order: Vec<u32> = (0..numbers.len() as u32).collect();
    for (codes, ranks) in codes.iter().zip(&ranks).rev() {
        sort_by_rank(&mut order, |g| ranks[codes[g as usize] as usize], ranks.len());
    }
    let rows: Vec<u32> = order.iter().map(|&g| numbers[g as usize]).collect();
    let taken: Vec<Column> = match order.len() < MANY {
        true => columns.iter().map(|column| column.take(&rows)).collect(),
        false => columns.par_iter().map(|column| column.take(&rows)).collect(),
    };
    let key_column = |((key, codes), field): ((&KeyColumn, &Vec<u32>), &FieldName)| {
        let codes: Arc<[u32]> = order.iter().map(|&g| codes[g as usize]).collect();
        if &**field != "_time" {
            return Column::Dict(key.dictionary.clone(), codes);
        }
        let numbers = key.dictionary.numbers();
        let values = codes.iter().map(|&code| numbers[code as usize]).collect();
        Column::Num(Arc::new(NumColumn::new(values, None, None)))
    };
    let mut fields: Vec<FieldName> = by.to_vec();
    let mut result = Batch::new(order.len());
    for (column, field) in keys.iter().zip(codes).zip(by).map(key_column).zip(by) {
        result.set(field, column);
    }
    for (column, call) in taken.into_iter().zip(calls) {
        result.set(&call.output, column);
        let field = field_name(&call.output);
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    Table::in_order(vec![result]).with_fields(fields)
}
