//! Fields made from the values of one field, once for each distinct value: what `rex`, `spath`, `extract` and their like share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::made::{Columns, Made, Taken, joined};
use super::run::RunContext;
use crate::cores::each;
use crate::error::Result;
use crate::table::{Batch, Column, Dictionary, Entries, FieldName, Table, dictionaries_of};
use crate::value::ValueRef;

/// Entries that a core takes at once. Between them it looks at whether the run goes on.
const PIECE: usize = 1_024;

/// What one value does to the fields: it calls the [`Made`]'s setters; fields it does not set stay as they are.
pub(crate) type OfValue<'a> = &'a (dyn Fn(ValueRef<'_>, &mut Made) -> Result<()> + Sync);

/// What makes fields from values. Most do so value by value and are an [`OfValue`].
pub(crate) trait Maker: Sync {
    /// What one value does to the fields.
    fn of_value(&self, value: ValueRef<'_>, made: &mut Made) -> Result<()>;

    /// The same for many texts; [`Made::turn_to`] has to be called for each that sets a field.
    fn of_texts(&self, texts: Entries<'_>, made: &mut Made) -> Result<()> {
        texts.iter().enumerate().try_for_each(|(at, text)| {
            made.turn_to(at);
            self.of_value(ValueRef::Str(text), made)
        })
    }
}

impl Maker for OfValue<'_> {
    fn of_value(&self, value: ValueRef<'_>, made: &mut Made) -> Result<()> {
        self(value, made)
    }
}

/// Calls `make` with the values of `field` (nulls left out) and puts the fields it sets into the table. `known` are the fields of the slots from
/// 0 on; it may make others.
pub(crate) fn map_field(
    table: Table,
    field: &str,
    known: &[FieldName],
    cx: &RunContext<'_>,
    make: OfValue<'_>,
) -> Result<Table> {
    make_fields(table, field, known, cx, &make)
}

/// As [`map_field`], for a maker that has a way of its own for many texts.
pub(crate) fn make_fields(
    table: Table,
    field: &str,
    known: &[FieldName],
    cx: &RunContext<'_>,
    maker: &dyn Maker,
) -> Result<Table> {
    let declared = table.declared_fields().map(<[_]>::to_vec);
    let batches = table.into_batches();
    let dictionaries = dictionaries_of(batches.iter().map(|batch| batch.column(field)));
    let entries: Vec<Option<Columns>> = dictionaries
        .iter()
        .map(|(dictionary, rows)| {
            (dictionary.len() <= 2 * rows + 64).then(|| over_entries(dictionary, known, cx, maker)).transpose()
        })
        .collect::<Result<_>>()?;
    let one = |mut batch: Batch| -> Result<Batch> {
        let Some(column) = batch.column(field).cloned() else { return Ok(batch) };
        match &column {
            Column::Const(value, rows) => {
                if !value.is_null() {
                    for (name, made, set) in over_values(std::iter::once(value.as_ref()), known, cx, maker)? {
                        if set.sets(0) {
                            batch.set(name, Column::Const(made.value(0), *rows));
                        }
                    }
                }
            }
            Column::Dict(dictionary, codes) => {
                let at = dictionaries.iter().position(|(other, _)| Arc::ptr_eq(other, dictionary));
                match at.and_then(|at| entries[at].as_ref()) {
                    Some(columns) => apply(&mut batch, columns, Some(codes)),
                    None => {
                        let mut used: Vec<u32> = codes.to_vec();
                        used.sort_unstable();
                        used.dedup();
                        let texts = used.iter().map(|&code| dictionary.get(code).map_or(ValueRef::Null, ValueRef::Str));
                        let columns = over_values(texts, known, cx, maker)?;
                        let places: Vec<u32> =
                            codes.iter().map(|code| used.binary_search(code).unwrap_or(0) as u32).collect();
                        apply(&mut batch, &columns, Some(&places));
                    }
                }
            }
            other => {
                let columns = over_values((0..other.len()).map(|row| other.get(row)), known, cx, maker)?;
                apply(&mut batch, &columns, None);
            }
        }
        Ok(batch)
    };
    Ok(Table::new(cx.for_each(batches, one)?).with_fields_after(declared))
}

fn over_values<'v>(
    values: impl Iterator<Item = ValueRef<'v>>,
    known: &[FieldName],
    cx: &RunContext<'_>,
    maker: &dyn Maker,
) -> Result<Columns> {
    let mut made = Made::new(known);
    for (at, value) in values.enumerate() {
        if at % PIECE == 0 {
            cx.check()?;
        }
        made.take(value, maker)?;
    }
    Ok(made.finish())
}

/// The fields for every code of a dictionary; row `code` belongs to that code, row 0 to null.
fn over_entries(
    dictionary: &Dictionary,
    known: &[FieldName],
    cx: &RunContext<'_>,
    maker: &dyn Maker,
) -> Result<Columns> {
    let rows = dictionary.len() + 1;
    let next = AtomicUsize::new(0);
    let cores = rayon::current_num_threads().min(rows.div_ceil(PIECE));
    // A core that began late, or got long texts, takes fewer pieces.
    let take = |_| -> Result<Taken> {
        let mut made = if cores > 1 { Made::of_core(known) } else { Made::new(known) };
        let mut pieces = Vec::new();
        loop {
            let start = next.fetch_add(PIECE, Ordering::Relaxed);
            if start >= rows {
                return Ok(Taken { pieces, made });
            }
            cx.check()?;
            let piece = start..rows.min(start + PIECE);
            if start == 0 {
                made.take(ValueRef::Null, maker)?;
            }
            made.take_texts(dictionary.entries(start.max(1)..piece.end), maker)?;
            pieces.push(piece);
        }
    };
    let mut taken: Vec<Taken> = each((0..cores).collect(), take).into_iter().collect::<Result<_>>()?;
    Ok(if cores == 1 { taken.swap_remove(0).made.finish() } else { joined(taken, known) })
}

/// Puts the columns into the batch, row by row or, with `places`, those rows of them; rows that do not set a field keep what they have.
fn apply(batch: &mut Batch, columns: &Columns, places: Option<&[u32]>) {
    for (name, column, set) in columns {
        let new = || places.map_or_else(|| column.clone(), |places| column.take(places));
        let Some(old) = batch.column(name).cloned() else {
            let new = new();
            if !new.all_null() {
                batch.set(name, new);
            }
            continue;
        };
        let is_set = |row: usize| set.sets(places.map_or(row, |places| places[row] as usize));
        let (mut any, mut all) = (false, true);
        for row in 0..batch.rows() {
            let set = is_set(row);
            any |= set;
            all &= set;
        }
        if !any {
            continue;
        }
        let new = new();
        batch.set(name, if all { new } else { new.choose(&old, is_set) });
    }
}
