//! The aggregates of a chart's cells. Rows times series are few mostly, if not all rows then those with events: then a cell's number is computed,
//! not looked up.

use rayon::prelude::*;

use super::axis::Rows;
use super::row_codes::RowCodes;
use crate::commands::prelude::*;
use crate::exec::{Codes, Grouping, Groups, KeyCodes, RowGroups, aggregate_by_keys, aggregate_groups};
use crate::plan::AggregateCall;

/// Cells up to this many are numbered without a table, and so are those that have this many events on average.
const DENSE_CELLS: usize = 1 << 18;
const DENSE_EVENTS: usize = 4;

/// The aggregates of each combination of row and series that occurs, or of each row.
pub(super) fn aggregate(
    batches: &[Batch],
    rows: &Rows,
    series: Option<KeyCodes<'_>>,
    calls: &[AggregateCall],
    cx: &RunContext<'_>,
) -> Result<Groups> {
    // Codes of series from 0, so that a cell is row * width + series; without series each row is a cell.
    let width = series.as_ref().map_or(1, |series| series.len + 1);
    let most = DENSE_CELLS.max(batches.iter().map(Batch::rows).sum::<usize>() / DENSE_EVENTS);
    let of_rows = |rows: usize| (rows + 1).saturating_mul(width);
    let met = (of_rows(rows.len) > most).then(|| Met::of(rows, batches));
    let cells = of_rows(met.as_ref().map_or(rows.len, |met| met.rows.len() - 1));
    if cells > most {
        let codes: Vec<Codes> = rows.codes.iter().map(|codes| codes.each().into_owned()).collect();
        let rows = KeyCodes { len: rows.len, codes: &codes };
        return aggregate_by_keys(batches, &std::iter::once(rows).chain(series).collect::<Vec<_>>(), calls, cx);
    }
    let codes = met.as_ref().map_or(&rows.codes, |met| &met.codes);
    let of_batch = |b: usize| Cells { rows: &codes[b], series: series.as_ref().map(|s| &s.codes[b]), width };
    let only_counts = calls.iter().all(|call| call.field.is_none() && call.aggregate.name == "count");
    let mut seen = vec![false; cells];
    let columns = if only_counts {
        let counts = count(batches, of_batch, cells);
        (0..cells).for_each(|cell| seen[cell] = counts[cell] > 0.0);
        vec![Column::from_numbers(counts); calls.len()]
    } else {
        let number = |b: usize| {
            let mut groups = Vec::with_capacity(batches[b].rows());
            of_batch(b).for_each(batches[b].rows(), |cell, events| groups.resize(groups.len() + events, cell as u32));
            groups
        };
        let groups: Vec<RowGroups> = (0..batches.len()).into_par_iter().map(number).map(RowGroups::from).collect();
        groups.iter().flat_map(|groups| groups.iter()).for_each(|&cell| seen[cell as usize] = true);
        aggregate_groups(batches, &Grouping { groups, count: cells - 1 }, calls, cx)?
    };
    seen[0] = false;
    let found: Vec<u32> = (0..cells as u32).filter(|&cell| seen[cell as usize]).collect();
    let row = |number: u32| met.as_ref().map_or(number, |met| met.rows[number as usize]);
    let mut keys = vec![found.iter().map(|cell| row(cell / width as u32)).collect()];
    if series.is_some() {
        keys.push(found.iter().map(|cell| cell % width as u32).collect());
    }
    // Row 0 belongs to no group.
    let places: Vec<u32> = std::iter::once(0).chain(found.iter().copied()).collect();
    Ok(Groups { keys, count: found.len(), columns: columns.iter().map(|column| column.take(&places)).collect() })
}

/// The rows with events, numbered anew from 1.
struct Met {
    /// By number.
    rows: Vec<u32>,
    /// For each batch the numbers of the rows that events are in.
    codes: Vec<RowCodes>,
}

impl Met {
    fn of(rows: &Rows, batches: &[Batch]) -> Met {
        let mut number = vec![0u32; rows.len + 1];
        for (codes, batch) in rows.codes.iter().zip(batches) {
            codes.for_each_run(batch.rows(), |_, row| number[row as usize] = 1);
        }
        number[0] = 0;
        let mut met = vec![0];
        for (row, number) in (0..).zip(&mut number).filter(|(_, number)| **number == 1) {
            *number = met.len() as u32;
            met.push(row);
        }
        Met { rows: met, codes: rows.codes.par_iter().map(|codes| codes.map(&number)).collect() }
    }
}

/// The events of one batch as cells.
struct Cells<'a> {
    rows: &'a RowCodes,
    series: Option<&'a Codes>,
    width: usize,
}

impl Cells<'_> {
    /// Shows the cells in which one event after the other, or so many at once, are; 0 for those that are in none.
    fn for_each(&self, events: usize, mut each: impl FnMut(usize, usize)) {
        let cell =
            |row: u32, code: u32| if row == 0 || code == 0 { 0 } else { row as usize * self.width + code as usize };
        match (self.rows, self.series) {
            (RowCodes::Runs(runs), series) => {
                let mut start = 0;
                for &(end, row) in runs {
                    match series {
                        None => each(row as usize, end - start),
                        Some(Codes::Const(code)) => each(cell(row, *code), end - start),
                        Some(Codes::Rows(codes)) => codes[start..end].iter().for_each(|&code| each(cell(row, code), 1)),
                    }
                    start = end;
                }
            }
            (RowCodes::Each(Codes::Const(row)), None) => each(*row as usize, events),
            (RowCodes::Each(Codes::Rows(rows)), None) => rows.iter().for_each(|&row| each(row as usize, 1)),
            (RowCodes::Each(Codes::Const(row)), Some(Codes::Const(code))) => each(cell(*row, *code), events),
            (RowCodes::Each(Codes::Rows(rows)), Some(Codes::Const(code))) => {
                rows.iter().for_each(|&row| each(cell(row, *code), 1));
            }
            (RowCodes::Each(Codes::Const(row)), Some(Codes::Rows(codes))) => {
                codes.iter().for_each(|&code| each(cell(*row, code), 1));
            }
            (RowCodes::Each(Codes::Rows(rows)), Some(Codes::Rows(codes))) => {
                rows.iter().zip(codes.iter()).for_each(|(&row, &code)| each(cell(row, code), 1));
            }
        }
    }
}

/// How many rows each cell has. Rows of one cell mostly follow one another and are added as one.
fn count<'a>(batches: &[Batch], of_batch: impl Fn(usize) -> Cells<'a> + Sync, cells: usize) -> Vec<f64> {
    let part = |range: &[usize]| {
        let mut counts = vec![0u32; cells];
        for &b in range {
            let (mut last, mut run) = (0, 0);
            of_batch(b).for_each(batches[b].rows(), |cell, events| {
                if cell != last {
                    counts[last] += run;
                    (last, run) = (cell, 0);
                }
                run += events as u32;
            });
            counts[last] += run;
        }
        counts
    };
    let all: Vec<usize> = (0..batches.len()).collect();
    let parts: Vec<Vec<u32>> =
        all.par_chunks(all.len().div_ceil(rayon::current_num_threads()).max(1)).map(part).collect();
    let mut sums = vec![0.0; cells];
    for counts in parts {
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += f64::from(count));
    }
    sums[0] = 0.0;
    sums
}
