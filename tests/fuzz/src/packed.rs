//! Packed inputs in any state: what could be unpacked is given, the rest is damage, and nothing grows without bounds.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use spl_core::formats::{Damage, Input, Origin, ReadRequest, decompress, load, unpack};

/// What content may grow to here.
const LIMIT: u64 = 1 << 22;

/// Unpacks the bytes as they are, with a packer's mark before them, and packed by us and then broken. The first byte says which.
pub fn check(data: &[u8]) {
    let Some((choice, data)) = data.split_first() else { return };
    let marked = |mark: &[u8]| [mark, data].concat();
    match choice % 6 {
        0 => unpacked(data),
        1 => unpacked(&marked(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])),
        2 => unpacked(&marked(&[0x28, 0xb5, 0x2f, 0xfd])),
        3 => unpacked(&marked(b"PK\x03\x04\x14\0\0\0")),
        4 => cut(data),
        _ => hit(data),
    }
}

fn unpacked(bytes: &[u8]) {
    let mut damage = Damage::default();
    if let Ok(members) = unpack(bytes, LIMIT, &mut damage) {
        let total: u64 = members.iter().map(|member| member.bytes.len() as u64).sum();
        assert!(total <= LIMIT.max(bytes.len() as u64 * 64), "{total} bytes unpacked");
    }
    if bytes.len() < 4096 && damage.count() < 100 {
        let origin = Origin { name: "a".into(), ..Origin::default() };
        // Content that is too large is the only error.
        let _ = load(&[Input { bytes, format: None, origin }], &ReadRequest::default());
    }
}

fn pack(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(u32::try_from(content.len() % 10).unwrap_or(6)));
    encoder.write_all(content).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}

/// What stands before the cut is unpacked, and the cut is noted once.
fn cut(data: &[u8]) {
    let Some((at, content)) = data.split_first_chunk::<2>() else { return };
    let packed = pack(content);
    let at = usize::from(u16::from_le_bytes(*at)) % (packed.len() + 1);
    let mut damage = Damage::default();
    let unpacked = decompress(&packed[..at], LIMIT, &mut damage).expect("no more than was packed");
    if at == packed.len() {
        assert_eq!(&*unpacked, content);
    } else if at >= 2 {
        assert!(content.starts_with(&unpacked), "not the beginning of the content");
        assert_eq!(damage.count(), 1, "cut at {at} of {}", packed.len());
    }
}

/// Two files behind each other, of which the second is hit: the first is whole.
fn hit(data: &[u8]) {
    let Some((&[low, high, byte], content)) = data.split_first_chunk::<3>() else { return };
    let packed = pack(content);
    let mut both = packed.repeat(2);
    let at = usize::from(u16::from_le_bytes([low, high])) % packed.len();
    both[packed.len() + at] ^= byte;
    let mut damage = Damage::default();
    if let Ok(unpacked) = decompress(&both, LIMIT, &mut damage) {
        assert!(unpacked.starts_with(content), "the first file is lost");
        assert!(damage.count() <= 1);
        if byte == 0 {
            assert_eq!(unpacked.len(), 2 * content.len());
        }
    }
}
