//! Many texts that are all there go into one dictionary on all cores: [`Interned`]. They are sorted by their hash into parts ([`Uncoded`]), which do
//! not know of one another.

use std::ops::Range;

use super::intern::tag;
use super::{Dictionary, DictionaryBuilder};
use crate::cores::each;

/// So many texts are worth more than one core.
const MANY: usize = 1 << 14;
/// Parts that texts are sorted into; the codes of one part follow those of the part before. It is the same number on every machine, so that codes
/// are.
const PARTS: usize = 4;

/// Texts of rows that have no codes yet, part by part.
pub(crate) trait Uncoded: Sync {
    /// The rows that have the texts of a part, ascending, among these rows.
    fn rows(&self, part: usize, rows: &Range<u32>) -> impl Iterator<Item = u32>;

    /// Their tags and texts.
    fn texts(&self, part: usize, rows: &Range<u32>) -> impl ExactSizeIterator<Item = (u32, &str)>;
}

/// Texts that lie elsewhere.
pub(super) struct Borrowed<'a> {
    texts: &'a [Option<&'a str>],
    /// For each part, rows and tags.
    parts: [Vec<(u32, u32)>; PARTS],
}

impl<'a> Borrowed<'a> {
    /// Of rows that have a text or none.
    pub(super) fn new(texts: &'a [Option<&'a str>]) -> Self {
        let mut parts: [Vec<(u32, u32)>; PARTS] = Default::default();
        parts.iter_mut().for_each(|rows| rows.reserve(texts.len() / PARTS * 5 / 4));
        for (row, text) in (0..).zip(texts) {
            if let Some(text) = text {
                let tag = tag(text.as_bytes());
                parts[tag as usize % PARTS].push((row, tag));
            }
        }
        Borrowed { texts, parts }
    }

    fn among(&self, part: usize, rows: &Range<u32>) -> &[(u32, u32)] {
        let part = &self.parts[part];
        let place = |row: u32| part.partition_point(|&(own, _)| own < row);
        &part[place(rows.start)..place(rows.end)]
    }
}

impl Uncoded for Borrowed<'_> {
    fn rows(&self, part: usize, rows: &Range<u32>) -> impl Iterator<Item = u32> {
        self.among(part, rows).iter().map(|&(row, _)| row)
    }

    fn texts(&self, part: usize, rows: &Range<u32>) -> impl ExactSizeIterator<Item = (u32, &str)> {
        self.among(part, rows).iter().map(|&(row, tag)| (tag, self.texts[row as usize].unwrap_or_default()))
    }
}

/// Texts that come one by one, row by row.
#[derive(Default)]
pub(crate) struct TextList {
    parts: [Listed; PARTS],
    /// The part of the last one.
    last: usize,
}

/// The texts of one part, end to end.
#[derive(Default)]
struct Listed {
    text: String,
    rows: Vec<Row>,
}

/// A row, the tag of its text, and where that ends.
struct Row {
    row: u32,
    tag: u32,
    end: usize,
}

impl TextList {
    /// Adds the text of a row behind all others.
    pub(crate) fn push(&mut self, row: u32, text: &str) {
        let tag = tag(text.as_bytes());
        self.last = tag as usize % PARTS;
        let part = &mut self.parts[self.last];
        part.text.push_str(text);
        part.rows.push(Row { row, tag, end: part.text.len() });
    }

    /// The text that was added last.
    pub(crate) fn last(&self) -> &str {
        let part = &self.parts[self.last];
        &part.text[part.start(part.rows.len().saturating_sub(1))..]
    }

    /// Takes the text away that was added last; once.
    pub(crate) fn pop(&mut self) {
        let part = &mut self.parts[self.last];
        part.rows.pop();
        part.text.truncate(part.start(part.rows.len()));
    }
}

impl Listed {
    /// Where the text begins that has so many before it.
    fn start(&self, before: usize) -> usize {
        before.checked_sub(1).map_or(0, |last| self.rows[last].end)
    }

    fn among(&self, rows: &Range<u32>) -> Range<usize> {
        let place = |row: u32| self.rows.partition_point(|own| own.row < row);
        place(rows.start)..place(rows.end)
    }
}

impl Uncoded for TextList {
    fn rows(&self, part: usize, rows: &Range<u32>) -> impl Iterator<Item = u32> {
        let part = &self.parts[part];
        part.rows[part.among(rows)].iter().map(|row| row.row)
    }

    fn texts(&self, part: usize, rows: &Range<u32>) -> impl ExactSizeIterator<Item = (u32, &str)> {
        let part = &self.parts[part];
        let among = part.among(rows);
        let mut start = part.start(among.start);
        part.rows[among].iter().map(move |row| (row.tag, &part.text[std::mem::replace(&mut start, row.end)..row.end]))
    }
}

/// Stretches of rows whose texts have codes in one dictionary.
pub(crate) struct Interned<'a, T> {
    stretches: &'a [(&'a T, Range<u32>)],
    parts: Vec<Part>,
}

/// The texts of one part.
struct Part {
    text: String,
    ends: Vec<u32>,
    /// The code of each row's text, and where those of each stretch begin.
    codes: Vec<u32>,
    starts: Vec<usize>,
    /// Texts and bytes of the parts before.
    before: (u32, usize),
}

impl<'a, T: Uncoded> Interned<'a, T> {
    /// Of these rows of these lists.
    pub(crate) fn new(stretches: &'a [(&'a T, Range<u32>)]) -> Self {
        let rows: usize = stretches.iter().map(|(_, rows)| rows.len()).sum();
        let part = |part| Part::new(part, stretches);
        let mut parts: Vec<Part> =
            if rows < MANY { (0..PARTS).map(part).collect() } else { each((0..PARTS).collect(), part) };
        parts.iter_mut().fold((0, 0), |before, part| part.follow(before));
        Interned { stretches, parts }
    }

    /// All texts, as far as they fit.
    pub(crate) fn dictionary(&self) -> Dictionary {
        let mut text = String::with_capacity(self.parts.iter().map(|part| part.text.len()).sum());
        let mut ends = Vec::with_capacity(self.parts.iter().map(|part| part.ends.len()).sum());
        for part in &self.parts {
            text.push_str(&part.text);
            ends.extend(part.ends.iter().map(|end| part.before.1 as u32 + end));
        }
        Dictionary::from_parts(text, ends)
    }

    /// Puts the codes of a stretch where its rows with a text are; 0 for texts beyond 4 GiB of different ones.
    pub(crate) fn fill(&self, stretch: usize, codes: &mut [u32]) {
        let (list, rows) = &self.stretches[stretch];
        for (number, part) in self.parts.iter().enumerate() {
            for (row, &code) in list.rows(number, rows).zip(&part.codes[part.starts[stretch]..]) {
                codes[(row - rows.start) as usize] =
                    if (1..=part.ends.len()).contains(&(code as usize)) { part.before.0 + code } else { 0 };
            }
        }
    }
}

impl Part {
    fn new<T: Uncoded>(part: usize, stretches: &[(&T, Range<u32>)]) -> Part {
        let mut builder = DictionaryBuilder::default();
        let (mut codes, mut starts) = (Vec::new(), Vec::with_capacity(stretches.len()));
        for (list, rows) in stretches {
            starts.push(codes.len());
            codes.extend(list.texts(part, rows).map(|(tag, text)| builder.intern_text(text, tag)));
        }
        let (text, ends) = builder.into_parts();
        Part { text, ends, codes, starts, before: (0, 0) }
    }

    /// Sets what is before it, and drops the texts that do not fit behind that; what is before the next.
    fn follow(&mut self, before: (u32, usize)) -> (u32, usize) {
        let fit = self.ends.partition_point(|&end| before.1 + end as usize <= u32::MAX as usize);
        self.ends.truncate(fit);
        self.text.truncate(self.ends.last().map_or(0, |&end| end as usize));
        self.before = before;
        (before.0 + fit as u32, before.1 + self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Vec<Option<String>> {
        (0..50_000_u64).map(|i| (i % 5 != 0).then(|| format!("text {}", i * i % 7_919))).collect()
    }

    /// That each row has the code of its text, and each text one code.
    fn check<T: Uncoded>(interned: &Interned<'_, T>, rows: &[Option<String>]) {
        let dictionary = interned.dictionary();
        let mut left = rows;
        for (stretch, (_, rows)) in interned.stretches.iter().enumerate() {
            let mut codes = vec![0; rows.len()];
            interned.fill(stretch, &mut codes);
            let (own, rest) = left.split_at(rows.len());
            own.iter().zip(&codes).for_each(|(text, &code)| assert_eq!(dictionary.get(code), text.as_deref()));
            left = rest;
        }
        let mut distinct: Vec<&str> = dictionary.iter().collect();
        let all = distinct.len();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), all);
    }

    #[test]
    fn every_text_has_a_code_of_its_own() {
        let rows = texts();
        let lists: Vec<Vec<Option<&str>>> =
            rows.chunks(7_000).map(|rows| rows.iter().map(Option::as_deref).collect()).collect();
        let lists: Vec<Borrowed<'_>> = lists.iter().map(|list| Borrowed::new(list)).collect();
        let stretches: Vec<_> = lists.iter().map(|list| (list, 0..list.texts.len() as u32)).collect();
        check(&Interned::new(&stretches), &rows);
    }

    #[test]
    fn lists_take_turns() {
        let rows = texts();
        let mut lists = [TextList::default(), TextList::default()];
        let mut stretches = Vec::new();
        let mut next = [0, 0];
        for (turn, rows) in rows.chunks(900).enumerate() {
            let which = turn % 3 % 2;
            let start = next[which];
            for text in rows {
                if let Some(text) = text {
                    lists[which].push(next[which], "something else");
                    assert_eq!(lists[which].last(), "something else");
                    lists[which].pop();
                    lists[which].push(next[which], text);
                    assert_eq!(lists[which].last(), text);
                }
                next[which] += 1;
            }
            stretches.push((which, start..next[which]));
        }
        let stretches: Vec<_> = stretches.into_iter().map(|(which, rows)| (&lists[which], rows)).collect();
        check(&Interned::new(&stretches), &rows);
    }

    #[test]
    fn texts_that_do_not_fit_have_no_code() {
        let part = |text: &str| Part {
            text: text.to_owned(),
            ends: vec![2, 4],
            codes: vec![1, 2],
            starts: vec![0],
            before: (0, 0),
        };
        let mut parts = [part("aabb"), part("ccdd")];
        let before = parts[0].follow((7, u32::MAX as usize - 5));
        assert_eq!(before, (9, u32::MAX as usize - 1));
        assert_eq!(parts[1].follow(before), before);
        assert!(parts[1].ends.is_empty() && parts[1].text.is_empty());
    }
}
