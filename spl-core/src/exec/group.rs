//! Numbers for groups: rows with the same keys get the same number, from 1; rows with a missing key get 0.

use hashbrown::HashMap;

use super::keys::{Codes, KeyColumn};
use crate::table::{Batch, Column, FieldName};

/// A pair table larger than this many cells is a hash table instead.
const DENSE_CELLS: usize = 1 << 21;

/// Turns key codes into group numbers, key by key: the group of the first keys and the code of the next make a new group.
pub(crate) struct Grouper {
    levels: Vec<Level>,
}

/// The groups after one more key.
struct Level {
    width: usize,
    dense: Option<Vec<u32>>,
    hashed: HashMap<u64, u32, foldhash::fast::FixedState>,
    /// For each group from 1: the group of the keys before, and this key's code.
    made: Vec<(u32, u32)>,
}

impl Level {
    fn group(&mut self, before: u32, code: u32) -> u32 {
        if before == 0 || code == 0 {
            return 0;
        }
        let next = self.made.len() as u32 + 1;
        let cell = before as usize * self.width + code as usize;
        let slot = match &mut self.dense {
            Some(dense) if cell < dense.len() => &mut dense[cell],
            _ => self.hashed.entry(cell as u64).or_insert(0),
        };
        if *slot == 0 {
            *slot = next;
            self.made.push((before, code));
        }
        *slot
    }
}

impl Grouper {
    /// For keys with dictionaries of these lengths.
    pub(crate) fn new(lengths: &[usize]) -> Grouper {
        let mut groups = 2usize;
        let level = |&length: &usize| {
            let width = length + 1;
            let cells = groups.saturating_mul(width);
            groups = cells.min(DENSE_CELLS);
            let dense = (cells <= DENSE_CELLS).then(|| vec![0; cells]);
            Level { width, dense, hashed: HashMap::default(), made: Vec::new() }
        };
        Grouper { levels: lengths.iter().map(level).collect() }
    }

    /// The group of each of `rows` rows.
    pub(crate) fn assign(&mut self, keys: &[&Codes], rows: usize) -> Vec<u32> {
        let mut groups = vec![1u32; rows];
        for (level, codes) in self.levels.iter_mut().zip(keys) {
            match codes {
                Codes::Const(code) => {
                    // One lookup for each run of equal groups.
                    let (mut last, mut group) = (0, 0);
                    for slot in &mut groups {
                        if *slot != last {
                            last = *slot;
                            group = level.group(last, *code);
                        }
                        *slot = group;
                    }
                }
                Codes::Rows(codes) => {
                    for (slot, &code) in groups.iter_mut().zip(codes.iter()) {
                        *slot = level.group(*slot, code);
                    }
                }
            }
        }
        groups
    }

    /// How many groups there are, not counting 0.
    pub(crate) fn len(&self) -> usize {
        self.levels.last().map_or(1, |level| level.made.len())
    }

    /// For each key, the code of each group from 1.
    pub(crate) fn key_codes(&self) -> Vec<Vec<u32>> {
        let mut keys = vec![Vec::new(); self.levels.len()];
        let mut groups: Vec<u32> = (1..=self.len() as u32).collect();
        for (key, level) in keys.iter_mut().zip(&self.levels).rev() {
            *key = groups.iter().map(|&g| level.made[g as usize - 1].1).collect();
            groups = groups.iter().map(|&g| level.made[g as usize - 1].0).collect();
        }
        keys
    }
}

/// The groups of a table's rows.
pub struct Grouping {
    /// The group of each row of each batch, from 1 in order of first appearance; 0 where a field is missing.
    pub groups: Vec<Vec<u32>>,
    /// How many groups there are.
    pub count: usize,
}

/// Groups rows by the values of fields (as text; a multivalue as a unit). Without fields, all rows are group 1.
pub fn group_rows(batches: &[Batch], fields: &[FieldName]) -> Grouping {
    let keys: Vec<KeyColumn> = fields.iter().map(|f| KeyColumn::new(batches, f)).collect();
    let lengths: Vec<usize> = keys.iter().map(|k| k.dictionary.len()).collect();
    let mut grouper = Grouper::new(&lengths);
    let groups = batches
        .iter()
        .enumerate()
        .map(|(b, batch)| grouper.assign(&keys.iter().map(|k| &k.codes[b]).collect::<Vec<_>>(), batch.rows()))
        .collect();
    Grouping { groups, count: grouper.len() }
}

/// The batch with a row for each value of a multivalue BY field (each combination for several).
pub(crate) fn spread_multivalues(batch: Batch, fields: &[FieldName]) -> Batch {
    let mut batch = batch;
    for field in fields {
        let Some(column) = batch.column(field) else { continue };
        if !matches!(column, Column::Multi(_) | Column::Mixed(_) | Column::Const(crate::value::Value::Multi(_), _)) {
            continue;
        }
        let (mut rows, mut values) = (Vec::new(), Vec::new());
        for row in 0..batch.rows() {
            column.get(row).for_each(|value| {
                rows.push(row as u32);
                values.push(value.to_value());
            });
        }
        let single = rows.len() == batch.rows() && rows.iter().enumerate().all(|(i, &row)| i == row as usize);
        if !single {
            let mut spread = batch.take(&rows);
            spread.set(field, Column::from_values(values));
            batch = spread;
        }
    }
    batch
}
