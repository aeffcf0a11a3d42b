//! Results as text: one file a format. Writes to whatever it is given; knows no terminal but by what it is told.

mod csv;
mod json;
mod raw;
mod records;
mod rows;
mod table;

use std::io::{self, IsTerminal, Write};

use spl_core::Results;
use spl_core::table::Table;
use spl_core::time::Zone;

use crate::args::Format;
use crate::chart;
use crate::console::Console;

pub(crate) use csv::write_cells as write_csv_line;
pub(crate) use json::Keys;
pub(crate) use rows::each_line;

/// The width of charts where there is no terminal to fit them to.
const CHART: usize = 100;
/// Wider charts are not easier to read.
const WIDEST_CHART: usize = 160;

/// How results are to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) format: Format,
    pub(crate) color: bool,
    /// The zone in which tables for people show `_time`.
    pub(crate) zone: Zone,
    /// The width of the terminal that results go to, if they do.
    pub(crate) terminal: Option<usize>,
    /// Whether a terminal is shown long cells whole.
    pub(crate) whole: bool,
}

impl Look {
    /// Fitted to standard output.
    pub(crate) fn new(format: Format, console: Console, zone: Zone) -> Self {
        let terminal = if io::stdout().is_terminal() { comfy_table::Table::new().width() } else { None };
        // A terminal that does not tell its width is none that a table could be fitted to.
        let terminal = terminal.map(usize::from).filter(|&width| width > 0);
        Look { format, color: console.results_color(), zone, terminal, whole: false }
    }

    /// What charts are drawn on.
    pub(crate) fn canvas(self) -> chart::Terminal {
        chart::Terminal { width: self.terminal.unwrap_or(CHART).min(WIDEST_CHART), color: self.color }
    }

    /// Whether long cells are cut.
    fn cuts(self) -> bool {
        self.terminal.is_some() && !self.whole
    }
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
