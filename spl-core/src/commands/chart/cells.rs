//! The aggregates of a chart's cells. Rows times series are few mostly: then a cell's number is computed, not looked up.

use rayon::prelude::*;

use crate::commands::prelude::*;
use crate::exec::{Codes, Grouping, Groups, KeyCodes, aggregate_by_keys, aggregate_groups};
use crate::plan::AggregateCall;

/// Cells up to this many are numbered without a table.
const DENSE_CELLS: usize = 1 << 18;

/// The aggregates of each combination of row and series that occurs, or of each row.
pub(super) fn aggregate(
    batches: &[Batch],
    rows: KeyCodes<'_>,
    series: Option<KeyCodes<'_>>,
    calls: &[AggregateCall],
    cx: &RunContext<'_>,
) -> Result<Groups> {
    // Codes of series from 0, so that a cell is row * width + series; without series each row is a cell.
    let width = series.as_ref().map_or(1, |series| series.len + 1);
    let cells = (rows.len + 1).saturating_mul(width);
    if cells > DENSE_CELLS {
        return aggregate_by_keys(batches, &std::iter::once(rows).chain(series).collect::<Vec<_>>(), calls, cx);
    }
    let number = |b: usize| -> Vec<u32> {
        let (rows, width) = (&rows.codes[b], width as u32);
        match series.as_ref().map(|series| &series.codes[b]) {
            None => each(rows, batches[b].rows(), |row| row),
            Some(Codes::Const(0)) => vec![0; batches[b].rows()],
            Some(Codes::Const(code)) => {
                each(rows, batches[b].rows(), |row| if row == 0 { 0 } else { row * width + code })
            }
            Some(Codes::Rows(codes)) => match rows {
                Codes::Const(0) => vec![0; codes.len()],
                Codes::Const(row) => codes.iter().map(|&code| if code == 0 { 0 } else { row * width + code }).collect(),
                Codes::Rows(rows) => {
                    let cell = |(&row, &code): (&u32, &u32)| if row == 0 || code == 0 { 0 } else { row * width + code };
                    rows.iter().zip(codes.iter()).map(cell).collect()
                }
            },
        }
    };
    let groups: Vec<Vec<u32>> = (0..batches.len()).into_par_iter().map(number).collect();
    let grouping = Grouping { groups, count: cells - 1 };
    let columns = aggregate_groups(batches, &grouping, calls, cx)?;
    let mut seen = vec![false; cells];
    match calls.iter().position(|call| call.field.is_none() && call.aggregate.name == "count") {
        // What has been counted has been seen.
        Some(count) => (0..cells).for_each(|cell| seen[cell] = columns[count].get(cell).number() > Some(0.0)),
        None => grouping.groups.iter().flatten().for_each(|&cell| seen[cell as usize] = true),
    }
    seen[0] = false;
    let met: Vec<u32> = (0..cells as u32).filter(|&cell| seen[cell as usize]).collect();
    let mut keys = vec![met.iter().map(|cell| cell / width as u32).collect()];
    if series.is_some() {
        keys.push(met.iter().map(|cell| cell % width as u32).collect());
    }
    // Row 0 belongs to no group.
    let places: Vec<u32> = std::iter::once(0).chain(met.iter().copied()).collect();
    Ok(Groups { keys, count: met.len(), columns: columns.iter().map(|column| column.take(&places)).collect() })
}

fn each(codes: &Codes, rows: usize, cell: impl Fn(u32) -> u32) -> Vec<u32> {
    match codes {
        Codes::Const(code) => vec![cell(*code); rows],
        Codes::Rows(codes) => codes.iter().map(|&code| cell(code)).collect(),
    }
}
