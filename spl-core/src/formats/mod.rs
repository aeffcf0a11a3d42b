//! From bytes to a [`TableBuilder`]: the formats that logs come in, one file each, and [`load`] that reads many inputs on all cores.
//!
//! A format turns bytes into events with fields named as they are in the source. It does not know searches, nor fields that are
//! derived from others (`EventCode`, `dest`): that is knowledge, and comes later.

mod archive;
#[cfg(feature = "arrow")]
mod arrow;
mod csv;
mod damage;
mod decode;
mod event;
#[cfg(feature = "evtx")]
mod evtx;
mod json;
mod load;
mod names;
#[cfg(feature = "parquet")]
mod parquet;
mod part;
mod pieces;
mod progress;
mod rules;
mod scan;
mod skeleton;
mod stamp;
mod text;
mod unpacked;
mod xml;
mod zeek;

use std::collections::HashSet;
use std::sync::Arc;

use archive::unpack_until;
pub use archive::{MAX_INFLATED, Member, decompress, unpack, unpack_members};
pub use csv::read_rows;
pub use damage::Damage;
pub use decode::to_utf8;
pub(crate) use load::load_pieces;
use load::read_part;
pub use load::{Loaded, load, load_reader};
#[cfg(feature = "parquet")]
pub use parquet::{Packing, write_parquet};
pub use part::Part;
pub use pieces::{Decoded, Piece, Pieces};
pub use progress::Progress;
pub use rules::{Edits, FieldRules, InputRules, InputSettings, Key, LineRules, TextRules, TimeRules, Transform};
pub use scan::Candidates;
pub use stamp::parse_time;

use crate::error::Cancel;
use crate::table::TableBuilder;

/// A format: how it is recognised, and how it is read. Those of one's own go to
/// [`EngineBuilder::format`](crate::EngineBuilder::format) or [`ReadRequest::formats`]; `examples/own_format.rs` is one.
pub struct FormatSpec {
    /// What the user calls it.
    pub name: &'static str,
    /// File name extensions, lower case, without the point.
    pub extensions: &'static [&'static str],
    /// One line about it.
    pub summary: &'static str,
    /// How its content is recognised.
    pub signs: &'static str,
    /// Whether content that begins like this is (nearly certainly) of this format.
    pub sniff: fn(head: &[u8]) -> bool,
    /// Positions at which the bytes may be cut into parts that can be read on their own: ascending, within the bytes, behind the
    /// ones wished for. Without any, an input is read by one core.
    pub cuts: fn(bytes: &[u8], wished: &[usize]) -> Vec<usize>,
    /// Reads the events that begin in the part.
    pub read: fn(part: &Part<'_>, into: &mut TableBuilder, damage: &mut Damage),
    /// What must stand before the events of the next part so that they can be read without this one, whose bytes are given: the header
    /// of a table. `None` when parts cannot be read without the others.
    pub preamble: Option<Preamble>,
}

impl FormatSpec {
    /// What simple formats share: they are told by nothing but their extensions or by name, and read as a whole.
    pub const BLANK: FormatSpec = FormatSpec {
        name: "",
        extensions: &[],
        summary: "",
        signs: "",
        sniff: |_| false,
        cuts: |_, _| Vec::new(),
        read: |_, _, _| {},
        preamble: None,
    };
}

impl std::fmt::Debug for FormatSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FormatSpec").field("name", &self.name).finish_non_exhaustive()
    }
}

/// From the bytes of a part to what the next one needs.
pub type Preamble = fn(&[u8]) -> Vec<u8>;

/// The formats, most telling first.
pub static FORMATS: &[&FormatSpec] = &[
    #[cfg(feature = "parquet")]
    &parquet::FORMAT,
    #[cfg(feature = "evtx")]
    &evtx::FORMAT,
    &xml::FORMAT,
    &json::FORMAT,
    &zeek::FORMAT,
    &csv::FORMAT,
    &text::FORMAT,
];

/// The format of this name.
pub fn format(name: &str) -> Option<&'static FormatSpec> {
    FORMATS.iter().find(|format| format.name.eq_ignore_ascii_case(name)).copied()
}

/// The format of a file of this name whose (unpacked) content begins with `head`: by content, then by extension, else plain text.
pub fn detect(name: &str, head: &[u8]) -> &'static FormatSpec {
    let by_name = by_extension(&inner_extension(name).0);
    let by_content = FORMATS.iter().find(|format| (format.sniff)(head)).copied();
    match (by_name, by_content) {
        (Some(named), _) if (named.sniff)(head) => named,
        (_, Some(seen)) => seen,
        (Some(named), None) => named,
        (None, None) => &text::FORMAT,
    }
}

/// As [`detect`], with formats from outside, which come first: one that knows the content, then one that has the extension.
pub(crate) fn detect_among(own: &[&'static FormatSpec], name: &str, head: &[u8]) -> &'static FormatSpec {
    let extension = inner_extension(name).0;
    let by_content = own.iter().find(|format| (format.sniff)(head));
    let found = by_content.or_else(|| own.iter().find(|format| format.extensions.contains(&&*extension)));
    found.copied().unwrap_or_else(|| detect(name, head))
}

/// Whether a file of this name looks like one of the formats, also packed; an archive may hold anything.
pub fn has_known_extension(name: &str) -> bool {
    let (extension, packed) = inner_extension(name);
    by_extension(&extension).is_some() || packed && extension.is_empty()
}

fn by_extension(extension: &str) -> Option<&'static FormatSpec> {
    FORMATS.iter().find(|format| format.extensions.contains(&extension)).copied()
}

/// The extension of a file's name, lower case, without that of a packer, and whether there was one.
fn inner_extension(name: &str) -> (String, bool) {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    let inner = [".gz", ".zst", ".zip"].iter().find_map(|packed| name.strip_suffix(packed));
    let extension = inner.unwrap_or(&name).rsplit_once('.').map_or("", |(_, extension)| extension);
    (extension.to_owned(), inner.is_some())
}

/// Bytes to read events from.
pub struct Input<'a> {
    /// The content, possibly compressed.
    pub bytes: &'a [u8],
    /// Its format; found by content and name when `None`.
    pub format: Option<&'static FormatSpec>,
    /// What its events are said to come from.
    pub origin: Origin,
}

/// What events are said to come from, where they do not say it themselves.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The name of the file, for messages and as the `source` of last resort.
    pub name: String,
    /// Of an archive, which files are read: as in [`unpack_members`].
    pub members: Option<String>,
    /// Overrides `main`.
    pub index: Option<String>,
    /// Overrides the source that the format would give.
    pub source: Option<String>,
    /// Overrides the source type that the format would give.
    pub sourcetype: Option<String>,
    /// Overrides the host that the event would give.
    pub host: Option<String>,
}

/// What of the events is wanted.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The fields; all when `None`.
    pub fields: Option<HashSet<String>>,
    /// Literals that every event of interest contains. Events without them may be left out, and mostly are.
    pub candidates: Candidates,
    /// Whether `_raw` is wanted.
    pub raw: bool,
    /// Whether that of plain text is, though others are not.
    pub raw_of_text: bool,
    /// Events before this time are left out.
    pub earliest: Option<f64>,
    /// Events from this time on are left out.
    pub latest: Option<f64>,
    /// The time by which dates without a year are understood: the last such day before it. Without it they are no dates.
    pub now: Option<f64>,
    /// What formats that keep their fields apart can test before they read everything.
    pub tests: Vec<AnyOf>,
    /// How inputs become events, where something is said of that.
    pub rules: InputRules,
    /// Formats besides those that are built in; they are asked first.
    pub formats: Vec<&'static FormatSpec>,
    /// Counts along, for somebody who waits.
    pub progress: Option<Arc<Progress>>,
    /// Ends the reading with [`ErrorKind::Cancelled`](crate::error::ErrorKind::Cancelled), from any thread.
    pub cancel: Cancel,
}

/// A condition that every event of interest fulfils, but for those whose fields are found in their text: one of its tests is passed.
#[derive(Clone, Debug, Default)]
pub struct AnyOf(pub Vec<ValueTest>);

/// A test of one of an event's own fields, by value.
#[derive(Clone)]
pub struct ValueTest {
    /// The field; without it the test is not passed.
    pub field: String,
    /// Whether a value passes; one of several values is enough.
    pub accepts: Accepts,
}

/// Whether a value passes a test.
pub type Accepts = Arc<dyn Fn(&str) -> bool + Send + Sync>;

impl std::fmt::Debug for ValueTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ValueTest").field("field", &self.field).finish_non_exhaustive()
    }
}

impl Default for ReadRequest {
    fn default() -> Self {
        ReadRequest {
            fields: None,
            candidates: Candidates::default(),
            raw: true,
            raw_of_text: false,
            earliest: None,
            latest: None,
            now: None,
            tests: Vec::new(),
            rules: InputRules::default(),
            formats: Vec::new(),
            progress: None,
            cancel: Cancel::default(),
        }
    }
}

impl ReadRequest {
    /// Whether the field is wanted.
    pub fn wants(&self, field: &str) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.contains(field))
    }

    /// Whether events of this time are wanted. A range of time leaves out events that have none.
    pub fn wants_time(&self, time: f64) -> bool {
        self.earliest.is_none_or(|earliest| time >= earliest) && self.latest.is_none_or(|latest| time < latest)
    }
}

/// The first lines, with their line breaks.
pub(crate) fn first_lines(bytes: &[u8], lines: usize) -> &[u8] {
    let end = memchr::memchr_iter(b'\n', bytes).nth(lines - 1).map_or(bytes.len(), |at| at + 1);
    &bytes[..end]
}

/// The first `head` bytes, for [`FormatSpec::sniff`].
pub(crate) fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(4096)]
}
