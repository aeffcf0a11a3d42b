//! Plain text logs: an event a line, or, where lines begin with dates, an event from one date to the next. Fields are not taken
//! apart here; only Splunk's own text form of Windows events says where it comes from.

use super::event::{self, Defaults};
use super::stamp::leading_time;
use super::{Damage, FormatSpec, Origin, Part, ReadRequest};
use crate::table::TableBuilder;

pub(super) static FORMAT: FormatSpec = FormatSpec {
    name: "text",
    extensions: &["log", "txt", "raw"],
    summary: "plain text: an event a line, or from one leading date to the next",
    sniff: |_| false,
    cuts: |_, _| Vec::new(),
    read,
};

/// An event of more lines than this ends all the same.
const MAX_LINES: usize = 10_000;

fn read(part: &Part<'_>, into: &mut TableBuilder, _: &mut Damage) {
    let mut writer = TextWriter::new(part.origin, part.request, into);
    let bytes = &part.bytes[part.start..part.end];
    // Whether dates start events is seen from the beginning.
    let dated = bytes.split(|&b| b == b'\n').take(50).any(|line| leading_time(line).is_some());
    events(bytes, dated, |event| writer.event(event, into));
}

/// The events of a text: stretches of lines that begin with a date, or single lines when none does.
pub(super) fn events<'a>(text: &'a [u8], dated: bool, mut each: impl FnMut(&'a [u8])) {
    let (mut start, mut at, mut lines) = (0, 0, 0);
    while at < text.len() {
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |n| at + n + 1);
        if lines > 0 && (!dated || lines == MAX_LINES || leading_time(&text[at..end]).is_some()) {
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
        if let Some((time, _)) = leading_time(event) {
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
