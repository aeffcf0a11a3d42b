//! Rows in order one by one, for those who want the first few of many: [`Merged`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::sort::bits;
use crate::plan::{SortKey, SortOrder};
use crate::table::{Batch, Column};

/// The rows of batches, as (batch, row), in the order in which a sort would put them: the next one is the best of those that come next in
/// their batches.
pub(crate) struct Merged<'a> {
    batches: &'a [Batch],
    /// The numbers to sort by; without a key none.
    numbers: Vec<Option<&'a [f64]>>,
    descending: bool,
    /// The next row of each batch: its key, its ordinal, and where it is.
    next: BinaryHeap<Reverse<(u64, u64, u32, u32)>>,
}

impl<'a> Merged<'a> {
    /// By a key, or by place. `None` when the rows of some batch do not lie in the order of the key, as events do by time, or when it takes
    /// more than a comparison of numbers to say so.
    pub(crate) fn new(batches: &'a [Batch], key: Option<&SortKey>) -> Option<Self> {
        let numbers = |batch: &'a Batch| {
            let Some(key) = key else { return Some(None) };
            match (batch.column(&key.field)?, key.order) {
                (Column::Num(numbers), SortOrder::Auto | SortOrder::Number) => {
                    numbers.goes(key.descending).then_some(Some(&numbers.values[..]))
                }
                _ => None,
            }
        };
        let numbers = batches.iter().map(numbers).collect::<Option<_>>()?;
        let descending = key.is_some_and(|key| key.descending);
        let mut merged = Merged { batches, numbers, descending, next: BinaryHeap::with_capacity(batches.len()) };
        (0..batches.len() as u32).for_each(|batch| merged.offer(batch, 0));
        Some(merged)
    }

    /// A row of a batch, if it has that many, is its next one.
    fn offer(&mut self, b: u32, row: u32) {
        let batch = &self.batches[b as usize];
        if (row as usize) < batch.rows() {
            let key = self.numbers[b as usize].map_or(0, |numbers| bits(numbers[row as usize]));
            let key = if self.descending { !key } else { key };
            self.next.push(Reverse((key, batch.ordinal(row as usize), b, row)));
        }
    }
}

impl Iterator for Merged<'_> {
    type Item = (u32, u32);

    fn next(&mut self) -> Option<(u32, u32)> {
        let Reverse((_, _, batch, row)) = self.next.pop()?;
        self.offer(batch, row + 1);
        Some((batch, row))
    }
}
