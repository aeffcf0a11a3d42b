//! From events to rows of codes: [`TableBuilder`] takes fields as text, groups events by shape, codes texts through one dictionary
//! a field. Events are added in the order of their source; `assemble` turns what was gathered into batches in the order of time.
//!
//! It is the inner loop of loading, so the way from one field to the next is remembered: fields that arrive in an order met before
//! cost one comparison each, and an event ends with one copy of its codes.

use std::sync::Arc;

use hashbrown::HashMap;

use super::intern::{Entry, tag};
use super::layout::Layout;
use super::listing::ListingBuilder;
use super::shape::Shape;
use super::{DictionaryBuilder, FieldName, field_name};

pub(super) type Hashed<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// Marks a slot of a shape whose codes are places in the list of multivalues.
pub(super) const MULTI: u32 = 1 << 31;
const NONE: u32 = u32::MAX;
/// From so many distinct texts on, a field whose values are nearly all distinct is kept as plain text.
const PLAIN_FROM: usize = 1 << 14;
/// Paths of fields to remember before forgetting all of them.
const MAX_PATHS: usize = 1 << 18;
/// Bytes of `_raw` after which a shape starts anew.
const RAW_BYTES: usize = 1 << 30;

/// A field of the table under construction.
pub(super) struct Slot {
    pub(super) name: FieldName,
    pub(super) dictionary: DictionaryBuilder,
    /// Values so far.
    pub(super) values: u64,
    /// The values in place of the dictionary, when hardly any repeats.
    pub(super) listing: Option<ListingBuilder>,
    /// The layouts that are the values, for `_raw`.
    pub(super) layouts: Vec<Arc<Layout>>,
}

impl Slot {
    pub(super) fn new(name: FieldName) -> Self {
        Slot { name, dictionary: DictionaryBuilder::default(), values: 0, listing: None, layouts: Vec::new() }
    }

    fn intern(&mut self, text: &[u8]) -> u32 {
        self.values += 1;
        if self.listing.is_some() {
            return self.list(text);
        }
        let known = self.dictionary.len();
        let code = self.dictionary.intern_bytes(text);
        self.judge(known);
        code
    }

    /// As `intern`, with a probe of the dictionary made beforehand.
    #[inline]
    fn resolve(&mut self, text: &[u8], probe: &Probe) -> u32 {
        self.values += 1;
        if probe.likely && self.dictionary.is(&probe.entry, text) {
            return probe.entry.code;
        }
        if self.listing.is_some() {
            return self.list(text);
        }
        let known = self.dictionary.len();
        let code = self.dictionary.intern_tagged(text, probe.tag);
        self.judge(known);
        code
    }

    /// Whether the field has turned out to be one whose values hardly repeat.
    #[inline]
    fn judge(&mut self, known: usize) {
        if known >= PLAIN_FROM - 1 && (known + 1).is_power_of_two() && known < self.dictionary.len() {
            let distinct = known as u64 + 1;
            if distinct + distinct / 16 > self.values {
                self.make_plain();
            }
        }
    }

    /// Turns the dictionary into a list, under the same codes.
    pub(super) fn make_plain(&mut self) {
        let dictionary = std::mem::take(&mut self.dictionary);
        self.dictionary.lossy = dictionary.lossy;
        let mut listing = ListingBuilder::default();
        (1..=dictionary.len() as u32).for_each(|code| {
            listing.append(dictionary.get(code));
        });
        self.listing = Some(listing);
    }

    fn list(&mut self, text: &[u8]) -> u32 {
        let Some(listing) = &mut self.listing else { return 0 };
        match std::str::from_utf8(text) {
            Ok(text) => listing.append(text),
            Err(_) => {
                self.dictionary.lossy += 1;
                listing.append(&String::from_utf8_lossy(text))
            }
        }
    }

    fn is_full(&self) -> bool {
        self.dictionary.is_full() || self.listing.as_ref().is_some_and(ListingBuilder::is_full)
    }
}

/// One step on the way through the fields of an event, in the order they arrive.
struct Path {
    slot: u32,
    parent: u32,
    /// Where it went last time from here.
    next: u32,
    /// Whether the field's code is kept: not so when the event has the field already.
    kept: bool,
    /// The shape of events that end here, by whether they have `_time` (1) and `_raw` (2).
    shapes: [u32; 4],
    /// How codes in order of arrival become codes in the order of the shape's slots; `NONE` when they are that already.
    order: u32,
}

impl Path {
    fn new(slot: u32, parent: u32, kept: bool) -> Self {
        Path { slot, parent, next: 0, kept, shapes: [NONE; 4], order: NONE }
    }
}

/// A look-up under way.
#[derive(Clone, Copy, Default)]
struct Probe {
    tag: u32,
    entry: Entry,
    likely: bool,
}

/// A field of the event that is being read: its text lies in the source, or in a scratch buffer when it had to be unescaped.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    slot: u32,
    /// The code where it is known already, else 0.
    code: u32,
    start: usize,
    end: usize,
}

impl Cell {
    const SCRATCH: usize = 1 << (usize::BITS - 1);

    /// Text of the source.
    pub fn source(slot: u32, start: usize, end: usize) -> Self {
        Cell { slot, code: 0, start, end }
    }

    /// Text of the scratch buffer.
    pub fn scratch(slot: u32, start: usize, end: usize) -> Self {
        Cell { slot, code: 0, start: start | Cell::SCRATCH, end }
    }

    /// The slot of its field.
    pub fn slot(&self) -> u32 {
        self.slot
    }

    /// A text interned before.
    pub fn code(slot: u32, code: u32) -> Self {
        Cell { slot, code, start: 0, end: 0 }
    }

    /// The code that [`TableBuilder::resolve`] found.
    pub fn resolved(&self) -> u32 {
        self.code
    }

    fn text<'a>(&self, source: &'a [u8], scratch: &'a [u8]) -> &'a [u8] {
        let text = if self.start & Cell::SCRATCH == 0 { source } else { scratch };
        &text[self.start & !Cell::SCRATCH..self.end]
    }
}

/// Takes events field by field and makes a [`Table`](super::Table) of them.
pub struct TableBuilder {
    pub(super) slots: Vec<Slot>,
    by_name: Hashed<FieldName, u32>,
    by_layout: Hashed<Arc<Layout>, u32>,
    pub(super) shapes: Vec<Shape>,
    pub(super) by_slots: Hashed<(Box<[u32]>, u8), u32>,
    paths: Vec<Path>,
    steps: Hashed<(u32, u32), u32>,
    orders: Vec<Box<[u32]>>,
    /// All multivalues: multivalue `m` has the codes `multi_ends[m - 1]..multi_ends[m]`; number 0 is empty.
    pub(super) multi_codes: Vec<u32>,
    pub(super) multi_ends: Vec<u32>,
    /// The shape of each event, in the order of the source, and its time.
    pub(super) sequence: Vec<u32>,
    pub(super) times: Vec<f64>,
    // The event that is being built.
    at: u32,
    row: Vec<u32>,
    row_raw: Option<String>,
    raw_buffer: String,
    row_time: f64,
    probes: Vec<Probe>,
}

impl Default for TableBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl TableBuilder {
    /// An empty table.
    pub fn new() -> Self {
        TableBuilder {
            slots: Vec::new(),
            by_name: Hashed::default(),
            by_layout: Hashed::default(),
            shapes: Vec::new(),
            by_slots: Hashed::default(),
            paths: vec![Path::new(NONE, 0, false)],
            steps: Hashed::default(),
            orders: Vec::new(),
            multi_codes: Vec::new(),
            multi_ends: vec![0],
            sequence: Vec::new(),
            times: Vec::new(),
            at: 0,
            row: Vec::new(),
            row_raw: None,
            raw_buffer: String::new(),
            row_time: f64::NAN,
            probes: Vec::new(),
        }
    }

    /// Events so far.
    pub fn events(&self) -> u64 {
        self.sequence.len() as u64
    }

    /// Whether values were lost because a field's distinct texts, or the number of events, are beyond what a table can hold.
    pub fn is_full(&self) -> bool {
        self.sequence.len() >= NONE as usize || self.slots.iter().any(Slot::is_full)
    }

    /// How many values were not UTF-8, and are not what they were.
    pub fn lossy(&self) -> u64 {
        self.slots.iter().map(|slot| slot.dictionary.lossy).sum()
    }

    /// The handle of a field, for formats that meet the same names again and again.
    pub fn slot(&mut self, name: &str) -> u32 {
        if let Some(&slot) = self.by_name.get(name) {
            return slot;
        }
        let (slot, name) = (self.slots.len() as u32, field_name(name));
        self.slots.push(Slot::new(name.clone()));
        self.by_name.insert(name, slot);
        slot
    }

    /// Gives the current event a field by name. A second value for the same field is ignored: the first counts.
    pub fn field(&mut self, name: &str, text: &str) {
        let slot = self.slot(name);
        self.put(slot, text);
    }

    /// Gives the current event a field by handle; the code of the text is returned. What is not UTF-8 becomes U+FFFD.
    pub fn put(&mut self, slot: u32, text: impl AsRef<[u8]>) -> u32 {
        let code = self.slots[slot as usize].intern(text.as_ref());
        self.put_code(slot, code);
        code
    }

    /// Looks up many texts at once, of one event or several. This is the fast way: the memory that one look-up waits for is fetched
    /// together with that of the others.
    pub fn resolve(&mut self, cells: &mut [Cell], source: &[u8], scratch: &[u8]) {
        let mut probes = std::mem::take(&mut self.probes);
        probes.clear();
        // Each of these loops does one thing for all cells, so that a processor that waits for one look-up is busy with the next.
        probes.extend(cells.iter().map(|cell| {
            let known = cell.code != 0 || self.slots[cell.slot as usize].listing.is_some();
            Probe { tag: if known { 0 } else { tag(cell.text(source, scratch)) }, ..Probe::default() }
        }));
        for (cell, probe) in cells.iter().zip(&mut probes) {
            if cell.code == 0 {
                probe.entry = self.slots[cell.slot as usize].dictionary.probe(probe.tag);
            }
        }
        for (cell, probe) in cells.iter().zip(&mut probes) {
            if cell.code == 0 {
                let text = cell.text(source, scratch);
                probe.likely = self.slots[cell.slot as usize].dictionary.is_likely(&probe.entry, text);
            }
        }
        for (cell, probe) in cells.iter_mut().zip(&probes) {
            if cell.code == 0 {
                cell.code = self.slots[cell.slot as usize].resolve(cell.text(source, scratch), probe);
            }
        }
        self.probes = probes;
    }

    /// Gives the current event fields whose texts have been looked up.
    pub fn put_cells(&mut self, cells: &[Cell]) {
        cells.iter().for_each(|cell| self.put_code(cell.slot, cell.code));
    }

    /// The code of a cell's text, kept in the cell from now on.
    pub fn intern_cell(&mut self, cell: &mut Cell, source: &[u8], scratch: &[u8]) -> u32 {
        if cell.code == 0 {
            *cell = Cell::code(cell.slot, self.intern(cell.slot, cell.text(source, scratch)));
        }
        cell.code
    }

    /// The code of a text in a field's dictionary, for values that many events share: see [`TableBuilder::put_code`].
    pub fn intern(&mut self, slot: u32, text: impl AsRef<[u8]>) -> u32 {
        self.slots[slot as usize].intern(text.as_ref())
    }

    /// Gives the current event a field whose value was interned before.
    pub fn put_code(&mut self, slot: u32, code: u32) {
        let next = self.paths[self.at as usize].next;
        let path = &self.paths[next as usize];
        if path.slot == slot && next != 0 {
            self.at = next;
            if path.kept {
                self.row.push(code);
            }
        } else {
            self.step(slot, code);
        }
    }

    /// A step that is not the one of last time.
    #[cold]
    #[inline(never)]
    fn step(&mut self, slot: u32, code: u32) {
        let next = match self.steps.get(&(self.at, slot)) {
            Some(&next) => next,
            None => {
                let kept = !self.has_slot(slot & !MULTI);
                let next = self.paths.len() as u32;
                self.paths.push(Path::new(slot, self.at, kept));
                self.steps.insert((self.at, slot), next);
                next
            }
        };
        self.paths[self.at as usize].next = next;
        self.at = next;
        if self.paths[next as usize].kept {
            self.row.push(code);
        }
    }

    /// Gives the current event a multivalue field (one value is a plain field, none is no field).
    pub fn multi<'a>(&mut self, name: &str, values: impl IntoIterator<Item = &'a str>) {
        let slot = self.slot(name);
        let codes: Vec<u32> = values.into_iter().map(|value| self.intern(slot, value)).collect();
        self.put_codes(slot, &codes);
    }

    /// Gives the current event a multivalue field whose values were interned before.
    pub fn put_codes(&mut self, slot: u32, codes: &[u32]) {
        match *codes {
            [] => {}
            [code] => self.put_code(slot, code),
            _ => {
                if let Some(multivalue) = self.multivalue(codes) {
                    self.put_code(slot | MULTI, multivalue);
                }
            }
        }
    }

    /// Remembers a multivalue; its place in the list of all, unless that is full.
    pub(super) fn multivalue(&mut self, codes: &[u32]) -> Option<u32> {
        let end = u32::try_from(self.multi_codes.len() + codes.len()).ok()?;
        self.multi_codes.extend_from_slice(codes);
        self.multi_ends.push(end);
        Some(self.multi_ends.len() as u32 - 1)
    }

    /// Whether the current event has the field already.
    pub fn has(&self, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|&slot| self.has_slot(slot))
    }

    /// Whether the current event has the field already.
    pub fn has_slot(&self, slot: u32) -> bool {
        self.arrived(self.at).any(|(_, path)| path.slot & !MULTI == slot)
    }

    /// The steps that led here, last one first.
    fn arrived(&self, at: u32) -> impl Iterator<Item = (u32, &Path)> {
        let step = |at: u32| (at != 0).then(|| (at, &self.paths[at as usize]));
        std::iter::successors(step(at), move |(_, path)| step(path.parent))
    }

    /// Sets the current event's `_time`, epoch seconds; NaN is no time.
    pub fn time(&mut self, time: f64) {
        self.row_time = time;
    }

    /// Sets the current event's `_raw`. What is not UTF-8 becomes U+FFFD.
    pub fn raw(&mut self, raw: impl AsRef<[u8]>) {
        let mut buffer = std::mem::take(&mut self.raw_buffer);
        buffer.clear();
        match std::str::from_utf8(raw.as_ref()) {
            Ok(text) => buffer.push_str(text),
            Err(_) => buffer.push_str(&String::from_utf8_lossy(raw.as_ref())),
        }
        self.row_raw = Some(buffer);
    }

    /// Remembers how the `_raw` of many events is written; its number, for [`TableBuilder::raw_as`].
    pub fn layout(&mut self, layout: Layout) -> u32 {
        let layout = Arc::new(layout);
        if let Some(&known) = self.by_layout.get(&layout) {
            return known;
        }
        let slot = self.slot("_raw");
        let layouts = &mut self.slots[slot as usize].layouts;
        layouts.push(layout.clone());
        let number = layouts.len() as u32;
        self.by_layout.insert(layout, number);
        number
    }

    /// The layout of this number.
    pub fn layout_of(&self, number: u32) -> Arc<Layout> {
        let layouts = self.by_name.get("_raw").map(|&slot| &self.slots[slot as usize].layouts);
        layouts.and_then(|layouts| layouts.get((number as usize).checked_sub(1)?)).cloned().unwrap_or_default()
    }

    /// Says that the current event's `_raw` is its fields, written like this: so that it needs no memory of its own.
    pub fn raw_as(&mut self, layout: u32) {
        let slot = self.slot("_raw");
        self.put_code(slot, layout);
    }

    /// Drops what the current event has got so far.
    pub fn discard(&mut self) {
        self.at = 0;
        self.row.clear();
        if let Some(buffer) = self.row_raw.take() {
            self.raw_buffer = buffer;
        }
        self.row_time = f64::NAN;
    }

    /// Ends the current event. Events of the same time keep the order in which they ended.
    pub fn end(&mut self) {
        let flags = u8::from(!self.row_time.is_nan()) | u8::from(self.row_raw.is_some()) << 1;
        let mut shape = self.paths[self.at as usize].shapes[usize::from(flags)];
        if shape == NONE || self.shapes[shape as usize].raw.as_ref().is_some_and(|raw| raw.len() > RAW_BYTES) {
            shape = self.shape_of(self.at, flags);
        }
        let rows = &mut self.shapes[shape as usize];
        match self.paths[self.at as usize].order {
            NONE => rows.push(self.row.iter().copied()),
            order => rows.push(self.orders[order as usize].iter().map(|&from| self.row[from as usize])),
        }
        if let (Some(raw), Some(text)) = (&mut rows.raw, &self.row_raw) {
            raw.push(text);
        }
        self.sequence.push(shape);
        self.times.push(self.row_time);
        self.discard();
        if self.paths.len() > MAX_PATHS {
            self.paths.truncate(1);
            self.paths[0] = Path::new(NONE, 0, false);
            self.steps.clear();
            self.orders.clear();
        }
    }

    /// The shape of events that end at `at`, and how their codes are to be ordered.
    #[cold]
    fn shape_of(&mut self, at: u32, flags: u8) -> u32 {
        let mut fields: Vec<u32> = self.arrived(at).filter(|(_, path)| path.kept).map(|(_, path)| path.slot).collect();
        fields.reverse();
        let mut order: Vec<u32> = (0..fields.len() as u32).collect();
        order.sort_unstable_by_key(|&i| fields[i as usize] & !MULTI);
        if !order.is_sorted() && self.paths[at as usize].order == NONE {
            self.paths[at as usize].order = self.orders.len() as u32;
            self.orders.push(order.into());
        }
        fields.sort_unstable_by_key(|&slot| slot & !MULTI);
        let shape = self.shape(fields.into(), flags & 1 != 0, flags & 2 != 0);
        self.paths[at as usize].shapes[usize::from(flags)] = shape;
        shape
    }

    /// The shape with these slots, new or known.
    pub(super) fn shape(&mut self, slots: Box<[u32]>, timed: bool, raw: bool) -> u32 {
        let key = (slots, u8::from(timed) | u8::from(raw) << 1);
        if let Some(&shape) = self.by_slots.get(&key)
            && self.shapes[shape as usize].raw.as_ref().is_none_or(|raw| raw.len() <= RAW_BYTES)
        {
            return shape;
        }
        let shape = self.shapes.len() as u32;
        let slots = key.0.clone();
        self.by_slots.insert(key, shape);
        self.shapes.push(Shape::new(slots, timed, raw));
        shape
    }
}
