//! What the accumulators' loops go over: single values with their groups, numbers where they are wanted.

use std::borrow::Cow;

use super::Rows;
use crate::table::{Column, NumColumn};
use crate::value::{Value, parse_number};

/// Rows with at most one value each: multivalues are spread.
pub(super) struct Flat<'a> {
    /// The group of each value.
    pub(super) groups: Cow<'a, [u32]>,
    /// The values; none is a multivalue.
    pub(super) column: Cow<'a, Column>,
    /// The row that each value comes from, when that is not its own place.
    rows: Option<Vec<u32>>,
}

impl<'a> Flat<'a> {
    /// The values of `rows`.
    pub(super) fn new(rows: &Rows<'a>) -> Flat<'a> {
        match rows.column {
            Column::Multi(multi) => {
                let mut origin = Vec::with_capacity(multi.parts());
                for (row, stretch) in multi.stretches().iter().enumerate() {
                    origin.resize(origin.len() + stretch.len(), row as u32);
                }
                Flat::spread(rows, origin, multi.apart().1)
            }
            Column::Mixed(values) if values.iter().any(|v| matches!(v, Value::Multi(_))) => {
                let count = |v: &Value| v.values().len();
                let origin =
                    values.iter().enumerate().flat_map(|(row, v)| std::iter::repeat_n(row as u32, count(v))).collect();
                let values: Vec<Value> = values.iter().flat_map(|v| v.values().iter().cloned()).collect();
                Flat::spread(rows, origin, Cow::Owned(Column::Mixed(values.into())))
            }
            Column::Const(Value::Multi(values), count) => {
                let origin = (0..*count as u32).flat_map(|row| std::iter::repeat_n(row, values.len())).collect();
                let values: Vec<Value> = (0..*count).flat_map(|_| values.iter().cloned()).collect();
                Flat::spread(rows, origin, Cow::Owned(Column::Mixed(values.into())))
            }
            column => Flat { groups: Cow::Borrowed(rows.groups), column: Cow::Borrowed(column), rows: None },
        }
    }

    fn spread(rows: &Rows<'a>, origin: Vec<u32>, column: Cow<'a, Column>) -> Flat<'a> {
        let groups = origin.iter().map(|&row| rows.groups[row as usize]).collect();
        Flat { groups, column, rows: Some(origin) }
    }

    /// The row of the batch that value `i` comes from.
    pub(super) fn row(&self, i: usize) -> usize {
        self.rows.as_ref().map_or(i, |rows| rows[i] as usize)
    }

    /// Calls `take` with the group and the number of each value that is one; `nan` is none.
    pub(super) fn each_number(&self, mut take: impl FnMut(u32, f64)) {
        let mut take = |group: u32, n: f64| {
            if !n.is_nan() {
                take(group, n);
            }
        };
        let groups = self.groups.iter();
        match &*self.column {
            Column::Const(value, _) => {
                if let Some(n) = value.number() {
                    groups.for_each(|&group| take(group, n));
                }
            }
            Column::Num(numbers) => match &numbers.valid {
                None => groups.zip(&numbers.values).for_each(|(&group, &n)| take(group, n)),
                Some(valid) => {
                    for (i, (&group, &n)) in groups.zip(&numbers.values).enumerate() {
                        if valid.get(i) {
                            take(group, n);
                        }
                    }
                }
            },
            Column::Dict(dictionary, codes) => {
                if many_for(dictionary.len(), codes.len()) {
                    let numbers = dictionary.numbers();
                    for (&group, &code) in groups.zip(codes.iter()) {
                        take(group, numbers[code as usize]);
                    }
                } else {
                    for (&group, &code) in groups.zip(codes.iter()) {
                        if let Some(n) = dictionary.get(code).and_then(parse_number) {
                            take(group, n);
                        }
                    }
                }
            }
            column => {
                for (i, &group) in groups.enumerate() {
                    if let Some(n) = column.get(i).number() {
                        take(group, n);
                    }
                }
            }
        }
    }

    /// Calls `take` with the group of each value that is no number.
    pub(super) fn each_other(&self, mut take: impl FnMut(u32)) {
        if let Column::Num(numbers) = &*self.column
            && !numbers.values.iter().any(|n| n.is_nan())
        {
            return;
        }
        for (i, &group) in self.groups.iter().enumerate() {
            let value = self.column.get(i);
            if !value.is_null() && value.number().is_none_or(f64::is_nan) {
                take(group);
            }
        }
    }
}

/// Whether so many rows make it worth to compute something for every entry of a dictionary.
pub(super) fn many_for(entries: usize, rows: usize) -> bool {
    entries <= 8 * rows
}

/// `_time` of each row of the batch; NaN where there is none.
pub(super) fn times<'a>(rows: &Rows<'a>) -> Option<Cow<'a, [f64]>> {
    match rows.batch.column("_time")? {
        Column::Num(numbers) => Some(match &**numbers {
            NumColumn { values, valid: None, .. } => Cow::Borrowed(values),
            NumColumn { values, valid: Some(valid), .. } => {
                values.iter().enumerate().map(|(row, &n)| if valid.get(row) { n } else { f64::NAN }).collect()
            }
        }),
        column => Some((0..column.len()).map(|row| column.get(row).number().unwrap_or(f64::NAN)).collect()),
    }
}
