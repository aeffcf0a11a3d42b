//! What a scan does with decoded events: filters them, gives the survivors their search-time fields, and keeps the fields wanted.
//!
//! Tests of fields as they are in the event come first, then those of fields that have to be made. What is made for most events of
//! a batch in memory is kept for later scans ([`Made`]).

use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::run::{RunContext, select};
use crate::error::{Notes, Result};
use crate::functions::Context;
use crate::knowledge::{Knowledge, Piece, Rules};
use crate::plan::{FieldSet, Predicate, Scan};
use crate::table::{Batch, Bitmap, Column, FieldName, Table};

/// Of a batch in memory, so many rows at most are given their fields by themselves, one in so many; else all are, and it is kept.
const FEW: usize = 8;

/// Search-time fields that were made for whole batches: `None` is a field that no event of the batch has.
#[derive(Default)]
pub(super) struct Made {
    columns: RwLock<HashMap<(usize, FieldName), Option<Column>>>,
}

impl Made {
    fn get(&self, piece: usize, field: &FieldName) -> Option<Option<Column>> {
        let columns = self.columns.read().unwrap_or_else(PoisonError::into_inner);
        columns.get(&(piece, field.clone())).cloned()
    }

    fn keep(&self, made: Vec<((usize, FieldName), Option<Column>)>) {
        self.columns.write().unwrap_or_else(PoisonError::into_inner).extend(made);
    }
}

/// Filters decoded batches that are not kept, and gives the survivors their fields.
pub(crate) fn narrow(
    batches: Vec<Batch>,
    knowledge: &Knowledge,
    scan: &Scan,
    predicate: Option<&Predicate>,
    cx: &RunContext<'_>,
) -> Result<Table> {
    let mut pieces = knowledge.pieces(batches);
    let mut read = scan.fields.clone();
    for part in predicate.map(Predicate::conjuncts).unwrap_or_default() {
        read = read.union(&part.reads().unwrap_or_else(FieldSet::all));
    }
    decode(&mut pieces, &read, &cx.functions.notes);
    narrow_pieces(&pieces, None, scan, predicate, cx)
}

/// Gives events the fields whose names are in their text.
pub(super) fn decode(pieces: &mut [Piece], wanted: &FieldSet, notes: &Notes) {
    pieces.par_iter_mut().filter(|piece| piece.rules.decodes()).for_each(|piece| {
        let rules = piece.rules.clone();
        rules.decode(std::slice::from_mut(&mut piece.batch), wanted, notes);
    });
}

/// A piece of the events in the course of a scan.
struct Live {
    /// Where it stands among the source's pieces, unless rows were taken out of its batch.
    whole: Option<usize>,
    rules: Arc<Rules>,
    batch: Batch,
    /// The rows of the batch that are in.
    rows: Bitmap,
    /// Fields made for the whole batch.
    made: HashMap<FieldName, Option<Column>>,
}

pub(super) fn narrow_pieces(
    pieces: &[Piece],
    made: Option<&Made>,
    scan: &Scan,
    predicate: Option<&Predicate>,
    cx: &RunContext<'_>,
) -> Result<Table> {
    let mut live: Vec<Live> = pieces
        .iter()
        .enumerate()
        .filter_map(|(i, piece)| {
            let rows = scan.time.rows(&piece.batch)?;
            let (rules, batch) = (piece.rules.clone(), piece.batch.clone());
            Some(Live { whole: made.is_some().then_some(i), rules, batch, rows, made: HashMap::new() })
        })
        .collect();
    let parts = predicate.map(Predicate::conjuncts).unwrap_or_default();
    let computes = |part: &Predicate| match part.reads() {
        Some(fields) => fields.names().any(|f| live.iter().any(|piece| piece.rules.computes(f))),
        None => true,
    };
    let (early, late): (Vec<&Predicate>, Vec<&Predicate>) = parts.iter().partition(|part| !computes(part));
    let narrowing = Narrowing { made, cx: &cx.functions };
    let parts: Vec<(&Predicate, FieldSet)> =
        early.into_iter().chain(late).map(|part| (part, part.reads().unwrap_or_else(FieldSet::all))).collect();
    for (at, (part, reads)) in parts.iter().enumerate() {
        let later = parts[at..].iter().fold(scan.fields.clone(), |set, (_, reads)| set.union(reads));
        narrowing.make(&mut live, reads, &later);
        let asked: Vec<Batch> = live.iter().map(|piece| piece.with_made(reads)).collect();
        for (piece, found) in live.iter_mut().zip(select(part, &asked, cx)) {
            piece.rows.and(&found);
        }
        live.retain(|piece| !piece.rows.none());
    }
    if let Some(limit) = scan.limit {
        first_rows(&mut live, usize::try_from(limit).unwrap_or(usize::MAX));
    }
    narrowing.make(&mut live, &scan.fields, &scan.fields);
    let finished = cx.for_each(live, |piece| {
        let mut batch = piece.with_made(&scan.fields);
        if !scan.fields.is_all() {
            batch.retain(|field| scan.fields.contains(field));
        }
        Ok(batch.filter(&piece.rows))
    })?;
    Ok(Table::new(finished))
}

/// Leaves the rows that come first in the table.
fn first_rows(live: &mut Vec<Live>, limit: usize) {
    if live.iter().map(|piece| piece.rows.count()).sum::<usize>() <= limit {
        return;
    }
    let mut places: Vec<u64> = Vec::new();
    for piece in live.iter() {
        let rows = piece.rows.rows();
        places.extend(rows.iter().take(limit).map(|&row| piece.batch.ordinal(row as usize)));
    }
    places.sort_unstable();
    let Some(&end) = places.get(limit) else { return };
    for piece in live.iter_mut() {
        let before = Bitmap::from_fn(piece.batch.rows(), |row| piece.batch.ordinal(row) < end);
        piece.rows.and(&before);
    }
    live.retain(|piece| !piece.rows.none());
}

impl Live {
    /// The batch with the fields that were made. It has all that are wanted, and perhaps others.
    fn with_made(&self, wanted: &FieldSet) -> Batch {
        let mut batch = self.batch.clone();
        let mut made = self.made.iter().filter(|(field, _)| wanted.contains(field)).peekable();
        // Setting one makes a list of columns of its own: of few.
        if made.peek().is_some() && !wanted.is_all() {
            batch.retain(|field| wanted.contains(field));
        }
        for (field, column) in made {
            match column {
                Some(column) => batch.set(field, column.clone()),
                None => drop(batch.remove(field)),
            }
        }
        batch
    }

    /// Takes the rows that are out out of the batch.
    fn detach(&mut self, needed: &FieldSet) {
        if !needed.is_all() {
            self.batch.retain(|field| needed.contains(field));
            self.made.retain(|field, _| needed.contains(field));
        }
        let rows = self.rows.rows();
        self.batch = self.batch.take(&rows);
        self.made.values_mut().flatten().for_each(|column| *column = column.take(&rows));
        self.rows = Bitmap::filled(rows.len(), true);
        self.whole = None;
    }
}

struct Narrowing<'a> {
    made: Option<&'a Made>,
    cx: &'a Context,
}

impl Narrowing<'_> {
    /// Makes the wanted fields of all pieces, those of pieces with the same rules together. `later` is what will be asked for from now on.
    fn make(&self, live: &mut [Live], wanted: &FieldSet, later: &FieldSet) {
        let mut open: Vec<(usize, Vec<FieldName>)> = Vec::new();
        // Pieces share rules.
        let mut outputs: HashMap<*const Rules, Vec<FieldName>> = HashMap::new();
        for (i, piece) in live.iter_mut().enumerate() {
            let wanted = outputs.entry(Arc::as_ptr(&piece.rules)).or_insert_with(|| {
                piece.rules.outputs().iter().filter(|field| wanted.contains(field)).cloned().collect()
            });
            let mut missing = wanted.clone();
            missing.retain(|field| !piece.made.contains_key(field));
            if let (Some(made), Some(whole)) = (self.made, piece.whole) {
                missing.retain(|field| match made.get(whole, field) {
                    Some(column) => {
                        piece.made.insert(field.clone(), column);
                        false
                    }
                    None => true,
                });
            }
            if !missing.is_empty() {
                let count = piece.rows.count();
                let few = if piece.whole.is_some() { count * FEW } else { count };
                if few < piece.batch.rows() {
                    piece.detach(&piece.rules.inputs(later));
                }
                open.push((i, missing));
            }
        }
        while let Some((first, missing)) = open.first().cloned() {
            let rules = live[first].rules.clone();
            let (same, rest): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|(i, own)| Arc::ptr_eq(&live[*i].rules, &rules) && *own == missing);
            let same: Vec<usize> = same.into_iter().map(|(i, _)| i).collect();
            self.make_same(live, &same, &rules, &missing);
            open = rest;
        }
    }

    fn make_same(&self, live: &mut [Live], same: &[usize], rules: &Rules, missing: &[FieldName]) {
        let wanted = FieldSet::of(missing);
        let mut batches: Vec<Batch> = same.iter().map(|&i| live[i].batch.clone()).collect();
        rules.derive(&mut batches, &wanted, self.cx);
        let mut kept = Vec::new();
        for (&i, batch) in same.iter().zip(&batches) {
            for field in missing {
                let column = batch.column(field).cloned();
                if let Some(whole) = live[i].whole {
                    kept.push(((whole, field.clone()), column.clone()));
                }
                live[i].made.insert(field.clone(), column);
            }
        }
        // What a run left undone as it ended is not what the events have.
        if let Some(made) = self.made.filter(|_| !kept.is_empty() && !self.cx.notes.is_ending()) {
            made.keep(kept);
        }
    }
}
