//! `sort`: rows by keys. Every key becomes a vector of numbers that sort as its values do; texts through the ranks of their dictionary.

use std::cmp::Ordering;

use crate::plan::{SortKey, SortOrder};
use crate::table::{Batch, Column, Table};
use crate::value::{Value, parse_ipv4};

/// Sorted rows, stable, at most `limit` of them. Rows move once: what is sorted are their places and keys.
pub(crate) fn sort(table: Table, keys: &[SortKey], limit: Option<u64>) -> Table {
    let fields = table.declared_fields().map(<[_]>::to_vec);
    let mut picks = table.picks();
    let vectors: Vec<Vec<u64>> = keys
        .iter()
        .map(|key| {
            let parts: Vec<Column> = table.batches().iter().map(|b| b.column_or_null(&key.field)).collect();
            in_order(sort_vector(&Column::concat(&parts), key), table.batches(), &picks)
        })
        .collect();
    let order = sort_order(&vectors, picks.len());
    match order {
        None => {}
        Some(order) => {
            let wanted = limit.map_or(order.len(), |limit| order.len().min(limit as usize));
            picks = order[..wanted].iter().map(|&row| picks[row as usize]).collect();
        }
    }
    if let Some(limit) = limit {
        picks.truncate(limit as usize);
    }
    table.gather(&picks).with_declared(fields)
}

/// Values of rows batch after batch, put in the order of `picks`.
fn in_order(values: Vec<u64>, batches: &[Batch], picks: &[(u32, u32)]) -> Vec<u64> {
    let mut next = 0;
    let starts: Vec<usize> = batches
        .iter()
        .map(|batch| {
            let start = next;
            next += batch.rows();
            start
        })
        .collect();
    picks.iter().map(|&(batch, row)| values[starts[batch as usize] + row as usize]).collect()
}

/// Which row comes at each place, by keys in row order; `None` when rows are in that order already.
fn sort_order(keys: &[Vec<u64>], rows: usize) -> Option<Vec<u32>> {
    match keys {
        [] => None,
        [only] if only.is_sorted() => None,
        // Turned round, but rows with the same key keep their order: what comes newest first by time, oldest first.
        [only] if only.iter().rev().is_sorted() => {
            let mut order: Vec<u32> = (0..rows as u32).rev().collect();
            order.chunk_by_mut(|&a, &b| only[a as usize] == only[b as usize]).for_each(<[u32]>::reverse);
            Some(order)
        }
        [only] => {
            let mut keyed: Vec<(u64, u32)> = only.iter().copied().zip(0..rows as u32).collect();
            keyed.sort_unstable();
            Some(keyed.into_iter().map(|(_, row)| row).collect())
        }
        many => {
            let mut order: Vec<u32> = (0..rows as u32).collect();
            order.sort_unstable_by(|&a, &b| {
                let compare = many.iter().map(|v| v[a as usize].cmp(&v[b as usize]));
                compare.into_iter().find(|o| o.is_ne()).unwrap_or(Ordering::Equal).then(a.cmp(&b))
            });
            Some(order)
        }
    }
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
fn bits(n: f64) -> u64 {
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
