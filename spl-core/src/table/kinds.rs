//! What a field holds all over a table, for those who want columns of one type: Parquet, Arrow.

use super::{Column, FieldName, Table};
use crate::value::ValueRef;

/// The narrowest type that holds all values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// Several texts in some row.
    Texts,
    /// Whole numbers that a double holds exactly.
    Whole,
    /// Numbers.
    Number,
}

impl FieldKind {
    /// What holds the values of both.
    #[must_use]
    pub fn with(self, other: FieldKind) -> FieldKind {
        match (self, other) {
            (a, b) if a == b => a,
            (FieldKind::Texts, _) | (_, FieldKind::Texts) => FieldKind::Texts,
            (FieldKind::Text, _) | (_, FieldKind::Text) => FieldKind::Text,
            _ => FieldKind::Number,
        }
    }

    /// That of one value; null has none.
    fn of(value: ValueRef<'_>) -> Option<FieldKind> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match value {
            ValueRef::Null => None,
            ValueRef::Multi(_) => Some(FieldKind::Texts),
            ValueRef::Num(n) | ValueRef::Fixed(n, _) if n.fract() == 0.0 && n.abs() < EXACT => Some(FieldKind::Whole),
            ValueRef::Num(_) | ValueRef::Fixed(..) => Some(FieldKind::Number),
            _ => Some(FieldKind::Text),
        }
    }
}

impl Column {
    fn kind(&self) -> Option<FieldKind> {
        match self {
            Column::Const(value, _) => FieldKind::of(value.as_ref()),
            Column::Dict(_, codes) => codes.iter().any(|&code| code != 0).then_some(FieldKind::Text),
            Column::Text(text) => (0..text.len()).any(|row| text.has(row)).then_some(FieldKind::Text),
            _ => (0..self.len()).filter_map(|row| FieldKind::of(self.get(row))).reduce(FieldKind::with),
        }
    }
}

impl Table {
    /// The fields that some row has, in result order, and what they hold.
    pub fn field_kinds(&self) -> Vec<(FieldName, FieldKind)> {
        let kind = |field: &FieldName| {
            let columns = self.batches().iter().filter_map(|batch| batch.column(field));
            columns.filter_map(Column::kind).reduce(FieldKind::with)
        };
        self.fields().into_iter().filter_map(|field| kind(&field).map(|kind| (field, kind))).collect()
    }
}
