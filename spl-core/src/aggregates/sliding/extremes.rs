//! Sliding `min`, `max`, `earliest`, `latest` and their times: the place that beats all others of its stretch.

use super::super::keys::optional_numbers;
use super::Window;
use crate::table::Column;

/// `min`.
pub(in crate::aggregates) fn min(window: &Window<'_>) -> Column {
    by_rank(window, |a, b| a < b)
}

/// `max`.
pub(in crate::aggregates) fn max(window: &Window<'_>) -> Column {
    by_rank(window, |a, b| a > b)
}

/// `earliest`: of the same time the later place.
pub(in crate::aggregates) fn earliest(window: &Window<'_>) -> Column {
    timed(window, |a, b| a <= b)
}

/// `latest`: of the same time the earlier place.
pub(in crate::aggregates) fn latest(window: &Window<'_>) -> Column {
    timed(window, |a, b| a > b)
}

/// `earliest_time`.
pub(in crate::aggregates) fn earliest_time(window: &Window<'_>) -> Column {
    time_of(window, |a, b| a <= b)
}

/// `latest_time`.
pub(in crate::aggregates) fn latest_time(window: &Window<'_>) -> Column {
    time_of(window, |a, b| a > b)
}

/// The extreme in the order of `sort`: by number, or by the rank of the text.
fn by_rank(window: &Window<'_>, beats: impl Fn(f64, f64) -> bool) -> Column {
    if matches!(window.column, Column::Num(_)) {
        return window.column.take_or_null(&winners(window, &window.numbers(), beats));
    }
    // Only columns of single values get here, and those can be encoded.
    let Some((dictionary, codes)) = window.column.encode() else { return Column::null(window.starts.len()) };
    let ranks = dictionary.ranks();
    let keys: Vec<f64> =
        codes.iter().map(|&code| if code == 0 { f64::NAN } else { f64::from(ranks[code as usize]) }).collect();
    Column::Dict(dictionary, codes).take_or_null(&winners(window, &keys, beats))
}

fn timed(window: &Window<'_>, beats: impl Fn(f64, f64) -> bool) -> Column {
    let Some(times) = &window.times else { return Column::null(window.starts.len()) };
    let present = window.column.present();
    let keys: Vec<f64> =
        times.iter().enumerate().map(|(i, &time)| if present.get(i) { time } else { f64::NAN }).collect();
    window.column.take_or_null(&winners(window, &keys, beats))
}

fn time_of(window: &Window<'_>, beats: impl Fn(f64, f64) -> bool) -> Column {
    let Some(times) = &window.times else { return Column::null(window.starts.len()) };
    let present = window.column.present();
    let keys: Vec<f64> =
        times.iter().enumerate().map(|(i, &time)| if present.get(i) { time } else { f64::NAN }).collect();
    optional_numbers(winners(window, &keys, beats).into_iter().map(|i| keys.get(i as usize).copied()))
}

/// The place of the key that beats the others of each stretch; NaN never wins. A later key that `beats` an earlier one makes that
/// one worthless for all stretches to come, so only those that are beaten by none behind them are kept.
fn winners(window: &Window<'_>, keys: &[f64], beats: impl Fn(f64, f64) -> bool) -> Vec<u32> {
    let mut kept: Vec<u32> = Vec::new();
    let (mut head, mut next) = (0, 0);
    window
        .stretches()
        .map(|(start, end)| {
            if next < start {
                next = start;
            }
            while next < end {
                let key = keys[next];
                if !key.is_nan() {
                    while kept.len() > head && kept.last().is_some_and(|&k| beats(key, keys[k as usize])) {
                        kept.pop();
                    }
                    kept.push(next as u32);
                }
                next += 1;
            }
            while head < kept.len() && (kept[head] as usize) < start {
                head += 1;
            }
            if head == kept.len() {
                kept.clear();
                head = 0;
            } else if head > 1024 && head * 2 > kept.len() {
                kept.drain(..head);
                head = 0;
            }
            kept.get(head).copied().unwrap_or(u32::MAX)
        })
        .collect()
}
