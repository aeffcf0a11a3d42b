//! Files as byte slices: mapped into memory when large, read when small or not regular (pipes, devices).
//!
//! A crate of its own because mapping needs the workspace's only `unsafe`. Mapping is what lets a search over a large log touch each page
//! once, without copying it. Knows nothing of what the bytes mean.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

/// Files up to this size are read: mapping them costs more than copying them.
const SMALL: u64 = 256 << 10;

/// The content of a file.
#[derive(Debug)]
pub struct FileBytes(Held);

#[derive(Debug)]
enum Held {
    Mapped(Mmap),
    Read(Vec<u8>),
}

impl FileBytes {
    /// Opens a file, mapping it when it is regular and large.
    ///
    /// The file must not be written to in place or cut short while the value lives: its bytes would change under the reader, or the system
    /// would end the process. Files that grow, or are replaced by renaming, do no harm. [`FileBytes::read`] is free of this condition.
    pub fn open(path: &Path) -> io::Result<FileBytes> {
        let file = File::open(path)?;
        let about = file.metadata()?;
        if about.is_file() && about.len() > SMALL { map(&file) } else { read(file) }
    }

    /// Opens a file and reads all of it.
    pub fn read(path: &Path) -> io::Result<FileBytes> {
        read(File::open(path)?)
    }
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Held::Mapped(map) => map,
            Held::Read(bytes) => bytes,
        }
    }
}

impl AsRef<[u8]> for FileBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<Vec<u8>> for FileBytes {
    fn from(bytes: Vec<u8>) -> Self {
        FileBytes(Held::Read(bytes))
    }
}

fn read(mut file: File) -> io::Result<FileBytes> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

#[allow(unsafe_code)]
fn map(file: &File) -> io::Result<FileBytes> {
    // SAFETY: the map is private and read-only, so this process cannot change the bytes, and `Mmap` keeps the pages until it is dropped,
    // which the borrow in `deref` outlives never. What remains is another process that writes into the very pages or cuts the file
    // short: no call can rule that out, so it is a condition of `FileBytes::open`, as it is for every program that maps files. Files
    // are logs that are appended to or replaced, and whoever cannot promise that uses `FileBytes::read`.
    let map = unsafe { memmap2::MmapOptions::new().map_copy_read_only(file) }?;
    Ok(FileBytes(Held::Mapped(map)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary(name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("spl-mmap-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn small_large_and_empty_files_have_their_bytes() {
        for (name, size) in [("empty", 0), ("small", 1000), ("large", SMALL as usize + 1)] {
            let bytes: Vec<u8> = (0..size).map(|i| i as u8).collect();
            let path = temporary(name, &bytes);
            assert_eq!(&*FileBytes::open(&path).unwrap(), &bytes[..]);
            assert_eq!(&*FileBytes::read(&path).unwrap(), &bytes[..]);
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_missing_file_is_an_error() {
        assert!(FileBytes::open(Path::new("no such file")).is_err());
    }
}
