//! Numbers for groups: rows with the same keys get the same number, from 1; rows with a missing key get 0.

use std::borrow::Borrow;
use std::ops::{Deref, Range};
use std::sync::Arc;

use rayon::prelude::*;

use super::cell_table::CellTable;
use super::keys::{Codes, KeyColumn};
use super::numbering::Cells;
use crate::table::{Batch, Column, FieldName};

/// A pair table larger than this many cells is a hash table instead.
const DENSE_CELLS: usize = 1 << 23;
/// Rows that are worth a part of their own.
pub(super) const PART_ROWS: usize = 131_072;

/// Turns key codes into group numbers, key by key: the group of the first keys and the code of the next make a new group.
pub(crate) struct Grouper {
    levels: Vec<Level>,
}

/// The groups after one more key.
struct Level {
    width: u64,
    dense: Option<Vec<u32>>,
    hashed: CellTable,
    /// For each group from 1: the group of the keys before, and this key's code.
    made: Vec<(u32, u32)>,
}

impl Level {
    /// The groups of rows whose groups so far are in `groups`.
    fn refine(&mut self, groups: &mut [u32], codes: &Codes) {
        let Level { width, dense, hashed, made } = self;
        let width = *width;
        let cell = |before: u32, code: u32| u64::from(before) * width + u64::from(code);
        let mut new = |before: u32, code: u32| {
            made.push((before, code));
            made.len() as u32
        };
        match (dense, codes) {
            (Some(dense), Codes::Rows(codes)) => {
                for (group, &code) in groups.iter_mut().zip(codes.iter()) {
                    let before = *group;
                    *group = if before == 0 || code == 0 {
                        0
                    } else {
                        let slot = &mut dense[cell(before, code) as usize];
                        if *slot == 0 {
                            *slot = new(before, code);
                        }
                        *slot
                    };
                }
            }
            (None, Codes::Rows(codes)) => {
                let cell = |(&before, &code): (&u32, &u32)| {
                    if before == 0 || code == 0 { 0 } else { cell(before, code) }
                };
                let cells: Vec<u64> = groups.iter().zip(codes.iter()).map(cell).collect();
                hashed.get_all(&cells, groups, |cell| new((cell / width) as u32, (cell % width) as u32));
            }
            (dense, Codes::Const(code)) => {
                // One lookup for each run of equal groups.
                let (mut last, mut found) = (0, 0);
                for group in groups {
                    if *group != last {
                        last = *group;
                        found = match dense {
                            _ if last == 0 || *code == 0 => 0,
                            Some(dense) => {
                                let slot = &mut dense[cell(last, *code) as usize];
                                if *slot == 0 {
                                    *slot = new(last, *code);
                                }
                                *slot
                            }
                            None => hashed.get(cell(last, *code), || new(last, *code)),
                        };
                    }
                    *group = found;
                }
            }
        }
    }
}

/// Cells of the pair tables for so many rows with keys from dictionaries of these lengths; `None` for a level that is hashed, because
/// clearing its table would cost more than the rows are worth.
fn dense_cells(lengths: &[usize], rows: usize) -> Vec<Option<usize>> {
    let most = DENSE_CELLS.min(16 * rows + 4096);
    // Groups so far at most, with group 0.
    let mut groups = 2usize;
    let cells = |&length: &usize| {
        let cells = groups.saturating_mul(length + 1);
        groups = (groups - 1).saturating_mul(length).min(rows).saturating_add(1);
        (cells <= most).then_some(cells)
    };
    lengths.iter().map(cells).collect()
}

/// How many groupers over such keys fit a fair share of memory and cache.
pub(crate) fn affordable(lengths: &[usize], rows: usize) -> usize {
    let cells: usize = dense_cells(lengths, rows).into_iter().flatten().sum();
    (2 * DENSE_CELLS / cells.max(1)).max(1)
}

impl Grouper {
    /// For about so many rows with keys from dictionaries of these lengths.
    pub(crate) fn new(lengths: &[usize], rows: usize) -> Grouper {
        let level = |(&length, cells): (&usize, Option<usize>)| Level {
            width: length as u64 + 1,
            dense: cells.map(|cells| vec![0; cells]),
            hashed: CellTable::default(),
            made: Vec::new(),
        };
        Grouper { levels: lengths.iter().zip(dense_cells(lengths, rows)).map(level).collect() }
    }

    /// For keys of which more and more codes become known.
    pub(crate) fn growing(keys: usize) -> Grouper {
        let level = || Level { width: 1 << 32, dense: None, hashed: CellTable::default(), made: Vec::new() };
        Grouper { levels: std::iter::repeat_with(level).take(keys).collect() }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let dense = |level: &Level| level.dense.as_ref().map_or(0, |cells| cells.len() * 4);
        self.levels.iter().map(|level| dense(level) + level.hashed.bytes() + level.made.capacity() * 8).sum()
    }

    /// The group of each of `rows` rows.
    pub(crate) fn assign(&mut self, keys: &[&Codes], rows: usize) -> Vec<u32> {
        let mut groups = vec![1u32; rows];
        for (level, codes) in self.levels.iter_mut().zip(keys) {
            level.refine(&mut groups, codes);
        }
        groups
    }

    /// Takes in the groups of later rows; for each of them, its number here.
    pub(crate) fn absorb(&mut self, later: &Grouper) -> Vec<u32> {
        let codes: Vec<Codes> = later.key_codes().into_iter().map(|codes| Codes::Rows(codes.into())).collect();
        let mut groups = vec![0];
        groups.extend(self.assign(&codes.iter().collect::<Vec<_>>(), later.len()));
        groups
    }

    /// How many groups there are, not counting 0.
    pub(crate) fn len(&self) -> usize {
        self.levels.last().map_or(1, |level| level.made.len())
    }

    /// For each key, the code of each group from 1.
    pub(crate) fn key_codes(&self) -> Vec<Vec<u32>> {
        self.codes_of((1..=self.len() as u32).collect())
    }

    /// For each key, the code of each of these groups.
    pub(super) fn codes_of(&self, mut groups: Vec<u32>) -> Vec<Vec<u32>> {
        let mut keys = vec![Vec::new(); self.levels.len()];
        for (key, level) in keys.iter_mut().zip(&self.levels).rev() {
            *key = groups.iter().map(|&g| level.made[g as usize - 1].1).collect();
            groups = groups.iter().map(|&g| level.made[g as usize - 1].0).collect();
        }
        keys
    }
}

/// The group of each row of a batch.
pub enum RowGroups {
    /// Found out for it.
    Own(Vec<u32>),
    /// The codes of a column.
    Codes(Arc<[u32]>),
}

impl Deref for RowGroups {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            RowGroups::Own(groups) => groups,
            RowGroups::Codes(codes) => codes,
        }
    }
}

impl Borrow<[u32]> for RowGroups {
    fn borrow(&self) -> &[u32] {
        self
    }
}

impl From<Vec<u32>> for RowGroups {
    fn from(groups: Vec<u32>) -> Self {
        RowGroups::Own(groups)
    }
}

impl FromIterator<u32> for RowGroups {
    fn from_iter<I: IntoIterator<Item = u32>>(groups: I) -> Self {
        RowGroups::Own(groups.into_iter().collect())
    }
}

impl From<RowGroups> for Codes {
    fn from(groups: RowGroups) -> Codes {
        Codes::Rows(match groups {
            RowGroups::Own(groups) => groups.into(),
            RowGroups::Codes(codes) => codes,
        })
    }
}

/// The groups of a table's rows.
pub struct Grouping {
    /// The group of each row of each batch, from 1 in order of first appearance; 0 where a field is missing.
    pub groups: Vec<RowGroups>,
    /// How many groups there are.
    pub count: usize,
}

/// Groups rows by the values of fields (as text; a multivalue as a unit). Without fields, all rows are group 1.
pub fn group_rows(batches: &[Batch], fields: &[FieldName]) -> Grouping {
    let keys: Vec<KeyColumn> = fields.iter().map(|f| KeyColumn::new(batches, f)).collect();
    let lengths: Vec<usize> = keys.iter().map(|k| k.dictionary.len()).collect();
    grouped(batches, &keys, &lengths)
}

/// As [`group_rows`], with group numbers in any order, some of which no row may have.
pub(crate) fn group_rows_anyhow(batches: &[Batch], fields: &[FieldName]) -> Grouping {
    let keys: Vec<KeyColumn> = fields.iter().map(|f| KeyColumn::new(batches, f)).collect();
    let lengths: Vec<usize> = keys.iter().map(|k| k.dictionary.len()).collect();
    let Some(cells) = Cells::new(&lengths, batches.iter().map(Batch::rows).sum()) else {
        return grouped(batches, &keys, &lengths);
    };
    let numbers = |(b, batch): (usize, &Batch)| {
        let codes: Vec<&Codes> = keys.iter().map(|key| &key.codes[b]).collect();
        match codes[..] {
            // They are numbers already.
            [Codes::Rows(codes)] => RowGroups::Codes(codes.clone()),
            _ => cells.numbers(&codes, batch.rows()).into_owned().into(),
        }
    };
    Grouping { groups: batches.par_iter().enumerate().map(numbers).collect(), count: cells.len() }
}

/// A part for each thread; the groups of later parts are taken in by the first, which numbers them as if it had met them itself.
fn grouped(batches: &[Batch], keys: &[KeyColumn], lengths: &[usize]) -> Grouping {
    let rows = batches.iter().map(Batch::rows).sum();
    let part = |range: Range<usize>| {
        let mut grouper = Grouper::new(lengths, rows);
        let assign =
            |b: usize| grouper.assign(&keys.iter().map(|k| &k.codes[b]).collect::<Vec<_>>(), batches[b].rows());
        let groups: Vec<Vec<u32>> = range.map(assign).collect();
        (grouper, groups)
    };
    let parts = rayon::current_num_threads().min(affordable(lengths, rows));
    let parts: Vec<_> = part_ranges(batches, parts).into_par_iter().map(part).collect();
    let joined = parts.into_iter().reduce(|(mut whole, mut groups), (later, mut theirs)| {
        let ours = whole.absorb(&later);
        theirs.par_iter_mut().for_each(|groups| groups.iter_mut().for_each(|group| *group = ours[*group as usize]));
        groups.append(&mut theirs);
        (whole, groups)
    });
    let (count, groups) = joined.map_or((0, Vec::new()), |(whole, groups)| (whole.len(), groups));
    Grouping { groups: groups.into_iter().map(RowGroups::from).collect(), count }
}

/// At most so many runs of batches, of about equal rows.
pub(crate) fn part_ranges(batches: &[Batch], most: usize) -> Vec<Range<usize>> {
    part_ranges_of(batches.iter().map(Batch::rows), most, PART_ROWS)
}

/// As [`part_ranges`], for batches of so many rows, each part of at least `least` of them.
pub(crate) fn part_ranges_of(
    batches: impl ExactSizeIterator<Item = usize> + Clone,
    most: usize,
    least: usize,
) -> Vec<Range<usize>> {
    let (count, rows) = (batches.len(), batches.clone().sum::<usize>());
    let parts = (rows / least).clamp(1, most);
    let (mut ranges, mut start, mut seen) = (Vec::with_capacity(parts), 0, 0);
    for (b, own) in batches.enumerate() {
        seen += own;
        if seen * parts >= rows * (ranges.len() + 1) && ranges.len() + 1 < parts {
            ranges.push(start..b + 1);
            start = b + 1;
        }
    }
    ranges.push(start..count);
    ranges
}

/// As [`group_rows`], but a missing field is a value like others: every row has a group.
pub(crate) fn group_rows_exactly(batches: &[Batch], fields: &[FieldName]) -> Grouping {
    let keys: Vec<KeyColumn> = fields.iter().map(|f| KeyColumn::new(batches, f).with_missing()).collect();
    let lengths: Vec<usize> = keys.iter().map(|k| k.dictionary.len() + 1).collect();
    grouped(batches, &keys, &lengths)
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
