//! `sort`: rows by keys. Every key becomes a vector of numbers that sort as its values do; texts through the ranks of their dictionary.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::lying::{Order, order_of};
use super::run::RunContext;
use crate::error::Result;
use crate::plan::{SortKey, SortOrder};
use crate::table::{Column, FieldName, Table};
use crate::value::{Value, parse_ipv4};

/// Sorted rows, stable, at most `limit` of them. Rows move once: what is sorted are their places and keys.
pub(crate) fn sort(table: Table, keys: &[SortKey], limit: Option<u64>, cx: &RunContext<'_>) -> Result<Table> {
    let rows = table.rows() as u64;
    if let ([key], true) = (keys, limit.is_none_or(|limit| limit >= rows))
        && let Some(order) = order_of(&table, key)
    {
        return Ok(match order {
            Order::Sorted => table.into_ordered(),
            Order::Opposite(batches) => {
                let fields = table.declared_fields().map(<[_]>::to_vec);
                Table::in_order(batches).with_declared(fields)
            }
        });
    }
    let fields = table.declared_fields().map(<[_]>::to_vec);
    let picks = sorted_picks(&table, keys, limit);
    Ok(cx.gather(&table, &picks)?.with_declared(fields))
}

impl RunContext<'_> {
    /// As [`Table::gather`], as long as the run goes on.
    pub(crate) fn gather(&self, table: &Table, picks: &[(u32, u32)]) -> Result<Table> {
        let gathered = table.gather_while(picks, || !self.functions.notes.is_ending());
        self.check()?;
        Ok(gathered)
    }
}

/// Sorted rows as (batch, row).
pub(crate) fn sorted_picks(table: &Table, keys: &[SortKey], limit: Option<u64>) -> Vec<(u32, u32)> {
    let mut picks = table.picks();
    let limit = limit.map_or(picks.len(), |limit| picks.len().min(usize::try_from(limit).unwrap_or(usize::MAX)));
    let ordered = table.is_ordered();
    let vector = |key: &SortKey, picks: &[(u32, u32)]| match (ordered, by_batch(table, key)) {
        (true, mut vectors) if vectors.len() == 1 => vectors.swap_remove(0),
        (true, vectors) => vectors.concat(),
        (false, vectors) => in_order(&vectors, picks),
    };
    let mut vectors: Vec<Vec<u64>> = keys.iter().take(1).map(|key| vector(key, &picks)).collect();
    if let ([first], [_, _, ..]) = (&vectors[..], keys)
        && let Some(few) = not_behind(first, limit)
    {
        let few: Vec<(u32, u32)> = few.iter().map(|&row| picks[row as usize]).collect();
        return sorted_few(table, &few, keys, limit);
    }
    vectors.extend(keys.iter().skip(1).map(|key| vector(key, &picks)));
    match (&mut vectors[..], limit) {
        (_, 0) | ([], _) => {}
        ([only], _) => sort_by_one(&mut picks, only, limit),
        (many, _) => {
            let mut order: Vec<u32> = (0..picks.len() as u32).collect();
            first_sorted(&mut order, limit, |&a, &b| {
                let compare = many.iter().map(|v| v[a as usize].cmp(&v[b as usize]));
                compare.into_iter().find(|o| o.is_ne()).unwrap_or(Ordering::Equal).then(a.cmp(&b))
            });
            picks = order.iter().map(|&row| picks[row as usize]).collect();
        }
    }
    picks.truncate(limit);
    picks
}

/// Where the keys are that are not behind the last of the first `limit` ones, ties included; nothing unless that is a small part of them.
fn not_behind(keys: &[u64], limit: usize) -> Option<Vec<u32>> {
    let most = keys.len() / FEW;
    if limit == 0 || limit > most {
        return None;
    }
    let (few, rest) = keys.split_at(limit);
    let mut first = BinaryHeap::from(few.to_vec());
    let mut bound = *first.peek()?;
    for &key in rest {
        if key < bound {
            first.pop();
            first.push(key);
            bound = *first.peek()?;
        }
    }
    let found: Vec<u32> = (0..).zip(keys).filter(|&(_, &key)| key <= bound).map(|(row, _)| row).collect();
    (found.len() <= most).then_some(found)
}

/// As [`sorted_picks`], of these rows alone.
fn sorted_few(table: &Table, few: &[(u32, u32)], keys: &[SortKey], limit: usize) -> Vec<(u32, u32)> {
    let fields: Vec<FieldName> = keys.iter().map(|key| key.field.clone()).collect();
    let few_rows = Table::new(table.batches().iter().map(|batch| batch.project(&fields)).collect()).gather(few);
    let starts: Vec<usize> = (few_rows.batches().iter())
        .scan(0, |next, batch| Some(std::mem::replace(next, *next + batch.rows())))
        .collect();
    let place = |(batch, row): (u32, u32)| few[starts[batch as usize] + row as usize];
    sorted_picks(&few_rows, keys, Some(limit as u64)).into_iter().map(place).collect()
}

/// The key of every row, batch by batch.
fn by_batch(table: &Table, key: &SortKey) -> Vec<Vec<u64>> {
    let columns: Vec<Column> = table.batches().iter().map(|b| b.column_or_null(&key.field)).collect();
    let number = |column: &Column| matches!(column, Column::Num(_) | Column::Const(Value::Null, _));
    if columns.iter().all(number) && matches!(key.order, SortOrder::Auto | SortOrder::Number) {
        return columns.par_iter().map(|column| sort_vector(column, key)).collect();
    }
    // Ranks are among all values.
    let all = sort_vector(&Column::concat(&columns), key);
    let mut rest = &all[..];
    let part = |column: &Column| {
        let (part, later) = rest.split_at(column.len());
        rest = later;
        part.to_vec()
    };
    columns.iter().map(part).collect()
}

/// Values of rows in the order of `picks`.
fn in_order(values: &[Vec<u64>], picks: &[(u32, u32)]) -> Vec<u64> {
    let value = |&(batch, row): &(u32, u32)| values[batch as usize][row as usize];
    if picks.len() < PARALLEL { picks.iter().map(value).collect() } else { picks.par_iter().map(value).collect() }
}

/// So many times fewer rows are worth looking at by themselves.
pub(super) const FEW: usize = 8;

/// Rows for which it is worth asking other cores.
const PARALLEL: usize = 65_536;

/// Puts the first `limit` rows in the order of their keys.
fn sort_by_one(picks: &mut Vec<(u32, u32)>, keys: &mut [u64], limit: usize) {
    if keys.is_sorted() {
        return;
    }
    // Turned round, but rows with the same key keep their order: what comes newest first by time, oldest first.
    if keys.iter().rev().is_sorted() {
        keys.reverse();
        picks.reverse();
        let mut rest = &mut picks[..];
        for same in keys.chunk_by(|a, b| a == b) {
            let (run, later) = rest.split_at_mut(same.len());
            run.reverse();
            rest = later;
        }
        return;
    }
    let mut keyed: Vec<(u64, u32)> = keys.iter().copied().zip(0..).collect();
    first_sorted(&mut keyed, limit, Ord::cmp);
    *picks = keyed.into_iter().map(|(_, row)| picks[row as usize]).collect();
}

/// The first `limit` of what sorting would give. The order must tell all apart.
fn first_sorted<T: Send>(items: &mut Vec<T>, limit: usize, compare: impl Fn(&T, &T) -> Ordering + Sync) {
    if limit < items.len() {
        items.select_nth_unstable_by(limit, &compare);
        items.truncate(limit);
    }
    if items.len() < PARALLEL { items.sort_unstable_by(&compare) } else { items.par_sort_unstable_by(&compare) }
}

/// Numbers in the order of the values; rows without a value have the largest in both directions.
fn sort_vector(column: &Column, key: &SortKey) -> Vec<u64> {
    let mut vector = match (column, key.order) {
        (Column::Num(numbers), SortOrder::Auto | SortOrder::Number) => {
            let valid = |row: usize| numbers.valid.as_ref().is_none_or(|v| v.get(row));
            let bits = |(row, &n): (usize, &f64)| if valid(row) { bits(n) } else { u64::MAX };
            numbers.values.iter().enumerate().map(bits).collect()
        }
        (Column::Dict(dictionary, codes), SortOrder::Auto) => {
            let ranks = dictionary.ranks();
            codes.iter().map(|&code| if code == 0 { u64::MAX } else { u64::from(ranks[code as usize]) }).collect()
        }
        (Column::Const(value, rows), _) => vec![if value.is_null() { u64::MAX } else { 0 }; *rows],
        _ => ranks(column, key.order),
    };
    if key.descending {
        // Turned round, but missing values stay last.
        vector.iter_mut().filter(|v| **v != u64::MAX).for_each(|v| *v = u64::MAX - 1 - *v);
    }
    vector
}

/// Bits that sort as the numbers do, below `u64::MAX - 1`.
pub(super) fn bits(n: f64) -> u64 {
    let n = if n == 0.0 { 0.0 } else { n };
    let bits = n.to_bits();
    (if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }).min(u64::MAX - 2)
}

/// The rank of each row's value among the distinct values of the column.
fn ranks(column: &Column, order: SortOrder) -> Vec<u64> {
    let values: Vec<Value> = (0..column.len()).map(|row| column.value(row)).collect();
    let compare = |a: &Value, b: &Value| match order {
        SortOrder::Auto => crate::value::compare_auto(a.as_ref(), b.as_ref()),
        SortOrder::Text => a.text().as_bytes().cmp(b.text().as_bytes()),
        SortOrder::Number => match (a.number(), b.number()) {
            (Some(x), Some(y)) => x.partial_cmp(&y).unwrap_or(Ordering::Equal),
            (x, y) => y.is_some().cmp(&x.is_some()),
        },
        SortOrder::Ip => match (parse_ipv4(&a.text()), parse_ipv4(&b.text())) {
            (Some(x), Some(y)) => x.cmp(&y),
            (x, y) => y.is_some().cmp(&x.is_some()).then_with(|| a.text().cmp(&b.text())),
        },
    };
    let mut rows: Vec<u32> = (0..values.len() as u32).filter(|&row| !values[row as usize].is_null()).collect();
    rows.sort_by(|&a, &b| compare(&values[a as usize], &values[b as usize]));
    let mut ranks = vec![u64::MAX; values.len()];
    let mut rank = 0;
    for (i, &row) in rows.iter().enumerate() {
        if i > 0 && compare(&values[rows[i - 1] as usize], &values[row as usize]).is_ne() {
            rank += 1;
        }
        ranks[row as usize] = rank;
    }
    ranks
}
