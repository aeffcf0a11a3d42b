//! How often each combination of values occurs within each group: in one table if that is small ([`Cells`]); else rows are put group by group, and
//! each group counts in one array.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering as Access};

use rayon::prelude::*;

use super::cells::{Cells, Scratch};
use super::node::Options;
use crate::commands::prelude::*;
use crate::exec::{Codes, KeyColumn, group_rows, part_ranges_of};

/// Rows that are worth a part of their own.
const PART_ROWS: usize = 65_536;

/// What counts the rows of a group.
pub(super) struct Counted {
    /// Combinations with their counts: all that occur, or at least those that are asked for.
    pub(super) first: Vec<(u32, u64)>,
    /// The sum of the counts of all.
    pub(super) total: u64,
}

/// Combinations of several fields' values, by number.
pub(super) struct Combinations {
    pub(super) keys: Vec<KeyColumn>,
    /// For each batch the combination of each row, from 1; 0 where a field is missing.
    codes: Vec<Codes>,
    /// How many rows each batch has.
    rows: Vec<usize>,
    len: usize,
    /// For each key the code of each combination; empty when combinations are the codes of the only key.
    of_key: Vec<Vec<u32>>,
}

impl Combinations {
    pub(super) fn new(batches: &[Batch], fields: &[FieldName]) -> Combinations {
        let keys: Vec<KeyColumn> = fields.iter().map(|name| KeyColumn::new(batches, name)).collect();
        let rows = batches.iter().map(Batch::rows).collect();
        match &keys[..] {
            [] => Combinations { keys, codes: vec![Codes::Const(1); batches.len()], rows, len: 1, of_key: Vec::new() },
            [only] => {
                let (codes, len) = (only.codes.clone(), only.dictionary.len());
                Combinations { keys, codes, rows, len, of_key: Vec::new() }
            }
            many => {
                let grouping = group_rows(batches, fields);
                let mut of_key = vec![vec![0u32; grouping.count + 1]; many.len()];
                for (b, groups) in grouping.groups.iter().enumerate() {
                    for (row, &group) in groups.iter().enumerate().filter(|(_, group)| **group != 0) {
                        if of_key[0][group as usize] == 0 {
                            of_key
                                .iter_mut()
                                .zip(many)
                                .for_each(|(of, key)| of[group as usize] = key.codes[b].get(row));
                        }
                    }
                }
                let codes = grouping.groups.into_iter().map(Codes::from).collect();
                Combinations { keys, codes, rows, len: grouping.count, of_key }
            }
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many rows have one or none.
    pub(super) fn rows(&self) -> usize {
        self.rows.iter().sum()
    }

    /// The code that a combination has for a key.
    pub(super) fn code(&self, key: usize, combination: u32) -> u32 {
        self.of_key.get(key).map_or(combination, |codes| codes[combination as usize])
    }

    /// The place of each combination among all, in the order of their values, key by key.
    pub(super) fn places(&self) -> Cow<'_, [u32]> {
        if let ([only], []) = (&self.keys[..], &self.of_key[..]) {
            return Cow::Borrowed(only.dictionary.ranks());
        }
        let ranks: Vec<&[u32]> = self.keys.iter().map(|key| key.dictionary.ranks()).collect();
        let rank = |combination: u32, key: usize| ranks[key][self.code(key, combination) as usize];
        let of_keys = |combination: u32| (0..ranks.len()).map(move |key| rank(combination, key));
        let mut sorted: Vec<u32> = (1..=self.len as u32).collect();
        sorted.par_sort_unstable_by(|&a, &b| of_keys(a).cmp(of_keys(b)));
        let mut places = vec![u32::MAX; self.len + 1];
        sorted.iter().zip(0..).for_each(|(&combination, place)| places[combination as usize] = place);
        Cow::Owned(places)
    }
}

/// What `keep` makes of each group that occurs, in the order of their values, with the combinations that `options` may want.
pub(super) fn count<T: Send>(
    by: &Combinations,
    of: &Combinations,
    options: &Options,
    keep: impl Fn(u32, Counted) -> Vec<T> + Sync,
) -> Vec<Vec<T>> {
    let parts = part_ranges_of(by.rows.iter().copied(), rayon::current_num_threads(), PART_ROWS);
    if let Some(cells) = Cells::count(by, of, &parts) {
        let groups = in_order(by, |_| true);
        let counted = |scratch: &mut Scratch, group: u32| cells.first(group, options, scratch);
        return each_group(&groups, Scratch::default, counted, keep);
    }
    // How many rows each group has in each part, then where those begin, then the combinations of the rows.
    let rows_of_groups = |part: &Range<usize>| {
        let mut counts = vec![0u32; by.len + 1];
        each_row(by, of, part.clone(), |group, _| counts[group as usize] += 1);
        counts
    };
    let mut next: Vec<Vec<u32>> = parts.par_iter().map(rows_of_groups).collect();
    let (mut starts, mut start) = (Vec::with_capacity(by.len + 2), 0);
    for group in 0..=by.len {
        starts.push(start);
        for counts in &mut next {
            let end = start + counts[group];
            counts[group] = std::mem::replace(&mut start, end);
        }
    }
    starts.push(start);
    // No two parts write to the same place.
    let sorted: Vec<AtomicU32> = (0..start).map(|_| AtomicU32::new(0)).collect();
    parts.into_par_iter().zip(next).for_each(|(part, mut next)| {
        each_row(by, of, part, |group, combination| {
            let place = &mut next[group as usize];
            sorted[*place as usize].store(combination, Access::Relaxed);
            *place += 1;
        });
    });
    let rows = |group: u32| &sorted[starts[group as usize] as usize..starts[group as usize + 1] as usize];
    let groups = in_order(by, |group| !rows(group).is_empty());
    let scratch = || (vec![0u32; of.len + 1], Vec::new());
    let counted = |(counts, met): &mut (Vec<u32>, Vec<u32>), group: u32| {
        let rows = rows(group);
        met.resize(met.len().max(rows.len()), 0);
        let mut len = 0;
        for combination in rows {
            let combination = combination.load(Access::Relaxed);
            let count = &mut counts[combination as usize];
            // Without a branch, which nothing could foresee.
            met[len] = combination;
            len += usize::from(*count == 0);
            *count += 1;
        }
        let count = |&c: &u32| (c, u64::from(std::mem::take(&mut counts[c as usize])));
        Counted { first: met[..len].iter().map(count).collect(), total: rows.len() as u64 }
    };
    each_group(&groups, scratch, counted, keep)
}

/// As [`count`], of rows that stand for many: `counts` says for how many, and no two of them have the same group and combination.
pub(super) fn count_given<T>(
    by: &Combinations,
    of: &Combinations,
    counts: &[u64],
    keep: impl Fn(u32, Counted) -> Vec<T>,
) -> Vec<Vec<T>> {
    let mut counted: Vec<Vec<(u32, u64)>> = vec![Vec::new(); by.len + 1];
    let mut counts = counts.iter();
    each_row(by, of, 0..by.rows.len(), |group, combination| {
        counted[group as usize].push((combination, counts.next().copied().unwrap_or(0)));
    });
    let groups = in_order(by, |group| !counted[group as usize].is_empty());
    let mut counted = |group: u32| {
        let first = std::mem::take(&mut counted[group as usize]);
        Counted { total: first.iter().map(|&(_, count)| count).sum(), first }
    };
    groups.into_iter().map(|group| keep(group, counted(group))).collect()
}

/// The groups for which `occurs` holds, in the order of their values.
fn in_order(by: &Combinations, occurs: impl Fn(u32) -> bool) -> Vec<u32> {
    let places = by.places();
    let mut groups: Vec<u32> = (1..=by.len as u32).filter(|&group| occurs(group)).collect();
    groups.sort_unstable_by_key(|&group| places[group as usize]);
    groups
}

/// What `keep` makes of what `counted` says of each group, with room that a core keeps from group to group.
fn each_group<S, T: Send>(
    groups: &[u32],
    scratch: impl Fn() -> S + Sync + Send,
    counted: impl Fn(&mut S, u32) -> Counted + Sync,
    keep: impl Fn(u32, Counted) -> Vec<T> + Sync,
) -> Vec<Vec<T>> {
    let kept = |scratch: &mut S, group: u32| match counted(scratch, group) {
        Counted { total: 0, .. } => Vec::new(),
        counted => keep(group, counted),
    };
    let some = |scratch: &mut S, groups: &[u32]| groups.iter().flat_map(|&group| kept(scratch, group)).collect();
    groups.par_chunks(32).map_init(scratch, some).collect()
}

/// Calls `take` with the group and the combination of each row of these batches that has both.
fn each_row(by: &Combinations, of: &Combinations, batches: Range<usize>, mut take: impl FnMut(u32, u32)) {
    each_pair(by, of, batches, |group, combination| {
        if group != 0 && combination != 0 {
            take(group, combination);
        }
    });
}

/// As [`each_row`]; rows that lack one or both may come too, with 0 for it.
pub(super) fn each_pair(by: &Combinations, of: &Combinations, batches: Range<usize>, mut take: impl FnMut(u32, u32)) {
    let (by_codes, of_codes) = (&by.codes[batches.clone()], &of.codes[batches.clone()]);
    for ((groups, combinations), &rows) in by_codes.iter().zip(of_codes).zip(&by.rows[batches]) {
        match (groups, combinations) {
            (Codes::Const(0), _) | (_, Codes::Const(0)) => {}
            (Codes::Rows(groups), Codes::Rows(combinations)) => {
                groups.iter().zip(combinations.iter()).for_each(|(&group, &combination)| take(group, combination));
            }
            (Codes::Const(group), Codes::Rows(combinations)) => {
                combinations.iter().for_each(|&combination| take(*group, combination));
            }
            (Codes::Rows(groups), Codes::Const(combination)) => {
                groups.iter().for_each(|&group| take(group, *combination));
            }
            (Codes::Const(group), Codes::Const(combination)) => (0..rows).for_each(|_| take(*group, *combination)),
        }
    }
}
