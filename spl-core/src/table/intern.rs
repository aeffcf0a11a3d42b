//! From texts to codes: [`DictionaryBuilder`], which keeps each text once, and [`ColumnBuilder`], which makes a column of values.

use super::{Column, Dictionary};
use crate::table::dictionary::hash_bytes;
use crate::value::Value;

/// Collects distinct texts and hands out their codes, from 1.
///
/// The index is one array of words, hash in the upper half and code in the lower: a probe touches one cache line, and growing
/// does not look at the texts again.
#[derive(Default)]
pub struct DictionaryBuilder {
    text: String,
    ends: Vec<u32>,
    index: Vec<u64>,
    /// Bits of the hash that choose the place in the index.
    bits: u32,
    last: (u32, usize, usize),
    full: bool,
}

impl DictionaryBuilder {
    /// The text of a code that was handed out; empty for code 0.
    pub fn get(&self, code: u32) -> &str {
        let (start, end) = self.span(code);
        &self.text[start..end]
    }

    fn span(&self, code: u32) -> (usize, usize) {
        let Some(at) = (code as usize).checked_sub(1) else { return (0, 0) };
        (if at == 0 { 0 } else { self.ends[at - 1] as usize }, self.ends[at] as usize)
    }

    fn is(&self, code: u32, text: &[u8]) -> bool {
        let (start, end) = self.span(code);
        end - start == text.len() && &self.text.as_bytes()[start..end] == text
    }

    /// The code of `text`, new or known. 0 (no value) when the dictionary is full.
    pub fn intern(&mut self, text: &str) -> u32 {
        self.intern_bytes(text.as_bytes())
    }

    /// As [`DictionaryBuilder::intern`], for bytes that are probably UTF-8: what is not becomes U+FFFD.
    pub fn intern_bytes(&mut self, text: &[u8]) -> u32 {
        let (code, start, end) = self.last;
        if code != 0 && end - start == text.len() && &self.text.as_bytes()[start..end] == text {
            return code;
        }
        if self.ends.len() * 4 >= self.index.len() * 3 {
            self.grow();
        }
        let tag = (hash_bytes(text) >> 32) as u32;
        let mask = self.index.len() - 1;
        let mut at = self.place(tag);
        loop {
            let entry = self.index[at];
            if entry == 0 {
                break;
            }
            if (entry >> 32) as u32 == tag && self.is(entry as u32, text) {
                let code = entry as u32;
                let (start, end) = self.span(code);
                self.last = (code, start, end);
                return code;
            }
            at = (at + 1) & mask;
        }
        // Only texts that are new need to be looked at as UTF-8.
        let Ok(valid) = std::str::from_utf8(text) else {
            return self.intern_bytes(String::from_utf8_lossy(text).as_bytes());
        };
        let code = self.append(valid);
        if code != 0 {
            self.index[at] = u64::from(tag) << 32 | u64::from(code);
        }
        code
    }

    /// Gives `text` the next code without looking whether it is known.
    pub(super) fn append(&mut self, text: &str) -> u32 {
        let start = self.text.len();
        let (Ok(end), true) = (u32::try_from(start + text.len()), self.ends.len() < u32::MAX as usize - 1) else {
            self.full = true;
            return 0;
        };
        self.text.push_str(text);
        self.ends.push(end);
        let code = self.ends.len() as u32;
        self.last = (code, start, end as usize);
        code
    }

    fn place(&self, tag: u32) -> usize {
        (u64::from(tag) << self.bits >> 32) as usize
    }

    fn grow(&mut self) {
        self.bits = if self.index.is_empty() { 4 } else { self.bits + 1 };
        let old = std::mem::replace(&mut self.index, vec![0; 1 << self.bits]);
        let mask = self.index.len() - 1;
        for entry in old.into_iter().filter(|&entry| entry != 0) {
            let mut at = self.place((entry >> 32) as u32);
            while self.index[at] != 0 {
                at = (at + 1) & mask;
            }
            self.index[at] = entry;
        }
    }

    /// Forgets how to find texts; from now on only [`DictionaryBuilder::append`] makes sense.
    pub(super) fn drop_index(&mut self) {
        (self.index, self.bits) = (Vec::new(), 0);
    }

    /// Whether a text was refused because the dictionary holds 4 GiB.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// How many texts are known.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no text is known.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The dictionary of the texts met.
    pub fn finish(self) -> Dictionary {
        let (text, ends) = self.into_parts();
        Dictionary::from_parts(text, ends)
    }

    pub(super) fn into_parts(mut self) -> (String, Vec<u32>) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        (self.text, self.ends)
    }
}

/// Builds one column from values a row at a time: texts become a dictionary, numbers stay numbers.
#[derive(Default)]
pub struct ColumnBuilder {
    values: Vec<Value>,
}

impl ColumnBuilder {
    /// Adds a row.
    pub fn push(&mut self, value: Value) {
        self.values.push(value);
    }

    /// The column; texts are dictionary-coded.
    pub fn finish(self) -> Column {
        let column = Column::from_values(self.values);
        let Column::Mixed(values) = &column else { return column };
        if values.iter().all(|v| matches!(v, Value::Null | Value::Str(_)))
            && let Some((dictionary, codes)) = column.encode()
        {
            return Column::Dict(dictionary, codes);
        }
        column
    }
}
