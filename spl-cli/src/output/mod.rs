//! Results as text: one file a format. Writes to whatever it is given; knows no terminal but by what it is told.

mod csv;
mod json;
mod raw;
mod records;
mod rows;
mod table;

use std::io::{self, Write};

use spl_core::Results;
use spl_core::table::Table;
use spl_core::time::Zone;

use crate::args::Format;

pub(crate) use csv::write_cells as write_csv_line;
pub(crate) use json::Keys;
pub(crate) use rows::each_line;

/// How results are to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) format: Format,
    pub(crate) color: bool,
    /// The zone in which tables for people show `_time`.
    pub(crate) zone: Zone,
}

/// Writes a search's results.
pub(crate) fn write_results(results: &Results, look: Look, out: &mut dyn Write) -> io::Result<()> {
    // `fieldformat` is for people; programs get the values.
    let table = if look.format == Format::Table { results.shown() } else { &results.table };
    write(table, look, out)
}

/// Writes a table's rows.
pub(crate) fn write(table: &Table, look: Look, out: &mut dyn Write) -> io::Result<()> {
    match look.format {
        Format::Table => table::write(table, look, out),
        Format::Json => json::write_array(table, out),
        Format::Ndjson => json::write_lines(table, out),
        Format::Csv => csv::write(table, out),
        Format::Raw => raw::write(table, out),
    }?;
    out.flush()
}

/// Writes a text that is a result to standard output.
pub(crate) fn write_text(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes a line that is a result to standard output.
pub(crate) fn write_line(text: &str) -> io::Result<()> {
    write_text(&format!("{text}\n"))
}
