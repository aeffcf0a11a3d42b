//! Patterns that begin with a run of some class, such as `[^\\/ ]+\.exe`: an engine would try a match at every character of the class.
//! Here what must follow the run is looked for first, as plain text; where it stands, the run's start is the first place a match can have.
//! Where plain text is all that follows, that is the match.

use std::ops::Range;

use aho_corasick::{AhoCorasick, Input, MatchKind};
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Class, Hir, HirKind};

/// Shortest text worth looking for.
const SHORTEST: usize = 2;

/// What a match begins with.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    run: Set,
    follows: Texts,
    /// A match is as long a run as can be with one of the texts behind it, and nothing else.
    whole: bool,
}

/// The characters of a class.
#[derive(Clone, Debug)]
struct Set {
    ascii: Box<[bool; 128]>,
    /// The others, as ranges in order.
    ranges: Box<[(char, char)]>,
}

/// Texts of which one is looked for.
#[derive(Clone, Debug)]
struct Texts {
    /// The first of them that fits is taken.
    texts: Box<[Box<[u8]>]>,
    finder: Finder,
}

/// How to find the first place where one of the texts is.
#[derive(Clone, Debug)]
enum Finder {
    /// By the byte that all begin with.
    First(u8),
    Any(AhoCorasick),
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
        let rest = Hir::concat(rest.to_vec());
        let mut extractor = Extractor::new();
        extractor.kind(ExtractKind::Prefix);
        let texts = extractor.extract(&rest);
        // What stands between characters is not among the texts.
        let whole = run.min == 1 && run.greedy && texts.is_exact() && rest.properties().look_set().is_empty();
        let texts = Texts::new(texts.literals()?.iter().map(|text| text.as_bytes().into()).collect())?;
        let mut set = Set { ascii: Box::new([false; 128]), ranges: [].into() };
        let all = class.ranges().iter().map(|range| (range.start(), range.end()));
        for (low, high) in all.clone() {
            (low..=high.min('\x7f')).for_each(|c| set.ascii[c as usize] = true);
        }
        set.ranges = all.filter(|&(_, high)| !high.is_ascii()).collect();
        Some(Lead { run: set, follows: texts, whole })
    }

    /// The first place at or behind `start` where a match can begin.
    pub(super) fn find_at(&self, text: &str, start: usize) -> Option<usize> {
        self.first(text, start).map(|(at, _)| at)
    }

    /// The match that begins first at or behind `start`, if that can be told from plain text.
    pub(super) fn whole_at(&self, text: &str, start: usize) -> Option<Option<Range<usize>>> {
        if !self.whole {
            return None;
        }
        let whole = |(at, hit): (usize, usize)| {
            let run = hit..=self.run.end(text, hit);
            let end = run.rev().find_map(|place| self.follows.end_at(text.as_bytes(), place));
            end.map(|end| at..end)
        };
        Some(self.first(text, start).and_then(whole))
    }

    /// Where the first match at or behind `start` can begin, and where a text follows its run.
    fn first(&self, text: &str, start: usize) -> Option<(usize, usize)> {
        let mut from = start;
        loop {
            let hit = self.follows.find_at(text.as_bytes(), from)?;
            let at = self.run.start(text, start, hit);
            if at < hit {
                return Some((at, hit));
            }
            from = hit + 1;
        }
    }
}

impl Texts {
    /// `None` when they are not worth it.
    fn new(texts: Box<[Box<[u8]>]>) -> Option<Texts> {
        if texts.is_empty() || texts.iter().any(|text| text.len() < SHORTEST) {
            return None;
        }
        let first = *texts.first()?.first()?;
        let finder = match texts.iter().all(|text| text[0] == first) {
            true => Finder::First(first),
            false => {
                // The one that begins first, not the one that ends first.
                Finder::Any(AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(texts.iter()).ok()?)
            }
        };
        Some(Texts { texts, finder })
    }

    /// Where the first of them stands at or behind `from`.
    fn find_at(&self, bytes: &[u8], from: usize) -> Option<usize> {
        match &self.finder {
            Finder::First(first) => memchr::memchr_iter(*first, bytes.get(from..)?)
                .map(|at| from + at)
                .find(|&at| self.end_at(bytes, at).is_some()),
            Finder::Any(any) => Some(any.find(Input::new(bytes).range(from..))?.start()),
        }
    }

    /// Where the one ends that stands at `at`, if one does.
    fn end_at(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let rest = bytes.get(at..)?;
        // Two bytes tell most others apart.
        let begins = |text: &[u8]| rest.len() >= text.len() && rest[..SHORTEST] == text[..SHORTEST];
        self.texts.iter().find(|text| begins(text) && rest.starts_with(text)).map(|text| at + text.len())
    }
}

impl Set {
    /// Where the run of its characters begins that ends at `end`, not before `from`.
    fn start(&self, text: &str, from: usize, end: usize) -> usize {
        let mut start = end;
        while start > from {
            let byte = text.as_bytes()[start - 1];
            start -= match self.ascii.get(byte as usize) {
                Some(true) => 1,
                Some(false) => break,
                None => match text[from..start].chars().next_back().filter(|&c| self.has(c)) {
                    Some(c) => c.len_utf8(),
                    None => break,
                },
            };
        }
        start
    }

    /// Where the run of its characters ends that begins at `start`.
    fn end(&self, text: &str, start: usize) -> usize {
        let mut end = start;
        while let Some(&byte) = text.as_bytes().get(end) {
            end += match self.ascii.get(byte as usize) {
                Some(true) => 1,
                Some(false) => break,
                None => match text[end..].chars().next().filter(|&c| self.has(c)) {
                    Some(c) => c.len_utf8(),
                    None => break,
                },
            };
        }
        end
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_find_what_the_engine_finds() {
        let patterns = [
            r#"[^\\/"' ]+\.(?:ps1|bat|vbs|js)"#,
            r"([^ ]+)(\.js|\.json)",
            r"(?i)[a-z.]+\.exe",
            r"[^ ]+?\.exe",
            r"[^ ]{2,}\.exe",
            r"[^ ]+\.exe\b",
            r"[^ ]+\.exe$",
            r"[^ ]+(?:ex|exe|ee)",
            r"[^x]+(?:ab|ba)",
            r"[^.]+\.ex",
            r"\S+é\.x",
            r"\w+\.exe\d+",
            r"[zy]+(?:abcd|bc)",
            r"[^a]+(?:éx|xé)",
        ];
        let parts = [
            "a", ".exe", ".js", "json", " ", "\\", ".ps1", "é", ".", "x", "ab", "ee", "7", "EXE", ".ex", "z", "bc", "d",
        ];
        let mut state = 9u64;
        let mut below = |end: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % end
        };
        let mut texts: Vec<String> =
            (0..4000).map(|_| (0..below(9)).map(|_| parts[below(parts.len())]).collect()).collect();
        // One text ends before another that begins earlier.
        texts.push("zabcd".to_owned());
        let mut told = 0;
        for pattern in patterns {
            let regex = regex::Regex::new(pattern).unwrap();
            let lead = Lead::of(pattern).unwrap_or_else(|| panic!("{pattern} has no lead"));
            for text in &texts {
                for (start, _) in text.char_indices() {
                    let found = regex.find_at(text, start).map(|found| found.range());
                    let from = lead.find_at(text, start);
                    assert_eq!(
                        from.and_then(|from| regex.find_at(text, from)).map(|f| f.range()),
                        found,
                        "{pattern} in {text}"
                    );
                    if let Some(whole) = lead.whole_at(text, start) {
                        assert_eq!(whole, found, "{pattern} in {text} from {start}");
                        told += usize::from(found.is_some());
                    }
                }
            }
        }
        assert!(told > 10_000);
    }
}
