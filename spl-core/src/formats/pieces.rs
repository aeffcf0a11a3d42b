//! Inputs read piece by piece: [`Pieces`] cuts a stream of bytes where an event begins, so that each [`Piece`] can be decoded by itself and
//! only a few of them are in memory at a time.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::archive::{HARMLESS, MAX_GROWTH};
use super::rules::{FIRST_EVENT, Reading};
use super::unpacked::{Packing, unpacked};
use super::{Damage, FormatSpec, Input, InputRules, Origin, Part, ReadRequest, load, read_part, to_utf8};
use crate::error::{Result, bail};
use crate::table::{Table, TableBuilder};

const UNREAD: &str = "stretches that could not be read";
/// Bytes by which the packing is told.
const HEAD: usize = 4096;
/// The border between two pieces is looked for so far from the end, then farther.
const TAIL: [usize; 4] = [1 << 12, 1 << 16, 1 << 20, 1 << 24];
/// Bytes behind a border, so that it is seen for what it is.
const MARGIN: usize = 512;
/// The largest piece, in pieces of usual size.
const LARGEST: usize = 16;
/// Packed content may grow to so many pieces, however small it was.
const FEW: u64 = 16;

/// A stream of bytes, cut into pieces.
pub struct Pieces {
    reader: Box<dyn Read + Send>,
    name: String,
    /// The format, if it was given.
    given: Option<&'static FormatSpec>,
    reading: Arc<Reading>,
    /// Bytes of a piece.
    size: usize,
    /// What the next piece must begin with to be read.
    preamble: Vec<u8>,
    /// What was read for the next piece.
    rest: Vec<u8>,
    /// Where that stands in the input.
    at: usize,
    whole: bool,
    packed: bool,
    /// How many bytes have been read as they are stored.
    stored: Arc<AtomicU64>,
    ended: bool,
}

/// A reader that counts along.
struct Counting<R> {
    reader: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Some of the events of an input.
pub struct Piece {
    bytes: Vec<u8>,
    /// Where its events begin: what stands before belongs to other pieces.
    start: usize,
    /// Where they stand in the input.
    at: usize,
    given: Option<&'static FormatSpec>,
    reading: Arc<Reading>,
    /// Whether it is all of an input that could not be cut, as it is stored.
    whole: bool,
    /// Whether nothing follows.
    last: bool,
    damage: Damage,
}

/// The events of a piece.
#[derive(Default)]
pub struct Decoded {
    /// The events; their ordinals are places in the piece.
    pub table: Table,
    /// What could not be read.
    pub damage: Damage,
    /// Of inputs that were not cut, the same in words.
    pub warnings: Vec<String>,
}

impl Pieces {
    /// Begins to read an input that comes from there, in pieces of about `size` bytes. It may be packed. Where its format is not given it is
    /// told by its settings, by name and by content, by the formats of `own` first.
    pub fn open(
        mut reader: Box<dyn Read + Send>,
        origin: &Origin,
        given: Option<&'static FormatSpec>,
        (own, rules): (&[&'static FormatSpec], &InputRules),
        size: usize,
    ) -> io::Result<Pieces> {
        let head = head_of(&mut reader, HEAD)?;
        let packing = Packing::of(&head);
        let stored = Arc::new(AtomicU64::new(0));
        let counting = Counting { reader: io::Cursor::new(head).chain(reader), count: stored.clone() };
        let mut reader: Box<dyn Read + Send> = unpacked(packing, Box::new(counting));
        let packed = matches!(packing, Packing::Gzip | Packing::Zstandard);
        // What is wrong with a packed input is told when its content is asked for.
        let most = FIRST_EVENT.min(size.max(HEAD));
        let mut rest =
            if packed { head_of(&mut reader, most).unwrap_or_default() } else { head_of(&mut reader, most)? };
        let mark = if rest.starts_with(&[0xef, 0xbb, 0xbf]) { 3 } else { 0 };
        rest.drain(..mark);
        let reading = Arc::new(Reading::of(given, origin, &origin.name, &rest, (own, rules)));
        let is_utf16 = matches!(to_utf8(&rest, &mut Damage::default()), std::borrow::Cow::Owned(_));
        let cut = reading.format.preamble.is_some() && !reading.is_whole();
        let whole = packing == Packing::Archive || is_utf16 || !cut;
        let (name, size) = (origin.name.clone(), size.max(1));
        let (preamble, ended) = (Vec::new(), false);
        Ok(Pieces { reader, name, given, reading, size, preamble, rest, at: 0, whole, packed, stored, ended })
    }

    /// The next piece, in the memory of `bytes`; `None` at the end.
    ///
    /// # Errors
    ///
    /// The input has no border between two events for many times the size of a piece, or unpacks without end.
    pub fn next(&mut self, mut bytes: Vec<u8>) -> Result<Option<Piece>> {
        if self.ended {
            return Ok(None);
        }
        bytes.clear();
        bytes.extend_from_slice(&self.preamble);
        let start = bytes.len();
        bytes.append(&mut self.rest);
        let mut damage = Damage::default();
        let mut wanted = start + self.size;
        loop {
            self.fill(&mut bytes, wanted, &mut damage);
            let content = (self.at + bytes.len()) as u64;
            if self.packed && content > self.limit() {
                let stored = self.stored.load(Ordering::Relaxed);
                bail!(
                    Limit, "{}: the content is more than {MAX_GROWTH} times larger than it is packed: {content} bytes of {stored}",
                    self.name; hint: "{HARMLESS}"
                );
            }
            if self.ended {
                break;
            }
            if !self.whole {
                if let Some(cut) = last_cut(self.reading.format, &bytes, start) {
                    self.rest.extend_from_slice(&bytes[cut..]);
                    bytes.truncate(cut);
                    break;
                }
                if bytes.len() > LARGEST * self.size {
                    bail!(
                        Limit, "{} cannot be read in pieces: there is no border between two events in {} MB of it", self.name, bytes.len() >> 20;
                        hint: "with more memory allowed, pieces are larger"
                    );
                }
            }
            wanted = 2 * bytes.len();
        }
        let at = self.at;
        self.at += bytes.len() - start;
        if let Some(preamble) = self.reading.format.preamble.filter(|_| !self.ended) {
            self.preamble = preamble(&bytes);
        }
        Ok(Some(Piece {
            bytes,
            start,
            at,
            given: self.given,
            reading: self.reading.clone(),
            whole: self.whole,
            last: self.ended,
            damage,
        }))
    }

    /// What may have come out of what has been read. A few pieces take no more memory than any other input.
    fn limit(&self) -> u64 {
        let few = (self.size as u64).saturating_mul(FEW);
        few.max(self.stored.load(Ordering::Relaxed).saturating_mul(MAX_GROWTH))
    }

    /// Reads until there are so many bytes, or no more.
    fn fill(&mut self, bytes: &mut Vec<u8>, wanted: usize, damage: &mut Damage) {
        let missing = wanted.saturating_sub(bytes.len());
        bytes.reserve(missing);
        match self.reader.by_ref().take(missing as u64).read_to_end(bytes) {
            Ok(read) => self.ended = read < missing,
            Err(error) => {
                let (what, at) = match self.packed {
                    true => ("broken stretches of packed data", 0),
                    false => (UNREAD, self.at + bytes.len()),
                };
                damage.note(what, at, format!("after {} bytes of content: {error}", self.at + bytes.len()));
                self.ended = true;
            }
        }
    }
}

impl Piece {
    /// In place of an input that cannot be read.
    pub(crate) fn unreadable(error: &io::Error) -> Piece {
        let mut damage = Damage::default();
        damage.note(UNREAD, 0, error.to_string());
        let reading = Arc::new(Reading { format: &super::text::FORMAT, settings: None, sourcetype: None });
        Piece { bytes: Vec::new(), start: 0, at: 0, given: None, reading, whole: false, last: true, damage }
    }

    /// Decodes its events.
    pub fn decode(&self, origin: &Origin, request: &ReadRequest) -> Result<Decoded> {
        if self.whole {
            let loaded = load(&[Input { bytes: &self.bytes, format: self.given, origin: origin.clone() }], request)?;
            let warnings = loaded.warnings.into_iter().map(|warning| warning.message).collect();
            return Ok(Decoded { table: loaded.table, damage: self.damage.clone(), warnings });
        }
        let (mut builder, mut damage) = (TableBuilder::new(), Damage::starting_at(self.at.wrapping_sub(self.start)));
        damage.merge(self.damage.clone());
        let complete = self.last && self.at == 0;
        if self.at == 0 {
            self.reading.tell(&mut damage);
        }
        let mut origin = origin.clone();
        origin.sourcetype = origin.sourcetype.or_else(|| self.reading.sourcetype.clone());
        let (start, end, settings) = (self.start, self.bytes.len(), self.reading.settings.as_ref());
        let part = Part { bytes: &self.bytes, complete, start, end, origin: &origin, settings, request };
        read_part(self.reading.format, &part, &mut builder, &mut damage);
        if builder.is_full() {
            bail!(Limit, "the events of a piece of {} are more than one table can hold", origin.name);
        }
        Ok(Decoded { table: builder.finish(), damage, warnings: Vec::new() })
    }

    /// Its memory, for the next one.
    pub fn into_memory(self) -> Vec<u8> {
        self.bytes
    }
}

/// The first bytes, as many as are needed to tell what it is.
fn head_of(reader: &mut dyn Read, most: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(most as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// A border between two events near the end; not one so close to it that more bytes could show it to be none.
fn last_cut(format: &FormatSpec, bytes: &[u8], start: usize) -> Option<usize> {
    let margin = MARGIN.min((bytes.len() - start) / 4);
    let good = |cut: &usize| *cut > start && *cut + margin <= bytes.len();
    let mut from = TAIL.map(|tail| bytes.len().saturating_sub(tail).max(start)).into_iter().chain([start]);
    from.find_map(|from| (format.cuts)(bytes, &[from + 1]).into_iter().find(good))
}
