//! Search-time fields: which rules hold for which events ([`Knowledge`]).
//!
//! Read: `EXTRACT-`, `REPORT-` with `transforms.conf`, `KV_MODE`, `FIELDALIAS-` (`AS`, `ASNEW`), `EVAL-` and `LOOKUP-` of `[sourcetype]`, `[source::pattern]`,
//! `[host::pattern]` and `[default]` stanzas, with `priority`; event types and tags. Fields are made only when a search needs them. Settings for the time of indexing
//! are kept for those who read inputs ([`Knowledge::input_rules`]).
//!
//! Source: Admin Manual, `props.conf`; Knowledge Manager Manual, "The sequence of search-time operations".

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use indexmap::IndexMap;

use super::Conf;
use super::auto_kv;
use super::event_types::EventTypes;
use super::extraction::Extraction;
use super::indexing::parse_index_transform;
use super::lookups::{LookupJoin, Lookups};
use super::props::{Applies, KvMode, Setting, Stanza, in_stanza, parse_transform};
use super::rules::{Rules, is_text};
use crate::error::{Diagnostic, ErrorKind, Notes, Result};
use crate::expr::{FieldTest, SearchPredicate};
use crate::formats::{InputRules, TextRules, Transform};
use crate::functions::Context;
use crate::plan::{FieldSet, Predicate};
use crate::table::{Batch, Bitmap, Column};

/// What is known of source types.
#[derive(Default)]
pub struct Knowledge {
    stanzas: IndexMap<String, (Applies, Stanza)>,
    transforms: IndexMap<String, Arc<Extraction>>,
    /// All stanzas of `transforms.conf`, with what they are for the time of indexing.
    index_transforms: IndexMap<String, Option<Arc<Transform>>>,
    event_type_conf: Conf,
    tag_conf: Conf,
    event_types: Arc<EventTypes>,
    /// The automatic lookups by stanza and key, once they are bound.
    joins: BTreeMap<(String, String), Arc<LookupJoin>>,
    /// The rules for events that the same stanzas are about.
    rules: RwLock<BTreeMap<Vec<usize>, Arc<Rules>>>,
}

/// Events that the same rules hold for.
pub(crate) struct Piece {
    pub(crate) batch: Batch,
    pub(crate) rules: Arc<Rules>,
}

const KIND: [&str; 3] = ["source", "sourcetype", "host"];

impl Knowledge {
    /// Adds the stanzas of a `props.conf`; a setting that is known already is replaced. Settings that are wrong have no effect: what is
    /// wrong with them.
    pub fn add_props(&mut self, conf: &Conf) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        for (name, settings) in &conf.stanzas {
            let stanza = Stanza::parse(name, settings, &mut problems);
            match (self.stanzas.get_mut(name), Applies::parse(name)) {
                (Some((_, known)), _) => known.merge(stanza),
                (None, Ok(applies)) => drop(self.stanzas.insert(name.clone(), (applies, stanza))),
                (None, Err(problem)) => problems.push(*problem),
            }
        }
        self.forget();
        problems
    }

    /// Adds the extractions of a `transforms.conf`; what is wrong with some, which have no effect.
    pub fn add_transforms(&mut self, conf: &Conf) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        for name in conf.stanzas.keys() {
            match parse_transform(name, conf) {
                Ok(Some(extraction)) => drop(self.transforms.insert(name.clone(), Arc::new(extraction))),
                Ok(None) => {}
                Err(problem) => problems.push(*problem),
            }
            match parse_index_transform(name, conf) {
                Ok(found) => drop(self.index_transforms.insert(name.clone(), found.map(Arc::new))),
                Err(problem) => {
                    self.index_transforms.insert(name.clone(), None);
                    problems.push(*problem);
                }
            }
        }
        self.forget();
        problems
    }

    /// The extraction of a stanza of `transforms.conf`.
    pub(crate) fn extraction(&self, name: &str) -> Option<Arc<Extraction>> {
        self.transforms.get(name).cloned()
    }

    /// Adds the event types of an `eventtypes.conf`; what is wrong with some, which match nothing. Those with macros match nothing until
    /// [`Knowledge::bind`] is called.
    pub fn add_event_types(&mut self, conf: &Conf) -> Vec<Diagnostic> {
        let others = std::mem::replace(&mut self.event_type_conf, conf.clone());
        let problems = self.bind_event_types(&|text| Ok(text.to_owned()), true);
        let added = std::mem::replace(&mut self.event_type_conf, others);
        self.event_type_conf.merge(added);
        self.bind_event_types(&|text| Ok(text.to_owned()), true);
        problems
    }

    /// Adds the tags of a `tags.conf`.
    pub fn add_tags(&mut self, conf: &Conf) {
        self.tag_conf.merge(conf.clone());
        self.bind_event_types(&|text| Ok(text.to_owned()), true);
    }

    /// Puts macros into the searches of event types, and tables behind automatic lookups; what is wrong with some, which have no effect.
    pub fn bind(
        &mut self,
        lookups: &Arc<Lookups>,
        expand: &dyn Fn(&str) -> Result<String>,
        cx: &Context,
    ) -> Vec<Diagnostic> {
        let with_macros = |s: &IndexMap<String, String>| s.get("search").is_some_and(|search| search.contains('`'));
        let mut problems = Vec::new();
        if self.event_type_conf.stanzas.values().any(with_macros) {
            problems = self.bind_event_types(expand, false);
        }
        for (name, (_, stanza)) in &self.stanzas {
            for (class, names) in stanza.indexing.iter().flat_map(|indexing| &indexing.transforms) {
                for lacking in names.iter().filter(|name| !self.index_transforms.contains_key(*name)) {
                    let message = format!("there is no stanza [{lacking}] in transforms");
                    problems.push(*in_stanza(
                        "props",
                        name,
                        class,
                        lacking,
                        Diagnostic::new(ErrorKind::Missing, message),
                    ));
                }
            }
            for (key, setting) in &stanza.settings {
                let Setting::Lookup(auto) = &**setting else { continue };
                match auto.bind(lookups, cx) {
                    Ok(join) => drop(self.joins.insert((name.clone(), key.clone()), Arc::new(join))),
                    Err(e) => problems.push(*in_stanza("props", name, key, &auto.table, *e)),
                }
            }
        }
        self.forget();
        problems
    }

    fn bind_event_types(&mut self, expand: &dyn Fn(&str) -> Result<String>, without_macros: bool) -> Vec<Diagnostic> {
        let mut conf = self.event_type_conf.clone();
        if without_macros {
            conf.stanzas.retain(|_, settings| settings.get("search").is_none_or(|search| !search.contains('`')));
        }
        let (event_types, problems) = EventTypes::parse(&conf, &self.tag_conf, expand);
        self.event_types = Arc::new(event_types);
        self.forget();
        problems
    }

    fn forget(&mut self) {
        self.rules.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What is said for the time of indexing: how the text of inputs is cut into events, where their times stand, what is done to them.
    pub fn input_rules(&self) -> InputRules {
        let said = self.stanzas.iter().filter(|(_, (_, stanza))| stanza.indexing.is_some());
        let mut said: Vec<_> = said.collect();
        if said.is_empty() {
            return InputRules::default();
        }
        said.sort_by_cached_key(|(name, (applies, stanza))| stanza.precedence(name, applies));
        let resolved = said.into_iter().filter_map(|(_, (applies, stanza))| {
            Some((applies.clone(), stanza.indexing.as_ref()?.resolved(&self.index_transforms)))
        });
        let stanzas: Vec<(Applies, TextRules)> = resolved.collect();
        InputRules::new(move |origin| {
            let source = origin.source.as_deref().unwrap_or(&origin.name);
            let text = |given: &Option<String>| given.clone().unwrap_or_default();
            let (sourcetype, host) = (text(&origin.sourcetype), text(&origin.host));
            let holds = |applies: &Applies| applies.to(source, &sourcetype, &host);
            let rules = stanzas.iter().filter(|(applies, _)| holds(applies));
            rules.map(|(_, rules)| rules.clone()).reduce(|strong, weak| strong.or(&weak)).map(Arc::new)
        })
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.stanzas.is_empty() && self.event_types.is_empty()
    }

    /// Whether some rule makes the field, other than pairs found in the events' text.
    pub fn derives(&self, field: &str) -> bool {
        self.all_rules().makes(field)
    }

    /// Whether a value of the field that passes the test always stands in the event's text as it is: it is not calculated.
    pub fn is_raw(&self, field: &str, test: &FieldTest) -> bool {
        is_text(field) && self.all_rules().copies(field, test)
    }

    /// The names under which events may hold the field's value themselves; `None` when it may be made of something else. Fields that
    /// are found in the text of events are left out of account.
    pub fn own_names(&self, field: &str) -> Option<Vec<String>> {
        self.all_rules().own_names(field)
    }

    /// Whether there are source types whose fields are found in the text of events: sources of plain text must then give `_raw`.
    pub fn reads_text(&self) -> bool {
        self.all_rules().decodes()
    }

    /// The fields that an event must be decoded with so that `wanted` can be made.
    pub fn inputs(&self, wanted: &FieldSet) -> FieldSet {
        if wanted.is_all() || self.is_empty() {
            return wanted.clone();
        }
        let mut inputs = self.all_rules().inputs(wanted);
        KIND.iter().for_each(|field| inputs.insert(field));
        inputs
    }

    /// The predicate with the searches behind event types and tags in place of their names.
    pub fn expand(&self, predicate: Predicate) -> Predicate {
        match predicate {
            Predicate::Search(search) if !self.event_types.is_empty() && names_event_types(&search) => {
                Predicate::Search(Arc::new(self.event_types.expand(&search)))
            }
            Predicate::And(parts) => Predicate::And(parts.into_iter().map(|part| self.expand(part)).collect()),
            other => other,
        }
    }

    /// Whether [`Knowledge::expand`] would change it.
    pub fn expands(&self, predicate: &Predicate) -> bool {
        match predicate {
            Predicate::Search(search) => !self.event_types.is_empty() && names_event_types(search),
            Predicate::And(parts) => parts.iter().any(|part| self.expands(part)),
            _ => false,
        }
    }

    /// The fields that event types look at.
    pub fn event_type_inputs(&self) -> FieldSet {
        FieldSet::of(self.event_types.reads())
    }

    /// Gives rows the field `eventtype`, of all event types or of those named.
    pub fn give_event_types(&self, batches: &mut [Batch], only: Option<&[String]>, notes: &Notes) {
        self.event_types.give(batches, only, notes);
    }

    /// The tags: field, value and tag.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.event_types.tags()
    }

    /// Gives events the search-time fields that are wanted.
    pub fn enrich(&self, batches: Vec<Batch>, wanted: &FieldSet, cx: &Context) -> Vec<Batch> {
        let mut pieces = self.pieces(batches);
        let mut done: Vec<Batch> = Vec::with_capacity(pieces.len());
        while let Some(rules) = pieces.first().map(|piece| piece.rules.clone()) {
            let (same, rest): (Vec<Piece>, Vec<Piece>) =
                pieces.into_iter().partition(|piece| Arc::ptr_eq(&piece.rules, &rules));
            let mut batches: Vec<Batch> = same.into_iter().map(|piece| piece.batch).collect();
            rules.decode(&mut batches, wanted, &cx.notes);
            rules.derive(&mut batches, wanted, cx);
            done.extend(batches);
            pieces = rest;
        }
        done
    }

    /// Batches cut into such that the same rules hold for all events of one.
    pub(crate) fn pieces(&self, batches: Vec<Batch>) -> Vec<Piece> {
        if self.is_empty() {
            let rules = Arc::new(Rules::default());
            return batches.into_iter().map(|batch| Piece { batch, rules: rules.clone() }).collect();
        }
        batches.into_iter().flat_map(|batch| self.cut(batch)).collect()
    }

    fn cut(&self, batch: Batch) -> Vec<Piece> {
        let by_host = self.stanzas.values().any(|(applies, _)| matches!(applies, Applies::Host(_)));
        let fields = if by_host { &KIND[..] } else { &KIND[..2] };
        let columns: Vec<Option<Column>> = fields.iter().map(|field| batch.column(field).cloned()).collect();
        let constant = |column: &Option<Column>| matches!(column, None | Some(Column::Const(..)));
        if batch.rows() == 0 || columns.iter().all(constant) {
            let kind = kind_at(&columns, 0);
            return vec![Piece { batch, rules: self.rules_for(&kind) }];
        }
        // Rows by their codes; what is not coded is looked at row by row.
        let code = |column: &Option<Column>, row: usize| match column {
            Some(Column::Dict(_, codes)) => u64::from(codes[row]),
            None | Some(Column::Const(..)) => 0,
            Some(_) => row as u64 | 1 << 32,
        };
        let mut known: hashbrown::HashMap<[u64; 3], usize> = hashbrown::HashMap::default();
        let mut found: Vec<Arc<Rules>> = Vec::new();
        let mut last = ([u64::MAX; 3], 0);
        let class_of = |row: usize| {
            let mut key = [0; 3];
            columns.iter().enumerate().for_each(|(i, column)| key[i] = code(column, row));
            if key != last.0 {
                let class = *known.entry(key).or_insert_with(|| {
                    let rules = self.rules_for(&kind_at(&columns, row));
                    found.iter().position(|other| Arc::ptr_eq(other, &rules)).unwrap_or_else(|| {
                        found.push(rules);
                        found.len() - 1
                    })
                });
                last = (key, class);
            }
            last.1
        };
        let classes: Vec<usize> = (0..batch.rows()).map(class_of).collect();
        if found.len() == 1 {
            return vec![Piece { batch, rules: found.swap_remove(0) }];
        }
        let rows_of = |class: usize| Bitmap::from_fn(classes.len(), |row| classes[row] == class);
        found
            .into_iter()
            .enumerate()
            .map(|(class, rules)| Piece { batch: batch.filter(&rows_of(class)), rules })
            .collect()
    }

    /// The rules for events of this source, source type and host.
    fn rules_for(&self, [source, sourcetype, host]: &[String; 3]) -> Arc<Rules> {
        let mut stanzas: Vec<usize> =
            (0..self.stanzas.len()).filter(|&i| self.stanzas[i].0.to(source, sourcetype, host)).collect();
        stanzas.sort_by_cached_key(|&i| {
            self.stanzas.get_index(i).map(|(name, (applies, stanza))| stanza.precedence(name, applies))
        });
        self.merged(stanzas)
    }

    /// The rules of all stanzas together.
    fn all_rules(&self) -> Arc<Rules> {
        // Told from a kind of event that all stanzas are about by the number that is none.
        self.merged((0..self.stanzas.len()).chain([usize::MAX]).collect())
    }

    fn merged(&self, stanzas: Vec<usize>) -> Arc<Rules> {
        let read = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(rules) = read.get(&stanzas) {
            return rules.clone();
        }
        drop(read);
        let rules = Arc::new(self.merge(&stanzas));
        let mut write = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        write.entry(stanzas).or_insert(rules).clone()
    }

    /// Of several settings with one key the first stanza's counts, but for the rules of all stanzas, where all count.
    fn merge(&self, stanzas: &[usize]) -> Rules {
        let everything = stanzas.last() == Some(&usize::MAX);
        let mut settings: BTreeMap<(&str, usize), (&str, &Setting)> = BTreeMap::new();
        for &i in stanzas.iter().filter(|i| **i != usize::MAX) {
            let Some((name, (_, stanza))) = self.stanzas.get_index(i) else { continue };
            for (key, setting) in &stanza.settings {
                settings.entry((key, if everything { i } else { 0 })).or_insert((name, setting));
            }
        }
        let (mut extracts, mut reports, mut automatic) = (Vec::new(), Vec::new(), Vec::new());
        let (mut aliases, mut evals, mut lookups) = (Vec::new(), Vec::new(), Vec::new());
        for ((key, _), (stanza, setting)) in &settings {
            match setting {
                Setting::Extract(extraction) => extracts.push(extraction.clone()),
                Setting::Report(names) => {
                    reports.extend(names.iter().filter_map(|name| self.transforms.get(name)).cloned());
                }
                Setting::KvMode(KvMode::Pairs) => automatic = vec![Arc::new(auto_kv::extraction())],
                Setting::KvMode(KvMode::None) => {}
                Setting::Alias(some) => aliases.extend(some.iter().cloned()),
                Setting::Eval(field, expression) => evals.push((field.clone(), expression.clone())),
                Setting::Lookup(_) => {
                    lookups.extend(self.joins.get(&((*stanza).to_owned(), (*key).to_owned())).cloned());
                }
            }
        }
        extracts.extend(reports);
        extracts.extend(automatic);
        Rules::new(extracts, aliases, evals, lookups, self.event_types.clone())
    }
}

/// Whether a test of event types or tags is in it.
fn names_event_types(search: &SearchPredicate) -> bool {
    search.fields().iter().any(|field| super::event_types::is_name(field))
}

/// Source, source type and host of a row.
fn kind_at(columns: &[Option<Column>], row: usize) -> [String; 3] {
    let text = |column: Option<&Option<Column>>| match column {
        Some(Some(column)) if row < column.len() => column.get(row).text().into_owned(),
        _ => String::new(),
    };
    [0, 1, 2].map(|i| text(columns.get(i)))
}
