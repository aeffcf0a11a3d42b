//! Tables for people: aligned columns, fitted to the terminal when there is one, `_time` as date and time.

use std::io::{self, Write};

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Row, Table as Picture, Width, presets,
};
use spl_core::table::{FieldName, Table};
use spl_core::time::{Zone, strftime};
use spl_core::value::ValueRef;
use unicode_width::UnicodeWidthStr;

use super::Look;
use super::records;
use super::rows::each_line;

/// Rows after which the header is written again; also what is held as text at a time.
const PAGE: usize = 10_000;
/// The most fields beside each other where there is no terminal to fit them to.
const FIELDS: usize = 25;
/// Lines of a cell that a terminal is shown, unless all is asked for.
pub(super) const LINES: usize = 4;
/// Rows that tell how wide a column's short values are.
const SAMPLE: usize = 200;
/// Values up to this wide are not broken into lines on a terminal.
const SHORT: usize = 24;
/// What a column of longer values needs at least.
const LONG: usize = 14;
/// A column's border and the blanks around its values.
const BETWEEN: usize = 3;

pub(super) fn write(table: &Table, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let fields = table.fields();
    if fields.is_empty() {
        return Ok(());
    }
    let style = Columns::of(table, look);
    if !style.fit(look) {
        return records::write(table, look, out);
    }
    let mut picture = style.empty(&fields, look);
    each_line(table, |line| {
        let cells = fields.iter().zip(line.values()).zip(&style.numeric).map(|((field, value), &numeric)| {
            let cell = Cell::new(cell_text(field, value, look.zone));
            let cell = if numeric { cell.set_alignment(CellAlignment::Right) } else { cell };
            match &**field {
                _ if !look.color => cell,
                "_time" => cell.fg(Color::Green),
                _ if numeric => cell.fg(Color::Yellow),
                _ => cell,
            }
        });
        let mut row = Row::from(cells.collect::<Vec<Cell>>());
        if look.cuts() {
            row.max_height(LINES);
        }
        picture.add_row(row);
        if picture.row_count() == PAGE {
            writeln!(out, "{picture}")?;
            picture = style.empty(&fields, look);
        }
        Ok::<(), io::Error>(())
    })?;
    if picture.row_count() > 0 {
        writeln!(out, "{picture}")?;
    }
    Ok(())
}

/// How the columns of a table are to stand.
struct Columns {
    /// Which fields hold nothing but numbers.
    numeric: Vec<bool>,
    /// The least widths, for terminals.
    least: Vec<u16>,
}

impl Columns {
    fn of(table: &Table, look: Look) -> Self {
        let fields = table.fields();
        let mut numeric = vec![true; fields.len()];
        let mut widths: Vec<usize> = fields.iter().map(|field| field.width()).collect();
        let mut seen = 0;
        let _ = each_line(table, |line| {
            for (at, value) in line.values().enumerate() {
                numeric[at] = numeric[at] && &*fields[at] != "_time" && (value.is_null() || value.number().is_some());
                if look.terminal.is_some() && seen < SAMPLE {
                    let text = cell_text(&fields[at], value, look.zone);
                    widths[at] = widths[at].max(text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0));
                }
            }
            seen += 1;
            if seen < PAGE { Ok(()) } else { Err(()) }
        });
        // What is short stays whole, what is long shares the rest.
        let least = widths.iter().map(|&width| if width <= SHORT { width as u16 } else { LONG as u16 });
        Columns { numeric, least: least.collect() }
    }

    /// Whether they have room beside each other.
    fn fit(&self, look: Look) -> bool {
        let fields = self.least.len();
        match look.terminal {
            Some(width) => self.least.iter().map(|&least| usize::from(least)).sum::<usize>() + BETWEEN * fields < width,
            None => fields <= FIELDS,
        }
    }

    /// A table with a header only.
    fn empty(&self, fields: &[FieldName], look: Look) -> Picture {
        let mut picture = Picture::new();
        picture.load_style(presets::UTF8_FULL_CONDENSED);
        match look.color {
            true => picture.enforce_styling(),
            false => picture.force_no_tty(),
        };
        picture.set_header(fields.iter().map(|field| {
            let cell = Cell::new(field);
            if look.color { cell.add_attribute(Attribute::Bold).fg(Color::Cyan) } else { cell }
        }));
        if let Some(width) = look.terminal {
            picture.set_content_arrangement(ContentArrangement::Dynamic);
            picture.set_width(u16::try_from(width).unwrap_or(u16::MAX));
            for (column, &least) in picture.column_iter_mut().zip(&self.least) {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least + 2)));
            }
        }
        picture
    }
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

#[cfg(test)]
mod tests {
    use spl_core::table::field_name;
    use spl_core::value::Value;

    use super::*;
    use crate::args::Format;

    fn shown(terminal: Option<usize>, whole: bool) -> String {
        let fields = ["_time", "n", "text"].map(field_name);
        let row = |time: f64, n: f64, text: &str| vec![Value::Num(time), Value::Num(n), Value::str(text)];
        let long = "word ".repeat(100);
        let table =
            Table::from_rows(&fields, vec![row(1_718_092_800.0, 7.0, "short"), row(1_718_092_801.5, 1234.0, &long)]);
        let look = Look { format: Format::Table, color: false, zone: Zone::UTC, terminal, whole };
        let mut out = Vec::new();
        write(&table, look, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_terminal_is_not_overrun_and_long_cells_are_cut() {
        for width in [56, 60, 80, 120] {
            let text = shown(Some(width), false);
            assert!(text.lines().all(|line| line.width() <= width), "{width}\n{text}");
            assert!(text.contains('…'), "{text}");
            assert!(text.lines().count() <= 3 + 2 * LINES + 1, "{text}");
            assert!(!shown(Some(width), true).contains('…'));
        }
        let text = shown(Some(80), false);
        assert!(text.contains("│ 2024-06-11 08:00:00     ┆    7 ┆ short "), "{text}");
    }

    #[test]
    fn without_a_terminal_nothing_is_cut() {
        let text = shown(None, false);
        assert_eq!(text.lines().count(), 6, "{text}");
        assert!(!text.contains('…'));
    }
}
