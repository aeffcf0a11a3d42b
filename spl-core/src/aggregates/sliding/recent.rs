//! The same for the simplest and most frequent windows, without putting groups one behind the other: the last rows of each row's group,
//! or all rows of it so far, batch by batch in row order.

use std::sync::Arc;

use super::super::numeric::State;
use crate::table::{Bitmap, Column, NumColumn};

/// Longest window that is kept as the values themselves.
pub const MOST_RECENT: usize = 64;

/// Which rows of its group count for a row.
#[derive(Clone, Copy, Debug)]
pub struct Recently {
    /// So many at most; 0 is all.
    pub window: usize,
    /// The row itself is one of them.
    pub current: bool,
    /// How many groups there are.
    pub groups: usize,
}

/// An aggregate of the most recent rows of each group, as rows go by.
pub trait Recent {
    /// The results for the next rows: the group of each (0 is none) and its value.
    fn next(&mut self, groups: &[u32], column: &Column) -> Column;
}

/// How an aggregate follows the most recent rows; `None` when a column (of one of the batches) has values that it cannot follow.
pub type Follow = fn(Recently, &[Column]) -> Option<Box<dyn Recent>>;

/// Numbers with the rows that belong to a group.
fn in_groups(values: Vec<f64>, groups: &[u32], valid: Option<Bitmap>) -> Column {
    let mut valid = valid;
    if groups.contains(&0) {
        let grouped = Bitmap::from_values(groups, |group| group != 0);
        match &mut valid {
            Some(valid) => valid.and(&grouped),
            None => valid = Some(grouped),
        }
    }
    Column::Num(Arc::new(NumColumn::new(values, valid, None)))
}

/// `count` of rows.
pub(in crate::aggregates) fn count(recently: Recently, columns: &[Column]) -> Option<Box<dyn Recent>> {
    let rows = |column: &Column| matches!(column, Column::Const(value, _) if value.values().len() == 1);
    let most = if recently.window == 0 { u32::MAX } else { u32::try_from(recently.window).unwrap_or(u32::MAX) };
    columns.iter().all(rows).then(|| {
        Box::new(Count { counts: vec![0; recently.groups + 1], most, current: u32::from(recently.current) })
            as Box<dyn Recent>
    })
}

struct Count {
    counts: Vec<u32>,
    most: u32,
    current: u32,
}

impl Recent for Count {
    fn next(&mut self, groups: &[u32], _: &Column) -> Column {
        let next = |&group: &u32| {
            let count = &mut self.counts[group as usize];
            *count = count.saturating_add(1);
            f64::from((*count - 1 + self.current).min(self.most))
        };
        let values = groups.iter().map(next).collect();
        in_groups(values, groups, None)
    }
}

/// An aggregate of numbers by its state.
pub(in crate::aggregates) fn numbers<S: State>(
    recently: Recently,
    columns: &[Column],
    result: fn(&S) -> Option<f64>,
) -> Option<Box<dyn Recent>> {
    let single = |column: &Column| matches!(column, Column::Num(_) | Column::Dict(..)) || column.all_null();
    if !columns.iter().all(single) {
        return None;
    }
    Some(match recently.window {
        0 => Box::new(Running { states: vec![S::default(); recently.groups + 1], current: recently.current, result }),
        window => {
            Box::new(Windowed::<S> { rings: Rings::new(window, recently.groups), current: recently.current, result })
        }
    })
}

/// The number in each row, NaN where there is none.
fn numbers_of(column: &Column) -> std::borrow::Cow<'_, [f64]> {
    match column {
        Column::Num(numbers) if numbers.valid.is_none() => std::borrow::Cow::Borrowed(&numbers.values),
        Column::Dict(dictionary, codes) if super::super::input::many_for(dictionary.len(), codes.len()) => {
            let numbers = dictionary.numbers();
            codes.iter().map(|&code| numbers[code as usize]).collect()
        }
        column => (0..column.len()).map(|row| column.get(row).number().unwrap_or(f64::NAN)).collect(),
    }
}

/// Results that may be missing, with the rows that belong to a group.
fn optional(results: impl ExactSizeIterator<Item = Option<f64>>, groups: &[u32]) -> Column {
    let mut valid = Bitmap::filled(groups.len(), true);
    let values = results
        .enumerate()
        .map(|(row, result)| {
            result.unwrap_or_else(|| {
                valid.set(row, false);
                0.0
            })
        })
        .collect();
    let valid = (!valid.all()).then_some(valid);
    in_groups(values, groups, valid)
}

/// All rows so far.
struct Running<S> {
    states: Vec<S>,
    current: bool,
    result: fn(&S) -> Option<f64>,
}

impl<S: State> Recent for Running<S> {
    fn next(&mut self, groups: &[u32], column: &Column) -> Column {
        let numbers = numbers_of(column);
        let results = groups.iter().zip(numbers.iter()).map(|(&group, &n)| {
            let state = &mut self.states[group as usize];
            let before = if self.current { None } else { (self.result)(state) };
            if !n.is_nan() {
                state.add(n);
            }
            if self.current { (self.result)(state) } else { before }
        });
        optional(results, groups)
    }
}

/// The last values of each group, NaN where there are none yet.
struct Rings {
    window: usize,
    values: Vec<f64>,
    /// Where the next value of each group goes.
    next: Vec<u32>,
}

impl Rings {
    fn new(window: usize, groups: usize) -> Self {
        Rings { window, values: vec![f64::NAN; window * (groups + 1)], next: vec![0; groups + 1] }
    }

    /// The last values of a group, oldest first, in two pieces.
    fn of(&self, group: u32) -> (&[f64], &[f64]) {
        let from = group as usize * self.window;
        let (newer, older) = self.values[from..from + self.window].split_at(self.next[group as usize] as usize);
        (older, newer)
    }

    fn push(&mut self, group: u32, n: f64) {
        let next = &mut self.next[group as usize];
        self.values[group as usize * self.window + *next as usize] = n;
        *next = if *next as usize + 1 == self.window { 0 } else { *next + 1 };
    }
}

/// The last rows, added up anew for each row.
struct Windowed<S> {
    rings: Rings,
    current: bool,
    result: fn(&S) -> Option<f64>,
}

impl<S: State> Recent for Windowed<S> {
    fn next(&mut self, groups: &[u32], column: &Column) -> Column {
        let numbers = numbers_of(column);
        let results = groups.iter().zip(numbers.iter()).map(|(&group, &n)| {
            if self.current {
                self.rings.push(group, n);
            }
            let (older, newer) = self.rings.of(group);
            let mut state = S::default();
            older.iter().chain(newer).filter(|n| !n.is_nan()).for_each(|&n| state.add(n));
            if !self.current {
                self.rings.push(group, n);
            }
            (self.result)(&state)
        });
        optional(results, groups)
    }
}

/// `min` and `max` of numbers that print plainly.
pub(in crate::aggregates) fn extreme<const MAX: bool>(
    recently: Recently,
    columns: &[Column],
) -> Option<Box<dyn Recent>> {
    let plain =
        |column: &Column| matches!(column, Column::Num(numbers) if numbers.decimals.is_none()) || column.all_null();
    if !columns.iter().all(plain) {
        return None;
    }
    Some(match recently.window {
        0 => Box::new(Running {
            states: vec![Best::<MAX>::default(); recently.groups + 1],
            current: recently.current,
            result: |best| (!best.0.is_nan()).then_some(best.0),
        }),
        window => Box::new(ExtremeOf::<MAX> {
            window,
            values: vec![f64::NAN; window * (recently.groups + 1)],
            // Before the first number nothing is out of order.
            heads: vec![Head { last: -worst::<MAX>(), falling: u32::MAX, next: 0 }; recently.groups + 1],
            current: recently.current,
        }),
    })
}

/// The best number so far.
#[derive(Clone)]
struct Best<const MAX: bool>(f64);

impl<const MAX: bool> Default for Best<MAX> {
    fn default() -> Self {
        Best(f64::NAN)
    }
}

impl<const MAX: bool> State for Best<MAX> {
    fn add(&mut self, n: f64) {
        if self.0.is_nan() || if MAX { n > self.0 } else { n < self.0 } {
            self.0 = n;
        }
    }

    fn join(&mut self, later: &Self) {
        if !later.0.is_nan() {
            self.add(later.0);
        }
    }
}

/// As [`Rings`], with what is asked of each group side by side: a million rows of as many groups as a cache holds go by.
struct ExtremeOf<const MAX: bool> {
    window: usize,
    values: Vec<f64>,
    heads: Vec<Head>,
    current: bool,
}

/// What no number is better than.
const fn worst<const MAX: bool>() -> f64 {
    if MAX { f64::NEG_INFINITY } else { f64::INFINITY }
}

/// What is known of a group.
#[derive(Clone, Copy)]
struct Head {
    /// Its last number.
    last: f64,
    /// How many behind one another were no better than the one before: when that is a whole window, the best is the oldest. Times mostly
    /// come in order.
    falling: u32,
    /// Where its next number goes.
    next: u32,
}

impl Head {
    fn push<const MAX: bool>(&mut self, values: &mut [f64], n: f64) {
        let no_better = if MAX { n <= self.last } else { n >= self.last };
        self.falling = if no_better { self.falling.saturating_add(1) } else { 1 };
        self.last = n;
        values[self.next as usize] = n;
        self.next = if self.next as usize + 1 == values.len() { 0 } else { self.next + 1 };
    }
}

impl<const MAX: bool> ExtremeOf<MAX> {
    /// Takes in the next numbers, each of its group; for each the best of the last ones of its group, NaN when there is none.
    fn steps<const CURRENT: bool>(&mut self, groups: &[u32], numbers: &[f64]) -> Vec<f64> {
        let window = self.window;
        let next = |(&group, &n): (&u32, &f64)| {
            let (head, from) = (&mut self.heads[group as usize], group as usize * window);
            let values = &mut self.values[from..from + window];
            if CURRENT {
                head.push::<MAX>(values, n);
            }
            // In order, the best is the oldest: where the next number goes.
            let oldest = values[head.next as usize];
            let is_best = (head.falling as usize >= window) & !oldest.is_nan();
            let best = if is_best { oldest } else { Self::best(head.falling, values) };
            if !CURRENT {
                head.push::<MAX>(values, n);
            }
            best
        };
        groups.iter().zip(numbers).map(next).collect()
    }

    /// The best of these values; NaN when there is none. Four at a time, which does not change what the best is.
    #[inline(never)]
    fn best(falling: u32, values: &[f64]) -> f64 {
        // Some that are in order so far, and no window full of them.
        if falling as usize >= values.len() && !values[0].is_nan() {
            return values[0];
        }
        let worst = worst::<MAX>();
        let pick = |a: f64, b: f64| if (MAX && b > a) || (!MAX && b < a) { b } else { a };
        let mut best = [worst; 4];
        let (fours, rest) = values.as_chunks::<4>();
        for four in fours {
            for (best, &n) in best.iter_mut().zip(four) {
                *best = pick(*best, n);
            }
        }
        for (best, &n) in best.iter_mut().zip(rest) {
            *best = pick(*best, n);
        }
        let best = pick(pick(best[0], best[1]), pick(best[2], best[3]));
        if best == worst && !values.contains(&worst) { f64::NAN } else { best }
    }
}

impl<const MAX: bool> Recent for ExtremeOf<MAX> {
    fn next(&mut self, groups: &[u32], column: &Column) -> Column {
        let numbers = numbers_of(column);
        let values = match self.current {
            true => self.steps::<true>(groups, &numbers),
            false => self.steps::<false>(groups, &numbers),
        };
        let missing = values.iter().fold(false, |missing, best| missing | best.is_nan());
        let valid = missing.then(|| Bitmap::from_values(&values, |best| !best.is_nan()));
        in_groups(values, groups, valid)
    }
}
