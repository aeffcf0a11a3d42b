//! Search-time fields of source types, from `props.conf` stanzas: [`Knowledge`].
//!
//! Read: `EXTRACT-`, `FIELDALIAS-` (`AS`, `ASNEW`) and `EVAL-` of `[sourcetype]`, `[source::pattern]` and `[host::pattern]` stanzas, in Splunk's order;
//! calculated fields see the fields as they were before any of them. Made only for the fields that a search needs.
//!
//! Source: Admin Manual, `props.conf`; Knowledge Manager Manual, "The sequence of search-time operations".

use std::sync::Arc;

use super::Conf;
use crate::error::{Result, Span, bail};
use crate::expr::{Expression, wildcard_match};
use crate::functions::Context;
use crate::pattern::Pattern;
use crate::plan::FieldSet;
use crate::table::{Batch, Bitmap, Column};
use crate::value::{Value, ValueRef};

/// What is known of source types.
#[derive(Default)]
pub struct Knowledge {
    stanzas: Vec<Stanza>,
}

/// The rules for one kind of event.
struct Stanza {
    applies: Applies,
    extracts: Vec<Extract>,
    /// Old name, new name, whether an existing field stays.
    aliases: Vec<(String, String, bool)>,
    evals: Vec<(String, Arc<Expression>)>,
}

/// `EXTRACT-`: a pattern, its named groups, and the field it reads.
struct Extract {
    pattern: Pattern,
    groups: Vec<(usize, String)>,
    field: String,
}

impl Extract {
    fn makes(&self, field: &str) -> bool {
        self.groups.iter().any(|(_, name)| name == field)
    }

    fn is_wanted(&self, set: &FieldSet) -> bool {
        self.groups.iter().any(|(_, name)| set.contains(name))
    }
}

enum Applies {
    SourceType(String),
    Source(String),
    Host(String),
}

impl Applies {
    fn to(&self, source: &str, sourcetype: &str, host: &str) -> bool {
        let like = |pattern: &str, text: &str| {
            wildcard_match(&pattern.replace("...", "*").to_lowercase(), &text.to_lowercase())
        };
        match self {
            Applies::SourceType(name) => name.eq_ignore_ascii_case(sourcetype),
            Applies::Source(pattern) => like(pattern, source),
            Applies::Host(pattern) => like(pattern, host),
        }
    }
}

impl Knowledge {
    /// Adds the stanzas of a `props.conf`; later stanzas and files come after earlier ones.
    pub fn add_props(&mut self, conf: &Conf) -> Result<()> {
        for (name, settings) in &conf.stanzas {
            let applies = match name.split_once("::") {
                Some(("source", pattern)) => Applies::Source(pattern.to_owned()),
                Some(("host", pattern)) => Applies::Host(pattern.to_owned()),
                _ => Applies::SourceType(name.clone()),
            };
            let mut stanza = Stanza { applies, extracts: Vec::new(), aliases: Vec::new(), evals: Vec::new() };
            for (key, value) in settings {
                let located = |e: Box<crate::error::Diagnostic>| {
                    let message = format!("in props stanza [{name}], {key}: {}", e.message);
                    Box::new(crate::error::Diagnostic { message, text: Some(value.clone()), ..*e })
                };
                if let Some(field) = key.strip_prefix("EVAL-") {
                    let expr = crate::syntax::parse_expr(value).map_err(located)?;
                    stanza.evals.push((field.to_owned(), Arc::new(Expression::bind(&expr).map_err(located)?)));
                } else if key.starts_with("FIELDALIAS-") {
                    stanza.aliases.extend(parse_aliases(value).map_err(located)?);
                } else if key.starts_with("EXTRACT-") {
                    let (regex, field) = match value.rsplit_once(" in ") {
                        Some((regex, field)) if field.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {
                            (regex, field)
                        }
                        _ => (value.as_str(), "_raw"),
                    };
                    let pattern = Pattern::compile(regex, Span::new(0, regex.len())).map_err(located)?;
                    let named = |(index, name): (usize, Option<&str>)| name.map(|name| (index, name.to_owned()));
                    let groups = pattern.group_names().into_iter().enumerate().filter_map(named).collect();
                    stanza.extracts.push(Extract { pattern, groups, field: field.to_owned() });
                }
            }
            self.stanzas.push(stanza);
        }
        Ok(())
    }

    /// Whether some rule makes the field.
    pub fn derives(&self, field: &str) -> bool {
        self.stanzas.iter().any(|s| s.makes(field))
    }

    /// Whether a value of the field always stands in the event's text as it is: it is not calculated.
    pub fn is_raw(&self, field: &str) -> bool {
        !matches!(field, "index" | "source" | "sourcetype" | "host" | "_time" | "eventtype" | "tag")
            && !self.stanzas.iter().any(|s| s.evals.iter().any(|(f, _)| f == field))
    }

    /// The fields that an event must be decoded with so that `wanted` can be made.
    pub fn inputs(&self, wanted: &FieldSet) -> FieldSet {
        if wanted.is_all() {
            return FieldSet::all();
        }
        let mut inputs = wanted.clone();
        for stanza in &self.stanzas {
            stanza.close(&mut inputs);
        }
        if !self.stanzas.is_empty() {
            ["source", "sourcetype", "host"].iter().for_each(|f| inputs.insert(f));
        }
        inputs
    }

    /// Gives events the search-time fields that are wanted.
    pub fn enrich(&self, batches: Vec<Batch>, wanted: &FieldSet, cx: &Context) -> Vec<Batch> {
        if self.stanzas.is_empty() {
            return batches;
        }
        let mut batches: Vec<Batch> = batches.into_iter().flat_map(split_by_kind).collect();
        let kinds: Vec<[String; 3]> = batches.iter().map(kind_of).collect();
        for stanza in &self.stanzas {
            let mine: Vec<usize> = (0..batches.len())
                .filter(|&b| {
                    let [source, sourcetype, host] = &kinds[b];
                    stanza.applies.to(source, sourcetype, host)
                })
                .collect();
            if mine.is_empty() {
                continue;
            }
            let mut of_kind: Vec<Batch> = mine.iter().map(|&b| batches[b].clone()).collect();
            stanza.enrich(&mut of_kind, wanted, cx);
            for (b, batch) in mine.into_iter().zip(of_kind) {
                batches[b] = batch;
            }
        }
        batches
    }
}

impl Stanza {
    fn makes(&self, field: &str) -> bool {
        self.aliases.iter().any(|(_, new, _)| new == field)
            || self.evals.iter().any(|(f, _)| f == field)
            || self.extracts.iter().any(|e| e.makes(field))
    }

    /// Adds to `set` what its members are made of.
    fn close(&self, set: &mut FieldSet) {
        for (field, expression) in &self.evals {
            if set.contains(field) {
                expression.fields().iter().for_each(|f| set.insert(f));
            }
        }
        for (old, new, _) in self.aliases.iter().rev() {
            if set.contains(new) {
                set.insert(old);
            }
        }
        for extract in &self.extracts {
            if extract.is_wanted(set) {
                set.insert(&extract.field);
            }
        }
    }

    fn enrich(&self, batches: &mut [Batch], wanted: &FieldSet, cx: &Context) {
        let mut needed = wanted.clone();
        self.close(&mut needed);
        for extract in &self.extracts {
            if extract.is_wanted(&needed) {
                batches.iter_mut().for_each(|batch| extract.apply(batch));
            }
        }
        for (old, new, only_new) in &self.aliases {
            if !needed.contains(new) {
                continue;
            }
            for batch in batches.iter_mut() {
                let Some(from) = batch.column(old).cloned() else { continue };
                let column = match batch.column(new) {
                    None => from,
                    Some(existing) if *only_new => first_present(existing, &from),
                    Some(existing) => first_present(&from, existing),
                };
                batch.set(new, column);
            }
        }
        // Calculated fields do not see one another: all are evaluated before any is set.
        let calculated: Vec<(&String, Vec<Column>)> = self
            .evals
            .iter()
            .filter(|(field, _)| needed.contains(field))
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
    }
}

/// `a`, and where it has no value `b`.
fn first_present(a: &Column, b: &Column) -> Column {
    let present = a.present();
    if present.all() {
        return a.clone();
    }
    Column::from_values((0..a.len()).map(|row| if present.get(row) { a.value(row) } else { b.value(row) }).collect())
}

impl Extract {
    /// Named groups become fields; existing fields stay.
    fn apply(&self, batch: &mut Batch) {
        let Some(text) = batch.column(&self.field).cloned() else { return };
        let mut values: Vec<Vec<Value>> = self.groups.iter().map(|_| vec![Value::Null; batch.rows()]).collect();
        let mut found = self.pattern.groups();
        for row in 0..batch.rows() {
            let ValueRef::Str(text) = text.get(row) else { continue };
            // A pattern that gives up on one event finds nothing in it.
            if !matches!(self.pattern.captures_at(text, 0, &mut found), Ok(true)) {
                continue;
            }
            for (slot, (index, _)) in values.iter_mut().zip(&self.groups) {
                slot[row] = found.get(*index).map_or(Value::Null, |range| Value::str(&text[range]));
            }
        }
        for ((_, name), values) in self.groups.iter().zip(values) {
            let found = Column::from_values(values);
            if !found.all_null() {
                let column = batch.column(name).map_or(found.clone(), |existing| first_present(existing, &found));
                batch.set(name, column);
            }
        }
    }
}

/// `old AS new old2 ASNEW new2`; names with blanks in quotes.
fn parse_aliases(text: &str) -> Result<Vec<(String, String, bool)>> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest.split_once(|c: char| c.is_whitespace() || c == ',').unwrap_or((rest, "")),
        };
        words.push(word);
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    }
    let mut aliases = Vec::new();
    for chunk in words.chunks(3) {
        match chunk {
            [old, word, new] if word.eq_ignore_ascii_case("as") || word.eq_ignore_ascii_case("asnew") => {
                aliases.push(((*old).to_owned(), (*new).to_owned(), word.eq_ignore_ascii_case("asnew")));
            }
            _ => bail!(Argument, Span::new(0, text.len()), "a field alias is written `old AS new`"),
        }
    }
    Ok(aliases)
}

const KIND: [&str; 3] = ["source", "sourcetype", "host"];

/// The batch's source, sourcetype and host, after [`split_by_kind`].
fn kind_of(batch: &Batch) -> [String; 3] {
    KIND.map(|field| if batch.rows() == 0 { String::new() } else { batch.get(field, 0).text().into_owned() })
}

/// Batches in which source and sourcetype do not vary. (Hosts may: a stanza for hosts is asked of the first row only.)
fn split_by_kind(batch: Batch) -> Vec<Batch> {
    let mut pieces = vec![batch];
    for field in &KIND[..2] {
        pieces = pieces
            .into_iter()
            .flat_map(|piece| {
                let Some(Column::Dict(_, codes)) = piece.column(field) else { return vec![piece] };
                let mut distinct: Vec<u32> = codes.to_vec();
                distinct.sort_unstable();
                distinct.dedup();
                if distinct.len() < 2 {
                    return vec![piece];
                }
                let rows = |code: u32| Bitmap::from_fn(codes.len(), |row| codes[row] == code);
                distinct.iter().map(|&code| piece.filter(&rows(code))).collect()
            })
            .collect();
    }
    pieces
}
