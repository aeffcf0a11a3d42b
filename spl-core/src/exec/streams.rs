//! [`StreamSource`]: logs that are read from beginning to end by each scan, a few pieces of them in memory at a time. A thread reads, several
//! decode, and what becomes of the pieces is taken in by the caller in their order.

use std::collections::BTreeMap;
use std::io;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::narrow::narrow;
use super::raw::{is_windows, request};
use super::run::RunContext;
use super::scan::{RowsToRows, Source};
use super::stream::Chunk;
use crate::error::{Result, bail};
use crate::formats::{Damage, Decoded, FormatSpec, InputRules, Origin, Piece, Pieces};
use crate::knowledge::Knowledge;
use crate::plan::{Predicate, Scan};
use crate::table::{Collector, Table};

/// Opens an input at its beginning. It is called once a scan.
pub type Open = Box<dyn Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync>;

/// An input that is read as a stream.
pub struct StreamInput {
    /// Opens it. An error of kind `Unsupported` (it cannot be read again) ends the search, others are damage.
    pub open: Open,
    /// Its format; found by content and name when `None`.
    pub format: Option<&'static FormatSpec>,
    /// What its events are said to come from.
    pub origin: Origin,
}

/// Logs that need not fit into memory. Each scan reads them anew, so that a search that scans twice needs inputs that can be opened twice.
pub struct StreamSource {
    inputs: Arc<[StreamInput]>,
    knowledge: Arc<Knowledge>,
    piece: usize,
    memory: usize,
}

/// Bytes of a piece, unless memory is scarce.
const PIECE: usize = 16 << 20;
/// Bytes of all pieces in memory, unless memory is scarce.
const MEMORY: usize = 1 << 30;
/// How long to wait for others before looking whether to go on.
const PATIENCE: Duration = Duration::from_millis(20);

impl StreamSource {
    /// The inputs, one after the other, and what is known of the source types in them.
    pub fn new(inputs: Vec<StreamInput>, knowledge: Arc<Knowledge>) -> Self {
        StreamSource { inputs: inputs.into(), knowledge, piece: PIECE, memory: MEMORY }
    }

    /// Sees to it that the pieces leave most of so many bytes to the search.
    #[must_use]
    pub fn within(self, memory: u64) -> Self {
        let memory = usize::try_from(memory / 8).unwrap_or(MEMORY).min(MEMORY);
        self.in_pieces_of((memory / 8).clamp(1 << 16, PIECE)).holding(memory)
    }

    /// Sets the size of a piece. Results do not depend on it, but for the last digits of sums of fractions.
    #[must_use]
    pub fn in_pieces_of(self, bytes: usize) -> Self {
        StreamSource { piece: bytes.max(1), ..self }
    }

    fn holding(self, memory: usize) -> Self {
        StreamSource { memory, ..self }
    }
}

impl Source for StreamSource {
    fn scan(&self, scan: &Scan, predicate: Option<&Predicate>, cx: &RunContext<'_>) -> Result<Table> {
        let mut rows = Collector::default();
        self.chunks(scan, predicate, cx, &|table| Ok(table), &mut |chunk| {
            rows.push(chunk.table().clone(), |place| chunk.key(place));
            Ok(())
        })?;
        Ok(rows.finish())
    }

    fn in_chunks(&self) -> bool {
        true
    }

    fn may_name_itself(&self) -> bool {
        !self.inputs.iter().all(|input| is_windows(input.format, &input.origin))
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
        let work = |piece: &Piece, input: usize| {
            let decoded = piece.decode(&self.inputs[input].origin, &request)?;
            let chunk = Chunk::by_time(decoded.table);
            let table = narrow(chunk.table().batches().to_vec(), &self.knowledge, scan, predicate, cx)?;
            Ok((chunk.with(rows(table)?), Decoded { table: Table::default(), ..decoded }))
        };
        let threads = rayon::current_num_threads();
        let (jobs, spare) = self.read_ahead(cx.catalog.formats(), (2 * threads).min(self.memory / self.piece).max(2));
        let (stop, jobs) = (AtomicBool::new(false), Mutex::new(jobs));
        let mut found: Vec<Found> = self.inputs.iter().map(|_| Found::default()).collect();
        let taken = std::thread::scope(|scope| {
            let (done, results) = channel();
            for _ in 0..threads {
                let (done, work, jobs, stop) = (done.clone(), &work, &jobs, &stop);
                scope.spawn(move || decode(jobs, work, &done, stop));
            }
            drop(done);
            // Whatever happens here, they stop.
            let _stop = Stop(&stop);
            in_order(&results, cx, |job| {
                let (chunk, decoded) = job.made?;
                found[job.input].add(decoded);
                // The reader may be done already.
                let _ = spare.send(job.memory);
                take(chunk)
            })
        });
        for (input, found) in self.inputs.iter().zip(found) {
            let damage = found.damage.warnings(&input.origin.name).into_iter().map(|warning| warning.message);
            damage.chain(found.warnings).for_each(|warning| cx.functions.notes.warn_damaged(warning));
        }
        taken
    }
}

impl StreamSource {
    /// Starts a thread that reads pieces into so many buffers: the pieces, and where buffers go that are free again. The thread may be
    /// waiting for bytes that never come, so nobody waits for it.
    fn read_ahead(&self, own: &[&'static FormatSpec], buffers: usize) -> (Receiver<Job>, Sender<Vec<u8>>) {
        let (spare, free) = channel();
        // There is somebody to receive them.
        (0..buffers).for_each(|_| drop(spare.send(Vec::new())));
        let (jobs, received) = sync_channel(buffers);
        let (inputs, piece, own) = (self.inputs.clone(), self.piece, own.to_vec());
        let rules = self.knowledge.input_rules();
        std::thread::spawn(move || read(&inputs, (&own, &rules), piece, &free, &jobs));
        (received, spare)
    }
}

/// A piece on its way to be decoded.
struct Job {
    number: u64,
    input: usize,
    piece: Result<Piece>,
}

/// A piece that was decoded.
struct Made<T> {
    number: u64,
    input: usize,
    made: Result<T>,
    memory: Vec<u8>,
}

/// Tells the others to stop when it goes.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What was wrong with an input.
#[derive(Default)]
struct Found {
    damage: Damage,
    warnings: Vec<String>,
}

impl Found {
    fn add(&mut self, decoded: Decoded) {
        self.damage.merge(decoded.damage);
        self.warnings.extend(decoded.warnings);
    }
}

/// Reads all inputs, until nobody wants any more.
fn read(
    inputs: &[StreamInput],
    (own, rules): (&[&'static FormatSpec], &InputRules),
    size: usize,
    free: &Receiver<Vec<u8>>,
    jobs: &SyncSender<Job>,
) {
    let (mut number, mut memory) = (0, None);
    for (input, stream) in inputs.iter().enumerate() {
        let mut send = |piece| {
            number += 1;
            jobs.send(Job { number: number - 1, input, piece }).is_ok()
        };
        let open = |reader| Pieces::open(reader, &stream.origin, stream.format, (own, rules), size);
        let opened = (stream.open)().and_then(open);
        let mut pieces = match opened {
            Ok(pieces) => pieces,
            Err(error) => {
                if send(unreadable(stream, &error)) {
                    continue;
                }
                return;
            }
        };
        loop {
            let Some(buffer) = memory.take().or_else(|| free.recv().ok()) else { return };
            let piece = match pieces.next(buffer) {
                Ok(Some(piece)) => Ok(piece),
                Err(error) => Err(error),
                Ok(None) => {
                    memory = Some(Vec::new());
                    break;
                }
            };
            if !send(piece) {
                return;
            }
        }
    }
}

/// An input that cannot be opened: damage, unless the search is at fault.
fn unreadable(stream: &StreamInput, error: &io::Error) -> Result<Piece> {
    if error.kind() != io::ErrorKind::Unsupported {
        return Ok(Piece::unreadable(error));
    }
    bail!(Data, "{} cannot be read: {error}", stream.origin.name)
}

/// Decodes pieces as long as there are any.
fn decode<T>(
    jobs: &Mutex<Receiver<Job>>,
    work: &(impl Fn(&Piece, usize) -> Result<T> + Sync),
    done: &Sender<Made<T>>,
    stop: &AtomicBool,
) {
    while !stop.load(Ordering::Relaxed) {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(PATIENCE);
        let Job { number, input, piece } = match job {
            Ok(job) => job,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let (made, memory) = match piece {
            Ok(piece) => (work(&piece, input), piece.into_memory()),
            Err(error) => (Err(error), Vec::new()),
        };
        if done.send(Made { number, input, made, memory }).is_err() {
            return;
        }
    }
}

/// Hands over what was made of the pieces in their order.
fn in_order<T>(
    results: &Receiver<Made<T>>,
    cx: &RunContext<'_>,
    mut take: impl FnMut(Made<T>) -> Result<()>,
) -> Result<()> {
    let (mut early, mut next) = (BTreeMap::new(), 0);
    loop {
        // Where this thread is one of those that decoders spread their work over, it must not sleep while there is some.
        let patience = match rayon::yield_now() {
            Some(rayon::Yield::Executed) => Duration::ZERO,
            Some(rayon::Yield::Idle) => PATIENCE / 20,
            None => PATIENCE,
        };
        match results.recv_timeout(patience) {
            Ok(made) => drop(early.insert(made.number, made)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        cx.check()?;
        while let Some(made) = early.remove(&next) {
            next += 1;
            take(made)?;
        }
    }
}
