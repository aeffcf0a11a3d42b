//! The usual layout of a search: a command a line, long subsearches indented, comments kept.
//!
//! The words come from [`syntax::print`]; only where lines break is decided here.

use std::ops::Range;

use spl_core::error::Diagnostic;
use spl_core::syntax;
use spl_core::syntax::ast::{Pipeline, StageKind, TokenKind};

/// Subsearches longer than this get lines of their own.
const SHORT: usize = 60;
const INDENT: &str = "    ";

/// The search in its usual layout, ended by a line feed.
pub(crate) fn format(text: &str) -> Result<String, Box<Diagnostic>> {
    let parse = |text: &str| syntax::parse(text).map_err(|error| Box::new((*error).in_text(text)));
    let original = parse(text)?;
    let mut line = syntax::print(&original);
    if is_implied(&original)
        && let Some(rest) = line.strip_prefix("search ")
    {
        line = rest.to_owned();
    }
    let pipeline = parse(&line)?;
    let mut breaks = Vec::new();
    collect_breaks(&line, &pipeline, 0, &mut breaks);
    breaks.sort_unstable();
    let mut comments = Comments::of(text, &original);
    let (mut out, mut done, mut stage) = (String::new(), 0, 0);
    out.push_str(&comments.above(0));
    for (at, depth) in breaks {
        out.push_str(line[done..at].trim_end());
        done = at;
        if depth == 0 {
            out.push_str(&comments.behind(stage));
            stage += 1;
            out.push('\n');
            out.push_str(&comments.above(stage));
        } else {
            out.push('\n');
        }
        out.push_str(&INDENT.repeat(depth));
    }
    out.push_str(line[done..].trim_end());
    out.push_str(&comments.behind(stage));
    out.push('\n');
    Ok(out)
}

/// Whether the search begins with a `search` that is not written.
fn is_implied(pipeline: &Pipeline) -> bool {
    let first = pipeline.stages.first().map(|stage| &stage.kind);
    matches!(first, Some(StageKind::Command { name, .. }) if name.span.range().is_empty())
}

/// The places at which new lines begin, with how far they are indented.
fn collect_breaks(line: &str, pipeline: &Pipeline, depth: usize, breaks: &mut Vec<(usize, usize)>) {
    for (n, stage) in pipeline.stages.iter().enumerate() {
        let start = stage.span.start as usize;
        if n > 0
            && let Some(pipe) = line[..start].rfind('|')
        {
            breaks.push((pipe, depth));
        }
        let StageKind::Command { args, .. } = &stage.kind else { continue };
        for token in args {
            let TokenKind::Subsearch(inner) = &token.kind else { continue };
            if token.span.range().len() <= SHORT {
                continue;
            }
            if token.spaced {
                breaks.push((token.span.start as usize, depth + 1));
            }
            collect_breaks(line, inner, depth + 1, breaks);
        }
    }
}

/// The comments of a search by the command that they belong to: those on lines of their own stand above it, others behind it.
struct Comments {
    above: Vec<(usize, String)>,
    behind: Vec<(usize, String)>,
}

impl Comments {
    fn of(text: &str, pipeline: &Pipeline) -> Self {
        let mut comments = Comments { above: Vec::new(), behind: Vec::new() };
        for range in find_comments(text) {
            let own_line =
                text[..range.start].trim_end_matches([' ', '\t']).chars().next_back().is_none_or(|c| c == '\n');
            let comment = text[range.clone()].to_owned();
            let started = pipeline.stages.iter().take_while(|stage| (stage.span.start as usize) < range.start).count();
            let last = started.checked_sub(1).and_then(|last| pipeline.stages.get(last));
            let inside = last.is_some_and(|stage| range.end <= stage.span.end as usize);
            if own_line && !inside {
                comments.above.push((started.min(pipeline.stages.len() - 1), comment));
            } else {
                comments.behind.push((started.saturating_sub(1), comment));
            }
        }
        comments
    }

    fn above(&mut self, stage: usize) -> String {
        take(&mut self.above, stage).into_iter().map(|comment| comment + "\n").collect()
    }

    fn behind(&mut self, stage: usize) -> String {
        take(&mut self.behind, stage).into_iter().map(|comment| format!(" {comment}")).collect()
    }
}

fn take(comments: &mut Vec<(usize, String)>, stage: usize) -> Vec<String> {
    let (now, later) = std::mem::take(comments).into_iter().partition(|(at, _)| *at == stage);
    *comments = later;
    now.into_iter().map(|(_, comment): (usize, String)| comment).collect()
}

/// Where comments stand: between triple backquotes, outside quotes.
fn find_comments(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(next) = text[at..].find(['"', '`', '\\']).map(|n| at + n) {
        let rest = &text[next..];
        at = if let Some(body) = rest.strip_prefix("```") {
            let end = next + 3 + body.find("```").map_or(body.len(), |end| end + 3);
            found.push(next..end);
            end
        } else if let Some(body) = rest.strip_prefix('"') {
            next + 1 + quoted_len(body)
        } else {
            // An escaped character does not open anything.
            let skip = if rest.starts_with('\\') { 2 } else { 1 };
            next + rest.chars().take(skip).map(char::len_utf8).sum::<usize>()
        };
    }
    found
}

/// Bytes up to and with the closing quote.
fn quoted_len(body: &str) -> usize {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    body.len()
}

#[cfg(test)]
mod tests {
    use super::format;

    fn check(text: &str, expected: &str) {
        let formatted = format(text).unwrap();
        assert_eq!(formatted, expected);
        assert_eq!(format(&formatted).unwrap(), expected, "formatting again changes it");
    }

    #[test]
    fn a_command_a_line() {
        check("index=main|STATS   count by host |sort - count", "index=main\n| stats count by host\n| sort - count\n");
    }

    #[test]
    fn long_subsearches_are_indented_and_short_ones_stay() {
        check(
            "index=main [search index=hosts | fields host] | join host [search index=inventory sourcetype=assets owner=* | table host owner]",
            "index=main [search index=hosts | fields host]\n| join host\n    [search index=inventory sourcetype=assets owner=*\n    | table host owner]\n",
        );
    }

    #[test]
    fn comments_stay_with_their_command() {
        check(
            "```who```\nindex=main ```all``` error\n```then count```\n| stats count \"```no```\" ```them```",
            "```who```\nindex=main error ```all```\n```then count```\n| stats count \"```no```\" ```them```\n",
        );
    }
}
