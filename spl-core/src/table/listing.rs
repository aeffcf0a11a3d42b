//! Texts of a field that hardly repeats (ids, times to the microsecond), one after the other: kept small until somebody asks for one.
//!
//! A text is stored as what differs from the one before it; GUIDs are stored as their 16 bytes. The first question unpacks the list.

use std::sync::OnceLock;

/// Headers above this are not lengths of a common beginning.
const MAX_COMMON: usize = 250;
const GUID_LOWER: u8 = 254;
const GUID_UPPER: u8 = 255;
const LONG: u8 = 255;

/// A list under construction; texts get numbers from 1.
#[derive(Default)]
pub(super) struct ListingBuilder {
    packed: Vec<u8>,
    last: Vec<u8>,
    count: u32,
    /// Bytes of all texts together.
    length: u64,
    full: bool,
}

impl ListingBuilder {
    /// Appends a text; its number, 0 when the list is full.
    pub(super) fn append(&mut self, text: &str) -> u32 {
        let text = text.as_bytes();
        self.length += text.len() as u64;
        if self.length > u64::from(u32::MAX) || self.count == u32::MAX {
            self.length -= text.len() as u64;
            self.full = true;
            return 0;
        }
        self.count += 1;
        if let Some((header, guid)) = pack_guid(text) {
            self.packed.push(header);
            self.packed.extend_from_slice(&guid);
        } else {
            let common = common(&self.last, text);
            let rest = &text[common..];
            self.packed.push(common as u8);
            match u8::try_from(rest.len()) {
                Ok(short) if short != LONG => self.packed.push(short),
                _ => {
                    self.packed.push(LONG);
                    self.packed.extend_from_slice(&(rest.len() as u32).to_le_bytes());
                }
            }
            self.packed.extend_from_slice(rest);
            self.last.truncate(common);
            self.last.extend_from_slice(rest);
        }
        self.count
    }

    /// Appends another list; what to add to its numbers to get ours. The first text of a list has nothing in common with another.
    pub(super) fn append_all(&mut self, other: &ListingBuilder) -> u32 {
        let base = self.count;
        if self.length + other.length > u64::from(u32::MAX) {
            self.full = true;
            return base;
        }
        self.packed.extend_from_slice(&other.packed);
        self.last.clone_from(&other.last);
        self.count += other.count;
        self.length += other.length;
        base
    }

    pub(super) fn len(&self) -> u32 {
        self.count
    }

    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn finish(mut self) -> Listing {
        self.packed.shrink_to_fit();
        Listing {
            packed: self.packed,
            count: self.count as usize,
            length: self.length as usize,
            texts: OnceLock::new(),
        }
    }
}

/// A finished list.
#[derive(Debug)]
pub(super) struct Listing {
    packed: Vec<u8>,
    count: usize,
    length: usize,
    texts: OnceLock<(String, Vec<u32>)>,
}

impl Listing {
    /// The text of this number.
    pub(super) fn get(&self, number: u32) -> Option<&str> {
        let at = (number as usize).checked_sub(1)?;
        let (text, ends) = self.texts.get_or_init(|| self.unpack());
        let start = if at == 0 { 0 } else { *ends.get(at - 1)? };
        text.get(start as usize..*ends.get(at)? as usize)
    }

    fn unpack(&self) -> (String, Vec<u32>) {
        let mut text: Vec<u8> = Vec::with_capacity(self.length);
        let mut ends = Vec::with_capacity(self.count);
        // The last text that was stored by its difference.
        let mut last = 0;
        let mut rest = &self.packed[..];
        while let Some((&header, behind)) = rest.split_first() {
            let start = text.len();
            if header > MAX_COMMON as u8 {
                let Some((guid, behind)) = behind.split_at_checked(16) else { break };
                unpack_guid(guid, header == GUID_UPPER, &mut text);
                rest = behind;
            } else {
                let Some((&short, behind)) = behind.split_first() else { break };
                let (length, behind) = match behind.split_first_chunk::<4>() {
                    Some((long, behind)) if short == LONG => (u32::from_le_bytes(*long) as usize, behind),
                    _ => (usize::from(short), behind),
                };
                let Some((suffix, behind)) = behind.split_at_checked(length) else { break };
                text.extend_from_within(last..last + usize::from(header));
                text.extend_from_slice(suffix);
                (last, rest) = (start, behind);
            }
            ends.push(text.len() as u32);
        }
        (String::from_utf8(text).unwrap_or_default(), ends)
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn bytes(&self) -> usize {
        self.packed.capacity() + self.texts.get().map_or(0, |(text, ends)| text.capacity() + ends.capacity() * 4)
    }
}

/// How many bytes two texts have in common at the beginning, as far as a header can say.
fn common(a: &[u8], b: &[u8]) -> usize {
    let length = a.len().min(b.len()).min(MAX_COMMON);
    let (a, b) = (&a[..length], &b[..length]);
    let mut at = 0;
    for (x, y) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        if x != y {
            break;
        }
        at += 8;
    }
    at + a[at..].iter().zip(&b[at..]).take_while(|(x, y)| x == y).count()
}

/// Where the pairs of digits stand in `{01234567-89ab-cdef-0123-456789abcdef}`.
const PAIRS: [usize; 16] = [1, 3, 5, 7, 10, 12, 15, 17, 20, 22, 25, 27, 29, 31, 33, 35];

/// What a byte is as a digit: its value, and whether it is a small or a capital letter, or none at all.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        if value < 10 {
            digits[b'0' as usize + value] = value as u8;
        } else {
            digits[b'a' as usize + value - 10] = value as u8 | LOWER;
            digits[b'A' as usize + value - 10] = value as u8 | UPPER;
        }
        value += 1;
    }
    digits
};
const LOWER: u8 = 0x10;
const UPPER: u8 = 0x20;
const NO_DIGIT: u8 = 0x80;

/// The bytes of a GUID in braces, all its letters of one case.
fn pack_guid(text: &[u8]) -> Option<(u8, [u8; 16])> {
    let text: &[u8; 38] = text.try_into().ok()?;
    if text[0] != b'{' || text[37] != b'}' || [9, 14, 19, 24].iter().any(|&at| text[at] != b'-') {
        return None;
    }
    let (mut guid, mut kinds) = ([0; 16], 0);
    for (byte, at) in guid.iter_mut().zip(PAIRS) {
        let (high, low) = (DIGITS[usize::from(text[at])], DIGITS[usize::from(text[at + 1])]);
        kinds |= high | low;
        *byte = high << 4 | low & 15;
    }
    match (kinds & NO_DIGIT, kinds & LOWER, kinds & UPPER) {
        (0, _, 0) => Some((GUID_LOWER, guid)),
        (0, 0, _) => Some((GUID_UPPER, guid)),
        _ => None,
    }
}

fn unpack_guid(guid: &[u8], upper: bool, text: &mut Vec<u8>) {
    let digits: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    let start = text.len();
    text.extend_from_slice(b"{00000000-0000-0000-0000-000000000000}");
    for (byte, at) in guid.iter().zip(PAIRS) {
        text[start + at] = digits[usize::from(byte >> 4)];
        text[start + at + 1] = digits[usize::from(byte & 15)];
    }
}
