//! A row set: one bit a row.

use std::ops::Range;

/// One bit for each row of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    /// `len` rows, all in (`true`) or all out.
    pub fn filled(len: usize, value: bool) -> Self {
        let mut map = Bitmap { words: vec![if value { !0 } else { 0 }; len.div_ceil(64)], len };
        map.clear_tail();
        map
    }

    /// From words of 64 rows each, lowest bit first; rows that are missing are out.
    #[cfg(feature = "parquet")]
    pub(crate) fn from_words(mut words: Vec<u64>, len: usize) -> Self {
        words.resize(len.div_ceil(64), 0);
        let mut map = Bitmap { words, len };
        map.clear_tail();
        map
    }

    /// The rows, 64 a word, lowest bit first.
    #[cfg(any(feature = "parquet", test))]
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// Asks `test` for every row, 64 at a time, in a loop without branches.
    pub fn from_fn(len: usize, mut test: impl FnMut(usize) -> bool) -> Self {
        let mut words = Vec::with_capacity(len.div_ceil(64));
        let mut row = 0;
        while row < len {
            let end = (row + 64).min(len);
            let mut word = 0u64;
            for i in row..end {
                word |= u64::from(test(i)) << (i - row);
            }
            words.push(word);
            row = end;
        }
        Bitmap { words, len }
    }

    /// As [`Bitmap::from_fn`], for tests of one value or two: quicker, as many are looked at in one step.
    pub fn from_values<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> Self {
        let word = |values: &[T]| word_of(values.iter().map(|&value| test(value)));
        Bitmap { words: values.chunks(64).map(word).collect(), len: values.len() }
    }

    /// As [`Bitmap::from_values`], over pairs of as many values each.
    pub fn from_pairs<T: Copy>(a: &[T], b: &[T], test: impl Fn(T, T) -> bool) -> Self {
        let word = |(a, b): (&[T], &[T])| word_of(a.iter().zip(b).map(|(&a, &b)| test(a, b)));
        Bitmap { words: a.chunks(64).zip(b.chunks(64)).map(word).collect(), len: a.len().min(b.len()) }
    }

    /// The rows whose code has a true entry in `truth` (which must have an entry for every code).
    pub fn from_truth(codes: &[u32], truth: &[bool]) -> Self {
        let mut words = Vec::with_capacity(codes.len().div_ceil(64));
        for chunk in codes.chunks(64) {
            let mut word = 0u64;
            for (i, &code) in chunk.iter().enumerate() {
                word |= u64::from(truth[code as usize]) << i;
            }
            words.push(word);
        }
        Bitmap { words, len: codes.len() }
    }

    fn clear_tail(&mut self) {
        if !self.len.is_multiple_of(64)
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << (self.len % 64)) - 1;
        }
    }

    /// Which of these rows are in, unless all are. Often a single row is out: that of no value, which no row or few ask for.
    pub(super) fn take(&self, rows: &[u32]) -> Option<Bitmap> {
        let taken = match self.len - self.count() {
            0 => return None,
            1 => {
                let out = self.first_out()?;
                if !rows.contains(&out) {
                    return None;
                }
                Bitmap::from_values(rows, |row| row != out)
            }
            _ => Bitmap::from_fn(rows.len(), |i| self.get(rows[i] as usize)),
        };
        Some(taken).filter(|taken| !taken.all())
    }

    fn first_out(&self) -> Option<u32> {
        let word = self.words.iter().position(|&word| word != u64::MAX)?;
        Some(word as u32 * 64 + self.words[word].trailing_ones())
    }

    /// Number of rows, in or out.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it is over no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the row is in.
    pub fn get(&self, row: usize) -> bool {
        self.words[row / 64] >> (row % 64) & 1 == 1
    }

    /// Puts the row in or out.
    pub fn set(&mut self, row: usize, value: bool) {
        let bit = 1 << (row % 64);
        if value { self.words[row / 64] |= bit } else { self.words[row / 64] &= !bit }
    }

    /// How many rows are in.
    pub fn count(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Whether every row is in.
    pub fn all(&self) -> bool {
        self.count() == self.len
    }

    /// Whether one of these rows is in; there may be fewer.
    pub fn any_in(&self, rows: Range<usize>) -> bool {
        let (first, end) = (rows.start, rows.end.min(self.len));
        let of_word = |word: usize| {
            let from = if word == first / 64 { !0 << (first % 64) } else { !0 };
            let to = if word == end / 64 { !(!0 << (end % 64)) } else { !0 };
            self.words[word] & from & to != 0
        };
        first < end && (first / 64..=(end - 1) / 64).any(of_word)
    }

    /// Whether no row is in.
    pub fn none(&self) -> bool {
        self.words.iter().all(|&w| w == 0)
    }

    /// Rows in both.
    pub fn and(&mut self, other: &Bitmap) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= b);
    }

    /// Rows in either.
    pub fn or(&mut self, other: &Bitmap) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a |= b);
    }

    /// Rows in exactly one.
    pub fn xor(&mut self, other: &Bitmap) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a ^= b);
    }

    /// Rows that were out.
    pub fn negate(&mut self) {
        self.words.iter_mut().for_each(|w| *w = !*w);
        self.clear_tail();
    }

    /// For each word, how many rows before it are in: what [`Bitmap::rank`] asks for.
    pub(crate) fn ranks(&self) -> Vec<u32> {
        let mut before = 0;
        let mut rank = |word: &u64| {
            let rank: u32 = before;
            before += word.count_ones();
            rank
        };
        self.words.iter().map(&mut rank).collect()
    }

    /// How many rows before this one are in.
    pub(crate) fn rank(&self, row: usize, ranks: &[u32]) -> usize {
        let before = self.words[row / 64] & ((1 << (row % 64)) - 1);
        (ranks[row / 64] + before.count_ones()) as usize
    }

    /// The rows that are in, ascending.
    pub fn rows(&self) -> Vec<u32> {
        let mut rows = Vec::with_capacity(self.count());
        for (i, &word) in self.words.iter().enumerate() {
            let mut word = word;
            while word != 0 {
                rows.push(i as u32 * 64 + word.trailing_zeros());
                word &= word - 1;
            }
        }
        rows
    }
}

/// At most 64 rows as a word.
fn word_of(rows: impl Iterator<Item = bool>) -> u64 {
    // A byte each is what the processor makes of many comparisons at once; eight of them become bits by one multiplication.
    let mut bytes = [0u8; 64];
    bytes.iter_mut().zip(rows).for_each(|(byte, row)| *byte = u8::from(row));
    let (eights, _) = bytes.as_chunks::<8>();
    let bits = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eights.iter().rev().fold(0, |word, eight| word << 8 | bits(eight))
}

#[cfg(test)]
mod tests {
    use super::Bitmap;

    #[test]
    fn a_range_is_looked_through_bit_by_bit() {
        let rows = [0, 63, 64, 130, 199];
        let bitmap = Bitmap::from_fn(200, |row| rows.contains(&row));
        for from in 0..210 {
            for to in 0..210 {
                assert_eq!(bitmap.any_in(from..to), rows.iter().any(|row| (from..to).contains(row)), "{from}..{to}");
            }
        }
    }

    #[test]
    fn rows_taken_are_as_each_by_itself() {
        for out in [&[][..], &[0], &[64], &[329], &[3, 70]] {
            let bitmap = Bitmap::from_fn(330, |row| !out.contains(&row));
            for rows in [&[][..], &[1, 1, 2], &[0, 64, 329, 5], &[3], &[70, 3, 9]] {
                let each = Bitmap::from_fn(rows.len(), |i| bitmap.get(rows[i] as usize));
                assert_eq!(bitmap.take(rows), (!each.all()).then_some(each));
            }
        }
    }

    #[test]
    fn many_rows_at_once_are_as_each_by_itself() {
        let values: Vec<u32> = (0..331u32).map(|i| i.wrapping_mul(2_654_435_761) >> 24).collect();
        for len in [0, 1, 7, 8, 63, 64, 65, 128, 331] {
            let values = &values[..len];
            for limit in [0, 3, 100, 200, 256] {
                let each = Bitmap::from_fn(len, |row| values[row] < limit);
                assert_eq!(Bitmap::from_values(values, |value| value < limit), each);
                assert_eq!(Bitmap::from_pairs(values, &vec![limit; len], |value, limit| value < limit), each);
            }
        }
    }
}
