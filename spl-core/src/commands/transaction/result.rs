//! Transactions as rows.

use std::sync::Arc;

use super::assemble::{Assembler, Transaction};
use super::group::Grouped;
use super::{MADE, Node};
use crate::commands::prelude::*;
use crate::exec::KeyColumn;
use crate::table::{Bitmap, ColumnBuilder, Dictionary, MultiColumn, NumColumn, Ordinals};

/// Makes the rows: one for each transaction, in the order of their oldest events, newest first; orphans among them if they are kept.
pub(super) struct Rows<'a> {
    table: &'a Table,
    node: &'a Node,
    /// The fields of the events that go into the result.
    fields: Vec<(FieldName, Way)>,
}

/// How the values of the events become a transaction's.
enum Way {
    /// The texts of the events, oldest first, one line behind the other.
    Raw,
    /// All values, in the order of the events.
    Listed,
    /// Each value once, sorted as text.
    Distinct(KeyColumn),
    /// The same for fields some of whose values are several.
    DistinctOfSeveral,
}

impl<'a> Rows<'a> {
    pub(super) fn new(table: &'a Table, node: &'a Node) -> Rows<'a> {
        let own = |f: &FieldName| (!f.starts_with('_') || &**f == "_raw") && !MADE.contains(&&**f);
        let several = |field: &str| {
            table.batches().iter().any(|b| {
                matches!(b.column(field), Some(Column::Multi(_) | Column::Mixed(_) | Column::Const(Value::Multi(_), _)))
            })
        };
        let way = |field: &FieldName| {
            if &**field == "_raw" {
                Way::Raw
            } else if node.lists.contains(field) {
                Way::Listed
            } else if several(field) {
                Way::DistinctOfSeveral
            } else {
                Way::Distinct(KeyColumn::new(table.batches(), field))
            }
        };
        let fields = table.fields().into_iter().filter(|f| own(f) && node.wanted.contains(f));
        Rows { table, node, fields: fields.map(|field| (field.clone(), way(&field))).collect() }
    }

    /// Whether they are made of the events' own fields.
    pub(super) fn of_members(&self) -> bool {
        self.node.wanted.contains("linecount") || !self.fields.is_empty()
    }

    /// Those of a part: the transactions, and the orphans.
    pub(super) fn of_part(&self, mut grouped: Grouped) -> (Batch, Option<Batch>) {
        let rows = grouped.assembler.given();
        let part = Part { table: self.table, node: self.node, assembler: &grouped.assembler, rows: &rows };
        let mut batch = Batch::new(rows.len());
        for (field, way) in &self.fields {
            batch.set(field, part.column(field, way));
        }
        part.set_made(&mut batch);
        let places: Ordinals = rows.iter().map(|t| t.place).collect();
        (batch.with_ordinals(places), self.orphans(&grouped))
    }

    fn orphans(&self, grouped: &Grouped) -> Option<Batch> {
        if !self.node.keep.orphans || grouped.orphans.is_empty() {
            return None;
        }
        let (places, picks): (Vec<u32>, Vec<(u32, u32)>) = grouped.orphans.iter().copied().unzip();
        let mut single = self.table.gather(&picks).into_single();
        single.set("_txn_orphan", Column::Const(Value::Num(1.0), picks.len()));
        Some(single.with_ordinals(places.into_iter().collect()))
    }

    /// Those of all parts.
    pub(super) fn joined(&self, parts: Vec<(Batch, Option<Batch>)>) -> Table {
        let (mut batches, orphans): (Vec<Batch>, Vec<Option<Batch>>) = parts.into_iter().unzip();
        batches.extend(orphans.into_iter().flatten());
        let whole = Table::new(batches);
        let whole = if whole.is_ordered() { Table::in_order(whole.into_batches()) } else { whole };
        whole.with_fields_after(self.table.declared_fields().map(<[_]>::to_vec))
    }
}

/// The rows of a part.
struct Part<'a> {
    table: &'a Table,
    node: &'a Node,
    assembler: &'a Assembler,
    rows: &'a [Transaction],
}

impl Part<'_> {
    /// The values of a field of a transaction's events, oldest first.
    fn values(&self, row: &Transaction, field: &str) -> impl Iterator<Item = ValueRef<'_>> {
        let members = self.assembler.members(row);
        members.map(move |(_, (b, row))| self.table.batches()[b as usize].get(field, row as usize))
    }

    fn column(&self, field: &str, way: &Way) -> Column {
        match way {
            Way::Distinct(key) => self.distinct(key),
            Way::Raw => self.column_of(|row| self.raw(row)),
            Way::Listed => self.column_of(|row| {
                Value::multi(self.values(row, field).map(|value| match value {
                    ValueRef::Null => Value::str(&self.node.lists.null),
                    value => value.to_value(),
                }))
            }),
            Way::DistinctOfSeveral => self.column_of(|row| {
                let mut texts: Vec<String> = Vec::new();
                self.values(row, field).for_each(|value| value.for_each(|v| texts.push(v.text().into_owned())));
                texts.sort_unstable();
                texts.dedup();
                Value::multi(texts.into_iter().map(Value::from))
            }),
        }
    }

    fn column_of(&self, value: impl Fn(&Transaction) -> Value) -> Column {
        let mut column = ColumnBuilder::default();
        self.rows.iter().for_each(|row| column.push(value(row)));
        column.finish()
    }

    fn raw(&self, row: &Transaction) -> Value {
        let texts = self.values(row, "_raw").filter(|raw| !matches!(raw, ValueRef::Null));
        let texts = texts.map(|raw| raw.text().into_owned());
        if self.node.raw_list {
            return Value::multi(texts.map(Value::from));
        }
        let texts: Vec<String> = texts.collect();
        if texts.is_empty() { Value::Null } else { Value::from(texts.join("\n")) }
    }

    fn distinct(&self, KeyColumn { dictionary, codes }: &KeyColumn) -> Column {
        // First all in the order of the events, which is nearly that of the table; transactions go to and fro.
        let picks = self.assembler.picks().enumerate();
        let code = |(number, (b, row)): (usize, (u32, u32))| match number {
            0 => 0,
            _ => codes[b as usize].get(row as usize),
        };
        let codes: Vec<u32> = picks.map(code).collect();
        let (mut offsets, mut all) = (vec![0u32], Vec::new());
        let mut own: Vec<u32> = Vec::new();
        let mut single = true;
        for row in self.rows {
            own.clear();
            for (number, _) in self.assembler.members(row) {
                let code = codes[number as usize];
                if code != 0 && own.last() != Some(&code) {
                    own.push(code);
                }
            }
            if own.len() > 1 {
                own.sort_unstable();
                own.dedup();
                own.sort_unstable_by_key(|&code| dictionary.get(code));
            }
            single &= own.len() <= 1;
            all.extend_from_slice(&own);
            offsets.push(all.len() as u32);
        }
        distinct_column(dictionary, offsets, all, single)
    }

    /// Sets the fields that a transaction has of its own.
    fn set_made(&self, batch: &mut Batch) {
        let wants = |field: &str| self.node.wanted.contains(field);
        if wants("linecount") {
            let lines = |raw: ValueRef<'_>| match raw {
                ValueRef::Null => 1,
                raw => raw.text().matches('\n').count() + 1,
            };
            let of = |row: &Transaction| self.values(row, "_raw").map(lines).sum::<usize>() as f64;
            batch.set("linecount", Column::from_numbers(self.rows.iter().map(of).collect()));
        }
        if wants("_time") {
            let values: Vec<f64> = self.rows.iter().map(|t| t.earliest).collect();
            let valid = values.iter().any(|time| time.is_nan());
            let valid = valid.then(|| Bitmap::from_fn(values.len(), |row| !values[row].is_nan()));
            batch.set("_time", Column::Num(Arc::new(NumColumn::new(values, valid, None))));
        }
        let duration = |t: &Transaction| {
            // Times are exact to the microsecond; their difference is no more than that.
            let duration = ((t.latest - t.earliest) * 1e6).round() / 1e6;
            if duration.is_finite() { duration } else { 0.0 }
        };
        let closed = |t: &Transaction| f64::from(u8::from(self.assembler.closed(t)));
        let mut set = |field: &str, values: &dyn Fn() -> Vec<f64>| {
            if wants(field) {
                batch.set(field, Column::from_numbers(values()));
            }
        };
        set("duration", &|| self.rows.iter().map(duration).collect());
        set("eventcount", &|| self.rows.iter().map(|t| f64::from(t.events)).collect());
        set("closed_txn", &|| self.rows.iter().map(closed).collect());
        set("field_match_sum", &|| self.rows.iter().map(|t| f64::from(t.matches)).collect());
    }
}

/// The values of all transactions, as codes between the offsets. `single`: no transaction has several.
fn distinct_column(dictionary: &Arc<Dictionary>, offsets: Vec<u32>, codes: Vec<u32>, single: bool) -> Column {
    if single {
        let code = |w: &[u32]| if w[0] == w[1] { 0 } else { codes[w[0] as usize] };
        return Column::Dict(dictionary.clone(), offsets.windows(2).map(code).collect());
    }
    let child = Column::Dict(dictionary.clone(), codes.into());
    Column::Multi(Arc::new(MultiColumn::new(&offsets, child)))
}
