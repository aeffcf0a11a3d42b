//! [`Table`]: batches, the order of their rows, and the order of their fields.

use std::sync::Arc;

use indexmap::IndexSet;
use rayon::prelude::*;

use super::{Batch, Bitmap, Column, DictionaryBuilder, FieldName, NumColumn, Ordinals, TextColumn};
use crate::value::Value;

/// Rows in a batch of an ordered table.
pub(super) const BATCH_ROWS: usize = 65_536;

/// Batches that together hold the rows of an index or a result.
#[derive(Clone, Debug, Default)]
pub struct Table {
    batches: Vec<Batch>,
    fields: Option<Vec<FieldName>>,
}

impl Table {
    /// A table of batches whose ordinals are already right: disjoint, each ascending.
    pub fn new(batches: Vec<Batch>) -> Self {
        Table { batches, fields: None }
    }

    /// A table of batches that follow one another: their ordinals are set anew.
    pub fn in_order(batches: Vec<Batch>) -> Self {
        let mut next = 0u64;
        let renumber = |batch: Batch| {
            let first = next;
            next += batch.rows() as u64;
            batch.with_ordinals(Ordinals::From(first))
        };
        Table::new(batches.into_iter().map(renumber).collect())
    }

    /// A table of rows in order, absent fields null.
    pub fn from_rows(fields: &[FieldName], rows: Vec<Vec<Value>>) -> Self {
        Table::in_order(vec![Batch::from_rows(fields, rows)]).with_fields(fields.to_vec())
    }

    /// Sets the order of the fields in results; fields not listed are not shown.
    #[must_use]
    pub fn with_fields(mut self, fields: Vec<FieldName>) -> Self {
        self.fields = Some(fields);
        self
    }

    /// As [`Table::with_fields`], if fields are given.
    #[must_use]
    pub fn with_declared(mut self, fields: Option<Vec<FieldName>>) -> Self {
        self.fields = fields;
        self
    }

    /// Sets the order of the fields to one that was set before the table was changed, with the fields that have come since behind it.
    #[must_use]
    pub fn with_fields_after(self, before: Option<Vec<FieldName>>) -> Self {
        let Some(before) = before else { return self };
        let mut fields: IndexSet<FieldName> = before.into_iter().collect();
        // A field that no row has is not there.
        let exists = |f: &FieldName| self.batches.iter().any(|b| b.column(f).is_some_and(|c| !c.all_null()));
        fields.extend(self.fields().into_iter().filter(exists));
        self.with_fields(fields.into_iter().collect())
    }

    /// The field order set by [`Table::with_fields`].
    pub fn declared_fields(&self) -> Option<&[FieldName]> {
        self.fields.as_deref()
    }

    /// The fields in result order: as set, else as first met, batch by batch.
    pub fn fields(&self) -> Vec<FieldName> {
        if let Some(fields) = &self.fields {
            return fields.clone();
        }
        let mut seen: IndexSet<FieldName> = IndexSet::new();
        for batch in &self.batches {
            for (name, _) in batch.columns() {
                if !seen.contains(name) {
                    seen.insert(name.clone());
                }
            }
        }
        seen.into_iter().collect()
    }

    /// The batches, in no particular order unless [`Table::is_ordered`].
    pub fn batches(&self) -> &[Batch] {
        &self.batches
    }

    /// The batches, owned.
    pub fn into_batches(self) -> Vec<Batch> {
        self.batches
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.batches.iter().map(Batch::rows).sum()
    }

    /// Bytes that the table takes, dictionaries counted once; an estimate.
    pub fn bytes(&self) -> usize {
        let mut dictionaries: hashbrown::HashSet<*const super::Dictionary> = hashbrown::HashSet::new();
        let mut bytes = 0;
        for (_, column) in self.batches.iter().flat_map(Batch::columns) {
            bytes += column.bytes();
            if let Column::Dict(dictionary, _) = column
                && dictionaries.insert(Arc::as_ptr(dictionary))
            {
                bytes += dictionary.bytes();
            }
        }
        bytes
    }

    /// Whether the batches follow one another in row order.
    pub fn is_ordered(&self) -> bool {
        let mut next = 0;
        self.batches.iter().all(|batch| match batch.ordinals() {
            _ if batch.rows() == 0 => true,
            Ordinals::From(first) if *first >= next => {
                next = first + batch.rows() as u64;
                true
            }
            Ordinals::List(list) if list[0] >= next => {
                next = list[list.len() - 1] + 1;
                true
            }
            _ => false,
        })
    }

    /// The same rows as batches of at most `BATCH_ROWS` that follow one another, with ordinals from 0.
    #[must_use]
    pub fn into_ordered(self) -> Table {
        if self.is_ordered() {
            let fields = self.fields;
            let batches = self.batches.into_iter().filter(|b| b.rows() > 0).collect();
            return Table { fields, ..Table::in_order(batches) };
        }
        let picks = self.picks();
        let gathered = self.gather(&picks);
        Table { fields: self.fields, ..gathered }
    }

    /// One batch with all rows in order.
    pub fn into_single(self) -> Batch {
        let ordered = self.into_ordered();
        match ordered.batches.len() {
            0 => ordered.fields().iter().fold(Batch::new(0), |mut batch, field| {
                batch.set(field, Column::null(0));
                batch
            }),
            1 => ordered.batches.into_iter().next().unwrap_or_else(|| Batch::new(0)),
            _ => {
                let picks = ordered.picks();
                gather_batch(&ordered.batches, &ordered.fields(), &picks)
            }
        }
    }

    /// The rows picked, each as (batch, row), in this order, as an ordered table with the same fields.
    #[must_use]
    pub fn gather(&self, picks: &[(u32, u32)]) -> Table {
        self.gather_while(picks, || true)
    }

    /// As [`Table::gather`], but once `go` says no, the rows that are left do not come.
    pub(crate) fn gather_while(&self, picks: &[(u32, u32)], go: impl Fn() -> bool + Sync) -> Table {
        let fields = {
            let all = Table { batches: self.batches.clone(), fields: None };
            all.fields()
        };
        let gather = |chunk: &[(u32, u32)]| {
            let chunk = if go() { chunk } else { &[] };
            gather_batch(&self.batches, &fields, chunk)
        };
        let batches = match picks.len() {
            0..=BATCH_ROWS => picks.chunks(BATCH_ROWS).map(gather).collect(),
            _ => picks.par_chunks(BATCH_ROWS).map(gather).collect(),
        };
        Table { fields: self.fields.clone(), ..Table::in_order(batches) }
    }

    /// Every row as (batch, row), in row order.
    pub fn picks(&self) -> Vec<(u32, u32)> {
        let rows = self.rows();
        let highest = self.batches.iter().filter(|b| b.rows() > 0).map(|b| b.ordinal(b.rows() - 1)).max().unwrap_or(0);
        if highest < 4 * rows as u64 + 1024 {
            let mut place = vec![(u32::MAX, 0u32); highest as usize + 1];
            for (b, batch) in self.batches.iter().enumerate() {
                match batch.ordinals() {
                    Ordinals::From(first) => place[*first as usize..][..batch.rows()]
                        .iter_mut()
                        .zip(0u32..)
                        .for_each(|(place, row)| *place = (b as u32, row)),
                    Ordinals::List(list) => {
                        list.iter().zip(0u32..).for_each(|(&ordinal, row)| place[ordinal as usize] = (b as u32, row));
                    }
                }
            }
            place.retain(|pick| pick.0 != u32::MAX);
            if place.len() == rows {
                return place;
            }
        }
        let mut keyed: Vec<(u64, u32, u32)> = Vec::with_capacity(rows);
        for (b, batch) in self.batches.iter().enumerate() {
            keyed.extend((0..batch.rows()).map(|row| (batch.ordinal(row), b as u32, row as u32)));
        }
        keyed.sort_unstable();
        keyed.into_iter().map(|(_, batch, row)| (batch, row)).collect()
    }
}

/// The picked rows of several batches as one batch.
fn gather_batch(batches: &[Batch], fields: &[FieldName], picks: &[(u32, u32)]) -> Batch {
    let gather = |field: &FieldName| {
        let columns: Vec<Option<&Column>> = batches.iter().map(|b| b.column(field)).collect();
        (field.clone(), gather_column(&columns, picks))
    };
    let columns: Vec<_> = if picks.len() * fields.len() > 16_384 {
        fields.par_iter().map(gather).collect()
    } else {
        fields.iter().map(gather).collect()
    };
    Batch::new(picks.len()).with_columns(columns)
}

impl Column {
    /// The rows of this column where `own` says so, of the other elsewhere.
    #[must_use]
    pub fn choose(&self, other: &Column, own: impl Fn(usize) -> bool) -> Column {
        let picks: Vec<(u32, u32)> = (0..self.len()).map(|row| (u32::from(!own(row)), row as u32)).collect();
        gather_column(&[Some(self), Some(other)], &picks)
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
pub(super) fn gather_column(columns: &[Option<&Column>], picks: &[(u32, u32)]) -> Column {
    let mut common = Common::Unknown;
    let mut used = vec![false; columns.len()];
    picks.iter().for_each(|&(b, _)| used[b as usize] = true);
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
        Common::Unknown => Column::null(picks.len()),
        Common::Text => gather_text(columns, &used, picks),
        Common::Numbers(decimals) => {
            // Mostly all parts are whole.
            let whole: Option<Vec<&[f64]>> = columns
                .iter()
                .zip(&used)
                .map(|(column, used)| match column {
                    _ if !used => Some(&[][..]),
                    Some(Column::Num(numbers)) if numbers.valid.is_none() => Some(&numbers.values[..]),
                    _ => None,
                })
                .collect();
            if let Some(parts) = whole {
                let values = picks.iter().map(|&(b, row)| parts[b as usize][row as usize]).collect();
                return Column::Num(Arc::new(NumColumn { values, valid: None, decimals }));
            }
            let mut valid = Bitmap::filled(picks.len(), true);
            let mut values = vec![0.0; picks.len()];
            for (i, pick) in picks.iter().enumerate() {
                match at(pick).and_then(|(c, row)| c.get(row).number()) {
                    Some(n) => values[i] = n,
                    None => valid.set(i, false),
                }
            }
            let valid = (!valid.all()).then_some(valid);
            Column::Num(Arc::new(NumColumn { values, valid, decimals }))
        }
        Common::Mixed => {
            Column::Mixed(picks.iter().map(|p| at(p).map_or(Value::Null, |(c, row)| c.value(row))).collect())
        }
    }
}

/// Text parts: dictionary codes through one dictionary; plain text stays where it is when no part is coded.
fn gather_text(columns: &[Option<&Column>], used: &[bool], picks: &[(u32, u32)]) -> Column {
    let parts: Vec<&Column> = columns.iter().zip(used).filter_map(|(c, &used)| c.filter(|_| used)).collect();
    if parts.iter().all(|c| matches!(c, Column::Text(_) | Column::Const(Value::Null, _))) {
        let texts = columns.iter().map(|column| match column {
            Some(Column::Text(text)) => Some(text.clone()),
            _ => None,
        });
        return Column::Text(Arc::new(TextColumn::gather(texts.collect(), picks)));
    }
    let shared = parts.iter().find_map(|c| match c {
        Column::Dict(dictionary, _) => Some(dictionary.clone()),
        _ => None,
    });
    // Parts of the same dictionary keep their codes, and constants that it knows get theirs.
    if let Some(dictionary) = shared {
        let codes: Option<Vec<Result<&[u32], u32>>> = columns
            .iter()
            .zip(used)
            .map(|(column, used)| match column {
                Some(Column::Dict(d, codes)) if Arc::ptr_eq(d, &dictionary) => Some(Ok(&codes[..])),
                Some(Column::Const(Value::Str(text), _)) => dictionary.code(text).map(Err),
                Some(Column::Const(Value::Null, _)) | None => Some(Err(0)),
                _ if !used => Some(Err(0)),
                _ => None,
            })
            .collect();
        if let Some(codes) = codes {
            let codes =
                picks.iter().map(|&(b, row)| codes[b as usize].map_or_else(|code| code, |c| c[row as usize])).collect();
            return Column::Dict(dictionary, codes);
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
    let codes = picks
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
