//! Rows with more fields than fit beside each other: a line for each field that has a value.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use spl_core::table::Table;
use unicode_width::UnicodeWidthChar;

use super::Look;
use super::rows::each_line;
use super::table::{LINES, cell_text};

const NAME: Style = AnsiColor::Cyan.on_default();
const TITLE: Style = Style::new().bold();

/// The least columns for values on a terminal.
const NARROW: usize = 16;

pub(super) fn write(table: &Table, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let fields = table.fields();
    let width = fields.iter().map(|field| field.chars().count()).max().unwrap_or(0).min(32);
    let (name_style, title_style) = if look.color { (NAME, TITLE) } else { (Style::new(), Style::new()) };
    let room = look.terminal.map(|terminal| terminal.saturating_sub(width + 4).max(NARROW));
    each_line(table, |line| {
        writeln!(out, "{title_style}{}:{title_style:#}", line.number + 1)?;
        for (field, value) in fields.iter().zip(line.values()).filter(|(_, value)| !value.is_null()) {
            let text = cell_text(field, value, look.zone);
            let text = match room {
                Some(room) => broken(text.trim_end(), room, if look.cuts() { LINES } else { usize::MAX }),
                None => text.trim_end().to_owned(),
            };
            let indented = text.replace('\n', &format!("\n  {:width$}  ", ""));
            writeln!(out, "  {name_style}{field:width$}{name_style:#}  {indented}")?;
        }
        Ok(())
    })
}

/// The text in lines of at most so many columns; an ellipsis stands for what is left out.
fn broken(text: &str, room: usize, most: usize) -> String {
    let (mut lines, mut column) = (vec![String::new()], 0);
    for c in text.chars() {
        let width = c.width().unwrap_or(0);
        if c == '\n' || column + width > room {
            if lines.len() == most {
                let last = lines.last_mut().filter(|_| column >= room);
                last.map(String::pop);
                lines.last_mut().into_iter().for_each(|last| last.push('…'));
                break;
            }
            lines.push(String::new());
            column = 0;
        }
        if c != '\n' {
            lines.last_mut().into_iter().for_each(|last| last.push(c));
            column += width;
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::broken;

    #[test]
    fn long_texts_are_broken_and_cut() {
        assert_eq!(broken("abcdefgh", 4, 9), "abcd\nefgh");
        assert_eq!(broken("ab\ncdefg", 4, 9), "ab\ncdef\ng");
        assert_eq!(broken("abcdefgh", 4, 2), "abcd\nefgh");
        assert_eq!(broken("abcdefghi", 4, 2), "abcd\nefg…");
        assert_eq!(broken("ab\nc\nd", 4, 2), "ab\nc…");
        assert_eq!(broken("日本語", 4, 9), "日本\n語");
    }
}
