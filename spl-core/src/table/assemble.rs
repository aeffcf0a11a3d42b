//! From rows of codes to batches: joins the builders of parts of the input, orders events by time, turns rows into columns.

use std::sync::Arc;

use rayon::prelude::*;

use super::builder::{Hashed, MULTI, RawText, Shape, Slot};
use super::layout::{Layout, Rendered};
use super::listing::Listing;
use super::order::BATCH_ROWS;
use super::{
    Batch, Column, Dictionary, DictionaryBuilder, FieldName, MultiColumn, NumColumn, Ordinals, Table, TableBuilder,
    TextColumn, field_name,
};
use crate::value::Value;

/// Shapes with fewer rows than this are put together when there are many of them.
const SMALL: usize = 256;
/// So many small shapes are left as they are.
const FEW: usize = 64;
/// Bytes of `_raw` that are copied to bring the rows of one shape together; more stay where they are.
const RAW_COPIED: usize = 1 << 26;

impl TableBuilder {
    /// Adds another builder's events behind these: its dictionaries are merged into these, its codes mapped.
    pub fn absorb(&mut self, other: TableBuilder) {
        let slots: Vec<u32> = other.slots.iter().map(|theirs| self.slot(&theirs.name)).collect();
        let mut sources: Vec<Option<&Slot>> = vec![None; self.slots.len()];
        slots.iter().zip(&other.slots).for_each(|(&ours, theirs)| sources[ours as usize] = Some(theirs));
        let layouts: Vec<Vec<u32>> = other.slots.iter().map(|theirs| self.absorb_layouts(theirs, &slots)).collect();
        // For each of these slots, what the other's codes become.
        let maps: Vec<Vec<u32>> = self
            .slots
            .par_iter_mut()
            .zip(sources)
            .map(|(ours, theirs)| theirs.map_or_else(Vec::new, |theirs| merge_slot(ours, theirs)))
            .collect();

        let mut maps = maps;
        for (layouts, &ours) in layouts.into_iter().zip(&slots).filter(|(layouts, _)| layouts.len() > 1) {
            maps[ours as usize] = layouts;
        }

        let multi_from = self.multi_ends.len() as u32 - 1;
        let codes_from = self.multi_codes.len() as u32;
        let mut multi_codes = other.multi_codes;
        let mut targets = Vec::with_capacity(other.shapes.len());
        for mut shape in other.shapes {
            let width = shape.slots.len();
            for (column, slot) in shape.slots.iter_mut().enumerate() {
                let multi = *slot & MULTI;
                let ours = slots[(*slot & !MULTI) as usize];
                let map = &maps[ours as usize];
                for code in shape.codes.iter_mut().skip(column).step_by(width) {
                    if multi == 0 {
                        *code = map[*code as usize];
                    } else if *code != 0 {
                        let (start, end) = (other.multi_ends[*code as usize - 1], other.multi_ends[*code as usize]);
                        let parts = &mut multi_codes[start as usize..end as usize];
                        parts.iter_mut().for_each(|part| *part = map[*part as usize]);
                        *code += multi_from;
                    }
                }
                *slot = ours | multi;
            }
            targets.push(self.absorb_shape(shape));
        }
        self.multi_codes.append(&mut multi_codes);
        self.multi_ends.extend(other.multi_ends[1..].iter().map(|end| end + codes_from));
        self.sequence.extend(other.sequence.iter().map(|&shape| targets[shape as usize]));
        self.times.extend(other.times);
    }

    /// What the other's layouts become, index 0 for none.
    fn absorb_layouts(&mut self, theirs: &Slot, slots: &[u32]) -> Vec<u32> {
        let ours = theirs.layouts.iter().map(|layout| self.layout(layout.with_slots(slots)));
        std::iter::once(0).chain(ours).collect()
    }

    /// Adds the rows of a shape whose slots and codes are ours already; the shape that has them now.
    fn absorb_shape(&mut self, mut shape: Shape) -> u32 {
        let width = shape.slots.len();
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_unstable_by_key(|&i| shape.slots[i] & !MULTI);
        if !order.is_sorted() {
            shape.codes = shape.codes.chunks(width).flat_map(|row| order.iter().map(|&from| row[from])).collect();
            shape.slots = order.iter().map(|&from| shape.slots[from]).collect();
        }
        if shape.raw.as_ref().is_some_and(|raw| raw.text.len() > RAW_COPIED) {
            self.shapes.push(shape);
            return self.shapes.len() as u32 - 1;
        }
        let target = self.shape(shape.slots, shape.timed, shape.raw.is_some());
        let ours = &mut self.shapes[target as usize];
        ours.rows += shape.rows;
        ours.codes.append(&mut shape.codes);
        if let (Some(ours), Some(theirs)) = (&mut ours.raw, &shape.raw) {
            ours.append(theirs);
        }
        target
    }

    /// The table: newest first by `_time`, ties and events without time in the order they came, those without time last.
    pub fn finish(mut self) -> Table {
        self.discard();
        self.merge_small_shapes();
        let ranked = self.ranked_rows();
        let TableBuilder { slots, shapes, multi_codes, multi_ends, times, .. } = self;
        let times = if shapes.iter().any(|shape| shape.timed) { times } else { Vec::new() };
        let fields: Vec<(FieldName, Texts)> =
            slots.into_par_iter().map(|slot| (slot.name.clone(), Texts::of(slot))).collect();
        let lists = Multivalues { codes: multi_codes, ends: multi_ends };
        let batches: Vec<Vec<Batch>> = shapes
            .into_par_iter()
            .zip(ranked)
            .map(|(mut shape, rows)| {
                let raw = shape.raw.take().map(|RawText { mut text, spans }| {
                    text.shrink_to_fit();
                    (Arc::new(text), spans)
                });
                let source = Source { shape: &shape, raw, times: &times, fields: &fields, lists: &lists };
                rows.par_chunks(BATCH_ROWS).map(|chunk| source.batch(chunk)).collect()
            })
            .collect();
        Table::new(batches.into_iter().flatten().collect())
    }

    /// For each shape its rows in the order of the table.
    fn ranked_rows(&self) -> Vec<Vec<Ranked>> {
        let mut next: Vec<u32> = vec![0; self.shapes.len()];
        let row_of: Vec<u32> = self
            .sequence
            .iter()
            .map(|&shape| {
                next[shape as usize] += 1;
                next[shape as usize] - 1
            })
            .collect();
        let mut ranked: Vec<Vec<Ranked>> = next.iter().map(|&rows| Vec::with_capacity(rows as usize)).collect();
        for (ordinal, event) in newest_first(&self.times).into_iter().enumerate() {
            let shape = self.sequence[event as usize] as usize;
            ranked[shape].push(Ranked { row: row_of[event as usize], event, ordinal: ordinal as u32 });
        }
        ranked
    }

    /// Puts shapes of few rows together with their likes, so that uneven data does not end as a batch an event. A field that some
    /// of them lack is null there.
    fn merge_small_shapes(&mut self) {
        let mut small: Vec<u32> =
            (0..self.shapes.len() as u32).filter(|&s| self.shapes[s as usize].rows < SMALL).collect();
        if small.len() <= FEW {
            return;
        }
        let key = |s: &u32| {
            let shape = &self.shapes[*s as usize];
            (shape.timed, shape.raw.is_some(), shape.slots.clone())
        };
        small.sort_by_cached_key(key);
        let mut groups: Vec<Group> = Vec::new();
        for s in small {
            let shape = &self.shapes[s as usize];
            match groups.last_mut() {
                Some(group) if group.accepts(shape) => group.add(s, shape),
                _ => groups.push(Group::new(s, shape)),
            }
        }
        // Shape and row of each row that moves, by its old place.
        let mut moved: Vec<Option<(u32, Vec<u32>)>> = vec![None; self.shapes.len()];
        for group in groups.into_iter().filter(|group| group.members.len() > 1) {
            let target = self.shapes.len() as u32;
            let mut merged = Shape {
                slots: group.slots.clone().into(),
                timed: group.timed,
                rows: 0,
                codes: Vec::with_capacity(group.rows * group.slots.len()),
                raw: group.raw.then(RawText::default),
            };
            for member in group.members {
                let shape = &mut self.shapes[member as usize];
                let width = shape.slots.len();
                let from: Vec<(Option<usize>, bool)> = group
                    .slots
                    .iter()
                    .map(|&slot| {
                        let at = shape.slots.iter().position(|&s| s & !MULTI == slot & !MULTI);
                        (at, slot & MULTI != 0 && at.is_some_and(|at| shape.slots[at] & MULTI == 0))
                    })
                    .collect();
                for row in 0..shape.rows {
                    let codes = &shape.codes[row * width..][..width];
                    for &(at, wrap) in &from {
                        let code = at.map_or(0, |at| codes[at]);
                        merged.codes.push(if wrap && code != 0 {
                            self.multi_codes.push(code);
                            self.multi_ends.push(self.multi_codes.len() as u32);
                            self.multi_ends.len() as u32 - 1
                        } else {
                            code
                        });
                    }
                }
                let first = merged.rows as u32;
                moved[member as usize] = Some((target, (first..first + shape.rows as u32).collect()));
                merged.rows += shape.rows;
                if let (Some(ours), Some(theirs)) = (&mut merged.raw, shape.raw.take()) {
                    ours.append(&theirs);
                }
                shape.codes = Vec::new();
            }
            self.shapes.push(merged);
        }
        self.reorder_merged(&moved);
    }

    /// Rows of a merged shape lie member by member; the sequence wants them in the order of the source.
    fn reorder_merged(&mut self, moved: &[Option<(u32, Vec<u32>)>]) {
        let mut next: Vec<usize> = vec![0; moved.len()];
        let mut order: Hashed<u32, Vec<u32>> = Hashed::default();
        for shape in &mut self.sequence {
            let from = *shape as usize;
            if let Some((target, rows)) = &moved[from] {
                order.entry(*target).or_default().push(rows[next[from]]);
                next[from] += 1;
                *shape = *target;
            }
        }
        for (target, rows) in order {
            let shape = &mut self.shapes[target as usize];
            let width = shape.slots.len();
            shape.codes = rows.iter().flat_map(|&row| &shape.codes[row as usize * width..][..width]).copied().collect();
            if let Some(raw) = &mut shape.raw {
                raw.spans = rows.iter().map(|&row| raw.spans[row as usize]).collect();
            }
        }
        for (shape, moved) in self.shapes.iter_mut().zip(moved) {
            if moved.is_some() {
                (shape.rows, shape.codes) = (0, Vec::new());
            }
        }
    }
}

/// Small shapes that become one.
struct Group {
    members: Vec<u32>,
    slots: Vec<u32>,
    narrowest: usize,
    rows: usize,
    raw_bytes: usize,
    timed: bool,
    raw: bool,
}

impl Group {
    fn new(member: u32, shape: &Shape) -> Self {
        Group {
            members: vec![member],
            slots: shape.slots.to_vec(),
            narrowest: shape.slots.len(),
            rows: shape.rows,
            raw_bytes: shape.raw.as_ref().map_or(0, |raw| raw.text.len()),
            timed: shape.timed,
            raw: shape.raw.is_some(),
        }
    }

    fn accepts(&self, shape: &Shape) -> bool {
        let raw_bytes = self.raw_bytes + shape.raw.as_ref().map_or(0, |raw| raw.text.len());
        self.timed == shape.timed
            && self.raw == shape.raw.is_some()
            && self.rows < BATCH_ROWS
            && raw_bytes < 1 << 30
            && union(&self.slots, &shape.slots).len() <= 8 + 2 * self.narrowest.min(shape.slots.len())
    }

    fn add(&mut self, member: u32, shape: &Shape) {
        self.members.push(member);
        self.slots = union(&self.slots, &shape.slots);
        self.narrowest = self.narrowest.min(shape.slots.len());
        self.rows += shape.rows;
        self.raw_bytes += shape.raw.as_ref().map_or(0, |raw| raw.text.len());
    }
}

/// The slots of both, ascending; multivalued if so in either.
fn union(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut all: Vec<u32> = a.iter().chain(b).copied().collect();
    all.sort_unstable_by_key(|&slot| (slot & !MULTI, slot & MULTI == 0));
    all.dedup_by_key(|slot| *slot & !MULTI);
    all
}

/// Merges one field's texts into another's; what each code becomes.
fn merge_slot(ours: &mut Slot, theirs: &Slot) -> Vec<u32> {
    ours.values += theirs.values;
    ours.dictionary.lossy += theirs.dictionary.lossy;
    if theirs.listing.is_some() && ours.listing.is_none() {
        ours.make_plain();
    }
    let from = &theirs.dictionary;
    match (&mut ours.listing, &theirs.listing) {
        (Some(ours), Some(theirs)) => {
            let base = ours.append_all(theirs);
            std::iter::once(0).chain((1..=theirs.len()).map(|number| base + number)).collect()
        }
        (Some(ours), None) => codes_of(from, |text| ours.append(text)),
        (None, _) => codes_of(from, |text| ours.dictionary.intern(text)),
    }
}

fn codes_of(from: &DictionaryBuilder, mut code: impl FnMut(&str) -> u32) -> Vec<u32> {
    let codes = (1..=from.len() as u32).map(|known| code(from.get(known)));
    std::iter::once(0).chain(codes).collect()
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

/// A row of a shape with its place among all events, in the source and in the table.
struct Ranked {
    row: u32,
    event: u32,
    ordinal: u32,
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

    fn column(&self, codes: Vec<u32>) -> Column {
        match self {
            Texts::Dictionary(dictionary) => match codes[..] {
                [first, _, ..] if codes.iter().all(|&code| code == first) => {
                    Column::Const(dictionary.get(first).map_or(Value::Null, Value::str), codes.len())
                }
                _ => Column::Dict(dictionary.clone(), codes.into()),
            },
            Texts::Listing(listing) => Column::Text(Arc::new(TextColumn::from_listing(listing.clone(), codes))),
            Texts::Layouts(_) => Column::null(codes.len()),
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

/// Where each row's text begins and ends.
type Spans = Vec<(u32, u32)>;

/// What the batches of one shape are made of.
struct Source<'a> {
    shape: &'a Shape,
    raw: Option<(Arc<String>, Spans)>,
    times: &'a [f64],
    fields: &'a [(FieldName, Texts)],
    lists: &'a Multivalues,
}

impl Source<'_> {
    /// These rows as a batch, in this order.
    fn batch(&self, rows: &[Ranked]) -> Batch {
        let mut columns: Vec<(FieldName, Column)> = Vec::with_capacity(self.shape.slots.len() + 2);
        let times = self.shape.timed.then(|| {
            let values = rows.iter().map(|ranked| self.times[ranked.event as usize]).collect();
            Arc::new(NumColumn { values, valid: None, decimals: None })
        });
        if let Some(times) = &times {
            columns.push((field_name("_time"), Column::Num(times.clone())));
        }
        if let Some((text, spans)) = &self.raw {
            let spans = rows.iter().map(|ranked| spans[ranked.row as usize]).collect();
            columns.push((field_name("_raw"), Column::Text(Arc::new(TextColumn::from_spans(text.clone(), spans)))));
        }
        let first = columns.len();
        let mut written = None;
        for (&slot, codes) in self.shape.slots.iter().zip(self.transposed(rows)) {
            let (name, texts) = &self.fields[(slot & !MULTI) as usize];
            let column = match texts {
                Texts::Layouts(layouts) => {
                    written = Some((columns.len(), name.clone(), layouts, codes));
                    continue;
                }
                texts if slot & MULTI == 0 => texts.column(codes),
                texts => self.multi(texts, &codes),
            };
            columns.push((name.clone(), column));
        }
        if let Some((at, name, layouts, codes)) = written {
            let column = |slot: u32| {
                let mut place = first + self.shape.slots.iter().position(|&known| known & !MULTI == slot)?;
                place -= usize::from(place > at);
                columns.get(place).cloned()
            };
            let rendered = Rendered::new(&codes, layouts, times, column);
            columns.insert(first, (name, Column::Text(Arc::new(TextColumn::from_rendered(rendered)))));
        }
        let ordinals = match rows {
            [first, .., last] if (last.ordinal - first.ordinal) as usize + 1 != rows.len() => {
                Ordinals::List(rows.iter().map(|ranked| u64::from(ranked.ordinal)).collect())
            }
            _ => Ordinals::From(rows.first().map_or(0, |ranked| u64::from(ranked.ordinal))),
        };
        Batch::new(rows.len()).with_columns(columns).with_ordinals(ordinals)
    }

    /// The codes of the rows, column by column; a few rows at a time, so that they stay in the cache.
    fn transposed(&self, rows: &[Ranked]) -> Vec<Vec<u32>> {
        let width = self.shape.slots.len();
        let mut columns: Vec<Vec<u32>> = (0..width).map(|_| Vec::with_capacity(rows.len())).collect();
        for some in rows.chunks(128) {
            for (at, column) in columns.iter_mut().enumerate() {
                column.extend(some.iter().map(|ranked| self.shape.codes[ranked.row as usize * width + at]));
            }
        }
        columns
    }

    fn multi(&self, texts: &Texts, multivalues: &[u32]) -> Column {
        let mut offsets = Vec::with_capacity(multivalues.len() + 1);
        let mut children = Vec::new();
        offsets.push(0);
        for &multivalue in multivalues {
            children.extend_from_slice(self.lists.get(multivalue));
            offsets.push(children.len() as u32);
        }
        Column::Multi(Arc::new(MultiColumn { offsets, child: texts.column(children) }))
    }
}
