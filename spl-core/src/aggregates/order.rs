//! `first`, `last`, `list`, `mode`, `values`: values by their place in the table, by how often they occur, or sorted.

use std::any::Any;
use std::sync::Arc;

use hashbrown::HashMap;

use super::distinct::Values;
use super::input::Flat;
use super::keys::{Cell, Coded, KeySpace, Translation};
use super::{Accumulator, Aggregate, Rows, sliding};
use crate::functions::Context;
use crate::table::{Column, MultiColumn};

pub(super) static AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "first",
        syntax: "first(<value>)",
        summary: "The first value in the order of the rows; of events, the newest.",
        examples: &[(r#"| makeresults | eval v=split("b,a,c",",") | stats first(v)"#, "b")],
        exact: true,
        slide: Some(|_, window| sliding::first(window)),
        make: |_| Ok(Box::new(Outer::<false>::default())),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "last",
        syntax: "last(<value>)",
        summary: "The last value in the order of the rows; of events, the oldest.",
        examples: &[(r#"| makeresults | eval v=split("b,a,c",",") | stats last(v)"#, "c")],
        exact: true,
        slide: Some(|_, window| sliding::last(window)),
        make: |_| Ok(Box::new(Outer::<true>::default())),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "list",
        syntax: "list(<value>)",
        summary: "The values in the order of the rows as a multivalue, 100 at most.",
        examples: &[(r#"| makeresults | eval v=split("b,a,b",",") | stats list(v)"#, "b; a; b")],
        slide: Some(|_, window| sliding::list(window)),
        make: |_| Ok(Box::new(List::default())),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "mode",
        syntax: "mode(<value>)",
        summary: "The most frequent value; of equally frequent ones the smallest.",
        examples: &[(r#"| makeresults | eval c=split("red,blue,red",",") | stats mode(c)"#, "red")],
        slide: Some(|_, window| sliding::mode(window)),
        make: |_| Ok(Box::new(Mode::default())),
        ..Aggregate::BLANK
    },
    Aggregate {
        name: "values",
        syntax: "values(<value>)",
        summary: "The different values, sorted as text, as a multivalue.",
        examples: &[(r#"| makeresults | eval v=split("b,10,9,B",",") | stats values(v)"#, "10; 9; B; b")],
        exact: true,
        slide: Some(|_, window| sliding::values(window)),
        make: |_| Ok(Box::new(ValuesOf::default())),
        ..Aggregate::BLANK
    },
];

/// `first` and `last`.
#[derive(Clone, Default)]
struct Outer<const LAST: bool> {
    keys: KeySpace,
    /// The place of the value kept, plus one; 0 while there is none.
    places: Vec<u64>,
    cells: Vec<Cell>,
}

impl<const LAST: bool> Outer<LAST> {
    fn wins(place: u64, kept: u64) -> bool {
        kept == 0 || if LAST { place >= kept } else { place < kept }
    }
}

impl<const LAST: bool> Accumulator for Outer<LAST> {
    fn grow(&mut self, groups: usize) {
        self.places.resize(groups, 0);
        self.cells.resize(groups, Cell::NOTHING);
    }

    fn update(&mut self, rows: &Rows<'_>) {
        let flat = Flat::new(rows);
        let count = self.places.len();
        self.keys.adopt(rows.dictionary);
        let mut take = |i: usize, group: usize| {
            let place = rows.batch.ordinal(flat.row(i)) + 1;
            if Self::wins(place, self.places[group]) {
                let cell = self.keys.cell(&flat.column, i);
                if !cell.is_nothing() {
                    self.places[group] = place;
                    self.cells[group] = cell;
                }
            }
        };
        // Ordinals ascend: the last come first, so that each group is written once.
        if LAST {
            let mut done = vec![false; count];
            for (i, &group) in flat.groups.iter().enumerate().rev() {
                if !done[group as usize] && !flat.column.is_null(i) {
                    done[group as usize] = true;
                    take(i, group as usize);
                }
            }
        } else {
            flat.groups.iter().enumerate().for_each(|(i, &group)| take(i, group as usize));
        }
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        let Ok(later) = later.into_any().downcast::<Self>() else { return };
        let mut codes = Translation::new(&mut self.keys, &later.keys);
        for ((&place, &cell), &group) in later.places.iter().zip(&later.cells).zip(groups) {
            if place != 0 && Self::wins(place, self.places[group as usize]) {
                self.places[group as usize] = place;
                self.cells[group as usize] = cell.map_code(|code| codes.code(&mut self.keys, code));
            }
        }
    }

    fn finish(self: Box<Self>, _: &Context) -> Column {
        self.keys.column_of_cells(&self.cells)
    }

    fn bytes(&self) -> usize {
        self.keys.bytes() + self.places.len() * 16
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// Values that `list` keeps for each group.
pub(super) const LIST_LIMIT: usize = 100;
/// Values beyond which those that will not be shown are thrown away.
const LIST_COMPACT: usize = 1 << 20;

#[derive(Clone, Copy)]
struct Listed {
    group: u32,
    code: u32,
    place: u64,
}

/// `list`: values with their places, sorted at the end.
#[derive(Clone, Default)]
struct List {
    keys: KeySpace,
    listed: Vec<Listed>,
    counts: Vec<u32>,
    /// How many were left when last compacted.
    compacted: usize,
    /// Whether places have only grown so far: then a full group needs no more.
    descended: bool,
    last: u64,
}

impl List {
    /// Sorts by group and place, and drops what is beyond the limit.
    fn compact(&mut self) {
        self.listed.sort_by_key(|listed| (listed.group, listed.place));
        self.counts.iter_mut().for_each(|count| *count = 0);
        let counts = &mut self.counts;
        self.listed.retain(|listed| {
            let count = &mut counts[listed.group as usize];
            *count += 1;
            *count as usize <= LIST_LIMIT
        });
        self.compacted = self.listed.len();
    }
}

impl Accumulator for List {
    fn grow(&mut self, groups: usize) {
        self.counts.resize(groups, 0);
    }

    fn update(&mut self, rows: &Rows<'_>) {
        let flat = Flat::new(rows);
        self.keys.adopt(rows.dictionary);
        if let Some(last) = rows.batch.rows().checked_sub(1) {
            self.descended |= rows.batch.ordinal(0) < self.last;
            self.last = self.last.max(rows.batch.ordinal(last));
        }
        let coded = self.keys.coded(&flat.column);
        for (i, &group) in flat.groups.iter().enumerate() {
            let code = match &coded {
                Coded::Const(code) => *code,
                Coded::Rows(codes) => codes[i],
            };
            let count = &mut self.counts[group as usize];
            if code == 0 || (!self.descended && *count as usize >= LIST_LIMIT) {
                continue;
            }
            *count += 1;
            self.listed.push(Listed { group, code, place: rows.batch.ordinal(flat.row(i)) });
        }
        if self.listed.len() > 2 * self.compacted + LIST_COMPACT {
            self.compact();
        }
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        let Ok(later) = later.into_any().downcast::<Self>() else { return };
        let mut codes = Translation::new(&mut self.keys, &later.keys);
        for listed in &later.listed {
            let (group, code) = (groups[listed.group as usize], codes.code(&mut self.keys, listed.code));
            self.listed.push(Listed { group, code, place: listed.place });
        }
        self.descended = true;
        if self.listed.len() > 2 * self.compacted + LIST_COMPACT {
            self.compact();
        }
    }

    fn finish(mut self: Box<Self>, _: &Context) -> Column {
        self.compact();
        let codes = self.listed.iter().map(|listed| listed.code).collect();
        let counts = self.counts.iter().map(|&count| count.min(LIST_LIMIT as u32));
        multivalues(counts, self.keys.column(codes))
    }

    fn bytes(&self) -> usize {
        self.keys.bytes() + self.listed.capacity() * size_of::<Listed>() + self.counts.len() * 4
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// Runs of `counts` values of a column as multivalues.
fn multivalues(counts: impl Iterator<Item = u32>, child: Column) -> Column {
    let mut offsets = vec![0u32];
    let mut end = 0;
    offsets.extend(counts.map(|count| {
        end += count;
        end
    }));
    Column::Multi(Arc::new(MultiColumn::new(&offsets, child)))
}

/// `values`.
#[derive(Clone, Default)]
struct ValuesOf(Values);

impl Accumulator for ValuesOf {
    fn grow(&mut self, groups: usize) {
        self.0.groups = groups;
    }

    fn update(&mut self, rows: &Rows<'_>) {
        self.0.update(rows);
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        if let Ok(later) = later.into_any().downcast::<Self>() {
            self.0.merge(&later.0, groups);
        }
    }

    fn finish(self: Box<Self>, _: &Context) -> Column {
        let Values { keys, pairs, groups } = self.0;
        let mut pairs = pairs.pairs();
        let mut used: Vec<u32> = pairs.iter().map(|pair| pair.1).collect();
        used.sort_unstable();
        used.dedup();
        let ranks = keys.byte_ranks(&used);
        pairs.sort_unstable_by_key(|pair| (pair.0, ranks.get(&pair.1).copied()));
        let mut counts = vec![0u32; groups];
        pairs.iter().for_each(|pair| counts[pair.0 as usize] += 1);
        multivalues(counts.into_iter(), keys.column(pairs.into_iter().map(|pair| pair.1).collect()))
    }

    fn bytes(&self) -> usize {
        self.0.bytes()
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// `mode`: how often each group has each value.
#[derive(Clone, Default)]
struct Mode {
    keys: KeySpace,
    counts: HashMap<u64, u64, foldhash::fast::FixedState>,
    groups: usize,
}

impl Accumulator for Mode {
    fn grow(&mut self, groups: usize) {
        self.groups = groups;
    }

    fn update(&mut self, rows: &Rows<'_>) {
        let flat = Flat::new(rows);
        self.keys.adopt(rows.dictionary);
        let coded = self.keys.coded(&flat.column);
        for (i, &group) in flat.groups.iter().enumerate() {
            let code = match &coded {
                Coded::Const(code) => *code,
                Coded::Rows(codes) => codes[i],
            };
            if code != 0 {
                *self.counts.entry(u64::from(group) << 32 | u64::from(code)).or_insert(0) += 1;
            }
        }
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        let Ok(later) = later.into_any().downcast::<Self>() else { return };
        let mut codes = Translation::new(&mut self.keys, &later.keys);
        for (&pair, &count) in &later.counts {
            let (group, code) = (groups[(pair >> 32) as usize], codes.code(&mut self.keys, pair as u32));
            *self.counts.entry(u64::from(group) << 32 | u64::from(code)).or_insert(0) += count;
        }
    }

    fn finish(self: Box<Self>, _: &Context) -> Column {
        let mut best: Vec<(u64, u32)> = vec![(0, 0); self.groups];
        for (&pair, &count) in &self.counts {
            let (slot, code) = (&mut best[(pair >> 32) as usize], pair as u32);
            let tied = count == slot.0;
            if count > slot.0
                || (tied
                    && self
                        .keys
                        .compare(code, slot.1, false)
                        .then(self.keys.get(code).cmp(self.keys.get(slot.1)))
                        .is_lt())
            {
                *slot = (count, code);
            }
        }
        self.keys.column(best.into_iter().map(|(_, code)| code).collect())
    }

    fn bytes(&self) -> usize {
        self.keys.bytes() + self.counts.capacity() * 17
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
