//! The rows of a chart: bins of time, bins of numbers, or the values of a field.

use rayon::prelude::*;

use super::row_codes::{RowCodes, each_bin};
use crate::commands::bin::options::BinOptions;
use crate::commands::bin::values;
use crate::commands::prelude::*;
use crate::exec::{Codes, KeyColumn, spread_multivalues};
use crate::plan::TimeRange;
use crate::time::{TimeSpan, TimeUnit};

/// Bins of timechart and of chart when nothing is said.
const TIME_BINS: usize = 100;
const NUMBER_BINS: usize = 300;
/// Rows that a chart may have.
const MOST_ROWS: f64 = 2_000_000.0;

/// What the rows of a chart stand for.
#[derive(Clone, Debug)]
pub(in crate::commands) enum Axis {
    /// One row for all.
    Nothing,
    /// Bins of `_time`.
    Time(TimeAxis),
    /// Bins of a field's numbers.
    Numbers { field: FieldName, options: BinOptions, cont: bool },
    /// The values of a field.
    Values(FieldName),
}

#[derive(Clone, Debug)]
pub(in crate::commands) struct TimeAxis {
    pub(in crate::commands) options: BinOptions,
    /// The search's time.
    pub(in crate::commands) range: TimeRange,
    /// Bins for all of it.
    pub(in crate::commands) fixed: bool,
    /// Bins without events, too.
    pub(in crate::commands) cont: bool,
    /// Bins that the range cuts.
    pub(in crate::commands) partial: bool,
}

/// The axis over the rows at hand.
pub(in crate::commands) struct Rows {
    /// The field that names rows; none for one row.
    pub(in crate::commands) field: Option<FieldName>,
    /// For each batch the rows that events are in.
    pub(in crate::commands) codes: Vec<RowCodes>,
    /// The largest code.
    pub(in crate::commands) len: usize,
    /// What stands in the field, a value for each row.
    pub(in crate::commands) labels: Column,
    /// The code of each row; row `r` has code `r + 1` when nothing is said.
    pub(in crate::commands) code: Option<Vec<u32>>,
    /// Whether rows without events stay.
    pub(in crate::commands) keep_empty: bool,
    /// The codes of rows that stay in any case.
    pub(in crate::commands) always: Vec<u32>,
    /// Seconds in a row.
    pub(in crate::commands) seconds: Option<f64>,
}

impl Rows {
    /// The code of a row.
    pub(in crate::commands) fn code(&self, row: usize) -> u32 {
        self.code.as_ref().map_or(row as u32 + 1, |code| code[row])
    }
}

impl Axis {
    /// The fields read.
    pub(in crate::commands) fn field(&self) -> Option<&str> {
        match self {
            Axis::Nothing => None,
            Axis::Time(_) => Some("_time"),
            Axis::Numbers { field, .. } | Axis::Values(field) => Some(field),
        }
    }

    /// Batches in which a row has one value of the axis.
    pub(in crate::commands) fn spread(&self, batches: Vec<Batch>) -> Vec<Batch> {
        match self {
            Axis::Values(field) | Axis::Numbers { field, .. } => {
                batches.into_iter().map(|b| spread_multivalues(b, std::slice::from_ref(field))).collect()
            }
            _ => batches,
        }
    }

    /// The rows for these events. `extent` says when the first and the last happened, if these only stand for others.
    pub(in crate::commands) fn rows(
        &self,
        batches: &[Batch],
        extent: Option<(f64, f64)>,
        cx: &RunContext<'_>,
    ) -> Result<Rows> {
        match self {
            Axis::Nothing => Ok(Rows {
                field: None,
                codes: batches.iter().map(|_| RowCodes::Each(Codes::Const(1))).collect(),
                len: 1,
                labels: Column::null(1),
                code: None,
                keep_empty: true,
                always: Vec::new(),
                seconds: None,
            }),
            Axis::Time(time) => time.rows(batches, extent, cx),
            Axis::Values(field) => Ok(by_value(field, batches)),
            Axis::Numbers { field, options, cont } => {
                let columns: Vec<Column> = batches.iter().map(|b| b.column_or_null(field)).collect();
                let (low, high) = values::range(&columns);
                let span = options.number_span(low, high, NUMBER_BINS);
                let binned = values::numbers(&columns, span);
                let named =
                    batches.iter().zip(binned).map(|(batch, column)| batch.with_columns([(field.clone(), column)]));
                let mut rows = by_value(field, &named.collect::<Vec<_>>());
                if *cont && columns.iter().any(|column| !column.all_null()) {
                    add_bins(&mut rows, values::bins(span, low, high, MOST_ROWS as usize))?;
                }
                Ok(by_number(rows))
            }
        }
    }
}

/// The values of a field, in their order.
fn by_value(field: &FieldName, batches: &[Batch]) -> Rows {
    let key = KeyColumn::new(batches, field);
    let ranks = key.dictionary.ranks();
    let mut code: Vec<u32> = (1..=key.dictionary.len() as u32).collect();
    code.sort_by_key(|&code| ranks[code as usize]);
    let labels = Column::Dict(key.dictionary.clone(), code.as_slice().into());
    let labels = if &**field == "_time" {
        Column::from_values((0..labels.len()).map(|row| labels.get(row).number().into()).collect())
    } else {
        labels
    };
    Rows {
        field: Some(field.clone()),
        len: key.dictionary.len(),
        codes: key.codes.into_iter().map(RowCodes::Each).collect(),
        labels,
        code: Some(code),
        keep_empty: false,
        always: Vec::new(),
        seconds: None,
    }
}

/// Rows for the bins that no event is in.
fn add_bins(rows: &mut Rows, bins: Option<Vec<(f64, String)>>) -> Result<()> {
    let Some(bins) = bins else {
        bail!(Limit, "this chart would have more than {MOST_ROWS} bins: choose a larger span or cont=f");
    };
    let mut labels: Vec<Value> = (0..rows.labels.len()).map(|row| rows.labels.value(row)).collect();
    let known: hashbrown::HashSet<String> = labels.iter().map(|label| label.text().into_owned()).collect();
    for (_, label) in bins.into_iter().filter(|(_, label)| !known.contains(label)) {
        labels.push(Value::from(label));
        rows.len += 1;
        rows.code.iter_mut().for_each(|code| code.push(rows.len as u32));
        rows.always.push(rows.len as u32);
    }
    rows.labels = Column::from_values(labels);
    Ok(())
}

/// Rows named `low-high`, by their numbers; other texts last.
fn by_number(rows: Rows) -> Rows {
    let mut order: Vec<u32> = (0..rows.labels.len() as u32).collect();
    order.sort_by(|&a, &b| {
        let low = |row: u32| low_end(&rows.labels.get(row as usize).text());
        low(a).total_cmp(&low(b))
    });
    let code = Some(order.iter().map(|&row| rows.code(row as usize)).collect());
    Rows { labels: rows.labels.take(&order), code, ..rows }
}

/// The number before the dash of `low-high`, or the one that stands alone, as 0 does where bins are powers; infinite for other texts.
pub(in crate::commands) fn low_end(text: &str) -> f64 {
    let dash = text.char_indices().skip(1).find(|&(i, c)| c == '-' && !text[..i].ends_with('e'));
    let low = dash.map_or(text, |(i, _)| &text[..i]);
    low.parse::<f64>().ok().filter(|low| !low.is_nan()).unwrap_or(f64::INFINITY)
}

impl TimeAxis {
    /// From when to when the search goes, as far as that is known.
    fn known(&self, cx: &RunContext<'_>) -> (Option<f64>, Option<f64>) {
        let known = self.range.earliest.filter(|&earliest| earliest > 1.0);
        (known, self.range.latest.or(known.map(|_| cx.functions.now)))
    }

    /// From when to when there are rows, for events between these times.
    fn frame(&self, (low, high): (f64, f64), cx: &RunContext<'_>) -> (f64, f64) {
        match self.known(cx) {
            (Some(earliest), until) if self.fixed => (low.min(earliest), high.max(until.unwrap_or(high).next_down())),
            _ => (low, high),
        }
    }

    /// Whether its bins are made of others that are known before all events are: no event has a say in where they begin.
    pub(super) fn is_made_of_bins(&self) -> bool {
        let options = &self.options;
        options.aligntime.is_none()
            && options.minspan.is_none()
            && options.span.is_none_or(|span| span.time().is_some())
    }

    /// A width such that the bins of a chart of events between these times, and of any more of them, are made of whole bins of this width.
    pub(super) fn width_within(&self, extent: (f64, f64), cx: &RunContext<'_>) -> Option<TimeSpan> {
        if let Some(span) = self.options.span {
            return span.time();
        }
        let (low, high) = self.frame(extent, cx);
        let span = self.options.time_span(low, high, TIME_BINS);
        // Longer ones are made of five minutes, whatever the zone is.
        let whole = TimeSpan::new(5, TimeUnit::Minute);
        Some(if span.seconds() < whole.seconds() { span } else { whole })
    }

    fn rows(&self, batches: &[Batch], extent: Option<(f64, f64)>, cx: &RunContext<'_>) -> Result<Rows> {
        let columns: Vec<Column> = batches.iter().map(|b| b.column_or_null("_time")).collect();
        let any = columns.iter().any(|column| !column.all_null());
        let (mut low, mut high) = extent.unwrap_or_else(|| values::range(&columns));
        // From when the events are when it is not known from when to when the search goes.
        let (known, until) = self.known(cx);
        let (earliest, latest) = (known.unwrap_or(low), until.unwrap_or(high));
        if any {
            (low, high) = self.frame((low, high), cx);
        }
        let span = self.options.time_span(low, high, TIME_BINS);
        let align = self.options.align(self.range, low, high, &cx.functions)?;
        let zone = cx.functions.zone;
        let mut starts: Vec<f64> = Vec::new();
        if self.cont && any {
            if (high - low) / span.seconds() > MOST_ROWS {
                bail!(
                    Limit,
                    "this chart would have more than {MOST_ROWS} bins: choose a larger span, a shorter time, or cont=f"
                );
            }
            starts = span.starts(span.floor(low, align, zone), high, align, zone);
        } else {
            let bin = |time: f64| {
                let start = span.floor(time, align, zone);
                (start, span.next(start, align, zone))
            };
            columns.iter().for_each(|column| each_bin(column, bin, |start| starts.push(start)));
            starts.sort_unstable_by(f64::total_cmp);
            starts.dedup();
        }
        let codes = columns.par_iter().map(|column| RowCodes::of_times(column, &starts)).collect();
        let len = starts.len();
        let mut code = None;
        if !self.partial {
            let is_whole = |code: u32| {
                let start = starts[code as usize - 1];
                start >= earliest && span.next(start, align, zone) <= latest
            };
            let whole: Vec<u32> = (1..=len as u32).filter(|&code| is_whole(code)).collect();
            starts = whole.iter().map(|&code| starts[code as usize - 1]).collect();
            code = Some(whole);
        }
        Ok(Rows {
            field: Some(field_name("_time")),
            codes,
            len,
            labels: Column::from_numbers(starts),
            code,
            keep_empty: self.cont,
            always: Vec::new(),
            seconds: Some(span.seconds()),
        })
    }
}
