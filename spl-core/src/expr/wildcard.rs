//! `*` patterns over texts, and over whole dictionaries in one scan.

use memchr::memmem::Finder;
use rayon::prelude::*;

use crate::table::{Dictionary, Entries};

/// Entries of a dictionary that are scanned as one stretch.
const ENTRIES: usize = 2_048;

/// A compiled pattern in which `*` stands for any text, also none. Matches whole values.
#[derive(Clone, Debug)]
pub struct Wildcard {
    /// The literal parts between the stars.
    pieces: Vec<Finder<'static>>,
    pattern: String,
    anchored_start: bool,
    anchored_end: bool,
    ignore_case: bool,
}

/// Whether `text` matches `pattern`, case counting. For names of fields, sources and files.
pub fn wildcard_match(pattern: &str, text: &str) -> bool {
    if pattern.contains('*') { Wildcard::new(pattern, false).matches_folded(text) } else { pattern == text }
}

impl Wildcard {
    /// Compiles `pattern`.
    pub fn new(pattern: &str, ignore_case: bool) -> Self {
        let pattern = if ignore_case { pattern.to_lowercase() } else { pattern.to_owned() };
        let pieces = pattern.split('*').filter(|p| !p.is_empty()).map(|p| Finder::new(p).into_owned()).collect();
        Wildcard {
            pieces,
            anchored_start: !pattern.starts_with('*'),
            anchored_end: !pattern.ends_with('*'),
            ignore_case,
            pattern,
        }
    }

    /// The pattern, in lower case when case does not count.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Whether it has no star.
    pub fn is_literal(&self) -> bool {
        self.anchored_start && self.anchored_end && self.pieces.len() <= 1
    }

    /// Whether `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        if !self.ignore_case {
            return self.matches_folded(text);
        }
        if text.is_ascii() && text.len() <= 256 {
            let mut folded = [0u8; 256];
            let folded = &mut folded[..text.len()];
            folded.copy_from_slice(text.as_bytes());
            folded.make_ascii_lowercase();
            return self.matches_bytes(folded);
        }
        self.matches_folded(&text.to_lowercase())
    }

    /// As `matches`, for text that is in lower case already (or when case counts).
    pub fn matches_folded(&self, text: &str) -> bool {
        self.matches_bytes(text.as_bytes())
    }

    fn matches_bytes(&self, text: &[u8]) -> bool {
        let mut rest = text;
        let mut pieces = &self.pieces[..];
        if pieces.is_empty() {
            // Only stars, or the empty pattern.
            return !(self.anchored_start && self.anchored_end) || text.is_empty();
        }
        if self.anchored_start {
            let first = pieces[0].needle();
            if !rest.starts_with(first) {
                return false;
            }
            if self.anchored_end && pieces.len() == 1 {
                return rest.len() == first.len();
            }
            rest = &rest[first.len()..];
            pieces = &pieces[1..];
        }
        if self.anchored_end
            && let Some((last, before)) = pieces.split_last()
        {
            let last = last.needle();
            if !rest.ends_with(last) {
                return false;
            }
            rest = &rest[..rest.len() - last.len()];
            pieces = before;
        }
        for piece in pieces {
            match piece.find(rest) {
                Some(at) => rest = &rest[at + piece.needle().len()..],
                None => return false,
            }
        }
        true
    }

    /// Which codes of a dictionary match; index 0 (no value) does not.
    pub fn truth(&self, dictionary: &Dictionary) -> Vec<bool> {
        let mut truth = vec![false; dictionary.len() + 1];
        Wildcard::mark_any(&[self], dictionary, &mut truth);
        truth
    }

    /// Marks the codes of a dictionary that match one of the patterns; never 0 (no value). A pattern with a part between two stars is one
    /// scan over the dictionary's bytes, a stretch of them on each core, which stays in its cache for the next pattern.
    pub(super) fn mark_any(patterns: &[&Wildcard], dictionary: &Dictionary, truth: &mut [bool]) {
        truth[1..].par_chunks_mut(ENTRIES).enumerate().for_each(|(chunk, truth)| {
            let first = chunk * ENTRIES + 1;
            for pattern in patterns {
                let dictionary = if pattern.ignore_case { dictionary.lower() } else { dictionary };
                pattern.mark(dictionary.entries(first..first + truth.len()), truth);
            }
        });
    }

    /// Marks the texts that match.
    fn mark(&self, entries: Entries<'_>, truth: &mut [bool]) {
        let inner = usize::from(self.anchored_start)
            ..self.pieces.len() - usize::from(self.anchored_end && !self.pieces.is_empty());
        match self.pieces.get(inner).and_then(|pieces| pieces.iter().max_by_key(|p| p.needle().len())) {
            Some(piece) => self.mark_hits(piece, entries, truth),
            None => truth.iter_mut().zip(entries.iter()).for_each(|(truth, text)| *truth |= self.matches_folded(text)),
        }
    }

    /// Marks the texts that match; `piece` is in all that do.
    fn mark_hits(&self, piece: &Finder<'_>, entries: Entries<'_>, truth: &mut [bool]) {
        let only = self.pieces.len() == 1;
        let bytes = entries.text().as_bytes();
        let (mut from, mut entry) = (0, 0);
        while let Some(hit) = piece.find(&bytes[from..]) {
            let hit = from + hit;
            entry = entries.holding(hit, entry);
            let range = entries.range(entry);
            if hit + piece.needle().len() > range.end {
                // Straddles two entries: not a match of either here.
                from = hit + 1;
                continue;
            }
            from = range.end;
            truth[entry] |= only || self.matches_bytes(&bytes[range]);
        }
    }

    /// The literal parts, folded when case does not count: every matching text holds them all.
    pub fn literals(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().map(|p| p.needle())
    }
}
