//! From rows of codes to batches: orders events by time, gives every code its text.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::builder::{MULTI, Slot};
use super::layout::{Layout, Rendered};
use super::listing::Listing;
use super::order::BATCH_ROWS;
use super::raw_text::{RawText, RawTexts, Span};
use super::shape::{Chunk, Codes, Shape};
use super::{
    Batch, Column, Dictionary, FieldName, MultiColumn, NumColumn, Ordinals, Table, TableBuilder, TextColumn, field_name,
};
use crate::value::Value;

impl TableBuilder {
    /// The table: newest first by `_time`, ties and events without time in the order they came, those without time last.
    pub fn finish(mut self) -> Table {
        self.discard();
        self.merge_small_shapes();
        let events = self.events_of_shapes();
        let ordinals = ordinals(&self.times);
        let TableBuilder { slots, shapes, multi_codes, multi_ends, times, .. } = self;
        let fields: Vec<(FieldName, Texts)> =
            slots.into_par_iter().map(|slot| (slot.name.clone(), Texts::of(slot))).collect();
        let lists = Multivalues { codes: multi_codes, ends: multi_ends };
        let batches: Vec<Vec<Batch>> = shapes
            .into_par_iter()
            .zip(events)
            .map(|(mut shape, events)| {
                let raw = shape.raw.take().map(RawText::finish);
                let rows = Rows { events, times: &times, ordinals: &ordinals };
                let source = Source {
                    slots: &shape.slots.clone(),
                    timed: shape.timed,
                    raw,
                    rows,
                    fields: &fields,
                    lists: &lists,
                };
                source.batches(shape)
            })
            .collect();
        Table::new(batches.into_iter().flatten().collect())
    }

    /// The events of each shape, in the order of the source.
    fn events_of_shapes(&mut self) -> Vec<Vec<u32>> {
        let mut events: Vec<Vec<u32>> = self.shapes.iter().map(|shape| Vec::with_capacity(shape.rows)).collect();
        for (shape, event) in std::mem::take(&mut self.sequence).into_iter().zip(0..) {
            events[shape as usize].push(event);
        }
        events
    }
}

/// The place of each event in the table.
fn ordinals(times: &[f64]) -> Vec<u32> {
    let mut ordinals = vec![0; times.len()];
    for (event, ordinal) in newest_first(times).into_iter().zip(0..) {
        ordinals[event as usize] = ordinal;
    }
    ordinals
}

/// The positions of the events in the order of the table.
fn newest_first(times: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..times.len() as u32).collect();
    let time = |event: u32| times[event as usize];
    let timed = if times.iter().any(|t| t.is_nan()) {
        order.sort_by_key(|&event| time(event).is_nan());
        order.partition_point(|&event| !time(event).is_nan())
    } else {
        order.len()
    };
    let timed = &mut order[..timed];
    if timed.is_sorted_by(|&a, &b| time(a) >= time(b)) {
        return order;
    }
    // Logs run forward in time, or nearly so: sort that way, which costs little, then turn round and put ties right again.
    timed.sort_by(|&a, &b| time(a).total_cmp(&time(b)));
    timed.reverse();
    timed.chunk_by_mut(|&a, &b| time(a) == time(b)).for_each(<[u32]>::reverse);
    order
}

/// The texts of a field, ready to be shared.
enum Texts {
    Dictionary(Arc<Dictionary>),
    Listing(Arc<Listing>),
    Layouts(Vec<Arc<Layout>>),
}

impl Texts {
    fn of(slot: Slot) -> Texts {
        match slot.listing {
            Some(listing) => Texts::Listing(Arc::new(listing.finish())),
            None if !slot.layouts.is_empty() => Texts::Layouts(slot.layouts),
            None => Texts::Dictionary(Arc::new(slot.dictionary.finish())),
        }
    }

    fn column(&self, codes: Codes, rows: usize) -> Column {
        match (self, codes) {
            (Texts::Dictionary(dictionary), Codes::Same(code)) if rows > 1 => {
                Column::Const(dictionary.get(code).map_or(Value::Null, Value::str), rows)
            }
            (Texts::Dictionary(dictionary), codes) => Column::Dict(dictionary.clone(), codes.into_each(rows)),
            (Texts::Listing(listing), codes) => {
                Column::Text(Arc::new(TextColumn::from_listing(listing.clone(), codes.into_each(rows))))
            }
            (Texts::Layouts(_), _) => Column::null(rows),
        }
    }
}

/// All multivalues of the table; see [`TableBuilder`].
struct Multivalues {
    codes: Vec<u32>,
    ends: Vec<u32>,
}

impl Multivalues {
    fn get(&self, multivalue: u32) -> &[u32] {
        match multivalue as usize {
            0 => &[],
            at => &self.codes[self.ends[at - 1] as usize..self.ends[at] as usize],
        }
    }
}

/// The rows of a shape among all events. Rows are counted as they came.
struct Rows<'a> {
    /// The event that each row is.
    events: Vec<u32>,
    times: &'a [f64],
    ordinals: &'a [u32],
}

/// The rows of chunks may lie so many times as wide apart in the table as all rows of the shape do.
const SPREAD: u64 = 4;

impl Rows<'_> {
    fn time(&self, row: u32) -> f64 {
        self.times[self.events[row as usize] as usize]
    }

    fn ordinal(&self, row: u32) -> u32 {
        self.ordinals[self.events[row as usize] as usize]
    }

    /// The rows of each chunk in the order of the table; `None` when rows lie so far from where they belong that batches made of
    /// these chunks would each reach over much of the table.
    fn within(&self, chunks: &[Chunk]) -> Option<Vec<InChunk>> {
        let (mut first, mut spread) = (0, 0);
        let mut all = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            let own = InChunk::new(self, first..first + chunk.rows as u32);
            spread += self.width(&own.rows);
            first += chunk.rows as u32;
            all.push(own);
        }
        let ends =
            all.iter().flat_map(|own| [own.rows.first(), own.rows.last()]).flatten().map(|&row| self.ordinal(row));
        let width = ends.clone().max().zip(ends.min()).map_or(0, |(last, first)| u64::from(last - first) + 1);
        (spread <= SPREAD * width).then_some(all)
    }

    /// How many ordinals there are from the first to the last of these rows.
    fn width(&self, rows: &[u32]) -> u64 {
        let ends = rows.first().zip(rows.last());
        ends.map_or(0, |(&first, &last)| u64::from(self.ordinal(last) - self.ordinal(first)) + 1)
    }

    /// The rows in the order of the table.
    fn sorted(&self) -> Vec<u32> {
        let mut rows: Vec<u32> = (0..self.events.len() as u32).collect();
        rows.sort_by_key(|&row| self.ordinal(row));
        rows
    }
}

/// The rows of a chunk.
struct InChunk {
    /// In the order of the table.
    rows: Vec<u32>,
    /// Those that are to be turned round, by their places in the chunk as it is stored; `None` when that does not put them in order.
    turned: Option<Vec<Range<usize>>>,
}

impl InChunk {
    fn new(all: &Rows<'_>, rows: Range<u32>) -> Self {
        let mut rows: Vec<u32> = rows.rev().collect();
        // Events of the same time, or of none, keep the order in which they came.
        let (mut turned, mut start) = (Vec::new(), 0);
        let same = |a: f64, b: f64| a == b || a.is_nan() && b.is_nan();
        for run in rows.chunk_by_mut(|&a, &b| same(all.time(a), all.time(b))) {
            if run.len() > 1 {
                run.reverse();
                turned.push(start..start + run.len());
            }
            start += run.len();
        }
        if rows.is_sorted_by_key(|&row| all.ordinal(row)) {
            return InChunk { rows, turned: Some(turned) };
        }
        rows.sort_by_key(|&row| all.ordinal(row));
        InChunk { rows, turned: None }
    }

    /// The columns of the chunk, which begins at this row, in the order of the table.
    fn columns(&self, chunk: Chunk, first: u32) -> Vec<Codes> {
        let Some(turned) = &self.turned else {
            let own = || self.rows.iter().map(|row| row - first);
            let pick = |codes: &Codes| Codes::new(own().map(|row| codes.of(chunk.rows, row as usize)).collect());
            return chunk.columns.iter().map(pick).collect();
        };
        let turn = |mut codes: Codes| {
            if let (Codes::Each(codes), false) = (&mut codes, turned.is_empty()) {
                let codes = Arc::make_mut(codes);
                turned.iter().for_each(|run| codes[run.clone()].reverse());
            }
            codes
        };
        chunk.columns.into_iter().map(turn).collect()
    }
}

/// What the batches of one shape are made of.
struct Source<'a> {
    slots: &'a [u32],
    timed: bool,
    raw: Option<(RawTexts, Vec<Span>)>,
    rows: Rows<'a>,
    fields: &'a [(FieldName, Texts)],
    lists: &'a Multivalues,
}

impl Source<'_> {
    /// All batches, in the order of the table.
    fn batches(&self, shape: Shape) -> Vec<Batch> {
        let chunks = shape.into_chunks();
        let Some(within) = self.rows.within(&chunks) else {
            let starts = starts(&chunks);
            let batch = |rows: &[u32]| {
                let columns = (0..self.slots.len()).map(|column| Codes::new(across(&chunks, &starts, column, rows)));
                self.batch(rows, columns.collect())
            };
            return self.rows.sorted().par_chunks(BATCH_ROWS).map(batch).collect();
        };
        let starts = starts(&chunks);
        let batch = |((own, chunk), first): ((InChunk, Chunk), u32)| {
            let columns = own.columns(chunk, first);
            self.batch(&own.rows, columns)
        };
        let mut batches: Vec<Batch> = within.into_par_iter().zip(chunks).zip(starts).map(batch).collect();
        batches.sort_by_key(|batch| batch.ordinal(0));
        batches
    }

    /// These rows as a batch, with the codes of each column.
    fn batch(&self, rows: &[u32], codes: Vec<Codes>) -> Batch {
        let mut columns: Vec<(FieldName, Column)> = Vec::with_capacity(self.slots.len() + 2);
        let times = self.timed.then(|| {
            let values = rows.iter().map(|&row| self.rows.time(row)).collect();
            Arc::new(NumColumn::new(values, None, None))
        });
        if let Some(times) = &times {
            columns.push((field_name("_time"), Column::Num(times.clone())));
        }
        if let Some((texts, spans)) = &self.raw {
            let spans = rows.iter().map(|&row| spans[row as usize]).collect();
            columns.push((field_name("_raw"), Column::Text(Arc::new(TextColumn::from_raw(texts.clone(), spans)))));
        }
        let first = columns.len();
        let mut written = None;
        for (&slot, codes) in self.slots.iter().zip(codes) {
            let (name, texts) = &self.fields[(slot & !MULTI) as usize];
            let column = match texts {
                Texts::Layouts(layouts) => {
                    written = Some((columns.len(), name.clone(), layouts, codes));
                    continue;
                }
                texts if slot & MULTI == 0 => texts.column(codes, rows.len()),
                texts => self.multi(texts, &codes.into_each(rows.len())),
            };
            columns.push((name.clone(), column));
        }
        if let Some((at, name, layouts, codes)) = written {
            let column = |slot: u32| {
                let mut place = first + self.slots.iter().position(|&known| known & !MULTI == slot)?;
                place -= usize::from(place > at);
                columns.get(place).cloned()
            };
            let rendered = Rendered::new(&codes.into_each(rows.len()), layouts, times, column);
            columns.insert(first, (name, Column::Text(Arc::new(TextColumn::from_rendered(rendered)))));
        }
        let ordinal = |&row: &u32| self.rows.ordinal(row);
        let ordinals = match rows {
            [_, .., _] if self.rows.width(rows) != rows.len() as u64 => rows.iter().map(ordinal).collect(),
            _ => Ordinals::From(rows.first().map_or(0, ordinal).into()),
        };
        Batch::new(rows.len()).with_columns(columns).with_ordinals(ordinals)
    }

    fn multi(&self, texts: &Texts, multivalues: &[u32]) -> Column {
        let mut offsets = Vec::with_capacity(multivalues.len() + 1);
        let mut children = Vec::new();
        offsets.push(0);
        for &multivalue in multivalues {
            children.extend_from_slice(self.lists.get(multivalue));
            offsets.push(children.len() as u32);
        }
        let values = children.len();
        Column::Multi(Arc::new(MultiColumn::new(&offsets, texts.column(Codes::new(children), values))))
    }
}

/// The first row of each chunk.
fn starts(chunks: &[Chunk]) -> Vec<u32> {
    let ends = chunks.iter().scan(0, |end, chunk| {
        *end += chunk.rows as u32;
        Some(*end)
    });
    std::iter::once(0).chain(ends).take(chunks.len()).collect()
}

/// The codes of a column in rows that lie in several chunks.
fn across(chunks: &[Chunk], starts: &[u32], column: usize, rows: &[u32]) -> Vec<u32> {
    let mut at = 0;
    let code = |&row: &u32| {
        if row < starts[at] || starts.get(at + 1).is_some_and(|&next| next <= row) {
            at = starts.partition_point(|&start| start <= row) - 1;
        }
        chunks[at].columns[column].of(chunks[at].rows, (row - starts[at]) as usize)
    };
    rows.iter().map(code).collect()
}
