//! `sparkline(<aggregate>)`: the course of an aggregate over time, as a multivalue that begins with a mark.
//!
//! It is no function by itself: the clause that has read the aggregate inside makes a call of [`SPARKLINE`] with it.

use std::any::Any;
use std::sync::Arc;

use hashbrown::HashMap;

use super::input::times;
use super::{Accumulator, Aggregate, Call, Points, Rows};
use crate::error::{Result, bail};
use crate::functions::Context;
use crate::table::{Batch, Column, Dictionary, DictionaryBuilder, MultiColumn};
use crate::time::TimeSpan;
use crate::value::number_text;

/// The aggregate behind `sparkline(...)`.
pub static SPARKLINE: Aggregate = Aggregate {
    name: "sparkline",
    syntax: "sparkline(<aggregate>[, <span>])",
    summary: "The course of an aggregate over time, for a small picture of it.",
    examples: &[(
        r#"| makeresults count=4 | streamstats count AS n | eval _time=if(n=4, 3, n) | stats sparkline(count, 1s) AS s"#,
        "##__SPARKLINE__##; 1; 1; 2",
    )],
    needs_time: true,
    make: sparkline,
    ..Aggregate::BLANK
};

/// What tells a sparkline from other multivalues.
const MARK: &str = "##__SPARKLINE__##";
/// Points that a sparkline has at most.
const POINTS: usize = 100;

fn sparkline(call: &Call) -> Result<Box<dyn Accumulator>> {
    let Some(points) = &call.points else {
        bail!(Argument, call.span, "sparkline needs an aggregate, as in sparkline(count)");
    };
    // What is wrong with the aggregate is to be said now.
    (points.aggregate.make)(&points.call)?;
    Ok(Box::new(Sparkline { points: (**points).clone(), groups: 0, pieces: Vec::new() }))
}

/// Keeps everything: the time between two points depends on the first and the last event.
#[derive(Clone)]
struct Sparkline {
    points: Points,
    groups: usize,
    pieces: Vec<Piece>,
}

#[derive(Clone)]
struct Piece {
    groups: Vec<u32>,
    column: Column,
    times: Vec<f64>,
    batch: Batch,
    dictionary: Option<Arc<Dictionary>>,
}

impl Sparkline {
    /// The span between points and the starts of all points, in order.
    fn axis(&self, cx: &Context) -> (TimeSpan, Vec<f64>) {
        let times = || self.pieces.iter().flat_map(|piece| &piece.times).copied().filter(|time| time.is_finite());
        let (low, high) = times().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), t| (l.min(t), h.max(t)));
        let fitted = |points| TimeSpan::fitting(high - low, points, None);
        let mut span = self.points.span.unwrap_or_else(|| fitted(POINTS));
        if (high - low) / span.seconds() > POINTS as f64 {
            span = fitted(POINTS);
        }
        let mut starts = Vec::new();
        let mut start = span.floor(low, None, cx.zone);
        // A span that does not move would go on for ever.
        while start <= high && starts.len() <= POINTS + 1 {
            starts.push(start);
            start = span.next(start, None, cx.zone);
        }
        (span, starts)
    }
}

impl Accumulator for Sparkline {
    fn grow(&mut self, groups: usize) {
        self.groups = groups;
    }

    fn update(&mut self, rows: &Rows<'_>) {
        let Some(times) = times(rows) else { return };
        self.pieces.push(Piece {
            groups: rows.groups.to_vec(),
            column: rows.column.clone(),
            times: times.into_owned(),
            batch: rows.batch.clone(),
            dictionary: rows.dictionary.cloned(),
        });
    }

    fn merge(&mut self, later: Box<dyn Accumulator>, groups: &[u32]) {
        let Ok(later) = later.into_any().downcast::<Self>() else { return };
        self.pieces.extend(later.pieces.into_iter().map(|mut piece| {
            piece.groups.iter_mut().for_each(|group| *group = groups[*group as usize]);
            piece
        }));
    }

    fn finish(self: Box<Self>, cx: &Context) -> Column {
        let (_, starts) = self.axis(cx);
        // The aggregate runs over the pairs of group and point that there are.
        let Ok(mut inner) = (self.points.aggregate.make)(&self.points.call) else { return Column::null(self.groups) };
        let mut pairs: HashMap<(u32, u32), u32, foldhash::fast::FixedState> = HashMap::default();
        for piece in &self.pieces {
            let mut pair = |(&group, &time): (&u32, &f64)| {
                let next = pairs.len() as u32 + 1;
                match starts.partition_point(|&start| start <= time).checked_sub(1) {
                    Some(point) if time.is_finite() => *pairs.entry((group, point as u32)).or_insert(next),
                    _ => 0,
                }
            };
            let groups: Vec<u32> = piece.groups.iter().zip(&piece.times).map(&mut pair).collect();
            inner.grow(pairs.len() + 1);
            inner.update(&Rows {
                groups: &groups,
                column: &piece.column,
                batch: &piece.batch,
                dictionary: piece.dictionary.as_ref(),
            });
        }
        inner.grow(pairs.len() + 1);
        let result = inner.finish(cx);
        let mut builder = DictionaryBuilder::default();
        let (mark, mut codes) = (builder.intern(MARK), Vec::with_capacity(self.groups * (starts.len() + 1)));
        for group in 0..self.groups as u32 {
            codes.push(mark);
            for point in 0..starts.len() as u32 {
                let number = pairs.get(&(group, point)).and_then(|&pair| result.get(pair as usize).number());
                codes.push(builder.intern(&number_text(number.unwrap_or(0.0))));
            }
        }
        let length = starts.len() as u32 + 1;
        let offsets: Vec<u32> = (0..=self.groups as u32).map(|group| group * length).collect();
        Column::Multi(Arc::new(MultiColumn::new(&offsets, Column::Dict(Arc::new(builder.finish()), codes.into()))))
    }

    fn bytes(&self) -> usize {
        let piece = |piece: &Piece| piece.column.bytes() + piece.groups.len() * 12;
        self.pieces.iter().map(piece).sum()
    }

    fn copied(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
