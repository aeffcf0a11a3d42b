//! Plain text logs: an event a line, or, where lines begin with dates, an event from one date to the next. Fields are not taken
//! apart here; only Splunk's own text form of Windows events and the Linux audit daemon's records say where they come from.

use super::event::Events;
use super::stamp::{first_time, leading_time};
use super::{Damage, FormatSpec, Part};
use crate::table::TableBuilder;

pub(super) static FORMAT: FormatSpec = FormatSpec {
    name: "text",
    extensions: &["log", "txt", "raw"],
    summary: "plain text: an event a line, or from one leading date to the next",
    signs: "anything else",
    sniff: |_| false,
    cuts: |bytes, wished| {
        let lines = Lines::of(bytes);
        let mut cuts: Vec<usize> = wished.iter().map(|&at| lines.next_event(line_end(bytes, at))).collect();
        cuts.dedup();
        cuts
    },
    read,
    preamble: Some(|bytes| super::first_lines(bytes, DATED_LINES).to_vec()),
};

/// Lines by which it is told whether events begin with dates.
const DATED_LINES: usize = 50;
/// An event of more lines than this ends all the same.
const MAX_LINES: usize = 10_000;

fn read(part: &Part<'_>, into: &mut TableBuilder, _: &mut Damage) {
    let mut gathered = Events::new(part, into);
    let bytes = &part.bytes[..part.end];
    let rules = part.settings.map(|settings| &*settings.rules);
    // Where there are such settings, the input is read as a whole, and it is UTF-8.
    let text = || std::str::from_utf8(part.content()).unwrap_or_default();
    if let Some(events) = rules.and_then(|rules| rules.events(text)) {
        events.iter().take_while(|_| !part.is_cancelled()).for_each(|event| {
            push(part.start + event.start, part.start + event.end, part, &mut gathered, into);
        });
        return gathered.flush(into);
    }
    let mut lines = Lines::of(part.bytes);
    lines.dated &= rules.and_then(|rules| rules.lines.merge) != Some(false);
    let mut read = |range, into: &mut TableBuilder| {
        events(bytes, range, lines.dated, |start, end| {
            if !part.is_cancelled() {
                push(start, end, part, &mut gathered, into);
            }
        });
    };
    // A literal stands in `_raw` as it is.
    let written = |literal: &str| literal.as_bytes().to_vec();
    let Some(scanner) = part.scanner(written) else {
        read((part.start, part.end), into);
        return gathered.flush(into);
    };
    let lines = Lines { bytes, ..lines };
    let mut at = part.start;
    while let Some(hit) = scanner.next(bytes, at).filter(|_| !part.is_cancelled()) {
        let (start, end) = (lines.event_start(at, hit), lines.next_event(line_end(bytes, hit)));
        if scanner.accepts(&bytes[start..end]) {
            read((start, end), into);
        }
        at = end;
    }
    gathered.flush(into);
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
        let dated = bytes.split(|&b| b == b'\n').take(DATED_LINES).any(|line| leading_time(line, Some(0.0)).is_some());
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

/// The events of a stretch of text: from one line that begins with a date to the next, or single lines when none does.
pub(super) fn events(bytes: &[u8], (start, end): (usize, usize), dated: bool, mut each: impl FnMut(usize, usize)) {
    let bytes = &bytes[..end];
    let mut emit = |start: usize, end: usize| {
        let text = &bytes[start..end];
        let text = text.strip_suffix(b"\n").map_or(text, |text| text.strip_suffix(b"\r").unwrap_or(text));
        if !text.trim_ascii().is_empty() {
            each(start, start + text.len());
        }
    };
    let (mut start, mut at, mut lines) = (start, start, 0);
    while at < bytes.len() {
        let end = line_end(bytes, at);
        if lines > 0 && (!dated || lines == MAX_LINES || leading_time(&bytes[at..end], Some(0.0)).is_some()) {
            emit(start, at);
            (start, lines) = (at, 0);
        }
        (at, lines) = (end, lines + 1);
    }
    emit(start, bytes.len());
}

/// Adds text events to others.
pub(super) fn push(start: usize, end: usize, part: &Part<'_>, events: &mut Events<'_>, into: &mut TableBuilder) {
    let event = &part.bytes[start..end];
    let defaults = &mut events.defaults;
    match setting(event, b"LogName=") {
        Some(channel) if memchr::memmem::find(event, b"\nEventCode=").is_some() => {
            defaults.source.derive(b"WinEventLog:", channel, into);
            defaults.sourcetype.derive(b"WinEventLog", b"", into);
            if let Some(computer) = setting(event, b"ComputerName=") {
                defaults.host.set(computer, into);
            }
        }
        None if event.starts_with(b"type=") && memchr::memmem::find(event, b" msg=audit(").is_some() => {
            defaults.source.derive(b"/var/log/audit/audit.log", b"", into);
            defaults.sourcetype.derive(b"linux:audit", b"", into);
        }
        _ => {
            defaults.source.derive(b"", part.origin.name.as_bytes(), into);
            defaults.sourcetype.derive(b"text", b"", into);
        }
    }
    let now = part.request.now;
    let time = match part.settings {
        Some(settings) => settings.rules.times.of_event(event, now),
        None => first_time(event, now),
    };
    if let Some(time) = time {
        events.time = time;
    }
    match part.settings {
        Some(settings) if settings.rules.changes_events() => events.settle_text(event, settings, into),
        _ => events.end_text(start, end, into),
    }
}

/// The rest of the line that begins with `name`.
fn setting<'a>(event: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let line = event.split(|&b| b == b'\n').take(32).find(|line| line.starts_with(name))?;
    Some(line[name.len()..].trim_ascii())
}
