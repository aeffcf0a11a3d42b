//! Which files a path stands for.

use std::path::{Path, PathBuf};

use spl_core::error::Diagnostic;
use spl_core::formats::has_known_extension;

use crate::console::Console;

/// Files, and what kept others from being found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) failures: Vec<Diagnostic>,
}

/// The files of events that a path names: itself, or in a folder all that look like one of the formats.
pub(super) fn event_files(path: &Path, console: Console) -> Found {
    if !path.is_dir() {
        return Found { files: vec![path.to_owned()], failures: Vec::new() };
    }
    let mut found = walk(path);
    let all = found.files.len();
    found.files.retain(|file| has_known_extension(&file.to_string_lossy()));
    match all - found.files.len() {
        0 => {}
        skipped => console.note(format!(
            "{skipped} of {all} files in {} have no file name extension of a format and are left out; name them to read them",
            path.display()
        )),
    }
    found
}

/// A path as it is, or an archive's path and, behind `!`, a pattern that chooses files of it.
pub(super) fn split_members(path: &Path) -> (PathBuf, Option<String>) {
    let whole = || (path.to_owned(), None);
    let Some(text) = path.to_str().filter(|_| !path.exists()) else { return whole() };
    let splits = text.match_indices('!').map(|(at, _)| (&text[..at], &text[at + 1..]));
    let splits: Vec<_> = splits.filter(|(archive, pattern)| !archive.is_empty() && !pattern.is_empty()).collect();
    let is_there = |(archive, _): &&(&str, &str)| *archive == "-" || Path::new(archive).is_file();
    let is_named_so = |(archive, _): &&(&str, &str)| archive.to_ascii_lowercase().ends_with(".zip");
    match splits.iter().find(is_there).or_else(|| splits.iter().find(is_named_so)) {
        Some((archive, pattern)) => (archive.into(), Some((*pattern).to_owned())),
        None => whole(),
    }
}

/// All files in a folder and its folders, sorted by path; hidden ones and links to folders are left out. A file is itself.
pub(crate) fn walk(path: &Path) -> Found {
    let mut found = Found::default();
    if path.is_dir() {
        descend(path, &mut found);
        found.files.sort();
    } else {
        found.files.push(path.to_owned());
    }
    found
}

fn descend(folder: &Path, found: &mut Found) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return found.failures.push(super::cannot_read(folder, &error)),
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => descend(&path, found),
            Ok(_) if !path.is_dir() => found.files.push(path),
            _ => {}
        }
    }
}
