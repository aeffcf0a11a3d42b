//! Tables that come one after the other, kept as one: [`Collector`] codes their texts through one dictionary a field, and puts the rows in
//! order at the end. Of the tables themselves, and of what their dictionaries hold besides, nothing is kept.

use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashMap;
use indexmap::{IndexMap, IndexSet};
use rayon::prelude::*;

use super::{Batch, Column, Dictionary, DictionaryBuilder, FieldName, MultiColumn, Ordinals, Table};
use crate::value::Value;

/// Takes tables and makes one of them.
#[derive(Default)]
pub struct Collector {
    texts: IndexMap<FieldName, DictionaryBuilder, foldhash::fast::FixedState>,
    parts: Vec<Part>,
    declared: Option<Vec<FieldName>>,
    tables: u32,
    rows: usize,
    /// Bytes of the parts.
    bytes: usize,
}

/// The rows of one batch.
struct Part {
    /// The table that they came with.
    table: u32,
    /// What each row is sorted by, and its place in its table for those with the same.
    places: Vec<(u64, u32)>,
    columns: Vec<(FieldName, Held)>,
}

enum Held {
    Codes(Vec<u32>),
    Lists(Vec<Range<u32>>, Box<Held>),
    Column(Column),
}

impl Collector {
    /// Adds a table. `key` says for the ordinal of a row where it belongs among the rows of all tables: rows with a smaller one come first,
    /// of those with the same one those of the table added first. Within a table, rows keep their order.
    pub fn push(&mut self, table: Table, key: impl Fn(u64) -> u64) {
        self.declared = joined_fields(self.declared.as_deref(), table.declared_fields());
        for batch in table.batches().iter().filter(|batch| batch.rows() > 0) {
            let place = |row: usize| (key(batch.ordinal(row)), batch.ordinal(row) as u32);
            let places: Vec<(u64, u32)> = (0..batch.rows()).map(place).collect();
            let hold = |(name, column): (&FieldName, &Column)| {
                let texts = self.texts.entry(name.clone()).or_default();
                (name.clone(), hold(column, texts))
            };
            let columns: Vec<(FieldName, Held)> = batch.columns().map(hold).collect();
            self.rows += places.len();
            self.bytes += places.len() * size_of::<(u64, u32)>();
            self.bytes += columns.iter().map(|(_, held)| held.bytes()).sum::<usize>();
            self.parts.push(Part { table: self.tables, places, columns });
        }
        self.tables += 1;
    }

    /// Number of rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes taken so far, and those that [`Collector::finish`] will need to sort; an estimate.
    pub fn bytes(&self) -> usize {
        let texts = self.texts.values().map(DictionaryBuilder::bytes).sum::<usize>();
        self.bytes + texts + self.rows * size_of::<Ranked>()
    }

    /// Whether a field has more text than a table can hold: values were lost.
    pub fn is_full(&self) -> bool {
        self.texts.values().any(DictionaryBuilder::is_full) || self.rows > u32::MAX as usize
    }

    /// All rows as one table.
    pub fn finish(self) -> Table {
        let ordinals = ordinals(&self.parts);
        let finished = self.texts.into_iter().map(|(name, texts)| (name, Arc::new(texts.finish())));
        let dictionaries: HashMap<FieldName, Arc<Dictionary>> = finished.collect();
        let batch = |(part, ordinals): (Part, Vec<u64>)| {
            let columns = part.columns.into_iter().filter_map(|(name, held)| {
                let column = held.column(dictionaries.get(&name)?);
                Some((name, column))
            });
            Batch::new(ordinals.len()).with_columns(columns).with_ordinals(Ordinals::list(ordinals))
        };
        let batches = self.parts.into_iter().zip(ordinals).map(batch).collect();
        Table::new(batches).with_declared(self.declared)
    }
}

impl Held {
    fn bytes(&self) -> usize {
        match self {
            Held::Codes(codes) => codes.len() * 4,
            Held::Lists(stretches, child) => stretches.len() * 8 + child.bytes(),
            Held::Column(column) => column.bytes(),
        }
    }

    fn column(self, dictionary: &Arc<Dictionary>) -> Column {
        match self {
            Held::Codes(codes) => Column::Dict(dictionary.clone(), codes.into()),
            Held::Lists(stretches, child) => {
                Column::Multi(Arc::new(MultiColumn::of_stretches(stretches, child.column(dictionary))))
            }
            Held::Column(column) => column,
        }
    }
}

/// The column without what it shares with others.
fn hold(column: &Column, texts: &mut DictionaryBuilder) -> Held {
    match column {
        Column::Dict(dictionary, codes) => {
            let mut intern = |code: u32| dictionary.get(code).map_or(0, |text| texts.intern(text));
            // Few rows are not worth a table of all entries.
            if codes.len() < dictionary.len() / 8 {
                return Held::Codes(codes.iter().map(|&code| intern(code)).collect());
            }
            let mut map = vec![0; dictionary.len() + 1];
            let code = |&code: &u32| {
                let known = &mut map[code as usize];
                if *known == 0 {
                    *known = intern(code);
                }
                *known
            };
            Held::Codes(codes.iter().map(code).collect())
        }
        Column::Const(Value::Str(text), _) => {
            // So that the dictionary knows it, as operators hope.
            texts.intern(text);
            Held::Column(column.clone())
        }
        Column::Text(text) => Held::Column(Column::Text(Arc::new(text.copied()))),
        Column::Multi(multi) => Held::Lists(multi.stretches().to_vec(), Box::new(hold(multi.child(), texts))),
        other => Held::Column(other.clone()),
    }
}

/// A row with all that it is sorted by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ranked {
    key: u64,
    table: u32,
    place: u32,
    part: u32,
    row: u32,
}

/// For each part the places of its rows among all.
fn ordinals(parts: &[Part]) -> Vec<Vec<u64>> {
    let mut ranked: Vec<Ranked> = Vec::with_capacity(parts.iter().map(|part| part.places.len()).sum());
    for (part, number) in parts.iter().zip(0u32..) {
        let row =
            |(row, &(key, place)): (u32, &(u64, u32))| Ranked { key, table: part.table, place, part: number, row };
        ranked.extend((0u32..).zip(&part.places).map(row));
    }
    ranked.par_sort_unstable();
    let mut ordinals: Vec<Vec<u64>> = parts.iter().map(|part| vec![0; part.places.len()]).collect();
    for (ranked, ordinal) in ranked.iter().zip(0u64..) {
        ordinals[ranked.part as usize][ranked.row as usize] = ordinal;
    }
    ordinals
}

/// The fields that two tables declare, in an order that is that of either: a new one stands behind the one that it stood behind.
pub(crate) fn joined_fields(before: Option<&[FieldName]>, more: Option<&[FieldName]>) -> Option<Vec<FieldName>> {
    let (Some(before), Some(more)) = (before, more) else { return before.or(more).map(<[_]>::to_vec) };
    if before == more {
        return Some(before.to_vec());
    }
    let mut fields: IndexSet<FieldName> = before.iter().cloned().collect();
    let mut at = 0;
    for field in more {
        at = match fields.get_index_of(field) {
            Some(known) => known + 1,
            None => {
                fields.shift_insert(at.min(fields.len()), field.clone());
                at + 1
            }
        };
    }
    Some(fields.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::field_name;

    #[test]
    fn rows_of_several_tables_are_sorted_by_their_keys() {
        let table = |rows: &[(&str, f64)]| {
            let rows = rows.iter().map(|&(text, n)| vec![Value::str(text), Value::Num(n)]).collect();
            Table::from_rows(&["a", "b"].map(field_name), rows)
        };
        let mut collector = Collector::default();
        let keys = [[30u64, 40], [20, 30]];
        collector.push(table(&[("x", 1.0), ("y", 2.0)]), |ordinal| keys[0][ordinal as usize]);
        collector.push(table(&[("y", 3.0), ("z", 4.0)]), |ordinal| keys[1][ordinal as usize]);
        let bytes = collector.bytes();
        assert!(bytes > 0 && collector.rows() == 4);
        let whole = collector.finish().into_single();
        let rows: Vec<String> =
            (0..4).map(|row| format!("{}{}", whole.get("a", row).text(), whole.get("b", row).text())).collect();
        assert_eq!(rows, ["y3", "x1", "z4", "y2"]);
    }

    #[test]
    fn fields_keep_their_order() {
        let names = |text: &str| text.split(' ').map(field_name).collect::<Vec<_>>();
        let joined = |a: &str, b: &str| joined_fields(Some(&names(a)), Some(&names(b)));
        assert_eq!(joined("_time a c", "_time a b c d"), Some(names("_time a b c d")));
        assert_eq!(joined("a b", "a b"), Some(names("a b")));
        assert_eq!(joined("b", "a b"), Some(names("a b")));
        assert_eq!(joined_fields(None, Some(&names("a"))), Some(names("a")));
    }
}
