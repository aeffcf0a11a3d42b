//! A table with a byte for each combination in each group, which counts rows in one pass, and which finds the first combinations of a group in
//! loops that look at many of them in a step.

use std::ops::Range;

use rayon::prelude::*;

use super::count::{Combinations, Counted, each_pair};
use super::node::Options;

/// How many cells there may be: more than these leave the cache that a core has to itself too far behind.
const MOST: usize = 1 << 22;
/// How many cells for each row: beyond that, to look at all cells takes longer than to put the rows in order.
const OF_A_ROW: usize = 4;

/// How often each combination occurs in each group.
pub(super) struct Cells {
    /// Cells of a group: the first is of rows without a combination.
    width: usize,
    parts: Vec<Part>,
}

/// The counts of some of the rows.
struct Part {
    /// Group by group, from 0; a count that is more than a byte holds begins from 1 again.
    counts: Vec<u8>,
    /// The cells that began again, in order, as often as they did: each time stands for [`u8::MAX`] rows.
    carried: Vec<u32>,
}

impl Cells {
    /// Counts the rows, each of these parts on its own; nothing if there were too many cells for them.
    pub(super) fn count(by: &Combinations, of: &Combinations, parts: &[Range<usize>]) -> Option<Cells> {
        let width = of.len() + 1;
        let cells = (by.len() + 1).saturating_mul(width);
        if cells > MOST.min(OF_A_ROW * by.rows()) {
            return None;
        }
        let part = |part: &Range<usize>| {
            let (mut counts, mut carried) = (vec![0u8; cells], Vec::new());
            // Rows without a group or a combination have cells too: to count them is cheaper than to ask.
            each_pair(by, of, part.clone(), |group, combination| {
                let cell = group as usize * width + combination as usize;
                match &mut counts[cell] {
                    count @ &mut u8::MAX => {
                        *count = 1;
                        carried.push(cell as u32);
                    }
                    count => *count += 1,
                }
            });
            carried.sort_unstable();
            Part { counts, carried }
        };
        Some(Cells { width, parts: parts.par_iter().map(part).collect() })
    }

    /// The combinations of a group that `options` may want, and how many rows it has.
    pub(super) fn first(&self, group: u32, options: &Options, scratch: &mut Scratch) -> Counted {
        let start = group as usize * self.width + 1;
        let cells = start..start + self.width - 1;
        // The rank of each combination: its count, as far as a byte holds it, turned so that the first has the lowest, and one without rows the highest.
        let Scratch { ranks, carried, found } = scratch;
        carried.clear();
        carried.extend(self.parts.iter().flat_map(|part| part.carried(&cells)).map(|cell| cell - start as u32));
        ranks.clear();
        ranks.resize(cells.len(), 0);
        let mut total = 0;
        for part in &self.parts {
            let counts = &part.counts[cells.clone()];
            ranks.iter_mut().zip(counts).for_each(|(rank, &count)| *rank = rank.saturating_add(count));
            total += sum(counts);
        }
        for &at in &*carried {
            ranks[at as usize] = u8::MAX;
            total += u64::from(u8::MAX);
        }
        if options.most {
            ranks.iter_mut().for_each(|rank| *rank = u8::MAX - *rank);
        } else {
            ranks.iter_mut().for_each(|rank| *rank = rank.wrapping_sub(1));
        }
        found.clear();
        up_to(ranks, rank_of(ranks, options.limit), found);
        let count = |&at: &u32| {
            let counts = self.parts.iter().map(|part| u64::from(part.counts[start + at as usize]));
            (at + 1, counts.sum())
        };
        let mut first: Vec<(u32, u64)> = found.iter().map(count).collect();
        for at in carried {
            if let Ok(at) = found.binary_search(at) {
                first[at].1 += u64::from(u8::MAX);
            }
        }
        Counted { first, total }
    }
}

impl Part {
    /// The carried cells among these.
    fn carried(&self, cells: &Range<usize>) -> &[u32] {
        let before = |cell: usize| self.carried.partition_point(|&carried| (carried as usize) < cell);
        &self.carried[before(cells.start)..before(cells.end)]
    }
}

/// Room for what [`Cells::first`] works out on its way.
#[derive(Default)]
pub(super) struct Scratch {
    ranks: Vec<u8>,
    carried: Vec<u32>,
    found: Vec<u32>,
}

/// The highest rank of one that occurs.
const LAST: u8 = u8::MAX - 1;

/// The lowest rank that at least `limit` others are not above; [`LAST`] if there is none, or no limit.
fn rank_of(ranks: &[u8], limit: usize) -> u8 {
    if limit == 0 || not_above(ranks, LAST) <= limit {
        return LAST;
    }
    // Most combinations are rare, so that the rank is near to the last for the most frequent.
    let (mut high, mut step) = (LAST, 1);
    while high > step && not_above(ranks, high - step) >= limit {
        (high, step) = (high - step, step * 2);
    }
    let mut low = if high > step { high - step + 1 } else { 0 };
    while low < high {
        let middle = low + (high - low) / 2;
        if not_above(ranks, middle) < limit { low = middle + 1 } else { high = middle }
    }
    low
}

/// How many ranks are not above this one.
fn not_above(ranks: &[u8], rank: u8) -> usize {
    // No more of them than a byte counts, so that as many fit into a step as ranks do.
    let count = |ranks: &[u8]| ranks.iter().fold(0u8, |sum, &other| sum + u8::from(other <= rank));
    ranks.chunks(128).map(|ranks| usize::from(count(ranks))).sum()
}

/// Adds where the ranks are that are not above this one.
fn up_to(ranks: &[u8], rank: u8, found: &mut Vec<u32>) {
    const STEP: usize = 32;
    for (chunk, ranks) in ranks.chunks(STEP).enumerate() {
        if ranks.iter().fold(u8::MAX, |lowest, &other| lowest.min(other)) <= rank {
            let first = (chunk * STEP) as u32;
            found.extend((first..).zip(ranks).filter(|&(_, &other)| other <= rank).map(|(at, _)| at));
        }
    }
}

/// The sum of bytes.
fn sum(bytes: &[u8]) -> u64 {
    // No more of them than two bytes hold the sum of.
    let sum = |bytes: &[u8]| bytes.iter().fold(0u16, |sum, &byte| sum + u16::from(byte));
    bytes.chunks(256).map(|bytes| u64::from(sum(bytes))).sum()
}
