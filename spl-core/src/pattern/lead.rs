//! Patterns that begin with a run of some class, such as `[^\\/ ]+\.exe`: an engine would try a match at every character of the class.
//! Here what must follow the run is looked for first, as plain text; where it stands, the run's start is the first place a match can have.
//! Where plain text is all that follows, that is the match.

use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::{AhoCorasick, Input, MatchKind, Span, packed};
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::table::Entries;

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

/// Where a match can begin.
#[derive(Clone, Debug)]
pub(super) struct Begin {
    /// The first character of its run.
    pub(super) at: usize,
    /// Where one of the texts follows the run, and where it ends.
    hit: Range<usize>,
}

impl Begin {
    /// For patterns that begin otherwise: anywhere from there on.
    pub(super) fn unknown(start: usize) -> Self {
        Begin { at: start, hit: start..start }
    }
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
    /// The bytes that they begin with.
    begins: Box<[bool; 256]>,
    finder: Finder,
    /// For long stretches of bytes, where the machine has what it needs: finds what begins as one of them does.
    packed: Option<packed::Searcher>,
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

    /// Where the first match at or behind `start` can begin.
    pub(super) fn find_at(&self, text: &str, start: usize) -> Option<Begin> {
        let mut from = start;
        loop {
            let hit = self.follows.find_at(text.as_bytes(), from)?;
            let at = self.run.start(text, start, hit.start);
            if at < hit.start {
                return Some(Begin { at, hit });
            }
            from = hit.start + 1;
        }
    }

    /// The same for each of many texts, with their numbers, in one walk over the bytes of all; `None` when they have to be looked at one
    /// by one.
    pub(super) fn sweep<'a>(&'a self, entries: Entries<'a>) -> Option<impl Iterator<Item = (usize, Begin)> + 'a> {
        let packed = self.follows.packed.as_ref()?;
        let bytes = entries.text().as_bytes();
        let (mut from, mut entry) = (0, 0);
        Some(std::iter::from_fn(move || {
            loop {
                let found = packed.find_in(bytes, Span::from(from..bytes.len()))?.start();
                entry = entries.holding(found, entry);
                let range = entries.range(entry);
                let (text, hit) = (&entries.text()[range.clone()], found - range.start);
                from = found + 1;
                if let Some(end) = self.follows.end_at(text.as_bytes(), hit) {
                    let at = self.run.start(text, 0, hit);
                    if at < hit {
                        from = range.end;
                        return Some((entry, Begin { at, hit: hit..end }));
                    }
                }
            }
        }))
    }

    /// The match that begins there, if that can be told from plain text.
    #[inline]
    pub(super) fn whole(&self, text: &str, begin: &Begin) -> Option<Range<usize>> {
        if !self.whole {
            return None;
        }
        // The run goes on as long as it can, if one of the texts stands there.
        let Range { start: mut place, mut end } = begin.hit;
        loop {
            match self.run.step(text, place) {
                0 => return Some(begin.at..end),
                width => place += width,
            }
            end = self.follows.end_at(text.as_bytes(), place).unwrap_or(end);
        }
    }
}

impl Texts {
    /// `None` when they are not worth it.
    fn new(texts: Box<[Box<[u8]>]>) -> Option<Texts> {
        if texts.is_empty() || texts.iter().any(|text| text.len() < SHORTEST) {
            return None;
        }
        let mut begins = Box::new([false; 256]);
        texts.iter().for_each(|text| begins[usize::from(text[0])] = true);
        let first = *texts.first()?.first()?;
        let finder = match texts.iter().all(|text| text[0] == first) {
            true => Finder::First(first),
            false => {
                // The one that begins first, not the one that ends first.
                Finder::Any(AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(texts.iter()).ok()?)
            }
        };
        let beginnings: BTreeSet<&[u8]> = texts.iter().map(|text| &text[..SHORTEST]).collect();
        let packed = packed::Searcher::new(beginnings);
        Some(Texts { texts, begins, finder, packed })
    }

    /// Where the first of them stands at or behind `from`.
    fn find_at(&self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        match &self.finder {
            Finder::First(first) => memchr::memchr_iter(*first, bytes.get(from..)?)
                .find_map(|at| Some(from + at..self.end_at(bytes, from + at)?)),
            Finder::Any(any) => Some(any.find(Input::new(bytes).range(from..))?.range()),
        }
    }

    /// Where the one ends that stands at `at`, if one does.
    #[inline]
    fn end_at(&self, bytes: &[u8], at: usize) -> Option<usize> {
        if self.begins[usize::from(*bytes.get(at)?)] { self.end_of_one(bytes, at) } else { None }
    }

    fn end_of_one(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let rest = bytes.get(at..)?;
        // Two bytes tell most others apart.
        let fits =
            |text: &[u8]| rest.len() >= text.len() && rest[..SHORTEST] == text[..SHORTEST] && rest.starts_with(text);
        self.texts.iter().find(|text| fits(text)).map(|text| at + text.len())
    }
}

impl Set {
    /// Where the run of its characters begins that ends at `end`, not before `from`.
    #[inline]
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

    /// How long the character at `place` is, 0 if it is none of the class or the text ends there.
    #[inline]
    fn step(&self, text: &str, place: usize) -> usize {
        let Some(&byte) = text.as_bytes().get(place) else { return 0 };
        match self.ascii.get(byte as usize) {
            Some(&is) => usize::from(is),
            None => text[place..].chars().next().filter(|&c| self.has(c)).map_or(0, char::len_utf8),
        }
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
    use crate::table::DictionaryBuilder;

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
        let mut builder = DictionaryBuilder::default();
        texts.iter().for_each(|text| _ = builder.intern(text));
        let dictionary = builder.finish();
        let (mut told, mut swept_patterns) = (0, 0);
        for pattern in patterns {
            let regex = regex::Regex::new(pattern).unwrap();
            let lead = Lead::of(pattern).unwrap_or_else(|| panic!("{pattern} has no lead"));
            let swept: Option<Vec<_>> = lead.sweep(dictionary.entries(1..dictionary.len() + 1)).map(Iterator::collect);
            swept_patterns += usize::from(swept.is_some());
            for (entry, text) in dictionary.iter().enumerate() {
                if let Some(swept) = &swept {
                    let begin = swept.iter().find(|(at, _)| *at == entry).map(|(_, begin)| begin.at);
                    assert_eq!(begin, lead.find_at(text, 0).map(|begin| begin.at), "{pattern} in {text}");
                }
                for (start, _) in text.char_indices() {
                    let found = regex.find_at(text, start).map(|found| found.range());
                    let begin = lead.find_at(text, start);
                    assert_eq!(
                        begin.as_ref().and_then(|begin| regex.find_at(text, begin.at)).map(|f| f.range()),
                        found,
                        "{pattern} in {text}"
                    );
                    if let Some(whole) = begin.and_then(|begin| lead.whole(text, &begin)) {
                        assert_eq!(Some(whole), found, "{pattern} in {text} from {start}");
                        told += 1;
                    }
                }
            }
        }
        assert!(swept_patterns > 8, "{swept_patterns}");
        assert!(told > 10_000);
    }
}
