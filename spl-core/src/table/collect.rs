//! Values that come a row at a time: [`ColumnBuilder`].

use std::sync::Arc;

use super::{Bitmap, Column, NumColumn, TextColumn};
use crate::value::{Value, ValueRef};

/// Builds one column from values a row at a time. Numbers stay numbers, and texts lie end to end: neither is kept on the heap one by one.
#[derive(Default)]
pub struct ColumnBuilder {
    rows: usize,
    kind: Kind,
}

/// What the values have been so far.
#[derive(Default)]
enum Kind {
    /// No value yet.
    #[default]
    Nulls,
    /// Numbers that print alike, and nulls.
    Numbers { values: Vec<f64>, nulls: Vec<u32>, decimals: Option<u8> },
    /// Texts and nulls; a null starts at `u32::MAX`.
    Texts { arena: String, spans: Vec<(u32, u32)> },
    /// Anything.
    Mixed(Vec<Value>),
}

/// The span of a row without value.
const NO_TEXT: (u32, u32) = (u32::MAX, u32::MAX);

impl ColumnBuilder {
    /// For about so many rows.
    pub fn with_capacity(rows: usize) -> ColumnBuilder {
        ColumnBuilder {
            rows: 0,
            kind: Kind::Numbers { values: Vec::with_capacity(rows), nulls: Vec::new(), decimals: None },
        }
    }

    /// Adds a row.
    pub fn push(&mut self, value: Value) {
        match (&mut self.kind, value) {
            (Kind::Numbers { values, decimals: None, .. }, Value::Num(n)) => values.push(n),
            (Kind::Mixed(values), value) => values.push(value),
            (_, Value::Str(text)) => return self.push_text(&text),
            (_, value) => return self.push_ref(value.as_ref()),
        }
        self.rows += 1;
    }

    /// Adds a row with a text.
    pub fn push_text(&mut self, text: &str) {
        self.push_ref(ValueRef::Str(text));
    }

    /// Adds a row.
    pub fn push_ref(&mut self, value: ValueRef<'_>) {
        if !self.accepts(value) {
            self.widen(value);
        }
        match (&mut self.kind, value) {
            (Kind::Nulls, _) => {}
            (Kind::Numbers { values, nulls, .. }, value) => match value {
                ValueRef::Num(n) | ValueRef::Fixed(n, _) => values.push(n),
                _ => {
                    nulls.push(values.len() as u32);
                    values.push(0.0);
                }
            },
            (Kind::Texts { arena, spans }, ValueRef::Str(text)) => {
                let start = arena.len() as u32;
                arena.push_str(text);
                spans.push((start, arena.len() as u32));
            }
            (Kind::Texts { spans, .. }, _) => spans.push(NO_TEXT),
            (Kind::Mixed(values), value) => values.push(value.to_value()),
        }
        self.rows += 1;
    }

    /// Whether the kind so far holds the value.
    fn accepts(&self, value: ValueRef<'_>) -> bool {
        match (&self.kind, value) {
            (Kind::Mixed(_), _) | (_, ValueRef::Null) => true,
            (Kind::Numbers { decimals, .. }, ValueRef::Num(_)) => decimals.is_none(),
            (Kind::Numbers { decimals, .. }, ValueRef::Fixed(_, places)) => *decimals == Some(places),
            (Kind::Texts { arena, .. }, ValueRef::Str(text)) => arena.len() + text.len() < u32::MAX as usize,
            _ => false,
        }
    }

    /// Takes the next kind, for a value that the present one does not hold.
    fn widen(&mut self, value: ValueRef<'_>) {
        let only_nulls = match &self.kind {
            Kind::Nulls => true,
            Kind::Numbers { values, nulls, .. } => values.len() == nulls.len(),
            _ => false,
        };
        self.kind = match value {
            ValueRef::Num(_) | ValueRef::Fixed(..) if only_nulls => Kind::Numbers {
                values: vec![0.0; self.rows],
                nulls: (0..self.rows as u32).collect(),
                decimals: match value {
                    ValueRef::Fixed(_, places) => Some(places),
                    _ => None,
                },
            },
            ValueRef::Str(_) if only_nulls => Kind::Texts { arena: String::new(), spans: vec![NO_TEXT; self.rows] },
            _ => {
                let so_far = std::mem::take(&mut self.kind);
                let column = column(so_far, self.rows);
                Kind::Mixed((0..self.rows).map(|row| column.value(row)).collect())
            }
        };
    }

    /// The column; texts are dictionary-coded.
    pub fn finish(self) -> Column {
        let column = self.finish_plain();
        let texts = match &column {
            Column::Text(_) => true,
            Column::Mixed(values) => values.iter().all(|v| matches!(v, Value::Null | Value::Str(_))),
            _ => false,
        };
        if texts && let Some((dictionary, codes)) = column.encode() {
            return Column::Dict(dictionary, codes);
        }
        column
    }

    /// The column; texts stay texts.
    pub(crate) fn finish_plain(self) -> Column {
        let column = column(self.kind, self.rows);
        match &column {
            Column::Const(..) => column,
            many if !many.is_empty() && same(many) => Column::Const(many.value(0), many.len()),
            _ => column,
        }
    }
}

fn column(kind: Kind, rows: usize) -> Column {
    match kind {
        Kind::Nulls => Column::null(rows),
        Kind::Numbers { values, nulls, .. } if values.len() == nulls.len() => Column::null(rows),
        Kind::Numbers { values, nulls, decimals } => {
            let mut valid = (!nulls.is_empty()).then(|| Bitmap::filled(values.len(), true));
            if let Some(valid) = &mut valid {
                nulls.iter().for_each(|&row| valid.set(row as usize, false));
            }
            Column::Num(Arc::new(NumColumn::new(values, valid, decimals)))
        }
        Kind::Texts { arena, spans } => Column::Text(Arc::new(TextColumn::from_spans(Arc::new(arena), spans))),
        Kind::Mixed(values) => Column::Mixed(values.into()),
    }
}

/// Whether all rows have the value of the first.
fn same(column: &Column) -> bool {
    let first = column.value(0);
    (1..column.len()).all(|row| match (column.get(row), &first) {
        (ValueRef::Null, first) => first.is_null(),
        (ValueRef::Num(n), Value::Num(first)) => n == *first,
        (ValueRef::Str(text), Value::Str(first)) => *text == **first,
        (_, first) => column.value(row) == *first,
    })
}
