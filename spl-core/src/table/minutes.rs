//! Times by the minute: which rows follow one another in the same one. Bins are of whole minutes mostly, and of few stretches it is told which bin
//! they are in without a look at their times.

use super::NumColumn;

/// Rows that a stretch has at least, on average, to be kept; a column may have a few more.
const SHORTEST: usize = 8;
const FEW: usize = 32;

/// Stretches of rows whose times lie in one minute.
#[derive(Clone, Debug)]
pub(crate) struct Minutes {
    /// When the minute of each begins.
    starts: Vec<f64>,
    /// One past the last row of each.
    ends: Vec<u32>,
}

impl Minutes {
    /// The stretches of times that are all there, if they are long.
    pub(super) fn of(times: &NumColumn) -> Option<Minutes> {
        let (mut starts, mut ends, mut row) = (Vec::new(), Vec::new(), 0);
        while let Some(&time) = times.values.get(row) {
            let start = (time / 60.0).floor() * 60.0;
            row = times.rows_within(row, (start, start + 60.0));
            starts.push(start);
            ends.push(row as u32);
            if starts.len() > times.values.len() / SHORTEST + FEW {
                return None;
            }
        }
        Some(Minutes { starts, ends })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// When the minute of each stretch begins, and the number of the first row behind it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (f64, usize)> {
        self.starts.iter().zip(&self.ends).map(|(&start, &end)| (start, end as usize))
    }
}
