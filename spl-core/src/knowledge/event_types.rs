//! Event types and tags: names for searches, and names for those names ([`EventTypes`]).
//!
//! A test of `eventtype`, `tag` or `tag::<field>` is turned into the searches behind it, so that no such field need be made; the fields
//! themselves are made only when somebody reads them.
//!
//! Source: Knowledge Manager Manual, "Define event types in Splunk Web" and "Define and manage tags"; Admin Manual, `eventtypes.conf` and `tags.conf`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Conf;
use super::props::in_stanza;
use crate::error::{Diagnostic, Notes, Result};
use crate::expr::{FieldTest, SearchPredicate};
use crate::plan::FieldSet;
use crate::syntax::ast::{CompareOp, SearchValue, TermForm};
use crate::table::{Batch, Bitmap, Column, DictionaryBuilder, FieldName, MultiColumn, field_name};
use crate::value::ValueRef;

/// Event types may be named in the searches of others, to this depth.
const DEPTH: usize = 16;

/// Event types with their tags, and tags of other fields' values.
#[derive(Default)]
pub(super) struct EventTypes {
    /// By name.
    types: Vec<EventType>,
    /// Field, value and tag, for fields other than `eventtype`.
    values: Vec<(FieldName, String, String)>,
    reads: BTreeSet<FieldName>,
}

struct EventType {
    name: String,
    predicate: SearchPredicate,
    tags: BTreeSet<String>,
}

impl EventTypes {
    /// From `eventtypes.conf` and `tags.conf`; `expand` replaces macros in a search's text. Event types that are wrong are left out.
    pub(super) fn parse(
        event_types: &Conf,
        tags: &Conf,
        expand: &dyn Fn(&str) -> Result<String>,
    ) -> (EventTypes, Vec<Diagnostic>) {
        let mut problems = Vec::new();
        let mut all = EventTypes::default();
        let mut searches: BTreeMap<&String, SearchPredicate> = BTreeMap::new();
        for name in event_types.stanzas.keys().filter(|name| *name != "default") {
            let disabled = event_types.get_bool(name, "disabled").unwrap_or(false);
            let Some(search) = event_types.get(name, "search").filter(|_| !disabled) else { continue };
            let text = if search.contains('`') { expand(search) } else { Ok(search.to_owned()) };
            let bound = text
                .and_then(|text| crate::syntax::parse_search_expr(&text))
                .and_then(|expr| SearchPredicate::bind(&expr));
            match bound {
                Ok(predicate) => drop(searches.insert(name, predicate)),
                Err(e) => problems.push(*in_stanza("eventtypes", name, "search", search, *e)),
            }
        }
        for (name, predicate) in searches {
            all.types.push(EventType { name: name.clone(), predicate, tags: BTreeSet::new() });
        }
        for (stanza, settings) in &tags.stanzas {
            let Some((field, value)) = stanza.split_once('=') else { continue };
            let (field, value) = (field.trim(), unescaped(value.trim()));
            let enabled = settings.iter().filter(|(_, state)| state.eq_ignore_ascii_case("enabled"));
            for (tag, _) in enabled {
                if field != "eventtype" {
                    all.values.push((field_name(field), value.clone(), tag.clone()));
                    continue;
                }
                for of_name in all.types.iter_mut().filter(|t| t.name.eq_ignore_ascii_case(&value)) {
                    of_name.tags.insert(tag.clone());
                }
            }
        }
        // Searches that name event types or tags: a few rounds replace them all, but for those that name themselves.
        for _ in 0..DEPTH {
            let expanded: Vec<SearchPredicate> = all.types.iter().map(|t| all.expand(&t.predicate)).collect();
            let mut changed = false;
            for (own, predicate) in all.types.iter_mut().zip(expanded) {
                changed |= own.predicate.fields().iter().any(|f| is_name(f));
                own.predicate = predicate;
            }
            if !changed {
                break;
            }
        }
        all.reads = all.types.iter().flat_map(|t| t.predicate.fields()).collect();
        all.reads.extend(all.values.iter().map(|(field, ..)| field.clone()));
        all.reads.retain(|field| !is_name(field));
        (all, problems)
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.types.is_empty() && self.values.is_empty()
    }

    /// The fields that they give events.
    pub(super) fn fields(&self) -> BTreeSet<FieldName> {
        let mut fields: BTreeSet<FieldName> = BTreeSet::new();
        if !self.types.is_empty() {
            fields.insert(field_name("eventtype"));
        }
        if self.types.iter().any(|t| !t.tags.is_empty()) {
            fields.insert(field_name("tag::eventtype"));
        }
        fields.extend(self.values.iter().map(|(field, ..)| field_name(format!("tag::{field}"))));
        if fields.iter().any(|field| field.starts_with("tag::")) {
            fields.insert(field_name("tag"));
        }
        fields
    }

    /// The fields that must be there to tell.
    pub(super) fn reads(&self) -> &BTreeSet<FieldName> {
        &self.reads
    }

    /// Whether one of their fields is wanted.
    pub(super) fn is_wanted(&self, wanted: &FieldSet) -> bool {
        !self.is_empty() && self.fields().iter().any(|field| wanted.contains(field))
    }

    /// The predicate without tests of event types and tags: the searches behind them stand in their place.
    pub(super) fn expand(&self, predicate: &SearchPredicate) -> SearchPredicate {
        let all = |parts: &[SearchPredicate]| parts.iter().map(|p| self.expand(p)).collect();
        match predicate {
            SearchPredicate::Field(name, test) if is_name(name) => self.search_of(name, test),
            SearchPredicate::Not(inner) => match self.expand(inner) {
                SearchPredicate::Always(value) => SearchPredicate::Always(!value),
                inner => SearchPredicate::Not(Box::new(inner)),
            },
            SearchPredicate::And(parts) => SearchPredicate::all(all(parts)),
            SearchPredicate::Or(parts) => SearchPredicate::any(all(parts)),
            other => other.clone(),
        }
    }

    /// What an event must fulfil to have a name that passes the test.
    fn search_of(&self, field: &str, test: &FieldTest) -> SearchPredicate {
        let passes = |name: &str| test.accepts(ValueRef::Str(name));
        let of_types = self.types.iter().filter(|t| match field {
            "eventtype" => passes(&t.name),
            "tag" | "tag::eventtype" => t.tags.iter().any(|tag| passes(tag)),
            _ => false,
        });
        let of_values = self
            .values
            .iter()
            .filter(|(tagged, _, tag)| (field == "tag" || field.strip_prefix("tag::") == Some(tagged)) && passes(tag));
        let searches = of_types.map(|t| t.predicate.clone()).chain(of_values.map(|(f, value, _)| value_test(f, value)));
        SearchPredicate::any(searches.collect())
    }

    /// Field, value and tag.
    pub(super) fn tags(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let of_types =
            self.types.iter().flat_map(|t| t.tags.iter().map(|tag| ("eventtype", t.name.as_str(), tag.as_str())));
        of_types.chain(self.values.iter().map(|(field, value, tag)| (&**field, value.as_str(), tag.as_str())))
    }

    /// Gives rows the field `eventtype`, of these event types only.
    pub(super) fn give(&self, batches: &mut [Batch], only: Option<&[String]>, notes: &Notes) {
        let is_asked = |own: &&EventType| only.is_none_or(|only| only.contains(&own.name));
        let asked: Vec<&EventType> = self.types.iter().filter(is_asked).collect();
        let selected: Vec<Vec<Bitmap>> = asked.iter().map(|t| t.predicate.select(batches, notes)).collect();
        for (b, batch) in batches.iter_mut().enumerate() {
            let matching = asked.iter().zip(&selected).filter(|(_, rows)| !rows[b].none());
            let names = matching.map(|(own, rows)| (own.name.as_str(), rows[b].clone())).collect();
            match names_column(names, batch.rows()) {
                Some(column) => batch.set("eventtype", column),
                None => drop(batch.remove("eventtype")),
            }
        }
    }

    /// Gives events their names.
    pub(super) fn apply(&self, batches: &mut [Batch], wanted: &FieldSet, notes: &Notes) {
        let typed: Vec<Vec<Bitmap>> = self.types.iter().map(|t| t.predicate.select(batches, notes)).collect();
        let valued: Vec<Vec<Bitmap>> =
            self.values.iter().map(|(field, value, _)| value_test(field, value).select(batches, notes)).collect();
        for target in self.fields().iter().filter(|field| wanted.contains(field)) {
            for (b, batch) in batches.iter_mut().enumerate() {
                let mut names: BTreeMap<&str, Bitmap> = BTreeMap::new();
                let mut add = |name, rows: &Bitmap| match names.get_mut(name) {
                    Some(known) => known.or(rows),
                    None => drop(names.insert(name, rows.clone())),
                };
                for (own, rows) in self.types.iter().zip(&typed).filter(|(_, rows)| !rows[b].none()) {
                    match &**target {
                        "eventtype" => add(own.name.as_str(), &rows[b]),
                        "tag" | "tag::eventtype" => own.tags.iter().for_each(|tag| add(tag.as_str(), &rows[b])),
                        _ => {}
                    }
                }
                for ((field, _, tag), rows) in self.values.iter().zip(&valued).filter(|(_, rows)| !rows[b].none()) {
                    if &**target == "tag" || target.strip_prefix("tag::") == Some(field) {
                        add(tag.as_str(), &rows[b]);
                    }
                }
                // What an event says of itself counts more.
                if let Some(made) = names_column(names, batch.rows()) {
                    let own = batch.column(target).map(|own| own.or(&made));
                    batch.set(target, own.unwrap_or(made));
                }
            }
        }
    }
}

/// Whether the field holds names of event types or tags.
pub(super) fn is_name(field: &str) -> bool {
    matches!(field, "eventtype" | "tag") || field.starts_with("tag::")
}

fn value_test(field: &FieldName, value: &str) -> SearchPredicate {
    let value = SearchValue {
        text: value.to_owned(),
        quoted: true,
        form: TermForm::Plain,
        span: crate::error::Span::default(),
    };
    SearchPredicate::Field(field.clone(), FieldTest::compare(CompareOp::Equal, &value))
}

/// The names of each row, in order; `None` when no row has one.
fn names_column(names: BTreeMap<&str, Bitmap>, rows: usize) -> Option<Column> {
    if names.is_empty() {
        return None;
    }
    let mut dictionary = DictionaryBuilder::default();
    let coded: Vec<(u32, Bitmap)> = names.into_iter().map(|(name, rows)| (dictionary.intern(name), rows)).collect();
    let (mut offsets, mut parts) = (Vec::with_capacity(rows + 1), Vec::new());
    offsets.push(0);
    for row in 0..rows {
        parts.extend(coded.iter().filter(|(_, rows)| rows.get(row)).map(|(code, _)| *code));
        offsets.push(parts.len() as u32);
    }
    let child = Column::Dict(Arc::new(dictionary.finish()), parts.into());
    Some(Column::Multi(Arc::new(MultiColumn::new(&offsets, child))))
}

/// `%20` and the like, which stand for characters that a stanza's name cannot hold.
fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
        match (bytes[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                plain.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}
