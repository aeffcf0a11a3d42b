//! Counting the values, and keeping the first of each group.

use std::cmp::Ordering;

use crate::aggregates::{self, Call};
use crate::commands::prelude::*;
use crate::exec::{KeyColumn, aggregate_by_keys, spread_multivalues};
use crate::plan::AggregateCall;
use crate::table::{DictionaryBuilder, NumColumn};

#[derive(Clone, Debug)]
pub(super) struct Options {
    /// The most frequent first.
    pub(super) most: bool,
    /// How many for each group; 0 is all.
    pub(super) limit: usize,
    /// The names of the columns that are shown.
    pub(super) count_name: Option<String>,
    pub(super) percent_name: Option<String>,
    /// What a row for all others is called, if there is to be one.
    pub(super) other_name: Option<String>,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) fields: Vec<FieldName>,
    pub(super) by: Vec<FieldName>,
    pub(super) options: Options,
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        let name = if self.options.most { "top" } else { "rare" };
        let by = if self.by.is_empty() { String::new() } else { format!(" BY {}", self.by.join(", ")) };
        format!("{name} {} {}{by}", self.options.limit, self.fields.join(", "))
    }

    fn reads(&self, _: &FieldSet) -> FieldSet {
        FieldSet::of(self.fields.iter().chain(&self.by))
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let names: Vec<FieldName> = self.by.iter().chain(&self.fields).cloned().collect();
        let batches: Vec<Batch> = input.into_batches().into_iter().map(|b| spread_multivalues(b, &names)).collect();
        let keys: Vec<KeyColumn> = names.iter().map(|name| KeyColumn::new(&batches, name)).collect();
        let calls: Vec<AggregateCall> = aggregates::find("count")
            .map(|(count, _)| AggregateCall {
                aggregate: count,
                call: Call::new(Default::default()),
                field: None,
                output: "count".to_owned(),
            })
            .into_iter()
            .collect();
        let groups = aggregate_by_keys(&batches, &keys.iter().map(KeyColumn::codes).collect::<Vec<_>>(), &calls, cx)?;
        let counted = Counted {
            by: self.by.len(),
            ranks: keys.iter().map(|key| key.dictionary.ranks()).collect(),
            codes: groups.keys,
            counts: (1..=groups.count).map(|g| groups.columns[0].get(g).number().unwrap_or(0.0)).collect(),
        };
        Ok(self.show(&names, &keys, &counted))
    }
}

/// Distinct combinations of values with their counts.
struct Counted<'a> {
    /// How many of the keys group.
    by: usize,
    ranks: Vec<&'a [u32]>,
    codes: Vec<Vec<u32>>,
    counts: Vec<f64>,
}

impl Counted<'_> {
    /// How two combinations compare by these keys.
    fn compare(&self, keys: std::ops::Range<usize>, a: u32, b: u32) -> Ordering {
        let rank = |key: usize, g: u32| self.ranks[key][self.codes[key][g as usize] as usize];
        keys.map(|key| rank(key, a).cmp(&rank(key, b))).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// The combinations group by group, groups in their order.
    fn by_group(&self) -> Vec<Vec<u32>> {
        let all = 0..self.counts.len() as u32;
        if self.by == 0 {
            return if all.is_empty() { Vec::new() } else { vec![all.collect()] };
        }
        if self.by == 1 {
            // Ranks are numbers: a place for each.
            let mut groups: Vec<Vec<u32>> = vec![Vec::new(); self.ranks[0].len()];
            all.for_each(|g| groups[self.ranks[0][self.codes[0][g as usize] as usize] as usize].push(g));
            groups.retain(|group| !group.is_empty());
            return groups;
        }
        let mut order: Vec<u32> = all.collect();
        order.sort_by(|&a, &b| self.compare(0..self.by, a, b));
        order.chunk_by(|&a, &b| self.compare(0..self.by, a, b).is_eq()).map(<[u32]>::to_vec).collect()
    }
}

/// A row of the result.
struct Row {
    /// Whose values are shown; of an `other` row only those of the group.
    combination: u32,
    other: bool,
    count: f64,
    percent: f64,
}

impl Node {
    /// The first combinations of each group as rows.
    fn rows(&self, counted: &Counted<'_>) -> Vec<Row> {
        let keys = counted.ranks.len();
        let order = |&a: &u32, &b: &u32| {
            let count = |g: u32| counted.counts[g as usize];
            let by_count = count(a).total_cmp(&count(b));
            let by_count = if self.options.most { by_count.reverse() } else { by_count };
            // Of equally frequent ones the smaller first.
            by_count.then_with(|| counted.compare(counted.by..keys, a, b))
        };
        let mut rows = Vec::new();
        for mut group in counted.by_group() {
            let total: f64 = group.iter().map(|&g| counted.counts[g as usize]).sum();
            let keep = if self.options.limit == 0 { group.len() } else { self.options.limit.min(group.len()) };
            if keep < group.len() && keep > 0 {
                group.select_nth_unstable_by(keep - 1, order);
            }
            let rest: f64 = group[keep..].iter().map(|&g| counted.counts[g as usize]).sum();
            let others = group.len() - keep;
            let whole = group.first().copied();
            group.truncate(keep);
            group.sort_unstable_by(order);
            rows.extend(group.iter().map(|&g| {
                let count = counted.counts[g as usize];
                Row { combination: g, other: false, count, percent: 100.0 * count / total }
            }));
            if let (Some(combination), true, true) = (whole, others > 0, self.options.other_name.is_some()) {
                rows.push(Row { combination, other: true, count: rest, percent: 100.0 * rest / total });
            }
        }
        rows
    }

    fn show(&self, names: &[FieldName], keys: &[KeyColumn], counted: &Counted<'_>) -> Table {
        let rows = self.rows(counted);
        let mut result = Batch::new(rows.len());
        let mut fields: Vec<FieldName> = names.to_vec();
        let others = rows.iter().any(|row| row.other);
        for (k, (name, key)) in names.iter().zip(keys).enumerate() {
            let code = |row: &Row| counted.codes[k][row.combination as usize];
            let column = match &self.options.other_name {
                Some(other) if others && k >= counted.by => {
                    let mut builder = DictionaryBuilder::default();
                    let text = |row: &Row| if row.other { other } else { key.dictionary.get(code(row)).unwrap_or("") };
                    let codes: Vec<u32> = rows.iter().map(|row| builder.intern(text(row))).collect();
                    Column::Dict(Arc::new(builder.finish()), codes.into())
                }
                _ => Column::Dict(key.dictionary.clone(), rows.iter().map(code).collect()),
            };
            result.set(name, column);
        }
        let numbers = |values: Vec<f64>, decimals| Column::Num(Arc::new(NumColumn { values, valid: None, decimals }));
        let counts = numbers(rows.iter().map(|row| row.count).collect(), None);
        let percents = numbers(rows.iter().map(|row| row.percent).collect(), Some(6));
        for (name, column) in [(&self.options.count_name, counts), (&self.options.percent_name, percents)] {
            if let Some(name) = name {
                result.set(name, column);
                crate::commands::stats::clause::declare(&mut fields, name);
            }
        }
        Table::in_order(vec![result]).with_fields(fields)
    }
}
