//! [`Table`]: batches, the order of their rows, and the order of their fields.

use std::sync::Arc;

use indexmap::IndexSet;
use rayon::prelude::*;

use super::gather::gather_batch;
use super::stretch::{Places, Stretch};
use super::{Batch, Column, FieldName, Ordinals};
use crate::value::Value;

/// Rows in a batch of an ordered table.
pub(crate) const BATCH_ROWS: usize = 65_536;

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
            Ordinals::From(_) => false,
            ordinals if ordinals.get(0) >= next => {
                next = ordinals.get(batch.rows() - 1) + 1;
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
        let ordered = match Places::of(&self.batches) {
            Some(places) => match places.gapless() {
                Some(ordinals) => self.stretches(&Stretch::pieces(ordinals, BATCH_ROWS)),
                None => self.gather(&places.picks(&self.batches)),
            },
            None => self.gather(&self.picks()),
        };
        Table { fields: self.fields, ..ordered }
    }

    /// The rows of the stretches, one batch each.
    fn stretches(&self, stretches: &[Stretch]) -> Table {
        let fields = self.all_fields();
        let spans = Places::spans(&self.batches);
        let batch = |stretch: &Stretch| {
            let (some, spans) = stretch.among(&self.batches, &spans);
            stretch.of(&some, &spans).batch(&fields, None)
        };
        let batches = match stretches.len() {
            0 | 1 => stretches.iter().map(batch).collect(),
            _ => stretches.par_iter().map(batch).collect(),
        };
        Table { fields: self.fields.clone(), ..Table::in_order(batches) }
    }

    /// The fields of all batches, whatever was declared.
    pub(crate) fn all_fields(&self) -> Vec<FieldName> {
        Table { batches: self.batches.clone(), fields: None }.fields()
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
                gather_batch(&ordered.batches, &ordered.fields(), &picks[..], None)
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
        let fields = self.all_fields();
        let gather = |chunk: &[(u32, u32)]| {
            let chunk = if go() { chunk } else { &[] };
            gather_batch(&self.batches, &fields, chunk, None)
        };
        let batches = match picks.len() {
            0..=BATCH_ROWS => picks.chunks(BATCH_ROWS).map(gather).collect(),
            _ => picks.par_chunks(BATCH_ROWS).map(gather).collect(),
        };
        Table { fields: self.fields.clone(), ..Table::in_order(batches) }
    }

    /// Every row as (batch, row), in row order.
    pub fn picks(&self) -> Vec<(u32, u32)> {
        if self.is_ordered() {
            let rows = |(b, batch): (u32, &Batch)| (0..batch.rows() as u32).map(move |row| (b, row));
            return (0..).zip(&self.batches).flat_map(rows).collect();
        }
        match Places::of(&self.batches) {
            Some(places) => places.picks(&self.batches),
            None => {
                let mut keyed: Vec<(u64, u32, u32)> = Vec::with_capacity(self.rows());
                for (batch, b) in self.batches.iter().zip(0u32..) {
                    keyed.extend((0..batch.rows()).map(|row| (batch.ordinal(row), b, row as u32)));
                }
                keyed.sort_unstable();
                keyed.into_iter().map(|(_, batch, row)| (batch, row)).collect()
            }
        }
    }
}
