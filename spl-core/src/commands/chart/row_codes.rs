//! Which row of a chart each event is in: [`RowCodes`].

use std::borrow::Cow;
use std::sync::Arc;

use crate::commands::prelude::*;
use crate::exec::Codes;
use crate::table::{Course, NumColumn};

/// The rows that the events of one batch are in, by code; 0 for events that are on no row.
pub(in crate::commands) enum RowCodes {
    /// Event by event.
    Each(Codes),
    /// Stretch by stretch: the number of the first event behind it, and the code. Events in order of time are, and where a bin ends is looked up.
    Runs(Vec<(usize, u32)>),
}

/// Times looked at as one: of one bin mostly.
const RUN: usize = 32;

impl RowCodes {
    /// For each time the number, from 1, of the last start that is not after it.
    pub(super) fn of_times(column: &Column, starts: &[f64]) -> RowCodes {
        let mut bins = Bins::new(starts);
        RowCodes::Each(match column {
            Column::Const(value, _) => Codes::Const(value.number().map_or(0, |time| bins.code(time))),
            Column::Num(numbers) if numbers.valid.is_none() => match numbers.course() {
                Course::Mixed => Codes::Rows(bins.codes(&numbers.values)),
                course => return RowCodes::Runs(bins.runs(&numbers.values, course)),
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

/// Finds the bins of times, of which the next is mostly in the bin of the last.
struct Bins<'a> {
    starts: &'a [f64],
    from: f64,
    to: f64,
    code: u32,
}

impl<'a> Bins<'a> {
    fn new(starts: &'a [f64]) -> Self {
        Bins { starts, from: f64::NAN, to: f64::NAN, code: 0 }
    }

    fn code(&mut self, time: f64) -> u32 {
        if !(time >= self.from && time < self.to) {
            self.code = self.starts.partition_point(|&start| start <= time) as u32;
            let from = (self.code as usize).checked_sub(1).and_then(|i| self.starts.get(i)).copied();
            self.from = from.unwrap_or(f64::NEG_INFINITY);
            self.to = self.starts.get(self.code as usize).copied().unwrap_or(f64::INFINITY);
        }
        self.code
    }

    fn codes(&mut self, times: &[f64]) -> Arc<[u32]> {
        let mut codes: Arc<[u32]> = std::iter::repeat_n(0, times.len()).collect();
        for (times, codes) in times.chunks(RUN).zip(Arc::make_mut(&mut codes).chunks_mut(RUN)) {
            let first = self.code(times[0]);
            let (from, to) = (self.from, self.to);
            if times.iter().fold(true, |all, &time| all & (time >= from) & (time < to)) {
                codes.fill(first);
            } else {
                times.iter().zip(codes).for_each(|(&time, code)| *code = self.code(time));
            }
        }
        codes
    }

    /// As `codes`, for times that rise or fall.
    fn runs(&mut self, times: &[f64], course: Course) -> Vec<(usize, u32)> {
        let mut runs = Vec::new();
        let mut at = 0;
        while let Some(&time) = times.get(at) {
            let code = self.code(time);
            at += match course {
                Course::Rising => gallop(&times[at..], |time| time < self.to),
                _ => gallop(&times[at..], |time| time >= self.from),
            };
            runs.push((at, code));
        }
        runs
    }
}

/// How many of the times, from the first on, are in; the first is. Steps grow, as stretches are short or long.
fn gallop(times: &[f64], is_in: impl Fn(f64) -> bool) -> usize {
    let mut step = 1;
    while times.get(step).is_some_and(|&time| is_in(time)) {
        step *= 2;
    }
    let known = step / 2 + 1;
    known.min(times.len()) + times[known.min(times.len())..times.len().min(step)].partition_point(|&time| is_in(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_say_what_codes_do() {
        let starts = [10.0, 20.0, 30.0, 31.0, 90.0];
        let rising: Vec<f64> = (0..500).map(|row| f64::from(row * row % 7 + row) / 4.0).collect();
        let mut rising = rising;
        rising.sort_unstable_by(f64::total_cmp);
        let falling: Vec<f64> = rising.iter().rev().copied().collect();
        for times in [vec![], vec![31.0], vec![5.0, 5.0, 10.0], rising, falling] {
            let codes = Bins::new(&starts).codes(&times);
            let column = Column::Num(Arc::new(NumColumn::new(times, None, None)));
            let found = RowCodes::of_times(&column, &starts);
            assert!(matches!(found, RowCodes::Runs(_)));
            let Codes::Rows(each) = found.each().into_owned() else { panic!("not event by event") };
            assert_eq!(each, codes);
        }
    }
}
