//! Where `outputlookup` writes: into one folder that the user allowed, each file whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use spl_core::error::{Diagnostic, ErrorKind, Result};
use spl_core::knowledge::LookupWriter;

/// Writes into a folder.
pub(crate) struct FolderWriter(pub(crate) PathBuf);

impl LookupWriter for FolderWriter {
    fn write(&self, file: &str, csv: &[u8]) -> Result<()> {
        let path = self.0.join(file);
        replace(&path, csv).map_err(|error| wrong("write", &path, &error))
    }

    fn remove(&self, file: &str) -> Result<()> {
        let path = self.0.join(file);
        fs::remove_file(&path).map_err(|error| wrong("remove", &path, &error))
    }
}

/// Writes a file beside the old one, and puts it in its place when all of it is on the disk.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_with(path, |file| file.write_all(content))
}

/// As [`replace`], with what `write` writes.
pub(crate) fn replace_with<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut File) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let new = path.with_file_name(name);
    let written = (|| {
        let mut file = File::create_new(&new)?;
        write(&mut file)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        Ok(())
    })();
    if written.is_err() {
        // What is left of it is of no use to anybody.
        let _ = fs::remove_file(&new);
    }
    written
}

fn wrong(what: &str, path: &Path, error: &io::Error) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(ErrorKind::Data, format!("cannot {what} {}: {error}", path.display())))
}

/// For searches that are only planned: writing is allowed, and never happens.
pub(crate) struct NeverWrites;

impl LookupWriter for NeverWrites {
    fn write(&self, _: &str, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn remove(&self, _: &str) -> Result<()> {
        Ok(())
    }
}
