//! Transactions as rows.

use super::assemble::Transaction;
use super::group::Grouped;
use super::order::Order;
use super::{MADE, Node};
use crate::commands::prelude::*;
use crate::exec::{Codes, KeyColumn};
use crate::table::{ColumnBuilder, MultiColumn, NumColumn};

/// Whether the fields wanted are made of the events' own.
pub(super) fn needs_members(wanted: &FieldSet, table: &Table) -> bool {
    wanted.contains("linecount") || event_fields(wanted, table).next().is_some()
}

/// The fields of the events that go into the result.
fn event_fields<'a>(wanted: &'a FieldSet, table: &Table) -> impl Iterator<Item = FieldName> + use<'a> {
    let own = |f: &FieldName| (!f.starts_with('_') || &**f == "_raw") && !MADE.contains(&&**f);
    table.fields().into_iter().filter(move |f| own(f) && wanted.contains(f))
}

/// The events of each transaction, oldest first, as ranges of one list of places.
struct Members {
    starts: Vec<u32>,
    events: Vec<u32>,
}

impl Members {
    fn new(members: &[u32], begun: u32) -> Members {
        let mut starts = vec![0u32; begun as usize + 2];
        let known = || members.iter().enumerate().filter(|(_, id)| **id < begun);
        known().for_each(|(_, &id)| starts[id as usize + 1] += 1);
        for id in 1..starts.len() {
            starts[id] += starts[id - 1];
        }
        let mut next = starts.clone();
        let mut events = vec![0u32; starts[begun as usize] as usize];
        for (at, &id) in known().rev() {
            events[next[id as usize] as usize] = at as u32;
            next[id as usize] += 1;
        }
        Members { starts, events }
    }

    fn of(&self, transaction: &Transaction) -> &[u32] {
        let id = transaction.id as usize;
        &self.events[self.starts[id] as usize..self.starts[id + 1] as usize]
    }
}

/// The rows: one for each transaction, in the order of their oldest events, newest first; orphans among them if they are kept.
pub(super) fn build(table: &Table, order: &Order, grouped: Grouped, node: &Node) -> Table {
    let picks = &order.picks[..];
    let latest = |t: &Transaction| order.times[t.newest as usize];
    let earliest = |t: &Transaction| order.times[t.oldest as usize];
    let declared = table.declared_fields().map(<[_]>::to_vec);
    let transactions = by_oldest(grouped.transactions, order.len());
    let mut batch = Batch::new(transactions.len());
    let wants = |field: &str| node.wanted.contains(field);
    let numbers = |f: &dyn Fn(&Transaction) -> f64| Column::from_numbers(transactions.iter().map(f).collect());
    if !grouped.members.is_empty() {
        let members = Members::new(&grouped.members, grouped.begun);
        for field in event_fields(&node.wanted, table) {
            let column = if &*field == "_raw" {
                raw(table, picks, &transactions, &members, node.raw_list)
            } else if node.lists.contains(&field) {
                listed(table, picks, &transactions, &members, &field, &node.lists.null)
            } else {
                distinct(table, picks, &transactions, &members, &field)
            };
            batch.set(field, column);
        }
        if wants("linecount") {
            let lines = |t: &Transaction| -> f64 {
                let of = |&at: &u32| {
                    let (b, row) = picks[at as usize];
                    match table.batches()[b as usize].get("_raw", row as usize) {
                        ValueRef::Null => 1,
                        raw => raw.text().matches('\n').count() + 1,
                    }
                };
                members.of(t).iter().map(of).sum::<usize>() as f64
            };
            batch.set("linecount", numbers(&lines));
        }
    }
    if wants("_time") {
        let valid = transactions
            .iter()
            .any(|t| earliest(t).is_nan())
            .then(|| crate::table::Bitmap::from_fn(transactions.len(), |i| !earliest(&transactions[i]).is_nan()));
        let values = transactions.iter().map(earliest).collect();
        batch.set("_time", Column::Num(Arc::new(NumColumn { values, valid, decimals: None })));
    }
    if wants("duration") {
        // Times are exact to the microsecond; their difference is no more than that.
        let duration = |t: &Transaction| ((latest(t) - earliest(t)) * 1e6).round() / 1e6;
        batch.set("duration", numbers(&|t| Some(duration(t)).filter(|d| d.is_finite()).unwrap_or(0.0)));
    }
    type Count = fn(&Transaction) -> f64;
    let made: [(&str, Count); 3] = [
        ("eventcount", |t| f64::from(t.events)),
        ("closed_txn", |t| f64::from(u8::from(t.closed))),
        ("field_match_sum", |t| f64::from(t.matches)),
    ];
    for (field, value) in made {
        if wants(field) {
            batch.set(field, numbers(&value));
        }
    }
    let result = if node.keep.orphans && !grouped.orphans.is_empty() {
        with_orphans(batch, &transactions, table, picks, &grouped.orphans)
    } else {
        Table::in_order(vec![batch])
    };
    result.with_fields_after(declared)
}

/// Transactions by the place of their oldest event.
fn by_oldest(transactions: Vec<Transaction>, events: usize) -> Vec<Transaction> {
    // A bit for each place that is some transaction's; the bits before it are its rank.
    let mut places = vec![0u64; events.div_ceil(64)];
    transactions.iter().for_each(|t| places[t.oldest as usize / 64] |= 1 << (t.oldest % 64));
    let mut before = 0;
    let starts: Vec<u32> = places
        .iter()
        .map(|word| {
            before += word.count_ones();
            before - word.count_ones()
        })
        .collect();
    let mut sorted = vec![Transaction::default(); transactions.len()];
    for transaction in transactions {
        let (word, bit) = (transaction.oldest as usize / 64, transaction.oldest % 64);
        let rank = starts[word] + (places[word] & ((1 << bit) - 1)).count_ones();
        sorted[rank as usize] = transaction;
    }
    sorted
}

fn with_orphans(
    batch: Batch,
    transactions: &[Transaction],
    table: &Table,
    picks: &[(u32, u32)],
    orphans: &[u32],
) -> Table {
    let rows: Vec<(u32, u32)> = orphans.iter().map(|&at| picks[at as usize]).collect();
    let mut single = table.gather(&rows).into_single();
    single.set("_txn_orphan", Column::Const(Value::Num(1.0), orphans.len()));
    let mut keyed: Vec<(u32, u32, u32)> =
        transactions.iter().enumerate().map(|(i, t)| (t.oldest, 0, i as u32)).collect();
    keyed.extend(orphans.iter().enumerate().map(|(i, &at)| (at, 1, i as u32)));
    keyed.sort_unstable();
    let picks: Vec<(u32, u32)> = keyed.into_iter().map(|(_, b, row)| (b, row)).collect();
    Table::new(vec![batch, single]).gather(&picks)
}

/// The texts of the events, oldest first, one line behind the other.
fn raw(table: &Table, picks: &[(u32, u32)], transactions: &[Transaction], members: &Members, list: bool) -> Column {
    let mut column = ColumnBuilder::default();
    for transaction in transactions {
        let texts = members.of(transaction).iter().filter_map(|&at| {
            let (b, row) = picks[at as usize];
            match table.batches()[b as usize].get("_raw", row as usize) {
                ValueRef::Null => None,
                raw => Some(raw.text().into_owned()),
            }
        });
        column.push(if list {
            Value::multi(texts.map(Value::from))
        } else {
            let texts: Vec<String> = texts.collect();
            if texts.is_empty() { Value::Null } else { Value::from(texts.join("\n")) }
        });
    }
    column.finish()
}

/// All values, in the order of the events.
fn listed(
    table: &Table,
    picks: &[(u32, u32)],
    transactions: &[Transaction],
    members: &Members,
    field: &str,
    null: &str,
) -> Column {
    let mut column = ColumnBuilder::default();
    for transaction in transactions {
        let values = members.of(transaction).iter().map(|&at| {
            let (b, row) = picks[at as usize];
            match table.batches()[b as usize].get(field, row as usize) {
                ValueRef::Null => Value::str(null),
                value => value.to_value(),
            }
        });
        column.push(Value::multi(values));
    }
    column.finish()
}

/// Each value once, sorted as text.
fn distinct(
    table: &Table,
    picks: &[(u32, u32)],
    transactions: &[Transaction],
    members: &Members,
    field: &str,
) -> Column {
    let multivalued = table.batches().iter().any(|b| {
        matches!(b.column(field), Some(Column::Multi(_) | Column::Mixed(_) | Column::Const(Value::Multi(_), _)))
    });
    if multivalued {
        let mut column = ColumnBuilder::default();
        for transaction in transactions {
            let mut texts: Vec<String> = Vec::new();
            for &at in members.of(transaction) {
                let (b, row) = picks[at as usize];
                table.batches()[b as usize].get(field, row as usize).for_each(|v| texts.push(v.text().into_owned()));
            }
            texts.sort_unstable();
            texts.dedup();
            column.push(Value::multi(texts.into_iter().map(Value::from)));
        }
        return column.finish();
    }
    let key = KeyColumn::new(table.batches(), field);
    let (mut offsets, mut codes) = (vec![0u32], Vec::new());
    let mut own: Vec<u32> = Vec::new();
    let mut single = true;
    for transaction in transactions {
        own.clear();
        for &at in members.of(transaction) {
            let (b, row) = picks[at as usize];
            let code = Codes::get(&key.codes[b as usize], row as usize);
            if code != 0 && own.last() != Some(&code) {
                own.push(code);
            }
        }
        if own.len() > 1 {
            own.sort_unstable();
            own.dedup();
            own.sort_unstable_by_key(|&code| key.dictionary.get(code));
        }
        single &= own.len() <= 1;
        codes.extend_from_slice(&own);
        offsets.push(codes.len() as u32);
    }
    if single {
        let code = |w: &[u32]| if w[0] == w[1] { 0 } else { codes[w[0] as usize] };
        return Column::Dict(key.dictionary, offsets.windows(2).map(code).collect());
    }
    let child = Column::Dict(key.dictionary, codes.into());
    Column::Multi(Arc::new(MultiColumn { offsets, child }))
}
