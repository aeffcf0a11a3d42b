//! Values that are encoded by their differences, or byte by byte: turned into plain ones, which stand one after the other. Whatever the
//! bytes say, no more comes out than was asked for; what stands before the first wrong byte does.

use ::parquet::basic::{Encoding, Type};

use super::Broken;
use crate::formats::archive::MAX_GROWTH;

const SHORT: &str = "fewer values than announced";
/// Texts that share their beginnings may grow to this, however short they are encoded.
const MAX_TEXTS: usize = 1 << 26;

/// Plain values, and why there are no more of them.
pub(super) struct Plain {
    pub(super) bytes: Vec<u8>,
    pub(super) count: usize,
    pub(super) broken: Option<Broken>,
}

/// So many values of a type, those of fixed size of `length` bytes.
pub(super) fn plain(
    encoding: Encoding,
    physical: Type,
    length: usize,
    content: &[u8],
    count: usize,
) -> Result<Plain, Broken> {
    let size = match physical {
        Type::INT32 | Type::FLOAT => 4,
        Type::INT64 | Type::DOUBLE => 8,
        _ => length,
    };
    match (encoding, physical) {
        (Encoding::DELTA_BINARY_PACKED, Type::INT32 | Type::INT64) => {
            let mut numbers = Vec::new();
            let broken = Deltas::new(content).and_then(|deltas| deltas.read(count, &mut numbers)).err();
            let bytes = numbers.iter().flat_map(|number| number.to_le_bytes().into_iter().take(size)).collect();
            Ok(Plain { bytes, count: numbers.len(), broken })
        }
        (Encoding::DELTA_LENGTH_BYTE_ARRAY, Type::BYTE_ARRAY) => texts(content, None, count),
        (Encoding::DELTA_BYTE_ARRAY, Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY) => {
            let mut prefixes = Vec::new();
            let behind = Deltas::new(content)?.read(count, &mut prefixes)?;
            let read = texts(behind, Some(&prefixes), count)?;
            if physical == Type::BYTE_ARRAY { Ok(read) } else { fixed(read, length) }
        }
        (
            Encoding::BYTE_STREAM_SPLIT,
            Type::INT32 | Type::INT64 | Type::FLOAT | Type::DOUBLE | Type::FIXED_LEN_BYTE_ARRAY,
        ) => {
            // All first bytes, then all second ones: of as many values as the page holds.
            let all = content.len().checked_div(size).unwrap_or(0);
            let count = count.min(all);
            let bytes = (0..count).flat_map(|value| (0..size).map(move |byte| content[byte * all + value])).collect();
            Ok(Plain { bytes, count, broken: None })
        }
        _ => Err(format!("values in the encoding {encoding}, which is not known").into()),
    }
}

/// Texts whose lengths stand before all of them; with what each shares with the one before it.
fn texts(content: &[u8], prefixes: Option<&[i64]>, count: usize) -> Result<Plain, Broken> {
    let mut lengths = Vec::new();
    let mut rest = Deltas::new(content)?.read(count, &mut lengths)?;
    let most = MAX_TEXTS.max(content.len().saturating_mul(MAX_GROWTH as usize));
    let mut read = Plain { bytes: Vec::new(), count: 0, broken: None };
    let mut last = 0..0;
    for (number, &length) in lengths.iter().enumerate() {
        let prefix = prefixes.map_or(0, |prefixes| prefixes.get(number).copied().unwrap_or(-1));
        let prefix = usize::try_from(prefix).ok().filter(|&prefix| prefix <= last.len());
        let suffix = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
        let (Some(prefix), Some((suffix, behind))) = (prefix, suffix) else {
            read.broken = Some("a value that does not end".into());
            break;
        };
        let size = prefix + suffix.len();
        if read.bytes.len() + size > most {
            read.broken = Some("texts that grow without end".into());
            break;
        }
        read.bytes.extend((size as u32).to_le_bytes());
        let start = read.bytes.len();
        read.bytes.extend_from_within(last.start..last.start + prefix);
        read.bytes.extend_from_slice(suffix);
        (last, rest) = (start..start + size, behind);
        read.count += 1;
    }
    Ok(read)
}

/// Texts that have the same length, less their lengths.
fn fixed(texts: Plain, length: usize) -> Result<Plain, Broken> {
    let mut read = Plain { bytes: Vec::new(), count: 0, broken: texts.broken };
    let values = texts.bytes.chunks_exact(4 + length);
    for value in values.take(texts.count) {
        let (said, value) = value.split_at(4);
        if said != (length as u32).to_le_bytes() {
            read.broken = Some("a value of another size".into());
            break;
        }
        read.bytes.extend_from_slice(value);
        read.count += 1;
    }
    Ok(read)
}

/// Numbers by their differences: a first one, then blocks, each with its smallest difference and small blocks of what the others are
/// larger by.
struct Deltas<'a> {
    rest: &'a [u8],
    /// Values of a small block, and how many of those a block has.
    values: usize,
    blocks: usize,
    /// How many values there are.
    total: usize,
    last: i64,
}

impl<'a> Deltas<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, Broken> {
        let mut deltas = Deltas { rest: bytes, values: 0, blocks: 0, total: 0, last: 0 };
        let mut size = || usize::try_from(deltas.varint()?).map_err(|_| Broken::from("a block without end"));
        let (block, blocks, total) = (size()?, size()?, size()?);
        let values = block.checked_div(blocks).unwrap_or(0);
        if values == 0 || values % 8 > 0 || values * blocks != block || blocks > bytes.len() {
            return Err("blocks of no known size".into());
        }
        (deltas.values, deltas.blocks, deltas.total) = (values, blocks, total);
        deltas.last = deltas.zigzag()?;
        Ok(deltas)
    }

    fn varint(&mut self) -> Result<u64, Broken> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or(SHORT)?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err("a number without end".into())
    }

    fn zigzag(&mut self) -> Result<i64, Broken> {
        let number = self.varint()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// Appends so many values, or those before the first that is not there; what stands behind all of them.
    fn read(mut self, count: usize, out: &mut Vec<i64>) -> Result<&'a [u8], Broken> {
        let wanted = count.min(self.total);
        let mut left = self.total;
        if left > 0 && wanted > 0 {
            out.push(self.last);
        }
        left = left.saturating_sub(1);
        while left > 0 {
            if out.len() >= wanted && wanted < self.total {
                return Err("more values than announced".into());
            }
            let smallest = self.zigzag()?;
            let (widths, rest) = self.rest.split_at_checked(self.blocks).ok_or(SHORT)?;
            self.rest = rest;
            for &width in widths {
                if left == 0 {
                    break;
                }
                let width = usize::from(width);
                if width > 64 {
                    return Err("differences of more than 64 bits".into());
                }
                // The last block may be cut where its values end.
                let (packed, rest) = self.rest.split_at((self.values / 8).saturating_mul(width).min(self.rest.len()));
                self.rest = rest;
                let there = (packed.len() * 8).checked_div(width).unwrap_or(usize::MAX);
                let some = self.values.min(left);
                for value in 0..some.min(there).min(wanted - out.len()) {
                    self.last = self.last.wrapping_add(smallest).wrapping_add(bits(packed, value * width, width));
                    out.push(self.last);
                }
                if there < some {
                    return Err(SHORT.into());
                }
                left -= some;
            }
        }
        if wanted < count { Err(SHORT.into()) } else { Ok(self.rest) }
    }
}

/// The number of so many bits that begins at a bit, the lowest first.
fn bits(packed: &[u8], at: usize, width: usize) -> i64 {
    let mut bytes = [0; 16];
    for (to, &from) in bytes.iter_mut().zip(packed.get(at / 8..).unwrap_or_default()) {
        *to = from;
    }
    let mask = (1u128 << width) - 1;
    (u128::from_le_bytes(bytes) >> (at % 8) & mask) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_out_that_is_not_there() {
        // Blocks of 128 in four, ten values from 7 in steps of 2.
        let ten = [0x80, 1, 4, 10, 14, 4, 0, 0, 0, 0];
        let numbers = |bytes: &[u8], count| {
            let mut out = Vec::new();
            let broken = Deltas::new(bytes).and_then(|deltas| deltas.read(count, &mut out)).is_err();
            (out, broken)
        };
        assert_eq!(numbers(&ten, 10), ((0..10).map(|n| 7 + 2 * n).collect(), false));
        assert!(numbers(&ten, 11).1);
        assert_eq!(numbers(&ten[..5], 10), (vec![7], true));
        assert!(numbers(&[0x80, 1, 4, 0, 14], 3).1, "none, of which some are wanted");
        assert!(numbers(&[0x80, 1, 0, 9, 14], 3).1, "no blocks");
        assert!(numbers(&[0xff; 30], 3).1);
        // More values than anything could hold, in a few bytes.
        let endless = [0x80, 1, 4, 0xff, 0xff, 0xff, 0xff, 0x7f, 2, 2, 0, 0, 0, 0];
        let (found, broken) = numbers(&endless, 1000);
        assert!(found.len() <= 129 && broken, "{}", found.len());
    }
}
