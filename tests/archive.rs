//! Archives made for tests.

use std::io::Write;

/// A zip archive of deflated files.
pub fn zip(files: &[(&str, impl AsRef<[u8]>)]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let content = content.as_ref();
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(content).expect("a vector takes everything");
        let packed = encoder.finish().expect("a vector takes everything");
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let numbers = [crc.sum(), packed.len() as u32, content.len() as u32].map(u32::to_le_bytes).concat();
        let name_length = (name.len() as u16).to_le_bytes();
        let start = (archive.len() as u32).to_le_bytes();
        let common = [&[20, 0, 0, 0, 8, 0, 0, 0, 0, 0][..], &numbers, &name_length, &[0, 0]].concat();
        archive.extend([b"PK\x03\x04", &common[..], name.as_bytes(), &packed].concat());
        directory.extend([b"PK\x01\x02\x14\0", &common[..], &[0; 10], &start, name.as_bytes()].concat());
    }
    let (count, start) = (files.len() as u16, archive.len() as u32);
    archive.extend_from_slice(&directory);
    archive.extend([b"PK\x05\x06\0\0\0\0", &count.to_le_bytes()[..], &count.to_le_bytes()].concat());
    archive.extend([(directory.len() as u32).to_le_bytes(), start.to_le_bytes()].concat());
    archive.extend([0, 0]);
    archive
}
