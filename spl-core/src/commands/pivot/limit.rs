//! `LIMIT field BY TOP 10 sum(x)`: only rows with those values of a field that come first by an aggregate.

use crate::commands::prelude::*;
use crate::exec::{aggregate_groups, group_rows, spread_multivalues};
use crate::plan::AggregateCall;
use crate::table::Bitmap;
use crate::value::compare_auto;

#[derive(Debug)]
pub(super) struct Limited {
    pub(super) field: FieldName,
    /// Whether rows or columns are made of it: then each value of a multivalue counts.
    pub(super) is_split: bool,
    pub(super) top: bool,
    pub(super) most: usize,
    /// One.
    pub(super) calls: Vec<AggregateCall>,
}

impl CommandNode for Limited {
    fn describe(&self) -> String {
        let end = if self.top { "top" } else { "bottom" };
        format!("pivot limit {} by {end} {}", self.field, self.most)
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        let mut set = wanted.clone();
        set.insert(&self.field);
        self.calls.iter().filter_map(|call| call.field.as_ref()).for_each(|field| set.insert(field));
        set
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let by = [self.field.clone()];
        let spread = |batch| if self.is_split { spread_multivalues(batch, &by) } else { batch };
        let batches: Vec<Batch> = input.into_batches().into_iter().map(spread).collect();
        let grouping = group_rows(&batches, &by);
        let columns = aggregate_groups(&batches, &grouping, &self.calls, cx)?;
        let Some(results) = columns.first() else { return Ok(Table::in_order(batches)) };
        let mut values = vec![Value::Null; grouping.count + 1];
        for (batch, groups) in batches.iter().zip(&grouping.groups) {
            for (row, &group) in groups.iter().enumerate() {
                let value = &mut values[group as usize];
                if group != 0 && value.is_null() {
                    *value = batch.get(&self.field, row).to_value();
                }
            }
        }
        let mut order: Vec<usize> = (1..=grouping.count).collect();
        order.sort_by(|&a, &b| {
            let by_result = match (results.get(a).number(), results.get(b).number()) {
                (Some(a), Some(b)) if self.top => b.total_cmp(&a),
                (Some(a), Some(b)) => a.total_cmp(&b),
                // What has no result comes last.
                (a, b) => b.is_some().cmp(&a.is_some()),
            };
            // Of equals, those that stand first in a table.
            by_result.then_with(|| compare_auto(values[a].as_ref(), values[b].as_ref()))
        });
        let mut stays = vec![false; grouping.count + 1];
        order.iter().take(self.most).for_each(|&group| stays[group] = true);
        let kept = batches
            .iter()
            .zip(&grouping.groups)
            .map(|(batch, groups)| batch.filter(&Bitmap::from_fn(batch.rows(), |row| stays[groups[row] as usize])));
        Ok(Table::in_order(kept.filter(|batch| batch.rows() > 0).collect()))
    }
}
