//! Macro expansion, on text and before parsing, because a macro's body may be any fragment of a search: [`expand`].
//!
//! The expansion knows where each of its parts was written ([`SourceMap`]), so that an error points at the search and at the macro.
//! Comments are left in place and nothing in them is expanded. Knows no eval: who can evaluate is handed in.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::error::{Diagnostic, ErrorKind, Result, Span};
use crate::knowledge::{Macro, Macros};
use crate::syntax::ast::Expr;
use crate::syntax::lexer::RawCall;
use crate::value::Value;

mod call;
mod source_map;

use call::{assign, evaluate_definition, find, validate};
pub use source_map::{Origin, SourceMap, explain};
use source_map::{Piece, Place, Places, Source};

/// How deep macros may call each other.
const MAX_DEPTH: usize = 100;
/// How many calls one search may come to.
const MAX_CALLS: usize = 20_000;
/// How long an expanded search may be, in bytes.
const MAX_LENGTH: usize = 8 << 20;

/// A search with its macros expanded.
#[derive(Clone, Debug)]
pub struct Expanded {
    /// The text, ready to parse.
    pub text: String,
    /// Where its parts come from.
    pub map: SourceMap,
}

/// Who evaluates `iseval` definitions and validations: an expression over arguments, which are texts by name.
pub type Evaluate<'e> = dyn Fn(&Expr, &[(String, String)]) -> Result<Value> + 'e;

/// Replaces every `` `name(args)` `` outside double quotes and comments by the macro's text, over and over.
///
/// ```
/// use spl_core::expand::expand;
/// use spl_core::knowledge::{Macro, Macros};
///
/// let mut macros = Macros::default();
/// macros.insert(Macro::new("web", &[], "sourcetype=access_combined"));
/// macros.insert(Macro::new("failed", &["user"], "`web` status>=400 user=\"$user$\""));
/// let expanded = expand("`failed(\"Ann Lee\")` | stats count", &macros, &|_, _| unreachable!("no macro is evaluated"))?;
/// assert_eq!(expanded.text, "sourcetype=access_combined status>=400 user=\"Ann Lee\" | stats count");
/// assert_eq!(expanded.map.locate(spl_core::error::Span::new(0, 10)).source, "macro `web`");
/// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
/// ```
pub fn expand(text: &str, macros: &Macros, evaluate: &Evaluate<'_>) -> Result<Expanded> {
    if !text.contains('`') {
        return Ok(Expanded { text: text.to_owned(), map: SourceMap::verbatim(text) });
    }
    let mut expander =
        Expander { macros, evaluate, sources: SourceMap::verbatim(text).sources, stack: Vec::new(), calls: 0 };
    let out = expander.expand(&Text::verbatim(0, text))?;
    let map = SourceMap { sources: expander.sources, pieces: out.pieces, length: out.text.len() };
    Ok(Expanded { text: out.text, map })
}

/// The names of the macros that a text calls, also by way of other macros, and that nobody defined with that many arguments.
pub fn missing(text: &str, macros: &Macros) -> Vec<String> {
    let (mut missing, mut seen) = (Vec::new(), IndexSet::new());
    let mut texts = vec![text];
    while let Some(text) = texts.pop() {
        let mut at = 0;
        while let Some(start) = next_call(text, at) {
            let Ok((rest, call)) = RawCall::read(&text[start..]) else {
                at = start + 1;
                continue;
            };
            at = text.len() - rest.len();
            if seen.insert((call.name, call.args.len())) {
                match macros.get(call.name, call.args.len()) {
                    Some(called) => texts.push(&called.definition),
                    None => missing.push(call.name.to_owned()),
                }
            }
        }
    }
    missing
}

/// A text that knows where its parts were written.
#[derive(Clone, Debug, Default)]
struct Text {
    text: String,
    pieces: Vec<Piece>,
}

impl Text {
    /// The whole of a source.
    fn verbatim(source: usize, text: &str) -> Text {
        Text { text: text.to_owned(), pieces: vec![Piece::verbatim(source, text.len())] }
    }

    /// Adds the bytes `from..to` of another text.
    fn push(&mut self, other: &Text, from: usize, to: usize) {
        let first = other.pieces.partition_point(|piece| piece.at <= from).saturating_sub(1);
        for piece in other.pieces[first..].iter().take_while(|piece| piece.at < to) {
            let mut piece = *piece;
            if piece.verbatim && piece.at < from {
                piece.place.span =
                    Span::new(piece.place.span.start as usize + (from - piece.at), piece.place.span.end as usize);
            }
            piece.at = self.text.len() + piece.at.saturating_sub(from);
            self.pieces.push(piece);
        }
        self.text.push_str(&other.text[from..to]);
    }

    fn slice(&self, from: usize, to: usize) -> Text {
        let mut slice = Text::default();
        slice.push(self, from, to);
        slice
    }
}

struct Expander<'a> {
    macros: &'a Macros,
    evaluate: &'a Evaluate<'a>,
    sources: Vec<Source>,
    /// The macros that are being expanded.
    stack: Vec<(&'a str, usize)>,
    calls: usize,
}

impl<'a> Expander<'a> {
    /// The text with all its calls expanded.
    fn expand(&mut self, text: &Text) -> Result<Text> {
        let mut out = Text::default();
        let mut done = 0;
        while let Some(start) = next_call(&text.text, done) {
            out.push(text, done, start);
            let (end, expanded) = self.call(text, start)?;
            out.push(&expanded, 0, expanded.text.len());
            done = end;
            if out.text.len() > MAX_LENGTH {
                let message = format!("the search is longer than {MAX_LENGTH} bytes with its macros expanded");
                return Err(self.blame(Diagnostic::new(ErrorKind::Limit, message), text, Span::new(start, end)));
            }
        }
        out.push(text, done, text.text.len());
        Ok(out)
    }

    /// The expansion of the call that begins at `start`, and where the call ends.
    fn call(&mut self, text: &Text, start: usize) -> Result<(usize, Text)> {
        let rest = &text.text[start..];
        let (after, raw) = RawCall::read(rest).map_err(|(message, hint)| {
            self.blame(Diagnostic::new(ErrorKind::Syntax, message).hint(hint), text, Span::new(start, start + 1))
        })?;
        let end = text.text.len() - after.len();
        let span = Span::new(start, end);
        let called = find(self.macros, raw.name, raw.args.len()).map_err(|error| self.blame(error, text, span))?;
        let mut args = Vec::with_capacity(raw.args.len());
        for arg in assign(called, &raw.args) {
            // an argument is a part of the text
            let from = arg.as_ptr() as usize - text.text.as_ptr() as usize;
            args.push(unquoted(&self.expand(&text.slice(from, from + arg.len()))?));
        }
        let place = Places { sources: &self.sources, pieces: &text.pieces }.common(span);
        let body = self.enter(called, &args, place).map_err(|error| self.blame(error, text, span))?;
        let expanded = self.expand(&body)?;
        self.stack.pop();
        Ok((end, expanded))
    }

    /// The definition of a macro with its arguments put in.
    fn enter(&mut self, called: &'a Macro, args: &[Text], place: Place) -> Result<Text, Diagnostic> {
        let title = called.title();
        let own = (called.name.as_str(), called.args.len());
        self.calls += 1;
        if self.stack.contains(&own) {
            return Err(Diagnostic::new(ErrorKind::Macro, format!("macro `{title}` calls itself")));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(Diagnostic::new(
                ErrorKind::Limit,
                format!("macros call each other more than {MAX_DEPTH} deep"),
            ));
        }
        if self.calls > MAX_CALLS {
            return Err(Diagnostic::new(
                ErrorKind::Limit,
                format!("the search comes to more than {MAX_CALLS} macro calls"),
            ));
        }
        self.stack.push(own);
        let values: Vec<_> = called.args.iter().cloned().zip(args.iter().map(|arg| arg.text.clone())).collect();
        validate(called, &values, self.evaluate)?;
        let source = self.sources.len();
        let name = format!(
            "macro `{title}`{}",
            called.origin.as_ref().map(|origin| format!(" in {origin}")).unwrap_or_default()
        );
        self.sources.push(Source { name: name.into(), text: Arc::from(called.definition.as_str()), call: Some(place) });
        let body = substitute(&Text::verbatim(source, &called.definition), &called.args, args);
        if !called.iseval {
            return Ok(body);
        }
        let text = evaluate_definition(called, &body.text, &values, self.evaluate)?;
        let whole = Place { source, span: Span::new(0, called.definition.len()) };
        Ok(Text { text, pieces: vec![Piece { at: 0, place: whole, verbatim: false }] })
    }

    /// An error at `span` of `text`, told as one of the search.
    fn blame(&self, error: Diagnostic, text: &Text, span: Span) -> Box<Diagnostic> {
        Box::new(Places { sources: &self.sources, pieces: &text.pieces }.explain(error, span))
    }
}

/// Where the next macro call begins, from `at` on, outside double quotes and comments.
fn next_call(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = at;
    let mut quoted = false;
    while let Some(&byte) = bytes.get(at) {
        at += match byte {
            b'\\' => 2,
            b'"' => {
                quoted = !quoted;
                1
            }
            b'`' if !quoted && bytes[at..].starts_with(b"```") => 6 + text.get(at + 3..)?.find("```")?,
            b'`' if !quoted => return Some(at),
            _ => 1,
        };
    }
    None
}

/// An argument without the blanks around it and, if all of it is quoted, without the quotes.
fn unquoted(arg: &Text) -> Text {
    let text = arg.text.as_str();
    let (from, to) = (text.len() - text.trim_start().len(), text.trim_end().len());
    let inner = match text[from.min(to)..to].strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) if !ends_early(inner) => inner,
        _ => return arg.slice(from.min(to), to),
    };
    let mut out = Text::default();
    let (start, end) = (from + 1, from + 1 + inner.len());
    let mut done = start;
    for (escape, _) in inner.match_indices("\\\"") {
        out.push(arg, done, start + escape);
        done = start + escape + 1;
    }
    out.push(arg, done, end);
    out
}

/// Whether the quoted text `inner` has a quote in it, so that the quotes around it are those of two texts; or none at its end.
fn ends_early(inner: &str) -> bool {
    let mut escaped = false;
    for c in inner.chars() {
        match c {
            '"' if !escaped => return true,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    escaped
}

/// The definition with each `$name$` replaced by the argument.
fn substitute(definition: &Text, names: &[String], args: &[Text]) -> Text {
    let text = definition.text.as_str();
    let mut out = Text::default();
    let (mut done, mut at) = (0, 0);
    while let Some(dollar) = text[at..].find('$').map(|found| at + found) {
        at = dollar + 1;
        let named = |name: &&String| text[at..].strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('$'));
        if let Some((name, arg)) = names.iter().zip(args).find(|(name, _)| named(name)) {
            out.push(definition, done, dollar);
            out.push(arg, 0, arg.text.len());
            at = dollar + name.len() + 2;
            done = at;
        }
    }
    out.push(definition, done, text.len());
    out
}
