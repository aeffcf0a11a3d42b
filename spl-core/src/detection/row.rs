//! One result of a search.

use crate::table::{Batch, FieldName, Table};
use crate::value::ValueRef;

/// One result: the values of its fields.
#[derive(Clone, Copy, Debug)]
pub struct Row<'t> {
    batch: &'t Batch,
    row: usize,
    /// The fields that the results show, unless they show all.
    shown: Option<&'t [FieldName]>,
    /// Its number among the results, from 0.
    pub number: usize,
}

impl<'t> Row<'t> {
    /// The field's value, null where the result has none.
    pub fn get(self, field: &str) -> ValueRef<'t> {
        if self.shown.is_some_and(|shown| !shown.iter().any(|own| **own == *field)) {
            return ValueRef::Null;
        }
        self.batch.get(field, self.row)
    }

    /// The field's values as texts, without empty ones.
    pub(super) fn texts(self, field: &str) -> Vec<String> {
        let mut texts = Vec::new();
        self.get(field).for_each(|value| texts.push(value.text().into_owned()));
        texts.retain(|text| !text.is_empty());
        texts
    }

    /// As [`Row::fields`], in the order in which results show them.
    #[cfg(feature = "serde")]
    pub(crate) fn in_order(self) -> Vec<(&'t FieldName, ValueRef<'t>)> {
        let Some(shown) = self.shown else { return self.fields().collect() };
        let named = shown.iter().map(|field| (field, self.batch.get(field, self.row)));
        named.filter(|(_, value)| !value.is_null()).collect()
    }

    /// The fields that have a value.
    pub fn fields(self) -> impl Iterator<Item = (&'t FieldName, ValueRef<'t>)> {
        let shown = self.shown;
        self.batch.row(self.row).filter(move |(field, _)| shown.is_none_or(|shown| shown.contains(field)))
    }
}

/// The results of a search, one after the other.
pub fn rows(table: &Table) -> impl Iterator<Item = Row<'_>> {
    let shown = table.declared_fields();
    let all = table.batches().iter().flat_map(|batch| (0..batch.rows()).map(move |row| (batch, row)));
    all.enumerate().map(move |(number, (batch, row))| Row { batch, row, shown, number })
}
