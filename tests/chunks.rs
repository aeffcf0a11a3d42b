//! Events in memory that are read in chunks, to compare with those that are read at once.

use std::sync::Arc;

use spl_core::error::Diagnostic;
use spl_core::exec::{Chunk, RowsToRows, RunContext, Source, TableSource};
use spl_core::knowledge::Knowledge;
use spl_core::plan::{Predicate, Scan};
use spl_core::table::Table;

/// A table of which a scan reads so many rows at a time, the last ones first.
pub struct Chunked {
    chunks: Vec<(u64, TableSource)>,
}

impl Chunked {
    /// The table in chunks.
    pub fn new(table: &Table, rows: usize, knowledge: &Arc<Knowledge>) -> Self {
        let mut chunks = Vec::new();
        let mut first = 0;
        for batch in table.clone().into_ordered().batches() {
            let all: Vec<u32> = (0..batch.rows() as u32).collect();
            for some in all.chunks(rows) {
                let part = Table::in_order(vec![batch.take(some)]);
                chunks.push((first, TableSource::new(part, knowledge.clone())));
                first += some.len() as u64;
            }
        }
        chunks.reverse();
        Chunked { chunks }
    }
}

impl Source for Chunked {
    fn scan(&self, _: &Scan, _: Option<&Predicate>, _: &RunContext<'_>) -> Result<Table, Box<Diagnostic>> {
        panic!("what is to be read in chunks was read at once")
    }

    fn events(&self) -> Option<u64> {
        self.chunks.iter().map(|(_, chunk)| chunk.events()).sum()
    }

    fn in_chunks(&self) -> bool {
        true
    }

    fn chunks(
        &self,
        scan: &Scan,
        predicate: Option<&Predicate>,
        cx: &RunContext<'_>,
        rows: &RowsToRows<'_>,
        take: &mut dyn FnMut(Chunk) -> Result<(), Box<Diagnostic>>,
    ) -> Result<(), Box<Diagnostic>> {
        for (first, source) in &self.chunks {
            let chunk = Chunk::by_key(source.scan(scan, predicate, cx)?, |place| first + place);
            take(chunk.with(rows(chunk.table().clone())?))?;
        }
        Ok(())
    }
}
