//! A chart of events that come in chunks: cells are aggregated as they come, where rows and series are known before all events are.

use super::axis::{Axis, Rows, TimeAxis};
use super::pivot::Pivot;
use super::row_codes::RowCodes;
use crate::aggregates::SPARKLINE;
use crate::commands::bin::values;
use crate::commands::prelude::*;
use crate::exec::{Chunk, Codes, Gather, KeyCodes, KeyColumn, Partial};
use crate::plan::AggregateCall;
use crate::time::TimeSpan;
use crate::value::{number_text, parse_number};

/// The cells so far.
struct Cells<'p> {
    pivot: &'p Pivot,
    /// Bins of time, if rows are such.
    bins: Option<Bins<'p>>,
    /// By row, if there are several, and by series.
    cells: Partial,
}

/// Bins of time that the chart's own are made of.
struct Bins<'p> {
    axis: &'p TimeAxis,
    /// When the first and the last event so far happened.
    extent: Option<(f64, f64)>,
    span: Option<TimeSpan>,
}

/// The chart over chunks; nothing when rows or series depend on all events.
pub(super) fn gather(pivot: &Pivot) -> Option<Box<dyn Gather + '_>> {
    let bins = match &pivot.axis {
        Axis::Nothing | Axis::Values(_) => None,
        Axis::Time(axis) if axis.is_made_of_bins() => Some(Bins { axis, extent: None, span: None }),
        Axis::Time(_) | Axis::Numbers { .. } => return None,
    };
    if pivot.split.as_ref().is_some_and(|(_, options)| options.any())
        || pivot.calls.iter().any(|call| std::ptr::eq(call.aggregate, &SPARKLINE))
    {
        return None;
    }
    // Events without a value of the axis are in no row. Those without a series may not be shown, but say which rows there are.
    let axis = pivot.axis.field().map(|_| false);
    let with_missing: Vec<bool> = axis.into_iter().chain(pivot.split.as_ref().map(|_| true)).collect();
    Some(Box::new(Cells { pivot, bins, cells: Partial::new(&with_missing) }))
}

impl Cells<'_> {
    /// The rows that events are in. As the time from the first to the last event grows, bins grow, and cells of the same bin go together.
    fn row_key(&mut self, batches: &[Batch], cx: &RunContext<'_>) -> Result<Option<KeyColumn>> {
        let Some(bins) = &mut self.bins else {
            return Ok(self.pivot.axis.field().map(|field| KeyColumn::new(batches, field)));
        };
        let times: Vec<Column> = batches.iter().map(|batch| batch.column_or_null("_time")).collect();
        if times.iter().any(|times| !times.all_null()) {
            let (low, high) = values::range(&times);
            let extent = bins.extent.map_or((low, high), |(l, h)| (l.min(low), h.max(high)));
            let span = bins.axis.width_within(extent, cx);
            if let (Some(old), Some(new)) = (bins.span, span)
                && old != new
            {
                let floor = |text: &str| {
                    let start = parse_number(text).map(|start| new.floor(start, None, cx.functions.zone));
                    start.map_or_else(|| text.to_owned(), number_text)
                };
                let cells = std::mem::replace(&mut self.cells, Partial::new(&[]));
                self.cells = cells.rekeyed(0, &floor, &self.pivot.calls)?;
            }
            (bins.extent, bins.span) = (Some(extent), span);
        }
        let span = bins.span;
        let start = |times: &Column| match span {
            Some(span) => values::times(times, span, None, cx.functions.zone),
            None => times.clone(),
        };
        let binned = times.iter().zip(batches);
        let binned = binned.map(|(times, batch)| batch.with_columns([(field_name("_time"), start(times))]));
        Ok(Some(KeyColumn::new(&binned.collect::<Vec<_>>(), "_time")))
    }
}

impl Gather for Cells<'_> {
    fn push(&mut self, chunk: Chunk, cx: &RunContext<'_>) -> Result<()> {
        let batches = self.pivot.spread(chunk.placed().into_batches());
        let mut keys: Vec<KeyColumn> = self.row_key(&batches, cx)?.into_iter().collect();
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
            let is_time = self.bins.is_some() && self.pivot.axis.field() == Some(&field);
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
        let aggregates = |rows: &Rows, series: Option<KeyCodes<'_>>, calls: &[AggregateCall]| {
            let row = rows.codes.first().map(RowCodes::each);
            let series = series.as_ref().and_then(|series| series.codes.first());
            let keys: Vec<&Codes> = row.as_deref().into_iter().chain(series).collect();
            cells.regrouped(&keys, calls).map(|cells| cells.groups(cx))
        };
        self.pivot.chart(&[batch], self.bins.and_then(|bins| bins.extent), &aggregates, cx)
    }
}
