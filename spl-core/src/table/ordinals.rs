//! The places of a batch's rows among those of the whole table.

use std::sync::Arc;

/// The places of a batch's rows in the order of the whole table.
#[derive(Clone, Debug)]
pub enum Ordinals {
    /// Consecutive from this one: the batch is one piece of the ordered table.
    From(u64),
    /// One for each row, ascending: by how much each is behind this one. Half the memory of whole numbers, which every sort reads.
    Behind(u64, Arc<[u32]>),
    /// One for each row, ascending, where those are too far from one another.
    Far(Arc<[u64]>),
}

impl Ordinals {
    /// One for each row, ascending if the rows are to be found by them.
    ///
    /// ```
    /// use spl_core::table::Ordinals;
    ///
    /// let far = 1 << 40;
    /// assert!(matches!(Ordinals::list(vec![far, far + 2]), Ordinals::Behind(first, _) if first == far));
    /// assert_eq!(Ordinals::list(vec![7, far]).get(1), far);
    /// assert_eq!(Ordinals::list(vec![7, 3]).get(1), 3);
    /// ```
    pub fn list(ordinals: Vec<u64>) -> Ordinals {
        let lowest = ordinals.iter().copied().min().unwrap_or(0);
        let behind = |&ordinal: &u64| u32::try_from(ordinal - lowest).ok();
        match ordinals.iter().map(behind).collect::<Option<Arc<[u32]>>>() {
            Some(list) => Ordinals::Behind(lowest, list),
            None => Ordinals::Far(ordinals.into()),
        }
    }

    /// The ordinal of one row.
    pub fn get(&self, row: usize) -> u64 {
        match self {
            Ordinals::From(first) => first + row as u64,
            Ordinals::Behind(first, list) => first + u64::from(list[row]),
            Ordinals::Far(list) => list[row],
        }
    }

    /// Those of these rows, which are in ascending order if ordinals are to stay so.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Ordinals {
        match self {
            Ordinals::From(first) => match rows {
                [] => Ordinals::From(*first),
                [start, ..] if rows.iter().zip(*start..).all(|(&row, next)| row == next) => {
                    Ordinals::From(first + u64::from(*start))
                }
                rows => Ordinals::Behind(*first, rows.into()),
            },
            Ordinals::Behind(first, list) => {
                Ordinals::Behind(*first, rows.iter().map(|&row| list[row as usize]).collect())
            }
            Ordinals::Far(list) => Ordinals::Far(rows.iter().map(|&row| list[row as usize]).collect()),
        }
    }

    /// The first of so many rows whose ordinal is not less than this one.
    pub(crate) fn row_of(&self, ordinal: u64, rows: usize) -> usize {
        match self {
            Ordinals::From(first) => (ordinal.saturating_sub(*first) as usize).min(rows),
            Ordinals::Behind(first, list) => list.partition_point(|&own| first + u64::from(own) < ordinal),
            Ordinals::Far(list) => list.partition_point(|&own| own < ordinal),
        }
    }
}

impl FromIterator<u32> for Ordinals {
    /// One for each row, ascending.
    fn from_iter<I: IntoIterator<Item = u32>>(ordinals: I) -> Ordinals {
        Ordinals::Behind(0, ordinals.into_iter().collect())
    }
}
