//! How rows lie: whether they are in the order of a key already, or in the opposite one, as events are that are sorted by time. Such rows need
//! not be compared; each stretch of them is looked at by itself.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::plan::{SortKey, SortOrder};
use crate::table::{Batch, Column, Places, Stretch};

/// How rows lie.
pub(super) enum Order {
    Sorted,
    /// The other way round: read backwards they are sorted. The keys, one for each row, are those of the stretches.
    Opposite {
        stretches: Vec<Stretch>,
        keys: Vec<Vec<f64>>,
    },
}

/// What a stretch of keys is like.
struct Keys {
    keys: Vec<f64>,
    /// Runs of the same key, by their places.
    ties: Vec<Range<usize>>,
}

/// The order that rows are in by a key of numbers, if they are in one.
pub(super) fn order_of(batches: &[Batch], key: &SortKey) -> Option<Order> {
    if !matches!(key.order, SortOrder::Auto | SortOrder::Number) {
        return None;
    }
    let numbers: Vec<&[f64]> = batches
        .iter()
        .map(|batch| match batch.column(&key.field) {
            Some(Column::Num(numbers)) if numbers.valid.is_none() && numbers.decimals.is_none() => {
                Some(&numbers.values[..])
            }
            _ => None,
        })
        .collect::<Option<_>>()?;
    let ordinals = Places::span(batches)?;
    // Rows are looked at backwards: those that lie the other way round have their keys in order then, which need not be read again.
    let stretches = Stretch::backward(ordinals.clone(), &[])?;
    let spans = Places::spans(batches);
    let (may_rise, may_fall) = (AtomicBool::new(true), AtomicBool::new(true));
    let look = |stretch: &Stretch| {
        // Others have seen that it is neither.
        if !may_rise.load(Ordering::Relaxed) && !may_fall.load(Ordering::Relaxed) {
            return None;
        }
        // What no row writes is in no order with others.
        let mut keys = vec![f64::NAN; stretch.len()];
        stretch.of(batches, &spans).write(&numbers, &mut keys);
        let (rises, falls, ties) = directions(&keys);
        may_rise.fetch_and(rises, Ordering::Relaxed);
        may_fall.fetch_and(falls, Ordering::Relaxed);
        Some(Keys { keys, ties })
    };
    let found: Vec<Keys> = match stretches.len() {
        1 => stretches.iter().map(look).collect::<Option<_>>()?,
        _ => stretches.par_iter().map(look).collect::<Option<_>>()?,
    };
    let between = |pair: &[Keys]| Some((*pair[0].keys.last()?, *pair[1].keys.first()?));
    let across = |test: fn(f64, f64) -> bool| found.windows(2).filter_map(between).all(|(a, b)| test(a, b));
    let rises = may_rise.into_inner() && across(|a, b| a <= b);
    let falls = may_fall.into_inner() && across(|a, b| a >= b);
    if if key.descending { rises } else { falls } {
        return Some(Order::Sorted);
    }
    if !rises && !falls {
        return None;
    }
    let ties = ties(&found, ordinals.end);
    let keys: Vec<Vec<f64>> = found.into_iter().map(|found| found.keys).collect();
    if ties.is_empty() {
        return Some(Order::Opposite { stretches, keys });
    }
    let stretches = Stretch::backward(ordinals, &ties)?;
    let fit = stretches.iter().map(Stretch::len).eq(keys.iter().map(Vec::len));
    let mut keys = if fit { keys } else { cut(&keys, &stretches) };
    stretches.iter().zip(&mut keys).for_each(|(stretch, keys)| stretch.turn(keys));
    Some(Order::Opposite { stretches, keys })
}

/// Keys that follow one another, as many to each stretch as it has rows.
fn cut(keys: &[Vec<f64>], stretches: &[Stretch]) -> Vec<Vec<f64>> {
    let mut pieces = keys.iter();
    let mut rest: &[f64] = &[];
    let own = |stretch: &Stretch| {
        let mut own = Vec::with_capacity(stretch.len());
        while own.len() < stretch.len() {
            if rest.is_empty() {
                let Some(next) = pieces.next() else { break };
                rest = next;
            }
            let (now, later) = rest.split_at(rest.len().min(stretch.len() - own.len()));
            own.extend_from_slice(now);
            rest = later;
        }
        own
    };
    stretches.iter().map(own).collect()
}

/// Whether keys rise, whether they fall, and the runs of the same key. A key that is no number does neither.
fn directions(keys: &[f64]) -> (bool, bool, Vec<Range<usize>>) {
    if let &[key] = keys {
        let number = !key.is_nan();
        return (number, number, Vec::new());
    }
    if all(keys, |a, b| a > b) {
        return (false, true, Vec::new());
    }
    if all(keys, |a, b| a < b) {
        return (true, false, Vec::new());
    }
    let mut ties: Vec<Range<usize>> = Vec::new();
    for at in (0..keys.len().saturating_sub(1)).filter(|&at| keys[at] == keys[at + 1]) {
        match ties.last_mut().filter(|tie| tie.end == at + 1) {
            Some(tie) => tie.end += 1,
            None => ties.push(at..at + 2),
        }
    }
    (all(keys, |a, b| a <= b), all(keys, |a, b| a >= b), ties)
}

/// Whether all neighbours pass a test. Once the first do, all are looked at, which is quicker than to stop in between.
fn all(keys: &[f64], test: impl Fn(f64, f64) -> bool) -> bool {
    let pairs = || keys.iter().zip(keys.get(1..).unwrap_or_default());
    pairs().take(16).all(|(&a, &b)| test(a, b)) && pairs().fold(true, |all, (&a, &b)| all & test(a, b))
}

/// The runs of the same key in all stretches, which begin at the end, by their ordinals, ascending.
fn ties(found: &[Keys], end: u64) -> Vec<Range<u64>> {
    let (mut ties, mut end): (Vec<Range<u64>>, u64) = (Vec::new(), end);
    let mut before: Option<f64> = None;
    for keys in found {
        if before.is_some() && before == keys.keys.first().copied() {
            match ties.last_mut().filter(|tie| tie.start == end) {
                Some(tie) => tie.start -= 1,
                None => ties.push(end - 1..end + 1),
            }
        }
        for tie in &keys.ties {
            let (from, to) = (end - tie.end as u64, end - tie.start as u64);
            match ties.last_mut().filter(|tie| tie.start + 1 == to) {
                Some(tie) => tie.start = from,
                None => ties.push(from..to),
            }
        }
        end -= keys.keys.len() as u64;
        before = keys.keys.last().copied();
    }
    ties.reverse();
    ties
}
