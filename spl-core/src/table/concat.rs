//! Columns put together, cut, and spread over rows that may have no value.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::gather::gather_column;
use super::intern_all::{Borrowed, Interned};
use super::{Bitmap, Column, Dictionary, NumColumn};
use crate::value::Value;

impl Column {
    /// Columns end to end. Dictionaries that the parts share stay shared.
    pub fn concat(parts: &[Column]) -> Column {
        if let [only] = parts {
            return only.clone();
        }
        if let Some(numbers) = concat_numbers(parts).or_else(|| concat_codes(parts)) {
            return numbers;
        }
        let picks: Vec<(u32, u32)> = (0u32..)
            .zip(parts)
            .flat_map(|(part, column)| (0..column.len() as u32).map(move |row| (part, row)))
            .collect();
        gather_column(&parts.iter().map(Some).collect::<Vec<_>>(), &picks[..])
    }

    /// As [`Column::concat`], with all texts in one dictionary whatever they were in; a multivalue among them leaves them as they are.
    pub(crate) fn concat_coded(parts: &[Column]) -> Column {
        if !parts.iter().any(|part| matches!(part, Column::Text(_) | Column::Dict(..) | Column::Mixed(_))) {
            return Column::concat(parts);
        }
        concat_codes(parts).or_else(|| concat_texts(parts)).unwrap_or_else(|| Column::concat(parts))
    }

    /// The rows of a range.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Column {
        match self {
            _ if range == (0..self.len()) => self.clone(),
            Column::Const(value, _) => Column::Const(value.clone(), range.len()),
            Column::Dict(dictionary, codes) => Column::Dict(dictionary.clone(), codes[range].into()),
            Column::Num(numbers) => Column::Num(Arc::new(NumColumn::new(
                numbers.values[range.clone()].to_vec(),
                numbers.valid.as_ref().map(|v| Bitmap::from_fn(range.len(), |i| v.get(range.start + i))),
                numbers.decimals,
            ))),
            _ => self.take(&(range.start as u32..range.end as u32).collect::<Vec<_>>()),
        }
    }

    /// The values of these rows, in this order; `u32::MAX` gives null.
    #[must_use]
    pub fn take_or_null(&self, rows: &[u32]) -> Column {
        if !rows.contains(&u32::MAX) {
            return self.take(rows);
        }
        let picked = |row: u32| (row != u32::MAX).then_some(row as usize);
        match self {
            Column::Const(Value::Null, _) => Column::null(rows.len()),
            Column::Dict(dictionary, codes) => {
                Column::Dict(dictionary.clone(), rows.iter().map(|&row| picked(row).map_or(0, |r| codes[r])).collect())
            }
            Column::Num(numbers) => {
                let valid = match &numbers.valid {
                    None => Bitmap::from_values(rows, |row| row != u32::MAX),
                    Some(valid) => Bitmap::from_fn(rows.len(), |i| picked(rows[i]).is_some_and(|row| valid.get(row))),
                };
                let values = rows.iter().map(|&row| picked(row).map_or(0.0, |r| numbers.values[r])).collect();
                Column::Num(Arc::new(NumColumn::new(values, Some(valid), numbers.decimals)))
            }
            Column::Multi(multi) => Column::Multi(Arc::new(multi.take(rows))),
            other => Column::from_values(
                rows.iter().map(|&row| picked(row).map_or(Value::Null, |row| other.value(row))).collect(),
            ),
        }
    }
}

/// Numbers (and nulls) that print alike.
fn concat_numbers(parts: &[Column]) -> Option<Column> {
    let mut decimals = None;
    for part in parts {
        match part {
            Column::Const(Value::Null, _) => {}
            Column::Num(numbers) if decimals.is_none_or(|d| d == numbers.decimals) => decimals = Some(numbers.decimals),
            _ => return None,
        }
    }
    let decimals = decimals?;
    let rows = parts.iter().map(Column::len).sum();
    let mut values = Vec::with_capacity(rows);
    let whole = parts.iter().all(|part| matches!(part, Column::Num(numbers) if numbers.valid.is_none()));
    let mut valid = Bitmap::filled(rows, true);
    for part in parts {
        let from = values.len();
        match part {
            Column::Num(numbers) => values.extend_from_slice(&numbers.values),
            other => values.resize(from + other.len(), 0.0),
        }
        if !whole {
            let present = part.present();
            (0..part.len()).filter(|&row| !present.get(row)).for_each(|row| valid.set(from + row, false));
        }
    }
    Some(Column::Num(Arc::new(NumColumn::new(values, (!whole).then_some(valid), decimals))))
}

/// Codes of one dictionary, and constants that it knows.
fn concat_codes(parts: &[Column]) -> Option<Column> {
    let dictionary: &Arc<Dictionary> = parts.iter().find_map(|part| match part {
        Column::Dict(dictionary, _) => Some(dictionary),
        _ => None,
    })?;
    let mut codes: Vec<u32> = Vec::with_capacity(parts.iter().map(Column::len).sum());
    for part in parts {
        match part {
            Column::Dict(own, own_codes) if Arc::ptr_eq(own, dictionary) => codes.extend_from_slice(own_codes),
            Column::Const(Value::Null, rows) => codes.resize(codes.len() + rows, 0),
            Column::Const(Value::Str(text), rows) => codes.resize(codes.len() + rows, dictionary.code(text)?),
            _ => return None,
        }
    }
    Some(Column::Dict(dictionary.clone(), codes.into()))
}

/// Texts (and nulls) of any kind in one dictionary.
fn concat_texts(parts: &[Column]) -> Option<Column> {
    let texts: Vec<Vec<Option<&str>>> = parts.par_iter().map(texts).collect::<Option<_>>()?;
    let lists: Vec<Borrowed<'_>> = texts.par_iter().map(|texts| Borrowed::new(texts)).collect();
    let stretches: Vec<_> = lists.iter().zip(&texts).map(|(list, texts)| (list, 0..texts.len() as u32)).collect();
    let interned = Interned::new(&stretches);
    let codes = |part: usize| {
        let mut codes = vec![0; texts[part].len()];
        interned.fill(part, &mut codes);
        codes
    };
    let (dictionary, known): (_, Vec<Vec<u32>>) =
        rayon::join(|| interned.dictionary(), || (0..parts.len()).into_par_iter().map(codes).collect());
    let mut codes: Vec<u32> = Vec::with_capacity(parts.iter().map(Column::len).sum());
    for (part, known) in parts.iter().zip(known) {
        match part {
            Column::Dict(_, own) => codes.extend(own.iter().map(|&code| known[code as usize])),
            Column::Const(_, rows) => codes.resize(codes.len() + rows, known[0]),
            _ => codes.extend_from_slice(&known),
        }
    }
    Some(Column::Dict(Arc::new(dictionary), codes.into()))
}

/// What is to be looked up for a column: the texts of its rows, or those of its dictionary, null first, or a constant.
fn texts(column: &Column) -> Option<Vec<Option<&str>>> {
    Some(match column {
        Column::Dict(dictionary, _) => std::iter::once(None).chain(dictionary.iter().map(Some)).collect(),
        Column::Const(Value::Null, _) => vec![None],
        Column::Const(Value::Str(text), _) => vec![Some(text)],
        Column::Text(own) => (0..own.len()).map(|row| own.get(row)).collect(),
        Column::Mixed(values) => {
            let text = |value| match value {
                &Value::Null => Some(None),
                Value::Str(text) => Some(Some(&text[..])),
                _ => None,
            };
            values.iter().map(text).collect::<Option<_>>()?
        }
        _ => return None,
    })
}
