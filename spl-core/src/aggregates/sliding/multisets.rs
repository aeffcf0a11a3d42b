//! Sliding `distinct_count`, `values`, `mode` and percentiles: what must know how often each value occurs.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::keys::optional_numbers;
use super::Window;
use crate::error::{Diagnostic, ErrorKind};
use crate::table::{Column, Dictionary, MultiColumn};

/// How often each of `0..len` occurs in a stretch.
struct Counts {
    counts: Vec<u32>,
    start: usize,
    end: usize,
}

impl Counts {
    fn new(len: usize) -> Self {
        Counts { counts: vec![0; len], start: 0, end: 0 }
    }

    /// Moves on to `start..end`: `change` is told of each value whose count changes, with the count before and after.
    fn slide(
        &mut self,
        start: usize,
        end: usize,
        key: impl Fn(usize) -> Option<u32>,
        mut change: impl FnMut(u32, u32, u32),
    ) {
        let leave = self.start..start.min(self.end);
        for key in leave.filter_map(&key) {
            let count = &mut self.counts[key as usize];
            *count -= 1;
            change(key, *count + 1, *count);
        }
        for key in (self.end.max(start)..end).filter_map(&key) {
            let count = &mut self.counts[key as usize];
            *count += 1;
            change(key, *count - 1, *count);
        }
        (self.start, self.end) = (start, end.max(self.end));
    }
}

/// The column as codes; only columns of single values get here, and those can be encoded.
fn codes(window: &Window<'_>) -> (Arc<Dictionary>, Arc<[u32]>) {
    window.column.encode().unwrap_or_default()
}

fn present(code: u32) -> Option<u32> {
    (code != 0).then_some(code)
}

/// `distinct_count`.
pub(in crate::aggregates) fn distinct_count(window: &Window<'_>) -> Column {
    let (dictionary, codes) = codes(window);
    let (mut counts, mut distinct) = (Counts::new(dictionary.len() + 1), 0i64);
    let slide = |(start, end): (usize, usize)| {
        counts.slide(
            start,
            end,
            |i| present(codes[i]),
            |_, before, after| {
                distinct += i64::from(before == 0) - i64::from(after == 0);
            },
        );
        distinct as f64
    };
    Column::from_numbers(window.stretches().map(slide).collect())
}

/// How many values the lists of `values` may have together: two gigabytes of them.
const MOST_PARTS: usize = 1 << 29;

/// The lists of many rows are of many values each.
fn too_many(row: usize, values: usize) -> Box<Diagnostic> {
    let message = format!("the lists of `values` are too long: at row {} each has {values} values", row + 1);
    let hint = "`dc` counts them; window= and BY make lists shorter";
    Box::new(Diagnostic::new(ErrorKind::Limit, message).hint(hint))
}

/// `values`.
pub(in crate::aggregates) fn values(window: &Window<'_>) -> Column {
    let (dictionary, codes) = codes(window);
    let mut used: Vec<u32> = codes.iter().copied().filter(|&code| code != 0).collect();
    used.sort_unstable();
    used.dedup();
    used.sort_by_key(|&code| dictionary.get(code));
    let mut places = vec![0u32; dictionary.len() + 1];
    used.iter().enumerate().for_each(|(place, &code)| places[code as usize] = place as u32);
    let (mut counts, mut held, mut from) = (Counts::new(used.len()), BTreeSet::new(), 0);
    let (mut parts, mut stretches) = (Vec::new(), Vec::with_capacity(window.starts.len()));
    for (row, (start, end)) in window.stretches().enumerate() {
        let mut changed = row == 0;
        counts.slide(
            start,
            end,
            |i| present(codes[i]).map(|code| places[code as usize]),
            |place, before, after| {
                if before == 0 {
                    changed |= held.insert(place);
                } else if after == 0 {
                    changed |= held.remove(&place);
                }
            },
        );
        // A row whose values are those of the row before shares them.
        if changed {
            if parts.len() + held.len() > MOST_PARTS {
                window.notes.fail(too_many(row, held.len()));
            }
            if window.notes.is_ending() {
                return Column::null(window.starts.len());
            }
            from = parts.len() as u32;
            parts.extend(held.iter().map(|&place| used[place as usize]));
        }
        stretches.push(from..parts.len() as u32);
    }
    Column::Multi(Arc::new(MultiColumn::of_stretches(stretches, Column::Dict(dictionary, parts.into()))))
}

/// `mode`: of equally frequent values the smallest.
pub(in crate::aggregates) fn mode(window: &Window<'_>) -> Column {
    let (dictionary, codes) = codes(window);
    let ranks = dictionary.ranks();
    // The last entry is the most frequent value, the smallest of several.
    let mut order: BTreeSet<(u32, std::cmp::Reverse<u32>, u32)> = BTreeSet::new();
    let mut counts = Counts::new(dictionary.len() + 1);
    let slide = |(start, end): (usize, usize)| {
        counts.slide(
            start,
            end,
            |i| present(codes[i]),
            |code, before, after| {
                let rank = std::cmp::Reverse(ranks[code as usize]);
                order.remove(&(before, rank, code));
                if after > 0 {
                    order.insert((after, rank, code));
                }
            },
        );
        order.last().map_or(0, |entry| entry.2)
    };
    let modes: Vec<u32> = window.stretches().map(slide).collect();
    Column::Dict(dictionary.clone(), modes.into())
}

/// A percentile, from counts of the sorted distinct numbers that can be searched by their sums.
pub(in crate::aggregates) fn percentile(window: &Window<'_>, percent: f64) -> Column {
    let numbers = window.numbers();
    let mut sorted: Vec<f64> = numbers.iter().copied().filter(|n| !n.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let key = |i: usize| sorted.binary_search_by(|n| n.total_cmp(&numbers[i])).ok().map(|place| place as u32);
    let keys: Vec<Option<u32>> = (0..numbers.len()).map(key).collect();
    let (mut counts, mut sums, mut held) = (Counts::new(sorted.len()), Sums::new(sorted.len()), 0u32);
    let slide = |(start, end): (usize, usize)| {
        counts.slide(
            start,
            end,
            |i| keys[i],
            |place, before, after| {
                let joins = after > before;
                sums.add(place as usize, if joins { 1 } else { u32::MAX });
                held = if joins { held + 1 } else { held - 1 };
            },
        );
        let last = held.checked_sub(1)?;
        let place = percent * f64::from(last) / 100.0;
        let (below, share) = (place.floor() as u32, place.fract());
        let low = *sorted.get(sums.find(below.min(last)))?;
        if share == 0.0 {
            return Some(low);
        }
        let high = *sorted.get(sums.find((below + 1).min(last)))?;
        Some(high * share + low * (1.0 - share))
    };
    optional_numbers(window.stretches().map(slide).collect::<Vec<_>>().into_iter())
}

/// Counts by place whose running sums can be changed and searched in logarithmic time (a Fenwick tree).
struct Sums {
    tree: Vec<u32>,
}

impl Sums {
    fn new(len: usize) -> Self {
        Sums { tree: vec![0; len + 1] }
    }

    /// Adds to the count at a place; what is added wraps, so that one can be taken away.
    fn add(&mut self, place: usize, amount: u32) {
        let mut i = place + 1;
        while i < self.tree.len() {
            self.tree[i] = self.tree[i].wrapping_add(amount);
            i += i & i.wrapping_neg();
        }
    }

    /// The place of the `nth` (from 0) of all that is counted.
    fn find(&self, nth: u32) -> usize {
        let (mut at, mut left) = (0, nth);
        let mut step = self.tree.len().next_power_of_two();
        while step > 0 {
            if at + step < self.tree.len() && self.tree[at + step] <= left {
                at += step;
                left -= self.tree[at];
            }
            step /= 2;
        }
        at
    }
}
