//! Tables for people: aligned columns, fitted to the terminal when there is one, `_time` as date and time.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table as Picture, presets};
use spl_core::table::Table;
use spl_core::time::{Zone, strftime};
use spl_core::value::ValueRef;

use super::Look;
use super::rows::each_line;

/// Rows after which the header is written again; also what is held as text at a time.
const PAGE: usize = 10_000;

pub(super) fn write(table: &Table, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let fields = table.fields();
    if fields.is_empty() {
        return Ok(());
    }
    let numeric = numeric_columns(table);
    let time = fields.iter().position(|field| &**field == "_time");
    let empty = || {
        let mut picture = Picture::new();
        picture.load_style(presets::UTF8_FULL_CONDENSED);
        match look.color {
            true => picture.enforce_styling(),
            false => picture.force_no_tty(),
        };
        if io::IsTerminal::is_terminal(&io::stdout()) {
            picture.set_content_arrangement(ContentArrangement::Dynamic);
        }
        picture.set_header(fields.iter().map(|field| {
            let cell = Cell::new(field);
            if look.color { cell.add_attribute(Attribute::Bold).fg(Color::Cyan) } else { cell }
        }));
        picture
    };
    let mut picture = empty();
    each_line(table, |line| {
        picture.add_row(line.values().enumerate().map(|(at, value)| {
            let text = match time {
                Some(time) if time == at => time_text(value, look.zone),
                _ => value.text().into_owned(),
            };
            let cell = Cell::new(printable(&text));
            if numeric[at] { cell.set_alignment(CellAlignment::Right) } else { cell }
        }));
        if picture.row_count() == PAGE {
            writeln!(out, "{picture}")?;
            picture = empty();
        }
        Ok::<(), io::Error>(())
    })?;
    if picture.row_count() > 0 {
        writeln!(out, "{picture}")?;
    }
    Ok(())
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

fn time_text(value: ValueRef<'_>, zone: Zone) -> String {
    let format = |epoch: f64| {
        let format = if epoch.fract() == 0.0 { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S.%3N" };
        strftime(epoch, format, zone)
    };
    value.number().and_then(format).unwrap_or_else(|| value.text().into_owned())
}

/// The text without what would move a terminal's cursor or change its colours: logs are written by attackers, too.
fn printable(text: &str) -> String {
    let show = |c: char| match c {
        '\n' => '\n',
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(show).collect()
}
