//! The first few groups in an order, for `stats ... | sort 20 -count`: what the order asks for is computed of all groups, the rest only of the
//! rows of the first ones.

use rayon::prelude::*;

use super::aggregate::{Part, finished, grouped, parts_for};
use super::group_ends::GroupEnds;
use super::keys::{Codes, KeyCodes, KeyColumn};
use super::leading::leading;
use super::run::RunContext;
use super::sort::sorted_picks;
use crate::error::Result;
use crate::plan::{AggregateCall, SortKey, SortOrder};
use crate::table::{Batch, Bitmap, Column, FieldName, Table};

/// So many times more groups than wanted are worth it.
const MANY: usize = 8;

/// Which rows are wanted: in this order, so many at most.
#[derive(Clone, Copy)]
pub(crate) struct First<'a> {
    pub(crate) keys: &'a [SortKey],
    pub(crate) limit: u64,
}

impl First<'_> {
    /// What is left of the batches: the rows of the first groups, and perhaps of some others. As many batches as there were, unless all
    /// aggregates are exact. `None` when that is not worth a look of its own.
    pub(super) fn rows(
        self,
        batches: &[Batch],
        keys: &[KeyColumn],
        by: &[FieldName],
        calls: &[AggregateCall],
        cx: &RunContext<'_>,
    ) -> Result<Option<Vec<Batch>>> {
        let names = || by.iter().map(|field| &**field).chain(calls.iter().map(|call| &*call.output));
        let repeats = names().enumerate().any(|(at, name)| names().take(at).any(|before| before == name));
        let asked = |call: &&AggregateCall| self.keys.iter().any(|key| *key.field == *call.output);
        let asked: Vec<AggregateCall> = calls.iter().filter(asked).cloned().collect();
        let worth = usize::try_from(self.limit).map_or(usize::MAX, |limit| limit.max(1).saturating_mul(MANY));
        let rows: usize = batches.iter().map(Batch::rows).sum();
        let most_groups =
            keys.iter().fold(1, |groups: usize, key| groups.saturating_mul(key.dictionary.len())).min(rows);
        if repeats || asked.len() == calls.len() || most_groups < worth {
            return Ok(None);
        }
        let codes: Vec<KeyCodes<'_>> = keys.iter().map(KeyColumn::codes).collect();
        let Some(whole) = grouped(batches, &codes, &asked, parts_for(batches, &codes, &asked, false), false, cx)?
        else {
            return Ok(None);
        };
        if whole.numbering.count() < worth {
            return Ok(None);
        }
        let Part { numbering, states } = whole;
        let columns = finished(states, cx);
        // Mostly an aggregate comes first in the order, and leaves few groups to sort.
        let of_first = |key: &SortKey| {
            let at = asked.iter().rposition(|call| *call.output == *key.field)?;
            leading(&columns[at], key, self.limit, |number| numbering.has(number))
        };
        let (numbers, codes) = match self.keys.first().and_then(of_first) {
            Some(few) => (few.clone(), numbering.codes_of(few)),
            None => numbering.groups(),
        };
        let mut groups = Batch::new(numbers.len());
        for (key, (field, codes)) in keys.iter().zip(by.iter().zip(&codes)) {
            groups.set(field, Column::Dict(key.dictionary.clone(), codes.as_slice().into()));
        }
        for (call, column) in asked.iter().zip(columns) {
            groups.set(&call.output, column.take(&numbers));
        }
        // Those that are equal lie as stats has them.
        let of_groups = by.iter().map(|f| SortKey { field: f.clone(), descending: false, order: SortOrder::Auto });
        let order: Vec<SortKey> = self.keys.iter().cloned().chain(of_groups).collect();
        let first = sorted_picks(&Table::in_order(vec![groups]), &order, Some(self.limit));
        let wanted = |(key, codes): (&KeyColumn, &Vec<u32>)| {
            let mut wanted = vec![false; key.dictionary.len() + 1];
            first.iter().for_each(|&(_, group)| wanted[codes[group as usize] as usize] = true);
            wanted
        };
        let wanted: Vec<Vec<bool>> = keys.iter().zip(&codes).map(wanted).collect();
        let codes_of = |group: u32| codes.iter().map(|codes| codes[group as usize]).collect();
        let lengths = keys.iter().map(|key| key.dictionary.len());
        let ends = GroupEnds::new(by, calls, lengths, first.iter().map(|&(_, group)| codes_of(group)));
        let left = |(b, batch): (usize, &Batch)| {
            let mut left = Bitmap::filled(batch.rows(), true);
            for (key, wanted) in keys.iter().zip(&wanted) {
                match &key.codes[b] {
                    Codes::Const(code) if wanted[*code as usize] => {}
                    Codes::Const(_) => left = Bitmap::filled(batch.rows(), false),
                    Codes::Rows(codes) => left.and(&Bitmap::from_truth(codes, wanted)),
                }
            }
            let codes: Vec<&Codes> = keys.iter().map(|key| &key.codes[b]).collect();
            match ends.as_ref().and_then(|ends| ends.split(batch, &codes, &left)) {
                Some(both) => both.into(),
                None => vec![batch.filter(&left)],
            }
        };
        Ok(Some(batches.par_iter().enumerate().flat_map_iter(left).collect()))
    }
}
