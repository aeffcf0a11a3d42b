//! Fields made from the values of one field, once for each distinct value: what `rex`, `spath`, `extract` and their like share.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use indexmap::{IndexMap, IndexSet};
use rayon::prelude::*;

use super::run::RunContext;
use crate::error::Result;
use crate::table::{
    Batch, Column, Dictionary, DictionaryBuilder, Entries, FieldName, Table, dictionaries_of, field_name,
};
use crate::value::{Value, ValueRef};

/// Entries that a core takes at once. Between them it looks at whether the run goes on.
const PIECE: usize = 1_024;
/// The row leaves the field as it is.
const KEEP: u32 = u32::MAX;
/// Marks a code that is a place in the list of other values.
const OTHER: u32 = 1 << 31;

/// Takes the fields that are made of one value after the other.
pub(crate) struct Made {
    outputs: IndexMap<FieldName, Output, foldhash::fast::FixedState>,
    /// Values that have had their turn.
    done: usize,
    /// The number of the value whose turn it is.
    row: usize,
}

/// One field under construction: texts by code, anything else in a list.
#[derive(Default)]
struct Output {
    texts: DictionaryBuilder,
    codes: Vec<u32>,
    others: Vec<Other>,
}

enum Other {
    Value(Value),
    List(Vec<Value>),
}

impl Made {
    /// For fields some of which are known already: they have the slots from 0 on.
    fn new(known: &[FieldName]) -> Made {
        Made { outputs: known.iter().map(|name| (name.clone(), Output::default())).collect(), done: 0, row: 0 }
    }

    /// The slot of a field.
    pub(crate) fn slot(&mut self, name: &str) -> usize {
        match self.outputs.get_index_of(name) {
            Some(slot) => slot,
            None => self.outputs.insert_full(field_name(name), Output::default()).0,
        }
    }

    /// Whether this value has made the field already.
    pub(crate) fn has(&self, slot: usize) -> bool {
        self.outputs[slot].codes.len() > self.row
    }

    /// Sets a field to a text.
    pub(crate) fn text(&mut self, slot: usize, text: &str) {
        let row = self.row;
        let output = &mut self.outputs[slot];
        let code = output.texts.intern(text);
        output.put(row, code);
    }

    /// Sets a field to a value; null takes it away.
    pub(crate) fn value(&mut self, slot: usize, value: Value) {
        let row = self.row;
        let output = &mut self.outputs[slot];
        let code = match value {
            Value::Null => 0,
            Value::Str(text) => output.texts.intern(&text),
            other => {
                output.others.push(Other::Value(other));
                OTHER | (output.others.len() as u32 - 1)
            }
        };
        output.put(row, code);
    }

    /// Adds a text to what this value has made of the field so far.
    pub(crate) fn append(&mut self, slot: usize, text: &str) {
        if !self.has(slot) {
            return self.text(slot, text);
        }
        let row = self.row;
        let output = &mut self.outputs[slot];
        let code = output.codes[row];
        if code & OTHER != 0
            && let Some(Other::List(list)) = output.others.get_mut((code & !OTHER) as usize)
        {
            list.push(Value::str(text));
            return;
        }
        let list = vec![output.value(code), Value::str(text)];
        output.others.push(Other::List(list));
        output.codes[row] = OTHER | (output.others.len() as u32 - 1);
    }

    /// Says which of the texts at hand the setters are about: later ones follow earlier ones.
    pub(crate) fn turn_to(&mut self, text: usize) {
        self.row = self.done + text;
    }

    /// Takes in what the next value makes.
    fn take(&mut self, value: ValueRef<'_>, maker: &dyn Maker) -> Result<()> {
        if !value.is_null() {
            maker.of_value(value, self)?;
        }
        self.pass(1);
        Ok(())
    }

    /// Takes in what the next texts make.
    fn take_texts(&mut self, texts: Entries<'_>, maker: &dyn Maker) -> Result<()> {
        maker.of_texts(texts, self)?;
        self.pass(texts.len());
        Ok(())
    }

    fn pass(&mut self, values: usize) {
        self.done += values;
        self.row = self.done;
    }

    /// The fields that any value has set.
    fn finish(self) -> Columns {
        let rows = self.done;
        let finish = |(name, output): (FieldName, Output)| {
            let (column, set) = output.finish(rows);
            (name, column, set)
        };
        self.outputs.into_iter().filter(|(_, output)| !output.codes.is_empty()).map(finish).collect()
    }
}

impl Output {
    fn put(&mut self, row: usize, code: u32) {
        self.codes.resize(row, KEEP);
        self.codes.push(code);
    }

    fn value(&self, code: u32) -> Value {
        if code == KEEP || code == 0 {
            return Value::Null;
        }
        match self.others.get((code & !OTHER) as usize).filter(|_| code & OTHER != 0) {
            Some(Other::Value(value)) => value.clone(),
            Some(Other::List(list)) => Value::multi(list.iter().cloned()),
            None => Value::str(self.texts.get(code)),
        }
    }

    /// The column, and which rows have set the field (`None` when all have).
    fn finish(mut self, rows: usize) -> (Column, Option<Vec<bool>>) {
        self.codes.resize(rows, KEEP);
        let set: Vec<bool> = self.codes.iter().map(|&code| code != KEEP).collect();
        let set = (!set.iter().all(|&s| s)).then_some(set);
        if self.others.is_empty() {
            let codes = self.codes.iter().map(|&code| if code == KEEP { 0 } else { code }).collect();
            return (Column::Dict(Arc::new(self.texts.finish()), codes), set);
        }
        (Column::from_values(self.codes.iter().map(|&code| self.value(code)).collect()), set)
    }
}

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

/// The fields made of a list of values, with the rows that set them.
type Columns = Vec<(FieldName, Column, Option<Vec<bool>>)>;

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
                        if set.is_none() {
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

/// What one core has made of the entries that it took, piece by piece.
struct Taken {
    pieces: Vec<Range<usize>>,
    columns: Columns,
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
    // A core that began late, or got long texts, takes fewer pieces. It has each text that its entries make but once.
    let take = |_| -> Result<Taken> {
        let (mut made, mut pieces) = (Made::new(known), Vec::new());
        loop {
            let start = next.fetch_add(PIECE, Ordering::Relaxed);
            if start >= rows {
                return Ok(Taken { pieces, columns: made.finish() });
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
    let cores = rayon::current_num_threads().min(rows.div_ceil(PIECE));
    let mut taken: Vec<Taken> = (0..cores).into_par_iter().map(take).collect::<Result<_>>()?;
    taken.retain(|taken| !taken.pieces.is_empty());
    Ok(if taken.len() == 1 { taken.swap_remove(0).columns } else { joined(&taken, known) })
}

/// What all cores have made, in the order of the entries, whichever core took them.
fn joined(taken: &[Taken], known: &[FieldName]) -> Columns {
    let mut pieces: Vec<(Range<usize>, usize)> = Vec::new();
    for (core, taken) in taken.iter().enumerate() {
        pieces.extend(taken.pieces.iter().cloned().map(|piece| (piece, core)));
    }
    pieces.sort_unstable_by_key(|(piece, _)| piece.start);
    // The rows of the cores' columns, in this order.
    let mut next = vec![0; taken.len()];
    let rows = |(piece, core): (Range<usize>, usize)| {
        let start = next[core];
        next[core] += piece.len();
        (core, start..next[core])
    };
    let stretches: Vec<(usize, Range<usize>)> = pieces.into_iter().map(rows).collect();
    let named = |taken: &Taken| taken.columns.iter().map(|(name, ..)| name.clone()).collect::<Vec<_>>();
    let names: IndexSet<FieldName> = taken.iter().flat_map(named).collect();
    let join = |name: FieldName| {
        let slots: Vec<_> = taken.iter().map(|taken| taken.columns.iter().position(|(own, ..)| *own == name)).collect();
        let made = |core: usize| slots[core].map(|slot| &taken[core].columns[slot]);
        let (mut set, mut first) = (Vec::new(), None);
        for (core, rows) in &stretches {
            let start = set.len();
            match made(*core) {
                Some((_, _, Some(own))) => set.extend_from_slice(&own[rows.clone()]),
                made => set.resize(start + rows.len(), made.is_some()),
            }
            let new = || set[start..].iter().position(|&set| set);
            first = first.or_else(|| Some((start + new()?, slots[*core])));
        }
        // Fields that nobody knew of come in the order in which the entries made them.
        let order = match known.iter().position(|known| *known == name) {
            Some(place) => (0, Some(place)),
            None => first.map_or((usize::MAX, None), |(row, slot)| (row + 1, slot)),
        };
        let columns: Vec<Option<&Column>> =
            (0..taken.len()).map(|core| made(core).map(|(_, column, _)| column)).collect();
        (order, (name, Column::join_coded(&columns, &stretches), Some(set)))
    };
    let mut columns: Vec<_> = names.into_iter().collect::<Vec<_>>().into_par_iter().map(join).collect();
    columns.sort_by_key(|(order, _)| *order);
    columns.into_iter().map(|(_, column)| column).collect()
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
        let is_set = |row: usize| match (set, places) {
            (None, _) => true,
            (Some(set), None) => set[row],
            (Some(set), Some(places)) => set[places[row] as usize],
        };
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
