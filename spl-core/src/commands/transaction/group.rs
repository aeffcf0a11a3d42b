//! Which transaction an event belongs to.

use hashbrown::HashMap;
use rayon::prelude::*;

use super::Node;
use super::assemble::{Assembler, Event, Terms};
use super::order::{Ask, Chunk, ENDS, STARTS, in_order};
use super::split::Split;
use crate::commands::prelude::*;
use crate::exec::{Grouping, KeyColumn, group_rows_anyhow};
use crate::table::Bitmap;

/// The transactions of a part of the groups, and what belongs to none.
pub(super) struct Grouped {
    pub(super) assembler: Assembler,
    /// Events without any of the fields: their places, and batch and row.
    pub(super) orphans: Vec<(u32, (u32, u32))>,
}

/// Puts the events of a table together, given the rows that may be first or last, and makes `result` of the transactions of each part.
/// `members` says whether it will matter which events a transaction has.
pub(super) fn group<T: Send>(
    table: &Table,
    node: &Node,
    [starts, ends]: [Option<&[Bitmap]>; 2],
    members: bool,
    result: impl Fn(Grouped) -> T + Sync,
    cx: &RunContext<'_>,
) -> Result<Vec<T>> {
    let (batches, fields) = (table.batches(), &node.fields);
    // With one field, or with rows that have all fields or none, events belong together when all values are equal.
    let whole = fields.len() <= 1 || batches.par_iter().all(|batch| all_or_none(batch, fields));
    let single = fields.iter().all(|field| batches.iter().all(|b| b.column(field).is_none_or(is_single)));
    let by_values = !(whole && single);
    let grouping = match by_values {
        true => Grouping { groups: batches.iter().map(|batch| vec![1; batch.rows()].into()).collect(), count: 1 },
        false => group_rows_anyhow(batches, fields),
    };
    cx.check()?;
    // First and last events without any of the fields belong to the transaction used last.
    let unify = !node.unify_ends
        && (starts.is_some() || ends.is_some())
        && (by_values || grouping.groups.par_iter().any(|groups| groups.contains(&0)));
    // Where what happens to one transaction depends on others, there is one part.
    let split = match by_values || unify || node.limits.of_open() {
        true => Split::ONE,
        false => Split::new(table.rows()),
    };
    let rows = members || node.keep.orphans || by_values;
    let groupless = unify || node.keep.orphans;
    let chunks = in_order(table, &Ask { groups: &grouping.groups, starts, ends, rows, groupless, split }, cx)?;
    let slots = if by_values { 0 } else { split.slots(grouping.count) };
    drop(grouping);
    let terms = Terms {
        limits: node.limits,
        needs_start: starts.is_some(),
        needs_end: ends.is_some(),
        keep_evicted: node.keep.evicted,
    };
    let part = |part: usize| {
        let events = chunks.iter().map(|chunk| chunk.part(part).len()).sum();
        let assembler = Assembler::new(terms, slots, events, members);
        let mut walk =
            Walk { table, chunks: &chunks, part, split, node, assembler, orphans: Vec::new(), unify, last: None };
        if by_values {
            walk.by_values(cx)?
        } else {
            walk.by_group(cx)?
        }
        let Walk { assembler, orphans, .. } = walk;
        if assembler.evicted > 0 {
            cx.warn(format!("transaction gave up {} open transactions for its limits", assembler.evicted));
        }
        Ok(result(Grouped { assembler, orphans }))
    };
    split.parts().into_par_iter().map(part).collect()
}

fn all_or_none(batch: &Batch, fields: &[FieldName]) -> bool {
    let present: Vec<Option<Bitmap>> = fields.iter().map(|f| batch.column(f).map(Column::present)).collect();
    let none = Bitmap::filled(batch.rows(), false);
    let first = present[0].as_ref().unwrap_or(&none);
    present[1..].iter().all(|other| other.as_ref().unwrap_or(&none) == first)
}

fn is_single(column: &Column) -> bool {
    match column {
        Column::Multi(_) | Column::Const(Value::Multi(_), _) => false,
        Column::Mixed(values) => !values.iter().any(|v| matches!(v, Value::Multi(_))),
        _ => true,
    }
}

struct Walk<'a> {
    table: &'a Table,
    chunks: &'a [Chunk],
    part: usize,
    split: Split,
    node: &'a Node,
    assembler: Assembler,
    orphans: Vec<(u32, (u32, u32))>,
    unify: bool,
    last: Option<usize>,
}

/// An event of a chunk, by its index there.
#[inline]
fn event(chunk: &Chunk, at: usize, matches: u32) -> Event {
    let event = &chunk.events[at];
    let flags = chunk.flags.get(at).copied().unwrap_or(0);
    Event {
        time: event.time,
        place: event.place,
        matches,
        starts: flags & STARTS != 0,
        ends: flags & ENDS != 0,
        pick: chunk.picks.get(at).copied().unwrap_or_default(),
    }
}

/// Events between two looks at whether the search is cancelled.
const CHECK: usize = 1 << 16;

impl Walk<'_> {
    fn by_group(&mut self, cx: &RunContext<'_>) -> Result<()> {
        let matches = self.node.fields.len() as u32;
        for chunk in self.chunks {
            cx.check()?;
            for at in chunk.part(self.part) {
                match chunk.events[at].group {
                    0 => self.without_fields(&event(chunk, at, 0)),
                    group => self.put(self.split.slot(group), &event(chunk, at, matches)),
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn put(&mut self, slot: usize, event: &Event) {
        self.assembler.add(slot, event);
        self.last = Some(slot);
    }

    /// An event that has none of the fields.
    fn without_fields(&mut self, event: &Event) {
        let open = self.last.filter(|&slot| self.assembler.is_open(slot) && self.assembler.fits(slot, event));
        match open {
            Some(slot) if self.unify && (event.starts || event.ends) => self.put(slot, event),
            _ => self.orphans.push((event.place, event.pick)),
        }
    }

    /// Events with some of the fields, or with several values: they join an open transaction that shares a value and contradicts none.
    fn by_values(&mut self, cx: &RunContext<'_>) -> Result<()> {
        let keys: Vec<Values> = self.node.fields.iter().map(|f| Values::new(self.table.batches(), f)).collect();
        // For each field: the slots whose transactions have a value, and the values of each slot.
        let mut by_value: Vec<HashMap<u32, Vec<u32>>> = vec![HashMap::new(); keys.len()];
        let mut of_slot: Vec<Vec<Vec<u32>>> = Vec::new();
        let (chunks, part) = (self.chunks, self.part);
        let events = chunks.iter().flat_map(|chunk| chunk.part(part).map(move |at| (chunk, at)));
        for (n, (chunk, at)) in events.enumerate() {
            if n % CHECK == 0 {
                cx.check()?;
            }
            let (batch, row) = chunk.picks[at];
            let values: Vec<&[u32]> = keys.iter().map(|k| k.get(batch as usize, row as usize)).collect();
            let event = event(chunk, at, values.iter().filter(|v| !v.is_empty()).count() as u32);
            if event.matches == 0 {
                self.without_fields(&event);
                continue;
            }
            let consistent = |slot: usize| {
                of_slot[slot].iter().zip(&values).all(|(own, new): (&Vec<u32>, &&[u32])| {
                    own.is_empty() || new.is_empty() || new.iter().any(|v| own.contains(v))
                })
            };
            let mut best: Option<usize> = None;
            let mut over = Vec::new();
            for (field, values) in values.iter().enumerate() {
                for value in values.iter() {
                    let Some(slots) = by_value[field].get_mut(value) else { continue };
                    slots.retain(|&slot| self.assembler.is_open(slot as usize));
                    for &slot in slots.iter() {
                        let slot = slot as usize;
                        if !consistent(slot) {
                            continue;
                        }
                        if !self.assembler.fits(slot, &event) {
                            over.push(slot);
                        } else if best.is_none_or(|b| self.assembler.last_used(b) < self.assembler.last_used(slot)) {
                            best = Some(slot);
                        }
                    }
                }
            }
            over.into_iter().for_each(|slot| self.assembler.close(slot));
            if best.is_none() && !self.node.connected {
                // None of the fields may be known to the transaction yet.
                let open = (0..of_slot.len()).filter(|&s| self.assembler.is_open(s) && consistent(s));
                best = open.filter(|&s| self.assembler.fits(s, &event)).max_by_key(|&s| self.assembler.last_used(s));
            }
            let slot = best.unwrap_or_else(|| {
                of_slot.push(vec![Vec::new(); keys.len()]);
                self.assembler.new_slot()
            });
            for (field, values) in values.iter().enumerate() {
                for value in values.iter() {
                    if !of_slot[slot][field].contains(value) {
                        of_slot[slot][field].push(*value);
                        by_value[field].entry(*value).or_default().push(slot as u32);
                    }
                }
            }
            self.put(slot, &event);
        }
        Ok(())
    }
}

/// The values of one field as codes, any number for each row.
struct Values {
    /// For each batch: where the codes of each row begin, and the codes.
    batches: Vec<(Vec<u32>, Vec<u32>)>,
}

impl Values {
    fn new(batches: &[Batch], field: &str) -> Values {
        // Each value a row of its own, so that they all are coded by one dictionary.
        let spread = |batch: &Batch| {
            let column = batch.column_or_null(field);
            let (mut starts, mut values) = (vec![0u32], crate::table::ColumnBuilder::default());
            let mut count = 0;
            for row in 0..batch.rows() {
                column.get(row).for_each(|value| {
                    values.push(value.to_value());
                    count += 1;
                });
                starts.push(count);
            }
            let values = values.finish();
            (starts, Batch::new(values.len()).with_columns([(field_name(field), values)]))
        };
        let (starts, spread): (Vec<Vec<u32>>, Vec<Batch>) = batches.iter().map(spread).unzip();
        let key = KeyColumn::new(&spread, field);
        let codes = key.codes.iter().zip(&spread).map(|(codes, b)| (0..b.rows()).map(|row| codes.get(row)).collect());
        Values { batches: starts.into_iter().zip(codes).collect() }
    }

    fn get(&self, batch: usize, row: usize) -> &[u32] {
        let (starts, codes) = &self.batches[batch];
        &codes[starts[row] as usize..starts[row + 1] as usize]
    }
}
