//! CSV with a header row (RFC 4180: quoted cells may hold commas, quotes and line breaks). An empty cell is no field. `_time` is the
//! time of the event; a column `__mv_x`, as Splunk exports it, holds the values of the multivalue `x`.
//!
//! With `INDEXED_EXTRACTIONS` in `props.conf` ([`FieldRules`]) a row is the text of its event, cells may stand between other characters, the
//! header elsewhere or in the settings, and there may be several, as in W3C's logs.
//!
//! Lookup tables are read by [`read_rows`], which keeps cells as they are.

use super::event::{Events, Raw};
use super::stamp::parse_own_time;
use super::{Damage, FieldRules, FormatSpec, Part};
use crate::table::{Cell, TableBuilder};

pub(super) static FORMAT: FormatSpec = FormatSpec {
    name: "csv",
    extensions: &["csv"],
    summary: "CSV with a header row",
    signs: "begins with a header whose first column is _time",
    sniff: |head| {
        let line = head.split(|&b| b == b'\n').next().unwrap_or_default();
        line.starts_with(b"\"_time\",") || line.starts_with(b"_time,")
    },
    cuts,
    read,
    preamble: Some(|bytes| {
        let mut cells = Cells::new(bytes, 0);
        while cells.next().is_some_and(|cell| !cell.last) {}
        bytes[..cells.at.min(bytes.len())].to_vec()
    }),
};

const NONE: u32 = u32::MAX;

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
    /// A field that is a part of the event's time, at this place.
    Stamp(u32, usize),
    /// The values of the multivalue of this slot.
    Values(u32),
}

fn read(part: &Part<'_>, into: &mut TableBuilder, damage: &mut Damage) {
    let none = FieldRules::default();
    let rules = part.settings.map_or(&none, |settings| &settings.rules.fields);
    let times = part.settings.map(|settings| &settings.rules.times);
    let mut cells = Cells::by(rules, part.bytes, rules.begin(part.bytes));
    let mut columns = match &rules.names {
        Some(names) => columns(names, part, into),
        None => header(&mut cells, rules, part, into),
    };
    let mut events = Events::new(part, into);
    cells.at = cells.at.max(part.start);
    while cells.at < part.end && !part.is_cancelled() {
        let start = cells.at;
        if rules.header.is_some() && part.bytes[start] == b'#' {
            // Something about the rows that follow.
            columns = again(&mut cells, rules, part, into).unwrap_or(columns);
            continue;
        }
        let (mut column, mut filled, mut raw) = (0, false, Raw::None);
        // Cells with quotes inside are unescaped into the buffer of the events.
        std::mem::swap(&mut cells.scratch, &mut events.scratch);
        while let Some(cell) = cells.next() {
            if cell.end > cell.start && !(rules.missing.is_some() && rules.is_missing(cells.text(cell))) {
                filled = true;
                let field = |slot: u32| match cell.in_scratch {
                    true => Cell::scratch(slot, cell.start, cell.end),
                    false => Cell::source(slot, cell.start, cell.end),
                };
                match columns.get(column) {
                    Some(Column::Field(slot)) => events.cells.push(field(*slot)),
                    Some(Column::Stamp(slot, place)) => {
                        events.stamp(*place, cells.text(cell));
                        if *slot != NONE {
                            events.cells.push(field(*slot));
                        }
                    }
                    Some(Column::Time) => {
                        if let Some(time) = parse_own_time(cells.text(cell)) {
                            events.time = time;
                        }
                    }
                    Some(Column::Raw) if cell.in_scratch => raw = Raw::Scratch(cell.start, cell.end),
                    Some(Column::Raw) => raw = Raw::Source(cell.start, cell.end),
                    Some(Column::Values(slot)) => {
                        for value in multivalue(cells.text(cell)) {
                            let code = into.intern(*slot, value);
                            events.list_of_event(*slot, code);
                        }
                    }
                    Some(Column::Skip) => {}
                    None => damage.note("rows with more cells than the header", start, "the cells were left out"),
                }
            }
            column += 1;
            if cell.last {
                break;
            }
        }
        std::mem::swap(&mut cells.scratch, &mut events.scratch);
        if !filled {
            events.discard();
            continue;
        }
        events.defaults.source.derive(b"", part.origin.name.as_bytes(), into);
        events.defaults.sourcetype.derive(b"csv", b"", into);
        let end = start + part.bytes[start..cells.at.min(part.bytes.len())].trim_ascii_end().len();
        if rules.rows_are_events() {
            if let Some(times) = times.filter(|times| events.time.is_nan() && times.fields.is_none()) {
                // A comma between cells is none before a fraction of a second.
                let is_comma = cells.delimiter == b',';
                let parted = |&b: &u8| if is_comma && b == b',' { b'\t' } else { b };
                let row: Vec<u8> = part.bytes[start..end].iter().map(parted).collect();
                events.time = times.of_event(&row, part.request.now).unwrap_or(f64::NAN);
            }
            if matches!(raw, Raw::None) {
                raw = Raw::Source(start, end);
            }
        }
        if events.settle(start, end, into) {
            events.end(raw, into);
        } else {
            events.discard();
        }
    }
    events.flush(into);
}

/// What to do with the columns under the header that begins here.
fn header(cells: &mut Cells<'_>, rules: &FieldRules, part: &Part<'_>, into: &mut TableBuilder) -> Vec<Column> {
    if rules.header.is_some() {
        return again(cells, rules, part, into).unwrap_or_default();
    }
    let of_rows = (cells.delimiter, cells.quote);
    cells.delimiter = rules.header_delimiter.unwrap_or(cells.delimiter);
    cells.quote = rules.header_quote.unwrap_or(cells.quote);
    let mut names = Vec::new();
    while let Some(cell) = cells.next() {
        names.push(String::from_utf8_lossy(cells.text(cell)).trim().to_owned());
        if cell.last {
            break;
        }
    }
    (cells.delimiter, cells.quote) = of_rows;
    columns(&names, part, into)
}

/// Goes behind a line that may be a header by its words: what to do with the columns, if it is one.
fn again(cells: &mut Cells<'_>, rules: &FieldRules, part: &Part<'_>, into: &mut TableBuilder) -> Option<Vec<Column>> {
    let line = super::first_lines(&part.bytes[cells.at..], 1);
    cells.at += line.len();
    let line = String::from_utf8_lossy(line.trim_ascii_end());
    let header = rules.header_in(&line)?;
    let delimiter = char::from(rules.header_delimiter.unwrap_or(cells.delimiter));
    let names: Vec<String> = header.trim().split(delimiter).map(|name| name.trim().to_owned()).collect();
    Some(columns(&names, part, into))
}

fn columns(names: &[String], part: &Part<'_>, into: &mut TableBuilder) -> Vec<Column> {
    let request = part.request;
    let settings = part.settings.map(|settings| &settings.rules);
    let column = |name: &String| match (&**name, name.strip_prefix("__mv_")) {
        ("_time", _) => Column::Time,
        ("_raw", _) if request.raw => Column::Raw,
        ("_raw", _) => Column::Skip,
        // An event has one text and one time, whatever else was written.
        (_, Some("_raw" | "_time")) => Column::Skip,
        (_, Some(of)) if request.wants(of) => Column::Values(into.slot(of)),
        (_, Some(_)) => Column::Skip,
        (name, None) => {
            let field = settings.map_or(name.into(), |rules| rules.fields.field(name));
            let place = settings.and_then(|rules| rules.times.place(name).or_else(|| rules.times.place(&field)));
            let slot = if !field.is_empty() && request.wants(&field) { into.slot(&field) } else { NONE };
            match place {
                Some(place) => Column::Stamp(slot, place),
                None if slot != NONE => Column::Field(slot),
                None => Column::Skip,
            }
        }
    };
    names.iter().map(column).collect()
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
    /// What stands between cells, and around those in which it may stand.
    delimiter: u8,
    quote: u8,
    /// Cells that had quotes inside.
    scratch: Vec<u8>,
}

/// A cell: where its text lies.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    end: usize,
    in_scratch: bool,
    /// Whether it is the last of its row.
    last: bool,
}

impl<'a> Cells<'a> {
    fn new(bytes: &'a [u8], at: usize) -> Self {
        Cells { bytes, at, delimiter: b',', quote: b'"', scratch: Vec::new() }
    }

    /// With the delimiters that are set.
    fn by(rules: &FieldRules, bytes: &'a [u8], at: usize) -> Self {
        let plain = Cells::new(bytes, at);
        let (delimiter, quote) = (rules.delimiter.unwrap_or(plain.delimiter), rules.quote.unwrap_or(plain.quote));
        Cells { delimiter, quote, ..plain }
    }

    fn text(&self, cell: Place) -> &[u8] {
        if cell.in_scratch { &self.scratch[cell.start..cell.end] } else { &self.bytes[cell.start..cell.end] }
    }

    /// The next cell; `None` at the end.
    #[inline]
    fn next(&mut self) -> Option<Place> {
        let (start, delimiter) = (self.at, self.delimiter);
        if *self.bytes.get(start)? == self.quote {
            return Some(self.quoted());
        }
        let rest = &self.bytes[start..];
        let length = rest.iter().position(|b| *b == delimiter || *b == b'\n').unwrap_or(rest.len());
        let last = rest.get(length) != Some(&delimiter);
        self.at = start + length + 1;
        let end = start + length - usize::from(last && rest[..length].ends_with(b"\r"));
        Some(Place { start, end, in_scratch: false, last })
    }

    fn quoted(&mut self) -> Place {
        let (bytes, delimiter, mark) = (self.bytes, self.delimiter, self.quote);
        let start = self.at + 1;
        let copied = self.scratch.len();
        let mut from = start;
        let end = loop {
            let Some(found) = memchr::memchr(mark, &bytes[from..]) else { break bytes.len() };
            let quote = from + found;
            if bytes.get(quote + 1) != Some(&mark) {
                break quote;
            }
            self.scratch.extend_from_slice(&bytes[from..=quote]);
            from = quote + 2;
        };
        // Bytes between the closing quote and the comma belong to the cell, as other readers have it.
        let behind = (end + 1).min(bytes.len());
        let rest = &bytes[behind..];
        let extra = match rest.first() {
            Some(&b) if b == delimiter || b == b'\n' => 0,
            _ => rest.iter().position(|b| *b == delimiter || *b == b'\n').unwrap_or(rest.len()),
        };
        let last = rest.get(extra) != Some(&delimiter);
        self.at = behind + extra + 1;
        let extra = if last { rest[..extra].strip_suffix(b"\r").unwrap_or(&rest[..extra]) } else { &rest[..extra] };
        if from == start && extra.is_empty() {
            return Place { start, end, in_scratch: false, last };
        }
        self.scratch.extend_from_slice(&bytes[from..end]);
        self.scratch.extend_from_slice(extra);
        Place { start: copied, end: self.scratch.len(), in_scratch: true, last }
    }
}

/// The header of a CSV text and its rows, each as long as the header; empty cells are empty texts, blank lines are left out.
pub fn read_rows(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut damage = Damage::default();
    let bytes = super::to_utf8(bytes, &mut damage);
    let mut cells = Cells::new(&bytes, 0);
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut row = Vec::new();
    while let Some(cell) = cells.next() {
        row.push(String::from_utf8_lossy(cells.text(cell)).into_owned());
        if cell.last {
            if row.len() > 1 || !row[0].is_empty() {
                rows.push(std::mem::take(&mut row));
            }
            row.clear();
            cells.scratch.clear();
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
