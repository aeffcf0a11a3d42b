//! [`Rules`]: what makes the search-time fields of one kind of event, and the making.
//!
//! The order is Splunk's: extractions, automatic pairs, aliases, calculated fields (which see the fields as they were before any
//! of them), lookups, event types and tags.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::event_types::EventTypes;
use super::extraction::Extraction;
use super::lookups::LookupJoin;
use super::props::Alias;
use crate::error::Notes;
use crate::expr::{Expression, FieldTest};
use crate::functions::Context;
use crate::plan::FieldSet;
use crate::table::{Batch, Column, FieldName};
use crate::value::ValueRef;

/// What makes the search-time fields of the events that the same stanzas are about.
#[derive(Default)]
pub(crate) struct Rules {
    /// Extractions that make fields with names from the events: they come first, like a format's own fields.
    pub(super) decoders: Vec<Arc<Extraction>>,
    pub(super) extractions: Vec<Arc<Extraction>>,
    pub(super) aliases: Vec<Alias>,
    pub(super) evals: Vec<(FieldName, Arc<Expression>)>,
    pub(super) lookups: Vec<Arc<LookupJoin>>,
    pub(super) event_types: Arc<EventTypes>,
    /// The fields it may make, decoders left out.
    outputs: BTreeSet<FieldName>,
    /// Those of them that are more than another field's name.
    computed: BTreeSet<FieldName>,
}

/// Which fields must be there after each step so that the wanted ones can be made.
struct Needs {
    after_evals: FieldSet,
    /// The fields wanted and what aliases and calculated fields are made of.
    before_evals: FieldSet,
    inputs: FieldSet,
}

impl Rules {
    pub(super) fn new(
        extractions: Vec<Arc<Extraction>>,
        aliases: Vec<Alias>,
        evals: Vec<(FieldName, Arc<Expression>)>,
        lookups: Vec<Arc<LookupJoin>>,
        event_types: Arc<EventTypes>,
    ) -> Self {
        let (extractions, decoders): (Vec<_>, Vec<_>) = extractions.into_iter().partition(|e| e.fields().is_some());
        let mut rules = Rules { decoders, extractions, aliases, evals, lookups, event_types, ..Rules::default() };
        let extracted = rules.extractions.iter().flat_map(|e| e.fields().unwrap_or_default()).map(FieldName::from);
        let evals = rules.evals.iter().map(|(field, _)| field.clone());
        let looked_up = rules.lookups.iter().flat_map(|lookup| lookup.outputs()).cloned();
        rules.computed = extracted.chain(evals).chain(looked_up).chain(rules.event_types.fields()).collect();
        // The alias of something computed is computed.
        for alias in &rules.aliases {
            if rules.computed.contains(&alias.old) {
                rules.computed.insert(alias.new.clone());
            }
        }
        rules.outputs = rules.computed.iter().cloned().chain(rules.aliases.iter().map(|a| a.new.clone())).collect();
        rules
    }

    /// The fields it may make, those of decoders left out.
    pub(crate) fn outputs(&self) -> &BTreeSet<FieldName> {
        &self.outputs
    }

    /// Whether it may make the field.
    pub(crate) fn makes(&self, field: &str) -> bool {
        self.outputs.contains(field)
    }

    /// Whether making the field takes more than giving another one its name.
    pub(crate) fn computes(&self, field: &str) -> bool {
        self.computed.contains(field)
    }

    /// Whether each value of the field that passes the test stands in the event's text as it is, given that those of the event's own fields do.
    pub(super) fn copies(&self, field: &str, test: &FieldTest) -> bool {
        let mut copied = !self.lookups.iter().any(|lookup| lookup.outputs().iter().any(|output| **output == *field));
        for (_, expression) in self.evals.iter().filter(|(target, _)| **target == *field) {
            copied &= expression.copied().is_some_and(|from| {
                let fails = |text: &String| !test.accepts(ValueRef::Str(text));
                from.fields.iter().all(|f| self.is_own(f)) && from.texts.iter().all(fails)
            });
        }
        for alias in self.aliases.iter().filter(|alias| *alias.new == *field) {
            copied &= self.is_own(&alias.old);
        }
        copied && self.extractions.iter().chain(&self.decoders).all(|e| e.copies(field))
    }

    /// The names under which events may hold the field's value themselves, given that nothing but giving names is done to it.
    pub(super) fn own_names(&self, field: &str) -> Option<Vec<String>> {
        let mut names = vec![field.to_owned()];
        let mut at = 0;
        while let Some(name) = names.get(at).cloned() {
            let made = self.computed.contains(&*name) || !is_text(&name);
            if made {
                return None;
            }
            for alias in self.aliases.iter().filter(|alias| *alias.new == *name) {
                if names.iter().all(|known| **known != *alias.old) {
                    names.push(alias.old.to_string());
                }
            }
            at += 1;
        }
        Some(names)
    }

    /// As `copies`, before calculated fields are made.
    fn is_own(&self, field: &str) -> bool {
        is_text(field)
            && self.aliases.iter().all(|alias| *alias.new != *field || is_text(&alias.old))
            && self.extractions.iter().all(|e| e.copies(field))
    }

    /// Whether there are fields whose names come from the events.
    pub(crate) fn decodes(&self) -> bool {
        !self.decoders.is_empty()
    }

    /// The extractions that stand before everything else.
    pub(crate) fn decode(&self, batches: &mut [Batch], wanted: &FieldSet, notes: &Notes) {
        if self.decodes() {
            let inputs = self.needs(wanted).inputs;
            self.decoders.iter().for_each(|decoder| decoder.apply(batches, &inputs, notes));
        }
    }

    fn needs(&self, wanted: &FieldSet) -> Needs {
        let mut set = wanted.clone();
        if self.event_types.is_wanted(wanted) {
            self.event_types.reads().iter().for_each(|f| set.insert(f));
        }
        for lookup in self.lookups.iter().rev() {
            if lookup.outputs().iter().any(|output| set.contains(output)) {
                lookup.reads().for_each(|field| set.insert(field));
            }
        }
        let after_evals = set.clone();
        for (field, expression) in &self.evals {
            if after_evals.contains(field) {
                expression.fields().iter().for_each(|f| set.insert(f));
            }
        }
        for alias in self.aliases.iter().rev() {
            if set.contains(&alias.new) {
                set.insert(&alias.old);
            }
        }
        let before_evals = set.clone();
        for extraction in self.extractions.iter().rev() {
            if extraction.is_wanted(&set) {
                set.insert(&extraction.source);
            }
        }
        Needs { after_evals, before_evals, inputs: set }
    }

    /// The fields that an event must have so that `wanted` can be made.
    pub(crate) fn inputs(&self, wanted: &FieldSet) -> FieldSet {
        self.needs(wanted).inputs
    }

    /// Makes the wanted fields. What they are made of may be made as well. Of a run that is ending they are made of some rows only.
    pub(crate) fn derive(&self, batches: &mut [Batch], wanted: &FieldSet, cx: &Context) {
        let needs = self.needs(wanted);
        for extraction in &self.extractions {
            if extraction.is_wanted(&needs.before_evals) {
                extraction.apply(batches, &needs.before_evals, &cx.notes);
            }
        }
        for alias in self.aliases.iter().filter(|alias| needs.before_evals.contains(&alias.new)) {
            batches.iter_mut().for_each(|batch| alias.apply(batch));
        }
        // Calculated fields do not see one another: all are evaluated before any is set.
        let calculated: Vec<(&FieldName, Vec<Column>)> = self
            .evals
            .iter()
            .filter(|(field, _)| needs.after_evals.contains(field))
            .map(|(field, expression)| (field, expression.eval(batches, cx)))
            .collect();
        for (field, columns) in calculated {
            for (batch, column) in batches.iter_mut().zip(columns) {
                if column.all_null() {
                    batch.remove(field);
                } else {
                    batch.set(field, column);
                }
            }
        }
        for lookup in &self.lookups {
            if lookup.outputs().iter().any(|output| needs.after_evals.contains(output)) {
                lookup.apply(batches, &cx.notes);
            }
        }
        if self.event_types.is_wanted(wanted) {
            self.event_types.apply(batches, wanted, &cx.notes);
        }
    }
}

impl Alias {
    fn apply(&self, batch: &mut Batch) {
        let Some(from) = batch.column(&self.old).cloned() else { return };
        let column = match batch.column(&self.new) {
            None => from,
            Some(existing) if self.only_new => existing.or(&from),
            Some(existing) => from.or(existing),
        };
        batch.set(&self.new, column);
    }
}

/// Whether a field that no rule makes has its value in the event's text.
pub(super) fn is_text(field: &str) -> bool {
    !matches!(field, "index" | "source" | "sourcetype" | "host" | "_time" | "_indextime" | "eventtype" | "tag")
        && !field.starts_with("tag::")
}
