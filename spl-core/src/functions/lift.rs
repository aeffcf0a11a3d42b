//! From element functions to loops over columns: the only place with these loops and their rules for null and multivalues.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Context, Ready, TextEdit, TextTest};
use crate::error::Result;
use crate::table::{Bitmap, Column, ColumnBuilder, Dictionary, NumColumn};
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
    Column::Num(Arc::new(NumColumn::new(values, valid, None)))
}

/// A number from each text, which a dictionary knows of its own.
pub(crate) fn measure(f: fn(&str) -> f64, known: fn(&Dictionary) -> &[f64], a: &Column) -> Column {
    let Column::Dict(dictionary, codes) = a else { return text1(|text| Value::Num(f(text)), a) };
    let known = known(dictionary);
    let values = codes.iter().map(|&code| known[code as usize]).collect();
    let valid = codes.contains(&0).then(|| Bitmap::from_values(codes, |code| code != 0));
    Column::Num(Arc::new(NumColumn::new(values, valid, None)))
}

/// A value from each text; a multivalue is mapped value by value.
pub(crate) fn text1(f: impl Fn(&str) -> Value, a: &Column) -> Column {
    let mut column = ColumnBuilder::default();
    if let Column::Dict(dictionary, codes) = a {
        codes.iter().for_each(|&code| column.push(dictionary.get(code).map_or(Value::Null, &f)));
        return column.finish_plain();
    }
    for row in 0..a.len() {
        column.push(match a.get(row) {
            ValueRef::Null => Value::Null,
            ValueRef::Str(text) => f(text),
            ValueRef::Multi(values) => Value::multi(values.iter().map(|v| f(&v.text()))),
            other => f(&other.text()),
        });
    }
    column.finish_plain()
}

/// Rows between two looks at whether the run goes on.
const CHECK: usize = 256;

/// A value from the values of all arguments; true and false become truth.
pub(crate) fn rows(args: &[&Column], rows: usize, cx: &Context, f: impl Fn(&[Value]) -> Value) -> Column {
    let mut row_args: Vec<Value> = vec![Value::Null; args.len()];
    let mut values = ColumnBuilder::default();
    for row in 0..rows {
        if row % CHECK == 0 && cx.notes.is_ending() {
            return Column::null(rows);
        }
        for (slot, column) in row_args.iter_mut().zip(args) {
            // A constant is set once.
            if row == 0 || !matches!(column, Column::Const(..)) {
                *slot = column.value(row);
            }
        }
        values.push(f(&row_args));
    }
    truth_column(values.finish_plain())
}

/// As [`rows`], for functions that may hit a limit: the first error ends the search.
pub(crate) fn ready(f: &Ready, args: &[&Column], rows: usize, cx: &Context) -> Column {
    match (f, args) {
        (Ready::Row(f), _) => self::rows(args, rows, cx, |values| or_fail(f(values, cx), cx).unwrap_or_default()),
        (Ready::Edit(f), [first, ..]) => edited(f, first, cx),
        (Ready::Test(f), [first, ..]) => tested(f, first, cx),
        (_, []) => Column::null(rows),
    }
}

/// The result, or the search's end.
fn or_fail<T>(result: Result<T>, cx: &Context) -> Option<T> {
    result.map_err(|diagnostic| cx.notes.fail(diagnostic)).ok()
}

/// Every text edited.
fn edited(f: &TextEdit, a: &Column, cx: &Context) -> Column {
    let mut column = ColumnBuilder::default();
    let one = |value: ValueRef<'_>| match or_fail(f(&value.text()), cx) {
        Some(Cow::Borrowed(_)) => value.to_value(),
        Some(Cow::Owned(text)) => Value::from(text),
        None => Value::Null,
    };
    for row in 0..a.len() {
        if row % CHECK == 0 && cx.notes.is_ending() {
            return Column::null(a.len());
        }
        match a.get(row) {
            ValueRef::Null => column.push_ref(ValueRef::Null),
            ValueRef::Str(text) => match or_fail(f(text), cx) {
                Some(edited) => column.push_text(&edited),
                None => column.push_ref(ValueRef::Null),
            },
            ValueRef::Multi(values) => column.push(Value::multi(values.iter().map(one))),
            other => column.push(one(other)),
        }
    }
    column.finish_plain()
}

/// The truth of every text.
fn tested(f: &TextTest, a: &Column, cx: &Context) -> Column {
    let mut known = Bitmap::filled(a.len(), true);
    let mut ending = false;
    let truth = Bitmap::from_fn(a.len(), |row| match a.get(row) {
        _ if ending || row % CHECK == 0 && cx.notes.is_ending() => {
            ending = true;
            false
        }
        ValueRef::Null => {
            known.set(row, false);
            false
        }
        ValueRef::Str(text) => or_fail(f(text), cx).unwrap_or_default(),
        ValueRef::Multi(values) => values.iter().any(|value| or_fail(f(&value.text()), cx).unwrap_or_default()),
        other => or_fail(f(&other.text()), cx).unwrap_or_default(),
    });
    Column::Bool(Arc::new((truth, known)))
}

/// Truth values as bits when there is nothing else.
fn truth_column(column: Column) -> Column {
    if let Column::Const(Value::Bool(truth), rows) = column {
        return Column::from_truth(Bitmap::filled(rows, truth));
    }
    let Column::Mixed(values) = &column else { return column };
    if values.iter().any(|v| matches!(v, Value::Bool(_)))
        && values.iter().all(|v| matches!(v, Value::Bool(_) | Value::Null))
    {
        let truth = Bitmap::from_fn(values.len(), |i| values[i] == Value::Bool(true));
        let known = Bitmap::from_fn(values.len(), |i| !values[i].is_null());
        return Column::Bool(Arc::new((truth, known)));
    }
    column
}
