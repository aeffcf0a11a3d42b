//! [`LineRules`]: where events begin and end.

use std::ops::Range;

use super::TimeRules;
use crate::pattern::Pattern;

/// Lines that an event has at most where nothing else is said.
const MAX_EVENTS: usize = 256;

/// How text is cut into lines, and lines are merged into events. Merged lines keep what stands between them.
#[derive(Clone, Debug, Default)]
pub struct LineRules {
    /// `LINE_BREAKER`: between two lines lies what its first group matches. They are events, unless it is said that lines are merged.
    pub breaker: Option<Pattern>,
    /// `TRUNCATE`: a line has at most so many bytes; 0 is any number.
    pub truncate: Option<usize>,
    /// `SHOULD_LINEMERGE`: with `false` each line is an event.
    pub merge: Option<bool>,
    /// `BREAK_ONLY_BEFORE_DATE`: an event begins with each line that has a date.
    pub before_date: Option<bool>,
    /// `BREAK_ONLY_BEFORE`: an event begins with each line that matches.
    pub before: Option<Pattern>,
    /// `MUST_BREAK_AFTER`: an event ends with each line that matches.
    pub after: Option<Pattern>,
    /// `MUST_NOT_BREAK_AFTER`: behind a line that matches, no event begins before one ends by `after`.
    pub not_after: Option<Pattern>,
    /// `MUST_NOT_BREAK_BEFORE`: no event begins with a line that matches.
    pub not_before: Option<Pattern>,
    /// `MAX_EVENTS`: an event has at most so many lines.
    pub most: Option<usize>,
}

impl LineRules {
    pub(super) fn or(self, other: &LineRules) -> LineRules {
        LineRules {
            breaker: self.breaker.or_else(|| other.breaker.clone()),
            truncate: self.truncate.or(other.truncate),
            merge: self.merge.or(other.merge),
            before_date: self.before_date.or(other.before_date),
            before: self.before.or_else(|| other.before.clone()),
            after: self.after.or_else(|| other.after.clone()),
            not_after: self.not_after.or_else(|| other.not_after.clone()),
            not_before: self.not_before.or_else(|| other.not_before.clone()),
            most: self.most.or(other.most),
        }
    }

    /// Whether lines are merged because it was said, by these rules.
    fn merges(&self) -> bool {
        let rules = [&self.before, &self.after, &self.not_after, &self.not_before];
        let said = self.before_date.is_some() || self.most.is_some() || rules.into_iter().any(Option::is_some);
        self.merge.unwrap_or(said)
    }

    /// Whether events are told by more than line breaks and dates that lines begin with.
    pub(super) fn are_explicit(&self) -> bool {
        self.breaker.is_some() || self.merges()
    }

    /// The events of a text.
    pub(super) fn events(&self, times: &TimeRules, text: &str) -> Vec<Range<usize>> {
        let lines = match &self.breaker {
            Some(breaker) => broken(breaker, text),
            None => lines(text),
        };
        if self.merges() { self.merged(times, text, lines) } else { lines }
    }

    fn merged(&self, times: &TimeRules, text: &str, lines: Vec<Range<usize>>) -> Vec<Range<usize>> {
        let most = self.most.unwrap_or(MAX_EVENTS).max(1);
        let dates = self.before_date.unwrap_or(true) && !times.are_now();
        let mut events: Vec<Range<usize>> = Vec::new();
        // Lines of the last event, whether it has ended, and whether none may begin.
        let (mut count, mut ended, mut held) = (0, true, false);
        for range in lines {
            let line = &text[range.clone()];
            let begins = || matches(&self.before, line) || dates && times.has_date(line);
            let breaks = ended || count >= most || !held && begins() && !matches(&self.not_before, line);
            match events.last_mut().filter(|_| !breaks) {
                Some(event) => event.end = range.end,
                None => {
                    events.push(range.clone());
                    count = 0;
                }
            }
            count += 1;
            ended = matches(&self.after, line);
            held = !ended && (held || matches(&self.not_after, line));
        }
        events
    }

    /// The text of an event with its lines cut to the longest allowed; `None` when none is too long.
    pub(in crate::formats) fn truncated(&self, event: &str) -> Option<String> {
        let most = self.truncate.filter(|&most| most > 0 && event.len() > most)?;
        let cut = |line: &str| (0..=line.len().min(most)).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
        if self.breaker.is_some() && !self.merges() {
            return Some(event[..cut(event)].to_owned());
        }
        let lines: Vec<&str> = event.split('\n').map(|line| &line[..cut(line)]).collect();
        Some(lines.join("\n"))
    }
}

fn matches(pattern: &Option<Pattern>, line: &str) -> bool {
    // A pattern that takes too many steps on a line does not match it, as in Splunk.
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(line).unwrap_or(false))
}

/// Lines that are not blank, without their line breaks.
fn lines(text: &str) -> Vec<Range<usize>> {
    let (mut lines, mut start) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let own = line.trim_end_matches(['\n', '\r']);
        if !own.trim().is_empty() {
            lines.push(start..start + own.len());
        }
        start += line.len();
    }
    lines
}

/// What stands between the matches of a line breaker, which are nothing, or what the first group that takes part matches; where there is no group,
/// all of the match.
fn broken(breaker: &Pattern, text: &str) -> Vec<Range<usize>> {
    let groups = breaker.group_names().len();
    let (mut lines, mut start) = (Vec::new(), 0);
    // Where the pattern takes too many steps, the rest is one line.
    let _ = breaker.for_each_captures(text, |found| {
        let between = match groups {
            0 | 1 => found.get(0),
            _ => {
                (1..groups).find_map(|group| found.get(group)).or_else(|| found.get(0).map(|all| all.start..all.start))
            }
        };
        if let Some(between) = between.filter(|between| between.start >= start) {
            lines.push(start..between.start);
            start = between.end;
        }
        true
    });
    lines.push(start..text.len());
    lines.retain(|line| !text[line.clone()].trim().is_empty());
    lines
}
