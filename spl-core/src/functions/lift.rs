//! From element functions to loops over columns: the only place with these loops and their rules for null and multivalues.

use std::sync::Arc;

use super::{Context, RowFunction};
use crate::error::Result;
use crate::table::{Bitmap, Column, NumColumn};
use crate::value::{Value, ValueRef};

/// A number from a number; what is no number gives null.
pub(crate) fn num1(f: fn(f64) -> Option<f64>, a: &Column) -> Column {
    optional_numbers((0..a.len()).map(|row| a.get(row).number().and_then(f)))
}

/// A number from two.
pub(crate) fn num2(f: fn(f64, f64) -> Option<f64>, a: &Column, b: &Column) -> Column {
    optional_numbers((0..a.len()).map(|row| f(a.get(row).number()?, b.get(row).number()?)))
}

fn optional_numbers(values: impl ExactSizeIterator<Item = Option<f64>>) -> Column {
    let mut valid = Bitmap::filled(values.len(), true);
    let values = values
        .enumerate()
        .map(|(row, value)| {
            value.unwrap_or_else(|| {
                valid.set(row, false);
                0.0
            })
        })
        .collect();
    let valid = (!valid.all()).then_some(valid);
    Column::Num(Arc::new(NumColumn { values, valid, decimals: None }))
}

/// A value from each text; a multivalue is mapped value by value.
pub(crate) fn text1(f: fn(&str) -> Value, a: &Column) -> Column {
    let one = |value: ValueRef<'_>| match value {
        ValueRef::Null => Value::Null,
        ValueRef::Str(text) => f(text),
        ValueRef::Multi(values) => Value::multi(values.iter().map(|v| f(&v.text()))),
        other => f(&other.text()),
    };
    Column::from_values((0..a.len()).map(|row| one(a.get(row))).collect())
}

/// A value from the values of all arguments; true and false become truth.
pub(crate) fn rows(args: &[&Column], rows: usize, f: impl Fn(&[Value]) -> Value) -> Column {
    let mut row_args: Vec<Value> = vec![Value::Null; args.len()];
    let values: Vec<Value> = (0..rows)
        .map(|row| {
            for (slot, column) in row_args.iter_mut().zip(args) {
                // A constant is set once.
                if row == 0 || !matches!(column, Column::Const(..)) {
                    *slot = column.value(row);
                }
            }
            f(&row_args)
        })
        .collect();
    truth_column(values)
}

/// As [`rows`], for functions that may hit a limit: the first error ends the search.
pub(crate) fn prepared(f: &RowFunction, args: &[&Column], rows: usize, cx: &Context) -> Column {
    self::rows(args, rows, |values| {
        let result: Result<Value> = f(values, cx);
        result.unwrap_or_else(|diagnostic| {
            cx.notes.fail(diagnostic);
            Value::Null
        })
    })
}

/// Truth values as bits when there is nothing else.
fn truth_column(values: Vec<Value>) -> Column {
    if values.iter().any(|v| matches!(v, Value::Bool(_)))
        && values.iter().all(|v| matches!(v, Value::Bool(_) | Value::Null))
    {
        let truth = Bitmap::from_fn(values.len(), |i| values[i] == Value::Bool(true));
        let known = Bitmap::from_fn(values.len(), |i| !values[i].is_null());
        return Column::Bool(Arc::new((truth, known)));
    }
    Column::from_values(values)
}
