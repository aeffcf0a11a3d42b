//! Numbers that rise or fall from row to row, as times do, of which only the first and the last of each group are asked: `min(_time)`,
//! `max(_time)`. Those rows are put aside with all fields, and the others go without these.

use hashbrown::HashSet;

use super::keys::Codes;
use crate::plan::AggregateCall;
use crate::table::{Batch, Bitmap, Column, Course, FieldName};

/// So many times more rows than groups are worth it.
const MANY: usize = 16;

/// Which fields these are, for which groups.
pub(super) struct GroupEnds<'a> {
    fields: Vec<&'a str>,
    /// The largest code of each key.
    lengths: Vec<u64>,
    groups: HashSet<u64, foldhash::fast::FixedState>,
}

impl<'a> GroupEnds<'a> {
    /// For these groups: for each a code of each key, up to its length. `None` if no field is such, or if what is asked of others shows in
    /// which order their rows are, or how they are cut into parts.
    pub(super) fn new(
        by: &[FieldName],
        calls: &'a [AggregateCall],
        lengths: impl Iterator<Item = usize>,
        groups: impl Iterator<Item = Vec<u32>>,
    ) -> Option<GroupEnds<'a>> {
        let takes = |call: &AggregateCall, field: &str| call.field.as_deref() == Some(field);
        let only_ends = |field: &&str| {
            calls.iter().all(|call| call.aggregate.ends || !takes(call, field))
                && !by.iter().any(|key| &**key == *field)
        };
        let fields: Vec<&str> = calls.iter().filter_map(|call| call.field.as_deref()).filter(only_ends).collect();
        let of_fields = |call: &AggregateCall| fields.iter().any(|field| takes(call, field));
        let of_others = |call: &AggregateCall| call.aggregate.orderless && !call.aggregate.needs_time;
        let tells = |call: &AggregateCall| !call.aggregate.exact || !(of_fields(call) || of_others(call));
        if fields.is_empty() || calls.iter().any(tells) {
            return None;
        }
        let lengths: Vec<u64> = lengths.map(|length| length as u64).collect();
        lengths.iter().try_fold(1u64, |all, length| all.checked_mul(length + 1))?;
        let groups = groups.map(|codes| number(&lengths, codes.into_iter())).collect();
        Some(GroupEnds { fields, lengths, groups })
    }

    /// The rows of a batch, by its codes of each key, in two: the first and the last of each group, and the others in any order, without the
    /// fields. `None` if that is not worth it, or if the fields neither rise nor fall.
    pub(super) fn split(&self, batch: &Batch, codes: &[&Codes], rows: &Bitmap) -> Option<[Batch; 2]> {
        let count = rows.count();
        // To look at all numbers costs as much as to take some.
        if count < MANY * self.groups.len() || count < batch.rows() / MANY {
            return None;
        }
        let goes = |column: &Column| match column {
            Column::Num(numbers) => numbers.decimals.is_none() && numbers.course() != Course::Mixed,
            _ => false,
        };
        if !self.fields.iter().filter_map(|field| batch.column(field)).all(goes) {
            return None;
        }
        let number = |row: u32| number(&self.lengths, codes.iter().map(|codes| codes.get(row as usize)));
        let mut rows = rows.rows();
        let mut places = self.firsts(rows.iter().map(|&row| number(row)).enumerate());
        places.extend(self.firsts(rows.iter().map(|&row| number(row)).enumerate().rev()));
        places.sort_unstable();
        places.dedup();
        let ends: Vec<u32> = places.iter().map(|&place| rows[place]).collect();
        for &place in places.iter().rev() {
            rows.swap_remove(place);
        }
        let mut others = Batch::new(rows.len());
        for (field, column) in batch.columns().filter(|(field, _)| !self.fields.contains(&&***field)) {
            others.set(field, column.take(&rows));
        }
        Some([batch.take(&ends), others])
    }

    /// Where each group is met first, looking no further than needed.
    fn firsts(&self, numbers: impl Iterator<Item = (usize, u64)>) -> Vec<usize> {
        let mut missing = self.groups.clone();
        let mut firsts = Vec::with_capacity(missing.len());
        for (place, number) in numbers {
            if missing.remove(&number) {
                firsts.push(place);
                if missing.is_empty() {
                    break;
                }
            }
        }
        firsts
    }
}

/// One number for the codes of all keys.
fn number(lengths: &[u64], codes: impl Iterator<Item = u32>) -> u64 {
    codes.zip(lengths).fold(0, |number, (code, length)| number * (length + 1) + u64::from(code))
}
