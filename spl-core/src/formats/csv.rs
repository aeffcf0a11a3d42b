//! CSV with a header row (RFC 4180: quoted cells may hold commas, quotes and line breaks). An empty cell is no field. `_time` is the
//! time of the event; a column `__mv_x`, as Splunk exports it, holds the values of the multivalue `x`.
//!
//! Lookup tables are read by [`read_rows`], which keeps cells as they are.

use super::event::{self, Defaults};
use super::stamp::parse_own_time;
use super::{Damage, FormatSpec, Part};
use crate::table::TableBuilder;

pub(super) static FORMAT: FormatSpec = FormatSpec {
    name: "csv",
    extensions: &["csv"],
    summary: "CSV with a header row",
    sniff: |head| {
        let line = head.split(|&b| b == b'\n').next().unwrap_or_default();
        line.starts_with(b"\"_time\",") || line.starts_with(b"_time,")
    },
    cuts,
    read,
};

/// A line break is a border between rows if the quotes before it are even in number.
fn cuts(bytes: &[u8], wished: &[usize]) -> Vec<usize> {
    let (mut cuts, mut counted, mut quotes) = (Vec::new(), 0, 0);
    for &at in wished {
        quotes += memchr::memchr_iter(b'"', &bytes[counted..at]).count();
        counted = at;
        let mut inside = quotes % 2 == 1;
        for found in memchr::memchr2_iter(b'"', b'\n', &bytes[at..]) {
            match bytes[at + found] {
                b'"' => inside = !inside,
                _ if inside => {}
                _ => {
                    cuts.push(at + found + 1);
                    break;
                }
            }
        }
    }
    cuts.dedup();
    cuts
}

/// What to do with a column.
enum Column {
    Skip,
    Time,
    Raw,
    Field(u32),
    /// The values of the multivalue of this slot.
    Values(u32),
}

fn read(part: &Part<'_>, into: &mut TableBuilder, damage: &mut Damage) {
    let request = part.request;
    let mut cells = Cells { bytes: part.bytes, at: 0, scratch: Vec::new() };
    let mut header = Vec::new();
    while let Some((cell, last)) = cells.next() {
        header.push(String::from_utf8_lossy(cell).trim().to_owned());
        if last {
            break;
        }
    }
    let columns: Vec<Column> = header
        .iter()
        .map(|name| match (&**name, name.strip_prefix("__mv_")) {
            ("_time", _) => Column::Time,
            ("_raw", _) if request.raw => Column::Raw,
            ("_raw", _) => Column::Skip,
            (_, Some(of)) if request.wants(of) => Column::Values(into.slot(of)),
            (name, None) if !name.is_empty() && request.wants(name) => Column::Field(into.slot(name)),
            _ => Column::Skip,
        })
        .collect();
    // Multivalues first: their plain columns hold the same values joined.
    let multivalued = columns.iter().any(|column| matches!(column, Column::Values(_)));
    let mut defaults = Defaults::new(part.origin, request, into);
    defaults.source.derive(b"", into, |_| part.origin.name.as_bytes().to_vec());
    defaults.sourcetype.derive(b"csv", into, <[u8]>::to_vec);
    cells.at = cells.at.max(part.start);
    let mut later: Vec<(u32, Vec<u8>)> = Vec::new();
    while cells.at < part.end {
        let start = cells.at;
        let (mut column, mut filled) = (0, false);
        while let Some((cell, last)) = cells.next() {
            if !cell.is_empty() {
                filled = true;
                match columns.get(column) {
                    Some(Column::Field(slot)) if multivalued => later.push((*slot, cell.to_vec())),
                    Some(Column::Field(slot)) => {
                        into.put(*slot, cell);
                    }
                    Some(Column::Time) => {
                        if let Some(time) = parse_own_time(cell) {
                            into.time(time);
                        }
                    }
                    Some(Column::Raw) => into.raw(cell),
                    Some(Column::Values(slot)) => {
                        let codes: Vec<u32> = multivalue(cell).iter().map(|v| into.intern(*slot, v)).collect();
                        into.put_codes(*slot, &codes);
                    }
                    Some(Column::Skip) => {}
                    None => damage.note("rows with more cells than the header", start, "the cells were left out"),
                }
            }
            column += 1;
            if last {
                break;
            }
        }
        for (slot, cell) in later.drain(..) {
            into.put(slot, cell);
        }
        if !filled {
            into.discard();
            continue;
        }
        defaults.put(into);
        event::end(request, into);
    }
}

/// The values of a cell that Splunk wrote for a multivalue: `$a$;$b$`, with `$$` for a dollar.
fn multivalue(cell: &[u8]) -> Vec<Vec<u8>> {
    let (mut values, mut at) = (Vec::new(), 0);
    while cell.get(at) == Some(&b'$') {
        let mut value = Vec::new();
        at += 1;
        while at < cell.len() {
            match (cell[at], cell.get(at + 1)) {
                (b'$', Some(b'$')) => {
                    value.push(b'$');
                    at += 2;
                }
                (b'$', _) => break,
                (byte, _) => {
                    value.push(byte);
                    at += 1;
                }
            }
        }
        values.push(value);
        at += 2;
    }
    values
}

/// The cells of a file, one after the other.
struct Cells<'a> {
    bytes: &'a [u8],
    at: usize,
    scratch: Vec<u8>,
}

impl Cells<'_> {
    /// The next cell and whether it is the last of its row; `None` at the end.
    #[inline]
    fn next(&mut self) -> Option<(&[u8], bool)> {
        let bytes = self.bytes;
        let start = self.at;
        if bytes.get(start)? == &b'"' {
            return Some(self.quoted());
        }
        let rest = &bytes[start..];
        let length = rest.iter().position(|b| matches!(b, b',' | b'\n')).unwrap_or(rest.len());
        let last = rest.get(length) != Some(&b',');
        self.at = start + length + 1;
        let cell = &rest[..length];
        Some((if last { cell.strip_suffix(b"\r").unwrap_or(cell) } else { cell }, last))
    }

    fn quoted(&mut self) -> (&[u8], bool) {
        let bytes = self.bytes;
        let start = self.at + 1;
        self.scratch.clear();
        let (mut from, mut copied) = (start, false);
        let end = loop {
            let Some(found) = memchr::memchr(b'"', &bytes[from..]) else { break bytes.len() };
            let quote = from + found;
            if bytes.get(quote + 1) != Some(&b'"') {
                break quote;
            }
            self.scratch.extend_from_slice(&bytes[from..=quote]);
            (from, copied) = (quote + 2, true);
        };
        // Bytes between the closing quote and the comma belong to the cell, as other readers have it.
        let behind = (end + 1).min(bytes.len());
        let rest = &bytes[behind..];
        let extra = rest.iter().position(|b| matches!(b, b',' | b'\n')).unwrap_or(rest.len());
        let last = rest.get(extra) != Some(&b',');
        self.at = behind + extra + 1;
        let extra = rest[..extra].strip_suffix(b"\r").unwrap_or(&rest[..extra]);
        if !copied && extra.is_empty() {
            return (&bytes[start..end], last);
        }
        self.scratch.extend_from_slice(&bytes[from..end]);
        self.scratch.extend_from_slice(extra);
        (&self.scratch, last)
    }
}

/// The header of a CSV text and its rows, each as long as the header; empty cells are empty texts, blank lines are left out.
pub fn read_rows(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut damage = Damage::default();
    let bytes = super::to_utf8(bytes, &mut damage);
    let mut cells = Cells { bytes: &bytes, at: 0, scratch: Vec::new() };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut row = Vec::new();
    while let Some((cell, last)) = cells.next() {
        row.push(String::from_utf8_lossy(cell).into_owned());
        if last {
            if row.len() > 1 || !row[0].is_empty() {
                rows.push(std::mem::take(&mut row));
            }
            row.clear();
        }
    }
    if !row.is_empty() {
        rows.push(row);
    }
    let mut rows = rows.into_iter();
    let header: Vec<String> = rows.next().unwrap_or_default();
    let width = header.len();
    let rows = rows.map(|mut row| {
        row.resize(width, String::new());
        row
    });
    let rows = rows.collect();
    (header, rows)
}
