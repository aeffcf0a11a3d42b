//! The first few of many numbers, without sorting the others and mostly without looking at them one by one.

use std::collections::BinaryHeap;

use super::sort::{FEW, bits};
use crate::plan::{SortKey, SortOrder};
use crate::table::Column;

/// Numbers that are compared with the last of the first ones together.
const AT_ONCE: usize = 64;

/// The rows of a column that may be among the first `limit` by a key, ties included, ascending; `is_row` says which rows count. Nothing unless
/// these are numbers, and few of them are first.
pub(super) fn leading(column: &Column, key: &SortKey, limit: u64, is_row: impl Fn(u32) -> bool) -> Option<Vec<u32>> {
    let Column::Num(numbers) = column else { return None };
    let (most, limit) = (numbers.values.len() / FEW, usize::try_from(limit).ok()?);
    if numbers.valid.is_some()
        || !matches!(key.order, SortOrder::Auto | SortOrder::Number)
        || limit == 0
        || limit > most
    {
        return None;
    }
    // What is no number is behind nothing, and is looked at.
    let is_behind = |number: f64, last: f64| if key.descending { number < last } else { number > last };
    let place = |number: f64| if key.descending { !bits(number) } else { bits(number) };
    // The places of the first ones so far, with their rows, and the number that is the last of them.
    let mut first: BinaryHeap<(u64, u32)> = BinaryHeap::with_capacity(limit + 1);
    let mut last = None;
    let mut found: Vec<(u64, u32)> = Vec::new();
    for (start, some) in (0..).step_by(AT_ONCE).zip(numbers.values.chunks(AT_ONCE)) {
        if last.is_some_and(|last| some.iter().fold(true, |all, &number| all & is_behind(number, last))) {
            continue;
        }
        for (row, &number) in (start..).zip(some) {
            if last.is_some_and(|last| is_behind(number, last)) || !is_row(row) {
                continue;
            }
            found.push((place(number), row));
            first.push((place(number), row));
            if first.len() > limit {
                first.pop();
            }
            last = first.peek().filter(|_| first.len() == limit).map(|&(_, row)| numbers.values[row as usize]);
        }
        if found.len() > 2 * most {
            keep_first(&mut found, &first);
            if found.len() > most {
                return None;
            }
        }
    }
    keep_first(&mut found, &first);
    (found.len() <= most).then(|| found.into_iter().map(|(_, row)| row).collect())
}

/// Drops what is behind the last of the first ones.
fn keep_first(found: &mut Vec<(u64, u32)>, first: &BinaryHeap<(u64, u32)>) {
    if let Some(&(last, _)) = first.peek() {
        found.retain(|&(place, _)| place <= last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::field_name;

    #[test]
    fn the_first_are_those_of_sorting() {
        let mut state = 3u64;
        let mut below = |end: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % end
        };
        for (spread, rows) in [(1_000_000, 5_000), (700, 5_000), (3, 900), (1_000, 64), (1_000, 65), (9, 0)] {
            let random: Vec<f64> = (0..rows).map(|_| below(spread) as f64 - spread as f64 / 3.0).collect();
            let mut rising = random.clone();
            rising.sort_by(f64::total_cmp);
            let mut odd = random.clone();
            odd.iter_mut().step_by(401).for_each(|number| *number = f64::NAN);
            for values in [random, rising, odd] {
                let column = Column::from_numbers(values.clone());
                for (descending, limit) in [(true, 1), (true, 20), (false, 7), (false, 100), (true, 0)] {
                    let key = SortKey { field: field_name("n"), descending, order: SortOrder::Auto };
                    let is_row = |row: u32| !row.is_multiple_of(5);
                    let place = |row: u32| match bits(values[row as usize]) {
                        bits if descending => !bits,
                        bits => bits,
                    };
                    let mut places: Vec<u64> = (0..rows).filter(|&row| is_row(row)).map(place).collect();
                    places.sort_unstable();
                    let last = places.get((limit as usize).saturating_sub(1)).copied().unwrap_or(u64::MAX);
                    let wanted: Vec<u32> = (0..rows).filter(|&row| is_row(row) && place(row) <= last).collect();
                    let most = rows as usize / FEW;
                    match leading(&column, &key, limit, is_row) {
                        Some(found) => assert_eq!(found, wanted),
                        None => assert!(limit == 0 || limit as usize > most || wanted.len() > most),
                    }
                }
            }
        }
    }
}
