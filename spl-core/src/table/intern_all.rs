//! Many texts that are all there go into one dictionary on all cores.

use rayon::prelude::*;

use super::intern::tag;
use super::{Dictionary, DictionaryBuilder};

/// So many texts are worth it.
const MANY: usize = 1 << 14;
/// Parts that texts are sorted into by their hash; the codes of one part follow those of the part before. It is the same number on every machine, so
/// that codes are.
const PARTS: u32 = 4;
const PIECE: usize = 1 << 13;

/// The dictionary of these texts, and the code of each; 0 for none, and for those beyond 4 GiB of distinct ones.
pub(super) fn intern_all(texts: &[Option<&str>]) -> (Dictionary, Vec<u32>) {
    let bytes: usize = texts.iter().flatten().map(|text| text.len()).sum();
    if texts.len() < MANY || bytes > u32::MAX as usize {
        let mut builder = DictionaryBuilder::default();
        let codes = texts.iter().map(|text| text.map_or(0, |text| builder.intern(text))).collect();
        return (builder.finish(), codes);
    }
    let tags: Vec<Vec<u32>> = texts
        .par_chunks(PIECE)
        .map(|piece| piece.iter().map(|text| text.map_or(0, |text| tag(text.as_bytes()))).collect())
        .collect();
    let parts: Vec<Part> = (0..PARTS).into_par_iter().map(|part| Part::new(part, texts, &tags)).collect();
    let (mut text, mut ends) = (String::new(), Vec::new());
    let mut codes = vec![0; texts.len()];
    for part in parts {
        let (first, base) = (ends.len() as u32, text.len() as u32);
        part.codes.iter().for_each(|&(row, code)| codes[row as usize] = first + code);
        let (own, own_ends) = part.builder.into_parts();
        text.push_str(&own);
        ends.extend(own_ends.iter().map(|end| base + end));
    }
    (Dictionary::from_parts(text, ends), codes)
}

/// The texts of one part, with the rows they are in.
struct Part {
    builder: DictionaryBuilder,
    codes: Vec<(u32, u32)>,
}

impl Part {
    fn new(part: u32, texts: &[Option<&str>], tags: &[Vec<u32>]) -> Part {
        let mut builder = DictionaryBuilder::default();
        let mut codes = Vec::with_capacity(texts.len() / PARTS as usize);
        for ((row, text), &tag) in (0..).zip(texts).zip(tags.iter().flatten()) {
            if let Some(text) = text.filter(|_| tag % PARTS == part) {
                codes.push((row, builder.intern_text(text, tag)));
            }
        }
        Part { builder, codes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_a_code_of_its_own() {
        let texts: Vec<String> = (0..50_000_u64).map(|i| format!("text {}", i * i % 7_919)).collect();
        let rows: Vec<Option<&str>> =
            texts.iter().enumerate().map(|(row, text)| (row % 5 != 0).then_some(&text[..])).collect();
        let (dictionary, codes) = intern_all(&rows);
        assert_eq!(codes.len(), rows.len());
        rows.iter().zip(&codes).for_each(|(&text, &code)| assert_eq!(dictionary.get(code), text));
        let mut distinct: Vec<&str> = dictionary.iter().collect();
        let all = distinct.len();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), all);
    }
}
