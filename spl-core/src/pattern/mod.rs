//! Regular expressions in PCRE's dialect: [`Pattern`].
//!
//! A pattern goes to the linear-time engine if that can express it, else (look-around, back references, possessive quantifiers) to a
//! backtracking one with a limit on its steps. `\d`, `\w`, `\s` and `\b` mean ASCII, as in PCRE. Wildcards and LIKE are not known here.

mod lead;
mod linear;
mod outline;
mod per_core;
mod recent;
mod replace;
mod run_of;
mod sed;
mod template;
mod translate;

use std::ops::Range;
use std::sync::Arc;

use linear::Linear;
pub use replace::Replacement;
use run_of::RunOf;
pub use sed::Sed;
pub use template::Template;

use self::translate::{Dialect, translate};
use crate::error::{Diagnostic, ErrorKind, Result, Span, bail};
use crate::table::Entries;

/// How many steps the backtracking engine may take on one value before the search is given up.
const BACKTRACK_LIMIT: usize = 1_000_000;

/// How large a compiled pattern may be, in bytes.
const SIZE_LIMIT: usize = 64 << 20;

/// A compiled regular expression.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: Arc<str>,
    engine: Engine,
    /// Whether it can ask for the end of the text, which to PCRE is also before a last newline.
    end_anchor: bool,
}

#[derive(Clone, Debug)]
enum Engine {
    Run(RunOf),
    Linear(Linear),
    Backtracking(Arc<fancy_regex::Regex>),
}

/// Where the groups of one match are. Made by [`Pattern::groups`] and reused from match to match.
#[derive(Clone, Debug)]
pub struct Groups(Locations);

#[derive(Clone, Debug)]
enum Locations {
    Linear(regex::CaptureLocations),
    /// Filled by a match.
    Ranges(Vec<Option<Range<usize>>>),
}

impl Groups {
    /// The byte range of group `index` (0 is the whole match); `None` when it took no part.
    pub fn get(&self, index: usize) -> Option<Range<usize>> {
        match &self.0 {
            Locations::Linear(locations) => locations.get(index).map(|(start, end)| start..end),
            Locations::Ranges(ranges) => ranges.get(index)?.clone(),
        }
    }
}

impl Pattern {
    /// Compiles `text`; `span` is where it stands in the search.
    pub fn compile(text: &str, span: Span) -> Result<Pattern> {
        recent::or_compile(text, || Pattern::compile_anew(text, span))
    }

    fn compile_anew(text: &str, span: Span) -> Result<Pattern> {
        if let Some(run) = RunOf::parse(text) {
            return Ok(Pattern { text: text.into(), engine: Engine::Run(run), end_anchor: false });
        }
        let translated = translate(text, Dialect::Linear);
        if let Some(refused) = translated.refused {
            bail!(Unsupported, span, "{refused}");
        }
        if !translated.backtracking {
            return match regex::RegexBuilder::new(&translated.text).size_limit(SIZE_LIMIT).build() {
                Ok(regex) => {
                    let engine = Engine::Linear(Linear::new(regex));
                    Ok(Pattern { text: text.into(), engine, end_anchor: translated.end_anchor })
                }
                Err(regex::Error::CompiledTooBig(_)) => bail!(Limit, span, "regular expression `{text}` is too large"),
                Err(error) => wrong(text, &error.to_string(), span),
            };
        }
        let translated = translate(text, Dialect::Backtracking);
        let built = fancy_regex::RegexBuilder::new(&translated.text)
            .backtrack_limit(BACKTRACK_LIMIT)
            .delegate_size_limit(SIZE_LIMIT)
            .build();
        match built {
            Ok(regex) => {
                let engine = Engine::Backtracking(Arc::new(regex));
                Ok(Pattern { text: text.into(), engine, end_anchor: translated.end_anchor })
            }
            Err(error) => wrong(text, &error.to_string(), span),
        }
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches anywhere in `text`.
    pub fn is_match(&self, text: &str) -> Result<bool> {
        let matches = |text: &str| match &self.engine {
            Engine::Run(run) => Ok(run.find_at(text, 0).is_some()),
            Engine::Linear(linear) => Ok(linear.is_match(text)),
            Engine::Backtracking(regex) => regex.is_match(text).map_err(|_| self.limit()),
        };
        if matches(text)? {
            return Ok(true);
        }
        self.without_newline(text).map_or(Ok(false), matches)
    }

    /// The first match at or behind byte `start`, which is a character's.
    pub fn find_at(&self, text: &str, start: usize) -> Result<Option<Range<usize>>> {
        let find = |text: &str| match &self.engine {
            Engine::Run(run) => Ok(run.find_at(text, start)),
            Engine::Linear(linear) => Ok(linear.find_at(text, start)),
            Engine::Backtracking(regex) => {
                regex.find_from_pos(text, start).map(|found| found.map(|found| found.range())).map_err(|_| self.limit())
            }
        };
        if let Some(found) = find(text)? {
            return Ok(Some(found));
        }
        match self.without_newline(text) {
            Some(text) if start <= text.len() => find(text),
            _ => Ok(None),
        }
    }

    /// All matches from left to right, none overlapping another.
    pub fn find_iter<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Result<Range<usize>>> + 'a {
        let mut walk = Walk::default();
        std::iter::from_fn(move || walk.step(text, |start| self.find_at(text, start)).transpose())
    }

    /// Room for the groups of a match of this pattern.
    pub fn groups(&self) -> Groups {
        Groups(match &self.engine {
            Engine::Linear(linear) => linear.locations(),
            _ => Locations::Ranges(Vec::new()),
        })
    }

    /// As [`find_at`](Self::find_at), filling `groups`, which must be this pattern's own; the match is group 0.
    pub fn captures_at(&self, text: &str, start: usize, groups: &mut Groups) -> Result<bool> {
        let mut capture = |text: &str| match (&self.engine, &mut groups.0) {
            (Engine::Run(run), Locations::Ranges(ranges)) => {
                ranges.clear();
                ranges.extend(run.find_at(text, start).map(Some));
                Ok(!ranges.is_empty())
            }
            (Engine::Linear(linear), locations) => Ok(linear.captures_at(text, start, locations)),
            (Engine::Backtracking(regex), Locations::Ranges(ranges)) => {
                ranges.clear();
                let Some(captures) = regex.captures_from_pos(text, start).map_err(|_| self.limit())? else {
                    return Ok(false);
                };
                ranges.extend(captures.iter().map(|group| group.map(|group| group.range())));
                Ok(true)
            }
            // Not this pattern's groups.
            (_, Locations::Linear(_)) => Ok(false),
        };
        if capture(text)? {
            return Ok(true);
        }
        match self.without_newline(text) {
            Some(text) if start <= text.len() => capture(text),
            _ => Ok(false),
        }
    }

    /// Calls `each` with the number of every text that has a match, the text, and the groups of its first.
    pub(crate) fn first_captures(
        &self,
        texts: Entries<'_>,
        mut each: impl FnMut(usize, &str, &Groups) -> Result<()>,
    ) -> Result<()> {
        let mut groups = self.groups();
        if let Engine::Linear(linear) = &self.engine
            && !self.end_anchor
            && let Some(begins) = linear.sweep(texts)
        {
            for (entry, begin) in begins {
                let text = &texts.text()[texts.range(entry)];
                if linear.captures_from(text, begin, &mut groups.0) {
                    each(entry, text, &groups)?;
                }
            }
            return Ok(());
        }
        for (entry, text) in texts.iter().enumerate() {
            if self.captures_at(text, 0, &mut groups)? {
                each(entry, text, &groups)?;
            }
        }
        Ok(())
    }

    /// Calls `each` with the groups of every match, from left to right, until it answers false.
    pub fn for_each_captures(&self, text: &str, mut each: impl FnMut(&Groups) -> bool) -> Result<()> {
        let mut groups = self.groups();
        let mut walk = Walk::default();
        loop {
            let found = walk.step(text, |start| {
                Ok(if self.captures_at(text, start, &mut groups)? { groups.get(0) } else { None })
            })?;
            if found.is_none() || !each(&groups) {
                return Ok(());
            }
        }
    }

    /// The names of the groups, the whole match (which has none) first.
    pub fn group_names(&self) -> Vec<Option<&str>> {
        match &self.engine {
            Engine::Run(_) => vec![None],
            Engine::Linear(linear) => linear.regex().capture_names().collect(),
            Engine::Backtracking(regex) => regex.capture_names().collect(),
        }
    }

    /// `text` without its last newline, where that may make a difference.
    fn without_newline<'a>(&self, text: &'a str) -> Option<&'a str> {
        if self.end_anchor { text.strip_suffix('\n') } else { None }
    }

    fn limit(&self) -> Box<Diagnostic> {
        let text = &self.text;
        Box::new(
            Diagnostic::new(
                ErrorKind::Limit,
                format!("regular expression `{text}` took more than {BACKTRACK_LIMIT} steps on one value"),
            )
            .hint("nested repetition, look-around and back references are what makes it slow"),
        )
    }
}

/// Goes from match to match: where the next search starts, and which empty matches are none (those that touch the last match).
#[derive(Default)]
struct Walk {
    start: usize,
    last_end: Option<usize>,
}

impl Walk {
    fn step(
        &mut self,
        text: &str,
        mut find: impl FnMut(usize) -> Result<Option<Range<usize>>>,
    ) -> Result<Option<Range<usize>>> {
        while self.start <= text.len() {
            let Some(found) = find(self.start)? else { break };
            if found.is_empty() {
                let width = text[found.end..].chars().next().map_or(1, char::len_utf8);
                self.start = found.end + width;
                if self.last_end == Some(found.end) {
                    continue;
                }
            } else {
                self.start = found.end;
            }
            self.last_end = Some(found.end);
            return Ok(Some(found));
        }
        self.start = text.len() + 1;
        Ok(None)
    }
}

/// The error for a pattern that the engine refuses; the last clause of what it says is the reason.
fn wrong<T>(text: &str, error: &str, span: Span) -> Result<T> {
    let line = error.lines().last().unwrap_or(error).trim();
    let line = line.rsplit_once("error: ").map_or(line, |(_, reason)| reason);
    let reason = line.split_once(": ").filter(|(front, _)| front.contains(" position ")).map_or(line, |(_, rest)| rest);
    let mut chars = reason.chars();
    let reason: String = chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect());
    bail!(Argument, span, "`{text}` is no regular expression: {reason}")
}
