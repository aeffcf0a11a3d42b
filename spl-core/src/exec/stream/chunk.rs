//! Some of the events, and where they stand among all of them.

use std::sync::Arc;

use crate::table::{Batch, Column, Table};

/// The key of events without time, which come last. Not the largest number: some count from one.
const TIMELESS: u64 = u64::MAX - 1;

/// Rows of some of the events. Events come newest first, those of the same time in the order of the chunks; so the places of rows among
/// all can be told from their times alone, before all chunks are there.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// The rows; their ordinals are places in this chunk.
    pub(crate) table: Table,
    /// For each place in this chunk what its event is sorted by among those of all chunks, ascending.
    keys: Arc<[u64]>,
}

impl Chunk {
    /// Events whose ordinals are their places in this chunk, newest first by `_time`, those without time last.
    pub fn by_time(table: Table) -> Chunk {
        let keys = keys(table.batches());
        Chunk { table, keys }
    }

    /// As [`Chunk::by_time`], for rows in an order of their own: they belong where `key` of their ordinals says, smallest first.
    pub fn by_key(table: Table, key: impl Fn(u64) -> u64) -> Chunk {
        let mut keys = vec![TIMELESS; places(table.batches())];
        each_place(table.batches(), |place, _, _| keys[place] = key(place as u64));
        Chunk { table, keys: keys.into() }
    }

    /// The rows.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The chunk with what became of its rows, whose ordinals are those that they had.
    #[must_use]
    pub fn with(&self, table: Table) -> Chunk {
        Chunk { table, keys: self.keys.clone() }
    }

    /// The place in the chunk to the place among all.
    pub(crate) fn key(&self, place: u64) -> u64 {
        usize::try_from(place).ok().and_then(|place| self.keys.get(place)).copied().unwrap_or(TIMELESS)
    }

    /// The rows in order, with ordinals that can be compared with those of later chunks; rows of the same time have the same, and those of
    /// the chunk that comes first are first.
    pub(crate) fn placed(self) -> Table {
        let keys = self.keys;
        let key =
            |place: u64| usize::try_from(place).ok().and_then(|place| keys.get(place)).copied().unwrap_or(TIMELESS);
        self.table.placed(key)
    }
}

/// One more than the highest place.
fn places(batches: &[Batch]) -> usize {
    let last = batches.iter().filter(|batch| batch.rows() > 0).map(|batch| batch.ordinal(batch.rows() - 1) + 1);
    usize::try_from(last.max().unwrap_or(0)).unwrap_or(usize::MAX)
}

fn each_place(batches: &[Batch], mut each: impl FnMut(usize, &Batch, usize)) {
    for batch in batches {
        (0..batch.rows()).for_each(|row| each(batch.ordinal(row) as usize, batch, row));
    }
}

/// For each place the time of its event, as a number that is smaller the later it is.
fn keys(batches: &[Batch]) -> Arc<[u64]> {
    let mut keys = vec![TIMELESS; places(batches)];
    for batch in batches {
        let Some(column) = batch.column("_time") else { continue };
        for row in 0..batch.rows() {
            let time = match column {
                Column::Num(numbers) if numbers.valid.is_none() => Some(numbers.values[row]),
                column => column.get(row).number(),
            };
            if let Some(time) = time.filter(|time| !time.is_nan()) {
                keys[batch.ordinal(row) as usize] = newest_first(time);
            }
        }
    }
    keys.into()
}

/// Bits that sort as the numbers do, turned round.
fn newest_first(time: f64) -> u64 {
    let bits = (time + 0.0).to_bits();
    let ascending = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    !ascending
}

#[cfg(test)]
mod tests {
    use super::newest_first;

    #[test]
    fn later_times_come_first() {
        let times = [f64::INFINITY, 2e9, 1.5, 0.0, -1.0, f64::NEG_INFINITY];
        assert!(times.map(newest_first).is_sorted() && newest_first(0.0) == newest_first(-0.0));
        assert!(newest_first(f64::NEG_INFINITY) < super::TIMELESS);
    }
}
