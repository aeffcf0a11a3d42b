//! Tokens to stages: [`parse`]. Knows one command by name, the `search` that is implied where no command is named.

use nom::Parser;
use nom::character::complete::char;
use nom::combinator::opt;

use super::ast::{Pipeline, Stage, StageKind, Token, TokenKind};
use super::lexer::{Context, Lexer, Parsed, finish, is_word, word};
use crate::error::{Result, Span, Spanned};

/// Parses a search: stages between `|`, comments left out, subsearches parsed as searches of their own.
///
/// Macros must be expanded before if the search is to run; a macro that is left stays as a node.
///
/// ```
/// use spl_core::syntax::{ast::StageKind, parse};
///
/// let search = parse(r#"index=main error ```all of them``` | STATS count BY host"#)?;
/// let names: Vec<_> = search.stages.iter().map(|stage| match &stage.kind {
///     StageKind::Command { name, .. } => name.node.as_str(),
///     StageKind::Macro(call) => call.name.as_str(),
/// }).collect();
/// assert_eq!(names, ["search", "stats"]);
/// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
/// ```
pub fn parse(text: &str) -> Result<Pipeline> {
    finish(text, |lexer, i| {
        let (rest, pipeline) = lexer.pipeline(i, false)?;
        match rest.is_empty() {
            true => Ok((rest, pipeline)),
            false => lexer.fail(rest, 1, "this bracket was never opened", "remove it, or put it in double quotes"),
        }
    })
}

impl Lexer {
    /// Stages up to a closing bracket or the end. Inside brackets the first word names a command even without a pipe before it.
    pub(super) fn pipeline<'a>(self, i: &'a str, inner: bool) -> Parsed<'a, Pipeline> {
        let (start, _) = self.blank(i)?;
        let (first, pipe) = opt(char('|')).parse(start)?;
        let (mut rest, stage) = self.stage(first, if pipe.is_some() { Place::Piped } else { Place::first(inner) })?;
        let mut stages = vec![stage];
        while let Ok((after, _)) = char::<_, nom::error::Error<&str>>('|')(rest) {
            let (end, stage) = self.stage(after, Place::Piped)?;
            stages.push(stage);
            rest = end;
        }
        let span = if inner { self.span(i, rest) } else { Span::new(0, self.at("")) };
        Ok((rest, Pipeline { stages, span }))
    }

    fn stage<'a>(self, i: &'a str, place: Place) -> Parsed<'a, Stage> {
        let (start, _) = self.blank(i)?;
        if start.is_empty() || start.starts_with(['|', ']']) {
            return self.empty_stage(i, start, place);
        }
        if let Some((rest, name)) = self.command_name(start, place) {
            let context = if name.node == "search" { Context::Search } else { Context::Command };
            let (rest, args) = self.tokens(rest, context)?;
            return Ok((rest, command(name, args)));
        }
        if place != Place::Piped {
            let (rest, mut args) = self.tokens(start, Context::Search)?;
            // as if the name stood before them
            args.iter_mut().take(1).for_each(|first| first.spaced = true);
            let at = self.at(start);
            return Ok((rest, command(Spanned::new("search".to_owned(), Span::new(at, at)), args)));
        }
        let (rest, mut args) = self.tokens(start, Context::Command)?;
        match args.first() {
            Some(Token { kind: TokenKind::Macro(call), span, .. }) => {
                let (call, span) = (call.clone(), *span);
                if args.len() == 1 {
                    return Ok((rest, Stage { kind: StageKind::Macro(call), span }));
                }
                args.remove(0);
                Ok((rest, command(Spanned::new(super::print::macro_call(&call), span), args)))
            }
            Some(Token { span, .. }) => {
                let hint = "a stage is a command's name and its arguments; a search for words begins with `search`";
                self.fail(start, (span.end - span.start) as usize, "no command's name follows the pipe", hint)
            }
            None => self.empty_stage(i, start, place),
        }
    }

    /// The name that a stage begins with, if it does. What follows may be glued to it: `sort- x`, `append[...]`.
    pub(super) fn command_name(self, start: &str, place: Place) -> Option<(&str, Spanned<String>)> {
        let end = start.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(start.len());
        let end = match start.starts_with('$') {
            true => start.find(|c: char| !is_word(c)).unwrap_or(start.len()),
            false => end,
        };
        let (name, rest) = start.split_at(end);
        let named = match place {
            _ if name.is_empty() => false,
            Place::Piped => true,
            Place::First => name.eq_ignore_ascii_case("search") && self.ends_name(rest),
            Place::Inner => !matches!(name, "NOT" | "TERM" | "CASE") && self.ends_name(rest),
        };
        named.then(|| (rest, Spanned::new(name.to_lowercase(), self.span(start, rest))))
    }

    /// Whether a command's name may end here: not amid a word, nor before a comparison.
    fn ends_name(self, rest: &str) -> bool {
        let Ok((next, _)) = self.blank(rest) else { return true };
        let joined = matches!(word(next), Ok((_, "AND" | "OR")));
        !joined && !self.is_compared(rest) && !rest.starts_with(|c| is_word(c) || c == '\\')
    }

    fn empty_stage<'a>(self, i: &'a str, at: &'a str, place: Place) -> Parsed<'a, Stage> {
        match place {
            Place::First => {
                self.fail(at, 1, "the search is empty", "a search is a list of terms, or `|` and a command")
            }
            Place::Inner => self.fail(at, 1, "the subsearch is empty", "write a search between the brackets"),
            Place::Piped if at.starts_with('|') => {
                self.fail(at, 1, "nothing stands between these pipes", "remove one of them")
            }
            Place::Piped => {
                let before = Span::new(self.at(i).saturating_sub(1), self.at(i));
                self.fail_at(before, "nothing follows this pipe", "remove it, or add a command")
            }
        }
    }
}

/// Where a stage stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind a pipe: a command must be named.
    Piped,
    /// At the beginning of the text: `search` is implied.
    First,
    /// At the beginning of a subsearch: `search` is implied unless the first word can be a command.
    Inner,
}

impl Place {
    fn first(inner: bool) -> Place {
        if inner { Place::Inner } else { Place::First }
    }
}

fn command(name: Spanned<String>, args: Vec<Token>) -> Stage {
    let span = args.last().map_or(name.span, |last| name.span.to(last.span));
    Stage { kind: StageKind::Command { name, args }, span }
}
