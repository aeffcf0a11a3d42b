//! `if`, `case` and `coalesce`: batch by batch, only the arguments that some row takes are evaluated.

use rayon::prelude::*;

use super::bind::Bound;
use super::eval::{Frame, truth_of};
use super::special::Special;
use crate::table::{Batch, Bitmap, Column};

impl Bound {
    /// The value for every row of a form that chooses among its arguments.
    pub(super) fn eval_choice(&self, special: Special, args: &[Bound], frame: &Frame<'_>) -> Vec<Column> {
        let mut choice = Choice {
            // Below a part that is evaluated by rows of entries, nothing is gained by looking for entries again.
            plain: self.distinct_field().is_some(),
            columns: args.iter().map(|_| vec![None; frame.batches.len()]).collect(),
            open: frame.batches.iter().map(|batch| Bitmap::filled(batch.rows(), true)).collect(),
            args,
            frame,
        };
        match special {
            Special::Coalesce => (0..args.len()).for_each(|value| choice.take_present(value)),
            _ => {
                (0..args.len() / 2).for_each(|pair| choice.take_true(2 * pair, 2 * pair + 1));
                if args.len() % 2 == 1 {
                    choice.take_rest(args.len() - 1);
                }
            }
        }
        let columns = choice.columns;
        let combine = |b: usize| {
            let rows = frame.batches[b].rows();
            let none = Column::null(rows);
            let args: Vec<&Column> = columns.iter().map(|c| c[b].as_ref().unwrap_or(&none)).collect();
            self.combine(&args, rows, frame.cx)
        };
        if frame.batches.len() < 2 {
            return (0..frame.batches.len()).map(combine).collect();
        }
        (0..frame.batches.len()).into_par_iter().map(combine).collect()
    }
}

/// A choice under way.
struct Choice<'a> {
    args: &'a [Bound],
    frame: &'a Frame<'a>,
    plain: bool,
    /// For each argument its columns, as far as they were needed.
    columns: Vec<Vec<Option<Column>>>,
    /// The rows of each batch that have yet to choose.
    open: Vec<Bitmap>,
}

impl Choice<'_> {
    /// Evaluates an argument over the batches in which `rows` has a row.
    fn eval(&mut self, arg: usize, rows: impl Fn(usize) -> bool) {
        let needed: Vec<usize> = (0..self.open.len()).filter(|&b| rows(b)).collect();
        if needed.is_empty() {
            return;
        }
        let all = needed.len() == self.open.len();
        let some: Vec<Batch> =
            if all { Vec::new() } else { needed.iter().map(|&b| self.frame.batches[b].clone()).collect() };
        let frame = self.frame.with(if all { self.frame.batches } else { &some });
        let part = &self.args[arg];
        let columns = if self.plain { part.eval_plain(&frame) } else { part.eval(&frame) };
        for (b, column) in needed.into_iter().zip(columns) {
            self.columns[arg][b] = Some(column);
        }
    }

    /// Rows for which a test is true take a value.
    fn take_true(&mut self, test: usize, value: usize) {
        let is_open: Vec<bool> = self.open.iter().map(|open| !open.none()).collect();
        self.eval(test, |b| is_open[b]);
        let mut taken: Vec<bool> = vec![false; self.open.len()];
        for (b, open) in self.open.iter_mut().enumerate() {
            let Some(column) = &self.columns[test][b] else { continue };
            let mut truth = truth_of(column);
            truth.and(open);
            taken[b] = !truth.none();
            truth.negate();
            open.and(&truth);
        }
        self.eval(value, |b| taken[b]);
    }

    /// Rows for which a value is there take it.
    fn take_present(&mut self, value: usize) {
        let is_open: Vec<bool> = self.open.iter().map(|open| !open.none()).collect();
        self.eval(value, |b| is_open[b]);
        for (b, open) in self.open.iter_mut().enumerate() {
            if let Some(column) = &self.columns[value][b] {
                let mut absent = column.present();
                absent.negate();
                open.and(&absent);
            }
        }
    }

    /// Rows that have not chosen take a value.
    fn take_rest(&mut self, value: usize) {
        let is_open: Vec<bool> = self.open.iter().map(|open| !open.none()).collect();
        self.eval(value, |b| is_open[b]);
    }
}
