//! Reads inputs into one table: unpacks them, finds their formats, cuts large ones into parts and reads the parts on all cores.

use std::borrow::Cow;

use rayon::prelude::*;

use super::archive::MAX_GROWTH;
use super::rules::Reading;
use super::{Damage, FormatSpec, Input, MAX_INFLATED, Origin, Part, ReadRequest, to_utf8, unpack_until};
use crate::error::{Diagnostic, ErrorKind, Result};
use crate::table::{Table, TableBuilder};

/// What was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The events.
    pub table: Table,
    /// What could not be read, one warning for each input and kind of damage.
    pub warnings: Vec<Diagnostic>,
    /// Number of events.
    pub events: u64,
    /// Number of bytes that events were read from, unpacked.
    pub bytes: u64,
}

/// A part is not smaller than this, unless its input is.
const MIN_PART: usize = 1 << 20;

/// Reads all inputs, one after the other as far as the order of events goes.
pub fn load(inputs: &[Input<'_>], request: &ReadRequest) -> Result<Loaded> {
    let threads = rayon::current_num_threads();
    let read: Vec<Result<Read>> = match inputs {
        [_] => vec![read_group(inputs, request)],
        _ => groups(inputs, threads).into_par_iter().map(|group| read_group(group, request)).collect(),
    };
    // What was read before somebody lost patience is not all of it.
    request.cancel.check()?;
    let mut all = Read::default();
    for read in read {
        all.append(read?);
    }
    if all.builder.is_full() {
        let message =
            "the events are more than one table can hold: four billion, or 4 GiB of distinct values in one field";
        return Err(Box::new(Diagnostic::new(ErrorKind::Limit, message)));
    }
    let events = all.builder.events();
    Ok(Loaded { table: all.builder.finish(), warnings: all.warnings, events, bytes: all.bytes })
}

/// As [`load`], from a reader, which is read to its end first.
///
/// ```
/// use spl_core::formats::{Origin, ReadRequest, load_reader};
///
/// let log = std::io::Cursor::new("user,bytes\nann,5\nbob,7\n");
/// let loaded = load_reader(log, Origin { name: "users.csv".into(), ..Origin::default() }, &ReadRequest::default())?;
/// assert_eq!(loaded.events, 2);
/// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
/// ```
pub fn load_reader(mut reader: impl std::io::Read, origin: Origin, request: &ReadRequest) -> Result<Loaded> {
    let mut bytes = Vec::new();
    if let Err(error) = reader.read_to_end(&mut bytes) {
        let message = format!("{} cannot be read: {error}", origin.name);
        return Err(Box::new(Diagnostic::new(ErrorKind::Data, message)));
    }
    load(&[Input { bytes: &bytes, format: None, origin }], request)
}

/// Reads inputs in pieces of about so many bytes, as many at a time as there are threads: `work` is given the events of each, and `take` what it
/// made of them, in order. What could not be read.
pub(crate) fn load_pieces<T: Send>(
    inputs: &[Input<'_>],
    size: usize,
    request: &ReadRequest,
    work: impl Fn(Table) -> Result<T> + Sync,
    mut take: impl FnMut(T) -> Result<()>,
) -> Result<Vec<Diagnostic>> {
    let mut warnings = Vec::new();
    for input in inputs {
        for content in Content::of(input, request)? {
            let mut damage = content.damage.clone();
            let read = |&piece: &(usize, usize)| {
                let (mut builder, mut found) = (TableBuilder::new(), Damage::default());
                read_part(content.reading.format, &content.part(piece, request), &mut builder, &mut found);
                request.cancel.check()?;
                Ok((work(builder.finish())?, found))
            };
            for pieces in content.cut(content.bytes.len() / size.max(1)).chunks(rayon::current_num_threads()) {
                for made in pieces.par_iter().map(read).collect::<Vec<Result<_>>>() {
                    let (made, found) = made?;
                    damage.merge(found);
                    take(made)?;
                }
            }
            warnings.extend(damage.warnings(&content.origin.name));
        }
    }
    Ok(warnings)
}

/// Something read so far.
#[derive(Default)]
struct Read {
    builder: TableBuilder,
    warnings: Vec<Diagnostic>,
    bytes: u64,
}

impl Read {
    fn append(&mut self, other: Read) {
        if self.builder.events() == 0 {
            self.builder = other.builder;
        } else {
            self.builder.absorb(other.builder);
        }
        self.warnings.extend(other.warnings);
        self.bytes += other.bytes;
    }
}

/// Inputs in groups of about the same size, a few for each thread, so that there are few builders to join.
fn groups<'a, 'b>(inputs: &'a [Input<'b>], threads: usize) -> Vec<&'a [Input<'b>]> {
    let total: usize = inputs.iter().map(|input| input.bytes.len()).sum();
    let share = (total / threads.max(1)).max(MIN_PART);
    let (mut groups, mut start, mut size) = (Vec::new(), 0, 0);
    for (at, input) in inputs.iter().enumerate() {
        size += input.bytes.len();
        if size >= share || at + 1 == inputs.len() {
            groups.push(&inputs[start..=at]);
            (start, size) = (at + 1, 0);
        }
    }
    groups
}

fn read_group(inputs: &[Input<'_>], request: &ReadRequest) -> Result<Read> {
    let threads = rayon::current_num_threads();
    let mut all = Read::default();
    for input in inputs {
        request.cancel.check()?;
        for content in Content::of(input, request)? {
            let parts = content.parts(threads);
            if parts.len() > 1 {
                all.append(content.read_parts(&parts, request));
            } else {
                // Small inputs share a builder.
                content.read_into(&mut all, request);
            }
        }
    }
    Ok(all)
}

/// What an input of this size may grow to when it is unpacked.
fn limit(size: usize) -> u64 {
    (1 << 30).max((size as u64).saturating_mul(MAX_GROWTH)).min(MAX_INFLATED)
}

/// An input, or one file of an archive, unpacked.
struct Content<'a> {
    origin: Origin,
    reading: Reading,
    bytes: Cow<'a, [u8]>,
    damage: Damage,
}

impl<'a> Content<'a> {
    fn of(input: &Input<'a>, request: &ReadRequest) -> Result<Vec<Self>> {
        let mut damage = Damage::default();
        let Origin { name, members: pattern, .. } = &input.origin;
        let limit = limit(input.bytes.len());
        let members = unpack_until(input.bytes, pattern.as_deref(), limit, &mut damage, &request.cancel);
        let mut members = members.map_err(|mut error| {
            error.message = format!("{name}: {}", error.message);
            error
        })?;
        if members.is_empty() {
            // Nothing to read, but perhaps something to say.
            members.push(super::Member { name: None, bytes: Cow::Borrowed(b"") });
        }
        let many = members.len() > 1 || pattern.is_some();
        let content = |member: super::Member<'a>| {
            let bytes = match member.bytes {
                Cow::Borrowed(bytes) => to_utf8(bytes, &mut damage),
                Cow::Owned(bytes) => match to_utf8(&bytes, &mut damage) {
                    Cow::Borrowed(same) if same.len() == bytes.len() => Cow::Owned(bytes),
                    other => Cow::Owned(other.into_owned()),
                },
            };
            let mut origin = input.origin.clone();
            let name = member.name.as_ref().unwrap_or(&input.origin.name);
            if many && member.name.is_some() {
                origin.name = format!("{}!{name}", origin.name);
            }
            let known = (&*request.formats, &request.rules);
            let reading = Reading::of(input.format, &origin, name, &bytes, known);
            origin.sourcetype = origin.sourcetype.or_else(|| reading.sourcetype.clone());
            let mut damage = std::mem::take(&mut damage);
            reading.tell(&mut damage);
            let bytes = if reading.is_whole() { without_damage(bytes, &mut damage) } else { bytes };
            Content { origin, reading, bytes, damage }
        };
        Ok(members.into_iter().map(content).collect())
    }

    /// The input in about as many parts as there are threads.
    fn parts(&self, threads: usize) -> Vec<(usize, usize)> {
        self.cut(threads.min(self.bytes.len() / MIN_PART))
    }

    /// The input in about so many parts.
    fn cut(&self, parts: usize) -> Vec<(usize, usize)> {
        let (length, parts) = (self.bytes.len(), if self.reading.is_whole() { 1 } else { parts.max(1) });
        let wished: Vec<usize> = (1..parts).map(|i| length / parts * i).collect();
        let mut cuts = if wished.is_empty() { Vec::new() } else { (self.reading.format.cuts)(&self.bytes, &wished) };
        cuts.retain(|&cut| cut > 0 && cut < length);
        cuts.dedup();
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([length]);
        starts.zip(ends).collect()
    }

    fn part<'p>(&'p self, (start, end): (usize, usize), request: &'p ReadRequest) -> Part<'p> {
        let settings = self.reading.settings.as_ref();
        Part { bytes: &self.bytes, complete: true, start, end, origin: &self.origin, settings, request }
    }

    fn read_parts(&self, parts: &[(usize, usize)], request: &ReadRequest) -> Read {
        let read: Vec<(TableBuilder, Damage)> = parts
            .par_iter()
            .map(|&part| {
                let (mut builder, mut damage) = (TableBuilder::new(), Damage::default());
                read_part(self.reading.format, &self.part(part, request), &mut builder, &mut damage);
                (builder, damage)
            })
            .collect();
        let mut damage = self.damage.clone();
        let mut all = Read { bytes: self.bytes.len() as u64, ..Read::default() };
        for (builder, found) in read {
            all.append(Read { builder, ..Read::default() });
            damage.merge(found);
        }
        all.warnings = damage.warnings(&self.origin.name);
        all
    }

    fn read_into(&self, all: &mut Read, request: &ReadRequest) {
        let mut damage = self.damage.clone();
        read_part(self.reading.format, &self.part((0, self.bytes.len()), request), &mut all.builder, &mut damage);
        all.warnings.extend(damage.warnings(&self.origin.name));
        all.bytes += self.bytes.len() as u64;
    }
}

/// Text in which U+FFFD stands where bytes were not UTF-8, so that patterns can look at all of it.
fn without_damage<'a>(bytes: Cow<'a, [u8]>, damage: &mut Damage) -> Cow<'a, [u8]> {
    let Err(error) = std::str::from_utf8(&bytes) else { return bytes };
    damage.note(NOT_UTF8, error.valid_up_to(), IN_PLACE);
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned().into_bytes())
}

const NOT_UTF8: &str = "values that are not UTF-8";
const IN_PLACE: &str = "U+FFFD stands in their place";

/// Reads the events of a part; values that are not what they were are damage.
pub(super) fn read_part(format: &FormatSpec, part: &Part<'_>, into: &mut TableBuilder, damage: &mut Damage) {
    let lossy = into.lossy();
    (format.read)(part, into, damage);
    if let Some(progress) = &part.request.progress {
        progress.add_bytes(part.end - part.start);
    }
    let found = into.lossy() - lossy;
    if found > 0 {
        let place =
            std::str::from_utf8(&part.bytes[part.start..part.end]).map_or_else(|error| error.valid_up_to(), |_| 0);
        damage.note_many(NOT_UTF8, found, part.start + place, IN_PLACE);
    }
}
