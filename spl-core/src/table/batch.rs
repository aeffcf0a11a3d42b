//! Rows with the same shape: [`Batch`], its fields and the places of its rows in the table.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Bitmap, Column, Ordinals};
use crate::value::{Value, ValueRef};

/// A field's name, shared.
pub type FieldName = Arc<str>;

/// A field's name from text.
pub fn field_name(name: impl AsRef<str>) -> FieldName {
    Arc::from(name.as_ref())
}

/// Rows that share a schema.
#[derive(Clone, Debug)]
pub struct Batch {
    rows: usize,
    ordinals: Ordinals,
    /// Shared by clones: a batch is copied whenever an operator looks at it, its columns are changed seldom.
    columns: Arc<Columns>,
}

type Columns = IndexMap<FieldName, Column, foldhash::fast::FixedState>;

impl Batch {
    /// `rows` rows without fields, first in their table.
    pub fn new(rows: usize) -> Self {
        Batch { rows, ordinals: Ordinals::From(0), columns: Arc::default() }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The fields with their columns, in order.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = (&FieldName, &Column)> {
        self.columns.iter()
    }

    /// The field's column, if the batch has the field.
    pub fn column(&self, field: &str) -> Option<&Column> {
        self.columns.get(field)
    }

    /// The field's column, or nulls.
    pub fn column_or_null(&self, field: &str) -> Column {
        self.column(field).cloned().unwrap_or_else(|| Column::null(self.rows))
    }

    /// The value of a field in a row.
    pub fn get(&self, field: &str, row: usize) -> ValueRef<'_> {
        self.column(field).map_or(ValueRef::Null, |c| c.get(row))
    }

    /// Puts the column under the field's name: in its old place when the field exists, else last.
    pub fn set(&mut self, field: impl AsRef<str>, column: Column) {
        debug_assert_eq!(column.len(), self.rows);
        let field = field.as_ref();
        let columns = Arc::make_mut(&mut self.columns);
        match columns.get_mut(field) {
            Some(slot) => *slot = column,
            None => {
                columns.insert(field_name(field), column);
            }
        }
    }

    /// Takes the field away.
    pub fn remove(&mut self, field: &str) -> Option<Column> {
        if self.columns.contains_key(field) { Arc::make_mut(&mut self.columns).shift_remove(field) } else { None }
    }

    /// Keeps the fields that `keep` says, in order.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        match Arc::get_mut(&mut self.columns) {
            Some(columns) => columns.retain(|name, _| keep(name)),
            None => {
                let kept = self.columns.iter().filter(|(name, _)| keep(name));
                self.columns = Arc::new(kept.map(|(name, column)| (name.clone(), column.clone())).collect());
            }
        }
    }

    /// The same rows with these columns only, in this order; absent fields are nulls.
    #[must_use]
    pub fn project(&self, fields: &[FieldName]) -> Batch {
        let columns = Arc::new(fields.iter().map(|f| (f.clone(), self.column_or_null(f))).collect());
        Batch { rows: self.rows, ordinals: self.ordinals.clone(), columns }
    }

    /// The same rows and ordinals, other columns.
    #[must_use]
    pub fn with_columns(&self, columns: impl IntoIterator<Item = (FieldName, Column)>) -> Batch {
        Batch { rows: self.rows, ordinals: self.ordinals.clone(), columns: Arc::new(columns.into_iter().collect()) }
    }

    /// The places of the rows.
    pub fn ordinals(&self) -> &Ordinals {
        &self.ordinals
    }

    /// The place of one row.
    pub fn ordinal(&self, row: usize) -> u64 {
        self.ordinals.get(row)
    }

    /// Sets the places of the rows.
    #[must_use]
    pub fn with_ordinals(mut self, ordinals: Ordinals) -> Batch {
        self.ordinals = ordinals;
        self
    }

    /// These rows, in this order (ascending when `ordinals` are to stay true).
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Batch {
        let ordinals = if rows.len() == self.rows && rows.iter().enumerate().all(|(i, &r)| i == r as usize) {
            self.ordinals.clone()
        } else {
            self.ordinals.take(rows)
        };
        let columns: Columns = self.columns.iter().map(|(name, column)| (name.clone(), column.take(rows))).collect();
        Batch { rows: rows.len(), ordinals, columns: Arc::new(columns) }
    }

    /// The rows of a bitmap; shares all columns when every row is in.
    #[must_use]
    pub fn filter(&self, keep: &Bitmap) -> Batch {
        if keep.all() { self.clone() } else { self.take(&keep.rows()) }
    }

    /// One row as pairs of field and value, nulls left out.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (&FieldName, ValueRef<'_>)> {
        self.columns.iter().map(move |(name, column)| (name, column.get(row))).filter(|(_, value)| !value.is_null())
    }

    /// A batch from rows of values, columns tightened.
    pub fn from_rows(fields: &[FieldName], rows: Vec<Vec<Value>>) -> Batch {
        let count = rows.len();
        let mut columns: Vec<Vec<Value>> = fields.iter().map(|_| Vec::with_capacity(count)).collect();
        for row in rows {
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        let columns = Arc::new(fields.iter().cloned().zip(columns.into_iter().map(Column::from_values)).collect());
        Batch { rows: count, ordinals: Ordinals::From(0), columns }
    }
}
