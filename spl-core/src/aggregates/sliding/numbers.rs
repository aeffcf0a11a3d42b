//! Sliding counts and sums.

use super::super::keys::optional_numbers;
use super::super::numeric::State;
use super::{Window, running};
use crate::table::Column;

/// Stretches of up to this many values are added up anew, left to right, so that no rounding is left over from values that are gone.
const SHORT: usize = 64;

/// `count`.
pub(in crate::aggregates) fn count(window: &Window<'_>) -> Column {
    if let Column::Const(value, _) = window.column {
        let each = if value.is_null() { 0.0 } else { 1.0 };
        return Column::from_numbers(window.stretches().map(|(start, end)| each * (end - start) as f64).collect());
    }
    let present = window.column.present();
    let counts = running(present.len(), |i| u32::from(present.get(i)));
    Column::from_numbers(window.stretches().map(|(start, end)| f64::from(counts[end] - counts[start])).collect())
}

/// 0 everywhere.
pub(in crate::aggregates) fn zero(window: &Window<'_>) -> Column {
    Column::from_numbers(vec![0.0; window.starts.len()])
}

/// An aggregate of numbers by its state.
pub(in crate::aggregates) fn numbers<S: State>(window: &Window<'_>, result: fn(&S) -> Option<f64>) -> Column {
    let numbers = window.numbers();
    let add = |state: &mut S, i: usize| {
        if !numbers[i].is_nan() {
            state.add(numbers[i]);
        }
    };
    let mut queue = Queue::default();
    let (mut from, mut to, mut state) = (0, 0, S::default());
    optional_numbers(window.stretches().map(|(start, end)| {
        if start == from && end >= to && queue.is_idle() {
            (to..end).for_each(|i| add(&mut state, i));
            (from, to) = (start, end);
            return result(&state);
        }
        if end - start <= SHORT {
            queue = Queue::default();
            state = S::default();
            (start..end).for_each(|i| add(&mut state, i));
            (from, to) = (start, end);
            return result(&state);
        }
        result(&queue.slide(start, end, &add))
    }))
}

/// The states of a long stretch as two parts: of the first, the states of all its ends; of the second, one state.
struct Queue<S> {
    /// `front[k]` is the state of the first part without its first `front.len() - 1 - k` values.
    front: Vec<S>,
    /// Where the second part begins.
    middle: usize,
    start: usize,
    end: usize,
    back: S,
}

impl<S: State> Default for Queue<S> {
    fn default() -> Self {
        Queue { front: Vec::new(), middle: 0, start: 0, end: 0, back: S::default() }
    }
}

impl<S: State> Queue<S> {
    /// Whether it has not been used.
    fn is_idle(&self) -> bool {
        self.end == 0
    }

    /// Moves on to `start..end` and gives the state of it.
    fn slide(&mut self, start: usize, end: usize, add: &impl Fn(&mut S, usize)) -> S {
        if start >= self.end {
            *self = Queue { middle: start, start, end: start, ..Queue::default() };
        }
        (self.end..end).for_each(|i| add(&mut self.back, i));
        (self.start, self.end) = (start, end);
        if start > self.middle || self.front.is_empty() {
            // The first part is used up: the second becomes the first.
            self.front.clear();
            let mut tail = S::default();
            for i in (start..end).rev() {
                let mut state = S::default();
                add(&mut state, i);
                state.join(&tail);
                tail = state;
                self.front.push(tail.clone());
            }
            self.middle = end;
            self.back = S::default();
        }
        // State k from the end of the first part is that of its last k + 1 values.
        let mut whole = match self.middle.checked_sub(start + 1).and_then(|k| self.front.get(k)) {
            Some(state) => state.clone(),
            None => S::default(),
        };
        whole.join(&self.back);
        whole
    }
}
