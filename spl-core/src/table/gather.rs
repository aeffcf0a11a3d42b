//! Rows of several columns as one: dictionaries stay shared, numbers stay numbers.

use std::borrow::Cow;
use std::sync::Arc;

use rayon::prelude::*;

use super::multi::gather_multi;
use super::{Batch, Bitmap, Column, DictionaryBuilder, FieldName, NumColumn, TextColumn};
use crate::value::Value;

/// Which rows of several columns make up a new one.
pub(super) trait Gather: Sync {
    /// How many rows there are.
    fn len(&self) -> usize;

    /// Marks the columns that rows come from.
    fn mark(&self, used: &mut [bool]);

    /// The rows of plain vectors.
    fn values<T: Copy + Default, C: Values<T>>(&self, parts: &[Part<'_, T>]) -> C;

    /// The rows one by one, as (column, row).
    fn picks(&self) -> Cow<'_, [(u32, u32)]>;
}

/// What values are gathered into: one after the other, or each at its place.
pub(super) trait Values<T>: FromIterator<T> {
    /// The values, to be written.
    fn places(&mut self) -> &mut [T];
}

impl<T> Values<T> for Vec<T> {
    fn places(&mut self) -> &mut [T] {
        self
    }
}

impl<T> Values<T> for Arc<[T]> {
    fn places(&mut self) -> &mut [T] {
        // Nobody else has it yet.
        Arc::get_mut(self).unwrap_or_default()
    }
}

/// The values of one column.
#[derive(Clone, Copy)]
pub(super) enum Part<'a, T> {
    /// One a row.
    Rows(&'a [T]),
    /// The same in each.
    Same(T),
}

impl<T: Copy> Part<'_, T> {
    pub(super) fn get(&self, row: usize) -> T {
        match self {
            Part::Rows(values) => values[row],
            Part::Same(value) => *value,
        }
    }
}

impl Gather for [(u32, u32)] {
    fn len(&self) -> usize {
        <[_]>::len(self)
    }

    fn mark(&self, used: &mut [bool]) {
        self.iter().for_each(|&(b, _)| used[b as usize] = true);
    }

    fn values<T: Copy + Default, C: Values<T>>(&self, parts: &[Part<'_, T>]) -> C {
        self.iter().map(|&(b, row)| parts[b as usize].get(row as usize)).collect()
    }

    fn picks(&self) -> Cow<'_, [(u32, u32)]> {
        Cow::Borrowed(self)
    }
}

/// Rows of several batches as one batch; the column of a field may be known already.
pub(super) fn gather_batch<G: Gather + ?Sized>(
    batches: &[Batch],
    fields: &[FieldName],
    rows: &G,
    known: Option<&(&str, Column)>,
) -> Batch {
    let gather = |field: &FieldName| {
        if let Some((_, column)) = known.filter(|(known, _)| **field == **known) {
            return (field.clone(), column.clone());
        }
        let columns: Vec<Option<&Column>> = batches.iter().map(|b| b.column(field)).collect();
        (field.clone(), gather_column(&columns, rows))
    };
    let columns: Vec<_> = if rows.len() * fields.len() > 16_384 {
        fields.par_iter().map(gather).collect()
    } else {
        fields.iter().map(gather).collect()
    };
    Batch::new(rows.len()).with_columns(columns)
}

impl Column {
    /// The rows of this column where `own` says so, of the other elsewhere.
    #[must_use]
    pub fn choose(&self, other: &Column, own: impl Fn(usize) -> bool) -> Column {
        let picks: Vec<(u32, u32)> = (0..self.len()).map(|row| (u32::from(!own(row)), row as u32)).collect();
        gather_column(&[Some(self), Some(other)], &picks[..])
    }

    /// Values of several columns, each as (column, row). Dictionaries that the columns share stay shared.
    pub fn pick(columns: &[Option<&Column>], picks: &[(u32, u32)]) -> Column {
        gather_column(columns, picks)
    }

    /// The values of this column, and of the other where this one has none.
    #[must_use]
    pub fn or(&self, other: &Column) -> Column {
        let present = self.present();
        if present.all() { self.clone() } else { self.choose(other, |row| present.get(row)) }
    }
}

/// What a gathered column can be, judged by its parts.
#[derive(PartialEq, Clone, Copy)]
enum Common {
    Unknown,
    Text,
    Numbers(Option<u8>),
    Mixed,
}

/// One field of the picked rows. Dictionaries shared by the parts stay shared.
pub(super) fn gather_column<G: Gather + ?Sized>(columns: &[Option<&Column>], rows: &G) -> Column {
    let mut common = Common::Unknown;
    let mut used = vec![false; columns.len()];
    rows.mark(&mut used);
    for column in columns.iter().zip(&used).filter_map(|(c, &used)| c.filter(|_| used)) {
        let kind = match column {
            Column::Const(Value::Null, _) => continue,
            Column::Const(Value::Str(_), _) | Column::Dict(..) | Column::Text(_) => Common::Text,
            Column::Const(Value::Num(_), _) => Common::Numbers(None),
            Column::Const(Value::Fixed(_, decimals), _) => Common::Numbers(Some(*decimals)),
            Column::Num(numbers) => Common::Numbers(numbers.decimals),
            _ => Common::Mixed,
        };
        common = if common == Common::Unknown || common == kind { kind } else { Common::Mixed };
    }
    let at = |&(b, row): &(u32, u32)| columns[b as usize].map(|c| (c, row as usize));
    match common {
        Common::Unknown => Column::null(rows.len()),
        Common::Text => gather_text(columns, &used, rows),
        Common::Numbers(decimals) => {
            // Mostly all parts are whole.
            let whole: Option<Vec<Part<'_, f64>>> = columns
                .iter()
                .zip(&used)
                .map(|(column, used)| match column {
                    _ if !used => Some(Part::Same(0.0)),
                    Some(Column::Num(numbers)) if numbers.valid.is_none() => Some(Part::Rows(&numbers.values)),
                    _ => None,
                })
                .collect();
            if let Some(parts) = whole {
                return Column::Num(Arc::new(NumColumn::new(rows.values(&parts), None, decimals)));
            }
            let picks = rows.picks();
            let mut valid = Bitmap::filled(picks.len(), true);
            let mut values = vec![0.0; picks.len()];
            for (i, pick) in picks.iter().enumerate() {
                match at(pick).and_then(|(c, row)| c.get(row).number()) {
                    Some(n) => values[i] = n,
                    None => valid.set(i, false),
                }
            }
            let valid = (!valid.all()).then_some(valid);
            Column::Num(Arc::new(NumColumn::new(values, valid, decimals)))
        }
        Common::Mixed => {
            let picks = rows.picks();
            let has_lists = columns.iter().zip(&used).any(|(c, used)| *used && matches!(c, Some(Column::Multi(_))));
            let lists = has_lists.then(|| gather_multi(columns, &used, &picks)).flatten();
            lists.unwrap_or_else(|| {
                Column::Mixed(picks.iter().map(|p| at(p).map_or(Value::Null, |(c, row)| c.value(row))).collect())
            })
        }
    }
}

/// Text parts: dictionary codes through one dictionary; plain text stays where it is when no part is coded.
fn gather_text<G: Gather + ?Sized>(columns: &[Option<&Column>], used: &[bool], rows: &G) -> Column {
    let parts: Vec<&Column> = columns.iter().zip(used).filter_map(|(c, &used)| c.filter(|_| used)).collect();
    if parts.iter().all(|c| matches!(c, Column::Text(_) | Column::Const(Value::Null, _))) {
        let texts = columns.iter().map(|column| match column {
            Some(Column::Text(text)) => Some(text.clone()),
            _ => None,
        });
        return Column::Text(Arc::new(TextColumn::gather(texts.collect(), &rows.picks())));
    }
    let shared = parts.iter().find_map(|c| match c {
        Column::Dict(dictionary, _) => Some(dictionary.clone()),
        _ => None,
    });
    // Parts of the same dictionary keep their codes, and constants that it knows get theirs.
    if let Some(dictionary) = shared {
        let codes: Option<Vec<Part<'_, u32>>> = columns
            .iter()
            .zip(used)
            .map(|(column, used)| match column {
                Some(Column::Dict(d, codes)) if Arc::ptr_eq(d, &dictionary) => Some(Part::Rows(codes)),
                Some(Column::Const(Value::Str(text), _)) => dictionary.code(text).map(Part::Same),
                Some(Column::Const(Value::Null, _)) | None => Some(Part::Same(0)),
                _ if !used => Some(Part::Same(0)),
                _ => None,
            })
            .collect();
        if let Some(codes) = codes {
            return Column::Dict(dictionary, rows.values(&codes));
        }
    }
    let mut builder = DictionaryBuilder::default();
    let mut maps: Vec<Vec<u32>> = columns
        .iter()
        .map(|c| match c {
            Some(Column::Dict(dictionary, _)) => vec![u32::MAX; dictionary.len() + 1],
            _ => Vec::new(),
        })
        .collect();
    let codes = rows
        .picks()
        .iter()
        .map(|&(b, row)| match columns[b as usize] {
            Some(Column::Dict(dictionary, codes)) => {
                let code = codes[row as usize];
                let slot = &mut maps[b as usize][code as usize];
                if *slot == u32::MAX {
                    *slot = dictionary.get(code).map_or(0, |text| builder.intern(text));
                }
                *slot
            }
            Some(column) => match column.get(row as usize) {
                crate::value::ValueRef::Null => 0,
                value => builder.intern(&value.text()),
            },
            None => 0,
        })
        .collect();
    Column::Dict(Arc::new(builder.finish()), codes)
}
