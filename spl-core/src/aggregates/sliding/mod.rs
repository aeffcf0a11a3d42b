//! Aggregates of stretches that slide along a stream of values, as `streamstats` has them: [`Window`].
//!
//! Starts and ends only ever grow along the stream, so every algorithm here touches a value a small number of times, however long the
//! stretches are. Nothing here knows of groups or rows: whoever makes the window puts the values of a group one behind the other.

mod extremes;
mod multisets;
mod numbers;
mod places;
mod recent;

use std::borrow::Cow;
use std::sync::Arc;

use super::{Aggregate, Call};
use crate::error::{Notes, Result, bail};
use crate::table::{Bitmap, Column, MultiColumn, NumColumn};
use crate::value::Value;

pub(super) use extremes::{earliest, earliest_time, latest, latest_time, max, min};
pub(super) use multisets::{distinct_count, mode, percentile, values};
pub(super) use numbers::{count, numbers, zero};
pub(super) use places::{first, last, list};
pub use recent::{Follow, MOST_RECENT, Recent, Recently};
pub(super) use recent::{count as recent_count, extreme as recent_extreme, numbers as recent_numbers};

/// Values in the order of a stream and, for each place in it, the stretch that its result is of.
pub struct Window<'a> {
    /// One value (or multivalue) for each place.
    pub column: &'a Column,
    /// Where each stretch begins. Never before where the one before it began.
    pub starts: Cow<'a, [u32]>,
    /// One past its end; never before the end of the one before.
    pub ends: Cow<'a, [u32]>,
    /// `_time` at each place, NaN where there is none.
    pub times: Option<Cow<'a, [f64]>>,
    /// Of the run: what takes long asks whether it is ending.
    pub notes: &'a Notes,
}

/// How an aggregate slides.
pub type Slide = fn(&Call, &Window<'_>) -> Column;

/// The aggregate of every stretch.
pub fn slide(aggregate: &Aggregate, call: &Call, window: &Window<'_>) -> Result<Column> {
    let Some(slide) = aggregate.slide else {
        bail!(Unsupported, call.span, "`{}` does not work in streamstats", aggregate.name);
    };
    let spread = spread(window.column);
    let window = Window {
        column: &spread,
        starts: Cow::Borrowed(&*window.starts),
        ends: Cow::Borrowed(&*window.ends),
        times: window.times.as_deref().map(Cow::Borrowed),
        notes: window.notes,
    };
    let window = window.flat();
    let column = slide(call, &window);
    Ok(if call.all_numeric { without_texts(&column, &window) } else { column })
}

impl Window<'_> {
    /// The window over single values: multivalues are spread, and stretches hold all values of their places.
    fn flat(&self) -> Window<'_> {
        let borrowed = |column| Window {
            column,
            starts: Cow::Borrowed(&*self.starts),
            ends: Cow::Borrowed(&*self.ends),
            times: self.times.as_deref().map(Cow::Borrowed),
            notes: self.notes,
        };
        let Column::Multi(multi) = self.column else { return borrowed(self.column) };
        let (begins, _) = multi.apart();
        let offsets = |places: &[u32]| places.iter().map(|&place| begins[place as usize]).collect();
        let spread = |times: &Cow<'_, [f64]>| {
            let counts = multi.stretches().iter().map(ExactSizeIterator::len);
            times.iter().zip(counts).flat_map(|(&time, count)| std::iter::repeat_n(time, count)).collect()
        };
        Window {
            column: multi.child(),
            starts: Cow::Owned(offsets(&self.starts)),
            ends: Cow::Owned(offsets(&self.ends)),
            times: self.times.as_ref().map(|times| Cow::Owned(spread(times))),
            notes: self.notes,
        }
    }

    /// Start and end of each stretch.
    fn stretches(&self) -> impl ExactSizeIterator<Item = (usize, usize)> {
        self.starts
            .iter()
            .zip(self.ends.iter())
            .map(|(&start, &end)| (start as usize, (end as usize).max(start as usize)))
    }

    /// The number at each place, NaN where there is none.
    fn numbers(&self) -> Cow<'_, [f64]> {
        match self.column {
            Column::Num(numbers) => match &**numbers {
                NumColumn { values, valid: None, .. } => Cow::Borrowed(values),
                NumColumn { values, valid: Some(valid), .. } => {
                    values.iter().enumerate().map(|(i, &n)| if valid.get(i) { n } else { f64::NAN }).collect()
                }
            },
            Column::Dict(dictionary, codes) if super::input::many_for(dictionary.len(), codes.len()) => {
                let numbers = dictionary.numbers();
                codes.iter().map(|&code| numbers[code as usize]).collect()
            }
            column => (0..column.len()).map(|i| column.get(i).number().unwrap_or(f64::NAN)).collect(),
        }
    }
}

/// The column with multivalues made parts of one child column, one behind the other, also where they lie among other values.
fn spread(column: &Column) -> Column {
    let mixed = |values: &[Value]| values.iter().any(|v| matches!(v, Value::Multi(_)));
    let rows = match column {
        Column::Const(Value::Multi(_), rows) => *rows,
        Column::Mixed(values) if mixed(values) => values.len(),
        Column::Multi(multi) => match multi.apart() {
            (_, Cow::Borrowed(_)) => return column.clone(),
            (offsets, Cow::Owned(child)) => return Column::Multi(Arc::new(MultiColumn::new(&offsets, child))),
        },
        other => return other.clone(),
    };
    let (mut offsets, mut parts) = (vec![0], Vec::new());
    for row in 0..rows {
        column.get(row).for_each(|value| parts.push(value.to_value()));
        offsets.push(parts.len() as u32);
    }
    let child = Column::from_values(parts);
    Column::Multi(Arc::new(MultiColumn::new(&offsets, child)))
}

/// `allnum=true`: nothing where the stretch holds a value that is no number.
fn without_texts(column: &Column, window: &Window<'_>) -> Column {
    let (numbers, present) = (window.numbers(), window.column.present());
    let texts = running(numbers.len(), |i| u32::from(numbers[i].is_nan() && present.get(i)));
    let spoilt = |(start, end): (usize, usize)| texts[end] != texts[start];
    let rows: Vec<u32> =
        window.stretches().enumerate().map(|(i, s)| if spoilt(s) { u32::MAX } else { i as u32 }).collect();
    column.take_or_null(&rows)
}

/// `running[i]` is the sum over the places before `i`.
fn running(places: usize, each: impl Fn(usize) -> u32) -> Vec<u32> {
    let mut sum = 0;
    std::iter::once(0)
        .chain((0..places).map(|i| {
            sum += each(i);
            sum
        }))
        .collect()
}

/// For each place the last one up to it that has a value; `u32::MAX` when none has.
fn last_present(present: &Bitmap) -> Vec<u32> {
    let mut last = u32::MAX;
    (0..present.len())
        .map(|i| {
            if present.get(i) {
                last = i as u32;
            }
            last
        })
        .collect()
}
