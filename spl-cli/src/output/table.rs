//! Tables for people: aligned columns, fitted to the terminal when there is one, `_time` as date and time.

use std::io::{self, IsTerminal, Write};

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table as Picture, presets};
use spl_core::table::{FieldName, Table};
use spl_core::time::{Zone, strftime};
use spl_core::value::ValueRef;

use super::Look;
use super::records;
use super::rows::each_line;

/// Rows after which the header is written again; also what is held as text at a time.
const PAGE: usize = 10_000;
/// What a column needs at least, borders included.
const COLUMN: usize = 8;
/// How wide a table may become where there is no terminal to fit it to, counted in columns of the least width.
const WIDTH: usize = 25 * COLUMN;

pub(super) fn write(table: &Table, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let fields = table.fields();
    if fields.is_empty() {
        return Ok(());
    }
    // A terminal that does not tell its width is none that a table could be fitted to.
    let terminal = Picture::new().width().map(usize::from).filter(|&width| width > 0 && io::stdout().is_terminal());
    if fields.len() * COLUMN > terminal.unwrap_or(WIDTH) {
        return records::write(table, look, out);
    }
    let numeric = numeric_columns(table);
    let mut picture = empty(&fields, look, terminal);
    each_line(table, |line| {
        picture.add_row(fields.iter().zip(line.values()).zip(&numeric).map(|((field, value), &numeric)| {
            let cell = Cell::new(cell_text(field, value, look.zone));
            if numeric { cell.set_alignment(CellAlignment::Right) } else { cell }
        }));
        if picture.row_count() == PAGE {
            writeln!(out, "{picture}")?;
            picture = empty(&fields, look, terminal);
        }
        Ok::<(), io::Error>(())
    })?;
    if picture.row_count() > 0 {
        writeln!(out, "{picture}")?;
    }
    Ok(())
}

/// A table with a header only.
fn empty(fields: &[FieldName], look: Look, terminal: Option<usize>) -> Picture {
    let mut picture = Picture::new();
    picture.load_style(presets::UTF8_FULL_CONDENSED);
    match look.color {
        true => picture.enforce_styling(),
        false => picture.force_no_tty(),
    };
    if let Some(width) = terminal {
        picture.set_content_arrangement(ContentArrangement::Dynamic);
        picture.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    picture.set_header(fields.iter().map(|field| {
        let cell = Cell::new(field);
        if look.color { cell.add_attribute(Attribute::Bold).fg(Color::Cyan) } else { cell }
    }));
    picture
}

/// Which fields hold nothing but numbers.
fn numeric_columns(table: &Table) -> Vec<bool> {
    let mut numeric = vec![true; table.fields().len()];
    let mut seen = 0;
    let _ = each_line(table, |line| {
        for (numeric, value) in numeric.iter_mut().zip(line.values()) {
            *numeric = *numeric && (value.is_null() || value.number().is_some());
        }
        seen += 1;
        if seen < PAGE { Ok(()) } else { Err(()) }
    });
    numeric
}

/// A value as people read it: `_time` as date and time, and nothing that would move a terminal's cursor or change its colours, for
/// logs are written by attackers, too.
pub(super) fn cell_text(field: &str, value: ValueRef<'_>, zone: Zone) -> String {
    let time = if field == "_time" { value.number().and_then(|epoch| time_text(epoch, zone)) } else { None };
    let text = time.map_or_else(|| value.text(), Into::into);
    let show = |c: char| match c {
        '\n' => '\n',
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(show).collect()
}

fn time_text(epoch: f64, zone: Zone) -> Option<String> {
    let format = if epoch.fract() == 0.0 { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S.%3N" };
    strftime(epoch, format, zone)
}
