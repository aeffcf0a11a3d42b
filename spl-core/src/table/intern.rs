//! From texts to codes: [`DictionaryBuilder`], which keeps each text once.

use super::Dictionary;
use crate::table::dictionary::hash_bytes;

/// Collects distinct texts and hands out their codes, from 1.
///
/// The index holds, beside the code, some bits of the hash and the place of the text: a probe touches one cache line before the text
/// itself, and growing does not look at the texts again.
#[derive(Clone, Default)]
pub struct DictionaryBuilder {
    text: String,
    ends: Vec<u32>,
    index: Vec<Entry>,
    /// Bits of the hash that choose the place in the index.
    bits: u32,
    last: Entry,
    full: bool,
    /// Texts that were not UTF-8.
    pub(super) lossy: u64,
}

/// A text in the index; code 0 is a free place.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry {
    tag: u32,
    pub(super) code: u32,
    start: u32,
    end: u32,
}

/// The bits of a text's hash that [`Entry`] keeps.
pub(super) fn tag(text: &[u8]) -> u32 {
    (hash_bytes(text) >> 32) as u32
}

/// Whether two texts of the same length are the same. Most are so short that to call for a comparison takes longer than to make it: of their
/// first and their last bytes, which may overlap.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    match a.len() {
        4..8 => first_and_last(a, u32::from_ne_bytes) == first_and_last(b, u32::from_ne_bytes),
        8..=16 => first_and_last(a, u64::from_ne_bytes) == first_and_last(b, u64::from_ne_bytes),
        _ => a == b,
    }
}

#[inline]
fn first_and_last<const N: usize, T>(text: &[u8], number: fn([u8; N]) -> T) -> Option<(T, T)> {
    Some((number(*text.first_chunk()?), number(*text.last_chunk()?)))
}

impl DictionaryBuilder {
    /// The text of a code that was handed out; empty for code 0.
    pub fn get(&self, code: u32) -> &str {
        let Some(at) = (code as usize).checked_sub(1) else { return "" };
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.text[start..self.ends[at] as usize]
    }

    /// The code of `text`, new or known. 0 (no value) when the dictionary is full.
    pub fn intern(&mut self, text: &str) -> u32 {
        if self.is(&self.last, text.as_bytes()) { self.last.code } else { self.intern_text(text, tag(text.as_bytes())) }
    }

    /// As [`DictionaryBuilder::intern`], with the text's tag.
    pub(super) fn intern_text(&mut self, text: &str, tag: u32) -> u32 {
        self.find(text.as_bytes(), tag).unwrap_or_else(|free| self.insert(free, text, tag))
    }

    /// As [`DictionaryBuilder::intern`], for bytes that are probably UTF-8: what is not becomes U+FFFD.
    pub fn intern_bytes(&mut self, text: &[u8]) -> u32 {
        if self.is(&self.last, text) { self.last.code } else { self.intern_tagged(text, tag(text)) }
    }

    /// Whether the entry is that of the text.
    #[inline]
    pub(super) fn is(&self, entry: &Entry, text: &[u8]) -> bool {
        entry.code != 0
            && (entry.end - entry.start) as usize == text.len()
            && self.text.as_bytes().get(entry.start as usize..entry.end as usize).is_some_and(|own| same(own, text))
    }

    /// Whether it is worth comparing the entry with the text.
    #[inline]
    pub(super) fn is_likely(&self, entry: &Entry, text: &[u8]) -> bool {
        entry.code != 0
            && (entry.end - entry.start) as usize == text.len()
            && self.text.as_bytes().get(entry.start as usize) == text.first()
    }

    /// The first entry that may be that of a text with this tag: so that probes for many texts can be under way at once.
    #[inline]
    pub(super) fn probe(&self, tag: u32) -> Entry {
        self.index.get(self.place(tag)).copied().unwrap_or_default()
    }

    /// The code of a text whose tag is known.
    pub(super) fn intern_tagged(&mut self, text: &[u8], tag: u32) -> u32 {
        self.find(text, tag).unwrap_or_else(|free| {
            // Only texts that are new need to be looked at as UTF-8.
            match std::str::from_utf8(text) {
                Ok(valid) => self.insert(free, valid, tag),
                Err(_) => {
                    self.lossy += 1;
                    self.intern(&String::from_utf8_lossy(text))
                }
            }
        })
    }

    /// The code of a text that is known, or where in the index there is room for it.
    fn find(&mut self, text: &[u8], tag: u32) -> Result<u32, usize> {
        if self.ends.len() * 4 >= self.index.len() * 3 {
            self.grow();
        }
        let mask = self.index.len() - 1;
        let mut at = self.place(tag);
        while self.index[at].code != 0 {
            let entry = self.index[at];
            if entry.tag == tag && self.is(&entry, text) {
                self.last = entry;
                return Ok(entry.code);
            }
            at = (at + 1) & mask;
        }
        Err(at)
    }

    fn insert(&mut self, at: usize, text: &str, tag: u32) -> u32 {
        let code = self.append(text);
        if code != 0 {
            self.last.tag = tag;
            self.index[at] = self.last;
        }
        code
    }

    /// Gives `text` the next code without looking whether it is known.
    fn append(&mut self, text: &str) -> u32 {
        let start = self.text.len();
        let (Ok(end), true) = (u32::try_from(start + text.len()), self.ends.len() < u32::MAX as usize - 1) else {
            self.full = true;
            return 0;
        };
        self.text.push_str(text);
        self.ends.push(end);
        let code = self.ends.len() as u32;
        self.last = Entry { tag: 0, code, start: start as u32, end };
        code
    }

    #[inline]
    fn place(&self, tag: u32) -> usize {
        (u64::from(tag) << self.bits >> 32) as usize
    }

    fn grow(&mut self) {
        self.bits = if self.index.is_empty() { 4 } else { self.bits + 1 };
        let old = std::mem::replace(&mut self.index, vec![Entry::default(); 1 << self.bits]);
        let mask = self.index.len() - 1;
        for entry in old.into_iter().filter(|entry| entry.code != 0) {
            let mut at = self.place(entry.tag);
            while self.index[at].code != 0 {
                at = (at + 1) & mask;
            }
            self.index[at] = entry;
        }
    }

    /// Whether a text was refused because the dictionary holds 4 GiB.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4 + self.index.len() * size_of::<Entry>()
    }

    /// How many texts are known.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no text is known.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The texts met end to end, and where each ends.
    pub(super) fn into_parts(self) -> (String, Vec<u32>) {
        (self.text, self.ends)
    }

    /// The dictionary of the texts met.
    pub fn finish(mut self) -> Dictionary {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        Dictionary::from_parts(self.text, self.ends)
    }
}
