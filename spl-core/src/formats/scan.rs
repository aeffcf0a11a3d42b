//! Finds the events worth decoding: [`Candidates`] says which literals a matching event must contain, [`Scanner`] looks for the one
//! that is rarest in the data at hand, faster than any format could decode. It may let an event pass that does not match, but never
//! leaves one out that does.

use aho_corasick::{AhoCorasick, packed};
use memchr::memmem;

/// Literals, as a conjunction of alternatives: every event that matters contains, without regard to ASCII case, at least one literal
/// of each group. The literals are texts of field values or of `_raw`, as the search means them; formats know how they write them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    groups: Vec<Vec<String>>,
}

impl Candidates {
    /// Adds a group. One that is empty, or that holds an empty literal, says nothing.
    pub fn require(&mut self, literals: impl IntoIterator<Item = impl Into<String>>) {
        let group: Vec<String> = literals.into_iter().map(Into::into).collect();
        if !group.is_empty() && group.iter().all(|literal| !literal.is_empty()) {
            self.groups.push(group);
        }
    }

    /// Whether every event is a candidate.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

/// Bytes of the data that are looked at to see what is rare.
const SAMPLE: usize = 1 << 16;
/// Bytes of a literal that are looked for at first.
const WINDOW: usize = 3;
const MAX_PATTERNS: usize = 48;

/// Looks for candidates in one input.
pub(super) struct Scanner {
    finder: Finder,
    /// What each pattern is part of: the literal, and the pattern's place in it.
    patterns: Vec<(Vec<u8>, usize)>,
    /// The groups that are checked once an event is found.
    others: Vec<Vec<Vec<u8>>>,
}

enum Finder {
    One(memmem::Finder<'static>),
    Packed(packed::Searcher),
    Any(AhoCorasick),
}

impl Scanner {
    /// A scanner for literals that `written` puts as the format writes them (an empty text when it may write them in several ways);
    /// `None` when there is nothing to look for, and all events are to be decoded.
    pub(super) fn new(candidates: &Candidates, data: &[u8], written: fn(&str) -> Vec<u8>) -> Option<Scanner> {
        let write = |group: &Vec<String>| group.iter().map(|literal| longest_ascii(&written(literal))).collect();
        let mut groups: Vec<Vec<Vec<u8>>> = candidates.groups.iter().map(write).collect();
        groups.retain(|group| group.iter().all(|literal| literal.len() >= 2));
        let sample = Sample::of(data);
        let costs = groups.iter().map(|group| sample.cost(group));
        let (best, _) = costs.enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let group = groups.swap_remove(best);
        let mut texts: Vec<Vec<u8>> = Vec::new();
        let mut patterns = Vec::new();
        for literal in group {
            let at = sample.rarest(&literal);
            let variants = variants(&literal[at..literal.len().min(at + WINDOW)]);
            patterns.extend(std::iter::repeat_n((literal, at), variants.len()));
            texts.extend(variants);
        }
        Some(Scanner { finder: Finder::new(&texts), patterns, others: groups })
    }

    /// The first place at or after `from` and before the end of `data` where a literal of the group looked for begins.
    pub(super) fn next(&self, data: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            let (pattern, found) = self.finder.find(data, at)?;
            let (literal, offset) = &self.patterns[pattern];
            if let Some(start) = found.checked_sub(*offset)
                && start >= from
                && data.get(start..start + literal.len()).is_some_and(|there| there.eq_ignore_ascii_case(literal))
            {
                return Some(start);
            }
            at = found + 1;
        }
    }

    /// Whether the event contains a literal of each of the other groups.
    pub(super) fn accepts(&self, event: &[u8]) -> bool {
        self.others.iter().all(|group| group.iter().any(|literal| contains(event, literal)))
    }
}

impl Finder {
    fn new(patterns: &[Vec<u8>]) -> Finder {
        if let [only] = patterns {
            return Finder::One(memmem::Finder::new(only).into_owned());
        }
        let mut config = packed::Config::new();
        config.match_kind(packed::MatchKind::LeftmostFirst);
        let searcher = (patterns.len() <= MAX_PATTERNS).then(|| config.builder().extend(patterns).build()).flatten();
        match (searcher, AhoCorasick::new(patterns)) {
            (Some(searcher), _) => Finder::Packed(searcher),
            (None, Ok(automaton)) => Finder::Any(automaton),
            // Too many patterns for an automaton: everything is a candidate.
            (None, Err(_)) => Finder::One(memmem::Finder::new(b"").into_owned()),
        }
    }

    /// The pattern found first at or after `from`, and where.
    fn find(&self, data: &[u8], from: usize) -> Option<(usize, usize)> {
        match self {
            Finder::One(finder) => finder.find(data.get(from..)?).map(|at| (0, from + at)),
            Finder::Packed(searcher) => {
                let found =
                    searcher.find_in(data, aho_corasick::Span { start: from.min(data.len()), end: data.len() })?;
                Some((found.pattern().as_usize(), found.start()))
            }
            Finder::Any(automaton) => {
                let found = automaton.find(aho_corasick::Input::new(data).span(from.min(data.len())..data.len()))?;
                Some((found.pattern().as_usize(), found.start()))
            }
        }
    }
}

/// Whether the text contains the literal, which is in lower case or caseless ASCII, without regard to ASCII case.
fn contains(text: &[u8], literal: &[u8]) -> bool {
    let (&first, rest) = match literal.split_first() {
        Some(split) => split,
        None => return true,
    };
    let mut starts = memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text);
    starts.any(|at| text.get(at + 1..at + literal.len()).is_some_and(|there| there.eq_ignore_ascii_case(rest)))
}

/// The longest part of a literal that is ASCII: of other characters upper and lower case are different bytes.
fn longest_ascii(literal: &[u8]) -> Vec<u8> {
    let parts = literal.split(|b| !b.is_ascii());
    parts.max_by_key(|part| part.len()).unwrap_or_default().to_ascii_lowercase()
}

/// All ways to write a text in upper and lower case.
fn variants(text: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    for &byte in text {
        let mut cases = vec![byte.to_ascii_lowercase(), byte.to_ascii_uppercase()];
        cases.dedup();
        all = all.iter().flat_map(|text| cases.iter().map(move |&case| [&text[..], &[case]].concat())).collect();
    }
    all
}

/// How often any three bytes (in lower case) occur in stretches of the data.
struct Sample {
    counts: Vec<u16>,
}

impl Sample {
    fn of(data: &[u8]) -> Sample {
        let mut counts = vec![0u16; 1 << 16];
        let stretch = SAMPLE / 16;
        let step = (data.len() / 16).max(stretch);
        for start in (0..data.len()).step_by(step) {
            for window in data[start..data.len().min(start + stretch)].windows(WINDOW) {
                let count = &mut counts[Sample::key(window)];
                *count = count.saturating_add(1);
            }
        }
        Sample { counts }
    }

    fn key(window: &[u8]) -> usize {
        let number = window.iter().fold(0u32, |n, b| n << 8 | u32::from(b.to_ascii_lowercase()));
        (number.wrapping_mul(0x9e37_79b1) >> 16) as usize
    }

    /// What it costs to look for a window: hits first of all, then ways to write it.
    fn window_cost(&self, window: &[u8]) -> f64 {
        let letters = window.iter().filter(|b| b.is_ascii_alphabetic()).count() as i32;
        let hits = if window.len() == WINDOW { f64::from(self.counts[Sample::key(window)]) } else { 1000.0 };
        hits + if letters == 0 { 0.0 } else { 8.0 + f64::from(1 << letters) }
    }

    /// Where the window of a literal begins that costs least.
    fn rarest(&self, literal: &[u8]) -> usize {
        let windows = literal.windows(WINDOW.min(literal.len())).enumerate();
        let costs = windows.map(|(at, window)| (at, self.window_cost(window)));
        costs.min_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(0, |(at, _)| at)
    }

    fn cost(&self, group: &[Vec<u8>]) -> f64 {
        let window = |literal: &Vec<u8>| {
            let at = self.rarest(literal);
            self.window_cost(&literal[at..literal.len().min(at + WINDOW)])
        };
        group.iter().map(window).sum()
    }
}
