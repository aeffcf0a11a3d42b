//! The line editor: colours, completion, hints and lines that go on, as `line`, `complete` and `highlight` know them, put into rustyline's terms.

use std::borrow::Cow;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use anstyle::{AnsiColor, Style};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{ColorMode, CompletionType, Config, Context, Editor, Helper};

use super::complete::{Names, complete, hint};
use super::line;
use crate::highlight;

const PROMPT: &str = "spl> ";
const PROMPT_STYLE: Style = AnsiColor::Green.on_default().bold();
const HINT_STYLE: Style = Style::new().dimmed();
/// Columns of a hint.
const HINT_WIDTH: usize = 60;
/// Lines of history that are kept.
const HISTORY: usize = 5000;

/// What was typed.
pub(super) enum Typed {
    Text(String),
    /// Ctrl-C: what was typed is dropped.
    Dropped,
    End,
}

/// Reads texts from the terminal.
pub(super) struct Reader {
    editor: Editor<Assistant, DefaultHistory>,
}

impl Reader {
    pub(super) fn new(names: Rc<RefCell<Names>>, color: bool, history: Option<&Path>) -> rustyline::Result<Self> {
        let config = Config::builder()
            .max_history_size(HISTORY)?
            .history_ignore_dups(true)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .completion_prompt_limit(200)
            .color_mode(if color { ColorMode::Forced } else { ColorMode::Disabled })
            .build();
        let past = DefaultHistory::with_config(&config);
        let mut editor = Editor::with_history(config, past)?;
        editor.set_helper(Some(Assistant { names }));
        if let Some(history) = history {
            // There is none the first time.
            let _ = editor.load_history(history);
        }
        Ok(Reader { editor })
    }

    pub(super) fn read(&mut self) -> rustyline::Result<Typed> {
        let prompt = (PROMPT, format!("{PROMPT_STYLE}{PROMPT}{PROMPT_STYLE:#}"));
        match self.editor.readline(&prompt) {
            Ok(text) => Ok(Typed::Text(text)),
            Err(ReadlineError::Interrupted) => Ok(Typed::Dropped),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(error),
        }
    }

    /// Keeps a text for the next time, too; a history that cannot be written costs nothing but itself.
    pub(super) fn remember(&mut self, text: &str, history: Option<&Path>) {
        let new = self.editor.add_history_entry(text).unwrap_or(false);
        if let (true, Some(history)) = (new, history) {
            let _ = self.editor.append_history(history);
        }
    }
}

struct Assistant {
    names: Rc<RefCell<Names>>,
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = line.get(..pos).unwrap_or(line);
        let (start, found) = match before.trim_start().strip_prefix(":load ") {
            Some(path) => {
                let (start, found) = paths(path);
                (before.len() - path.len() + start, found)
            }
            None => complete(before, &self.names.borrow()),
        };
        let pair = |name: String| Pair { display: name.trim_end().to_owned(), replacement: name };
        Ok((start, found.into_iter().map(pair).collect()))
    }
}

/// Where the last name of a path begins, and the files and folders that it may become. Hidden ones are for those who type the point.
fn paths(path: &str) -> (usize, Vec<String>) {
    let start = path.rfind(std::path::is_separator).map_or_else(|| path.len() - unquoted(path).len(), |at| at + 1);
    let (folder, begun) = path.split_at(start);
    let folder = unquoted(folder);
    let entries = std::fs::read_dir(if folder.is_empty() { "." } else { folder });
    let named = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.ok()?;
        let name = entry.file_name().into_string().ok()?;
        let end = if entry.path().is_dir() { "/" } else { "" };
        (name.starts_with(begun) && name.starts_with('.') == begun.starts_with('.')).then(|| name + end)
    };
    let mut found: Vec<String> = entries.into_iter().flatten().filter_map(named).collect();
    found.sort();
    (start, found)
}

/// A path that is still being typed, without the quote before it.
fn unquoted(path: &str) -> &str {
    path.trim_start().trim_start_matches(['"', '\''])
}

/// A hint that is shown, not taken over.
struct Shown(String);

impl Hint for Shown {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Assistant {
    type Hint = Shown;

    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<Shown> {
        if pos < line.len() {
            return None;
        }
        let hint = hint(line)?;
        let short = match hint.char_indices().nth(HINT_WIDTH) {
            Some((at, _)) => format!("{}…", &hint[..at]),
            None => hint.to_owned(),
        };
        Some(Shown(format!("   {}", short.lines().next().unwrap_or_default())))
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        match line.trim_start().starts_with(':') {
            true => Cow::Borrowed(line),
            false => Cow::Owned(highlight::search(line)),
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("{HINT_STYLE}{hint}{HINT_STYLE:#}"))
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        // What a word is depends on those around it.
        kind != CmdKind::MoveCursor
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match line::is_whole(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}
