//! Everything said on standard error: errors with carets, warnings, notes; coloured on a terminal.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};

use anstyle::{AnsiColor, Style};
use spl_core::error::Diagnostic;

use crate::args::{Color, ConsoleArgs};

/// Where things are said that are no results.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    quiet: bool,
    color: bool,
    results_color: bool,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();
const QUIET: Style = Style::new().dimmed();

impl Console {
    pub(crate) fn new(args: ConsoleArgs) -> Self {
        let dumb = std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let color = |terminal: bool| match args.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !dumb,
        };
        Console {
            quiet: args.quiet,
            color: color(std::io::stderr().is_terminal()),
            results_color: color(std::io::stdout().is_terminal()),
        }
    }

    /// Whether there is somebody to be shown how far things have come.
    pub(crate) fn shows_progress(self) -> bool {
        !self.quiet && std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
    }

    /// Whether results are written in colours.
    pub(crate) fn results_color(self) -> bool {
        self.results_color
    }

    pub(crate) fn error(self, diagnostic: &Diagnostic) {
        self.say("error", ERROR, &diagnostic.to_string());
    }

    pub(crate) fn warn(self, text: impl AsRef<str>) {
        if !self.quiet {
            self.say("warning", WARNING, text.as_ref());
        }
    }

    pub(crate) fn note(self, text: impl AsRef<str>) {
        if !self.quiet {
            self.say("note", NOTE, text.as_ref());
        }
    }

    /// A line of less weight than a note.
    pub(crate) fn aside(self, text: &str) {
        let style = if self.color { QUIET } else { Style::new() };
        self.print(&format!("{style}{text}{style:#}\n"));
    }

    /// A text as it is, such as a table of timings.
    pub(crate) fn print(self, text: &str) {
        if !self.quiet {
            // Standard error that is closed leaves nobody to be told.
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        }
    }

    fn say(self, title: &str, style: Style, text: &str) {
        let mut out = String::new();
        if self.color {
            let _ = write!(out, "{style}{title}{style:#}: ");
            paint(&mut out, text, style);
        } else {
            let _ = write!(out, "{title}: {text}");
        }
        out.push('\n');
        let _ = std::io::stderr().lock().write_all(out.as_bytes());
    }
}

/// Colours the caret pictures in a diagnostic's plain text: the line of a search begins with `  | `, the one below it holds the carets.
fn paint(out: &mut String, text: &str, style: Style) {
    let mut below_source = false;
    for (n, line) in text.lines().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        if let Some(source) = line.strip_prefix("  | ") {
            let _ = write!(out, "{QUIET}  |{QUIET:#} {source}");
            below_source = true;
            continue;
        }
        let marked = std::mem::take(&mut below_source).then(|| line.find('^')).flatten();
        match marked {
            Some(start) => {
                let end = line[start..].find(|c| c != '^').map_or(line.len(), |length| start + length);
                let _ = write!(
                    out,
                    "{}{style}{}{style:#}{NOTE}{}{NOTE:#}",
                    &line[..start],
                    &line[start..end],
                    &line[end..]
                );
            }
            None => out.push_str(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_change_nothing_but_colours() {
        let text = "there is no command `stast`\n  | index=^main | stast count\n                 ^^^^^ did you mean `stats`?\nlast";
        let mut painted = String::new();
        paint(&mut painted, text, ERROR);
        assert!(painted.contains("\u{1b}["));
        let (mut plain, mut rest) = (String::new(), &painted[..]);
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').map_or("", |(_, rest)| rest);
        }
        plain.push_str(rest);
        assert_eq!(plain, text);
    }
}
