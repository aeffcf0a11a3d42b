//! Which row of a chart each event is in: [`RowCodes`].

use std::borrow::Cow;
use std::ops::Range;

use crate::commands::prelude::*;
use crate::exec::Codes;
use crate::table::NumColumn;

/// The rows that the events of one batch are in, by code; 0 for events that are on no row.
pub(in crate::commands) enum RowCodes {
    /// Event by event.
    Each(Codes),
    /// Stretch by stretch: the number of the first event behind it, and the code.
    Runs(Vec<(usize, u32)>),
}

/// Events that a stretch has at least, on average, to be worth more than a code for each event; a batch may have a few more stretches.
const SHORTEST: usize = 8;
const FEW: usize = 32;
/// Rows that there are for each bin between the first and the last, at most, where many of these may be empty.
const SPARSE: usize = 32;

impl RowCodes {
    /// For each time the number, from 1, of the last start that is not after it.
    pub(super) fn of_times(column: &Column, starts: &[f64]) -> RowCodes {
        let mut bins = Bins::new(starts);
        RowCodes::Each(match column {
            Column::Const(value, _) => Codes::Const(value.number().map_or(0, |time| bins.code(time))),
            Column::Num(numbers) if numbers.valid.is_none() => match bins.runs(numbers) {
                Some(runs) => return RowCodes::Runs(runs),
                None => Codes::Rows(numbers.values.iter().map(|&time| bins.code(time)).collect()),
            },
            Column::Num(numbers) => {
                let NumColumn { values, valid, .. } = &**numbers;
                let valid = |row: usize| valid.as_ref().is_none_or(|v| v.get(row));
                let code = |(row, &time): (usize, &f64)| if valid(row) { bins.code(time) } else { 0 };
                Codes::Rows(values.iter().enumerate().map(code).collect())
            }
            column => {
                let code = |row: usize| column.get(row).number().map_or(0, |time| bins.code(time));
                Codes::Rows((0..column.len()).map(code).collect())
            }
        })
    }

    /// Event by event.
    pub(super) fn each(&self) -> Cow<'_, Codes> {
        match self {
            RowCodes::Each(codes) => Cow::Borrowed(codes),
            RowCodes::Runs(runs) => {
                let mut codes = Vec::with_capacity(runs.last().map_or(0, |&(end, _)| end));
                runs.iter().for_each(|&(end, code)| codes.resize(end, code));
                Cow::Owned(Codes::Rows(codes.into()))
            }
        }
    }
}

impl RowCodes {
    /// Shows which events follow one another on one row, and the row's code, for a batch of so many events.
    pub(super) fn for_each_run(&self, events: usize, mut each: impl FnMut(Range<usize>, u32)) {
        let mut start = 0;
        let mut run = |end: usize, code: u32| each(std::mem::replace(&mut start, end)..end, code);
        match self {
            RowCodes::Runs(runs) => runs.iter().for_each(|&(end, code)| run(end, code)),
            RowCodes::Each(Codes::Const(code)) => run(events, *code),
            RowCodes::Each(Codes::Rows(codes)) => {
                let mut end = 0;
                for codes in codes.chunk_by(|a, b| a == b) {
                    end += codes.len();
                    run(end, codes[0]);
                }
            }
        }
    }

    /// Every code replaced by its entry.
    pub(super) fn map(&self, entries: &[u32]) -> RowCodes {
        match self {
            RowCodes::Each(codes) => RowCodes::Each(codes.map(entries)),
            RowCodes::Runs(runs) => {
                RowCodes::Runs(runs.iter().map(|&(end, code)| (end, entries[code as usize])).collect())
            }
        }
    }
}

/// Finds the bins of times, of which the next is mostly in the bin of the last.
struct Bins<'a> {
    starts: &'a [f64],
    /// Bins that start in a second, on average.
    pace: f64,
    from: f64,
    to: f64,
    code: u32,
}

impl<'a> Bins<'a> {
    fn new(starts: &'a [f64]) -> Self {
        let pace = match starts {
            [first, .., last] => (starts.len() - 1) as f64 / (last - first),
            _ => 0.0,
        };
        Bins { starts, pace, from: f64::NAN, to: f64::NAN, code: 0 }
    }

    /// How many starts are not after a time.
    fn find(&self, time: f64) -> usize {
        let starts = self.starts;
        let is =
            |code: usize| (code == 0 || starts[code - 1] <= time) && starts.get(code).is_none_or(|&start| time < start);
        // Bins are of about the same width mostly: then it is where it would be if they were.
        let guess = ((time - starts.first().unwrap_or(&0.0)) * self.pace) as usize;
        let near = guess.min(starts.len())..=guess.saturating_add(2).min(starts.len());
        near.into_iter().find(|&code| is(code)).unwrap_or_else(|| starts.partition_point(|&start| start <= time))
    }

    fn code(&mut self, time: f64) -> u32 {
        if !(time >= self.from && time < self.to) {
            self.code = self.find(time) as u32;
            let from = (self.code as usize).checked_sub(1).and_then(|i| self.starts.get(i)).copied();
            self.from = from.unwrap_or(f64::NEG_INFINITY);
            self.to = self.starts.get(self.code as usize).copied().unwrap_or(f64::INFINITY);
        }
        self.code
    }

    /// Stretches of times of one bin; `None` when they are short.
    fn runs(&mut self, numbers: &NumColumn) -> Option<Vec<(usize, u32)>> {
        if let Some(runs) = self.runs_by_minutes(numbers).or_else(|| self.runs_in_order(numbers)) {
            return Some(runs);
        }
        let times = &numbers.values;
        let mut runs = Vec::new();
        let mut at = 0;
        while let Some(&time) = times.get(at) {
            let code = self.code(time);
            at = numbers.rows_within(at, (self.from, self.to));
            runs.push((at, code));
            if runs.len() > times.len() / SHORTEST + FEW {
                return None;
            }
        }
        Some(runs)
    }

    /// As [`Bins::runs`], for times that have fewer minutes than there are bins between the first and the last, where bins are of whole minutes.
    fn runs_by_minutes(&mut self, numbers: &NumColumn) -> Option<Vec<(usize, u32)>> {
        let (first, last) = (self.code(*numbers.values.first()?), self.code(*numbers.values.last()?));
        let bins = first.abs_diff(last) as usize;
        // Else it is not worth the time to look at all of them.
        let minutes = (bins >= numbers.values.len() / SPARSE).then(|| numbers.minutes())??;
        if minutes.len() > bins {
            return None;
        }
        let is_whole = |time: f64| time.is_infinite() || ((time / 60.0) as i64) as f64 * 60.0 == time;
        let mut runs: Vec<(usize, u32)> = Vec::with_capacity(minutes.len());
        for (start, end) in minutes.iter() {
            let code = self.code(start);
            match runs.last_mut() {
                Some(run) if run.1 == code => run.0 = end,
                _ if is_whole(self.from) && is_whole(self.to) => runs.push((end, code)),
                _ => return None,
            }
        }
        Some(runs)
    }

    /// As [`Bins::runs`], for times in order that are in most of the bins between the first and the last: where each ends is looked up.
    fn runs_in_order(&mut self, numbers: &NumColumn) -> Option<Vec<(usize, u32)>> {
        let rows = numbers.values.len();
        let (first, last) = (self.code(*numbers.values.first()?), self.code(*numbers.values.last()?));
        if first.abs_diff(last) as usize >= rows / SHORTEST {
            return None;
        }
        let limit = |code: u32| self.starts[code as usize];
        let (codes, ends): (Vec<u32>, _) = if first <= last {
            ((first..=last).collect(), numbers.rows_past((first..last).map(limit)))
        } else {
            ((last..=first).rev().collect(), numbers.rows_past((last..first).rev().map(limit)))
        };
        let mut runs: Vec<(usize, u32)> = ends?.into_iter().chain([rows]).zip(codes).collect();
        // The first of those that end at the same row has the rows before it.
        runs.dedup_by_key(|run| run.0);
        runs.retain(|run| run.0 > 0);
        Some(runs)
    }
}

/// Shows the start of every bin that times of the column are in, some more than once; `bin` says from when to when the bin of a time is.
pub(super) fn each_bin(column: &Column, bin: impl Fn(f64) -> (f64, f64), mut each: impl FnMut(f64)) {
    if let Column::Num(numbers) = column
        && numbers.valid.is_none()
    {
        let mut at = 0;
        while let Some(&time) = numbers.values.get(at) {
            let (from, to) = bin(time);
            each(from);
            at = numbers.rows_within(at, (from, to));
        }
        return;
    }
    let mut last = (f64::NAN, f64::NAN);
    for time in (0..column.len()).filter_map(|row| column.get(row).number()) {
        if !(time >= last.0 && time < last.1) {
            last = bin(time);
            each(last.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn runs_say_what_codes_do() {
        let starts = [10.0, 20.0, 30.0, 31.0, 90.0];
        let mut rising: Vec<f64> = (0..5_000).map(|row| f64::from(row * row % 7 + row) / 40.0).collect();
        rising.sort_unstable_by(f64::total_cmp);
        let falling: Vec<f64> = rising.iter().rev().copied().collect();
        let mut mixed = [rising.clone(), falling.clone(), rising.clone()].concat();
        mixed[3_000] = f64::NAN;
        let endless = [&rising[..], &[f64::INFINITY; 3]].concat();
        for times in [vec![], vec![31.0], vec![5.0, 5.0, 10.0], rising, falling, mixed, endless] {
            let codes: Vec<u32> = times.iter().map(|&time| Bins::new(&starts).code(time)).collect();
            let column = Column::Num(Arc::new(NumColumn::new(times, None, None)));
            let found = RowCodes::of_times(&column, &starts);
            assert!(matches!(found, RowCodes::Runs(_)));
            let Codes::Rows(each) = found.each().into_owned() else { panic!("not event by event") };
            assert_eq!(*each, codes);
        }
        // Bins of whole minutes, and of half ones, most of them empty; the times of some minutes come again.
        let few: Vec<f64> = (0..4_000).map(|row| f64::from(row / 100 % 30 * 6_000 + row % 100)).collect();
        for width in [60.0, 30.0] {
            let starts: Vec<f64> = (1..3_000).map(|bin| f64::from(bin) * width).collect();
            let codes: Vec<u32> = few.iter().map(|&time| Bins::new(&starts).code(time)).collect();
            let column = Column::Num(Arc::new(NumColumn::new(few.clone(), None, None)));
            let found = RowCodes::of_times(&column, &starts);
            let Codes::Rows(each) = found.each().into_owned() else { panic!("not event by event") };
            assert_eq!(*each, codes);
        }
        let jumping: Vec<f64> = (0..5_000).map(|row| f64::from(row * 37 % 100)).collect();
        let column = Column::Num(Arc::new(NumColumn::new(jumping, None, None)));
        assert!(matches!(RowCodes::of_times(&column, &starts), RowCodes::Each(_)));
    }
}
