//! Which series of a chart are shown, and under what names.

use crate::aggregates::{Aggregate, Call, Rows};
use crate::commands::prelude::*;
use crate::exec::KeyColumn;

/// Series that are shown when nothing is said.
const LIMIT: usize = 10;

/// What is said about the columns of a chart.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Series {
    pub(in crate::commands) selection: Selection,
    /// What series are judged by; the sum, if nothing is said.
    pub(in crate::commands) by: Option<(&'static Aggregate, Call)>,
    /// The others go together.
    pub(in crate::commands) other: bool,
    pub(in crate::commands) other_name: String,
    /// Rows without the field are a series.
    pub(in crate::commands) null: bool,
    pub(in crate::commands) null_name: String,
    /// Between the names of an aggregate and a series.
    pub(in crate::commands) separator: Option<String>,
    /// `$AGG$` and `$VAL$` in it are replaced.
    pub(in crate::commands) format: Option<String>,
}

impl Default for Series {
    fn default() -> Self {
        Series {
            selection: Selection::Limit(Pick { top: true, count: LIMIT }),
            by: None,
            other: true,
            other_name: "OTHER".to_owned(),
            null: true,
            null_name: "NULL".to_owned(),
            separator: None,
            format: None,
        }
    }
}

/// Which series are shown.
#[derive(Clone, Debug)]
pub(in crate::commands) enum Selection {
    /// So many; 0 is all.
    Limit(Pick),
    /// Those whose aggregate over all rows passes a test.
    Where(&'static Aggregate, Call, Test),
}

/// The largest or the smallest.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) struct Pick {
    pub(in crate::commands) top: bool,
    pub(in crate::commands) count: usize,
}

/// The test of a where clause.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) enum Test {
    /// `in top5`, `notin bottom3`.
    In { pick: Pick, not: bool },
    /// `> 5`, `< 5`.
    Beyond { bound: f64, more: bool },
}

impl Series {
    /// Whether series of several aggregates are judged by how many rows they have.
    pub(super) fn counts_rows(&self) -> bool {
        matches!(self.selection, Selection::Limit(_)) && self.by.is_none()
    }

    /// Whether all of `count` series are shown whatever their values are.
    pub(super) fn shows_all(&self, count: usize) -> bool {
        match &self.selection {
            Selection::Limit(pick) => pick.count == 0 || count <= pick.count,
            Selection::Where(..) => false,
        }
    }

    /// Which of the series are shown, judged by the values of their cells: pairs of series (from 1) and place in `values`.
    pub(super) fn chosen(
        &self,
        count: usize,
        cells: &[(u32, u32)],
        values: &Column,
        cx: &RunContext<'_>,
    ) -> Result<Vec<bool>> {
        let sum = || crate::aggregates::find("sum").map(|(sum, _)| (sum, Call::new(Default::default())));
        let judge = match &self.selection {
            Selection::Where(aggregate, call, _) => Some((*aggregate, call.clone())),
            Selection::Limit(_) => self.by.clone().or_else(sum),
        };
        let Some((aggregate, call)) = judge else { return Ok(vec![true; count]) };
        let mut state = (aggregate.make)(&call)?;
        state.grow(count + 1);
        let groups: Vec<u32> = cells.iter().map(|cell| cell.0).collect();
        let places: Vec<u32> = cells.iter().map(|cell| cell.1).collect();
        let column = values.take(&places);
        let batch = Batch::new(groups.len());
        state.update(&Rows { groups: &groups, column: &column, batch: &batch, dictionary: None });
        let result = state.finish(&cx.functions);
        let scores: Vec<f64> = (1..=count).map(|s| result.get(s).number().unwrap_or(f64::NEG_INFINITY)).collect();
        Ok(match &self.selection {
            Selection::Limit(pick) => pick.of(&scores),
            Selection::Where(_, _, Test::In { pick, not }) => {
                pick.of(&scores).into_iter().map(|in_it| in_it != *not).collect()
            }
            Selection::Where(_, _, Test::Beyond { bound, more }) => {
                scores.iter().map(|score| if *more { score > bound } else { score < bound }).collect()
            }
        })
    }

    /// The column's name for an aggregate and a series.
    pub(super) fn name(&self, aggregate: &str, series: &str) -> String {
        match &self.format {
            Some(format) => format.replace("$AGG$", aggregate).replace("$VAL$", series),
            None => format!("{aggregate}{}{series}", self.separator.as_deref().unwrap_or(": ")),
        }
    }
}

impl Pick {
    /// Whether each is one of the largest (or smallest); of equal ones the first.
    fn of(self, scores: &[f64]) -> Vec<bool> {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| {
            let order = scores[a].total_cmp(&scores[b]);
            if self.top { order.reverse() } else { order }
        });
        let mut chosen = vec![false; scores.len()];
        order.into_iter().take(self.count).for_each(|i| chosen[i] = true);
        chosen
    }
}

/// The columns of a chart: their names, and for each code of the series field the column that its rows count for (from 1; 0 is none).
pub(super) struct Columns {
    pub(super) names: Vec<String>,
    pub(super) of_code: Vec<u32>,
}

impl Columns {
    /// Of the series met, in the order in which they are shown, those `chosen`; then the others together, then `null`, the code of rows
    /// without a value.
    pub(super) fn new(key: &KeyColumn, met: &[u32], chosen: &[bool], null: Option<u32>, series: &Series) -> Columns {
        let mut of_code = vec![0u32; key.dictionary.len() + 2];
        let mut names = Vec::new();
        for (&code, _) in met.iter().zip(chosen).filter(|(_, chosen)| **chosen) {
            names.push(key.dictionary.get(code).unwrap_or("").to_owned());
            of_code[code as usize] = names.len() as u32;
        }
        if series.other && chosen.contains(&false) {
            names.push(series.other_name.clone());
            for (&code, _) in met.iter().zip(chosen).filter(|(_, chosen)| !**chosen) {
                of_code[code as usize] = names.len() as u32;
            }
        }
        if let Some(null) = null {
            names.push(series.null_name.clone());
            of_code[null as usize] = names.len() as u32;
        }
        Columns { names, of_code }
    }
}
