//! Events on their way from a format to the table: [`Events`] holds a few and hands them over together, [`Defaults`] are the fields
//! that every event has, `index`, `source`, `sourcetype` and `host`, which cost next to nothing when they repeat.

use std::borrow::Cow;

use super::rules::Edited;
use super::{InputSettings, Origin, Part, ReadRequest};
use crate::table::{Cell, TableBuilder};

const NONE: u32 = u32::MAX;
/// Events to hold: enough look-ups at once to keep the memory busy.
const HELD: usize = 16;

/// Events that have been read, and the one that is being read.
pub(super) struct Events<'a> {
    bytes: &'a [u8],
    request: &'a ReadRequest,
    settings: Option<&'a InputSettings>,
    pub(super) defaults: Defaults,
    /// The fields of the events, one event behind the other.
    pub(super) cells: Vec<Cell>,
    /// Values that had to be unescaped.
    pub(super) scratch: Vec<u8>,
    /// Multivalued fields.
    lists: Vec<(u32, Vec<u32>)>,
    /// The current event's `_time`; NaN is none.
    pub(super) time: f64,
    /// The time of the event before, where times are compared.
    before: Option<f64>,
    /// The values of the fields that make the time of the current event, where settings name them.
    stamps: Vec<String>,
    held: Vec<Held>,
    /// Where the current event begins in the cells, the scratch buffer and the lists.
    start: (usize, usize, usize),
}

/// An event that has been read.
struct Held {
    cells: usize,
    lists: usize,
    time: f64,
    defaults: [u32; 4],
    raw: Raw,
}

/// What the `_raw` of an event is.
#[derive(Clone, Copy)]
pub(super) enum Raw {
    None,
    /// Its fields, written so.
    Layout(u32),
    /// This stretch of the source.
    Source(usize, usize),
    /// This stretch of the scratch buffer.
    Scratch(usize, usize),
}

impl<'a> Events<'a> {
    pub(super) fn new(part: &Part<'a>, into: &mut TableBuilder) -> Self {
        Events {
            bytes: part.bytes,
            request: part.request,
            settings: part.settings,
            defaults: Defaults::new(part.origin, part.request, into),
            cells: Vec::new(),
            scratch: Vec::new(),
            lists: Vec::new(),
            time: f64::NAN,
            before: None,
            stamps: Vec::new(),
            held: Vec::new(),
            start: (0, 0, 0),
        }
    }

    /// Adds a value to a multivalued field of the current event. Fields begun before `from` (see [`Events::lists`]) are others.
    pub(super) fn list(&mut self, from: usize, slot: u32, code: u32) {
        match self.lists[from..].iter_mut().find(|(known, _)| *known == slot) {
            Some((_, codes)) => codes.push(code),
            None => self.lists.push((slot, vec![code])),
        }
    }

    /// Adds a value to a multivalued field of the current event.
    pub(super) fn list_of_event(&mut self, slot: u32, code: u32) {
        self.list(self.start.2, slot, code);
    }

    /// The number of multivalued fields so far.
    pub(super) fn lists(&self) -> usize {
        self.lists.len()
    }

    /// Forgets the current event.
    pub(super) fn discard(&mut self) {
        let (cells, scratch, lists) = self.start;
        self.cells.truncate(cells);
        self.scratch.truncate(scratch);
        self.lists.truncate(lists);
        self.time = f64::NAN;
        self.stamps.clear();
        self.defaults.reset();
    }

    /// Takes in a field that makes the time of the current event, at its place among them.
    pub(super) fn stamp(&mut self, place: usize, value: &[u8]) {
        if self.stamps.len() <= place {
            self.stamps.resize(place + 1, String::new());
        }
        self.stamps[place] = String::from_utf8_lossy(value).into_owned();
    }

    /// Does to the current event, whose text stands from `start` to `end`, what settings say: gives it a time, other origins, further
    /// fields. Whether it is still wanted. Its text stays as it is.
    #[inline]
    pub(super) fn settle(&mut self, start: usize, end: usize, into: &mut TableBuilder) -> bool {
        match self.settings {
            Some(settings) => self.settle_by(settings, &self.bytes[start..end], into),
            None => true,
        }
    }

    #[cold]
    fn settle_by(&mut self, settings: &InputSettings, text: &[u8], into: &mut TableBuilder) -> bool {
        let (times, now) = (&settings.rules.times, self.request.now);
        let stamp = self.stamps.iter().filter(|stamp| !stamp.is_empty()).map(String::as_str);
        let stamp = stamp.collect::<Vec<_>>().join(" ");
        let said = match stamp.is_empty() {
            false => times.of_text(&stamp, now),
            true if times.are_of_text() => times.of_event(text, now),
            true => None,
        };
        if let Some(time) = said {
            self.time = time;
        }
        self.compare_times(settings);
        if settings.rules.edits.are_none() {
            return true;
        }
        let edited = settings.rules.edits.apply(String::from_utf8_lossy(text), &settings.origins);
        let wanted = !edited.is_dropped;
        self.take_in(edited, into);
        wanted
    }

    /// As [`Events::settle`], of plain text, of which also the text may change; ends the event.
    pub(super) fn settle_text(&mut self, text: &[u8], settings: &InputSettings, into: &mut TableBuilder) {
        self.compare_times(settings);
        let text = String::from_utf8_lossy(text);
        let text = settings.rules.lines.truncated(&text).map_or(text, Cow::Owned);
        let mut edited = settings.rules.edits.apply(text, &settings.origins);
        if edited.is_dropped {
            return self.discard();
        }
        let text = std::mem::take(&mut edited.text);
        self.take_in(edited, into);
        let start = self.scratch.len();
        self.scratch.extend_from_slice(text.as_bytes());
        self.end_of_text(Raw::Scratch(start, self.scratch.len()), into);
    }

    fn compare_times(&mut self, settings: &InputSettings) {
        if !self.time.is_nan() {
            self.time = settings.rules.times.within(self.time, self.before, self.request.now);
            self.before = Some(self.time);
        }
    }

    /// Gives the current event the fields and the origins that transforms have made.
    fn take_in(&mut self, edited: Edited<'_>, into: &mut TableBuilder) {
        let Defaults { index, source, sourcetype, host } = &mut self.defaults;
        let Edited { index: to_index, source: to_source, sourcetype: to_sourcetype, host: to_host, .. } = &edited;
        for (field, value) in [(index, to_index), (source, to_source), (sourcetype, to_sourcetype), (host, to_host)] {
            if let Some(value) = value {
                // Of what the event says itself nothing is left.
                let from = self.start.0;
                let own = |cell: &Cell| cell.slot() == field.slot;
                while let Some(at) = self.cells[from..].iter().position(own) {
                    self.cells.remove(from + at);
                }
                field.replace(value.as_bytes(), into);
            }
        }
        for (name, value) in edited.fields.iter().filter(|(name, _)| self.request.wants(name)) {
            let slot = into.slot(name);
            let start = self.scratch.len();
            self.scratch.extend_from_slice(value.as_bytes());
            self.cells.push(Cell::scratch(slot, start, self.scratch.len()));
        }
    }

    /// Ends the current event, or drops it if its time is not wanted.
    pub(super) fn end(&mut self, raw: Raw, into: &mut TableBuilder) {
        self.keep(if self.request.raw { raw } else { Raw::None }, into);
    }

    /// Ends the current event, which is plain text from `start` to `end`.
    pub(super) fn end_text(&mut self, start: usize, end: usize, into: &mut TableBuilder) {
        self.end_of_text(Raw::Source(start, end), into);
    }

    fn end_of_text(&mut self, raw: Raw, into: &mut TableBuilder) {
        let wanted = self.request.raw || self.request.raw_of_text;
        self.keep(if wanted { raw } else { Raw::None }, into);
    }

    fn keep(&mut self, raw: Raw, into: &mut TableBuilder) {
        if (self.request.earliest.is_some() || self.request.latest.is_some()) && !self.request.wants_time(self.time) {
            return self.discard();
        }
        let (cells, lists) = (self.cells.len(), self.lists.len());
        self.held.push(Held { cells, lists, time: self.time, defaults: self.defaults.codes(), raw });
        self.start = (cells, self.scratch.len(), lists);
        self.discard();
        if self.held.len() == HELD {
            self.flush(into);
        }
    }

    /// Hands all events over to the table.
    pub(super) fn flush(&mut self, into: &mut TableBuilder) {
        if let Some(progress) = &self.request.progress {
            progress.add_events(self.held.len());
        }
        into.resolve(&mut self.cells, self.bytes, &self.scratch);
        let (mut cells, mut lists) = (0, 0);
        for event in self.held.drain(..) {
            into.time(event.time);
            for (slot, codes) in &self.lists[lists..event.lists] {
                into.put_codes(*slot, codes);
            }
            into.put_cells(&self.cells[cells..event.cells]);
            self.defaults.put(event.defaults, into);
            match event.raw {
                Raw::None => {}
                Raw::Layout(layout) => into.raw_as(layout),
                Raw::Source(start, end) => into.raw(&self.bytes[start..end]),
                Raw::Scratch(start, end) => into.raw(&self.scratch[start..end]),
            }
            into.end();
            (cells, lists) = (event.cells, event.lists);
        }
        self.cells.drain(..cells);
        self.lists.drain(..lists);
        self.scratch.drain(..self.start.1);
        self.start = (0, 0, 0);
    }
}

/// The default fields of the events of one input, as codes.
pub(super) struct Defaults {
    index: DefaultField,
    pub(super) source: DefaultField,
    pub(super) sourcetype: DefaultField,
    pub(super) host: DefaultField,
}

impl Defaults {
    /// As the origin says.
    pub(super) fn new(origin: &Origin, request: &ReadRequest, into: &mut TableBuilder) -> Self {
        let mut field = |name: &str, given: &Option<String>| DefaultField::new(name, given.as_deref(), request, into);
        Defaults {
            index: field("index", &Some(origin.index.clone().unwrap_or_else(|| "main".to_owned()))),
            source: field("source", &origin.source),
            sourcetype: field("sourcetype", &origin.sourcetype),
            host: field("host", &origin.host),
        }
    }

    /// Forgets what was worked out for the event before.
    pub(super) fn reset(&mut self) {
        self.index.reset();
        self.source.reset();
        self.sourcetype.reset();
        self.host.reset();
    }

    /// What has been worked out for the current event.
    fn codes(&self) -> [u32; 4] {
        [self.index.current, self.source.current, self.sourcetype.current, self.host.current]
    }

    /// Gives the table's current event the default fields that it has not got yet.
    fn put(&self, codes: [u32; 4], into: &mut TableBuilder) {
        for (field, code) in [&self.index, &self.source, &self.sourcetype, &self.host].into_iter().zip(codes) {
            if code != 0 {
                into.put_code(field.slot, code);
            }
        }
    }
}

/// One of them: the origin's value, or one worked out from a value of the event.
pub(super) struct DefaultField {
    slot: u32,
    given: u32,
    /// The code for the current event; 0 is none.
    current: u32,
    known: Vec<Derived>,
    last: usize,
}

/// A default that was derived before.
struct Derived {
    prefix: &'static [u8],
    value: Box<[u8]>,
    code: u32,
}

impl DefaultField {
    fn new(name: &str, given: Option<&str>, request: &ReadRequest, into: &mut TableBuilder) -> Self {
        let mut field = DefaultField { slot: NONE, given: 0, current: 0, known: Vec::new(), last: 0 };
        if request.wants(name) {
            field.slot = into.slot(name);
            field.given = given.map_or(0, |given| into.intern(field.slot, given));
            field.current = field.given;
        }
        field
    }

    /// The field's handle, if the event's own values can matter.
    pub(super) fn open(&self) -> Option<u32> {
        (self.slot != NONE && self.given == 0).then_some(self.slot)
    }

    /// Gives the current event `text`, unless the origin says otherwise.
    pub(super) fn set(&mut self, text: &[u8], into: &mut TableBuilder) {
        if let Some(slot) = self.open() {
            self.current = into.intern(slot, text);
        }
    }

    /// Gives the current event `text`, whatever the origin says.
    fn replace(&mut self, text: &[u8], into: &mut TableBuilder) {
        if self.slot != NONE {
            self.current = into.intern(self.slot, text);
        }
    }

    /// As `set`, with a prefix and an event's value that takes few values.
    pub(super) fn derive(&mut self, prefix: &'static [u8], value: &[u8], into: &mut TableBuilder) {
        if self.open().is_none() {
            return;
        }
        // A prefix is one by where it stands; the same one elsewhere is only worked out once more. Nothing is not compared with nothing: some
        // processors take a hundred times longer to look at no bytes of no memory than at a few of some.
        let is_value = |known: &Derived| value.is_empty() && known.value.is_empty() || *known.value == *value;
        let is = |known: &Derived| std::ptr::eq(known.prefix, prefix) && is_value(known);
        if !self.known.get(self.last).is_some_and(is) {
            self.last = match self.known.iter().position(is) {
                Some(at) => at,
                None => {
                    if self.known.len() > 64 {
                        self.known.clear();
                    }
                    let code = into.intern(self.slot, [prefix, value].concat());
                    self.known.push(Derived { prefix, value: value.into(), code });
                    self.known.len() - 1
                }
            };
        }
        self.current = self.known[self.last].code;
    }

    fn reset(&mut self) {
        self.current = self.given;
    }
}
