//! Sliding `first`, `last` and `list`: values by their place.

use std::sync::Arc;

use super::super::order::LIST_LIMIT;
use super::{Window, last_present, running};
use crate::table::{Column, MultiColumn};

/// `first`.
pub(in crate::aggregates) fn first(window: &Window<'_>) -> Column {
    let next = next_present(window);
    let pick =
        |(start, end): (usize, usize)| next.get(start).copied().filter(|&i| (i as usize) < end).unwrap_or(u32::MAX);
    window.column.take_or_null(&window.stretches().map(pick).collect::<Vec<_>>())
}

/// `last`.
pub(in crate::aggregates) fn last(window: &Window<'_>) -> Column {
    let previous = last_present(&window.column.present());
    let pick = |(start, end): (usize, usize)| {
        let last = end.checked_sub(1).and_then(|i| previous.get(i)).copied();
        last.filter(|&i| i != u32::MAX && i as usize >= start).unwrap_or(u32::MAX)
    };
    window.column.take_or_null(&window.stretches().map(pick).collect::<Vec<_>>())
}

/// `list`.
pub(in crate::aggregates) fn list(window: &Window<'_>) -> Column {
    let present = window.column.present();
    // The values that are there, and for each place how many of them come before.
    let values: Vec<u32> = present.rows();
    let before = running(present.len(), |place| u32::from(present.get(place)));
    let stretch = |(start, end): (usize, usize)| before[start]..before[end].min(before[start] + LIST_LIMIT as u32);
    let texts = match window.column.encode() {
        Some((dictionary, codes)) => Column::Dict(dictionary, codes),
        None => window.column.clone(),
    };
    Column::Multi(Arc::new(MultiColumn::of_stretches(window.stretches().map(stretch).collect(), texts.take(&values))))
}

/// For each place the first one from it on that has a value; `u32::MAX` when none has.
fn next_present(window: &Window<'_>) -> Vec<u32> {
    let present = window.column.present();
    let mut next = vec![u32::MAX; present.len()];
    let mut last = u32::MAX;
    for i in (0..present.len()).rev() {
        if present.get(i) {
            last = i as u32;
        }
        next[i] = last;
    }
    next
}
