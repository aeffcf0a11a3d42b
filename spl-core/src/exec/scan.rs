//! Reading the catalog's events: [`Source`], and the in-memory [`TableSource`].

use super::run::{RunContext, filter, first_rows, resolve, select};
use crate::error::Result;
use crate::knowledge::Knowledge;
use crate::plan::{FieldSet, Predicate, Scan};
use crate::table::{Batch, Table};

/// Somewhere that events come from.
pub trait Source: Send + Sync {
    /// The events that the scan asks for: at least those that fulfil `predicate` (which is resolved) and the time range and at least the fields named.
    /// Giving more is allowed: the caller filters again what `exact` does not promise.
    fn scan(&self, scan: &Scan, predicate: Option<&Predicate>, cx: &RunContext<'_>) -> Result<Table>;

    /// How many events there are, when that is known without reading them.
    fn events(&self) -> Option<u64> {
        None
    }
}

/// Runs a scan over every source of the catalog, newest event first.
pub(super) fn scan(scan: &Scan, cx: &RunContext<'_>) -> Result<Table> {
    let predicate = scan.predicate.as_ref().map(|p| resolve(p, cx)).transpose()?;
    let sources = cx.catalog.sources();
    let mut tables = sources.iter().map(|s| s.scan(scan, predicate.as_ref(), cx)).collect::<Result<Vec<_>>>()?;
    let table = if tables.len() == 1 { tables.remove(0) } else { merge_by_time(tables) };
    Ok(match scan.limit {
        Some(limit) => first_rows(table, limit),
        None => table,
    })
}

/// Events of several sources, newest first; those without time last.
fn merge_by_time(tables: Vec<Table>) -> Table {
    let tables: Vec<Table> = tables.into_iter().map(Table::into_ordered).collect();
    let batches: Vec<Batch> = tables.into_iter().flat_map(Table::into_batches).collect();
    let mut picks: Vec<(f64, u32, u32)> = Vec::new();
    for (b, batch) in batches.iter().enumerate() {
        for row in 0..batch.rows() {
            picks.push((batch.get("_time", row).number().unwrap_or(f64::NEG_INFINITY), b as u32, row as u32));
        }
    }
    picks.sort_by(|a, b| b.0.total_cmp(&a.0));
    Table::in_order(batches).gather(&picks.into_iter().map(|(_, b, row)| (b, row)).collect::<Vec<_>>())
}

/// Events held in memory, with the knowledge objects that give them their search-time fields.
pub struct TableSource {
    table: Table,
    knowledge: std::sync::Arc<Knowledge>,
}

impl TableSource {
    /// Events and what is known of their source types.
    pub fn new(table: Table, knowledge: std::sync::Arc<Knowledge>) -> Self {
        TableSource { table, knowledge }
    }

    /// The events.
    pub fn table(&self) -> &Table {
        &self.table
    }
}

impl Source for TableSource {
    fn scan(&self, scan: &Scan, predicate: Option<&Predicate>, cx: &RunContext<'_>) -> Result<Table> {
        Ok(narrow(self.table.batches().to_vec(), &self.knowledge, scan, predicate, cx))
    }

    fn events(&self) -> Option<u64> {
        Some(self.table.rows() as u64)
    }
}

/// Filters decoded batches, gives the survivors their search-time fields, and keeps the fields wanted.
///
/// Tests of fields as they are in the event come first, so that derived fields are made for few events only.
pub(crate) fn narrow(
    batches: Vec<Batch>,
    knowledge: &Knowledge,
    scan: &Scan,
    predicate: Option<&Predicate>,
    cx: &RunContext<'_>,
) -> Table {
    let batches: Vec<Batch> = batches.into_iter().filter_map(|b| scan.time.clip(b)).collect();
    let parts = predicate.map(Predicate::conjuncts).unwrap_or_default();
    let (early, late): (Vec<Predicate>, Vec<Predicate>) =
        parts.into_iter().partition(|p| p.reads().is_some_and(|f| !f.names().any(|f| knowledge.derives(f))));
    let mut needed = scan.fields.clone();
    for part in &late {
        needed = needed.union(&part.reads().unwrap_or_else(FieldSet::all));
    }
    let inputs = knowledge.inputs(&needed);
    let early = Predicate::And(early);
    let selected = select(&early, &batches, cx);
    let survivors: Vec<Batch> = {
        use rayon::prelude::*;
        batches
            .into_par_iter()
            .zip(selected)
            .filter(|(_, rows)| !rows.none())
            .map(|(mut batch, rows)| {
                if !inputs.is_all() {
                    batch.retain(|field| inputs.contains(field));
                }
                batch.filter(&rows)
            })
            .collect()
    };
    let enriched = knowledge.enrich(survivors, &needed, &cx.functions);
    let table = Table::new(enriched);
    let mut table = if late.is_empty() { table } else { filter(table, &Predicate::And(late), cx) };
    if !scan.fields.is_all() {
        let wanted = |mut batch: Batch| {
            batch.retain(|field| scan.fields.contains(field));
            Ok::<_, std::convert::Infallible>(batch)
        };
        table = match table.map_batches(wanted) {
            Ok(table) => table,
            Err(never) => match never {},
        };
    }
    table
}
