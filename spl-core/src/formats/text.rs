//! Plain text logs: an event a line, or, where lines begin with dates, an event from one date to the next. Fields are not taken
//! apart here; only Splunk's own text form of Windows events says where it comes from.

use super::event::{self, Defaults};
use super::scan::Scanner;
use super::stamp::{first_time, leading_time};
use super::{Damage, FormatSpec, Origin, Part, ReadRequest};
use crate::table::TableBuilder;

pub(super) static FORMAT: FormatSpec = FormatSpec {
    name: "text",
    extensions: &["log", "txt", "raw"],
    summary: "plain text: an event a line, or from one leading date to the next",
    sniff: |_| false,
    cuts: |bytes, wished| {
        let lines = Lines::of(bytes);
        let mut cuts: Vec<usize> = wished.iter().map(|&at| lines.next_event(line_end(bytes, at))).collect();
        cuts.dedup();
        cuts
    },
    read,
};

/// An event of more lines than this ends all the same.
const MAX_LINES: usize = 10_000;

fn read(part: &Part<'_>, into: &mut TableBuilder, _: &mut Damage) {
    let mut writer = TextWriter::new(part.origin, part.request, into);
    let bytes = &part.bytes[..part.end];
    let lines = Lines::of(part.bytes);
    let mut read = |start: usize, end: usize| events(&bytes[start..end], lines.dated, |e| writer.event(e, into));
    // A literal stands in `_raw` as it is.
    let written = |literal: &str| literal.as_bytes().to_vec();
    let Some(scanner) = Scanner::new(&part.request.candidates, &bytes[part.start..], written) else {
        return read(part.start, part.end);
    };
    let lines = Lines { bytes, ..lines };
    let mut at = part.start;
    while let Some(hit) = scanner.next(bytes, at) {
        let (start, end) = (lines.event_start(at, hit), lines.next_event(line_end(bytes, hit)));
        if scanner.accepts(&bytes[start..end]) {
            read(start, end);
        }
        at = end;
    }
}

/// Where the line ends that `at` is in, its line break included.
fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n + 1)
}

/// A text and whether its events begin with dates, which is seen from its first lines.
#[derive(Clone, Copy)]
struct Lines<'a> {
    bytes: &'a [u8],
    dated: bool,
}

impl<'a> Lines<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        // Which year a date without one means does not matter here.
        let dated = bytes.split(|&b| b == b'\n').take(50).any(|line| leading_time(line, Some(0.0)).is_some());
        Lines { bytes, dated }
    }

    fn begins_event(&self, line: usize) -> bool {
        !self.dated || leading_time(&self.bytes[line..line_end(self.bytes, line)], Some(0.0)).is_some()
    }

    /// The first event that begins at or behind the line at `line`.
    fn next_event(&self, line: usize) -> usize {
        let lines = std::iter::successors(Some(line), |&line| Some(line_end(self.bytes, line)));
        let mut lines = lines.take(MAX_LINES).take_while(|&line| line < self.bytes.len());
        lines.find(|&line| self.begins_event(line)).unwrap_or(self.bytes.len())
    }

    /// Where the event begins that `at` is in, not before `from`.
    fn event_start(&self, from: usize, at: usize) -> usize {
        let line = |at: usize| memchr::memrchr(b'\n', &self.bytes[from..at]).map_or(from, |n| from + n + 1);
        let lines = std::iter::successors(Some(line(at)), |&start| Some(line(start.saturating_sub(1).max(from))));
        let mut lines = lines.take(MAX_LINES).take_while(|&line| line > from);
        lines.find(|&line| self.begins_event(line)).unwrap_or(from)
    }
}

/// The events of a text: stretches of lines that begin with a date, or single lines when none does.
pub(super) fn events<'a>(text: &'a [u8], dated: bool, mut each: impl FnMut(&'a [u8])) {
    let (mut start, mut at, mut lines) = (0, 0, 0);
    while at < text.len() {
        let end = line_end(text, at);
        if lines > 0 && (!dated || lines == MAX_LINES || leading_time(&text[at..end], Some(0.0)).is_some()) {
            emit(&text[start..at], &mut each);
            (start, lines) = (at, 0);
        }
        (at, lines) = (end, lines + 1);
    }
    emit(&text[start..], &mut each);
}

fn emit<'a>(event: &'a [u8], each: &mut impl FnMut(&'a [u8])) {
    let event = match event {
        [lines @ .., b'\r', b'\n'] | [lines @ .., b'\n'] => lines,
        line => line,
    };
    if !event.trim_ascii().is_empty() {
        each(event);
    }
}

/// Adds text events to a table.
pub(super) struct TextWriter<'a> {
    defaults: Defaults,
    origin: &'a Origin,
    request: &'a ReadRequest,
}

impl<'a> TextWriter<'a> {
    pub(super) fn new(origin: &'a Origin, request: &'a ReadRequest, into: &mut TableBuilder) -> Self {
        TextWriter { defaults: Defaults::new(origin, request, into), origin, request }
    }

    pub(super) fn event(&mut self, event: &[u8], into: &mut TableBuilder) {
        let defaults = &mut self.defaults;
        defaults.reset();
        match setting(event, b"LogName=") {
            Some(channel) if memchr::memmem::find(event, b"\nEventCode=").is_some() => {
                defaults.source.derive(channel, into, |channel| [b"WinEventLog:", channel].concat());
                defaults.sourcetype.derive(b"WinEventLog", into, <[u8]>::to_vec);
                if let Some(computer) = setting(event, b"ComputerName=") {
                    defaults.host.set(computer, into);
                }
            }
            _ => {
                defaults.source.derive(b"", into, |_| self.origin.name.as_bytes().to_vec());
                defaults.sourcetype.derive(b"text", into, <[u8]>::to_vec);
            }
        }
        if let Some(time) = first_time(event, self.request.now) {
            into.time(time);
        }
        if self.request.raw {
            into.raw(event);
        }
        self.defaults.put(into);
        event::end(self.request, into);
    }
}

/// The rest of the line that begins with `name`.
fn setting<'a>(event: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let line = event.split(|&b| b == b'\n').take(32).find(|line| line.starts_with(name))?;
    Some(line[name.len()..].trim_ascii())
}
