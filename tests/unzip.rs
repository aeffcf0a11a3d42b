//! The members of a zip archive, for test data that is published as such.

use std::io::Read;

/// The members, name and content; `None` when the bytes are no archive.
pub fn unzip(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    bytes.strip_prefix(b"PK\x03\x04")?;
    // The directory at the end knows sizes that the members themselves may lack.
    let end = bytes.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let count = number(bytes, end + 10, 2)?;
    let mut at = number(bytes, end + 16, 4)?;
    let mut members = Vec::new();
    for _ in 0..count {
        let (method, packed) = (number(bytes, at + 10, 2)?, number(bytes, at + 20, 4)?);
        let [name, extra, comment] = [28, 30, 32].map(|offset| number(bytes, at + offset, 2));
        let (name, local) = (name?, number(bytes, at + 42, 4)?);
        let start = local + 30 + number(bytes, local + 26, 2)? + number(bytes, local + 28, 2)?;
        let content = bytes.get(start..start + packed)?;
        let mut plain = Vec::new();
        match method {
            0 => plain.extend_from_slice(content),
            _ => drop(flate2::read::DeflateDecoder::new(content).read_to_end(&mut plain).ok()?),
        }
        let title = String::from_utf8_lossy(bytes.get(at + 46..at + 46 + name)?).into_owned();
        members.push((title, plain));
        at += 46 + name + extra? + comment?;
    }
    Some(members)
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let digits = bytes.get(at..at + length)?;
    Some(digits.iter().rev().fold(0, |n, byte| n << 8 | usize::from(*byte)))
}
