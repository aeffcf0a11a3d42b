//! What can be wrong, said where it is found: [`Diagnostic`], [`ErrorKind`], [`Span`], and the `bail!` macro.
//!
//! Knows nothing of searches or tables. [`Diagnostic`]'s `Display` draws the plain caret picture; colour is the caller's.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A byte range of the text being read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`. Texts are far below 4 GiB; larger offsets saturate.
    pub fn new(start: usize, end: usize) -> Self {
        let clip = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { start: clip(start), end: clip(end.max(start)) }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The range as indexes into the text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value with the place it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spanned<T> {
    /// What was written.
    pub node: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Pairs `node` with `span`.
    pub fn new(node: T, span: Span) -> Self {
        Spanned { node, span }
    }
}

/// What sort of thing is wrong, for callers that branch on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ErrorKind {
    /// The search text is not SPL.
    Syntax,
    /// A command, function, option, aggregate or macro that does not exist.
    Unknown,
    /// Known SPL that this engine does not run.
    Unsupported,
    /// Right words with impossible arguments.
    Argument,
    /// A macro is missing, recursive, or refuses its arguments.
    Macro,
    /// A lookup, data model, saved search or index that the catalog lacks.
    Missing,
    /// Input data that cannot be read.
    Data,
    /// A limit (memory, depth, rows, regex steps) was hit.
    Limit,
    /// The caller asked to stop.
    Cancelled,
}

/// A place that belongs to the story of an error: the macro's definition, the call.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Label {
    /// Name of the text, such as ``macro `sysmon` ``.
    pub source: String,
    /// The whole text.
    pub text: String,
    /// The place in it.
    pub span: Span,
    /// What is to be said about it.
    pub note: String,
}

/// One thing that is wrong, with the place, the reason and a way out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Diagnostic {
    /// For callers that branch.
    pub kind: ErrorKind,
    /// One sentence, no full stop.
    pub message: String,
    /// Where, in `text` (or in the text being read while that is not yet set).
    pub span: Option<Span>,
    /// What to do instead, such as ``did you mean `stats`?``.
    pub hint: Option<String>,
    /// The text that `span` points into; set by whoever owns the text.
    pub text: Option<String>,
    /// Further places: the macro calls that led here, outermost last.
    pub labels: Vec<Label>,
}

/// The result of anything that can fail with a [`Diagnostic`].
pub type Result<T, E = Box<Diagnostic>> = std::result::Result<T, E>;

impl Diagnostic {
    /// A diagnostic without place or hint.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Diagnostic { kind, message: message.into(), span: None, hint: None, text: None, labels: Vec::new() }
    }

    /// Sets the place, unless one is known already (the innermost place wins).
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = self.span.or(Some(span));
        self
    }

    /// Sets the hint, unless there is one already.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if self.hint.is_none() {
            self.hint = Some(hint.into());
        }
        self
    }

    /// Names the text that the span points into, unless it is known already.
    #[must_use]
    pub fn in_text(mut self, text: &str) -> Self {
        if self.text.is_none() {
            self.text = Some(text.to_owned());
        }
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        match (&self.text, self.span) {
            (Some(text), Some(span)) => write_caret(f, text, span, self.hint.as_deref())?,
            _ => {
                if let Some(hint) = &self.hint {
                    write!(f, " ({hint})")?;
                }
            }
        }
        for label in &self.labels {
            write!(f, "\n  {}:", label.source)?;
            write_caret(f, &label.text, label.span, Some(&label.note))?;
        }
        Ok(())
    }
}

/// Lines with more characters than this are shown in part.
const LONG_LINE: usize = 120;
/// Characters shown of a long line.
const EXCERPT: usize = 96;

/// The line of `text` that holds `span`, carets under it, and a note behind them.
fn write_caret(f: &mut fmt::Formatter<'_>, text: &str, span: Span, note: Option<&str>) -> fmt::Result {
    let floor = |at: usize| (0..=at.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    let (start, end) = (floor(span.start as usize), floor(span.end as usize));
    let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
    let line = text[line_start..line_end].replace('\t', " ");
    let pad = text[line_start..start].chars().count();
    let width = text[start..end.clamp(start, line_end)].chars().count().max(1);
    let (line, pad, width) = excerpt(line, pad, width);
    write!(f, "\n  | {line}\n    {}{}", " ".repeat(pad), "^".repeat(width))?;
    note.map_or(Ok(()), |note| write!(f, " {note}"))
}

/// What stands around the place is enough of a long line: under one that a terminal breaks, carets point nowhere.
fn excerpt(line: String, pad: usize, width: usize) -> (String, usize, usize) {
    let length = line.chars().count();
    if length <= LONG_LINE {
        return (line, pad, width);
    }
    let from = pad.saturating_sub(EXCERPT / 2).min(length - EXCERPT);
    let (lead, tail) = (if from > 0 { "..." } else { "" }, if from + EXCERPT < length { "..." } else { "" });
    let shown: String = line.chars().skip(from).take(EXCERPT).collect();
    let place = pad - from;
    (format!("{lead}{shown}{tail}"), lead.len() + place, width.min(EXCERPT.saturating_sub(place)).max(1))
}

/// Returns from the function with a [`Diagnostic`]: `bail!(Argument, span, "..."; hint: "...")`; the span and the hint may be left out.
macro_rules! bail {
    ($kind:ident, $span:expr, $message:literal $(, $arg:expr)* ; hint: $($hint:tt)+) => {
        return Err(Box::new($crate::error::Diagnostic::new($crate::error::ErrorKind::$kind, format!($message $(, $arg)*)).at($span).hint(format!($($hint)+))))
    };
    ($kind:ident, $span:expr, $message:literal $(, $arg:expr)* $(,)?) => {
        return Err(Box::new($crate::error::Diagnostic::new($crate::error::ErrorKind::$kind, format!($message $(, $arg)*)).at($span)))
    };
    ($kind:ident, $message:literal $(, $arg:expr)* ; hint: $($hint:tt)+) => {
        return Err(Box::new($crate::error::Diagnostic::new($crate::error::ErrorKind::$kind, format!($message $(, $arg)*)).hint(format!($($hint)+))))
    };
    ($kind:ident, $message:literal $(, $arg:expr)* $(,)?) => {
        return Err(Box::new($crate::error::Diagnostic::new($crate::error::ErrorKind::$kind, format!($message $(, $arg)*))))
    };
}
pub(crate) use bail;

/// The entry of `known` nearest to `word`, if near enough to be a slip of the pen.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let limit = 1 + length / 4;
    known
        .into_iter()
        // What differs more in length is further away; names are many (macros), and few are of this length.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .map(|candidate| (edit_distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, candidate)| (distance, std::cmp::Reverse(shared_start(&word, candidate))))
        .map(|(_, candidate)| candidate)
}

/// How many characters both begin with: slips are rarer there.
fn shared_start(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(x, y)| x.eq_ignore_ascii_case(y)).count()
}

/// Insertions, deletions, substitutions and swaps of neighbours.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// Asks whatever runs to stop, from any thread: a search (by its `RunOptions`) or a load (by its `ReadRequest`), which then ends with
/// [`ErrorKind::Cancelled`]. Clones are the same request.
///
/// ```
/// use spl_core::{Cancel, Engine, RunOptions, error::ErrorKind};
///
/// let engine = Engine::builder().build()?;
/// let search = engine.compile("| makeresults count=1000000 | streamstats count")?;
/// let cancel = Cancel::default();
/// let from_elsewhere = cancel.clone();
/// std::thread::spawn(move || from_elsewhere.cancel()).join().ok();
/// let error = search.run_with(RunOptions { cancel: Some(&cancel), profile: None }).unwrap_err();
/// assert_eq!(error.kind, ErrorKind::Cancelled);
/// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Takes it back, so that the next run is not stopped.
    pub fn reset(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether it was asked.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Fails when it was asked.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            bail!(Cancelled, "the search was cancelled");
        }
        Ok(())
    }
}

/// A flag that something else sets, such as the handler of a signal.
impl From<Arc<AtomicBool>> for Cancel {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Cancel(flag)
    }
}

/// What happens while a search runs: warnings for the user, and what ends it, the first failure or its caller. Shared by all threads of the run.
#[derive(Debug, Default)]
pub struct Notes {
    failure: Mutex<Option<Box<Diagnostic>>>,
    failed: AtomicBool,
    cancel: Cancel,
    warnings: Mutex<Vec<String>>,
    damaged: AtomicBool,
}

impl Notes {
    /// Of a run that its caller may end.
    pub fn cancelled_by(cancel: Cancel) -> Self {
        Notes { cancel, ..Notes::default() }
    }

    /// What the caller ends the run with.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Ends the search with this as soon as somebody looks; the first one counts.
    pub fn fail(&self, diagnostic: Box<Diagnostic>) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(diagnostic);
        self.failed.store(true, Ordering::Relaxed);
    }

    /// Whether the run is to end, so that nobody will see what is computed from now on. Cheap enough to ask every few rows, from loops that
    /// cannot fail themselves.
    pub fn is_ending(&self) -> bool {
        self.cancel.is_cancelled() || self.failed.load(Ordering::Relaxed)
    }

    /// The failure, if there was one, or that the caller wants to stop.
    pub fn check(&self) -> Result<()> {
        // Whoever looks fails: others of the run may have left things out already.
        if self.failed.load(Ordering::Relaxed)
            && let Some(failure) = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
        {
            return Err(failure);
        }
        self.cancel.check()
    }

    /// Tells the user once.
    pub fn warn(&self, warning: impl Into<String>) {
        let (warning, mut warnings) = (warning.into(), self.warnings.lock().unwrap_or_else(PoisonError::into_inner));
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// Tells the user that some of the data could not be read, once.
    pub fn warn_damaged(&self, warning: impl Into<String>) {
        self.damaged.store(true, Ordering::Relaxed);
        self.warn(warning);
    }

    /// Whether some of the data could not be read.
    pub fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// The warnings so far, taken out.
    pub fn take_warnings(&self) -> Vec<String> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Notes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut notes = serializer.serialize_struct("Notes", 3)?;
        notes.serialize_field("failure", &*self.failure.lock().unwrap_or_else(PoisonError::into_inner))?;
        notes.serialize_field("warnings", &*self.warnings.lock().unwrap_or_else(PoisonError::into_inner))?;
        notes.serialize_field("damaged", &self.is_damaged())?;
        notes.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_under_their_place_also_in_long_lines() {
        for before in [0, 3, 60, 200, 1000] {
            let text = format!("{}BAD{}", "ä".repeat(before), "z".repeat(1000 - before));
            let span = Span::new(2 * before, 2 * before + 3);
            let shown = Diagnostic::new(ErrorKind::Syntax, "m").at(span).in_text(&text).to_string();
            let [_, line, carets] = shown.lines().collect::<Vec<_>>()[..] else { panic!("{shown}") };
            let at = carets.find('^').unwrap();
            let marked: String = line.chars().skip(at).take(3).collect();
            assert_eq!((&*marked, carets.trim()), ("BAD", "^^^"), "{shown}");
            assert!(line.chars().count() <= 4 + EXCERPT + 6, "{shown}");
        }
        let all = Diagnostic::new(ErrorKind::Syntax, "m").at(Span::new(0, 500)).in_text(&"x".repeat(500)).to_string();
        assert_eq!(all.matches('^').count(), EXCERPT);
    }
}
