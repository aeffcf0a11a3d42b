//! From events to batches: [`TableBuilder`] takes fields as text, groups events by shape, codes texts through one dictionary a field.
//!
//! Builders of parts of the input (one a core) are joined by [`TableBuilder::absorb`]; [`TableBuilder::finish`] puts the events in time order.

use std::sync::Arc;

use hashbrown::{HashMap, HashTable};
use indexmap::IndexMap;

use super::dictionary::hash_text;
use super::order::BATCH_ROWS;
use super::{Batch, Column, Dictionary, FieldName, MultiColumn, NumColumn, Ordinals, Table, TextColumn, field_name};
use crate::value::Value;

type Hashed<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// Collects distinct texts and hands out their codes, from 1.
#[derive(Default)]
pub struct DictionaryBuilder {
    text: String,
    ends: Vec<u32>,
    index: HashTable<u32>,
    last: u32,
}

impl DictionaryBuilder {
    fn entry(&self, code: u32) -> &str {
        entry(&self.text, &self.ends, code)
    }

    /// The code of `text`, new or known.
    pub fn intern(&mut self, text: &str) -> u32 {
        if self.last != 0 && self.entry(self.last) == text {
            return self.last;
        }
        let hash = hash_text(text);
        let (arena, ends) = (&self.text, &self.ends);
        if let Some(&code) = self.index.find(hash, |&code| entry(arena, ends, code) == text) {
            self.last = code;
            return code;
        }
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        let code = self.ends.len() as u32;
        let (arena, ends) = (&self.text, &self.ends);
        self.index.insert_unique(hash, code, |&code| hash_text(entry(arena, ends, code)));
        self.last = code;
        code
    }

    /// How many texts are known.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no text is known.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The dictionary of the texts met.
    pub fn finish(mut self) -> Dictionary {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        Dictionary::from_parts(self.text, self.ends)
    }
}

fn entry<'a>(text: &'a str, ends: &[u32], code: u32) -> &'a str {
    let at = code as usize - 1;
    let start = if at == 0 { 0 } else { ends[at - 1] as usize };
    &text[start..ends[at] as usize]
}

/// Builds one column from values a row at a time: texts become a dictionary, numbers stay numbers.
#[derive(Default)]
pub struct ColumnBuilder {
    values: Vec<Value>,
}

impl ColumnBuilder {
    /// Adds a row.
    pub fn push(&mut self, value: Value) {
        self.values.push(value);
    }

    /// The column; texts are dictionary-coded.
    pub fn finish(self) -> Column {
        let column = Column::from_values(self.values);
        let Column::Mixed(values) = &column else { return column };
        if values.iter().all(|v| matches!(v, Value::Null | Value::Str(_)))
            && let Some((dictionary, codes)) = column.encode()
        {
            return Column::Dict(dictionary, codes);
        }
        column
    }
}

/// A field of the table under construction.
struct Slot {
    name: FieldName,
    dictionary: DictionaryBuilder,
    rows: usize,
}

/// The events of one shape: for each slot its codes (or texts, for slots kept as text).
struct Shape {
    slots: Vec<u32>,
    columns: Vec<Vec<u32>>,
    multi: Vec<(u32, Vec<u32>, Vec<u32>)>,
    raw: TextColumn,
    time: Vec<f64>,
    place: Vec<u64>,
}

/// Takes events field by field and makes a [`Table`] of them.
#[derive(Default)]
pub struct TableBuilder {
    slots: Vec<Slot>,
    by_name: Hashed<FieldName, u32>,
    shapes: Vec<Shape>,
    by_slots: Hashed<Box<[u32]>, u32>,
    row: Vec<(u32, u32)>,
    row_multi: Vec<(u32, Vec<u32>)>,
    row_raw: Option<String>,
    row_time: f64,
    events: u64,
}

impl TableBuilder {
    /// An empty table.
    pub fn new() -> Self {
        TableBuilder { row_time: f64::NAN, ..TableBuilder::default() }
    }

    /// Events so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The handle of a field, for formats that meet the same names again and again.
    pub fn slot(&mut self, name: &str) -> u32 {
        if let Some(&slot) = self.by_name.get(name) {
            return slot;
        }
        let (slot, name) = (self.slots.len() as u32, field_name(name));
        self.slots.push(Slot { name: name.clone(), dictionary: DictionaryBuilder::default(), rows: 0 });
        self.by_name.insert(name, slot);
        slot
    }

    /// Gives the current event a field by name. A second value for the same field is ignored: the first counts.
    pub fn field(&mut self, name: &str, text: &str) {
        let slot = self.slot(name);
        self.put(slot, text);
    }

    /// Gives the current event a field by handle.
    pub fn put(&mut self, slot: u32, text: &str) {
        let code = self.slots[slot as usize].dictionary.intern(text);
        self.row.push((slot, code));
    }

    /// Gives the current event a multivalue field (one value is a plain field, none is no field).
    pub fn multi<'a>(&mut self, name: &str, values: impl IntoIterator<Item = &'a str>) {
        let slot = self.slot(name);
        let dictionary = &mut self.slots[slot as usize].dictionary;
        let codes: Vec<u32> = values.into_iter().map(|v| dictionary.intern(v)).collect();
        match codes[..] {
            [] => {}
            [code] => self.row.push((slot, code)),
            _ => self.row_multi.push((slot, codes)),
        }
    }

    /// Whether the current event has the field already.
    pub fn has(&self, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|&slot| {
            self.row.iter().any(|&(s, _)| s == slot) || self.row_multi.iter().any(|(s, _)| *s == slot)
        })
    }

    /// Sets the current event's `_time`, epoch seconds; NaN is no time.
    pub fn time(&mut self, time: f64) {
        self.row_time = time;
    }

    /// Sets the current event's `_raw`.
    pub fn raw(&mut self, raw: &str) {
        self.row_raw = Some(raw.to_owned());
    }

    /// Drops what the current event has got so far.
    pub fn discard(&mut self) {
        self.row.clear();
        self.row_multi.clear();
        self.row_raw = None;
        self.row_time = f64::NAN;
    }

    /// Ends the current event; `place` is its place in the source (ties of time keep it).
    pub fn end(&mut self, place: u64) {
        // Shape: the fields, in ascending slot order. The first value of a field counts.
        self.row.sort_by_key(|&(slot, _)| slot);
        self.row.dedup_by_key(|&mut (slot, _)| slot);
        self.row_multi.sort_by_key(|&(slot, _)| slot);
        self.row_multi.dedup_by_key(|&mut (slot, _)| slot);
        let row = &self.row;
        self.row_multi.retain(|(slot, _)| row.binary_search_by_key(slot, |&(s, _)| s).is_err());
        const MULTI: u32 = 1 << 31;
        let mut key: Vec<u32> = self.row.iter().map(|&(slot, _)| slot).collect();
        key.extend(self.row_multi.iter().map(|&(slot, _)| slot | MULTI));
        if self.row_raw.is_some() {
            key.push(u32::MAX);
        }
        if !self.row_time.is_nan() {
            key.push(u32::MAX - 1);
        }
        let shape = match self.by_slots.get(&key[..]) {
            Some(&shape) => shape,
            None => {
                let shape = self.shapes.len() as u32;
                self.shapes.push(Shape {
                    slots: self.row.iter().map(|&(slot, _)| slot).collect(),
                    columns: vec![Vec::new(); self.row.len()],
                    multi: self.row_multi.iter().map(|&(slot, _)| (slot, vec![0], Vec::new())).collect(),
                    raw: TextColumn::default(),
                    time: Vec::new(),
                    place: Vec::new(),
                });
                self.by_slots.insert(key.into(), shape);
                shape
            }
        };
        let shape = &mut self.shapes[shape as usize];
        for (column, &(slot, code)) in shape.columns.iter_mut().zip(&self.row) {
            column.push(code);
            self.slots[slot as usize].rows += 1;
        }
        for ((_, offsets, children), (_, codes)) in shape.multi.iter_mut().zip(&self.row_multi) {
            children.extend(codes);
            offsets.push(children.len() as u32);
        }
        if let Some(raw) = &self.row_raw {
            shape.raw.push(Some(raw));
        }
        if !self.row_time.is_nan() {
            shape.time.push(self.row_time);
        }
        shape.place.push(place);
        self.events += 1;
        self.discard();
    }

    /// Adds another builder's events: its dictionaries are merged into these, its codes mapped. Places are taken as they are.
    pub fn absorb(&mut self, other: TableBuilder) {
        let maps: Vec<(u32, Vec<u32>)> = other
            .slots
            .iter()
            .map(|theirs| {
                let slot = self.slot(&theirs.name);
                let ours = &mut self.slots[slot as usize];
                ours.rows += theirs.rows;
                let map = (1..=theirs.dictionary.len() as u32)
                    .map(|code| ours.dictionary.intern(theirs.dictionary.entry(code)));
                (slot, std::iter::once(0).chain(map).collect())
            })
            .collect();
        for mut shape in other.shapes {
            for (slot, column) in shape.slots.iter_mut().zip(&mut shape.columns) {
                let (ours, map) = &maps[*slot as usize];
                column.iter_mut().for_each(|code| *code = map[*code as usize]);
                *slot = *ours;
            }
            for (slot, _, children) in &mut shape.multi {
                let (ours, map) = &maps[*slot as usize];
                children.iter_mut().for_each(|code| *code = map[*code as usize]);
                *slot = *ours;
            }
            self.shapes.push(shape);
        }
        self.events += other.events;
    }

    /// The table: newest first by `_time`, ties and events without time in the order of their places, those without time last.
    pub fn finish(self) -> Table {
        let dictionaries: Vec<(FieldName, Arc<Dictionary>)> =
            self.slots.into_iter().map(|slot| (slot.name, Arc::new(slot.dictionary.finish()))).collect();
        let ordinals = order_of(&self.shapes);
        let pieces: Vec<Batch> = self
            .shapes
            .into_iter()
            .zip(ordinals)
            .flat_map(|(shape, ordinals)| batches_of(shape, &ordinals, &dictionaries))
            .collect();
        Table::new(pieces)
    }
}

/// For each shape the ordinal of each of its rows.
fn order_of(shapes: &[Shape]) -> Vec<Vec<u64>> {
    let total: usize = shapes.iter().map(|s| s.place.len()).sum();
    let mut keys: Vec<(u64, u64, u32, u32)> = Vec::with_capacity(total);
    for (s, shape) in shapes.iter().enumerate() {
        for (row, &place) in shape.place.iter().enumerate() {
            // Newest first: the bits of the time, turned so that larger times sort lower; no time sorts last.
            let key = shape.time.get(row).map_or(u64::MAX, |&time| !sortable_bits(time));
            keys.push((key, place, s as u32, row as u32));
        }
    }
    if !keys.is_sorted() {
        keys.sort_unstable();
    }
    let mut ordinals: Vec<Vec<u64>> = shapes.iter().map(|s| vec![0; s.place.len()]).collect();
    for (ordinal, &(_, _, shape, row)) in keys.iter().enumerate() {
        ordinals[shape as usize][row as usize] = ordinal as u64;
    }
    ordinals
}

/// Bits that sort as the numbers do.
fn sortable_bits(n: f64) -> u64 {
    let bits = n.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The batches of one shape: rows in order, at most [`BATCH_ROWS`] each, constants found.
fn batches_of(shape: Shape, ordinals: &[u64], dictionaries: &[(FieldName, Arc<Dictionary>)]) -> Vec<Batch> {
    let mut rows: Vec<u32> = (0..ordinals.len() as u32).collect();
    rows.sort_unstable_by_key(|&row| ordinals[row as usize]);
    let whole = whole_batch(&shape, dictionaries);
    let in_place = rows.iter().enumerate().all(|(i, &row)| i == row as usize);
    rows.chunks(BATCH_ROWS)
        .map(|chunk| {
            let batch = if in_place && chunk.len() == rows.len() { whole.clone() } else { whole.take(chunk) };
            let places: Arc<[u64]> = chunk.iter().map(|&row| ordinals[row as usize]).collect();
            let ordinals = match places[..] {
                [first, .., last] if last - first + 1 == places.len() as u64 => Ordinals::From(first),
                [only] => Ordinals::From(only),
                _ => Ordinals::List(places),
            };
            constants(&batch).with_ordinals(ordinals)
        })
        .collect()
}

/// All rows of a shape, in the order they came.
fn whole_batch(shape: &Shape, dictionaries: &[(FieldName, Arc<Dictionary>)]) -> Batch {
    let rows = shape.place.len();
    let mut columns: IndexMap<FieldName, Column> = IndexMap::new();
    if !shape.time.is_empty() {
        columns.insert(
            field_name("_time"),
            Column::Num(Arc::new(NumColumn { values: shape.time.clone(), valid: None, decimals: None })),
        );
    }
    if !shape.raw.is_empty() {
        let raw = TextColumn { text: shape.raw.text.clone(), spans: shape.raw.spans.clone() };
        columns.insert(field_name("_raw"), Column::Text(Arc::new(raw)));
    }
    for (slot, codes) in shape.slots.iter().zip(&shape.columns) {
        let (name, dictionary) = &dictionaries[*slot as usize];
        columns.insert(name.clone(), Column::Dict(dictionary.clone(), codes.as_slice().into()));
    }
    for (slot, offsets, children) in &shape.multi {
        let (name, dictionary) = &dictionaries[*slot as usize];
        let child = Column::Dict(dictionary.clone(), children.as_slice().into());
        columns.insert(name.clone(), Column::Multi(Arc::new(MultiColumn { offsets: offsets.clone(), child })));
    }
    Batch::new(rows).with_columns(columns)
}

/// The batch with columns that hold one code throughout made constant.
fn constants(batch: &Batch) -> Batch {
    let tighten = |column: &Column| match column {
        Column::Dict(dictionary, codes) if codes.len() > 1 && codes.iter().all(|&code| code == codes[0]) => {
            Column::Const(dictionary.get(codes[0]).map_or(Value::Null, Value::str), codes.len())
        }
        other => other.clone(),
    };
    batch.with_columns(batch.columns().map(|(name, column)| (name.clone(), tighten(column))))
}
