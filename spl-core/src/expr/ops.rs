//! The operators of `eval` as loops over columns: numbers in vectors where both sides are numbers, else value by value.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use crate::syntax::ast::BinaryOp;
use crate::table::{Bitmap, Column, NumColumn};
use crate::value::{Value, ValueRef, compare_eval};

/// A column read as numbers.
pub(crate) struct Numbers<'a> {
    values: Cow<'a, [f64]>,
    valid: Option<Bitmap>,
}

impl<'a> Numbers<'a> {
    /// The column's numbers when it holds nothing else (nulls aside): number columns and constants.
    pub(crate) fn of(column: &'a Column) -> Option<Numbers<'a>> {
        match column {
            Column::Num(numbers) => {
                Some(Numbers { values: Cow::Borrowed(&numbers.values), valid: numbers.valid.clone() })
            }
            Column::Const(Value::Num(n) | Value::Fixed(n, _), rows) => {
                Some(Numbers { values: Cow::Owned(vec![*n; *rows]), valid: None })
            }
            _ => None,
        }
    }

    /// The column read as numbers, what is none being null.
    pub(crate) fn read(column: &'a Column) -> Numbers<'a> {
        if let Some(numbers) = Numbers::of(column) {
            return numbers;
        }
        if let Column::Dict(dictionary, codes) = column {
            let table = dictionary.numbers();
            let values: Vec<f64> = codes.iter().map(|&code| table[code as usize]).collect();
            // A text that reads as NaN ("nan") counts as no number here; arithmetic on it would be NaN anyway.
            let valid = Bitmap::from_fn(values.len(), |i| !values[i].is_nan());
            return Numbers { values: Cow::Owned(values), valid: Some(valid) };
        }
        let mut valid = Bitmap::filled(column.len(), true);
        let values = (0..column.len())
            .map(|row| {
                column.get(row).number().unwrap_or_else(|| {
                    valid.set(row, false);
                    0.0
                })
            })
            .collect();
        Numbers { values: Cow::Owned(values), valid: Some(valid) }
    }
}

fn both_valid(a: Option<Bitmap>, b: Option<Bitmap>) -> Option<Bitmap> {
    match (a, b) {
        (Some(mut a), Some(b)) => {
            a.and(&b);
            Some(a)
        }
        (a, b) => a.or(b),
    }
}

fn numbers(values: Vec<f64>, valid: Option<Bitmap>) -> Column {
    Column::Num(Arc::new(NumColumn::new(values, valid.filter(|v| !v.all()), None)))
}

/// `+ - * / %`. `+` joins texts; the others give null unless both sides are numbers.
pub(super) fn arithmetic(op: BinaryOp, a: &Column, a_quoted: bool, b: &Column, b_quoted: bool) -> Column {
    if op == BinaryOp::Add && (Numbers::of(a).is_none() || Numbers::of(b).is_none()) {
        return add_values(a, a_quoted, b, b_quoted);
    }
    let (a, b) = (Numbers::read(a), Numbers::read(b));
    let mut valid = both_valid(a.valid, b.valid);
    let pairs = a.values.iter().zip(b.values.iter());
    let values: Vec<f64> = match op {
        BinaryOp::Add => pairs.map(|(x, y)| x + y).collect(),
        BinaryOp::Subtract => pairs.map(|(x, y)| x - y).collect(),
        BinaryOp::Multiply => pairs.map(|(x, y)| x * y).collect(),
        _ => {
            if b.values.contains(&0.0) {
                let nonzero = Bitmap::from_fn(b.values.len(), |i| b.values[i] != 0.0);
                valid = both_valid(valid, Some(nonzero));
            }
            if op == BinaryOp::Divide {
                pairs.map(|(x, y)| x / y).collect()
            } else {
                pairs.map(|(x, y)| x % y).collect()
            }
        }
    };
    numbers(values, valid)
}

/// `+` row by row: numbers add, texts join; a number and a text that is none give null.
fn add_values(a: &Column, a_quoted: bool, b: &Column, b_quoted: bool) -> Column {
    let add = |row: usize| {
        let (x, y) = (a.get(row), b.get(row));
        if x.is_null() || y.is_null() {
            return Value::Null;
        }
        let number = |v: ValueRef<'_>, quoted: bool| if quoted { None } else { v.number() };
        match (number(x, a_quoted), number(y, b_quoted)) {
            (Some(p), Some(q)) => Value::Num(p + q),
            (None, None) => Value::str(format!("{}{}", x.text(), y.text())),
            // A field's numeric text beside a quoted text joins it; a true number does not.
            _ if matches!((x, y), (ValueRef::Str(_), ValueRef::Str(_))) => {
                Value::str(format!("{}{}", x.text(), y.text()))
            }
            _ => Value::Null,
        }
    };
    Column::from_values((0..a.len()).map(add).collect())
}

/// `-x`.
pub(super) fn negate(a: &Column) -> Column {
    let a = Numbers::read(a);
    numbers(a.values.iter().map(|x| -x).collect(), a.valid)
}

/// `.`: texts joined; null if either is, or has several values.
pub(super) fn concat(a: &Column, b: &Column) -> Column {
    let join = |row: usize| match (a.get(row), b.get(row)) {
        (ValueRef::Null | ValueRef::Multi(_), _) | (_, ValueRef::Null | ValueRef::Multi(_)) => Value::Null,
        (x, y) => {
            let (x, y) = (x.text(), y.text());
            let mut joined = String::with_capacity(x.len() + y.len());
            joined.push_str(&x);
            joined.push_str(&y);
            Value::from(joined)
        }
    };
    Column::from_values((0..a.len()).map(join).collect())
}

fn holds(op: BinaryOp, order: Ordering) -> bool {
    match op {
        BinaryOp::Equal => order.is_eq(),
        BinaryOp::NotEqual => order.is_ne(),
        BinaryOp::Less => order.is_lt(),
        BinaryOp::LessEqual => order.is_le(),
        BinaryOp::Greater => order.is_gt(),
        _ => order.is_ge(),
    }
}

/// Comparisons: truth where both sides have a value. With a multivalue, true when any of its values holds.
pub(super) fn compare(op: BinaryOp, a: &Column, a_strict: bool, b: &Column, b_strict: bool) -> Column {
    if let Some(truth) = compare_numbers(op, a, b) {
        return truth;
    }
    let rows = a.len();
    let (mut truth, mut known) = (Bitmap::filled(rows, false), Bitmap::filled(rows, false));
    for row in 0..rows {
        let (x, y) = (a.get(row), b.get(row));
        if x.is_null() || y.is_null() {
            continue;
        }
        known.set(row, true);
        truth.set(row, any_pair(x, y, |x, y| compare_eval(x, a_strict, y, b_strict).is_some_and(|o| holds(op, o))));
    }
    Column::Bool(Arc::new((truth, known)))
}

/// As [`compare`], when both are numbers.
fn compare_numbers(op: BinaryOp, a: &Column, b: &Column) -> Option<Column> {
    // Mostly one side is the same number in all rows.
    let (truth, known) = match (a, b) {
        (Column::Num(x), Column::Const(Value::Num(y) | Value::Fixed(y, _), _)) => {
            (compare_each(op, &x.values, *y), x.valid.clone())
        }
        _ => {
            let (x, y) = (Numbers::of(a)?, Numbers::of(b)?);
            let (p, q) = (&x.values[..], &y.values[..]);
            let truth = match op {
                BinaryOp::Equal => Bitmap::from_pairs(p, q, |x, y| x == y),
                BinaryOp::NotEqual => Bitmap::from_pairs(p, q, |x, y| x != y),
                BinaryOp::Less => Bitmap::from_pairs(p, q, |x, y| x < y),
                BinaryOp::LessEqual => Bitmap::from_pairs(p, q, |x, y| x <= y),
                BinaryOp::Greater => Bitmap::from_pairs(p, q, |x, y| x > y),
                _ => Bitmap::from_pairs(p, q, |x, y| x >= y),
            };
            (truth, both_valid(x.valid, y.valid))
        }
    };
    let known = known.unwrap_or_else(|| Bitmap::filled(a.len(), true));
    Some(Column::Bool(Arc::new((truth, known))))
}

fn compare_each(op: BinaryOp, values: &[f64], y: f64) -> Bitmap {
    match op {
        BinaryOp::Equal => Bitmap::from_values(values, |x| x == y),
        BinaryOp::NotEqual => Bitmap::from_values(values, |x| x != y),
        BinaryOp::Less => Bitmap::from_values(values, |x| x < y),
        BinaryOp::LessEqual => Bitmap::from_values(values, |x| x <= y),
        BinaryOp::Greater => Bitmap::from_values(values, |x| x > y),
        _ => Bitmap::from_values(values, |x| x >= y),
    }
}

fn any_pair<'a>(x: ValueRef<'a>, y: ValueRef<'a>, test: impl Fn(ValueRef<'a>, ValueRef<'a>) -> bool) -> bool {
    match (x, y) {
        (ValueRef::Multi(xs), ValueRef::Multi(ys)) => xs.iter().any(|x| ys.iter().any(|y| test(x, y))),
        (ValueRef::Multi(xs), y) => xs.iter().any(|x| test(x, y)),
        (x, ValueRef::Multi(ys)) => ys.iter().any(|y| test(x, y)),
        (x, y) => test(x, y),
    }
}

/// `x IN (...)`: equal to any of the list.
pub(super) fn is_in(needle: &Column, list: &[&Column], strict: &[bool]) -> Column {
    let rows = needle.len();
    let known = needle.present();
    let test = |row: usize| {
        list.iter().zip(strict).any(|(item, &strict)| {
            any_pair(needle.get(row), item.get(row), |x, y| compare_eval(x, false, y, strict) == Some(Ordering::Equal))
        })
    };
    Column::Bool(Arc::new((Bitmap::from_fn(rows, test), known)))
}
