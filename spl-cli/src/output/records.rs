//! Rows with more fields than fit beside each other: a line for each field that has a value.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use spl_core::table::Table;

use super::Look;
use super::rows::each_line;
use super::table::cell_text;

const NAME: Style = AnsiColor::Cyan.on_default();
const TITLE: Style = Style::new().bold();

pub(super) fn write(table: &Table, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let fields = table.fields();
    let width = fields.iter().map(|field| field.chars().count()).max().unwrap_or(0).min(32);
    let (name_style, title_style) = if look.color { (NAME, TITLE) } else { (Style::new(), Style::new()) };
    each_line(table, |line| {
        writeln!(out, "{title_style}{}:{title_style:#}", line.number + 1)?;
        for (field, value) in fields.iter().zip(line.values()).filter(|(_, value)| !value.is_null()) {
            let text = cell_text(field, value, look.zone);
            let indented = text.trim_end().replace('\n', &format!("\n  {:width$}  ", ""));
            writeln!(out, "  {name_style}{field:width$}{name_style:#}  {indented}")?;
        }
        Ok(())
    })
}
