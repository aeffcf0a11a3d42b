//! Sliding `first`, `last` and `list`: values by their place.

use std::sync::Arc;

use super::super::order::LIST_LIMIT;
use super::{Window, last_present};
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
    let next = next_present(window);
    let (mut offsets, mut places) = (vec![0u32], Vec::new());
    for (start, end) in window.stretches() {
        let mut i = start;
        for _ in 0..LIST_LIMIT {
            match next.get(i) {
                Some(&place) if (place as usize) < end => {
                    places.push(place);
                    i = place as usize + 1;
                }
                _ => break,
            }
        }
        offsets.push(places.len() as u32);
    }
    let texts = match window.column.encode() {
        Some((dictionary, codes)) => Column::Dict(dictionary, codes),
        None => window.column.clone(),
    };
    Column::Multi(Arc::new(MultiColumn { offsets, child: texts.take(&places) }))
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
