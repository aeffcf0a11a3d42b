//! A chart of events that come in chunks: cells are aggregated as they come, where rows and series are known before all events are.

use super::axis::{Axis, TimeAxis};
use super::pivot::Pivot;
use crate::aggregates::SPARKLINE;
use crate::commands::bin::values;
use crate::commands::prelude::*;
use crate::exec::{Chunk, Codes, Gather, KeyCodes, KeyColumn, Partial};
use crate::plan::AggregateCall;
use crate::time::{BinSpan, TimeSpan};

/// The cells so far.
struct Cells<'p> {
    pivot: &'p Pivot,
    /// The width of bins of time, if rows are such.
    span: Option<TimeSpan>,
    /// By row, if there are several, and by series.
    cells: Partial,
}

/// The chart over chunks; nothing when bins depend on all events.
pub(super) fn gather(pivot: &Pivot) -> Option<Box<dyn Gather + '_>> {
    let span = match &pivot.axis {
        Axis::Nothing | Axis::Values(_) => None,
        Axis::Time(axis) => Some(fixed_span(axis)?),
        Axis::Numbers { .. } => return None,
    };
    if pivot.split.as_ref().is_some_and(|(_, options)| options.any())
        || pivot.calls.iter().any(|call| std::ptr::eq(call.aggregate, &SPARKLINE))
    {
        return None;
    }
    // Events without a value of the axis are in no row. Those without a series may not be shown, but say which rows there are.
    let axis = pivot.axis.field().map(|_| false);
    let with_missing: Vec<bool> = axis.into_iter().chain(pivot.split.as_ref().map(|_| true)).collect();
    Some(Box::new(Cells { pivot, span, cells: Partial::new(&with_missing) }))
}

/// The span, if it is given, and no other event has a say in where bins begin and end.
fn fixed_span(axis: &TimeAxis) -> Option<TimeSpan> {
    let free = axis.options.aligntime.is_none() && axis.partial;
    axis.options.span.and_then(BinSpan::time).filter(|_| free)
}

impl Gather for Cells<'_> {
    fn push(&mut self, chunk: Chunk, cx: &RunContext<'_>) -> Result<()> {
        let batches = self.pivot.spread(chunk.placed().into_batches());
        let mut keys = Vec::new();
        match (self.pivot.axis.field(), self.span) {
            (None, _) => {}
            (Some(field), None) => keys.push(KeyColumn::new(&batches, field)),
            (Some(field), Some(span)) => {
                let bins = |batch: &Batch| values::times(&batch.column_or_null(field), span, None, cx.functions.zone);
                let binned = batches.iter().map(|batch| batch.with_columns([(field_name(field), bins(batch))]));
                keys.push(KeyColumn::new(&binned.collect::<Vec<_>>(), field));
            }
        }
        keys.extend(self.pivot.split.iter().map(|(field, _)| KeyColumn::new(&batches, field)));
        self.cells.add(&batches, keys, &self.pivot.calls, cx)
    }

    fn bytes(&self) -> usize {
        self.cells.bytes()
    }

    fn finish(self: Box<Self>, cx: &RunContext<'_>) -> Result<Table> {
        let (keys, mut cells) = self.cells.finish();
        // A row for each cell stands for its events.
        let mut batch = Batch::new(cells.count);
        let fields = self.pivot.axis.field().map(field_name).into_iter();
        let fields = fields.chain(self.pivot.split.as_ref().map(|(field, _)| field.clone()));
        for ((field, key), codes) in fields.zip(keys).zip(std::mem::take(&mut cells.codes)) {
            let is_time = self.span.is_some() && self.pivot.axis.field() == Some(&field);
            let column = if is_time {
                let numbers = key.dictionary.numbers();
                let time =
                    |&code: &u32| Some(numbers[code as usize]).filter(|n| !n.is_nan()).map_or(Value::Null, Value::Num);
                Column::from_values(codes.iter().map(time).collect())
            } else {
                Column::Dict(key.dictionary, codes.into())
            };
            batch.set(field, column);
        }
        let aggregates = |rows: KeyCodes<'_>, series: Option<KeyCodes<'_>>, calls: &[AggregateCall]| {
            let keys: Vec<&Codes> = std::iter::once(&rows).chain(&series).filter_map(|key| key.codes.first()).collect();
            cells.regrouped(&keys, calls).map(|cells| cells.groups(cx))
        };
        self.pivot.chart(&[batch], &aggregates, cx)
    }
}
