//! Windows events as XML, the way Splunk's `XmlWinEventLog` input stores them; Sysmon for Linux writes the same behind a syslog header.
//!
//! An event runs from `<Event` to `</Event>`, wherever these stand. Children and attributes of `System`, the named `Data` of
//! `EventData` and the leaves of `UserData` and `RenderingInfo` are fields. Entities are left as they are: published searches look
//! for `&lt;` and `&gt;`. An empty value is no field, and of a name that repeats the first value counts.

mod walk;

use memchr::memmem;

use self::walk::{Target, Token, walk};
use super::event::{Events, Raw};
use super::scan::Scanner;
use super::skeleton::Skeleton;
use super::text;
use super::{Damage, FormatSpec, Part, parse_time};
use crate::table::{Cell, Form, Layout, TableBuilder};

pub(super) static FORMAT: FormatSpec = FormatSpec {
    name: "xml",
    extensions: &["xml"],
    summary: "Windows events as XML (XmlWinEventLog), also Sysmon for Linux",
    signs: "holds <Event",
    sniff: |head| next_event(head, 0).is_some(),
    cuts,
    read,
    preamble: Some(|_| Vec::new()),
};

const NONE: u32 = u32::MAX;
const CLOSE: &[u8] = b"</Event>";
const BROKEN: &str = "events that could not be decoded";
/// An attribute longer than this is left to the careful reader.
const MAX_ATTRIBUTE: usize = 4096;

/// The next place at or after `from` where an event begins.
fn next_event(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memmem::find(bytes.get(at..)?, b"<Event")?;
        if begins_event(&bytes[at..]) {
            return Some(at);
        }
        at += 1;
    }
}

fn begins_event(bytes: &[u8]) -> bool {
    bytes.starts_with(b"<Event") && matches!(bytes.get(6), Some(b' ' | b'>' | b'\t' | b'\r' | b'\n'))
}

fn cuts(bytes: &[u8], wished: &[usize]) -> Vec<usize> {
    let mut cuts: Vec<usize> =
        wished.iter().filter_map(|&at| next_event(bytes, at)).map(|event| header_start(bytes, 0, event)).collect();
    cuts.dedup();
    cuts
}

/// Where the text before an event on its line begins, but for blanks, if that is a syslog header and not the end of another event.
fn header_start(bytes: &[u8], from: usize, event: usize) -> usize {
    let line = memchr::memrchr(b'\n', &bytes[from..event]).map_or(from, |at| from + at + 1);
    let header = bytes[line..event].trim_ascii_start();
    let is_header = header.len() < 512 && !header.contains(&b'<') && !header.trim_ascii().is_empty();
    let before = bytes[..line].iter().rev().find(|&&b| b == b'\n' || !b.is_ascii_whitespace());
    let at_line_start = before.is_none_or(|&b| b == b'\n');
    if is_header && at_line_start { event - header.len() } else { event }
}

/// What to do with a value.
#[derive(Clone, Copy)]
struct Action {
    kind: Kind,
    /// What stands behind the value.
    until: u8,
    slot: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// No field.
    Skip,
    Field,
    /// One of the values of `Data`.
    Unnamed,
    /// A field that says something about the whole event, too.
    Noticed(Notice),
    /// Not a value: the event is over.
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Notice {
    Time,
    Channel,
    Computer,
}

fn read(part: &Part<'_>, into: &mut TableBuilder, damage: &mut Damage) {
    let mut reader = Reader::new(part, into);
    // Entities stay as they are, so a value is written as the search means it.
    let written = |literal: &str| literal.as_bytes().to_vec();
    match part.scanner(written) {
        Some(scanner) => read_candidates(part, &scanner, &mut reader, into, damage),
        None => read_all(part, (part.start, part.end), &mut reader, into, damage),
    }
    reader.events.flush(into);
}

/// Reads the events that a scanner finds.
fn read_candidates(
    part: &Part<'_>,
    scanner: &Scanner,
    reader: &mut Reader<'_>,
    into: &mut TableBuilder,
    damage: &mut Damage,
) {
    let bytes = &part.bytes[..part.end];
    let close = |from: usize| memmem::find(&bytes[from..], CLOSE).map(|found| from + found + CLOSE.len());
    let mut at = part.start;
    while let Some(hit) = scanner.next(bytes, at).filter(|_| !part.is_cancelled()) {
        let event = last_event(bytes, at, hit);
        let (start, end) = match event.map(|event| (event, close(event))) {
            Some((event, Some(end))) if end > hit => (header_start(bytes, at, event), end),
            Some((event, None)) => (header_start(bytes, at, event), part.end),
            // Between two events, or in a header: up to the end of the next event.
            Some((_, Some(end))) => (end, next_event(bytes, hit).and_then(close).unwrap_or(part.end)),
            None => (at, next_event(bytes, hit).and_then(close).unwrap_or(part.end)),
        };
        if scanner.accepts(&bytes[start..end]) {
            read_all(part, (start, end), reader, into, damage);
        }
        at = end;
    }
}

/// The last event that begins in `from..=before`.
fn last_event(bytes: &[u8], from: usize, before: usize) -> Option<usize> {
    let mut end = (before + 6).min(bytes.len());
    loop {
        let at = from + memmem::rfind(bytes.get(from..end)?, b"<Event")?;
        if begins_event(&bytes[at..]) {
            return Some(at);
        }
        end = at;
    }
}

/// Reads every event that begins in the range.
fn read_all(
    part: &Part<'_>,
    (start, end): (usize, usize),
    reader: &mut Reader<'_>,
    into: &mut TableBuilder,
    damage: &mut Damage,
) {
    let mut at = start;
    loop {
        at += part.bytes[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        if at >= end || part.is_cancelled() {
            break;
        }
        if !begins_event(&part.bytes[at..]) {
            let event = next_event(&part.bytes[..end], at);
            let header = event.map_or(end, |event| header_start(part.bytes, at, event));
            reader.between(at, header, into, damage);
            reader.raw_from = header;
            let Some(event) = event else { break };
            at = event;
        } else {
            reader.raw_from = at;
        }
        at = reader.event(at, into, damage);
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// Where the current event's `_raw` begins.
    raw_from: usize,
    part: &'a Part<'a>,
    skeleton: Skeleton<Action>,
    tokens: Vec<Token<'a>>,
    events: Events<'a>,
}

impl<'a> Reader<'a> {
    fn new(part: &'a Part<'a>, into: &mut TableBuilder) -> Self {
        let end = Action { kind: Kind::End, until: 0, slot: NONE };
        Reader {
            bytes: part.bytes,
            raw_from: part.start,
            part,
            skeleton: Skeleton::new(end),
            tokens: Vec::new(),
            events: Events::new(part, into),
        }
    }

    /// Reads the event at `start`; where it ends.
    fn event(&mut self, start: usize, into: &mut TableBuilder, damage: &mut Damage) -> usize {
        if let Some((end, layout)) = self.known(start, into) {
            self.finish((start, end), layout, into);
            return end;
        }
        self.events.discard();
        self.unknown(start, into, damage)
    }

    /// An event that looks like ones met before: where it ends, and its layout.
    fn known(&mut self, start: usize, into: &mut TableBuilder) -> Option<(usize, u32)> {
        let bytes = self.bytes;
        let (mut node, length) = self.skeleton.step(Skeleton::<Action>::ROOT, &bytes[start..])?;
        let mut at = start + length;
        loop {
            let (given, action) = self.skeleton.at(node);
            if let Some((given, code)) = given
                && given.slot != NONE
            {
                self.events.cells.push(Cell::code(given.slot, code));
            }
            let rest = &bytes[at..];
            match action.kind {
                Kind::End => return Some((at, action.slot)),
                Kind::Field => {
                    if let Some((code, next, length)) = self.skeleton.echo(node, rest) {
                        self.events.cells.push(Cell::code(action.slot, code));
                        (node, at) = (next, at + length);
                        continue;
                    }
                }
                _ => {}
            }
            let near = if action.until == b'<' { rest } else { &rest[..rest.len().min(MAX_ATTRIBUTE)] };
            let end = at + memchr::memchr(action.until, near)?;
            let (next, length) = self.skeleton.step(node, &bytes[end..])?;
            if end > at {
                if action.kind == Kind::Field && self.skeleton.wants_echo(node) {
                    let code = into.intern(action.slot, &bytes[at..end]);
                    self.events.cells.push(Cell::code(action.slot, code));
                    self.skeleton.keep_echo(node, code, next, &bytes[at..end + length]);
                } else {
                    self.apply(action, at, end, into);
                }
            }
            (node, at) = (next, end + length);
        }
    }

    #[inline]
    fn apply(&mut self, action: Action, start: usize, end: usize, into: &mut TableBuilder) {
        if action.kind != Kind::Field {
            self.notice(action, start, end, into);
        }
        if matches!(action.kind, Kind::Field | Kind::Noticed(_)) && action.slot != NONE {
            self.events.cells.push(Cell::source(action.slot, start, end));
        }
    }

    fn notice(&mut self, action: Action, start: usize, end: usize, into: &mut TableBuilder) {
        let value = &self.bytes[start..end];
        match action.kind {
            Kind::Noticed(Notice::Time) => {
                if let Some(time) = parse_time(value) {
                    self.events.time = time;
                }
            }
            Kind::Noticed(Notice::Channel) => {
                let linux = value.starts_with(b"Linux-Sysmon");
                let prefix: &'static [u8] = if linux { b"Syslog:" } else { b"XmlWinEventLog:" };
                let kind: &[u8] = if linux { b"sysmon:linux" } else { b"XmlWinEventLog" };
                self.events.defaults.source.derive(prefix, value, into);
                self.events.defaults.sourcetype.derive(b"", kind, into);
            }
            Kind::Noticed(Notice::Computer) => {
                if let Some(slot) = self.events.defaults.host.open() {
                    self.events.cells.push(Cell::source(slot, start, end));
                }
            }
            Kind::Unnamed => {
                let code = into.intern(action.slot, value);
                self.events.list_of_event(action.slot, code);
            }
            _ => {}
        }
    }

    /// An event of a new layout, or a broken one.
    #[cold]
    fn unknown(&mut self, start: usize, into: &mut TableBuilder, damage: &mut Damage) -> usize {
        let limit = next_event(self.bytes, start + 1).unwrap_or(self.bytes.len());
        let whole = &self.bytes[..limit];
        let limit = memmem::find(&whole[start..], CLOSE).map_or(limit, |at| start + at + CLOSE.len());
        let mut tokens = std::mem::take(&mut self.tokens);
        tokens.clear();
        let end = match walk(&self.bytes[..limit], start, &mut tokens) {
            Ok(end) => {
                let actions: Vec<Action> = tokens.iter().map(|token| self.action(token, into)).collect();
                for (token, &action) in tokens.iter().zip(&actions) {
                    if token.end > token.start {
                        self.apply(action, token.start, token.end, into);
                    }
                }
                let mut layout = NONE;
                if end.plain {
                    layout = self.layout((start, end.at), &tokens, &actions, into);
                    self.learn((start, end.at), &tokens, &actions, layout, into);
                }
                self.finish((start, end.at), layout, into);
                end.at
            }
            Err((at, why)) => {
                damage.note(BROKEN, start, format!("{why}, at byte {}", damage.place(at)));
                self.broken(limit, into);
                limit
            }
        };
        self.tokens = tokens;
        end
    }

    fn action(&self, token: &Token<'_>, into: &mut TableBuilder) -> Action {
        let name: &[u8] = match token.target {
            Target::Skip => b"",
            Target::Field(name) => name,
            Target::EventId => b"EventID",
            Target::Unnamed => b"Data",
            Target::Time => b"SystemTime",
            Target::Channel => b"Channel",
            Target::Computer => b"Computer",
        };
        let name = String::from_utf8_lossy(name);
        // What an event calls `source` is not where it comes from.
        let is_default = matches!(&*name, "index" | "source" | "sourcetype" | "host" | "_time" | "_raw" | "");
        let slot = if !is_default && self.part.request.wants(&name) { into.slot(&name) } else { NONE };
        let kind = match token.target {
            Target::Time => Kind::Noticed(Notice::Time),
            Target::Channel => Kind::Noticed(Notice::Channel),
            Target::Computer => Kind::Noticed(Notice::Computer),
            _ if slot == NONE => Kind::Skip,
            Target::Unnamed => Kind::Unnamed,
            _ => Kind::Field,
        };
        Action { kind, until: token.until, slot }
    }

    /// How to write the event again from its fields; `NONE` when not all of it is there.
    fn layout(
        &self,
        (start, end): (usize, usize),
        tokens: &[Token<'_>],
        actions: &[Action],
        into: &mut TableBuilder,
    ) -> u32 {
        let (mut layout, mut at) = (Layout::default(), start);
        for (token, action) in tokens.iter().zip(actions) {
            let whole = matches!(action.kind, Kind::Field | Kind::Noticed(_)) && action.slot != NONE;
            let Some(words) = std::str::from_utf8(&self.bytes[at..token.start]).ok().filter(|_| whole) else {
                return NONE;
            };
            layout.push(words, action.slot, Form::Plain);
            at = token.end;
        }
        let whole = std::str::from_utf8(&self.bytes[at..end]).is_ok_and(|words| layout.close(words));
        if self.part.request.raw && whole { into.layout(layout) } else { NONE }
    }

    fn learn(
        &mut self,
        (start, end): (usize, usize),
        tokens: &[Token<'_>],
        actions: &[Action],
        layout: u32,
        into: &mut TableBuilder,
    ) {
        let (mut node, mut at) = (Skeleton::<Action>::ROOT, start);
        let mut given = None;
        for (token, &action) in tokens.iter().zip(actions) {
            // The number of the event decides what follows.
            let decides = matches!(token.target, Target::EventId) && given.is_none() && token.end > token.start;
            if decides && self.skeleton.may_give(node) {
                let value = &self.bytes[token.start..token.end];
                given = Some((action, if action.slot == NONE { 0 } else { into.intern(action.slot, value) }));
                continue;
            }
            let Some(next) = self.skeleton.learn(node, &self.bytes[at..token.start], given.take(), action) else {
                return;
            };
            (node, at) = (next, token.end);
        }
        let over = Action { kind: Kind::End, until: 0, slot: layout };
        self.skeleton.learn(node, &self.bytes[at..end], given, over);
    }

    fn finish(&mut self, (start, end): (usize, usize), layout: u32, into: &mut TableBuilder) {
        if !self.events.settle(self.raw_from, end, into) {
            return self.events.discard();
        }
        let is_layout = layout != NONE && self.raw_from == start;
        self.events.end(if is_layout { Raw::Layout(layout) } else { Raw::Source(self.raw_from, end) }, into);
    }

    /// What is left of an event that cannot be decoded.
    fn broken(&mut self, end: usize, into: &mut TableBuilder) {
        self.events.discard();
        self.events.defaults.source.derive(b"", self.part.origin.name.as_bytes(), into);
        self.events.defaults.sourcetype.derive(b"XmlWinEventLog", b"", into);
        let length = self.bytes[self.raw_from..end].trim_ascii_end().len();
        self.events.end(Raw::Source(self.raw_from, self.raw_from + length), into);
    }

    /// Text between events: tags of a document around them are of no interest, anything else is events of another kind.
    fn between(&mut self, start: usize, end: usize, into: &mut TableBuilder, damage: &mut Damage) {
        let mut rest = &self.bytes[start..end];
        loop {
            rest = rest.trim_ascii_start();
            let tag: Option<&[u8]> = match rest {
                [b'<', b'?', ..] => Some(b"?>"),
                [b'<', b'!', b'-', b'-', ..] => Some(b"-->"),
                _ if rest.starts_with(b"<Events") || rest.starts_with(b"</Events") => Some(b">"),
                _ => None,
            };
            match tag.and_then(|close| memmem::find(rest, close).map(|at| at + close.len())) {
                Some(length) => rest = &rest[length..],
                None => break,
            }
        }
        if rest.is_empty() {
            return;
        }
        if super::stamp::leading_time(rest, Some(0.0)).is_none() {
            damage.note("stretches of text that are no events", end - rest.len(), "kept as they are");
        }
        text::events(self.bytes, (end - rest.len(), end), true, |start, end| {
            text::push(start, end, self.part, &mut self.events, into);
        });
    }
}
