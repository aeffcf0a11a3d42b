//! Columns of values into columns of bins.

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::commands::prelude::*;
use crate::table::{Course, Dictionary, DictionaryBuilder, NumColumn};
use crate::time::{BinSpan, TimeSpan, Zone};
use crate::value::number_text;

/// The smallest and the largest number of columns; 0 and 0 when there is none.
pub(in crate::commands) fn range(columns: &[Column]) -> (f64, f64) {
    let join = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
    let range = columns.par_iter().map(range_of).reduce(|| NO_RANGE, join);
    if range.0 <= range.1 { range } else { (0.0, 0.0) }
}

/// The range of no numbers.
const NO_RANGE: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);

fn range_of(column: &Column) -> (f64, f64) {
    let mut range = NO_RANGE;
    if let Column::Num(numbers) = column
        && let Some(ends) = ends(numbers)
    {
        ends.into_iter().for_each(|n| widen(&mut range, Some(n)));
        return range;
    }
    match column {
        Column::Const(value, rows) if *rows > 0 => widen(&mut range, value.number()),
        Column::Num(numbers) if numbers.valid.is_none() => {
            // Lanes that do not wait for one another.
            let (mut low, mut high) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8]);
            let chunks = numbers.values.chunks_exact(8);
            chunks.remainder().iter().for_each(|&n| widen(&mut range, Some(n)));
            for chunk in chunks {
                for lane in 0..8 {
                    // Neither infinities nor NaN.
                    let n = chunk[lane];
                    let finite = n.abs() < f64::INFINITY;
                    low[lane] = if finite & (n < low[lane]) { n } else { low[lane] };
                    high[lane] = if finite & (n > high[lane]) { n } else { high[lane] };
                }
            }
            low.iter().chain(&high).for_each(|&n| widen(&mut range, Some(n)));
        }
        column => (0..column.len()).for_each(|row| widen(&mut range, column.get(row).number())),
    }
    range
}

/// The first and the last of numbers that are in order and finite.
fn ends(numbers: &NumColumn) -> Option<[f64; 2]> {
    let ends = [*numbers.values.first()?, *numbers.values.last()?];
    (ends.iter().all(|n| n.is_finite()) && numbers.course() != Course::Mixed).then_some(ends)
}

fn widen(range: &mut (f64, f64), n: Option<f64>) {
    if let Some(n) = n.filter(|n| n.is_finite()) {
        *range = (range.0.min(n), range.1.max(n));
    }
}

/// Times as the starts of their bins. What is no number stays as it is.
pub(in crate::commands) fn times(column: &Column, span: TimeSpan, align: Option<f64>, zone: Zone) -> Column {
    let mut last = (f64::NAN, f64::NAN, f64::NAN);
    let mut floor = |time: f64| {
        // Events of one bin mostly follow one another.
        if !(time >= last.0 && time < last.1) {
            let start = span.floor(time, align, zone);
            last = (start, span.next(start, align, zone), start);
        }
        last.2
    };
    match column {
        Column::Num(numbers) if numbers.valid.is_none() => {
            let mut starts = Vec::with_capacity(numbers.values.len());
            while let Some(&time) = numbers.values.get(starts.len()) {
                let start = span.floor(time, align, zone);
                let end = numbers.rows_within(starts.len(), (start, span.next(start, align, zone)));
                starts.resize(end, start);
            }
            Column::from_numbers(starts)
        }
        Column::Num(numbers) => Column::Num(Arc::new(NumColumn::new(
            numbers.values.iter().map(|&time| floor(time)).collect(),
            numbers.valid.clone(),
            None,
        ))),
        Column::Const(value, rows) => {
            let value = value.number().map_or_else(|| value.clone(), |time| Value::Num(floor(time)));
            Column::Const(value, *rows)
        }
        column => {
            let value =
                |row: usize| column.get(row).number().map_or_else(|| column.value(row), |t| Value::Num(floor(t)));
            Column::from_values((0..column.len()).map(value).collect())
        }
    }
}

/// Numbers as texts `low-high`, each distinct one looked at once. What is no number stays as it is; multivalues are mapped value by value.
pub(in crate::commands) fn numbers(columns: &[Column], span: BinSpan) -> Vec<Column> {
    let mut builder = DictionaryBuilder::default();
    let mut known: HashMap<u64, u32, foldhash::fast::FixedState> = HashMap::default();
    let mut maps: Vec<(Arc<Dictionary>, Vec<u32>)> = Vec::new();
    let mut labelled: Vec<Result<Vec<u32>, Column>> = Vec::with_capacity(columns.len());
    for column in columns {
        labelled.push(match column {
            Column::Const(Value::Null, _) | Column::Multi(_) | Column::Const(Value::Multi(_), _) => {
                Err(each(column, span))
            }
            Column::Mixed(values) if values.iter().any(|v| matches!(v, Value::Multi(_))) => Err(each(column, span)),
            Column::Dict(dictionary, codes) => {
                let map = match maps.iter().position(|(known, _)| Arc::ptr_eq(known, dictionary)) {
                    Some(map) => map,
                    None => {
                        maps.push((dictionary.clone(), vec![0; dictionary.len() + 1]));
                        maps.len() - 1
                    }
                };
                let map = &mut maps[map].1;
                let code = |&code: &u32| {
                    if map[code as usize] == 0
                        && let Some(text) = dictionary.get(code)
                    {
                        let bin = ValueRef::Str(text).number().and_then(|n| label(n, span));
                        map[code as usize] = builder.intern(bin.as_deref().unwrap_or(text));
                    }
                    map[code as usize]
                };
                Ok(codes.iter().map(code).collect())
            }
            column => {
                let mut code = |row: usize| match column.get(row) {
                    ValueRef::Null => 0,
                    value => match value.number() {
                        Some(n) => *known.entry(n.to_bits()).or_insert_with(|| {
                            builder.intern(&label(n, span).unwrap_or_else(|| value.text().into_owned()))
                        }),
                        None => builder.intern(&value.text()),
                    },
                };
                Ok((0..column.len()).map(&mut code).collect())
            }
        });
    }
    let dictionary = Arc::new(builder.finish());
    labelled
        .into_iter()
        .map(|codes| codes.map_or_else(|column| column, |codes| Column::Dict(dictionary.clone(), codes.into())))
        .collect()
}

/// Value by value.
fn each(column: &Column, span: BinSpan) -> Column {
    if column.all_null() {
        return column.clone();
    }
    let bin = |value: ValueRef<'_>| match value.number().and_then(|n| label(n, span)) {
        Some(label) => Value::from(label),
        None => value.to_value(),
    };
    let row = |row: usize| {
        let mut bins = Vec::new();
        column.get(row).for_each(|value| bins.push(bin(value)));
        Value::multi(bins)
    };
    Column::from_values((0..column.len()).map(row).collect())
}

/// The bin's text.
pub(in crate::commands) fn label(n: f64, span: BinSpan) -> Option<String> {
    let (low, high) = span.number_bin(n)?;
    Some(format!("{}-{}", number_text(low), number_text(high)))
}

/// The bins of numbers from the one that holds `first` to the one that holds `last`, each with its low end and its text. `None` when
/// they are more than `most`.
pub(in crate::commands) fn bins(span: BinSpan, first: f64, last: f64, most: usize) -> Option<Vec<(f64, String)>> {
    let mut bins = Vec::new();
    let mut at = first;
    while let Some((low, high)) = span.number_bin(at).filter(|&(low, _)| low <= last) {
        if bins.len() >= most {
            return None;
        }
        bins.push((low, format!("{}-{}", number_text(low), number_text(high))));
        // A bin's end may come out a hair below the start of the next one.
        let next = span.number_bin(high).filter(|bin| bin.0 > low).map_or(high + (high - low) / 2.0, |bin| bin.0);
        if next <= at && next <= low {
            break;
        }
        at = if next > at { next } else { high };
    }
    Some(bins)
}
