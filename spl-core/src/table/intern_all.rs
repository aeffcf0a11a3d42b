//! Many texts that are all there go into one dictionary on all cores.

use rayon::prelude::*;

use super::intern::tag;
use super::{Dictionary, DictionaryBuilder};

/// So many texts are worth it.
const MANY: usize = 1 << 14;
/// Parts that texts are sorted into by their hash; the codes of one part follow those of the part before. It is the same number on every machine, so
/// that codes are.
const PARTS: u32 = 4;

/// The dictionary of the texts of these lists, and the code of each; 0 for none, and for those beyond 4 GiB of distinct ones.
pub(super) fn intern_all(lists: &[Vec<Option<&str>>]) -> (Dictionary, Vec<Vec<u32>>) {
    let texts: usize = lists.iter().map(Vec::len).sum();
    let bytes: usize = lists.iter().flatten().flatten().map(|text| text.len()).sum();
    if texts < MANY || bytes > u32::MAX as usize {
        let mut builder = DictionaryBuilder::default();
        let mut code = |text: &Option<&str>| text.map_or(0, |text| builder.intern(text));
        let codes = lists.iter().map(|texts| texts.iter().map(&mut code).collect()).collect();
        return (builder.finish(), codes);
    }
    let tag = |text: &Option<&str>| text.map_or(0, |text| tag(text.as_bytes()));
    let tags: Vec<Vec<u32>> = lists.par_iter().map(|texts| texts.iter().map(tag).collect()).collect();
    let parts: Vec<Part> = (0..PARTS).into_par_iter().map(|part| Part::new(part, lists, &tags)).collect();
    let starts: Vec<(u32, u32)> = parts
        .iter()
        .scan((0, 0), |next, part| {
            let start = *next;
            next.0 += part.ends.len() as u32;
            next.1 += part.text.len() as u32;
            Some(start)
        })
        .collect();
    let whole = || {
        let mut text = String::with_capacity(parts.iter().map(|part| part.text.len()).sum());
        let mut ends = Vec::with_capacity(parts.iter().map(|part| part.ends.len()).sum());
        for (part, &(_, start)) in parts.iter().zip(&starts) {
            text.push_str(&part.text);
            ends.extend(part.ends.iter().map(|end| start + end));
        }
        Dictionary::from_parts(text, ends)
    };
    let code = |list: usize| {
        let mut codes = vec![0; lists[list].len()];
        for (part, &(first, _)) in parts.iter().zip(&starts) {
            part.codes[list].iter().for_each(|&(row, code)| codes[row as usize] = first + code);
        }
        codes
    };
    rayon::join(whole, || (0..lists.len()).into_par_iter().map(code).collect())
}

/// The texts of one part, with the rows of each list that they are in.
struct Part {
    text: String,
    ends: Vec<u32>,
    codes: Vec<Vec<(u32, u32)>>,
}

impl Part {
    fn new(part: u32, lists: &[Vec<Option<&str>>], tags: &[Vec<u32>]) -> Part {
        let mut builder = DictionaryBuilder::default();
        let mut own = |(texts, tags): (&Vec<Option<&str>>, &Vec<u32>)| {
            let mut codes = Vec::with_capacity(texts.len() / PARTS as usize);
            for ((row, text), &tag) in (0..).zip(texts).zip(tags) {
                if let Some(text) = text.filter(|_| tag % PARTS == part) {
                    codes.push((row, builder.intern_text(text, tag)));
                }
            }
            codes
        };
        let codes = lists.iter().zip(tags).map(&mut own).collect();
        let (text, ends) = builder.into_parts();
        Part { text, ends, codes }
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
        let lists: Vec<Vec<Option<&str>>> = rows.chunks(7_000).map(<[_]>::to_vec).collect();
        let (dictionary, codes) = intern_all(&lists);
        let codes = codes.concat();
        assert_eq!(codes.len(), rows.len());
        rows.iter().zip(&codes).for_each(|(&text, &code)| assert_eq!(dictionary.get(code), text));
        let mut distinct: Vec<&str> = dictionary.iter().collect();
        let all = distinct.len();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), all);
    }
}
