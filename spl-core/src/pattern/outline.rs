//! Patterns such as `user=(?<user>\w+);` whose groups lie at known distances from the ends of the match: at most one part varies in length.
//! The match is found without keeping track of groups, which costs an engine more than the search.

use std::ops::Range;

use regex_syntax::hir::{Hir, HirKind};

/// Where every group begins and ends; the whole match is group 0.
#[derive(Clone, Debug)]
pub(super) struct Outline(Box<[(Edge, Edge)]>);

/// A place in the match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    /// So many bytes behind its start.
    Start(usize),
    /// So many bytes before its end.
    End(usize),
}

impl Outline {
    /// From a pattern of the linear engine; `None` when a group may take no part, take part twice, or lie at various places.
    pub(super) fn of(pattern: &str) -> Option<Outline> {
        let hir = regex_syntax::parse(pattern).ok()?;
        let mut parts = Parts::default();
        parts.add(&hir)?;
        let groups = parts.groups.iter().map(|&(from, to)| Some((parts.edge(from)?, parts.edge(to)?)));
        let edges = std::iter::once(Some((Edge::Start(0), Edge::End(0)))).chain(groups);
        edges.collect::<Option<_>>().map(Outline)
    }

    /// The byte ranges of the groups of a match.
    #[inline]
    pub(super) fn groups(&self, found: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
        let place = move |edge: Edge| match edge {
            Edge::Start(distance) => found.start + distance,
            Edge::End(distance) => found.end - distance,
        };
        self.0.iter().map(move |&(from, to)| place(from)..place(to))
    }
}

/// A pattern as parts that follow one another.
#[derive(Default)]
struct Parts {
    /// How long each is in bytes, where that does not vary.
    lengths: Vec<Option<usize>>,
    /// The groups in the order in which they begin, which is that of their numbers: the parts that each lies between.
    groups: Vec<(usize, usize)>,
}

impl Parts {
    fn add(&mut self, hir: &Hir) -> Option<()> {
        match hir.kind() {
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.add(part)),
            HirKind::Capture(capture) => {
                let group = self.groups.len();
                self.groups.push((self.lengths.len(), 0));
                self.add(&capture.sub)?;
                self.groups[group].1 = self.lengths.len();
                Some(())
            }
            _ => {
                let about = hir.properties();
                self.lengths.push(about.minimum_len().filter(|_| about.minimum_len() == about.maximum_len()));
                (about.explicit_captures_len() == 0).then_some(())
            }
        }
    }

    /// Where part number `part` begins.
    fn edge(&self, part: usize) -> Option<Edge> {
        let sum = |parts: &[Option<usize>]| parts.iter().copied().sum::<Option<usize>>();
        sum(&self.lengths[..part]).map(Edge::Start).or_else(|| sum(&self.lengths[part..]).map(Edge::End))
    }
}

#[cfg(test)]
mod tests {
    use super::Outline;

    /// Where the outline puts the groups of the first match, if there is one for the pattern, the engine finds them.
    fn agrees(pattern: &str, texts: &[&str]) -> bool {
        let regex = regex::Regex::new(pattern).unwrap();
        let Some(outline) = Outline::of(pattern) else { return false };
        for text in texts {
            let Some(found) = regex.captures(text) else { continue };
            let groups: Vec<_> = found.iter().map(|group| group.unwrap().range()).collect();
            let range = found.get(0).unwrap().range();
            assert_eq!(outline.groups(range).collect::<Vec<_>>(), groups, "{pattern} in {text:?}");
        }
        true
    }

    #[test]
    fn groups_are_where_the_engine_finds_them() {
        let texts = ["", "user=bob;", "a.ps1 é.ps1", "ab12cd", "x=1 y=2", "\n", "éé=ü"];
        let known = [r"(?<a>[^ ]+\.ps1)", r"user=(\w+);", r"(?:a|b)(b)(\d*)(c)d", r"^(.*)$", r"()", r"(.)(=)"];
        known.into_iter().for_each(|pattern| assert!(agrees(pattern, &texts), "{pattern}"));
        let unknown = [r"(x)|(y)", r"(x)?y", r"(\w+)=(\w+)", r"(?:(\w))+", r"((\w)=)(é|.+)"];
        unknown.into_iter().for_each(|pattern| assert!(!agrees(pattern, &texts), "{pattern}"));
    }

    /// Every way to put four of these parts behind one another, with a group around one, two, or one within the other.
    #[test]
    fn whatever_parts_follow_one_another() {
        let parts = ["é", "[^ ]+", r"\d*?", "(?:x|yz)", ".", r"\b", "b?"];
        let texts = ["aab aé", "xyz1 2aé", "aaaa", "é é yzé", "b12x a"];
        let mut outlined = 0;
        for at in 0..parts.len().pow(4) {
            let [a, b, c, d] = [0, 1, 2, 3].map(|place| parts[at / parts.len().pow(place) % parts.len()]);
            for pattern in [format!("{a}({b}{c}){d}"), format!("({a}){b}({c}){d}"), format!("{a}({b}({c}){d})")] {
                outlined += usize::from(agrees(&pattern, &texts));
            }
        }
        assert!(outlined > 500, "{outlined}");
    }
}
