//! [`LookupJoin`]: fields of events from the rows of a lookup, as `lookup` and automatic lookups add them.

use super::{Lookup, Lookups, Probe};
use crate::error::{Notes, Result};
use crate::functions::Context;
use crate::table::{Batch, Column, FieldName, field_name};

/// Pairs of (a lookup's column, a field of the events).
pub type FieldPairs = Vec<(String, String)>;

/// A lookup with the fields that it is asked by and gives.
pub struct LookupJoin {
    name: String,
    probe: Probe,
    keys: Vec<FieldName>,
    outputs: Vec<FieldName>,
    only_new: bool,
}

impl std::fmt::Debug for LookupJoin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let output = if self.only_new { "OUTPUTNEW" } else { "OUTPUT" };
        write!(f, "lookup {} {} {output} {}", self.name, self.keys.join(", "), self.outputs.join(", "))
    }
}

impl LookupJoin {
    /// The lookup `name`, asked by `keys` for `outputs`, or else for all other columns. With `only_new` values that are there stay.
    pub fn new(
        lookups: &Lookups,
        name: &str,
        keys: &[(String, String)],
        outputs: Option<FieldPairs>,
        only_new: bool,
        cx: &Context,
    ) -> Result<LookupJoin> {
        let lookup = lookups.find(name)?;
        let outputs = outputs.unwrap_or_else(|| other_columns(&lookup, keys));
        let columns: Vec<String> = outputs.iter().map(|(column, _)| column.clone()).collect();
        Ok(LookupJoin {
            name: name.to_owned(),
            probe: Probe::new(lookup, keys, &columns, cx)?,
            keys: keys.iter().map(|(_, field)| field_name(field)).collect(),
            outputs: outputs.into_iter().map(|(_, field)| field_name(field)).collect(),
            only_new,
        })
    }

    /// Takes the time of events from another field than `_time`.
    #[must_use]
    pub fn with_time_field(mut self, field: &str) -> Self {
        self.probe = self.probe.with_time_field(field);
        self
    }

    /// The fields that it needs.
    pub fn reads(&self) -> impl Iterator<Item = &FieldName> {
        self.keys.iter().chain(self.probe.time_field())
    }

    /// The fields that it gives.
    pub fn outputs(&self) -> &[FieldName] {
        &self.outputs
    }

    /// Whether values that are there stay.
    pub fn only_new(&self) -> bool {
        self.only_new
    }

    /// Gives events the fields. Where nothing matches, a field is cleared, unless values that are there stay.
    pub fn apply(&self, batches: &mut [Batch], notes: &Notes) {
        let found = self.probe.run(batches, notes);
        for (batch, columns) in batches.iter_mut().zip(found) {
            for (field, column) in self.outputs.iter().zip(columns) {
                let column: Column = match batch.column(field) {
                    Some(existing) if self.only_new => existing.or(&column),
                    _ => column,
                };
                if column.all_null() {
                    batch.remove(field);
                } else {
                    batch.set(field, column);
                }
            }
        }
    }
}

fn other_columns(lookup: &Lookup, keys: &[(String, String)]) -> FieldPairs {
    let is_key = |column: &FieldName| keys.iter().any(|(key, _)| **key == **column);
    let others = lookup.table.fields().iter().filter(|column| !is_key(column));
    others.map(|column| (column.to_string(), column.to_string())).collect()
}
