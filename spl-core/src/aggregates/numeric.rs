//! Accumulators of numbers: a small state for each group, and `allnum=true` around any of them.

use std::any::Any;

use super::input::Flat;
use super::keys::optional_numbers;
use super::{Accumulator, Call, Rows};
use crate::error::Result;
use crate::functions::Context;
use crate::table::Column;

/// What a group's numbers leave behind.
pub(super) trait State: Clone + Default + Send + 'static {
    /// Takes one number.
    fn add(&mut self, n: f64);

    /// Takes what a later part has.
    fn join(&mut self, later: &Self);
}

/// An aggregate of numbers; values that are none are passed over.
#[derive(Clone)]
pub(super) struct Numeric<S> {
    states: Vec<S>,
    result: fn(&S) -> Option<f64>,
    divisor: f64,
}

impl<S: State> Numeric<S> {
    /// The accumulator of a call, its results being `result` of the states.
    pub(super) fn boxed(call: &Call, result: fn(&S) -> Option<f64>) -> Result<Box<dyn Accumulator>> {
        Ok(all_numeric(call, Box::new(Numeric { states: Vec::new(), result, divisor: 1.0 })))
    }

    /// As [`Numeric::boxed`], results divided by `divisor`.
    pub(super) fn divided(call: &Call, result: fn(&S) -> Option<f64>, divisor: f64) -> Result<Box<dyn Accumulator>> {
        Ok(all_numeric(call, Box::new(Numeric { states: Vec::new(), result, divisor })))
    }
}

impl<S: State> Accumulator for Numeric<S> {
    fn grow(&mut self, groups: usize) {
        self.states.resize(groups, S::default());
    }

    fn update(&mut self, rows: &Rows<'_>) {
        let states = &mut self.states[..];
        Flat::new(rows).each_number(|group, n| states[group as usize].add(n));
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        let Ok(later) = later.into_any().downcast::<Self>() else { return };
        for (state, &group) in later.states.iter().zip(groups) {
            self.states[group as usize].join(state);
        }
    }

    fn finish(self: Box<Self>, _: &Context) -> Column {
        optional_numbers(self.states.iter().map(|state| (self.result)(state).map(|n| n / self.divisor)))
    }

    fn bytes(&self) -> usize {
        self.states.len() * size_of::<S>()
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// The accumulator, made to give nothing for groups with a value that is no number, if the call says `allnum=true`.
pub(super) fn all_numeric(call: &Call, inner: Box<dyn Accumulator>) -> Box<dyn Accumulator> {
    if call.all_numeric { Box::new(AllNumeric { inner, spoilt: Vec::new() }) } else { inner }
}

struct AllNumeric {
    inner: Box<dyn Accumulator>,
    spoilt: Vec<bool>,
}

impl Accumulator for AllNumeric {
    fn grow(&mut self, groups: usize) {
        self.inner.grow(groups);
        self.spoilt.resize(groups, false);
    }

    fn update(&mut self, rows: &Rows<'_>) {
        let spoilt = &mut self.spoilt;
        Flat::new(rows).each_other(|group| spoilt[group as usize] = true);
        self.inner.update(rows);
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        let Ok(later) = later.into_any().downcast::<Self>() else { return };
        for (&spoilt, &group) in later.spoilt.iter().zip(groups) {
            self.spoilt[group as usize] |= spoilt;
        }
        self.inner.merge(later.inner, groups);
    }

    fn finish(self: Box<Self>, cx: &Context) -> Column {
        let column = self.inner.finish(cx);
        let number = |group: usize| column.get(group).number().filter(|_| !self.spoilt[group]);
        optional_numbers((0..column.len()).map(number))
    }

    fn bytes(&self) -> usize {
        self.inner.bytes() + self.spoilt.len()
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(AllNumeric { inner: self.inner.copied(), spoilt: self.spoilt.clone() })
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
