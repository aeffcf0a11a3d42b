//! [`RawSource`]: logs as bytes, of which each scan decodes only the events that can matter, and of those only the fields that are read.

use std::collections::HashSet;
use std::sync::Arc;

use memchr::memmem;

use super::narrow::narrow;
use super::run::RunContext;
use super::scan::{RowsToRows, Source};
use super::stream::Chunk;
use crate::error::Result;
use crate::formats::{
    Accepts, AnyOf, Candidates, FormatSpec, Input, Origin, ReadRequest, ValueTest, load, load_pieces,
};
use crate::knowledge::Knowledge;
use crate::plan::{FieldSet, Predicate, Scan};
use crate::table::Table;
use crate::value::ValueRef;

/// The content of a file, however it is held: a vector, a memory map.
pub type Bytes = Box<dyn AsRef<[u8]> + Send + Sync>;

/// Logs that are read anew by each search. For one search over much data; for many searches load a table instead.
pub struct RawSource {
    inputs: Vec<(Bytes, Option<&'static FormatSpec>, Origin)>,
    knowledge: Arc<Knowledge>,
    /// Bytes that are read at a time, when the events may be more than fit into memory.
    piece: Option<usize>,
}

/// Bytes of a piece, unless memory is scarce.
const PIECE: usize = 16 << 20;

impl RawSource {
    /// The content of files, each with its format when that is known, and what is known of the source types in them.
    pub fn new(inputs: Vec<(Bytes, Option<&'static FormatSpec>, Origin)>, knowledge: Arc<Knowledge>) -> Self {
        RawSource { inputs, knowledge, piece: None }
    }

    /// Reads the inputs in pieces of about so many bytes, for searches that keep little of them: what cannot be cut into pieces is read whole.
    /// For Parquet files that are too large; other formats have [`StreamSource`](super::StreamSource), which does not need them in one piece.
    #[must_use]
    pub fn in_pieces_of(self, bytes: usize) -> Self {
        RawSource { piece: Some(bytes.max(1)), ..self }
    }

    /// As [`RawSource::in_pieces_of`], with pieces that leave most of so many bytes to the search.
    #[must_use]
    pub fn within(self, memory: u64) -> Self {
        self.in_pieces_of(usize::try_from(memory / 256).unwrap_or(PIECE).clamp(1 << 16, PIECE))
    }

    fn inputs(&self) -> Vec<Input<'_>> {
        let inputs = self.inputs.iter();
        inputs
            .map(|(bytes, format, origin)| Input { bytes: (**bytes).as_ref(), format: *format, origin: origin.clone() })
            .collect()
    }
}

/// What to read so that the scan can be answered.
pub(super) fn request(
    knowledge: &Knowledge,
    scan: &Scan,
    predicate: Option<&Predicate>,
    cx: &RunContext<'_>,
) -> ReadRequest {
    let mut fields = scan.fields.clone();
    let mut candidates = Candidates::default();
    let mut tests = Vec::new();
    for part in predicate.map(Predicate::conjuncts).unwrap_or_default() {
        fields = fields.union(&part.reads().unwrap_or_else(FieldSet::all));
        for group in part.literals(&|field, test| knowledge.is_raw(field, test)) {
            candidates.require(group);
        }
        tests.extend(any_of(knowledge, &part));
    }
    let mut fields = knowledge.inputs(&fields);
    // Events come newest first, whoever reads their time.
    fields.insert("_time");
    // A pattern may mean any field.
    let all = fields.is_all() || fields.names().any(|name| name.contains('*'));
    ReadRequest {
        raw: all || fields.contains("_raw"),
        raw_of_text: knowledge.reads_text(),
        fields: (!all).then(|| fields.names().map(|name| name.to_string()).collect::<HashSet<_>>()),
        earliest: scan.time.earliest,
        latest: scan.time.latest,
        now: Some(cx.functions.now),
        candidates,
        tests,
        progress: None,
        cancel: cx.functions.notes.cancel().clone(),
        rules: knowledge.input_rules(),
        formats: cx.catalog.formats().to_vec(),
    }
}

/// Whether an input's events are those of Windows, as XML: they have no event types and tags of their own.
pub(super) fn is_windows(format: Option<&FormatSpec>, origin: &Origin) -> bool {
    match format {
        Some(format) => matches!(format.name, "xml" | "evtx"),
        None => [".xml", ".evtx"].iter().any(|extension| origin.name.contains(extension)),
    }
}

/// The condition that a part of a predicate puts to events' own fields, if it does.
fn any_of(knowledge: &Knowledge, part: &Predicate) -> Option<AnyOf> {
    let mut any = AnyOf::default();
    for (field, test) in part.value_tests() {
        let accepts: Accepts = Arc::new(move |value| test.accepts(ValueRef::Str(value)));
        let names = knowledge.own_names(&field)?;
        any.0.extend(names.into_iter().map(|field| ValueTest { field, accepts: accepts.clone() }));
    }
    (!any.0.is_empty()).then_some(any)
}

impl Source for RawSource {
    fn scan(&self, scan: &Scan, predicate: Option<&Predicate>, cx: &RunContext<'_>) -> Result<Table> {
        let loaded = load(&self.inputs(), &request(&self.knowledge, scan, predicate, cx))?;
        loaded.warnings.iter().for_each(|warning| cx.functions.notes.warn_damaged(warning.message.clone()));
        narrow(loaded.table.into_batches(), &self.knowledge, scan, predicate, cx)
    }

    fn in_chunks(&self) -> bool {
        self.piece.is_some()
    }

    fn chunks(
        &self,
        scan: &Scan,
        predicate: Option<&Predicate>,
        cx: &RunContext<'_>,
        rows: &RowsToRows<'_>,
        take: &mut dyn FnMut(Chunk) -> Result<()>,
    ) -> Result<()> {
        let request = request(&self.knowledge, scan, predicate, cx);
        let work = |table: Table| {
            let chunk = Chunk::by_time(table);
            let table = narrow(chunk.table().batches().to_vec(), &self.knowledge, scan, predicate, cx)?;
            Ok(chunk.with(rows(table)?))
        };
        let warnings = load_pieces(&self.inputs(), self.piece.unwrap_or(usize::MAX), &request, work, take)?;
        warnings.into_iter().for_each(|warning| cx.functions.notes.warn_damaged(warning.message));
        Ok(())
    }

    fn may_name_itself(&self) -> bool {
        // Of others than Windows events, the bytes tell that there are none, unless they are packed.
        let packed =
            |bytes: &[u8]| [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"PK"].iter().any(|magic| bytes.starts_with(magic));
        let named =
            |bytes: &[u8]| ["tag", "eventtype"].iter().any(|name| memmem::find(bytes, name.as_bytes()).is_some());
        self.inputs.iter().any(|(bytes, format, origin)| {
            let bytes = (**bytes).as_ref();
            !is_windows(*format, origin) && (packed(bytes) || named(bytes))
        })
    }
}
