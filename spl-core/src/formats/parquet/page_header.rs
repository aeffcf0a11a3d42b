//! Headers of pages, as far as they say how large a page is and of which type: sizes that cannot be are found before memory is reserved for them,
//! and a type that nothing more is said of before the crate asks for that. And of footers, whether their lists are within them, before the crate counts through them.
//!
//! Both are structs of Thrift's compact protocol; what is in them beside sizes is passed over.

use crate::formats::archive::MAX_GROWTH;

/// Pages may be so large, however small they are packed.
const MAX_PAGE: i64 = 1 << 26;
/// Structs in structs.
const MAX_DEPTH: u32 = 8;

/// Structs and lists in each other, in a footer.
const FOOTER_DEPTH: u32 = 32;

const INT32: u8 = 5;
const STRUCT: u8 = 12;

/// Whether a header may be true.
pub(super) fn check(header: &[u8]) -> Result<(), &'static str> {
    let head = Compact(header).head().ok_or("a page without a header")?;
    let Head { kind, told, unpacked, packed, levels } = head;
    // Pages of indexes are passed over.
    let told = kind.filter(|&kind| kind != 1).and_then(|kind| told.get(usize::try_from(kind).ok()?));
    if told == Some(&false) {
        return Err("a page of a type that nothing is said of");
    }
    let most = MAX_PAGE.max(packed.saturating_mul(MAX_GROWTH as i64));
    match (0..=most).contains(&unpacked) && (0..=unpacked).contains(&levels) {
        true => Ok(()),
        false => Err("a page of a size that cannot be"),
    }
}

/// Whether bytes begin with a struct whose lists and texts are within them.
pub(super) fn is_struct(bytes: &[u8]) -> bool {
    Compact(bytes).pass(STRUCT, FOOTER_DEPTH).is_some()
}

#[derive(Default)]
struct Head {
    /// The page's type.
    kind: Option<i64>,
    /// Of which types more is said.
    told: [bool; 4],
    unpacked: i64,
    packed: i64,
    /// Of both kinds, where they stand in front of the page's values.
    levels: i64,
}

/// What has not been read yet.
struct Compact<'a>(&'a [u8]);

impl Compact<'_> {
    fn head(&mut self) -> Option<Head> {
        let mut head = Head::default();
        let mut last = 0;
        loop {
            let (field, kind) = self.field(&mut last)?;
            if let (5..=8, STRUCT) = (field, kind) {
                head.told[field as usize - 5] = true;
            }
            match (field, kind) {
                (_, 0) => return Some(head),
                (1, 4..=6) => head.kind = Some(self.number()?),
                (2, INT32) => head.unpacked = self.number()?,
                (3, INT32) => head.packed = self.number()?,
                (8, STRUCT) => head.levels = self.levels()?,
                (_, kind) => self.pass(kind, MAX_DEPTH)?,
            }
        }
    }

    /// Bytes of the levels of a page of the second version.
    fn levels(&mut self) -> Option<i64> {
        let (mut levels, mut field) = (0i64, 0);
        loop {
            match self.field(&mut field)? {
                (_, 0) => return Some(levels),
                (5 | 6, INT32) => {
                    let size = self.number()?;
                    if size < 0 {
                        return None;
                    }
                    levels = levels.saturating_add(size);
                }
                (_, kind) => self.pass(kind, MAX_DEPTH)?,
            }
        }
    }

    /// Number and type of the next field; type 0 is the end.
    fn field(&mut self, last: &mut i64) -> Option<(i64, u8)> {
        let byte = self.byte()?;
        let (step, kind) = (byte >> 4, byte & 15);
        if kind > 0 {
            *last = if step == 0 { self.number()? } else { last.saturating_add(i64::from(step)) };
        }
        Some((*last, kind))
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn number(&mut self) -> Option<i64> {
        let number = self.unsigned()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn pass(&mut self, kind: u8, depth: u32) -> Option<()> {
        let bytes = match kind {
            // Truth values are types.
            1 | 2 => 0,
            3 => 1,
            4..=6 => return self.unsigned().map(drop),
            7 => 8,
            8 => usize::try_from(self.unsigned()?).ok()?,
            9 | 10 => {
                let byte = self.byte()?;
                let size = if byte >> 4 == 15 { self.unsigned()? } else { u64::from(byte >> 4) };
                for _ in 0..size {
                    match byte & 15 {
                        1 | 2 => drop(self.byte()?),
                        kind => self.pass(kind, depth.checked_sub(1)?)?,
                    }
                }
                0
            }
            STRUCT => {
                let (depth, mut field) = (depth.checked_sub(1)?, 0);
                loop {
                    match self.field(&mut field)? {
                        (_, 0) => return Some(()),
                        (_, kind) => self.pass(kind, depth)?,
                    }
                }
            }
            _ => return None,
        };
        self.0 = self.0.get(bytes..)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        // Type 3 (a page of the second version), 10 bytes packed to 6; two values, one null, levels of 1 and 2 bytes.
        let good =
            [0x15, 6, 0x15, 20, 0x15, 12, 0x5c, 0x15, 4, 0x15, 2, 0x15, 4, 0x15, 0, 0x15, 2, 0x15, 4, 0x11, 0, 0];
        assert_eq!(check(&good), Ok(()));
        // A struct of statistics before the sizes, and unknown fields of all types, are passed over.
        let more =
            [0x1c, 0x18, 2, b'a', b'b', 0x00, 0x15, 20, 0x15, 12, 0x39, 0x25, 2, 4, 0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(check(&more), Ok(()));
        for end in 0..good.len() {
            assert!(check(&good[..end]).is_err(), "{end}");
        }
        let with = |at: usize, byte: u8| {
            let mut bytes = good;
            bytes[at] = byte;
            check(&bytes).is_err()
        };
        assert!(with(3, 19), "less than nothing");
        assert!(with(16, 20), "levels that are larger than the page");
        assert!(with(16, 1), "levels of less than nothing");
        assert!(with(1, 4), "a dictionary, of which nothing is said");
        let huge = [&[0x15, 6, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f], &good[4..]].concat();
        assert!(check(&huge).is_err());
        assert!(check(&[0x1c; 100]).is_err());
        // A list of truth values that is longer than all there is.
        assert!(is_struct(&[0x19, 0x22, 1, 2, 0]) && !is_struct(&[0x19, 0xf2, 0xff, 0xff, 0xff, 0xff, 7, 1, 0]));
        assert!(check(&[0x19, 0xf3, 0xff, 0xff, 0xff, 0xff, 0x7f]).is_err());
    }
}
