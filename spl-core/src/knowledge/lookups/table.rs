//! The rows of a lookup: [`LookupTable`].

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::index::{Index, KeySpec};
use crate::error::Notes;
use crate::expr::SearchPredicate;
use crate::table::{Batch, Bitmap, Column, ColumnBuilder, FieldName, Table, field_name};
use crate::value::Value;

/// Rows of text under column names; an empty cell is no value. Indexes are made when first needed and kept.
#[derive(Default)]
pub struct LookupTable {
    fields: Vec<FieldName>,
    batch: Option<Batch>,
    indexes: RwLock<HashMap<KeySpec, Arc<Index>>>,
}

impl std::fmt::Debug for LookupTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LookupTable").field("fields", &self.fields).field("rows", &self.rows()).finish_non_exhaustive()
    }
}

impl LookupTable {
    /// Columns without rows.
    pub fn empty(fields: &[String]) -> Self {
        LookupTable::new(fields.iter().map(field_name).collect(), fields.iter().map(|_| Column::null(0)).collect())
    }

    /// From columns of one length.
    pub(super) fn new(fields: Vec<FieldName>, columns: Vec<Column>) -> Self {
        let rows = columns.first().map_or(0, Column::len);
        let batch = Batch::new(rows).with_columns(fields.iter().cloned().zip(columns));
        LookupTable { fields, batch: Some(batch), indexes: RwLock::default() }
    }

    /// The rows of a table; all values become text.
    pub fn from_table(table: &Table) -> Self {
        let fields: Vec<FieldName> = table.fields().into_iter().filter(|f| !f.starts_with("__")).collect();
        let batch = table.clone().into_single();
        let text = |value: Value| match value {
            Value::Null => Value::Null,
            Value::Multi(parts) => Value::multi(parts.iter().map(|part| Value::str(part.text()))),
            single => match single.text() {
                text if text.is_empty() => Value::Null,
                text => Value::str(text),
            },
        };
        let columns = fields.iter().map(|field| {
            let column = batch.column_or_null(field);
            let mut builder = ColumnBuilder::default();
            (0..column.len()).for_each(|row| builder.push(text(column.value(row))));
            builder.finish()
        });
        let columns = columns.collect();
        LookupTable::new(fields, columns)
    }

    /// The columns' names.
    pub fn fields(&self) -> &[FieldName] {
        &self.fields
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.batch.as_ref().map_or(0, Batch::rows)
    }

    /// A column.
    pub fn column(&self, field: &str) -> Option<&Column> {
        self.batch.as_ref()?.column(field)
    }

    /// The rows as a table.
    pub fn to_table(&self) -> Table {
        Table::in_order(self.batch.iter().cloned().collect()).with_fields(self.fields.clone())
    }

    /// The rows that fulfil a condition.
    pub(super) fn filtered(&self, filter: &SearchPredicate) -> LookupTable {
        let kept = self.batch.as_ref().map(|batch| {
            let rows = filter.select(std::slice::from_ref(batch), &Notes::default());
            rows.first().map_or_else(|| batch.clone(), |rows| batch.filter(rows))
        });
        LookupTable { fields: self.fields.clone(), batch: kept, indexes: RwLock::default() }
    }

    /// These rows, and those of another table behind them, under these columns.
    pub(super) fn appended(&self, more: &LookupTable) -> LookupTable {
        if self.fields.is_empty() {
            return LookupTable::new(more.fields.clone(), more.columns());
        }
        let columns = self.fields.iter().map(|field| {
            let (own, other) = (self.column(field), more.column(field));
            let own_rows = (0..self.rows() as u32).map(|row| (0, row));
            let picks: Vec<(u32, u32)> = own_rows.chain((0..more.rows() as u32).map(|row| (1, row))).collect();
            Column::pick(&[own, other], &picks)
        });
        LookupTable::new(self.fields.clone(), columns.collect())
    }

    /// These rows without those whose `key` another table has, and that table's rows behind them.
    pub(super) fn updated(&self, new: &LookupTable, key: &str) -> LookupTable {
        let Some(batch) = &self.batch else { return new.appended(&LookupTable::default()) };
        let known: std::collections::HashSet<String> = match new.column(key) {
            Some(column) => (0..column.len()).map(|row| column.get(row).text().into_owned()).collect(),
            None => Default::default(),
        };
        let keys = batch.column_or_null(key);
        let kept = batch.filter(&Bitmap::from_fn(batch.rows(), |row| !known.contains(&*keys.get(row).text())));
        let kept = LookupTable { fields: self.fields.clone(), batch: Some(kept), indexes: RwLock::default() };
        kept.appended(new)
    }

    fn columns(&self) -> Vec<Column> {
        self.fields.iter().map(|f| self.column(f).cloned().unwrap_or_else(|| Column::null(self.rows()))).collect()
    }

    /// The index over some columns.
    pub(super) fn index(&self, spec: &KeySpec) -> Arc<Index> {
        let read = self.indexes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = read.get(spec) {
            return index.clone();
        }
        drop(read);
        let index = Arc::new(Index::new(self, spec));
        let mut write = self.indexes.write().unwrap_or_else(PoisonError::into_inner);
        write.entry(spec.clone()).or_insert(index).clone()
    }
}
