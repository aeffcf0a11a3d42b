//! Which rows belong to the window of each row, group by group.

use std::borrow::Cow;

use super::Options;

/// What is known of the rows before any aggregate.
pub(super) struct Rows<'a> {
    /// The group of each row, 0 for none; `None` when all are in one.
    pub(super) groups: Option<&'a [u32]>,
    pub(super) group_count: usize,
    /// `_time` of each row, when a window of time is asked for.
    pub(super) times: Option<&'a [f64]>,
    /// For each row the row from which on counting has begun anew; `None` when it never does.
    pub(super) origins: Option<&'a [u32]>,
    pub(super) count: usize,
}

/// The rows in an order in which each group's rows follow one another, and the window of each place in that order.
pub(super) struct Frames {
    /// The row at each place; `None` when places are rows.
    pub(super) order: Option<Vec<u32>>,
    pub(super) starts: Vec<u32>,
    pub(super) ends: Vec<u32>,
}

impl Frames {
    pub(super) fn new(rows: &Rows<'_>, options: &Options) -> Frames {
        let (order, group_starts) = match rows.groups {
            Some(groups) => {
                let (order, starts) = by_group(groups, rows.group_count);
                (Some(order), starts)
            }
            None => (None, vec![0, rows.count as u32]),
        };
        let places = order.as_ref().map_or(rows.count, Vec::len) as u32;
        let (mut starts, mut ends) = (Vec::with_capacity(places as usize), Vec::with_capacity(places as usize));
        let own = u32::from(options.current);
        let window = u32::try_from(options.window).unwrap_or(u32::MAX);
        let row_of = |place: u32| order.as_ref().map_or(place, |order| order[place as usize]);
        let simple =
            rows.origins.is_none() && rows.times.is_none() && (window == 0 || !options.global || order.is_none());
        for group in group_starts.windows(2) {
            let (first, last) = (group[0], group[1]);
            if simple {
                // The window is a number of places.
                let reach = if window == 0 { u32::MAX } else { window };
                starts.extend((first..last).map(|place| (place + own).saturating_sub(reach).max(first)));
                ends.extend((first..last).map(|place| place + own));
                continue;
            }
            let mut start = first;
            for place in first..last {
                let row = row_of(place);
                let mut from = rows.origins.map_or(0, |origins| origins[row as usize]);
                if window > 0 && options.global {
                    from = from.max((row + own).saturating_sub(window));
                } else if window > 0 {
                    start = start.max((place + own).saturating_sub(window));
                }
                while start < place + own && row_of(start) < from {
                    start += 1;
                }
                if let (Some(times), Some(span)) = (rows.times, options.time_window) {
                    let near = |place: u32| {
                        let apart = (times[row_of(place) as usize] - times[row as usize]).abs();
                        apart < span.seconds()
                    };
                    while start < place && !near(start) {
                        start += 1;
                    }
                }
                starts.push(start);
                ends.push((place + own).max(start));
            }
        }
        Frames { order, starts, ends }
    }

    /// For each of `count` rows its place; `u32::MAX` for rows that belong to no group.
    pub(super) fn places(&self, count: usize) -> Option<Vec<u32>> {
        let order = self.order.as_ref()?;
        let mut places = vec![u32::MAX; count];
        order.iter().enumerate().for_each(|(place, &row)| places[row as usize] = place as u32);
        Some(places)
    }

    /// Values of rows as values of places.
    pub(super) fn ordered<'a>(&self, values: &'a [f64]) -> Cow<'a, [f64]> {
        match &self.order {
            None => Cow::Borrowed(values),
            Some(order) => order.iter().map(|&row| values[row as usize]).collect(),
        }
    }
}

/// The rows group by group, each group's in row order, and where each group begins (and the last ends). Rows of group 0 are left out.
fn by_group(groups: &[u32], count: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; count + 2];
    groups.iter().for_each(|&group| starts[group as usize + 1] += 1);
    starts[1] = 0;
    (1..starts.len()).for_each(|i| starts[i] += starts[i - 1]);
    // `starts[g]` is now where group g begins; it moves to where the next one does.
    let mut order = vec![0u32; starts[count + 1] as usize];
    let mut next = starts.clone();
    for (row, &group) in groups.iter().enumerate() {
        if group != 0 {
            let place = &mut next[group as usize];
            order[*place as usize] = row as u32;
            *place += 1;
        }
    }
    (order, starts[1..].to_vec())
}
