//! How rows lie: whether they are in the order of a key already, or in the opposite one, as events are that are sorted by time. Such rows need
//! not be compared; each stretch of them is looked at by itself.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::plan::{SortKey, SortOrder};
use crate::table::{BATCH_ROWS, Batch, Column, Cut, Places, Table};

/// How rows lie.
pub(super) enum Order {
    Sorted,
    /// The other way round: the rows, turned.
    Opposite(Vec<Batch>),
}

/// What a stretch of rows, read backwards, is like.
struct Read {
    first: f64,
    last: f64,
    /// The rows, as long as all that have been looked at rise.
    batch: Option<Batch>,
}

/// The order that rows are in by a key of numbers, if they are in one.
pub(super) fn order_of(table: &Table, key: &SortKey) -> Option<Order> {
    if !matches!(key.order, SortOrder::Auto | SortOrder::Number) {
        return None;
    }
    let batches = table.batches();
    let rows = Rows { batches, spans: Places::spans(batches), numbers: numbers(batches, &key.field)? };
    // Rows are looked at backwards: those that lie the other way round have their keys in order then, and can be taken at once.
    let cuts = rows.cuts(Places::span(batches)?)?;
    let stretches: Vec<&[Cut]> = cuts.windows(2).rev().collect();
    let fields = table.all_fields();
    let (may_rise, may_fall) = (AtomicBool::new(true), AtomicBool::new(true));
    let look = |cuts: &&[Cut]| {
        // Others have seen that it is neither.
        if !may_rise.load(Ordering::Relaxed) && !may_fall.load(Ordering::Relaxed) {
            return None;
        }
        let own = cuts[0].until(&cuts[1], true, batches);
        let some = own.some();
        let own = own.among(&some);
        let mut keys = vec![f64::NAN; (cuts[1].ordinal() - cuts[0].ordinal()) as usize];
        own.write(&numbers(&some, &key.field)?, &mut keys);
        let (rises, falls, ties) = directions(&keys);
        may_rise.fetch_and(rises, Ordering::Relaxed);
        may_fall.fetch_and(falls, Ordering::Relaxed);
        let (first, last) = (*keys.first()?, *keys.last()?);
        let take = if key.descending { &may_fall } else { &may_rise };
        let batch = take.load(Ordering::Relaxed).then(|| {
            let known = (&*key.field, Column::from_numbers(keys));
            own.keeping(ties).batch(&fields, Some(&known))
        });
        Some(Read { first, last, batch })
    };
    let found: Vec<Read> = match stretches.len() {
        1 => stretches.iter().map(look).collect::<Option<_>>()?,
        _ => stretches.par_iter().map(look).collect::<Option<_>>()?,
    };
    let across = |test: fn(f64, f64) -> bool| found.windows(2).all(|pair| test(pair[0].last, pair[1].first));
    let rises = may_rise.into_inner() && across(|a, b| a <= b);
    let falls = may_fall.into_inner() && across(|a, b| a >= b);
    let (sorted, opposite) = if key.descending { (rises, falls) } else { (falls, rises) };
    if sorted {
        return Some(Order::Sorted);
    }
    let turned: Option<Vec<Batch>> = found.into_iter().map(|read| read.batch).collect();
    turned.filter(|_| opposite).map(Order::Opposite)
}

/// The numbers of a field in each batch, if they are plain ones in all rows.
fn numbers<'a>(batches: &'a [Batch], field: &str) -> Option<Vec<&'a [f64]>> {
    let plain = |batch: &'a Batch| match batch.column(field) {
        Some(Column::Num(numbers)) if numbers.valid.is_none() && numbers.decimals.is_none() => {
            Some(&numbers.values[..])
        }
        _ => None,
    };
    batches.iter().map(plain).collect()
}

/// Rows with their keys.
struct Rows<'a> {
    batches: &'a [Batch],
    spans: Vec<Range<u64>>,
    numbers: Vec<&'a [f64]>,
}

impl Rows<'_> {
    /// Cuts all ordinals into stretches between which keys differ; `None` when as many rows as a batch has have the same key.
    fn cuts(&self, ordinals: Range<u64>) -> Option<Vec<Cut>> {
        let cut = |ordinal: u64| Cut::before(ordinal, self.batches, &self.spans);
        let starts = (1..).map(|n| ordinals.end.saturating_sub(n * BATCH_ROWS as u64));
        let starts: Vec<u64> = starts.take_while(|&start| start > ordinals.start).collect();
        let border = |&start: &u64| self.border(&cut(start - 1), start + BATCH_ROWS as u64);
        let mut cuts: Vec<Cut> = starts.par_iter().rev().map(border).collect::<Option<_>>()?;
        cuts.insert(0, cut(ordinals.start));
        cuts.push(cut(ordinals.end));
        Some(cuts)
    }

    /// The cut before the first row whose key is not that of the one before: one that is behind `from` and before `end`.
    fn border(&self, from: &Cut, end: u64) -> Option<Cut> {
        let (mut from, mut step) = (from.clone(), 32);
        while from.ordinal() + 1 < end {
            let to = from.moved(end.min(from.ordinal() + step), self.batches);
            let mut keys = vec![f64::NAN; (to.ordinal() - from.ordinal()) as usize];
            from.until(&to, false, self.batches).write(&self.numbers, &mut keys);
            if let Some(at) = keys.windows(2).position(|pair| pair[0] != pair[1]) {
                return Some(from.moved(from.ordinal() + at as u64 + 1, self.batches));
            }
            (from, step) = (from.moved(to.ordinal() - 1, self.batches), step * 8);
        }
        None
    }
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
