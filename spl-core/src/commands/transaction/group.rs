//! Which transaction an event belongs to.

use hashbrown::HashMap;

use super::Node;
use super::assemble::{Assembler, Event, Transaction};
use super::order::{Ask, ENDS, Order, STARTS};
use crate::commands::prelude::*;
use crate::exec::{KeyColumn, group_rows};
use crate::table::Bitmap;

/// Transactions and what belongs to none.
#[derive(Default)]
pub(super) struct Grouped {
    pub(super) transactions: Vec<Transaction>,
    /// How many were begun, also those that are not given.
    pub(super) begun: u32,
    /// For each event the number of its transaction, when asked for; orphans have the number `begun`.
    pub(super) members: Vec<u32>,
    /// Places of events without any of the fields.
    pub(super) orphans: Vec<u32>,
}

/// Puts the events of a table together, given the rows that may be first or last. `members` says whether it will matter which events a transaction
/// has.
pub(super) fn group(
    table: &Table,
    node: &Node,
    starts: Option<&[Bitmap]>,
    ends: Option<&[Bitmap]>,
    members: bool,
    cx: &RunContext<'_>,
) -> Result<(Order, Grouped)> {
    let (batches, fields) = (table.batches(), &node.fields);
    // With one field, or with rows that have all fields or none, events belong together when all values are equal.
    let whole = fields.len() <= 1 || batches.iter().all(|batch| all_or_none(batch, fields));
    let single = fields.iter().all(|field| batches.iter().all(|b| b.column(field).is_none_or(is_single)));
    let grouping = (whole && single).then(|| group_rows(batches, fields));
    let groups = grouping.as_ref().map(|g| &g.groups[..]);
    let rows = members || node.keep.orphans || groups.is_none();
    let order = Order::new(table, &Ask { groups, starts, ends, rows });
    let slots = grouping.as_ref().map_or(0, |g| g.count);
    drop(grouping);
    let mut grouped = Grouped::default();
    if members {
        grouped.members = vec![u32::MAX; order.len()];
    }
    let mut walk = Walk {
        table,
        order: &order,
        node,
        assembler: Assembler::new(
            node.limits,
            [starts.is_some(), ends.is_some()],
            node.keep.evicted,
            slots,
            order.len() / 4,
        ),
        grouped,
        unify: !node.unify_ends && (starts.is_some() || ends.is_some()),
        last: None,
    };
    if whole && single {
        walk.by_group(cx)?
    } else {
        walk.by_values(cx)?
    }
    walk.assembler.finish();
    let Walk { assembler, mut grouped, .. } = walk;
    if assembler.evicted > 0 {
        cx.warn(format!("transaction gave up {} open transactions for its limits", assembler.evicted));
    }
    grouped.transactions = assembler.done;
    grouped.begun = assembler.begun;
    Ok((order, grouped))
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
    order: &'a Order,
    node: &'a Node,
    assembler: Assembler,
    grouped: Grouped,
    /// Whether first and last events without any of the fields belong to the transaction used last.
    unify: bool,
    last: Option<usize>,
}

/// Events between two looks at whether the search is cancelled.
const CHECK: usize = 1 << 16;

impl Walk<'_> {
    fn event(&self, at: usize, matches: u32) -> Event {
        let flags = self.order.flags.get(at).copied().unwrap_or(0);
        let (starts, ends) = (flags & STARTS != 0, flags & ENDS != 0);
        Event { at: at as u32, time: self.order.times[at], starts, ends, matches }
    }

    fn by_group(&mut self, cx: &RunContext<'_>) -> Result<()> {
        let matches = self.node.fields.len() as u32;
        for (at, &group) in self.order.groups.iter().enumerate() {
            if at % CHECK == 0 {
                cx.check()?;
            }
            if group == 0 {
                let event = self.event(at, 0);
                self.without_fields(event);
                continue;
            }
            let (event, slot) = (self.event(at, matches), group as usize - 1);
            if !self.assembler.fits(slot, &event) {
                self.assembler.close(slot);
            }
            self.put(slot, &event);
        }
        Ok(())
    }

    fn put(&mut self, slot: usize, event: &Event) {
        let id = self.assembler.add(slot, event);
        self.last = Some(slot);
        if let Some(member) = self.grouped.members.get_mut(event.at as usize) {
            *member = id;
        }
    }

    /// An event that has none of the fields.
    fn without_fields(&mut self, event: Event) {
        let open = self.last.filter(|&slot| self.assembler.is_open(slot) && self.assembler.fits(slot, &event));
        match open {
            Some(slot) if self.unify && (event.starts || event.ends) => self.put(slot, &event),
            _ => self.grouped.orphans.push(event.at),
        }
    }

    /// Events with some of the fields, or with several values: they join an open transaction that shares a value and contradicts none.
    fn by_values(&mut self, cx: &RunContext<'_>) -> Result<()> {
        let keys: Vec<Values> = self.node.fields.iter().map(|f| Values::new(self.table.batches(), f)).collect();
        // For each field: the slots whose transactions have a value, and the values of each slot.
        let mut by_value: Vec<HashMap<u32, Vec<u32>>> = vec![HashMap::new(); keys.len()];
        let mut of_slot: Vec<Vec<Vec<u32>>> = Vec::new();
        for at in 0..self.order.len() {
            if at % CHECK == 0 {
                cx.check()?;
            }
            let (batch, row) = self.order.picks[at];
            let values: Vec<&[u32]> = keys.iter().map(|k| k.get(batch as usize, row as usize)).collect();
            let event = self.event(at, values.iter().filter(|v| !v.is_empty()).count() as u32);
            if event.matches == 0 {
                self.without_fields(event);
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
