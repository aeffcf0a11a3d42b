//! What could not be read: counted by kind, with the first place of each kind, so that a broken file gives one warning and not a thousand.

use crate::error::{Diagnostic, ErrorKind};

/// Damage found while reading one input.
#[derive(Clone, Debug, Default)]
pub struct Damage {
    kinds: Vec<Kind>,
    /// Where the bytes stand in their input to which places refer.
    base: usize,
}

#[derive(Clone, Debug)]
struct Kind {
    what: &'static str,
    count: u64,
    first: usize,
    why: String,
}

impl Damage {
    /// None yet, of bytes that do not stand at the beginning of their input.
    pub(crate) fn starting_at(base: usize) -> Self {
        Damage { base, ..Damage::default() }
    }

    /// A place in the bytes as one in their input.
    pub fn place(&self, at: usize) -> usize {
        self.base.wrapping_add(at)
    }

    /// Something is wrong at this byte: `what` names the kind in the plural ("events that do not end"), `why` the reason in this case.
    pub fn note(&mut self, what: &'static str, at: usize, why: impl Into<String>) {
        self.note_many(what, 1, at, why);
    }

    /// Things of one kind are wrong, the first of them at this byte.
    pub fn note_many(&mut self, what: &'static str, count: u64, at: usize, why: impl Into<String>) {
        match self.kinds.iter_mut().find(|kind| kind.what == what) {
            Some(kind) => kind.count += count,
            None => self.kinds.push(Kind { what, count, first: self.base.wrapping_add(at), why: why.into() }),
        }
    }

    /// Adds what was found in another part of the input, further behind.
    pub fn merge(&mut self, other: Damage) {
        for theirs in other.kinds {
            match self.kinds.iter_mut().find(|kind| kind.what == theirs.what) {
                Some(kind) => kind.count += theirs.count,
                None => self.kinds.push(theirs),
            }
        }
    }

    /// How many things are wrong in all.
    pub fn count(&self) -> u64 {
        self.kinds.iter().map(|kind| kind.count).sum()
    }

    /// One warning a kind, for the input of this name.
    pub fn warnings(&self, name: &str) -> Vec<Diagnostic> {
        let warning = |Kind { what, count, first, why }: &Kind| {
            let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
            let place = if *count == 1 { "at byte" } else { "the first at byte" };
            Diagnostic::new(ErrorKind::Data, format!("{name}: {what}: {count}, {place} {first}{why}"))
        };
        self.kinds.iter().map(warning).collect()
    }
}
