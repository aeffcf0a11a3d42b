//! Groups with the states of their aggregates, over rows that come in several tables: [`Partial`]. Its size is that of the groups.

use std::sync::Arc;

use super::aggregate::{Groups, finish, grouped, parts_for};
use super::group::{Grouper, spread_multivalues};
use super::keys::{Codes, KeyColumn};
use super::run::RunContext;
use super::stream::{Chunk, Gather};
use crate::aggregates::{Accumulator, SPARKLINE};
use crate::error::{Result, bail};
use crate::plan::AggregateCall;
use crate::table::{Batch, DictionaryBuilder, FieldName, Table};

/// Groups of rows by keys, to which those of more rows may be added.
pub(crate) struct Partial {
    keys: Vec<Key>,
    grouper: Grouper,
    /// None before the first rows.
    states: Vec<Box<dyn Accumulator>>,
}

/// The values of a key that have been met.
struct Key {
    texts: DictionaryBuilder,
    /// Rows without a value have a group, too: code 1, codes of values are one higher.
    with_missing: bool,
}

impl Partial {
    /// Without groups; for each key whether rows that lack it have a group.
    pub(crate) fn new(with_missing: &[bool]) -> Partial {
        let key = |&with_missing: &bool| Key { texts: DictionaryBuilder::default(), with_missing };
        Partial {
            keys: with_missing.iter().map(key).collect(),
            grouper: Grouper::growing(with_missing.len()),
            states: Vec::new(),
        }
    }

    /// Adds rows whose keys these are.
    pub(crate) fn add(
        &mut self,
        batches: &[Batch],
        keys: Vec<KeyColumn>,
        calls: &[AggregateCall],
        cx: &RunContext<'_>,
    ) -> Result<()> {
        let keys: Vec<KeyColumn> = keys
            .into_iter()
            .zip(&self.keys)
            .map(|(column, key)| if key.with_missing { column.with_missing() } else { column })
            .collect();
        let mut codes: Vec<_> = keys.iter().map(KeyColumn::codes).collect();
        codes.iter_mut().zip(&self.keys).for_each(|(codes, key)| codes.len += usize::from(key.with_missing));
        let parts = parts_for(batches, &codes, calls, true);
        let Some(part) = grouped(batches, &codes, calls, parts, true, cx)? else { return Ok(()) };
        let codes: Vec<Codes> = part
            .numbering
            .groups()
            .1
            .into_iter()
            .zip(keys.iter().zip(&mut self.keys))
            .map(|(codes, (column, key))| Codes::Rows(key.translate(&codes, column).into()))
            .collect();
        if self.keys.iter().any(|key| key.texts.is_full()) {
            bail!(Limit, "the values of a field by which rows are grouped are more than 4 GiB");
        }
        let mut groups = vec![0];
        groups.extend(self.grouper.assign(&codes.iter().collect::<Vec<_>>(), part.numbering.len()));
        if self.states.is_empty() {
            self.states = calls.iter().map(|c| (c.aggregate.make)(&c.call)).collect::<Result<Vec<_>>>()?;
        }
        for (state, later) in self.states.iter_mut().zip(part.states) {
            state.grow(self.grouper.len() + 1);
            state.merge(later, &groups);
        }
        Ok(())
    }

    /// The same with the values of a key mapped: groups that thereby have the same values go together.
    pub(crate) fn rekeyed(self, key: usize, map: &dyn Fn(&str) -> String, calls: &[AggregateCall]) -> Result<Partial> {
        let mut whole = Partial::new(&self.keys.iter().map(|key| key.with_missing).collect::<Vec<_>>());
        let (columns, groups) = self.finish();
        let mut codes: Vec<Codes> = Vec::with_capacity(columns.len());
        for (at, (column, old)) in columns.iter().zip(groups.codes).enumerate() {
            let Key { texts, with_missing } = &mut whole.keys[at];
            let mut entries = vec![u32::from(*with_missing)];
            entries.extend(column.dictionary.iter().map(|text| {
                let code = if at == key { texts.intern(&map(text)) } else { texts.intern(text) };
                code + u32::from(*with_missing)
            }));
            codes.push(Codes::Rows(old.iter().map(|&code| entries[code as usize]).collect()));
        }
        let mut numbers = vec![0];
        numbers.extend(whole.grouper.assign(&codes.iter().collect::<Vec<_>>(), groups.count));
        for (call, state) in calls.iter().zip(groups.states) {
            let mut joined = (call.aggregate.make)(&call.call)?;
            joined.grow(whole.grouper.len() + 1);
            joined.merge(state, &numbers);
            whole.states.push(joined);
        }
        Ok(whole)
    }

    /// Bytes held; an estimate.
    pub(crate) fn bytes(&self) -> usize {
        let keys = self.keys.iter().map(|key| key.texts.bytes()).sum::<usize>();
        keys + self.grouper.bytes() + self.states.iter().map(|state| state.bytes()).sum::<usize>()
    }

    /// The groups, each key's codes being those of its dictionary, which has no codes of its own; 0 for a key that a group lacks.
    pub(crate) fn finish(self) -> (Vec<KeyColumn>, Grouped) {
        let codes = self.grouper.key_codes().into_iter().zip(&self.keys);
        let lower = |(codes, key): (Vec<u32>, &Key)| match key.with_missing {
            true => codes.into_iter().map(|code| code - 1).collect(),
            false => codes,
        };
        let groups = Grouped { codes: codes.map(lower).collect(), count: self.grouper.len(), states: self.states };
        let column = |key: Key| KeyColumn { dictionary: Arc::new(key.texts.finish()), codes: Vec::new() };
        (self.keys.into_iter().map(column).collect(), groups)
    }
}

impl Key {
    /// Codes of a column as codes of this key, in the order in which its dictionary has them.
    fn translate(&mut self, codes: &[u32], column: &KeyColumn) -> Vec<u32> {
        let mut used: Vec<u32> = codes.to_vec();
        used.sort_unstable();
        used.dedup();
        let shift = u32::from(self.with_missing);
        let own: Vec<u32> = used
            .iter()
            .map(|&code| match column.dictionary.get(code - shift) {
                Some(text) => self.texts.intern(text) + shift,
                None => code,
            })
            .collect();
        codes.iter().map(|code| used.binary_search(code).map_or(0, |at| own[at])).collect()
    }
}

/// Finished groups.
pub(crate) struct Grouped {
    /// For each key the code of each group.
    pub(crate) codes: Vec<Vec<u32>>,
    /// How many groups there are.
    pub(crate) count: usize,
    pub(crate) states: Vec<Box<dyn Accumulator>>,
}

impl Grouped {
    /// The groups put together that have the same codes; a group one of whose codes is 0 is left out.
    pub(crate) fn regrouped(&self, keys: &[&Codes], calls: &[AggregateCall]) -> Result<Grouped> {
        let mut grouper = Grouper::growing(keys.len());
        let mut groups = vec![0];
        groups.extend(grouper.assign(keys, self.count));
        let mut states = Vec::with_capacity(calls.len());
        for (call, state) in calls.iter().zip(&self.states) {
            let mut whole = (call.aggregate.make)(&call.call)?;
            whole.grow(grouper.len() + 1);
            whole.merge(state.copied(), &groups);
            states.push(whole);
        }
        Ok(Grouped { codes: grouper.key_codes(), count: grouper.len(), states })
    }

    /// The results of the aggregates.
    pub(crate) fn groups(self, cx: &RunContext<'_>) -> Groups {
        let columns = self.states.into_iter().map(|state| state.finish(&cx.functions)).collect();
        Groups { keys: self.codes, count: self.count, columns }
    }
}

/// `stats` over rows that come in chunks.
pub(super) struct Aggregation<'p> {
    by: &'p [FieldName],
    calls: &'p [AggregateCall],
    groups: Partial,
}

impl<'p> Aggregation<'p> {
    /// Nothing when it takes all rows to see what is aggregated, or when they are kept anyway.
    pub(super) fn new(by: &'p [FieldName], calls: &'p [AggregateCall]) -> Option<Self> {
        let patterns = |call: &AggregateCall| call.field.as_ref().is_some_and(|field| field.contains('*'));
        if calls.iter().any(|call| patterns(call) || std::ptr::eq(call.aggregate, &SPARKLINE)) {
            return None;
        }
        let groups = Partial::new(&vec![false; by.len()]);
        Some(Aggregation { by, calls, groups })
    }
}

impl Gather for Aggregation<'_> {
    fn push(&mut self, chunk: Chunk, cx: &RunContext<'_>) -> Result<()> {
        // The order of rows decides on some results, and on the last digits of sums.
        let batches: Vec<Batch> =
            chunk.placed().into_batches().into_iter().map(|b| spread_multivalues(b, self.by)).collect();
        let keys = self.by.iter().map(|field| KeyColumn::new(&batches, field)).collect();
        self.groups.add(&batches, keys, self.calls, cx)
    }

    fn bytes(&self) -> usize {
        self.groups.bytes()
    }

    fn finish(self: Box<Self>, cx: &RunContext<'_>) -> Result<Table> {
        let (keys, groups) = self.groups.finish();
        Ok(finish(&groups.groups(cx), &keys, self.by, self.calls))
    }
}
