//! What `props.conf` says for the time of indexing: how the text of an input is cut into events, where their times stand, which fields they
//! have, and what is done to them. [`TextRules`] are the settings of one stanza or of several laid over each other, [`InputRules`] say
//! which hold for an input, and [`Reading`] puts that together with the input's format.
//!
//! Settings hold for inputs, as in Splunk: for the source, source type and host that one is given, else for those that its first event has.
//! Events that say themselves, each for its own, where they come from (JSON with a member `sourcetype`, mixed logs) are not read anew.
//!
//! Source: Admin Manual, `props.conf` and `transforms.conf`; Getting Data In, "Configure event line breaking", "Configure timestamp
//! recognition", "Extract fields from files with structured data", "Anonymize data".

mod edits;
mod fields;
mod lines;
mod times;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub(super) use edits::{Edited, Origins};
pub use edits::{Edits, Key, Transform};
pub use fields::FieldRules;
pub use lines::LineRules;
pub use times::TimeRules;

use super::{Damage, FormatSpec, Origin, Part, ReadRequest, detect_among, head, read_part};
use crate::table::TableBuilder;

/// The settings for the time of indexing of one or several stanzas; what is not set is found by looking at the text.
#[derive(Clone, Debug, Default)]
pub struct TextRules {
    /// `sourcetype`: the input's, where it is given none.
    pub sourcetype: Option<String>,
    /// Where events begin and end.
    pub lines: LineRules,
    /// Where their times stand.
    pub times: TimeRules,
    /// How the fields of a table are told apart.
    pub fields: FieldRules,
    /// What is done to events.
    pub edits: Edits,
}

impl TextRules {
    /// These settings, and the other's where there are none.
    #[must_use]
    pub fn or(self, other: &TextRules) -> TextRules {
        TextRules {
            sourcetype: self.sourcetype.or_else(|| other.sourcetype.clone()),
            lines: self.lines.or(&other.lines),
            times: self.times.or(&other.times),
            fields: self.fields.or(&other.fields),
            edits: self.edits.or(&other.edits),
        }
    }

    /// Whether events can only be told by reading the text from its beginning.
    pub(super) fn reads_in_order(&self) -> bool {
        self.lines.are_explicit() || self.times.compare() || self.fields.are_explicit()
    }

    /// Whether events may have other texts, times or origins than can be read in the input.
    pub(super) fn changes_events(&self) -> bool {
        self.lines.truncate.is_some() || self.times.compare() || !self.edits.are_none()
    }

    /// The events of a text; `None` when nothing is said of them.
    pub(super) fn events<'a>(&self, text: impl FnOnce() -> &'a str) -> Option<Vec<Range<usize>>> {
        self.lines.are_explicit().then(|| self.lines.events(&self.times, text()))
    }
}

/// Says which settings hold for an input.
#[derive(Clone, Default)]
pub struct InputRules(Option<Arc<Find>>);

type Find = dyn Fn(&Origin) -> Option<Arc<TextRules>> + Send + Sync;

impl InputRules {
    /// Settings as a function finds them.
    pub fn new(find: impl Fn(&Origin) -> Option<Arc<TextRules>> + Send + Sync + 'static) -> Self {
        InputRules(Some(Arc::new(find)))
    }

    /// Those for an input of this source (its name, where none is given), source type and host.
    pub fn find(&self, origin: &Origin) -> Option<Arc<TextRules>> {
        self.0.as_ref()?(origin)
    }
}

impl fmt::Debug for InputRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputRules").field("any", &self.0.is_some()).finish()
    }
}

/// The settings that hold for an input, and where it comes from.
#[derive(Clone, Debug)]
pub struct InputSettings {
    pub(super) rules: Arc<TextRules>,
    pub(super) origins: Origins,
}

/// How an input is read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) format: &'static FormatSpec,
    pub(super) settings: Option<InputSettings>,
    /// The source type that settings give the input.
    pub(super) sourcetype: Option<String>,
}

/// Bytes of an input in which its first event is looked for.
pub(super) const FIRST_EVENT: usize = 1 << 16;

impl Reading {
    /// How an input is read that comes from there and begins with these bytes; `name` is that of its file.
    pub(super) fn of(
        given: Option<&'static FormatSpec>,
        origin: &Origin,
        name: &str,
        bytes: &[u8],
        (own, rules): (&[&'static FormatSpec], &InputRules),
    ) -> Reading {
        let detect = || detect_among(own, name, head(bytes));
        if rules.0.is_none() {
            return Reading { format: given.unwrap_or_else(detect), settings: None, sourcetype: None };
        }
        let indexed = |rules: &Option<Arc<TextRules>>| super::format(rules.as_ref()?.fields.format?);
        let mut origin = origin.clone();
        let sourcetype = match &origin.sourcetype {
            None => rules.find(&origin).and_then(|rules| rules.sourcetype.clone()),
            Some(_) => None,
        };
        origin.sourcetype = origin.sourcetype.or_else(|| sourcetype.clone());
        let format = given.or_else(|| indexed(&rules.find(&origin))).unwrap_or_else(detect);
        let known = |part: &Option<String>| part.is_some();
        if ![&origin.source, &origin.sourcetype, &origin.host].into_iter().all(known) {
            let [source, sourcetype, host] = first_event(format, &origin, &bytes[..bytes.len().min(FIRST_EVENT)]);
            origin.source = origin.source.or(source);
            origin.sourcetype = origin.sourcetype.or(sourcetype);
            origin.host = origin.host.or(host);
        }
        let found = rules.find(&origin);
        let format = given.or_else(|| indexed(&found)).unwrap_or(format);
        let settings = found.map(|rules| InputSettings { rules, origins: Origins::of(&origin) });
        Reading { format, settings, sourcetype }
    }

    /// Whether the input must be read as a whole: only its settings tell events apart.
    pub(super) fn is_whole(&self) -> bool {
        self.settings.as_ref().is_some_and(|settings| settings.rules.reads_in_order())
    }

    /// What settings say that this format cannot follow goes to the damage.
    pub(super) fn tell(&self, damage: &mut Damage) {
        let Some(settings) = self.settings.as_ref().filter(|_| self.format.name != "text") else { return };
        if let Some(setting) = settings.rules.edits.of_text() {
            let why = format!("{setting}, but its format is {}", self.format.name);
            damage.note("settings that change the text of events, which only plain text allows", 0, why);
        }
    }
}

/// Source, source type and host of the first event, as its format finds them.
fn first_event(format: &FormatSpec, origin: &Origin, bytes: &[u8]) -> [Option<String>; 3] {
    const FIELDS: [&str; 3] = ["source", "sourcetype", "host"];
    let fields = Some(FIELDS.map(str::to_owned).into());
    let request = ReadRequest { fields, raw: false, ..ReadRequest::default() };
    let read = |end: usize| {
        let part =
            Part { bytes: &bytes[..end], complete: false, start: 0, end, origin, settings: None, request: &request };
        let mut builder = TableBuilder::new();
        read_part(format, &part, &mut builder, &mut Damage::default());
        let table = builder.finish();
        let batch = table.batches().iter().find(|batch| batch.rows() > 0)?;
        Some(FIELDS.map(|field| Some(batch.get(field, 0).text().into_owned()).filter(|text| !text.is_empty())))
    };
    // The second event begins where the first one ends; some formats have something else in front.
    let end = (format.cuts)(bytes, &[1.min(bytes.len())]).first().map_or(bytes.len(), |&cut| cut.min(bytes.len()));
    read(end).or_else(|| read(bytes.len())).unwrap_or_default()
}
