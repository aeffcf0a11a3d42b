//! [`Extraction`]: fields from a regular expression or from delimiters, once for each distinct text.
//!
//! What `EXTRACT-` of `props.conf` and a stanza of `transforms.conf` (for `REPORT-`) say. Fields that an event has already stay.
//!
//! Source: Admin Manual, `props.conf` (EXTRACT) and `transforms.conf` (REGEX, FORMAT, SOURCE_KEY, MV_ADD, DELIMS, FIELDS, CLEAN_KEYS).

use std::sync::Arc;

use indexmap::IndexMap;
use rayon::prelude::*;

use crate::error::Notes;
use crate::pattern::{Groups, Pattern, Template};
use crate::plan::FieldSet;
use crate::table::{
    Batch, Bitmap, Column, Dictionary, DictionaryBuilder, FieldName, MultiColumn, dictionaries_of, field_name,
};
use crate::value::ValueRef;

/// Fields that one extraction may make of a batch.
const MOST_FIELDS: usize = 1_000;
/// Dictionary entries that are looked at as one piece.
const PIECE: usize = 8_192;

/// How fields come out of a text.
#[derive(Debug)]
pub(crate) struct Extraction {
    /// The field that holds the text.
    pub(super) source: String,
    pub(super) how: How,
    /// Whether further values of a field are added to the first.
    pub(super) multivalue: bool,
    /// Whether characters that names cannot hold become `_`.
    pub(super) clean_keys: bool,
    /// Whether an empty value is a value.
    pub(super) keep_empty: bool,
}

/// The forms of an extraction.
#[derive(Debug)]
pub(super) enum How {
    /// Groups that have the name of their field; the first match only.
    Named(Pattern, Vec<(usize, FieldName)>),
    /// `FORMAT`: names and values made of groups; every match.
    Format(Pattern, Vec<(Template, Template)>),
    /// `DELIMS`: pairs parted by characters of the first set, key and value by characters of the second.
    Pairs(String, String),
    /// `DELIMS` and `FIELDS`: values in the order of the names.
    List(String, Vec<FieldName>),
    /// `key=value` anywhere, as `KV_MODE = auto` finds them; only in events that have no fields of their own.
    AutoPairs,
}

impl Extraction {
    /// The field that holds the text.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The names of the fields it makes; `None` when they come from the events.
    pub(super) fn fields(&self) -> Option<Vec<&str>> {
        match &self.how {
            How::Named(_, groups) => Some(groups.iter().map(|(_, name)| &**name).collect()),
            How::Format(_, pairs) => pairs.iter().map(|(name, _)| name.fixed()).collect(),
            How::Pairs(..) | How::AutoPairs => None,
            How::List(_, names) => Some(names.iter().map(|name| &**name).collect()),
        }
    }

    /// Whether it may make one of the fields.
    pub(super) fn is_wanted(&self, wanted: &FieldSet) -> bool {
        match self.fields() {
            Some(fields) => fields.iter().any(|field| wanted.contains(field)),
            None => wanted.is_all() || wanted.names().next().is_some(),
        }
    }

    /// Whether each value it makes stands in the text as it is.
    pub(super) fn copies(&self, field: &str) -> bool {
        match &self.how {
            How::Format(_, pairs) => {
                pairs.iter().all(|(name, value)| name.fixed().is_some_and(|name| name != field) || value.is_one_group())
            }
            _ => true,
        }
    }

    /// Gives the batches the fields, until the run is ending.
    pub(crate) fn apply(&self, batches: &mut [Batch], wanted: &FieldSet, notes: &Notes) {
        let dictionaries = dictionaries_of(batches.iter().map(|batch| batch.column(&self.source)));
        let found: Vec<(Arc<Dictionary>, Columns)> = dictionaries
            .into_iter()
            .filter(|(dictionary, rows)| dictionary.len() <= 2 * rows + 64)
            .map(|(dictionary, _)| {
                let codes: Vec<u32> = (0..=dictionary.len() as u32).collect();
                let pieces: Vec<Found> = codes
                    .par_chunks(PIECE)
                    .map(|piece| {
                        // There is a slot for each code, come what may.
                        let go = !notes.is_ending();
                        self.find_all(piece.iter().map(|&code| dictionary.get(code).filter(|_| go)), wanted)
                    })
                    .collect();
                let whole = pieces.into_iter().reduce(Found::append).unwrap_or_default();
                (dictionary, whole.finish())
            })
            .collect();
        batches.par_iter_mut().for_each(|batch| {
            let plain = if matches!(self.how, How::AutoPairs) { plain_rows(batch) } else { None };
            if plain.as_ref().is_some_and(Bitmap::none) || notes.is_ending() {
                return;
            }
            let columns: Columns = match batch.column(&self.source) {
                None => return,
                Some(Column::Dict(dictionary, codes)) => {
                    match found.iter().find(|(known, _)| Arc::ptr_eq(known, dictionary)) {
                        Some((_, found)) => take(found, codes),
                        None => {
                            let mut used: Vec<u32> = codes.to_vec();
                            used.sort_unstable();
                            used.dedup();
                            let found = self.find_all(used.iter().map(|&code| dictionary.get(code)), wanted);
                            let places: Vec<u32> =
                                codes.iter().map(|code| used.binary_search(code).unwrap_or(0) as u32).collect();
                            take(&found.finish(), &places)
                        }
                    }
                }
                Some(Column::Const(value, rows)) => {
                    let text = value.text();
                    let found = self.find_all([(!value.is_null()).then_some(&*text)].into_iter(), wanted);
                    take(&found.finish(), &vec![0; *rows])
                }
                Some(Column::Text(texts)) => {
                    let mut finder = Finder::new(self, wanted, texts.len());
                    texts.for_each(|slot, text| finder.find(slot, text));
                    finder.found.finish()
                }
                Some(column) => {
                    let texts: Vec<_> = (0..column.len())
                        .map(|row| match column.get(row) {
                            ValueRef::Null => None,
                            value => Some(value.text()),
                        })
                        .collect();
                    self.find_all(texts.iter().map(|t| t.as_deref()), wanted).finish()
                }
            };
            for (name, column) in columns {
                let column = match &plain {
                    Some(plain) => column.choose(&Column::null(column.len()), |row| plain.get(row)),
                    None => column,
                };
                if column.all_null() {
                    continue;
                }
                let column = batch.column(&name).map_or(column.clone(), |existing| existing.or(&column));
                batch.set(&name, column);
            }
        });
    }

    fn find_all<'a>(&self, texts: impl ExactSizeIterator<Item = Option<&'a str>>, wanted: &FieldSet) -> Found {
        let mut finder = Finder::new(self, wanted, texts.len());
        texts.enumerate().for_each(|(slot, text)| finder.find(slot, text));
        finder.found
    }

    /// Calls `each` with every field and value of the text. A pattern that gives up on a text finds nothing more in it.
    fn find(&self, text: &str, groups: Option<&mut Groups>, each: &mut dyn FnMut(&str, &str)) {
        match &self.how {
            How::Named(pattern, names) => {
                let mut own = |groups: &Groups| {
                    for (index, name) in names {
                        if let Some(range) = groups.get(*index) {
                            each(name, &text[range]);
                        }
                    }
                };
                if self.multivalue {
                    let _ = pattern.for_each_captures(text, |groups| {
                        own(groups);
                        true
                    });
                } else if let Some(groups) = groups
                    && matches!(pattern.captures_at(text, 0, groups), Ok(true))
                {
                    own(groups);
                }
            }
            How::Format(pattern, pairs) => {
                let _ = pattern.for_each_captures(text, |groups| {
                    for (name, value) in pairs {
                        let name = name.fill(text, groups);
                        let name = if self.clean_keys { clean_key(&name) } else { name };
                        if !name.is_empty() {
                            each(&name, &value.fill(text, groups));
                        }
                    }
                    true
                });
            }
            How::Pairs(pair, key) => {
                for part in text.split(|c| pair.contains(c)) {
                    if let Some((name, value)) = part.split_once(|c| key.contains(c)) {
                        let name = if self.clean_keys { clean_key(name.trim()) } else { name.trim().to_owned() };
                        if !name.is_empty() {
                            each(&name, unquoted(value.trim()));
                        }
                    }
                }
            }
            How::AutoPairs => super::auto_kv::pairs(text, |name, value| {
                let name = if self.clean_keys { clean_key(name) } else { name.to_owned() };
                if !name.is_empty() {
                    each(&name, value);
                }
            }),
            How::List(delims, names) => {
                let mut rest = text;
                for name in names {
                    let (value, after) = list_item(rest, delims);
                    each(name, unquoted(value));
                    match after {
                        Some(after) => rest = after,
                        None => break,
                    }
                }
            }
        }
    }
}

/// An extraction in the course of looking through texts.
struct Finder<'a> {
    extraction: &'a Extraction,
    wanted: &'a FieldSet,
    groups: Option<Groups>,
    found: Found,
}

impl<'a> Finder<'a> {
    fn new(extraction: &'a Extraction, wanted: &'a FieldSet, slots: usize) -> Self {
        let groups = match &extraction.how {
            How::Named(pattern, _) | How::Format(pattern, _) => Some(pattern.groups()),
            _ => None,
        };
        Finder { extraction, wanted, groups, found: Found { slots, fields: IndexMap::new() } }
    }

    fn find(&mut self, slot: usize, text: Option<&str>) {
        let Some(text) = text else { return };
        let Finder { extraction, wanted, groups, found } = self;
        extraction.find(text, groups.as_mut(), &mut |name, value| {
            if wanted.contains(name) && (extraction.keep_empty || !value.is_empty()) {
                found.add(slot as u32, name, value, extraction.multivalue);
            }
        });
    }
}

/// The rows that have no fields but those that every event has; `None` when all rows are such.
fn plain_rows(batch: &Batch) -> Option<Bitmap> {
    let mut rows: Option<Bitmap> = None;
    for (_, column) in batch.columns().filter(|(name, _)| !is_default(name)) {
        let mut absent = column.present();
        absent.negate();
        match &mut rows {
            Some(rows) => rows.and(&absent),
            None => rows = Some(absent),
        }
        if rows.as_ref().is_some_and(Bitmap::none) {
            break;
        }
    }
    rows
}

/// Whether it is a field that every event has.
fn is_default(field: &str) -> bool {
    matches!(field, "index" | "source" | "sourcetype" | "host" | "_time" | "_indextime" | "_raw")
}

/// The text up to the next delimiter that does not stand in quotes, and what follows it.
fn list_item<'a>(text: &'a str, delims: &str) -> (&'a str, Option<&'a str>) {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            c if !quoted && delims.contains(c) => return (&text[..at], Some(&text[at + c.len_utf8()..])),
            _ => {}
        }
    }
    (text, None)
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(text)
}

/// A name of letters, digits and `_`, as Splunk cleans the keys it finds.
pub(crate) fn clean_key(name: &str) -> String {
    let cleaned: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    cleaned.trim_start_matches(|c: char| c == '_' || c.is_ascii_digit()).to_owned()
}

/// Values found in a run of texts, field by field.
#[derive(Default)]
struct Found {
    /// How many texts there are.
    slots: usize,
    fields: IndexMap<FieldName, FoundField>,
}

/// One field's values: a code for each text that has one, and further ones where there are several.
#[derive(Default)]
struct FoundField {
    dictionary: DictionaryBuilder,
    /// (text, code), ascending by text.
    values: Vec<(u32, u32)>,
    several: bool,
}

impl Found {
    fn add(&mut self, slot: u32, name: &str, value: &str, multivalue: bool) {
        let full = self.fields.len() >= MOST_FIELDS;
        let field = match self.fields.get_mut(name) {
            Some(field) => field,
            None if full => return,
            None => self.fields.entry(field_name(name)).or_default(),
        };
        let again = field.values.last().is_some_and(|(last, _)| *last == slot);
        if !again || multivalue {
            let code = field.dictionary.intern(value);
            field.values.push((slot, code));
            field.several |= again;
        }
    }

    /// The texts of `later` behind these.
    fn append(mut self, later: Found) -> Found {
        for (name, theirs) in later.fields {
            let ours = self.fields.entry(name).or_default();
            ours.several |= theirs.several;
            for (slot, code) in theirs.values {
                let code = ours.dictionary.intern(theirs.dictionary.get(code));
                ours.values.push((slot + self.slots as u32, code));
            }
        }
        self.slots += later.slots;
        self
    }

    /// A column for each field, a row for each text.
    fn finish(self) -> Columns {
        let slots = self.slots;
        let one = |(name, field): (FieldName, FoundField)| {
            let dictionary = Arc::new(field.dictionary.finish());
            let column = if field.several {
                let mut offsets = vec![0u32; slots + 1];
                field.values.iter().for_each(|(slot, _)| offsets[*slot as usize + 1] += 1);
                (1..=slots).for_each(|i| offsets[i] += offsets[i - 1]);
                let parts = field.values.iter().map(|(_, code)| *code).collect();
                Column::Multi(Arc::new(MultiColumn::new(&offsets, Column::Dict(dictionary, parts))))
            } else {
                let mut all = vec![0u32; slots];
                field.values.iter().for_each(|(slot, code)| all[*slot as usize] = *code);
                Column::Dict(dictionary, all.into())
            };
            (name, column)
        };
        self.fields.into_iter().map(one).collect()
    }
}

type Columns = Vec<(FieldName, Column)>;

/// The rows `codes` of the columns.
fn take(columns: &Columns, codes: &[u32]) -> Columns {
    columns.iter().map(|(name, column)| (name.clone(), column.take(codes))).collect()
}
