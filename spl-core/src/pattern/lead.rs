//! Patterns that begin with a run of some class, such as `[^\\/ ]+\.exe`: an engine would try a match at every character of the class.
//! Here what must follow the run is looked for first, as plain text; where it stands, the run's start is the first place a match can have.

use aho_corasick::{AhoCorasick, Input};
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Class, Hir, HirKind};

/// Shortest text worth looking for.
const SHORTEST: usize = 2;

/// What a match begins with.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    run: Set,
    follows: AhoCorasick,
}

/// The characters of a class.
#[derive(Clone, Debug)]
struct Set {
    ascii: Box<[bool; 128]>,
    /// The others, as ranges in order.
    ranges: Box<[(char, char)]>,
}

impl Lead {
    /// From a pattern of the linear engine; `None` when it begins otherwise.
    pub(super) fn of(pattern: &str) -> Option<Lead> {
        let hir = regex_syntax::parse(pattern).ok()?;
        let HirKind::Concat(parts) = uncaptured(&hir).kind() else { return None };
        let (first, rest) = parts.split_first()?;
        let HirKind::Repetition(run) = uncaptured(first).kind() else { return None };
        if run.min == 0 || run.max.is_some() {
            return None;
        }
        let HirKind::Class(Class::Unicode(class)) = uncaptured(&run.sub).kind() else { return None };
        let mut extractor = Extractor::new();
        extractor.kind(ExtractKind::Prefix);
        let texts = extractor.extract(&Hir::concat(rest.to_vec()));
        let texts = texts.literals()?;
        if texts.is_empty() || texts.iter().any(|text| text.len() < SHORTEST) {
            return None;
        }
        let mut set = Set { ascii: Box::new([false; 128]), ranges: [].into() };
        let all = class.ranges().iter().map(|range| (range.start(), range.end()));
        for (low, high) in all.clone() {
            (low..=high.min('\x7f')).for_each(|c| set.ascii[c as usize] = true);
        }
        set.ranges = all.filter(|&(_, high)| !high.is_ascii()).collect();
        let follows = AhoCorasick::new(texts.iter().map(|text| text.as_bytes())).ok()?;
        Some(Lead { run: set, follows })
    }

    /// The first place at or behind `start` where a match can begin.
    pub(super) fn find_at(&self, text: &str, start: usize) -> Option<usize> {
        let mut from = start;
        loop {
            let hit = self.follows.find(Input::new(text).range(from..))?.start();
            let run = text.get(start..hit)?.char_indices().rev().take_while(|&(_, c)| self.run.has(c)).last();
            if let Some((at, _)) = run {
                return Some(start + at);
            }
            from = hit + 1;
        }
    }
}

impl Set {
    fn has(&self, c: char) -> bool {
        match self.ascii.get(c as usize) {
            Some(&is) => is,
            None => self
                .ranges
                .binary_search_by(|&(low, high)| {
                    if high < c {
                        std::cmp::Ordering::Less
                    } else if low > c {
                        std::cmp::Ordering::Greater
                    } else {
                        std::cmp::Ordering::Equal
                    }
                })
                .is_ok(),
        }
    }
}

/// What a group is of.
fn uncaptured(hir: &Hir) -> &Hir {
    match hir.kind() {
        HirKind::Capture(capture) => uncaptured(&capture.sub),
        _ => hir,
    }
}
