//! [`FieldSet`]: which fields somebody reads or writes.

use std::collections::BTreeSet;

use crate::expr::wildcard_match;
use crate::table::FieldName;

/// A set of field names.
///
/// ```
/// use spl_core::plan::FieldSet;
///
/// let set = FieldSet::of(["user", "src*"]);
/// assert!(set.contains("src_ip") && !set.contains("dest"));
/// assert!(set.intersects(&FieldSet::of(["dest", "user"])));
/// ```
///
/// Either all, or those listed (which may be patterns with `*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSet {
    all: bool,
    names: BTreeSet<FieldName>,
    /// Those of the names that are patterns.
    patterns: BTreeSet<FieldName>,
}

impl Default for FieldSet {
    fn default() -> Self {
        FieldSet::all()
    }
}

impl FieldSet {
    /// Every field.
    pub fn all() -> Self {
        FieldSet { all: true, ..FieldSet::none() }
    }

    /// No field.
    pub fn none() -> Self {
        FieldSet { all: false, names: BTreeSet::new(), patterns: BTreeSet::new() }
    }

    /// These fields.
    pub fn of<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Self {
        let names: BTreeSet<FieldName> = names.into_iter().map(|n| FieldName::from(n.as_ref())).collect();
        FieldSet { all: false, patterns: names.iter().filter(|name| name.contains('*')).cloned().collect(), names }
    }

    /// Whether it is every field.
    pub fn is_all(&self) -> bool {
        self.all
    }

    /// The names listed; empty when it is all.
    pub fn names(&self) -> impl Iterator<Item = &FieldName> {
        self.names.iter()
    }

    /// Whether the field is in it.
    pub fn contains(&self, field: &str) -> bool {
        self.all || self.names.contains(field) || self.patterns.iter().any(|pattern| wildcard_match(pattern, field))
    }

    /// Whether a name or pattern of it and a name or pattern of the other may mean the same field.
    pub fn intersects(&self, other: &FieldSet) -> bool {
        match (self.all, other.all) {
            (true, _) => other.all || !other.names.is_empty(),
            (_, true) => !self.names.is_empty(),
            _ => self.names.iter().any(|n| other.contains(n)) || other.names.iter().any(|n| self.contains(n)),
        }
    }

    /// Adds fields.
    pub fn insert(&mut self, field: impl AsRef<str>) {
        if !self.all {
            let field = FieldName::from(field.as_ref());
            if field.contains('*') {
                self.patterns.insert(field.clone());
            }
            self.names.insert(field);
        }
    }

    /// Takes one field out (nothing happens to `all`).
    pub fn remove(&mut self, field: &str) {
        self.names.remove(field);
        self.patterns.remove(field);
    }

    /// Fields of either.
    #[must_use]
    pub fn union(mut self, other: &FieldSet) -> Self {
        if self.all || other.all {
            return FieldSet::all();
        }
        self.names.extend(other.names.iter().cloned());
        self.patterns.extend(other.patterns.iter().cloned());
        self
    }
}
