//! Rows by columns: events are grouped by the code of their row and of their series, aggregated, and the groups laid out as a table.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::axis::{Axis, Rows, low_end};
use super::cells;
use super::gather;
use super::series::{Columns, Series};
use crate::commands::bin::options::BinOptions;
use crate::commands::bin::values;
use crate::commands::prelude::*;
use crate::exec::{Codes, Gather, Groups, KeyCodes, KeyColumn, small_in_order, spread_multivalues};
use crate::plan::AggregateCall;
use crate::table::NumColumn;

/// Bins of a series field when nothing else is said.
const SERIES_BINS: usize = 300;
/// Cells that a chart, or another table of its form, may have.
pub(in crate::commands) const MOST_CELLS: usize = 50_000_000;

/// The node behind chart and timechart.
#[derive(Debug)]
pub(in crate::commands) struct Pivot {
    pub(in crate::commands) name: &'static str,
    pub(in crate::commands) axis: Axis,
    pub(in crate::commands) split: Option<(FieldName, BinOptions)>,
    pub(in crate::commands) calls: Vec<AggregateCall>,
    pub(in crate::commands) shown: Vec<ShownColumn>,
    /// The call that series are judged by, if that is not the first column shown.
    pub(in crate::commands) judge: Option<usize>,
    pub(in crate::commands) series: Series,
}

/// A column of results, for each series if there are series.
#[derive(Debug)]
pub(in crate::commands) enum ShownColumn {
    /// A call's result.
    Call(usize, String),
    /// An expression over the calls' results.
    Eval(Expression, String),
}

impl ShownColumn {
    fn name(&self) -> &str {
        match self {
            ShownColumn::Call(_, name) | ShownColumn::Eval(_, name) => name,
        }
    }
}

impl CommandNode for Pivot {
    fn describe(&self) -> String {
        let by: Vec<FieldName> = self
            .axis
            .field()
            .map(field_name)
            .into_iter()
            .chain(self.split.as_ref().map(|(field, _)| field.clone()))
            .collect();
        let calls = &self.calls[..self.judge.unwrap_or(self.calls.len())];
        crate::commands::stats::clause::describe(self.name, calls, &by)
    }

    fn reads(&self, _: &FieldSet) -> FieldSet {
        let mut set = FieldSet::none();
        self.axis.field().into_iter().for_each(|field| set.insert(field));
        self.split.iter().for_each(|(field, _)| set.insert(field));
        self.calls.iter().filter_map(|call| call.field.as_ref()).for_each(|field| set.insert(field));
        if self.calls.iter().any(|call| call.aggregate.needs_time) {
            set.insert("_time");
        }
        set
    }

    fn ordered(&self) -> bool {
        false
    }

    fn gather(&self) -> Option<Box<dyn Gather + '_>> {
        gather::gather(self)
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let batches = self.spread(small_in_order(input, &self.calls).into_batches());
        self.chart(&batches, None, &|rows, series, calls| cells::aggregate(&batches, rows, series, calls, cx), cx)
    }
}

/// Aggregates the events of each combination of row and series.
pub(super) type Aggregates<'a> = dyn Fn(&Rows, Option<KeyCodes<'_>>, &[AggregateCall]) -> Result<Groups> + 'a;

impl Pivot {
    /// Batches in which a row has one value of the axis and one of the series.
    pub(super) fn spread(&self, batches: Vec<Batch>) -> Vec<Batch> {
        let batches = self.axis.spread(batches);
        match &self.split {
            Some((field, options)) => split_values(batches, field, options),
            None => batches,
        }
    }

    /// The chart of events, of which these rows have the values of axis and series, and `aggregates` the rest. `extent` is that of their times,
    /// if the rows' is not.
    pub(super) fn chart(
        &self,
        batches: &[Batch],
        extent: Option<(f64, f64)>,
        aggregates: &Aggregates<'_>,
        cx: &RunContext<'_>,
    ) -> Result<Table> {
        let rows = self.axis.rows(batches, extent, cx)?;
        let mut calls = self.calls.clone();
        calls.iter_mut().for_each(|call| call.call.bucket_seconds = rows.seconds.or(call.call.bucket_seconds));
        let Some((field, options)) = &self.split else {
            let groups = aggregates(&rows, None, &calls)?;
            let values = self.values(&groups, &calls, cx);
            return self.lay_out(&rows, &groups, None, &values, &calls, cx);
        };
        let key = KeyColumn::new(batches, field);
        let null = key.dictionary.len() as u32 + 1;
        let codes: Vec<Codes> = key
            .codes
            .iter()
            .map(|codes| if self.series.null { with_null(codes, null) } else { codes.clone() })
            .collect();
        let series_key = KeyCodes { len: null as usize, codes: &codes };
        let groups = aggregates(&rows, Some(series_key), &calls)?;
        let values = self.values(&groups, &calls, cx);
        // The series met, in their order.
        let ranks = key.dictionary.ranks();
        let mut met = groups.keys[1].clone();
        met.sort_unstable();
        met.dedup();
        let null = met.last().copied().filter(|&code| code == null);
        met.retain(|&code| Some(code) != null);
        met.sort_by_key(|&code| ranks[code as usize]);
        if options.any() {
            let low = |code: u32| low_end(key.dictionary.get(code).unwrap_or(""));
            met.sort_by(|&a, &b| low(a).total_cmp(&low(b)));
        }
        if self.series.shows_all(met.len()) {
            let columns = Columns::new(&key, &met, &vec![true; met.len()], null, &self.series);
            return self.lay_out(&rows, &groups, Some(&columns), &values, &calls, cx);
        }
        let mut place = vec![0u32; key.dictionary.len() + 2];
        met.iter().zip(1u32..).for_each(|(&code, at)| place[code as usize] = at);
        let cells: Vec<(u32, u32)> = (1u32..)
            .zip(&groups.keys[1])
            .filter(|&(_, &code)| place[code as usize] != 0)
            .map(|(group, &code)| (place[code as usize], group))
            .collect();
        let judged = self.judge.map_or_else(|| values.first(), |call| groups.columns.get(call));
        let judged = judged.cloned().unwrap_or_else(|| Column::null(groups.count + 1));
        let chosen = self.series.chosen(met.len(), &cells, &judged, cx)?;
        let columns = Columns::new(&key, &met, &chosen, null, &self.series);
        // What goes together is aggregated together, from the events.
        let codes: Vec<_> = codes.iter().map(|codes| codes.map(&columns.of_code)).collect();
        let series_key = KeyCodes { len: columns.names.len(), codes: &codes };
        let groups = aggregates(&rows, Some(series_key), &calls)?;
        let values = self.values(&groups, &calls, cx);
        let of_code = (0..=columns.names.len() as u32).collect();
        self.lay_out(&rows, &groups, Some(&Columns { of_code, ..columns }), &values, &calls, cx)
    }
}

/// The codes with those of rows without a value replaced.
fn with_null(codes: &Codes, null: u32) -> Codes {
    match codes {
        Codes::Const(0) => Codes::Const(null),
        Codes::Rows(rows) if rows.contains(&0) => {
            Codes::Rows(rows.iter().map(|&code| if code == 0 { null } else { code }).collect())
        }
        other => other.clone(),
    }
}

/// The batches with a row for each value of the series field, its numbers binned if that is asked for.
fn split_values(batches: Vec<Batch>, field: &FieldName, options: &BinOptions) -> Vec<Batch> {
    let has_value = |batch: &Batch| batch.column(field).is_some_and(|c| !c.all_null());
    let spread = batches.into_iter().map(|batch| match batch.column(field) {
        // Rows without a value stay: they may be a series of their own.
        Some(Column::Multi(_) | Column::Mixed(_) | Column::Const(Value::Multi(_), _)) if has_value(&batch) => {
            let present = batch.column_or_null(field).present();
            let mut absent = present.clone();
            absent.negate();
            let spread = spread_multivalues(batch.filter(&present), std::slice::from_ref(field));
            if absent.none() { vec![spread] } else { vec![spread, batch.filter(&absent)] }
        }
        _ => vec![batch],
    });
    let batches: Vec<Batch> = spread.flatten().collect();
    if !options.any() {
        return batches;
    }
    let columns: Vec<Column> = batches.iter().map(|b| b.column_or_null(field)).collect();
    let (low, high) = values::range(&columns);
    let binned = values::numbers(&columns, options.number_span(low, high, SERIES_BINS));
    let set = |(mut batch, column): (Batch, Column)| {
        batch.set(field, column);
        batch
    };
    batches.into_iter().zip(binned).map(set).collect()
}

impl Pivot {
    /// The value of each shown column for each group; row 0 means nothing.
    fn values(&self, groups: &Groups, calls: &[AggregateCall], cx: &RunContext<'_>) -> Vec<Column> {
        let mut batch = Batch::new(groups.count + 1);
        if self.shown.iter().any(|shown| matches!(shown, ShownColumn::Eval(..))) {
            calls.iter().zip(&groups.columns).for_each(|(call, column)| batch.set(&call.output, column.clone()));
        }
        let value = |shown: &ShownColumn| match shown {
            ShownColumn::Call(call, _) => groups.columns[*call].clone(),
            ShownColumn::Eval(expression, _) => {
                expression.eval(std::slice::from_ref(&batch), &cx.functions).swap_remove(0)
            }
        };
        self.shown.iter().map(value).collect()
    }

    /// Groups as cells.
    fn lay_out(
        &self,
        rows: &Rows,
        groups: &Groups,
        columns: Option<&Columns>,
        values: &[Column],
        calls: &[AggregateCall],
        cx: &RunContext<'_>,
    ) -> Result<Table> {
        let width = columns.map_or(1, |columns| columns.names.len());
        // The codes of the rows shown, if they are not in the order of these, and their labels.
        let (codes, labels) = if rows.keep_empty {
            (rows.code.as_ref().map(Cow::from), rows.labels.clone())
        } else {
            let mut used = vec![false; rows.len + 1];
            groups.keys.first().into_iter().flatten().for_each(|&code| used[code as usize] = true);
            rows.always.iter().for_each(|&code| used[code as usize] = true);
            let shown: Vec<u32> =
                (0..rows.labels.len() as u32).filter(|&row| used[rows.code(row as usize) as usize]).collect();
            (Some(shown.iter().map(|&row| rows.code(row as usize)).collect()), rows.labels.take(&shown))
        };
        let row_of = codes.map(|codes: Cow<'_, [u32]>| {
            let mut row_of = vec![u32::MAX; rows.len + 1];
            codes.iter().zip(0u32..).for_each(|(&code, at)| row_of[code as usize] = at);
            row_of
        });
        let row_of = |code: u32| row_of.as_ref().map_or(code.wrapping_sub(1), |row_of| row_of[code as usize]);
        if labels.len().saturating_mul(width * self.shown.len().max(1)) > MOST_CELLS {
            bail!(
                Limit,
                "a chart of {} rows and {width} series is too large: limit the series or choose larger bins",
                labels.len()
            );
        }
        // The cells with events: their rows, columns and groups.
        let place = |group: usize| {
            let row = groups.keys.first().map_or(0, |codes| row_of(codes[group - 1]));
            let column = match (columns, groups.keys.get(1)) {
                (Some(columns), Some(codes)) => columns.of_code[codes[group - 1] as usize],
                _ => 1,
            };
            (row != u32::MAX && column != 0).then(|| Cell { row, column: column - 1, group: group as u32 })
        };
        let mut cells: Vec<Cell> = (1..=groups.count).filter_map(place).collect();
        cells.sort_by_key(|cell| cell.row);
        let mut named: Vec<Shown<'_>> = Vec::with_capacity(width * self.shown.len());
        for (shown, values) in self.shown.iter().zip(values) {
            let empty = self.empty(shown, calls, cx)?;
            let blank = cell_column(values, &[0], &empty).value(0);
            named.extend((0..width).map(|column| {
                let name = match columns {
                    None => shown.name().to_owned(),
                    Some(columns) if self.shown.len() == 1 => no_internal(columns.names[column].clone()),
                    Some(columns) => no_internal(self.series.name(shown.name(), &columns.names[column])),
                };
                Shown { name, column, values, empty: empty.clone(), blank: blank.clone() }
            }));
        }
        let mut fields: Vec<FieldName> = rows.field.iter().cloned().collect();
        named.iter().for_each(|shown| crate::commands::stats::clause::declare(&mut fields, &shown.name));
        let stretch = |range: Range<usize>| {
            let mut batch = Batch::new(range.len());
            if let Some(field) = &rows.field {
                batch.set(field, labels.slice(range.clone()));
            }
            let at = |row: usize| cells.partition_point(|cell| (cell.row as usize) < row);
            let groups = groups_of(&cells[at(range.start)..at(range.end)], &range, width);
            for Shown { name, column, values, empty, blank } in &named {
                let cells = match &groups[*column] {
                    Some(groups) => cell_column(values, groups, empty),
                    None => Column::Const(blank.clone(), range.len()),
                };
                batch.set(name.as_str(), cells);
            }
            batch
        };
        let stretches: Vec<Batch> = stretches(&cells, labels.len()).into_par_iter().map(stretch).collect();
        Ok(Table::in_order(stretches).with_fields(fields))
    }

    /// What stands in a cell without events: what the aggregate makes of nothing.
    fn empty(&self, shown: &ShownColumn, calls: &[AggregateCall], cx: &RunContext<'_>) -> Result<Value> {
        let ShownColumn::Call(call, _) = shown else { return Ok(Value::Null) };
        let call = &calls[*call];
        if call.aggregate.needs_time {
            return Ok(Value::Null);
        }
        let mut state = (call.aggregate.make)(&call.call)?;
        state.grow(1);
        Ok(state.finish(&cx.functions).value(0))
    }
}

/// The name of a series so that no command takes its column for an internal field.
fn no_internal(name: String) -> String {
    if name.starts_with('_') { format!("VALUE{name}") } else { name }
}

/// A cell with events: the numbers of its row and of its column, and its group.
struct Cell {
    row: u32,
    column: u32,
    group: u32,
}

/// A column of results.
struct Shown<'a> {
    name: String,
    /// Which series' cells it shows.
    column: usize,
    /// By group.
    values: &'a Column,
    /// What the aggregate makes of nothing.
    empty: Value,
    /// The same as it stands in cells without events.
    blank: Value,
}

/// So many rows without events are a stretch of their own.
const GAP: usize = 512;

/// The rows in stretches such that those without events lie by themselves, where they are many: their cells take no room.
fn stretches(cells: &[Cell], rows: usize) -> Vec<Range<usize>> {
    let (mut stretches, mut start, mut next) = (Vec::new(), 0, 0);
    for row in cells.iter().map(|cell| cell.row as usize).chain([rows]) {
        if row >= next + GAP {
            if start < next {
                stretches.push(start..next);
            }
            stretches.push(next..row);
            start = row;
        }
        next = row + 1;
    }
    if start < rows || rows == 0 {
        stretches.push(start..rows);
    }
    stretches
}

/// For each column the group of each row of a range, 0 for none; nothing for columns without events.
fn groups_of(cells: &[Cell], rows: &Range<usize>, width: usize) -> Vec<Option<Vec<u32>>> {
    let mut groups = vec![None; width];
    for cell in cells {
        let column: &mut Vec<u32> = groups[cell.column as usize].get_or_insert_with(|| vec![0; rows.len()]);
        column[cell.row as usize - rows.start] = cell.group;
    }
    groups
}

/// The values of these groups, group 0 having `empty`.
fn cell_column(values: &Column, groups: &[u32], empty: &Value) -> Column {
    if let (Column::Num(numbers), Value::Num(empty)) = (values, empty)
        && numbers.valid.is_none()
    {
        let value = |&group: &u32| if group == 0 { *empty } else { numbers.values[group as usize] };
        let values = groups.iter().map(value).collect();
        return Column::Num(Arc::new(NumColumn::new(values, None, numbers.decimals)));
    }
    if !empty.is_null() {
        let value = |&group: &u32| if group == 0 { empty.clone() } else { values.value(group as usize) };
        return Column::from_values(groups.iter().map(value).collect());
    }
    let rows: Vec<u32> = groups.iter().map(|&group| if group == 0 { u32::MAX } else { group }).collect();
    values.take_or_null(&rows)
}
