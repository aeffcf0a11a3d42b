//! The first few rows of a `dedup`: rows are looked at in order until there are enough of them, and the others never.

use super::{Dedup, Firsts};
use crate::exec::{Codes, Grouper, Merged};
use crate::table::{DictionaryBuilder, FieldName, Table};
use crate::value::ValueRef;

/// Of so many rows one is looked at in this way, at most: it takes longer than when all are.
const ONE_IN: usize = 32;
/// Rows that may be looked at however few there are.
const ALWAYS: usize = 1024;
/// Rows that are looked at together.
const TOGETHER: usize = 256;

impl Dedup {
    /// The first rows of the result, in its order; `None` when many rows would have to be looked at, or rows do not lie in the order asked for.
    pub(super) fn first_few(&self, table: &Table, fields: &[FieldName], rows: u64) -> Option<Vec<(u32, u32)>> {
        let key = match &self.sort_by[..] {
            [] => None,
            [key] => Some(key),
            _ => return None,
        };
        let mut left = table.rows() / ONE_IN + ALWAYS;
        let rows = usize::try_from(rows).ok().filter(|&rows| rows <= left)?;
        let mut in_order = Merged::new(table.batches(), key)?;
        let mut texts: Vec<DictionaryBuilder> = fields.iter().map(|_| DictionaryBuilder::default()).collect();
        let (mut grouper, mut firsts) = (Grouper::growing(fields.len()), Firsts::default());
        let mut kept = Vec::new();
        while kept.len() < rows {
            let some: Vec<(u32, u32)> = in_order.by_ref().take(TOGETHER).collect();
            if some.is_empty() {
                break;
            }
            left = left.checked_sub(some.len())?;
            let code = |(field, texts): (&FieldName, &mut DictionaryBuilder)| {
                let code = |&(batch, row): &(u32, u32)| match table.batches()[batch as usize].get(field, row as usize) {
                    ValueRef::Null => 0,
                    value => texts.intern(&value.text()),
                };
                Codes::Rows(some.iter().map(code).collect())
            };
            let codes: Vec<Codes> = fields.iter().zip(&mut texts).map(code).collect();
            let groups = grouper.assign(&codes.iter().collect::<Vec<_>>(), some.len());
            firsts.counts.resize(grouper.len() + 1, 0);
            kept.extend(some.iter().zip(groups).filter_map(|(&pick, group)| {
                let (first, empty) = firsts.next(self, group);
                (first || (empty && self.keep_empty)).then_some(pick)
            }));
        }
        kept.truncate(rows);
        Some(kept)
    }
}
