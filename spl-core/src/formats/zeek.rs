//! Zeek's tab-separated logs: `#fields` names the columns, `#path` the log. Sets stay as they are written, `-` is an ordinary value,
//! `(empty)` is no field.

use memchr::memmem;

use super::event::{Events, Raw};
use super::stamp::parse_own_time;
use super::{Damage, FormatSpec, Part};
use crate::table::{Cell, TableBuilder};

pub(super) static FORMAT: FormatSpec = FormatSpec {
    name: "zeek",
    extensions: &[],
    summary: "Zeek logs, tab-separated with a # header",
    signs: "begins with #separator or #fields",
    sniff: |head| head.starts_with(b"#separator ") || head.starts_with(b"#fields\t"),
    cuts: |bytes, wished| {
        let next = |&at: &usize| memchr::memchr(b'\n', &bytes[at..]).map(|found| at + found + 1);
        wished.iter().filter_map(next).collect()
    },
    read,
    preamble: Some(|bytes| {
        // The last headers hold.
        let last =
            HEADERS.iter().filter_map(|name| memmem::rfind(bytes, name).map(|at| [line(bytes, at), b"\n"].concat()));
        last.collect::<Vec<_>>().concat()
    }),
};

/// Header lines that say what is in the rows.
const HEADERS: [&[u8]; 2] = [b"#path\t", b"#fields\t"];

fn read(part: &Part<'_>, into: &mut TableBuilder, damage: &mut Damage) {
    let bytes = part.bytes;
    let mut events = Events::new(part, into);
    let mut kind = b"zeek".to_vec();
    let mut columns: Vec<Option<u32>> = Vec::new();
    // The header that holds for a later part is the last one before it.
    if part.start > 0 {
        for name in HEADERS {
            if let Some(at) = memmem::rfind(&bytes[..part.start], name) {
                header(line(bytes, at), part, &mut columns, &mut kind, into);
            }
        }
    }
    let mut at = part.start;
    while at < part.end && !part.is_cancelled() {
        let start = at;
        let line = line(bytes, start);
        at = start + memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len() - start, |length| length + 1);
        if line.starts_with(b"#") {
            header(line, part, &mut columns, &mut kind, into);
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let mut from = start;
        for (column, value) in line.split(|&b| b == b'\t').enumerate() {
            let to = from + value.len();
            match columns.get(column) {
                Some(Some(slot)) if !value.is_empty() && value != b"(empty)" => {
                    events.cells.push(Cell::source(*slot, from, to));
                }
                Some(_) => {}
                None => damage.note("rows with more cells than the header", start, "the cells were left out"),
            }
            if column == 0
                && let Some(time) = parse_own_time(value)
            {
                events.time = time;
            }
            from = to + 1;
        }
        events.defaults.source.derive(b"", part.origin.name.as_bytes(), into);
        events.defaults.sourcetype.derive(b"", &kind, into);
        let end = start + line.len();
        if events.settle(start, end, into) {
            events.end(Raw::Source(start, end), into);
        } else {
            events.discard();
        }
    }
    events.flush(into);
}

/// Takes in a header line.
fn header(line: &[u8], part: &Part<'_>, columns: &mut Vec<Option<u32>>, kind: &mut Vec<u8>, into: &mut TableBuilder) {
    if let Some(path) = line.strip_prefix(b"#path\t") {
        *kind = [b"bro:", path, b":tsv"].concat();
    } else if let Some(names) = line.strip_prefix(b"#fields\t") {
        let names = names.split(|&b| b == b'\t').map(String::from_utf8_lossy);
        *columns = names.map(|name| part.request.wants(&name).then(|| into.slot(&name))).collect();
    }
}

/// The line at `start`, without its line break.
fn line(bytes: &[u8], start: usize) -> &[u8] {
    let rest = &bytes[start..];
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    line.strip_suffix(b"\r").unwrap_or(line)
}
