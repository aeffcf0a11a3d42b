//! Events in the order in which transactions are put together: newest first, those without time last.

use std::borrow::Cow;

use crate::commands::prelude::*;
use crate::table::Bitmap;

/// What is asked of each event.
pub(super) struct Ask<'a> {
    /// The group of each row of each batch, where rows are grouped beforehand.
    pub(super) groups: Option<&'a [Vec<u32>]>,
    pub(super) starts: Option<&'a [Bitmap]>,
    pub(super) ends: Option<&'a [Bitmap]>,
    /// Whether the rows themselves will be looked at.
    pub(super) rows: bool,
}

/// One entry for each event. What was not asked for is empty.
#[derive(Default)]
pub(super) struct Order {
    /// NaN for events without time.
    pub(super) times: Vec<f64>,
    pub(super) groups: Vec<u32>,
    /// [`STARTS`] and [`ENDS`].
    pub(super) flags: Vec<u8>,
    /// Batch and row.
    pub(super) picks: Vec<(u32, u32)>,
}

pub(super) const STARTS: u8 = 1;
pub(super) const ENDS: u8 = 2;

impl Order {
    pub(super) fn new(table: &Table, ask: &Ask<'_>) -> Order {
        let batches = table.batches();
        let times: Vec<Cow<'_, [f64]>> = batches.iter().map(times).collect();
        let flag = |b: usize, row: usize| {
            let is = |filter: Option<&[Bitmap]>, flag: u8| if filter.is_some_and(|f| f[b].get(row)) { flag } else { 0 };
            is(ask.starts, STARTS) | is(ask.ends, ENDS)
        };
        let filtered = ask.starts.is_some() || ask.ends.is_some();
        let place = Places::new(table);
        let (spread_times, groups) = rayon::join(
            || place.spread(batches, |b, row| times[b][row]),
            || ask.groups.map_or_else(Vec::new, |groups| place.spread(batches, |b, row| groups[b][row])),
        );
        let mut order = Order {
            times: spread_times,
            groups,
            flags: if filtered { place.spread(batches, flag) } else { Vec::new() },
            picks: if ask.rows { place.spread(batches, |b, row| (b as u32, row as u32)) } else { Vec::new() },
        };
        let key = |time: f64| if time.is_nan() { f64::NEG_INFINITY } else { time };
        if !order.times.is_sorted_by(|a, b| key(*a) >= key(*b)) {
            let mut places: Vec<u32> = (0..order.times.len() as u32).collect();
            places.sort_by(|&a, &b| key(order.times[b as usize]).total_cmp(&key(order.times[a as usize])));
            order.times = taken(&order.times, &places);
            order.groups = taken(&order.groups, &places);
            order.flags = taken(&order.flags, &places);
            order.picks = taken(&order.picks, &places);
        }
        order
    }

    pub(super) fn len(&self) -> usize {
        self.times.len()
    }
}

/// The entries at these places; none of none.
fn taken<T: Copy>(from: &[T], places: &[u32]) -> Vec<T> {
    if from.is_empty() { Vec::new() } else { places.iter().map(|&at| from[at as usize]).collect() }
}

/// Where the rows of a table stand in its order.
enum Places {
    /// Ordinals are places, as many as this, with some left out or not.
    Ordinals(usize, Option<Vec<bool>>),
    /// Each place's batch and row.
    Picks(Vec<(u32, u32)>),
}

impl Places {
    fn new(table: &Table) -> Places {
        let (batches, rows) = (table.batches(), table.rows());
        let last = batches.iter().filter(|b| b.rows() > 0).map(|b| b.ordinal(b.rows() - 1)).max();
        let end = last.map_or(0, |last| last as usize + 1);
        if end > 4 * rows + 1024 {
            return Places::Picks(table.picks());
        }
        if end == rows {
            return Places::Ordinals(end, None);
        }
        let mut present = vec![false; end];
        for batch in batches {
            (0..batch.rows()).for_each(|row| present[batch.ordinal(row) as usize] = true);
        }
        if present.iter().filter(|&&is| is).count() == rows {
            Places::Ordinals(end, Some(present))
        } else {
            Places::Picks(table.picks())
        }
    }

    /// What `value` says of each batch and row, in the table's order. Batches are gone through one after the other.
    fn spread<T: Copy + Default>(&self, batches: &[Batch], value: impl Fn(usize, usize) -> T) -> Vec<T> {
        match self {
            Places::Picks(picks) => picks.iter().map(|&(b, row)| value(b as usize, row as usize)).collect(),
            Places::Ordinals(end, present) => {
                let mut spread = vec![T::default(); *end];
                for (b, batch) in batches.iter().enumerate() {
                    (0..batch.rows()).for_each(|row| spread[batch.ordinal(row) as usize] = value(b, row));
                }
                if let Some(present) = present {
                    let mut present = present.iter();
                    spread.retain(|_| present.next() == Some(&true));
                }
                spread
            }
        }
    }
}

fn times(batch: &Batch) -> Cow<'_, [f64]> {
    match batch.column("_time") {
        Some(Column::Num(numbers)) if numbers.valid.is_none() => Cow::Borrowed(&numbers.values),
        Some(column) => (0..batch.rows()).map(|row| column.get(row).number().unwrap_or(f64::NAN)).collect(),
        None => Cow::Owned(vec![f64::NAN; batch.rows()]),
    }
}
