//! The vectors that hold the values of one field in one batch.

use std::sync::{Arc, OnceLock};

use super::course::{Course, Marks};
use super::minutes::Minutes;
use super::{Bitmap, Dictionary, MultiColumn, TextColumn};
use crate::value::{Value, ValueRef};

/// The values of one field for the rows of one batch. Cheap to clone: contents are shared.
#[derive(Clone, Debug)]
pub enum Column {
    /// Every row has the same value (also null).
    Const(Value, usize),
    /// Codes into a dictionary that the field's batches share; code 0 is null.
    Dict(Arc<Dictionary>, Arc<[u32]>),
    /// Text that hardly repeats.
    Text(Arc<TextColumn>),
    /// Numbers.
    Num(Arc<NumColumn>),
    /// Truth values, inside expressions: the true rows and the rows that have a value.
    Bool(Arc<(Bitmap, Bitmap)>),
    /// Multivalues (and nulls and single values) whose parts lie in one child column.
    Multi(Arc<MultiColumn>),
    /// Anything, a value a row.
    Mixed(Arc<[Value]>),
}

/// Numbers with the rows that have one, and how they print.
#[derive(Debug, Clone)]
pub struct NumColumn {
    /// One a row; the number of a row without value means nothing.
    pub values: Vec<f64>,
    /// The rows that have a value; `None` when all have.
    pub valid: Option<Bitmap>,
    /// Digits behind the point when fixed, as for `round(x, 2)`.
    pub decimals: Option<u8>,
    /// Of numbers that do not change any more.
    looked_at: OnceLock<(Course, Marks)>,
    minutes: OnceLock<Option<Minutes>>,
}

/// The dictionaries of columns, each once, with the number of rows that have codes of it: to work out once for each entry what rows share.
pub(crate) fn dictionaries_of<'a>(
    columns: impl IntoIterator<Item = Option<&'a Column>>,
) -> Vec<(Arc<Dictionary>, usize)> {
    let mut dictionaries: Vec<(Arc<Dictionary>, usize)> = Vec::new();
    for column in columns {
        if let Some(Column::Dict(dictionary, codes)) = column {
            match dictionaries.iter_mut().find(|(known, _)| Arc::ptr_eq(known, dictionary)) {
                Some((_, rows)) => *rows += codes.len(),
                None => dictionaries.push((dictionary.clone(), codes.len())),
            }
        }
    }
    dictionaries
}

/// Numbers looked at as one.
const RUN: usize = 32;
/// Numbers looked at one by one first: stretches are short or long.
const NEAR: usize = 8;

/// As [`leading`], up to [`NEAR`].
fn near(numbers: &[f64], is: impl Fn(f64) -> bool) -> usize {
    numbers.iter().take(NEAR).take_while(|&&number| is(number)).count()
}

/// How many of the numbers, from the first on, are such.
fn leading(numbers: &[f64], is: impl Fn(f64) -> bool) -> usize {
    let near = near(numbers, &is);
    if near < NEAR {
        return near;
    }
    let all = |numbers: &&[f64]| numbers.iter().fold(true, |all, &number| all & is(number));
    let whole = numbers.chunks_exact(RUN).take_while(all).count() * RUN;
    whole + numbers[whole..].iter().take_while(|&&number| is(number)).count()
}

impl NumColumn {
    /// `valid` says which rows have a value, `decimals` how many digits they print behind the point.
    pub fn new(values: Vec<f64>, valid: Option<Bitmap>, decimals: Option<u8>) -> NumColumn {
        NumColumn { values, valid, decimals, looked_at: OnceLock::new(), minutes: OnceLock::new() }
    }

    /// How the numbers follow one another; looked at once.
    pub fn course(&self) -> Course {
        self.looked_at().0
    }

    fn looked_at(&self) -> &(Course, Marks) {
        self.looked_at.get_or_init(|| match &self.valid {
            Some(_) => (Course::Mixed, Marks::default()),
            None => {
                let course = Course::of(&self.values);
                (course, if course == Course::Mixed { Marks::default() } else { Marks::of(&self.values) })
            }
        })
    }

    /// For each limit, in the order of the rows, the first row that is past it: not less than it where numbers rise, less than it where they
    /// fall. Nothing where they do neither.
    pub(crate) fn rows_past(&self, limits: impl Iterator<Item = f64>) -> Option<Vec<usize>> {
        let (course, marks) = self.looked_at();
        match course {
            Course::Rising => Some(marks.rows_past(&self.values, limits, |n, limit| n < limit)),
            Course::Falling => Some(marks.rows_past(&self.values, limits, |n, limit| n >= limit)),
            Course::Mixed => None,
        }
    }

    /// The first row after `row`, which is not past the limit, that is; the same way as [`rows_past`](Self::rows_past).
    pub(crate) fn row_past(&self, row: usize, limit: f64) -> Option<usize> {
        let (course, marks) = self.looked_at();
        match course {
            Course::Rising => Some(marks.row_past(&self.values, row, |n| n < limit)),
            Course::Falling => Some(marks.row_past(&self.values, row, |n| n >= limit)),
            Course::Mixed => None,
        }
    }

    /// Up to which row the numbers from `row` on, the first in any case, lie within these two, the second not included. All rows have a number.
    pub(crate) fn rows_within(&self, row: usize, (from, to): (f64, f64)) -> usize {
        let is_in = |number: f64| (number >= from) & (number < to);
        let near = near(&self.values[row + 1..], is_in);
        if near < NEAR {
            return row + 1 + near;
        }
        let limit = if self.course() == Course::Falling { from } else { to };
        self.row_past(row, limit).unwrap_or_else(|| row + leading(&self.values[row..], is_in))
    }

    /// The minutes that the numbers, which are times and all there, lie in, if many follow one another in each; looked at once.
    pub(crate) fn minutes(&self) -> Option<&Minutes> {
        self.minutes.get_or_init(|| Minutes::of(self)).as_ref()
    }

    /// Up to which row the numbers from `row` on are the same.
    pub(crate) fn rows_alike(&self, row: usize) -> usize {
        let bits = self.values[row].to_bits();
        row + 1 + leading(&self.values[row + 1..], |number| number.to_bits() == bits)
    }

    /// Whether all rows have a number, and none is smaller, or `falling` none is larger, than the one before.
    pub fn goes(&self, falling: bool) -> bool {
        match self.course() {
            // Those that are all the same do both.
            Course::Rising => !falling || self.values.first() == self.values.last(),
            Course::Falling => falling,
            Course::Mixed => false,
        }
    }
}

impl Column {
    /// A column of nulls.
    pub fn null(rows: usize) -> Column {
        Column::Const(Value::Null, rows)
    }

    /// Numbers, all present.
    pub fn from_numbers(values: Vec<f64>) -> Column {
        Column::Num(Arc::new(NumColumn::new(values, None, None)))
    }

    /// Truth values, all known.
    pub fn from_truth(truth: Bitmap) -> Column {
        let known = Bitmap::filled(truth.len(), true);
        Column::Bool(Arc::new((truth, known)))
    }

    /// The tightest column for these values: constant, numbers, or mixed. Text stays mixed; [`Column::encode`] makes it a dictionary.
    pub fn from_values(values: Vec<Value>) -> Column {
        if let Some(first) = values.first()
            && values.iter().all(|v| v == first)
        {
            return Column::Const(first.clone(), values.len());
        }
        let decimals = values.iter().find_map(|v| match v {
            Value::Fixed(_, d) => Some(Some(*d)),
            Value::Num(_) => Some(None),
            _ => None,
        });
        let uniform = |v: &Value| match v {
            Value::Null => true,
            Value::Num(_) => decimals == Some(None),
            Value::Fixed(_, d) => decimals == Some(Some(*d)),
            _ => false,
        };
        if let Some(decimals) = decimals
            && values.iter().all(uniform)
        {
            let valid =
                values.iter().any(Value::is_null).then(|| Bitmap::from_fn(values.len(), |i| !values[i].is_null()));
            let values = values.iter().map(|v| v.number().unwrap_or(0.0)).collect();
            return Column::Num(Arc::new(NumColumn::new(values, valid, decimals)));
        }
        Column::Mixed(values.into())
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Column::Const(_, rows) => *rows,
            Column::Dict(_, codes) => codes.len(),
            Column::Text(text) => text.len(),
            Column::Num(numbers) => numbers.values.len(),
            Column::Bool(truth) => truth.0.len(),
            Column::Multi(multi) => multi.len(),
            Column::Mixed(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row's value.
    pub fn get(&self, row: usize) -> ValueRef<'_> {
        match self {
            Column::Const(value, _) => value.as_ref(),
            Column::Dict(dictionary, codes) => dictionary.get(codes[row]).map_or(ValueRef::Null, ValueRef::Str),
            Column::Text(text) => text.get(row).map_or(ValueRef::Null, ValueRef::Str),
            Column::Num(numbers) => match (&numbers.valid, numbers.decimals) {
                (Some(valid), _) if !valid.get(row) => ValueRef::Null,
                (_, None) => ValueRef::Num(numbers.values[row]),
                (_, Some(decimals)) => ValueRef::Fixed(numbers.values[row], decimals),
            },
            Column::Bool(truth) => {
                if truth.1.get(row) {
                    ValueRef::Bool(truth.0.get(row))
                } else {
                    ValueRef::Null
                }
            }
            Column::Multi(multi) => multi.get(row),
            Column::Mixed(values) => values[row].as_ref(),
        }
    }

    /// The row's value, owned.
    pub fn value(&self, row: usize) -> Value {
        match self {
            Column::Const(value, _) => value.clone(),
            Column::Mixed(values) => values[row].clone(),
            _ => self.get(row).to_value(),
        }
    }

    /// Whether the row has no value.
    pub fn is_null(&self, row: usize) -> bool {
        match self {
            Column::Dict(_, codes) => codes[row] == 0,
            Column::Text(text) => !text.has(row),
            _ => self.get(row).is_null(),
        }
    }

    /// The rows that have a value.
    pub fn present(&self) -> Bitmap {
        let rows = self.len();
        match self {
            Column::Const(value, _) => Bitmap::filled(rows, !value.is_null()),
            Column::Dict(_, codes) => Bitmap::from_values(codes, |code| code != 0),
            Column::Text(text) => Bitmap::from_fn(rows, |i| text.has(i)),
            Column::Num(numbers) => numbers.valid.clone().unwrap_or_else(|| Bitmap::filled(rows, true)),
            Column::Bool(truth) => truth.1.clone(),
            Column::Multi(multi) => Bitmap::from_fn(rows, |row| !multi.stretches()[row].is_empty()),
            Column::Mixed(values) => Bitmap::from_fn(rows, |i| !values[i].is_null()),
        }
    }

    /// Whether every row is null.
    pub fn all_null(&self) -> bool {
        match self {
            Column::Const(value, rows) => value.is_null() || *rows == 0,
            Column::Dict(_, codes) => codes.iter().all(|&code| code == 0),
            _ => self.present().none(),
        }
    }

    /// Whether both are the same values in the same memory.
    pub(super) fn is_shared_with(&self, other: &Column) -> bool {
        match (self, other) {
            (Column::Dict(_, own), Column::Dict(_, others)) => Arc::ptr_eq(own, others),
            (Column::Text(own), Column::Text(others)) => Arc::ptr_eq(own, others),
            (Column::Num(own), Column::Num(others)) => Arc::ptr_eq(own, others),
            (Column::Mixed(own), Column::Mixed(others)) => Arc::ptr_eq(own, others),
            _ => false,
        }
    }

    /// The values of these rows, in this order.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Column {
        match self {
            Column::Const(value, _) => Column::Const(value.clone(), rows.len()),
            Column::Dict(dictionary, codes) => {
                Column::Dict(dictionary.clone(), rows.iter().map(|&r| codes[r as usize]).collect())
            }
            Column::Text(text) => Column::Text(Arc::new(text.take(rows))),
            Column::Num(numbers) => Column::Num(Arc::new(NumColumn::new(
                rows.iter().map(|&r| numbers.values[r as usize]).collect(),
                numbers.valid.as_ref().and_then(|valid| valid.take(rows)),
                numbers.decimals,
            ))),
            Column::Bool(truth) => Column::Bool(Arc::new((
                Bitmap::from_fn(rows.len(), |i| truth.0.get(rows[i] as usize)),
                Bitmap::from_fn(rows.len(), |i| truth.1.get(rows[i] as usize)),
            ))),
            Column::Multi(multi) => Column::Multi(Arc::new(multi.take(rows))),
            Column::Mixed(values) => Column::Mixed(rows.iter().map(|&r| values[r as usize].clone()).collect()),
        }
    }

    /// Bytes that the rows take, the shared dictionary not counted; an estimate for values on the heap.
    pub fn bytes(&self) -> usize {
        match self {
            Column::Const(..) => size_of::<Column>(),
            Column::Dict(_, codes) => codes.len() * 4,
            Column::Text(text) => text.bytes(),
            Column::Num(numbers) => numbers.values.len() * 8 + numbers.valid.as_ref().map_or(0, |v| v.len() / 8),
            Column::Bool(truth) => truth.0.len() / 4,
            Column::Multi(multi) => multi.len() * 8 + multi.child().bytes(),
            Column::Mixed(values) => {
                let heap = |value: &Value| match value {
                    Value::Str(text) => text.len() + 16,
                    Value::Multi(parts) => parts.iter().map(|p| size_of::<Value>() + p.text().len() + 16).sum(),
                    _ => 0,
                };
                values.iter().map(|v| size_of::<Value>() + heap(v)).sum()
            }
        }
    }

    /// The same values as codes of a dictionary (numbers by their text), or `None` when a row is a multivalue.
    pub fn encode(&self) -> Option<(Arc<Dictionary>, Arc<[u32]>)> {
        if let Column::Dict(dictionary, codes) = self {
            return Some((dictionary.clone(), codes.clone()));
        }
        let mut builder = super::DictionaryBuilder::default();
        let mut codes = Vec::with_capacity(self.len());
        if let Column::Const(value, rows) = self {
            let code = match value.as_ref() {
                ValueRef::Null => 0,
                ValueRef::Multi(_) => return None,
                single => builder.intern(&single.text()),
            };
            return Some((Arc::new(builder.finish()), vec![code; *rows].into()));
        }
        if let Column::Text(text) = self {
            text.for_each(|_, text| codes.push(text.map_or(0, |text| builder.intern(text))));
            return Some((Arc::new(builder.finish()), codes.into()));
        }
        for row in 0..self.len() {
            codes.push(match self.get(row) {
                ValueRef::Null => 0,
                ValueRef::Multi(_) => return None,
                ValueRef::Str(text) => builder.intern(text),
                single => builder.intern(&single.text()),
            });
        }
        Some((Arc::new(builder.finish()), codes.into()))
    }
}
