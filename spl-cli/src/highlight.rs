//! Searches in colours, by what [`spl_core::syntax::marks`] says of their parts. Knows which commands and functions exist, nothing of terminals.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use spl_core::aggregates;
use spl_core::commands::find_command;
use spl_core::expr::FORMS;
use spl_core::functions;
use spl_core::syntax::{MarkKind, marks};

const BOLD: Style = Style::new().bold();

/// The search, coloured.
pub(crate) fn search(text: &str) -> String {
    let (mut out, mut done) = (String::with_capacity(text.len() * 2), 0);
    for mark in marks(text).all {
        let range = mark.span.range();
        let Some(part) = text.get(range.clone()) else { continue };
        out.push_str(&text[done..range.start]);
        done = range.end;
        let style = style(mark.kind, part);
        // Writing to a string does not fail.
        let _ = write!(out, "{style}{part}{style:#}");
    }
    out.push_str(&text[done..]);
    out
}

fn style(kind: MarkKind, text: &str) -> Style {
    let color = |color: AnsiColor| color.on_default();
    match kind {
        MarkKind::Command if find_command(&text.to_ascii_lowercase()).is_none() => color(AnsiColor::Red).underline(),
        MarkKind::Command => color(AnsiColor::Blue).bold(),
        MarkKind::Function if is_function(text) => color(AnsiColor::Cyan),
        MarkKind::Keyword => color(AnsiColor::Magenta),
        MarkKind::Number => color(AnsiColor::Yellow),
        MarkKind::Text => color(AnsiColor::Green),
        MarkKind::Macro => color(AnsiColor::BrightMagenta),
        MarkKind::Comment => Style::new().dimmed(),
        MarkKind::Pipe => BOLD,
        _ => Style::new(),
    }
}

fn is_function(name: &str) -> bool {
    let form = FORMS.iter().any(|form| form.name.eq_ignore_ascii_case(name));
    form || functions::find(name).is_some() || aggregates::find(name).is_some()
}

/// A text of `spl doc`: titles bold, examples as searches.
pub(crate) fn document(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut section = "";
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches('\n');
        let is_title = !bare.is_empty() && !bare.starts_with(' ');
        if is_title {
            section = bare;
        }
        let is_search = !is_title
            && match section {
                // Deeper lines are results.
                "Examples:" => !bare.starts_with("   "),
                "Stands for:" | "Call:" => true,
                _ => false,
            };
        match bare {
            _ if is_title => out.push_str(&format!("{BOLD}{bare}{BOLD:#}")),
            _ if is_search => match bare.split_once("  gives  ") {
                // An expression is coloured as in its command.
                Some((expression, result)) if !expression.trim_start().starts_with('|') => {
                    let coloured = search(&format!("|eval x={}", expression.trim_start()));
                    let from = coloured.find('=').map_or(0, |at| at + 1);
                    out.push_str(&format!("  {}  gives  {result}", &coloured[from..]));
                }
                Some((expression, result)) => out.push_str(&format!("{}  gives  {result}", search(expression))),
                None => out.push_str(&search(bare)),
            },
            _ => out.push_str(bare),
        }
        out.push_str(&line[bare.len()..]);
    }
    out
}

#[cfg(test)]
pub(crate) fn without_colours(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_change_nothing_but_colours() {
        for text in ["error 404 `m` | eval a=if(b>1,\"x\",'y') ```c```", "| nosuch \"open", "ä|ö", ""] {
            assert_eq!(without_colours(&search(text)), text);
        }
        let text = "round (function)\n  Rounds.\n\nExamples:\n  round(2.5)  gives  3\n\nStands for:\n  index=a `b`\n";
        assert_eq!(without_colours(&document(text)), text);
        assert_ne!(document(text), text);
    }

    #[test]
    fn unknown_commands_look_wrong() {
        assert_ne!(search("| stats"), search("| stasts").replace("stasts", "stats"));
    }
}
