//! Texts of a dictionary that follow one another: [`Entries`], for scans over all their bytes at once.

use std::ops::Range;

/// Entries that are looked at together, ...
const NEAR: usize = 16;
/// ... and how often, before those behind them are searched.
const STEPS: usize = 4;

/// A stretch of a dictionary. Its texts lie end to end and are numbered from 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entries<'a> {
    text: &'a str,
    /// One past the last byte of each, counted from where the whole dictionary begins.
    ends: &'a [u32],
    /// The bytes of the dictionary before them.
    before: usize,
}

impl<'a> Entries<'a> {
    /// Some of the texts that make up `text`, by their numbers; `ends` are those of all.
    pub(super) fn new(text: &'a str, ends: &'a [u32], range: Range<usize>) -> Self {
        let before = range.start.checked_sub(1).map_or(0, |last| ends[last] as usize);
        let ends = &ends[range];
        let end = ends.last().map_or(before, |&end| end as usize);
        Entries { text: &text[before..end], ends, before }
    }

    /// How many there are.
    pub(crate) fn len(self) -> usize {
        self.ends.len()
    }

    /// Their texts without anything between them.
    pub(crate) fn text(self) -> &'a str {
        self.text
    }

    /// Where in [`text`](Self::text) an entry is.
    pub(crate) fn range(self, entry: usize) -> Range<usize> {
        let start = entry.checked_sub(1).map_or(0, |last| self.end(last));
        start..self.end(entry)
    }

    /// One past the last byte of an entry in [`text`](Self::text).
    pub(crate) fn end(self, entry: usize) -> usize {
        self.ends[entry] as usize - self.before
    }

    /// The entry that a byte of [`text`](Self::text) belongs to, if it is `from` or behind it.
    pub(crate) fn holding(self, byte: usize, from: usize) -> usize {
        let place = (byte + self.before) as u32;
        let (near, far) = self.ends[from..].split_at((NEAR * STEPS).min(self.ends.len() - from));
        let mut at = from;
        for near in near.chunks(NEAR) {
            let before = near.iter().map(|&end| u32::from(end <= place)).sum::<u32>() as usize;
            at += before;
            if before < near.len() {
                return at;
            }
        }
        at + far.partition_point(|&end| end <= place)
    }

    /// The texts in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.len()).map(move |entry| &self.text[self.range(entry)])
    }
}
