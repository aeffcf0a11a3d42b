//! Distinct texts in order: eight bytes at a time are compared as a number, and only texts that agree in those are looked at again.

use rayon::prelude::*;

/// So few texts are compared as they are.
const FEW: usize = 16;
/// So many are sorted on all cores.
const MANY: usize = 4_096;

/// Sorts codes by their texts, byte by byte.
pub(super) fn sort_by_text<'a>(codes: &mut [u32], text: impl Fn(u32) -> &'a str + Sync) {
    let text = |code: u32| text(code).as_bytes();
    // Stretches of texts that agree in the bytes before the place that goes with them, as far as they have such.
    let mut open = vec![(0..codes.len(), 0)];
    let mut keyed: Vec<(u64, u32)> = Vec::new();
    while let Some((stretch, from)) = open.pop() {
        let start = stretch.start;
        let codes = &mut codes[stretch];
        // Those that have ended differ by nothing but zeros, if at all.
        if codes.len() <= FEW || codes.iter().all(|&code| text(code).len() <= from) {
            codes.sort_unstable_by_key(|&code| text(code));
            continue;
        }
        keyed.clear();
        keyed.extend(codes.iter().map(|&code| (key(text(code), from), code)));
        match keyed.len() < MANY {
            true => keyed.sort_unstable(),
            false => keyed.par_sort_unstable(),
        }
        codes.iter_mut().zip(&keyed).for_each(|(code, keyed)| *code = keyed.1);
        let mut end = start;
        for same in keyed.chunk_by(|a, b| a.0 == b.0) {
            end += same.len();
            if same.len() > 1 {
                open.push((end - same.len()..end, from + 8));
            }
        }
    }
}

/// Eight bytes, the first the most significant; what is behind the text is zero.
fn key(text: &[u8], from: usize) -> u64 {
    let rest = text.get(from..).unwrap_or(&[]);
    match rest.first_chunk() {
        Some(eight) => u64::from_be_bytes(*eight),
        None => {
            let mut eight = [0; 8];
            eight[..rest.len()].copy_from_slice(rest);
            u64::from_be_bytes(eight)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_sorted_as_they_compare() {
        let parts =
            ["", "a", "ab", "\0", "\0\0", "C:\\Windows\\", "system32\\", "é", "zzzzzzzz", "1780.js", "\u{10ffff}"];
        let mut state = 5u64;
        let mut below = |end: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % end
        };
        for many in [0, 1, 5, 17, 300, 20_000] {
            let mut texts: Vec<String> =
                (0..many).map(|_| (0..below(7)).map(|_| parts[below(parts.len())]).collect()).collect();
            texts.sort();
            texts.dedup();
            let mut codes: Vec<u32> = (0..texts.len() as u32).collect();
            for at in (1..codes.len()).rev() {
                codes.swap(at, below(at + 1));
            }
            sort_by_text(&mut codes, |code| &texts[code as usize]);
            assert!(codes.iter().copied().eq(0..texts.len() as u32), "{many}");
        }
    }
}
