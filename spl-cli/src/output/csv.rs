//! CSV as RFC 4180 has it, lines ended by a line feed: a header, then the rows; a multivalue is joined by line breaks, a missing field is empty.

use std::io::{self, Write};

use spl_core::table::Table;
use spl_core::value::ValueRef;

use super::rows::write_rows;

pub(super) fn write(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let fields = table.fields();
    let mut header = String::new();
    write_cells(&mut header, fields.iter().map(|field| ValueRef::Str(field)));
    if !fields.is_empty() {
        out.write_all(header.as_bytes())?;
    }
    write_rows(table, out, |line, text| write_cells(text, line.values()))
}

/// A line of cells.
pub(crate) fn write_cells<'a>(out: &mut String, cells: impl Iterator<Item = ValueRef<'a>>) {
    let start = out.len();
    for (n, cell) in cells.enumerate() {
        if n > 0 {
            out.push(',');
        }
        match cell {
            ValueRef::Str(text) => write_cell(out, text),
            ValueRef::Multi(_) => write_cell(out, &cell.text()),
            plain => plain.write_text(out),
        }
    }
    // A line without any character would be no row to most readers.
    if out.len() == start {
        out.push_str("\"\"");
    }
    out.push('\n');
}

fn write_cell(out: &mut String, text: &str) {
    if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        return out.push_str(text);
    }
    out.push('"');
    for (n, part) in text.split('"').enumerate() {
        if n > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}
