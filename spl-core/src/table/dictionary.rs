//! The distinct texts of a field, shared by all its batches, with side tables that are computed once and kept.

use std::ops::Range;
use std::sync::OnceLock;

use hashbrown::HashTable;

use super::Entries;
use super::by_text::sort_by_text;
use crate::cores::each;
use crate::value::{parse_ipv4, parse_number};

/// Fewer texts are not worth telling another core.
const FEW: usize = 1_024;

/// Distinct texts under codes `1..=len`. Code 0 means *no value* in every dictionary-coded column.
#[derive(Default)]
pub struct Dictionary {
    text: String,
    /// `ends[code - 1]` is one past the last byte of the entry.
    ends: Vec<u32>,
    numbers: OnceLock<Box<[f64]>>,
    lengths: OnceLock<Box<[f64]>>,
    lower: OnceLock<Box<Dictionary>>,
    ranks: OnceLock<Box<[u32]>>,
    index: OnceLock<HashTable<u32>>,
}

impl std::fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dictionary").field("entries", &self.ends.len()).field("bytes", &self.text.len()).finish()
    }
}

/// The hash that dictionaries and their builders agree on.
pub(super) fn hash_text(text: &str) -> u64 {
    hash_bytes(text.as_bytes())
}

/// [`hash_text`] of text that is still bytes.
pub(super) fn hash_bytes(text: &[u8]) -> u64 {
    use std::hash::{BuildHasher, Hasher};
    let mut hasher = foldhash::fast::FixedState::default().build_hasher();
    hasher.write(text);
    hasher.finish()
}

/// What is kept there, worked out if nothing is. That happens before the place is taken: a core that waits for others to do their part may begin
/// another search, which asks for the same and could not go on while the place is taken.
fn kept<T: ?Sized>(place: &OnceLock<Box<T>>, make: impl FnOnce() -> Box<T>) -> &T {
    match place.get() {
        Some(kept) => kept,
        None => {
            let made = make();
            place.get_or_init(|| made)
        }
    }
}

impl Dictionary {
    /// From texts that the caller knows to be distinct; `ends` are byte offsets into `text`.
    pub(super) fn from_parts(text: String, ends: Vec<u32>) -> Self {
        Dictionary { text, ends, ..Dictionary::default() }
    }

    /// Texts in order, under codes from 1. Duplicates stay (for side tables); use [`DictionaryBuilder`](super::DictionaryBuilder) to merge them.
    fn from_texts<'a>(texts: impl Iterator<Item = std::borrow::Cow<'a, str>>) -> Self {
        let (mut text, mut ends) = (String::new(), Vec::new());
        for entry in texts {
            text.push_str(&entry);
            ends.push(text.len() as u32);
        }
        Dictionary::from_parts(text, ends)
    }

    /// How many entries there are; codes run from 1 to this.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes held by the texts and offsets (side tables not counted).
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4
    }

    /// The text of a code; `None` for code 0.
    pub fn get(&self, code: u32) -> Option<&str> {
        let at = (code as usize).checked_sub(1)?;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        Some(&self.text[start..self.ends[at] as usize])
    }

    /// Texts by ascending code, from code 1.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let text = &self.text[start..end as usize];
            start = end as usize;
            text
        })
    }

    /// The texts under a range of codes, which may not hold 0.
    pub(crate) fn entries(&self, codes: Range<usize>) -> Entries<'_> {
        Entries::new(&self.text, &self.ends, codes.start - 1..codes.end - 1)
    }

    /// The number that each code's text reads as, NaN when none; index 0 is NaN.
    pub fn numbers(&self) -> &[f64] {
        kept(&self.numbers, || {
            let mut numbers = vec![f64::NAN; self.len() + 1];
            let pieces = numbers[1..].chunks_mut(FEW).enumerate().collect();
            each(pieces, |(piece, numbers): (usize, &mut [f64])| {
                let start = 1 + piece * FEW;
                let texts = self.entries(start..start + numbers.len()).iter();
                numbers.iter_mut().zip(texts).for_each(|(n, text)| *n = parse_number(text).unwrap_or(f64::NAN));
            });
            numbers.into()
        })
    }

    /// How many characters each code's text has; index 0 is NaN.
    pub fn lengths(&self) -> &[f64] {
        self.lengths.get_or_init(|| {
            let lengths: Box<dyn Iterator<Item = usize>> = if self.text.is_ascii() {
                Box::new(self.iter().map(str::len))
            } else {
                Box::new(self.iter().map(|text| text.chars().count()))
            };
            std::iter::once(f64::NAN).chain(lengths.map(|length| length as f64)).collect()
        })
    }

    /// The same entries in lower case, under the same codes (no longer distinct).
    pub fn lower(&self) -> &Dictionary {
        self.lower.get_or_init(|| {
            Box::new(if self.text.is_ascii() {
                Dictionary::from_parts(self.text.to_ascii_lowercase(), self.ends.clone())
            } else {
                Dictionary::from_texts(self.iter().map(|t| t.to_lowercase().into()))
            })
        })
    }

    /// The place of each code in the order of [`compare_auto`](crate::value::compare_auto); index 0 (null) ranks last.
    pub fn ranks(&self) -> &[u32] {
        kept(&self.ranks, || {
            let numbers = self.numbers();
            let kinds = |codes: Range<usize>| {
                let (mut numeric, mut addresses, mut texts) = (Vec::new(), Vec::new(), Vec::new());
                for (code, text) in (codes.start as u32..).zip(self.entries(codes).iter()) {
                    let n = numbers[code as usize];
                    if !n.is_nan() || text == "nan" {
                        numeric.push((n, code));
                    } else if let Some(address) = parse_ipv4(text) {
                        addresses.push((address, code));
                    } else {
                        texts.push(code);
                    }
                }
                (numeric, addresses, texts)
            };
            let pieces = (1..=self.len()).step_by(FEW).map(|start| start..(start + FEW).min(self.len() + 1)).collect();
            let (mut numeric, mut addresses, mut texts) = (Vec::new(), Vec::new(), Vec::new());
            for (mut numbers, mut ips, mut others) in each(pieces, kinds) {
                numeric.append(&mut numbers);
                addresses.append(&mut ips);
                texts.append(&mut others);
            }
            // Equal numbers are told apart by how they are written, so that every code has a rank of its own, whatever was met first.
            let text = |code| self.get(code).unwrap_or("");
            numeric.sort_unstable_by(|a, b| (a.0 + 0.0).total_cmp(&(b.0 + 0.0)).then_with(|| text(a.1).cmp(text(b.1))));
            addresses.sort_unstable();
            sort_by_text(&mut texts, text);
            let sorted = numeric.iter().map(|x| x.1).chain(addresses.iter().map(|x| x.1)).chain(texts.iter().copied());
            let mut ranks = vec![u32::MAX; self.len() + 1];
            for (rank, code) in sorted.enumerate() {
                ranks[code as usize] = rank as u32;
            }
            ranks.into()
        })
    }

    /// The code of a text.
    pub fn code(&self, text: &str) -> Option<u32> {
        let index = self.index.get_or_init(|| {
            let mut index = HashTable::with_capacity(self.len());
            for (i, entry) in self.iter().enumerate() {
                index.insert_unique(hash_text(entry), i as u32 + 1, |&code| hash_text(self.get(code).unwrap_or("")));
            }
            index
        });
        index.find(hash_text(text), |&code| self.get(code) == Some(text)).copied()
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;
    use crate::table::DictionaryBuilder;

    #[test]
    fn searches_beside_one_another_may_ask_first() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        for round in 0..60 {
            let dictionary = |which: usize| {
                let mut builder = DictionaryBuilder::default();
                (0..8 * FEW)
                    .for_each(|text| _ = builder.intern(&format!("{}.{round} {which}", text * 7_919 % 100_003)));
                builder.finish()
            };
            let dictionaries: Vec<Dictionary> = (0..3).map(dictionary).collect();
            // A core that waits for a part of its own question may meet the same question in another search.
            let ask = |search: usize| {
                let dictionary = &dictionaries[search % 3];
                assert_eq!(dictionary.ranks().len(), dictionary.len() + 1);
            };
            pool.install(|| (0..64).into_par_iter().for_each(ask));
        }
    }
}
