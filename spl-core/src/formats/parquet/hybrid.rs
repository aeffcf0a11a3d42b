//! Parquet's mixture of runs and packed bits, in which levels and dictionary indexes are written. Whatever the bytes say, no more comes
//! out than was asked for.

use super::Broken;
use crate::table::Bitmap;

/// Runs of equal values and stretches of packed ones, in turn.
pub(super) struct Hybrid<'a> {
    rest: &'a [u8],
    width: u8,
}

enum Run<'a> {
    Repeated(u32, usize),
    /// So many values of the width, lowest bits first.
    Packed(&'a [u8], usize),
}

impl<'a> Hybrid<'a> {
    /// Values of at most 32 bits.
    pub(super) fn new(bytes: &'a [u8], width: u8) -> Result<Self, Broken> {
        if width > 32 { Err("values of more than 32 bits".into()) } else { Ok(Hybrid { rest: bytes, width }) }
    }

    fn next(&mut self) -> Result<Run<'a>, Broken> {
        let header = self.varint()?;
        let width = usize::from(self.width);
        if header & 1 == 0 {
            let bytes = width.div_ceil(8);
            let (value, rest) = self.rest.split_at_checked(bytes).ok_or("a run without its value")?;
            self.rest = rest;
            let value = value.iter().rev().fold(0u32, |n, &b| n << 8 | u32::from(b));
            return Ok(Run::Repeated(value, usize::try_from(header >> 1).unwrap_or(usize::MAX)));
        }
        let wanted = usize::try_from(header >> 1).unwrap_or(usize::MAX).saturating_mul(width);
        // The last group may be cut where its values end.
        let (packed, rest) = self.rest.split_at(wanted.min(self.rest.len()));
        self.rest = rest;
        let values = (packed.len() * 8).checked_div(width).unwrap_or(usize::MAX);
        Ok(Run::Packed(packed, values))
    }

    fn varint(&mut self) -> Result<u64, Broken> {
        let (mut value, mut shift) = (0u64, 0);
        loop {
            let (&byte, rest) = self.rest.split_first().ok_or("fewer values than announced")?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
            if shift > 56 {
                return Err("a run without end".into());
            }
        }
    }

    /// Appends so many values.
    pub(super) fn values(mut self, count: usize, out: &mut Vec<u32>) -> Result<(), Broken> {
        let mut left = count;
        while left > 0 {
            let taken = match self.next()? {
                Run::Repeated(value, length) => {
                    let taken = length.min(left);
                    out.resize(out.len() + taken, value);
                    taken
                }
                Run::Packed(packed, length) => {
                    let taken = length.min(left);
                    unpack(packed, self.width, taken, out);
                    taken
                }
            };
            if taken == 0 {
                return Err("an empty run".into());
            }
            left -= taken;
        }
        Ok(())
    }

    /// Appends so many values of one bit; how many of them were set.
    pub(super) fn bits(mut self, count: usize, out: &mut Bits) -> Result<usize, Broken> {
        let (mut left, before) = (count, out.set);
        while left > 0 {
            let taken = match self.next()? {
                Run::Repeated(value, length) => {
                    let taken = length.min(left);
                    out.push_run(value != 0, taken);
                    taken
                }
                Run::Packed(packed, length) => {
                    let taken = length.min(left);
                    out.push_packed(packed, taken);
                    taken
                }
            };
            if taken == 0 {
                return Err("an empty run".into());
            }
            left -= taken;
        }
        Ok(out.set - before)
    }
}

/// Values of some bits each, lowest bits first.
fn unpack(packed: &[u8], width: u8, count: usize, out: &mut Vec<u32>) {
    let width = usize::from(width);
    let mask = (1u64 << width) - 1;
    // Eight bytes from the one where the value begins hold all of it.
    let whole = if packed.len() >= 8 && width > 0 { (packed.len() - 8) * 8 / width } else { 0 }.min(count);
    out.reserve(count);
    out.extend((0..whole).map(|i| {
        let bit = i * width;
        let word = packed[bit / 8..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        (word >> (bit % 8) & mask) as u32
    }));
    out.extend((whole..count).map(|i| {
        let bit = i * width;
        let mut bytes = [0; 8];
        for (to, &from) in bytes.iter_mut().zip(packed.get(bit / 8..).unwrap_or_default()) {
            *to = from;
        }
        (u64::from_le_bytes(bytes) >> (bit % 8) & mask) as u32
    }));
}

/// Bits under construction.
#[derive(Default)]
pub(super) struct Bits {
    words: Vec<u64>,
    len: usize,
    /// How many are set.
    pub(super) set: usize,
}

impl Bits {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Appends the lowest bits of a word.
    fn push_word(&mut self, word: u64, count: usize) {
        if count == 0 {
            return;
        }
        let word = if count == 64 { word } else { word & ((1 << count) - 1) };
        self.set += word.count_ones() as usize;
        let shift = self.len % 64;
        match self.words.last_mut() {
            Some(last) if shift > 0 => {
                *last |= word << shift;
                if shift + count > 64 {
                    self.words.push(word >> (64 - shift));
                }
            }
            _ => self.words.push(word),
        }
        self.len += count;
    }

    pub(super) fn push_run(&mut self, value: bool, mut count: usize) {
        let word = if value { !0 } else { 0 };
        while count > 0 {
            let some = count.min(64);
            self.push_word(word, some);
            count -= some;
        }
    }

    pub(super) fn push_packed(&mut self, packed: &[u8], mut count: usize) {
        for chunk in packed.chunks(8) {
            let mut bytes = [0; 8];
            bytes[..chunk.len()].copy_from_slice(chunk);
            let some = count.min(chunk.len() * 8);
            self.push_word(u64::from_le_bytes(bytes), some);
            count -= some;
        }
    }

    /// So many bits, those that are missing not set.
    pub(super) fn finish(mut self, len: usize) -> Bitmap {
        self.push_run(false, len.saturating_sub(self.len));
        Bitmap::from_words(self.words, len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(bytes: &[u8], width: u8, count: usize) -> Result<Vec<u32>, Broken> {
        let mut out = Vec::new();
        Hybrid::new(bytes, width)?.values(count, &mut out).map(|()| out)
    }

    #[test]
    fn runs_and_packed_stretches_take_turns() {
        // Four times 5, then eight values of three bits.
        let bytes = [4 << 1, 5, 1 << 1 | 1, 0x88, 0xc6, 0xfa];
        assert_eq!(values(&bytes, 3, 12).unwrap(), [5, 5, 5, 5, 0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(values(&bytes, 3, 6).unwrap(), [5, 5, 5, 5, 0, 1]);
        assert!(values(&bytes, 3, 13).is_err());
        assert!(values(&[0, 0, 0], 3, 1).is_err());
        assert!(values(&[0xff; 20], 3, 1).is_err());
    }

    #[test]
    fn wide_values_are_read_to_the_last() {
        let numbers: Vec<u32> = (0..40).map(|n| n * 0x0612_3457).collect();
        for width in [1, 7, 8, 13, 20, 31, 32] {
            let mask = u32::MAX >> (32 - width);
            let mut packed = vec![0u8; 40 * width as usize / 8];
            for (i, number) in numbers.iter().enumerate() {
                for bit in 0..width as usize {
                    packed[(i * width as usize + bit) / 8] |=
                        ((number >> bit & 1) as u8) << ((i * width as usize + bit) % 8);
                }
            }
            let bytes = [&[5 << 1 | 1][..], &packed].concat();
            let wanted: Vec<u32> = numbers.iter().map(|n| n & mask).collect();
            assert_eq!(values(&bytes, width as u8, 40).unwrap(), wanted, "{width}");
        }
    }

    #[test]
    fn bits_are_put_together_at_any_place() {
        let mut bits = Bits::default();
        let mut wanted = Vec::new();
        for (n, count) in [3, 70, 1, 64, 5, 129].into_iter().enumerate() {
            bits.push_run(n % 2 == 1, count);
            wanted.extend(vec![n % 2 == 1; count]);
            bits.push_packed(&[0b1010_1100, 0b0000_0001], 11);
            wanted.extend([false, false, true, true, false, true, false, true, true, false, false]);
        }
        assert_eq!(bits.set, wanted.iter().filter(|b| **b).count());
        let map = bits.finish(wanted.len() + 2);
        assert!((0..wanted.len()).all(|i| map.get(i) == wanted[i]) && !map.get(wanted.len() + 1));
    }
}
