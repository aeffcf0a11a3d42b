//! Reads one object after the other. Objects whose layout was met before follow the [`Skeleton`]; others are parsed, and remembered.

use hashbrown::HashMap;

use super::super::event::{Events, Raw};
use super::super::names::{Beats, HOSTS, SIGNED, SIGNS, TIMES, field, field_of_beat, is_sign, member_of_beat};
use super::super::skeleton::Skeleton;
use super::super::stamp::{is_plain_epoch, parse_own_time, parse_time};
use super::super::{Damage, InputSettings, Part, ReadRequest};
use super::text::{Escapes, Text, bare_end, string, string_end, unescape};
use super::written::{LayoutBuilder, WithBreaks, Written};
use crate::table::{Cell, TIME_SLOT, TableBuilder};

/// Why an object cannot be read, and at which byte that shows.
pub(super) type Broken = (usize, &'static str);

const NONE: u32 = u32::MAX;
const BROKEN: &str = "events that could not be decoded";
const MAX_DEPTH: usize = 128;

/// What to do with the value of a member.
#[derive(Clone, Copy)]
struct Action {
    kind: Kind,
    /// The member's place in the list for times, hosts, signs or stamps.
    rank: u8,
    /// Its field, or `NONE` when that is not wanted.
    slot: u32,
    /// Its name, as a place in `Reader::names`.
    name: u32,
    /// How its value was written when it was met first.
    form: Written,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Field,
    Time,
    Raw,
    Channel,
    EventId,
    Host,
    /// One of those by which events of a source type are known.
    Sign,
    /// One of those that settings make the time of.
    Stamp,
    /// Not a value: the object is over.
    End,
}

/// The end of an object with this layout.
fn end(layout: u32) -> Action {
    Action { kind: Kind::End, rank: 0, slot: layout, name: 0, form: Written::Bare }
}

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    request: &'a ReadRequest,
    settings: Option<&'a InputSettings>,
    source_name: &'a str,
    /// Whether the events are the records of a CloudTrail file.
    pub(super) cloudtrail: bool,
    skeleton: Skeleton<Action>,
    names: Vec<String>,
    /// What to do with members, by name: of events as of others, and of those of winlogbeat 6.
    actions: [HashMap<String, Action>; 2],
    /// Whether the event that is being read is one of those, and where they were looked for last.
    is_beat: bool,
    beats: Beats,
    events: Events<'a>,
    path: String,
    // The event that is being read.
    time_rank: u8,
    host_rank: u8,
    has_channel: bool,
    has_event_id: bool,
    /// The signs it has.
    signs: u8,
    /// Whether `_raw` can be written again from the fields.
    is_regular: bool,
    /// Whether its texts have line breaks or tabs.
    has_breaks: bool,
    with_breaks: WithBreaks,
    /// The member `_raw`, in the scratch buffer.
    own_raw: Option<(usize, usize)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(part: &Part<'a>, into: &mut TableBuilder) -> Self {
        Reader {
            bytes: part.bytes,
            request: part.request,
            settings: part.settings,
            source_name: &part.origin.name,
            cloudtrail: false,
            skeleton: Skeleton::new(end(NONE)),
            names: Vec::new(),
            actions: Default::default(),
            is_beat: false,
            beats: Beats::default(),
            events: Events::new(part, into),
            path: String::new(),
            time_rank: u8::MAX,
            host_rank: u8::MAX,
            has_channel: false,
            has_event_id: false,
            signs: 0,
            is_regular: true,
            has_breaks: false,
            with_breaks: WithBreaks::default(),
            own_raw: None,
        }
    }

    /// Reads the object at `start`; where it ends.
    pub(super) fn event(&mut self, start: usize, into: &mut TableBuilder, damage: &mut Damage) -> usize {
        let end = self.known(start, into).or_else(|| {
            self.reset();
            match self.unknown(start, into) {
                Ok(known) => Some(known),
                Err((at, why)) => {
                    damage.note(BROKEN, start, format!("{why}, at byte {}", damage.place(at)));
                    None
                }
            }
        });
        match end {
            Some((end, layout)) => {
                self.finish(start, end, layout, into);
                end
            }
            None => {
                let next = memchr::memmem::find(&self.bytes[start..], b"\n{").map(|at| start + at + 1);
                self.broken(start, next.unwrap_or(self.bytes.len()), into)
            }
        }
    }

    /// Something that is no object, up to the end of its line.
    pub(super) fn junk(&mut self, start: usize, into: &mut TableBuilder, damage: &mut Damage) -> usize {
        damage.note("stretches of text that are no events", start, "kept as they are");
        let end = memchr::memchr(b'\n', &self.bytes[start..]).map_or(self.bytes.len(), |at| start + at);
        self.broken(start, end, into)
    }

    fn broken(&mut self, start: usize, end: usize, into: &mut TableBuilder) -> usize {
        self.reset();
        let length = self.bytes[start..end].trim_ascii_end().len();
        self.finish(start, start + length, NONE, into);
        end
    }

    fn reset(&mut self) {
        self.events.discard();
        (self.time_rank, self.host_rank) = (u8::MAX, u8::MAX);
        (self.has_channel, self.has_event_id, self.is_regular) = (false, false, true);
        (self.own_raw, self.signs, self.has_breaks) = (None, 0, false);
    }

    fn finish(&mut self, start: usize, end: usize, layout: u32, into: &mut TableBuilder) {
        let defaults = &mut self.events.defaults;
        if self.has_channel && self.has_event_id {
            defaults.sourcetype.derive(b"XmlWinEventLog", b"", into);
        } else {
            defaults.reset();
            defaults.source.derive(b"", self.source_name.as_bytes(), into);
            let signed = SIGNED.iter().find(|(_, signs)| self.signs & signs == *signs);
            let kind = signed.map_or(if self.cloudtrail { "aws:cloudtrail" } else { "_json" }, |(kind, _)| kind);
            defaults.sourcetype.derive(kind.as_bytes(), b"", into);
        }
        if !self.events.settle(start, end, into) {
            self.events.discard();
            return self.reset();
        }
        let raw = match self.own_raw {
            Some((start, end)) => Raw::Scratch(start, end),
            None => match self.layout(layout, &self.bytes[start..end], into) {
                Some(layout) => Raw::Layout(layout),
                None => Raw::Source(start, end),
            },
        };
        self.events.end(raw, into);
        self.reset();
    }

    /// The layout by which an object can be written again.
    fn layout(&mut self, layout: u32, object: &[u8], into: &mut TableBuilder) -> Option<u32> {
        match self.has_breaks {
            _ if layout == NONE || !self.is_regular => None,
            false => Some(layout),
            true => self.with_breaks.of(layout, object, into),
        }
    }

    /// Hands over all events.
    pub(super) fn flush(&mut self, into: &mut TableBuilder) {
        self.events.flush(into);
    }

    /// An object that looks like ones met before: where it ends, and its layout.
    fn known(&mut self, start: usize, into: &mut TableBuilder) -> Option<(usize, u32)> {
        let bytes = self.bytes;
        let (mut node, length) = self.skeleton.step(Skeleton::<Action>::ROOT, &bytes[start..])?;
        let mut at = start + length;
        loop {
            let (given, action) = self.skeleton.at(node);
            at -= action.form.mark();
            if let Some((given, code)) = given {
                self.has_event_id = true;
                if given.slot != NONE {
                    self.events.cells.push(Cell::code(given.slot, code));
                }
            }
            match action.kind {
                Kind::End => return Some((at, action.slot)),
                Kind::Field if action.slot != NONE => {
                    if let Some((code, next, length)) = self.skeleton.echo(node, &bytes[at..]) {
                        self.events.cells.push(Cell::code(action.slot, code));
                        (node, at) = (next, at + length);
                        continue;
                    }
                }
                _ => {}
            }
            let cells = self.events.cells.len();
            let had_breaks = std::mem::take(&mut self.has_breaks);
            let end = self.value(action, at, into).ok()?;
            let (next, length) = self.skeleton.step(node, &bytes[end..])?;
            let is_one = self.events.cells.len() == cells + 1 && self.is_regular && !self.has_breaks;
            self.has_breaks |= had_breaks;
            if action.kind == Kind::Field && is_one && self.skeleton.wants_echo(node) {
                let code = into.intern_cell(&mut self.events.cells[cells], bytes, &self.events.scratch);
                self.skeleton.keep_echo(node, code, next, &bytes[at..end + length]);
            }
            (node, at) = (next, end + length);
        }
    }

    /// Reads the value at `at` and gives it to the event; where it ends.
    #[inline]
    fn value(&mut self, action: Action, at: usize, into: &mut TableBuilder) -> Result<usize, Broken> {
        let bytes = self.bytes;
        let (start, end, next) = match bytes.get(at) {
            Some(b'"' | b'[' | b'{' | b'n') if action.form == Written::Bare => {
                return Err((at, "not the number or truth value that it was before"));
            }
            Some(b'"') => {
                let start = self.events.scratch.len();
                match string(bytes, at, &mut self.events.scratch)? {
                    Text::Plain(end) => (at + 1, end, end + 1),
                    Text::Unescaped { end, escapes } => {
                        self.is_regular &= escapes <= Escapes::Breaks;
                        self.has_breaks |= escapes == Escapes::Breaks;
                        if action.kind == Kind::Raw {
                            self.own_raw = Some((start, self.events.scratch.len()));
                        } else if action.kind != Kind::Field {
                            let scratch = std::mem::take(&mut self.events.scratch);
                            self.notice(action, &scratch[start..], into);
                            self.events.scratch = scratch;
                        }
                        if action.slot != NONE {
                            self.events.cells.push(Cell::scratch(action.slot, start, self.events.scratch.len()));
                        }
                        return Ok(end + 1);
                    }
                }
            }
            Some(b'[' | b'{') => {
                let end = self.nested(action, at, into)?;
                self.is_regular &= action.form.is_of(&bytes[at..end]);
                return Ok(end);
            }
            Some(b'n') => return bare_end(bytes, at),
            Some(_) => {
                let end = bare_end(bytes, at)?;
                (at, end, end)
            }
            None => return Err((bytes.len(), "the object does not end")),
        };
        if action.kind != Kind::Field {
            self.notice(action, &bytes[start..end], into);
        }
        if action.slot != NONE {
            self.events.cells.push(Cell::source(action.slot, start, end));
        }
        Ok(next)
    }

    fn notice(&mut self, action: Action, value: &[u8], into: &mut TableBuilder) {
        match action.kind {
            Kind::Time if action.rank < self.time_rank => {
                let time = if action.rank == 0 { parse_own_time(value) } else { parse_time(value) };
                if let Some(time) = time {
                    self.events.time = time;
                    self.time_rank = action.rank;
                }
                // The member `_time` is no field: the number must be the one that would be printed.
                self.is_regular &= action.rank != 0 || is_plain_epoch(value);
            }
            Kind::Raw => {
                let start = self.events.scratch.len();
                self.events.scratch.extend_from_slice(value);
                self.own_raw = Some((start, self.events.scratch.len()));
            }
            Kind::Channel => {
                self.has_channel = true;
                self.events.defaults.source.derive(b"XmlWinEventLog:", value, into);
            }
            Kind::EventId => self.has_event_id = true,
            Kind::Sign if is_sign(action.rank, value) => self.signs |= 1 << action.rank,
            Kind::Stamp => self.events.stamp(usize::from(action.rank), value),
            Kind::Host if action.rank < self.host_rank => {
                self.host_rank = action.rank;
                self.events.defaults.host.set(value, into);
            }
            _ => {}
        }
    }

    /// What to do with the member of this name.
    fn action(&mut self, name: &str, into: &mut TableBuilder) -> Action {
        let layout = usize::from(self.is_beat);
        if let Some(&action) = self.actions[layout].get(name) {
            return action;
        }
        let stamp = self.settings.and_then(|settings| settings.rules.times.place(name));
        let (field, known) = match self.is_beat {
            true => (field_of_beat(name), member_of_beat(name)),
            false => (field(name), name),
        };
        let place = |list: &[&str]| list.iter().position(|&other| other == known).map(|rank| rank as u8);
        let (kind, rank) = match known {
            _ if stamp.is_some() => (Kind::Stamp, stamp.map_or(0, |place| place as u8)),
            "_raw" => (Kind::Raw, 0),
            "Channel" | "winlog.channel" => (Kind::Channel, 0),
            "EventID" | "EventCode" | "winlog.event_id" => (Kind::EventId, 0),
            _ => match (place(TIMES), place(HOSTS), place(SIGNS)) {
                (Some(rank), _, _) => (Kind::Time, rank),
                (None, Some(rank), _) => (Kind::Host, rank),
                (None, None, Some(place)) => (Kind::Sign, place),
                (None, None, None) => (Kind::Field, 0),
            },
        };
        let wanted = !matches!(name, "_raw" | "_time") && self.request.wants(field);
        let slot = if wanted { into.slot(field) } else { NONE };
        let action = Action { kind, rank, slot, name: self.names.len() as u32, form: Written::Otherwise };
        self.names.push(field.to_owned());
        self.actions[layout].insert(name.to_owned(), action);
        action
    }

    /// An object of a layout not met before: read member by member, and remembered as far as there is room.
    #[cold]
    fn unknown(&mut self, start: usize, into: &mut TableBuilder) -> Result<(usize, u32), Broken> {
        self.is_beat = self.beats.begins(self.bytes, start);
        let mut path = std::mem::take(&mut self.path);
        path.clear();
        let end = self.object(start, &mut path, into);
        self.path = path;
        end
    }

    fn object(&mut self, start: usize, path: &mut String, into: &mut TableBuilder) -> Result<(usize, u32), Broken> {
        let mut node = Some(Skeleton::<Action>::ROOT);
        let mut learnt = start;
        let mut given = None;
        let (mut layout, mut written) = (LayoutBuilder::new(self.request.raw), start);
        let mut at = start + 1;
        // The lengths of the paths of the objects that are open.
        let mut open = vec![0];
        let mut first = true;
        while let Some(&length) = open.last() {
            at = self.blank(at)?;
            if self.bytes[at] == b'}' {
                open.pop();
                path.truncate(open.last().copied().unwrap_or(0));
                (at, first) = (at + 1, false);
                continue;
            }
            if !first {
                if self.bytes[at] != b',' {
                    return Err((at, "something other than a comma between members"));
                }
                at = self.blank(at + 1)?;
            }
            first = false;
            at = self.key(at, path, length)?;
            if self.bytes[at] == b'{' {
                if open.len() == MAX_DEPTH {
                    return Err((at, "objects are nested too deep"));
                }
                open.push(path.len());
                (at, first) = (at + 1, true);
                continue;
            }
            let mut action = self.action(path, into);
            action.form = Written::of(&self.bytes[at..]);
            layout.push(&self.bytes[written..at], action.form, self.written_slot(action, into));
            let cells = self.events.cells.len();
            let had_breaks = std::mem::take(&mut self.has_breaks);
            let end = self.value(action, at, into)?;
            let is_plain = self.is_regular && !self.has_breaks;
            self.has_breaks |= had_breaks;
            written = end;
            path.truncate(length);
            // The number of a Windows event decides what follows.
            let is_one = self.events.cells.len() <= cells + 1 && is_plain;
            let decides = action.kind == Kind::EventId && given.is_none() && is_one;
            if decides && node.is_some_and(|node| self.skeleton.may_give(node)) {
                let code = match self.events.cells.get_mut(cells) {
                    Some(cell) => into.intern_cell(cell, self.bytes, &self.events.scratch),
                    None => 0,
                };
                if code != 0 || action.slot == NONE {
                    given = Some((action, code));
                    at = end;
                    continue;
                }
            }
            let literal = &self.bytes[learnt..at + action.form.mark()];
            node = node.and_then(|node| self.skeleton.learn(node, literal, given.take(), action));
            (at, learnt) = (end, end);
        }
        let layout = layout.finish(&self.bytes[written..at], into).unwrap_or(NONE);
        node.and_then(|node| self.skeleton.learn(node, &self.bytes[learnt..at], given, end(layout)));
        Ok((at, layout))
    }

    /// The field that a value can be written again from.
    fn written_slot(&self, action: Action, into: &mut TableBuilder) -> Option<u32> {
        let is_time = action.kind == Kind::Time && action.rank == 0;
        if !action.form.is_list() {
            return if is_time { Some(TIME_SLOT) } else { Some(action.slot).filter(|&slot| slot != NONE) };
        }
        let name = format!("{}{{}}", self.names.get(action.name as usize)?);
        self.request.wants(&name).then(|| into.slot(&name))
    }

    /// Reads `"key":` and appends the key to the path of its object; where the value begins.
    fn key(&mut self, at: usize, path: &mut String, length: usize) -> Result<usize, Broken> {
        let bytes = self.bytes;
        if bytes[at] != b'"' {
            return Err((at, "a member without a quoted name"));
        }
        let (end, escaped) = string_end(bytes, at)?;
        path.truncate(length);
        if length > 0 {
            path.push('.');
        }
        let inside = &bytes[at + 1..end];
        if escaped {
            let mut key = Vec::new();
            unescape(inside, &mut key);
            path.push_str(&String::from_utf8_lossy(&key));
        } else {
            path.push_str(&String::from_utf8_lossy(inside));
        }
        let colon = self.blank(end + 1)?;
        if bytes[colon] != b':' {
            return Err((colon, "a member without a colon"));
        }
        self.blank(colon + 1)
    }

    /// The next byte that is not blank.
    fn blank(&self, at: usize) -> Result<usize, Broken> {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let blank = rest.iter().position(|b| !matches!(b, b' ' | b'\n' | b'\r' | b'\t'));
        blank.map(|blank| at + blank).ok_or((self.bytes.len(), "the object does not end"))
    }

    /// An array, or an object where other events have a plain value: its values under names that say where they lie.
    #[cold]
    fn nested(&mut self, action: Action, at: usize, into: &mut TableBuilder) -> Result<usize, Broken> {
        let mut path = self.names.get(action.name as usize).cloned().unwrap_or_default();
        self.inner((at, 1), &mut path, self.events.lists(), into)
    }

    /// Reads the value at a place and a depth; its values go into the lists from `lists` on.
    fn inner(
        &mut self,
        (at, depth): (usize, usize),
        path: &mut String,
        lists: usize,
        into: &mut TableBuilder,
    ) -> Result<usize, Broken> {
        if depth > MAX_DEPTH {
            return Err((at, "values are nested too deep"));
        }
        let length = path.len();
        let (mut at, close) = match self.bytes[at] {
            b'[' => {
                path.push_str("{}");
                (at + 1, b']')
            }
            b'{' => (at + 1, b'}'),
            _ => return self.leaf(at, path, lists, into),
        };
        let inner = path.len();
        let mut first = true;
        loop {
            at = self.blank(at)?;
            if self.bytes[at] == close {
                path.truncate(length);
                return Ok(at + 1);
            }
            if !first {
                if self.bytes[at] != b',' {
                    return Err((at, "something other than a comma between values"));
                }
                at = self.blank(at + 1)?;
            }
            first = false;
            if close == b'}' {
                at = self.key(at, path, inner)?;
            }
            at = self.inner((at, depth + 1), path, lists, into)?;
            path.truncate(inner);
        }
    }

    /// A plain value inside an array.
    fn leaf(&mut self, at: usize, path: &str, lists: usize, into: &mut TableBuilder) -> Result<usize, Broken> {
        let bytes = self.bytes;
        let mut unescaped = Vec::new();
        let (value, end) = if bytes[at] == b'"' {
            let (end, escaped) = string_end(bytes, at)?;
            if escaped {
                unescape(&bytes[at + 1..end], &mut unescaped);
            }
            (if escaped { &unescaped } else { &bytes[at + 1..end] }, end + 1)
        } else {
            let end = bare_end(bytes, at)?;
            (&bytes[at..end], end)
        };
        if self.request.wants(path) && bytes[at] != b'n' {
            let slot = into.slot(path);
            let code = into.intern(slot, value);
            self.events.list(lists, slot, code);
        }
        Ok(end)
    }
}
