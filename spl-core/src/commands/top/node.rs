//! The first combinations of each group, as a table.

use super::count::{self, Combinations, Counted};
use crate::aggregates::Call;
use crate::commands::prelude::*;
use crate::error::Span;
use crate::exec::{Chunk, Gather, KeyColumn, Partial, spread_multivalues};
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

    fn gather(&self) -> Option<Box<dyn Gather + '_>> {
        let names: Vec<FieldName> = self.by.iter().chain(&self.fields).cloned().collect();
        let count = crate::aggregates::find("count")?.0;
        let call =
            AggregateCall { aggregate: count, call: Call::new(Span::default()), field: None, output: String::new() };
        let groups = Partial::new(&vec![false; names.len()]);
        Some(Box::new(Counting { node: self, names, calls: [call], groups }))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let names: Vec<FieldName> = self.by.iter().chain(&self.fields).cloned().collect();
        let batches: Vec<Batch> = input.into_batches().into_iter().map(|b| spread_multivalues(b, &names)).collect();
        let (by, of) = (Combinations::new(&batches, &self.by), Combinations::new(&batches, &self.fields));
        let places = of.places();
        let rows = count::count(&by, &of, &self.options, |group, counted| self.first(group, &counted, &places));
        cx.check()?;
        Ok(self.show(&rows, &by, &of))
    }
}

/// The combinations that have come so far with their counts.
struct Counting<'p> {
    node: &'p Node,
    names: Vec<FieldName>,
    calls: [AggregateCall; 1],
    groups: Partial,
}

impl Gather for Counting<'_> {
    fn push(&mut self, chunk: Chunk, cx: &RunContext<'_>) -> Result<()> {
        let batches = chunk.table().batches().iter();
        let batches: Vec<Batch> = batches.map(|batch| spread_multivalues(batch.clone(), &self.names)).collect();
        let keys = self.names.iter().map(|field| KeyColumn::new(&batches, field)).collect();
        self.groups.add(&batches, keys, &self.calls, cx)
    }

    fn bytes(&self) -> usize {
        self.groups.bytes()
    }

    fn finish(self: Box<Self>, cx: &RunContext<'_>) -> Result<Table> {
        let (keys, groups) = self.groups.finish();
        let groups = groups.groups(cx);
        // A row for each combination.
        let mut batch = Batch::new(groups.count);
        for ((name, key), codes) in self.names.iter().zip(keys).zip(groups.keys) {
            batch.set(name, Column::Dict(key.dictionary, codes.into()));
        }
        let count = |group: usize| groups.columns[0].get(group).number().unwrap_or(0.0) as u64;
        let counts: Vec<u64> = (1..=groups.count).map(count).collect();
        let node = self.node;
        let batches = [batch];
        let (by, of) = (Combinations::new(&batches, &node.by), Combinations::new(&batches, &node.fields));
        let places = of.places();
        let rows = count::count_given(&by, &of, &counts, |group, counted| node.first(group, &counted, &places));
        Ok(node.show(&rows, &by, &of))
    }
}

/// A row of the result.
struct Row {
    group: u32,
    /// 0 stands for all others.
    combination: u32,
    count: f64,
    percent: f64,
}

impl Node {
    /// The first combinations of a group.
    fn first(&self, group: u32, counted: &Counted, places: &[u32]) -> Vec<Row> {
        // One number for each that sorts as the rows do: its count, then its place.
        let turned = |count: u64| if self.options.most { u64::MAX - count } else { count };
        let count_of = |sortable: u128| turned((sortable >> 64) as u64);
        let sortable = |&(combination, count): &(u32, u64)| {
            u128::from(turned(count)) << 64 | u128::from(places[combination as usize]) << 32 | u128::from(combination)
        };
        let len = counted.first.len();
        let keep = if self.options.limit == 0 { len } else { self.options.limit.min(len) };
        let mut first: Vec<u128> = counted.first.iter().map(sortable).collect();
        if keep < len {
            first.select_nth_unstable(keep);
            first.truncate(keep);
        }
        first.sort_unstable();
        let row = |combination, count: u64| Row {
            group,
            combination,
            count: count as f64,
            percent: 100.0 * count as f64 / counted.total as f64,
        };
        let rest = counted.total - first.iter().map(|&sortable| count_of(sortable)).sum::<u64>();
        let rows = first.iter().map(|&sortable| row(sortable as u32, count_of(sortable)));
        let other = self.options.other_name.as_ref().filter(|_| rest > 0);
        rows.chain(other.map(|_| row(0, rest))).collect()
    }

    fn show(&self, rows: &[Vec<Row>], by: &Combinations, of: &Combinations) -> Table {
        let count = rows.iter().map(Vec::len).sum();
        let rows = || rows.iter().flatten();
        let mut result = Batch::new(count);
        let mut fields: Vec<FieldName> = Vec::new();
        for (k, (name, key)) in self.by.iter().zip(&by.keys).enumerate() {
            let codes = rows().map(|row| by.code(k, row.group)).collect();
            result.set(name, Column::Dict(key.dictionary.clone(), codes));
            fields.push(name.clone());
        }
        let others = rows().any(|row| row.combination == 0);
        for (k, (name, key)) in self.fields.iter().zip(&of.keys).enumerate() {
            let column = match &self.options.other_name {
                Some(other) if others => {
                    let mut builder = DictionaryBuilder::default();
                    let text = |row: &Row| match row.combination {
                        0 => other,
                        combination => key.dictionary.get(of.code(k, combination)).unwrap_or(""),
                    };
                    let codes: Vec<u32> = rows().map(|row| builder.intern(text(row))).collect();
                    Column::Dict(Arc::new(builder.finish()), codes.into())
                }
                _ => {
                    let codes = rows().map(|row| of.code(k, row.combination)).collect();
                    Column::Dict(key.dictionary.clone(), codes)
                }
            };
            result.set(name, column);
            fields.push(name.clone());
        }
        let numbers = |values: Vec<f64>, decimals| Column::Num(Arc::new(NumColumn::new(values, None, decimals)));
        let counts = numbers(rows().map(|row| row.count).collect(), None);
        let percents = numbers(rows().map(|row| row.percent).collect(), Some(6));
        for (name, column) in [(&self.options.count_name, counts), (&self.options.percent_name, percents)] {
            if let Some(name) = name {
                result.set(name, column);
                crate::commands::stats::clause::declare(&mut fields, name);
            }
        }
        Table::in_order(vec![result]).with_fields(fields)
    }
}
