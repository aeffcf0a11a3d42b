//! Several fields as one, so that a chart can be over them: [`Keys`] makes the field, [`Restore`] takes it apart again.

use crate::commands::prelude::*;
use crate::exec::{group_rows, spread_multivalues};
use crate::value::compare_auto;

/// Stands for the fields of rows.
pub(super) const ROW: &str = "_pivot_row";
/// Stands for the fields of columns.
pub(super) const COLUMN: &str = "_pivot_column";
/// Between the values in a column's name, as between a cell and a series in charts.
const BETWEEN: &str = ": ";
/// Stands in a column's name for a value that is missing.
const NONE: &str = "NULL";

/// Gives each row a key of the values of some fields. Of rows, keys sort as the values do, field by field, and hold them, so that [`Restore`]
/// finds them; of columns, they are the names to be shown.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) fields: Arc<[FieldName]>,
    pub(super) columns: bool,
}

impl CommandNode for Keys {
    fn describe(&self) -> String {
        format!("pivot {} by {}", if self.columns { "columns" } else { "rows" }, self.fields.join(", "))
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        let mut set = wanted.clone();
        set.remove(if self.columns { COLUMN } else { ROW });
        self.fields.iter().for_each(|field| set.insert(field));
        set
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let spread = |batch| spread_multivalues(batch, &self.fields);
        if self.columns {
            let named = input.into_batches().into_iter().map(|batch| self.with_names(batch));
            return Ok(Table::in_order(named.collect()));
        }
        let mut batches: Vec<Batch> = input.into_batches().into_iter().map(spread).collect();
        let grouping = group_rows(&batches, &self.fields);
        let mut values: Vec<Vec<Value>> = vec![Vec::new(); grouping.count + 1];
        for (batch, groups) in batches.iter().zip(&grouping.groups) {
            for (row, &group) in groups.iter().enumerate().filter(|(_, group)| **group != 0) {
                let known = &mut values[group as usize];
                if known.is_empty() {
                    known.extend(self.fields.iter().map(|field| batch.get(field, row).to_value()));
                }
            }
        }
        let mut order: Vec<usize> = (1..=grouping.count).collect();
        order.sort_by(|&a, &b| {
            let pairs = values[a].iter().zip(&values[b]);
            let mut compared = pairs.map(|(a, b)| compare_auto(a.as_ref(), b.as_ref()));
            compared.find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        });
        let mut keys = vec![Value::Null; grouping.count + 1];
        order.iter().enumerate().for_each(|(place, &group)| keys[group] = Value::from(encode(place, &values[group])));
        for (batch, groups) in batches.iter_mut().zip(&grouping.groups) {
            batch.set(ROW, Column::from_values(groups.iter().map(|&group| keys[group as usize].clone()).collect()));
        }
        Ok(Table::in_order(batches))
    }
}

impl Keys {
    /// A batch with the names of columns. Rows that lack some of the fields have a column, too.
    fn with_names(&self, mut batch: Batch) -> Batch {
        let parts: Vec<FieldName> = (0..self.fields.len()).map(|n| field_name(format!("{COLUMN}_{n}"))).collect();
        for (part, field) in parts.iter().zip(self.fields.iter()) {
            let column = batch.column_or_null(field);
            batch.set(part, column.or(&Column::Const(Value::str(NONE), column.len())));
        }
        let mut batch = spread_multivalues(batch, &parts);
        let columns: Vec<Column> = parts.iter().map(|part| batch.column_or_null(part)).collect();
        parts.iter().for_each(|part| drop(batch.remove(part)));
        let name = |row: usize| {
            let texts: Vec<_> = columns.iter().map(|column| column.get(row).text().into_owned()).collect();
            // As in charts, what has none of the fields is together.
            if texts.iter().all(|text| text == NONE) { Value::Null } else { Value::from(texts.join(BETWEEN)) }
        };
        let names = (0..batch.rows()).map(name).collect();
        batch.set(COLUMN, Column::from_values(names));
        batch
    }
}

/// Puts the fields of rows in the place of their key.
#[derive(Debug)]
pub(super) struct Restore {
    pub(super) fields: Arc<[FieldName]>,
}

impl CommandNode for Restore {
    fn describe(&self) -> String {
        format!("pivot rows as {}", self.fields.join(", "))
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let mut fields = self.fields.to_vec();
        fields.extend(input.fields().into_iter().filter(|field| **field != *ROW && !self.fields.contains(field)));
        let restored = input.into_batches().into_iter().map(|mut batch| {
            let keys = batch.column_or_null(ROW);
            let rows: Vec<Vec<Value>> = (0..batch.rows()).map(|row| decode(&keys.get(row).text())).collect();
            batch.remove(ROW);
            for (n, field) in self.fields.iter().enumerate() {
                let values = rows.iter().map(|row| row.get(n).cloned().unwrap_or_default()).collect();
                batch.set(field, Column::from_values(values));
            }
            batch
        });
        Ok(Table::in_order(restored.collect()).with_fields(fields))
    }
}

/// A place among all keys, so that they sort, and the values, each with its kind and length in front.
fn encode(place: usize, values: &[Value]) -> String {
    let mut key = format!("k{place:010}");
    for value in values {
        let (kind, text) = (if matches!(value, Value::Num(_)) { 'n' } else { 's' }, value.text());
        key.push_str(&format!("{kind}{}:{text}", text.len()));
    }
    key
}

/// The values of a key.
fn decode(key: &str) -> Vec<Value> {
    let mut values = Vec::new();
    let mut rest = key.get(11..).unwrap_or_default();
    while let Some((head, tail)) = rest.split_once(':') {
        let (kind, length) = head.split_at(head.len().min(1));
        let Some(text) = length.parse().ok().and_then(|length: usize| tail.get(..length)) else { break };
        values.push(match text.parse() {
            Ok(number) if kind == "n" => Value::Num(number),
            _ => Value::str(text),
        });
        rest = &tail[text.len()..];
    }
    values
}
