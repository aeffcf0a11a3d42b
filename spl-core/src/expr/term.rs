//! Keywords and phrases of the `search` command: looked for in `_raw`, whole tokens only.
//!
//! Breakers: <https://docs.splunk.com/Documentation/Splunk/latest/Data/Abouteventsegmentation>.

use regex::{Regex, RegexBuilder};

use crate::syntax::ast::{SearchValue, TermForm};

/// A compiled keyword or phrase.
#[derive(Clone, Debug)]
pub struct Term {
    pattern: Regex,
    /// Only major breakers border it: `TERM(x)`.
    whole: bool,
    /// Whether the text goes on freely at the start or end (a `*` there).
    open_start: bool,
    open_end: bool,
    /// The longest run of plain letters and digits, lower case: any matching event holds it, however its format escapes text.
    pub(super) literal: String,
}

/// Characters that part tokens for good.
pub(crate) fn is_major(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '[' | ']' | '<' | '>' | '(' | ')' | '{' | '}' | '|' | '!' | ';' | ',' | '\'' | '"' | '*' | '&' | '?' | '+'
        )
}

/// Texts of several characters that part tokens for good: blanks and the like as addresses of the web hold them.
const MAJOR_TEXTS: [&str; 17] = [
    "--", "%20", "%21", "%26", "%2526", "%3B", "%7C", "%2B", "%3D", "%2520", "%5D", "%5B", "%3A", "%0A", "%2C", "%28",
    "%29",
];

/// Characters that part tokens further.
fn is_minor(c: char) -> bool {
    matches!(c, '/' | ':' | '=' | '@' | '.' | '-' | '$' | '#' | '%' | '\\' | '_')
}

impl std::fmt::Display for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "_raw~/{}/", self.pattern)
    }
}

impl Term {
    /// Compiles it; `None` for a pattern of stars only, which matches every event.
    pub fn new(value: &SearchValue) -> Option<Term> {
        let pieces: Vec<&str> = value.text.split('*').filter(|p| !p.is_empty()).collect();
        if pieces.is_empty() {
            return None;
        }
        // A star inside runs within a token; in a phrase it may run over blanks.
        let gap = if value.text.contains(char::is_whitespace) { "(?s:.*?)" } else { r#"[^\s\[\]<>(){}|!;,'"*&?+]*?"# };
        let source = pieces.iter().map(|p| regex::escape(p)).collect::<Vec<_>>().join(gap);
        let pattern = RegexBuilder::new(&source).case_insensitive(value.form != TermForm::Case).build().ok()?;
        let runs = pieces.iter().flat_map(|p| p.split(|c: char| !c.is_ascii_alphanumeric()));
        let literal = runs.max_by_key(|run| run.len()).map(str::to_ascii_lowercase).unwrap_or_default();
        Some(Term {
            pattern,
            whole: value.form == TermForm::Term,
            open_start: value.text.starts_with('*'),
            open_end: value.text.ends_with('*'),
            literal,
        })
    }

    /// Whether the event holds it.
    pub fn matches(&self, raw: &str) -> bool {
        let border = |c: Option<char>| c.is_none_or(|c| is_major(c) || !self.whole && is_minor(c));
        let is_behind_text = |before: &str| MAJOR_TEXTS.iter().any(|text| before.ends_with(text));
        let is_before_text = |behind: &str| MAJOR_TEXTS.iter().any(|text| behind.starts_with(text));
        let mut from = 0;
        while let Some(hit) = self.pattern.find_at(raw, from) {
            // A piece that is itself made of breakers needs no border on that side.
            let inside = &raw[hit.range()];
            let start_ok = self.open_start
                || border(raw[..hit.start()].chars().next_back())
                || is_behind_text(&raw[..hit.start()])
                || inside.chars().next().is_some_and(|c| is_major(c) || is_minor(c));
            let end_ok = self.open_end
                || border(raw[hit.end()..].chars().next())
                || is_before_text(&raw[hit.end()..])
                || inside.chars().next_back().is_some_and(|c| is_major(c) || is_minor(c));
            if start_ok && end_ok {
                return true;
            }
            from = hit.start() + raw[hit.start()..].chars().next().map_or(1, char::len_utf8);
        }
        false
    }
}
