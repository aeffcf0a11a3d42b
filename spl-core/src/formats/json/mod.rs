//! JSON events: one a line, one after the other, in an array, as the `Records` of a CloudTrail file, or as hits of Elasticsearch, whose events are their
//! `_source`. Members are named as Splunk
//! names them: objects `a.b`, arrays of scalars the multivalue `a{}`, arrays of objects `a{}.b`. Numbers keep their digits, `null`
//! gives no field, and of a name that repeats the first value counts.
//!
//! A Windows event (one with `Channel` and `EventID` or `EventCode`) gets the source, source type and host that its XML would have. So
//! do those of winlogbeat (`winlog.channel`, `winlog.event_id`), whose `winlog.event_data` are named as in the event, and those of winlogbeat 6, which
//! has all that at the top. Events of Office 365 and of Azure's directory are known by their members.

mod reader;
mod text;
mod wrappers;
mod written;

use memchr::memmem;

use self::reader::Reader;
use self::wrappers::{around, members_end, source};
use super::scan::Scanner;
use super::{Damage, FormatSpec, Part};
use crate::table::TableBuilder;

pub(super) static FORMAT: FormatSpec = FormatSpec {
    name: "json",
    extensions: &["json", "ndjson", "jsonl"],
    summary: "JSON: one object a line, an array of objects, CloudTrail's Records, Elasticsearch's hits; Windows events of nxlog and winlogbeat, Office 365, Azure AD",
    signs: "begins with an object, or an array of objects",
    sniff: |head| {
        let head = head.trim_ascii_start();
        let inner = head.strip_prefix(b"[").unwrap_or(head).trim_ascii_start();
        matches!(inner.strip_prefix(b"{").map(|rest| rest.trim_ascii_start()), Some([b'"' | b'}', ..] | []))
    },
    cuts,
    read,
    // They tell how events are written.
    preamble: Some(|bytes| super::first_lines(bytes, BORDER_LINES).to_vec()),
};

/// Lines by which the border between events is told.
const BORDER_LINES: usize = 3;

/// What stands between two events in a file of one event a line: the end of one, a line break, the start of the next. `None` when the
/// file does not begin like one of those: what looks like a border may then lie within an event.
fn border(bytes: &[u8]) -> Option<&'static [u8]> {
    let lines = bytes.splitn(BORDER_LINES + 1, |&b| b == b'\n').take(BORDER_LINES).map(<[u8]>::trim_ascii_start);
    let mut lines = lines.filter(|line| !line.is_empty() && *line != b"[" && *line != b"[\r");
    match lines.next().filter(|line| is_closed(line))? {
        [b'{', .., b'}'] => Some(b"}\n{"),
        [b'{', .., b'}', b','] => Some(b"},\n{"),
        [b'{', .., b'}', b'\r'] => Some(b"}\r\n{"),
        [b'{', .., b'}', b',', b'\r'] => Some(b"},\r\n{"),
        _ => None,
    }
}

/// Whether all that is opened in the line is closed in it.
fn is_closed(line: &[u8]) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0i64, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth -= 1,
            _ => {}
        }
    }
    depth == 0 && !quoted
}

fn cuts(bytes: &[u8], wished: &[usize]) -> Vec<usize> {
    let Some(border) = border(bytes) else { return Vec::new() };
    let next = |&at: &usize| memmem::find(&bytes[at..], border).map(|found| at + found + border.len() - 1);
    let mut cuts: Vec<usize> = wished.iter().filter_map(next).collect();
    cuts.dedup();
    cuts
}

fn read(part: &Part<'_>, into: &mut TableBuilder, damage: &mut Damage) {
    let mut reader = Reader::new(part, into);
    match part.scanner(written).zip(border(part.bytes)) {
        Some((scanner, border)) => read_candidates(part, &scanner, border, &mut reader, into, damage),
        None => read_all(part, (part.start, part.end), &mut reader, into, damage),
    }
    reader.flush(into);
}

/// The longest part of a literal that is the same in a value and in the JSON of it. Only `\u` escapes could make that untrue.
fn written(literal: &str) -> Vec<u8> {
    let parts = literal.split(|c: char| matches!(c, '"' | '\\' | '/') || c.is_control());
    parts.max_by_key(|part| part.len()).unwrap_or_default().as_bytes().to_vec()
}

/// Reads the events that a scanner finds, and those that hold `\u` escapes, which it cannot see through.
fn read_candidates(
    part: &Part<'_>,
    scanner: &Scanner,
    border: &[u8],
    reader: &mut Reader<'_>,
    into: &mut TableBuilder,
    damage: &mut Damage,
) {
    let bytes = &part.bytes[..part.end];
    let mut at = part.start;
    let (mut literal, mut escape) = (scanner.next(bytes, at), next_escape(bytes, at));
    while let Some(hit) = literal.into_iter().chain(escape).min().filter(|_| !part.is_cancelled()) {
        let start = memmem::rfind(&bytes[at..hit], border).map_or(at, |found| at + found + border.len() - 1);
        let end = memmem::find(&bytes[hit..], border).map_or(part.end, |found| hit + found + border.len() - 1);
        if escape.is_some_and(|escape| escape < end) || scanner.accepts(&bytes[start..end]) {
            read_all(part, (start, end), reader, into, damage);
        }
        at = end;
        if literal.is_some_and(|literal| literal < at) {
            literal = scanner.next(bytes, at);
        }
        if escape.is_some_and(|escape| escape < at) {
            escape = next_escape(bytes, at);
        }
    }
}

/// The next `\u` that is an escape, and not a backslash before a `u`.
fn next_escape(bytes: &[u8], from: usize) -> Option<usize> {
    let is_escape = |at: &usize| bytes[..*at].iter().rev().take_while(|&&b| b == b'\\').count() % 2 == 0;
    memmem::find_iter(bytes.get(from..)?, b"\\u").map(|at| from + at).find(is_escape)
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
    // How many objects there are around the events.
    let mut objects = 0;
    if let Some(found) = around(part.bytes).filter(|_| at == 0) {
        (at, objects) = (found.events, found.objects);
        reader.cloudtrail = found.cloudtrail;
    }
    while at < end && !part.is_cancelled() {
        match part.bytes[at] {
            b']' if objects > 0 => {
                // What stands behind the events in their object is about all of them.
                reader.cloudtrail = false;
                at += 1;
                for _ in 0..std::mem::take(&mut objects) {
                    at = members_end(part.bytes, at).unwrap_or(at);
                }
            }
            b' ' | b'\n' | b'\r' | b'\t' | b',' | b'[' | b']' | b'\x1e' => at += 1,
            b'{' => match source(part.bytes, at) {
                Some(event) => {
                    let end = reader.event(event, into, damage);
                    at = members_end(part.bytes, end).unwrap_or(end);
                }
                None => at = reader.event(at, into, damage),
            },
            _ => at = reader.junk(at, into, damage),
        }
    }
}
