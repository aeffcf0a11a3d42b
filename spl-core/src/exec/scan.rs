//! Reading the catalog's events: [`Source`], and the in-memory [`TableSource`].

use std::sync::{Arc, OnceLock};

use super::narrow::{Made, decode, narrow_pieces};
use super::run::{RunContext, first_rows, resolve};
use super::stream::Chunk;
use crate::error::{Notes, Result};
use crate::knowledge::{Knowledge, Piece};
use crate::plan::{FieldSet, Predicate, Scan};
use crate::table::{Batch, Table};

/// Somewhere that events come from.
pub trait Source: Send + Sync {
    /// The events that the scan asks for: at least those that fulfil `predicate` (which is resolved) and the time range and at least the fields named.
    /// Giving more is allowed: the caller filters again what `exact` does not promise.
    fn scan(&self, scan: &Scan, predicate: Option<&Predicate>, cx: &RunContext<'_>) -> Result<Table>;

    /// Does once what every scan would ask for: before searches run side by side, which would else do it each.
    fn prepare(&self) {}

    /// How many events there are, when that is known without reading them.
    fn events(&self) -> Option<u64> {
        None
    }

    /// Whether events may hold a field `tag`, `tag::...` or `eventtype` of their own, which then counts. To say so of events that have none
    /// costs time only.
    fn may_name_itself(&self) -> bool {
        true
    }

    /// Whether the events are to be read in chunks, as they may be too many for one table.
    fn in_chunks(&self) -> bool {
        false
    }

    /// The events that the scan asks for, as exactly as [`Source::scan`] gives them, chunk by chunk: each goes through `rows`, which works
    /// row by row and may be called for several chunks at once, and then in order to `take`.
    fn chunks(
        &self,
        scan: &Scan,
        predicate: Option<&Predicate>,
        cx: &RunContext<'_>,
        rows: &RowsToRows<'_>,
        take: &mut dyn FnMut(Chunk) -> Result<()>,
    ) -> Result<()> {
        let mut scan = scan.clone();
        let timeless = !scan.fields.contains("_time");
        scan.fields.insert("_time");
        let chunk = Chunk::by_time(self.scan(&scan, predicate, cx)?.into_ordered());
        let mut batches = chunk.table().batches().to_vec();
        if timeless {
            batches.iter_mut().for_each(|batch| drop(batch.remove("_time")));
        }
        take(chunk.with(rows(Table::new(batches))?))
    }
}

/// What is done to each row of a table; ordinals stay.
pub type RowsToRows<'a> = dyn Fn(Table) -> Result<Table> + Sync + 'a;

/// Runs a scan over every source of the catalog, newest event first.
pub(super) fn scan(scan: &Scan, cx: &RunContext<'_>) -> Result<Table> {
    let mut scan = scan.clone();
    let predicate = resolved(&mut scan, cx)?;
    let sources = cx.catalog.sources();
    let predicate = predicate.map(|p| expanded(p, cx));
    let mut tables = sources.iter().map(|s| s.scan(&scan, predicate.as_ref(), cx)).collect::<Result<Vec<_>>>()?;
    let table = if tables.len() == 1 { tables.remove(0) } else { merge_by_time(tables) };
    Ok(match scan.limit {
        Some(limit) => first_rows(table, limit),
        None => table,
    })
}

/// What the scan looks for, its subsearches run; the time that they give becomes the scan's.
pub(super) fn resolved(scan: &mut Scan, cx: &RunContext<'_>) -> Result<Option<Predicate>> {
    let Some(predicate) = &scan.predicate else { return Ok(None) };
    let (predicate, time) = resolve(predicate, cx)?;
    scan.time = scan.time.replaced(time);
    Ok(Some(predicate))
}

/// The predicate with the searches behind tags and event types in place of their names; left as it is where events may name them themselves.
pub(super) fn expanded(predicate: Predicate, cx: &RunContext<'_>) -> Predicate {
    let knowledge = cx.catalog.knowledge();
    if knowledge.expands(&predicate) && cx.catalog.sources().iter().any(|source| source.may_name_itself()) {
        return predicate;
    }
    knowledge.expand(predicate)
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
    knowledge: Arc<Knowledge>,
    /// The events by the rules that hold for them, from the first scan on.
    pieces: OnceLock<Vec<Piece>>,
    made: Made,
}

impl TableSource {
    /// Events and what is known of their source types.
    pub fn new(table: Table, knowledge: Arc<Knowledge>) -> Self {
        TableSource { table, knowledge, pieces: OnceLock::new(), made: Made::default() }
    }

    /// The events.
    pub fn table(&self) -> &Table {
        &self.table
    }

    fn pieces(&self) -> &[Piece] {
        if let Some(pieces) = self.pieces.get() {
            return pieces;
        }
        let mut pieces = self.knowledge.pieces(self.table.batches().to_vec());
        // For all searches to come: not to be left undone.
        decode(&mut pieces, &FieldSet::all(), &Notes::default());
        // Made before the place is taken: a core that waits for the others may begin another search, which asks for the same.
        self.pieces.get_or_init(|| pieces)
    }
}

impl Source for TableSource {
    fn scan(&self, scan: &Scan, predicate: Option<&Predicate>, cx: &RunContext<'_>) -> Result<Table> {
        narrow_pieces(self.pieces(), Some(&self.made), scan, predicate, cx)
    }

    fn prepare(&self) {
        self.pieces();
    }

    fn events(&self) -> Option<u64> {
        Some(self.table.rows() as u64)
    }

    fn may_name_itself(&self) -> bool {
        let mut fields = self.table.batches().iter().flat_map(Batch::columns);
        fields.any(|(field, _)| matches!(&**field, "eventtype" | "tag") || field.starts_with("tag::"))
    }
}
