//! Looking up the rows of events: [`Probe`]. What is asked for is worked out once for each distinct combination of key values.

use std::sync::Arc;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::definition::TimeMatch;
use super::index::{Index, KeySpec};
use super::{Lookup, LookupTable, MatchType};
use crate::error::{Notes, Result, bail};
use crate::functions::Context;
use crate::table::{Batch, Column, Dictionary, DictionaryBuilder, FieldName, MultiColumn, dictionaries_of, field_name};
use crate::time::strptime;
use crate::value::{Value, ValueRef};

/// A lookup that is asked by some of its columns for others.
pub struct Probe {
    lookup: Lookup,
    index: Arc<Index>,
    /// Names of the events' fields that hold the keys.
    keys: Vec<FieldName>,
    outputs: Vec<FieldName>,
    /// Times of the rows, for a lookup whose rows hold from a time on.
    times: Option<(TimeMatch, Vec<Option<f64>>)>,
    time_field: FieldName,
}

/// Rows between two looks at whether the run goes on.
const CHECK: usize = 256;

/// Lookup rows for each of a number of key values.
#[derive(Default)]
struct Matches {
    /// For each key value where its rows end in `rows`.
    ends: Vec<u32>,
    rows: Vec<u32>,
    /// Whether the default stands in where there are too few.
    defaults: Vec<bool>,
}

impl Matches {
    fn push(&mut self, rows: &[u32], default: bool) {
        self.rows.extend_from_slice(rows);
        self.ends.push(self.rows.len() as u32);
        self.defaults.push(default);
    }

    fn rows(&self, slot: usize) -> &[u32] {
        let start = slot.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.rows[start as usize..self.ends[slot] as usize]
    }
}

impl Probe {
    /// A lookup asked by pairs of (its column, the events' field) for some of its columns.
    pub fn new(lookup: Lookup, keys: &[(String, String)], outputs: &[String], cx: &Context) -> Result<Probe> {
        let spec = key_spec(&lookup, keys.iter().map(|(column, _)| column), outputs)?;
        let times = lookup.definition.time_field.clone().map(|time| {
            let cell = |row| {
                let column = lookup.table.column(&time.field)?;
                match column.get(row) {
                    ValueRef::Null => None,
                    value => value.number().or_else(|| strptime(&value.text(), &time.format, cx.zone, cx.now)),
                }
            };
            let times = (0..lookup.table.rows()).map(cell).collect();
            (time, times)
        });
        Ok(Probe {
            index: lookup.table.index(&spec),
            keys: keys.iter().map(|(_, field)| field_name(field)).collect(),
            outputs: outputs.iter().map(field_name).collect(),
            lookup,
            times,
            time_field: field_name("_time"),
        })
    }

    /// Takes the time of events from another field than `_time`.
    #[must_use]
    pub fn with_time_field(mut self, field: &str) -> Self {
        self.time_field = field_name(field);
        self
    }

    /// The field that the time of events is taken from, when it matters.
    pub fn time_field(&self) -> Option<&FieldName> {
        self.times.as_ref().map(|_| &self.time_field)
    }

    /// For each batch a column for each output. Once the run is ending nothing more is found.
    pub fn run(&self, batches: &[Batch], notes: &Notes) -> Vec<Vec<Column>> {
        let (true, [key]) = (self.times.is_none(), &self.keys[..]) else {
            return batches.par_iter().map(|batch| self.by_rows(batch, notes)).collect();
        };
        // One key: the entries of a dictionary are asked for once, whatever batches they are in.
        let dictionaries = dictionaries_of(batches.iter().map(|batch| batch.column(key)));
        let entries: Vec<(Arc<Dictionary>, Vec<Column>)> = dictionaries
            .into_iter()
            .filter(|(dictionary, rows)| dictionary.len() <= 2 * rows + 64)
            .map(|(dictionary, _)| {
                let texts: Vec<Option<&str>> = std::iter::once(None).chain(dictionary.iter().map(Some)).collect();
                let parts: Vec<Vec<Vec<u32>>> = texts
                    .par_chunks(4_096)
                    .map(|part| {
                        let texts = part.iter().map(|text| text.filter(|_| !notes.is_ending()));
                        texts.map(|text| text.map_or_else(Vec::new, |t| self.find(&[t]))).collect()
                    })
                    .collect();
                let mut matches = Matches::default();
                let found = parts.into_iter().flatten();
                texts.iter().zip(found).for_each(|(text, rows)| matches.push(&rows, text.is_some()));
                (dictionary, self.columns(&matches))
            })
            .collect();
        let constant = |text: Option<&str>, rows: usize| {
            let mut matches = Matches::default();
            matches.push(&text.map_or_else(Vec::new, |text| self.find(&[text])), text.is_some());
            self.columns(&matches).iter().map(|column| Column::Const(column.value(0), rows)).collect()
        };
        let one = |batch: &Batch| match batch.column(key) {
            None => constant(None, batch.rows()),
            Some(Column::Const(value, rows)) if !matches!(value, Value::Multi(_)) => {
                constant((!value.is_null()).then(|| value.text()).as_deref(), *rows)
            }
            Some(Column::Dict(dictionary, codes)) => {
                match entries.iter().find(|(known, _)| Arc::ptr_eq(known, dictionary)) {
                    Some((_, columns)) => columns.iter().map(|column| column.take(codes)).collect(),
                    None => self.by_rows(batch, notes),
                }
            }
            _ => self.by_rows(batch, notes),
        };
        batches.par_iter().map(one).collect()
    }

    /// A batch whose rows are asked for by their combinations of key values.
    fn by_rows(&self, batch: &Batch, notes: &Notes) -> Vec<Column> {
        let columns: Vec<Column> = self.keys.iter().map(|key| batch.column_or_null(key)).collect();
        let times = self.times.as_ref().map(|_| batch.column_or_null(&self.time_field));
        let codes = columns.iter().map(Column::encode).collect::<Option<Vec<_>>>();
        let mut matches = Matches::default();
        let mut slots: Vec<u32> = Vec::with_capacity(batch.rows());
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut key: Vec<u32> = Vec::new();
        for row in 0..batch.rows() {
            if row % CHECK == 0 && notes.is_ending() {
                return self.outputs.iter().map(|_| Column::null(batch.rows())).collect();
            }
            match (&codes, &times) {
                (Some(codes), None) => {
                    key.clear();
                    key.extend(codes.iter().map(|(_, codes)| codes[row]));
                    let slot = match known.get(&key) {
                        Some(slot) => *slot,
                        None => {
                            let texts: Option<Vec<&str>> =
                                codes.iter().zip(&key).map(|((dictionary, _), &code)| dictionary.get(code)).collect();
                            let rows = texts.as_ref().map_or_else(Vec::new, |texts| self.find(texts));
                            matches.push(&rows, texts.is_some());
                            let slot = matches.ends.len() as u32 - 1;
                            known.insert(key.clone(), slot);
                            slot
                        }
                    };
                    slots.push(slot);
                }
                _ => {
                    let time = times.as_ref().map(|column| column.get(row).number());
                    let (rows, asked) = self.find_values(&columns, row, time);
                    matches.push(&rows, asked);
                    slots.push(row as u32);
                }
            }
        }
        self.columns(&matches).iter().map(|column| column.take(&slots)).collect()
    }

    /// The lookup rows for one combination of values.
    fn find(&self, values: &[&str]) -> Vec<u32> {
        let mut rows = self.index.find(values);
        rows.truncate(self.lookup.definition.max_matches);
        rows
    }

    /// The lookup rows for an event, of whose multivalues each value is asked for; whether it has all keys.
    fn find_values(&self, columns: &[Column], row: usize, time: Option<Option<f64>>) -> (Vec<u32>, bool) {
        let mut combinations: Vec<Vec<String>> = vec![Vec::new()];
        for column in columns {
            let mut values = Vec::new();
            column.get(row).for_each(|value| values.push(value.text().into_owned()));
            let with = |known: &Vec<String>| {
                let known = known.clone();
                values.iter().map(move |value| [known.clone(), vec![value.clone()]].concat()).collect::<Vec<_>>()
            };
            combinations = combinations.iter().flat_map(with).take(1_000).collect();
        }
        let asked = !combinations.is_empty();
        let mut rows: Vec<u32> = Vec::new();
        for values in &combinations {
            let texts: Vec<&str> = values.iter().map(String::as_str).collect();
            rows.extend(self.index.find(&texts));
        }
        if let (Some((definition, times)), Some(time)) = (&self.times, time) {
            let Some(now) = time else { return (Vec::new(), asked) };
            let holds = |row: &u32| {
                times[*row as usize]
                    .is_some_and(|from| (definition.min_offset..=definition.max_offset).contains(&(now - from)))
            };
            rows.retain(holds);
            // The latest first.
            rows.sort_by(|a, b| {
                let time = |row: &u32| times[*row as usize].unwrap_or(f64::NEG_INFINITY);
                time(b).total_cmp(&time(a))
            });
        }
        rows.truncate(self.lookup.definition.max_matches);
        (rows, asked)
    }

    /// A column for each output, with a row for each slot.
    fn columns(&self, matches: &Matches) -> Vec<Column> {
        self.outputs.iter().map(|output| self.output(output, matches)).collect()
    }

    fn output(&self, output: &str, matches: &Matches) -> Column {
        let definition = &self.lookup.definition;
        let slots = matches.ends.len();
        let Some((dictionary, offsets, codes)) = cells(&self.lookup.table, output) else {
            return Column::null(slots);
        };
        let default = definition.default_match.as_deref().filter(|_| definition.min_matches > 0);
        let (dictionary, default) = match default {
            None => (dictionary, 0),
            Some(text) => match dictionary.code(text) {
                Some(code) => (dictionary, code),
                None => {
                    let mut builder = DictionaryBuilder::default();
                    dictionary.iter().for_each(|text| {
                        builder.intern(text);
                    });
                    let code = builder.intern(text);
                    (Arc::new(builder.finish()), code)
                }
            },
        };
        let (mut ends, mut parts) = (Vec::with_capacity(slots + 1), Vec::new());
        ends.push(0u32);
        let mut several = false;
        for slot in 0..slots {
            let (before, rows) = (parts.len(), matches.rows(slot));
            for &row in rows {
                let (start, end) = (offsets[row as usize] as usize, offsets[row as usize + 1] as usize);
                parts.extend_from_slice(&codes[start..end]);
            }
            if default != 0 && matches.defaults[slot] && rows.len() < definition.min_matches {
                parts.extend(std::iter::repeat_n(default, definition.min_matches - rows.len()));
            }
            several |= parts.len() > before + 1;
            ends.push(parts.len() as u32);
        }
        if several {
            let child = Column::Dict(dictionary, parts.into());
            return Column::Multi(Arc::new(MultiColumn::new(&ends, child)));
        }
        let code = |slot: usize| if ends[slot] == ends[slot + 1] { 0 } else { parts[ends[slot] as usize] };
        Column::Dict(dictionary, (0..slots).map(code).collect())
    }
}

/// The cells of some columns of the rows that match one set of values: for each output its values, row by row.
pub(super) fn matching(lookup: Lookup, keys: &[(String, String)], outputs: &[String]) -> Result<Vec<Vec<String>>> {
    let spec = key_spec(&lookup, keys.iter().map(|(column, _)| column), outputs)?;
    let values: Vec<&str> = keys.iter().map(|(_, value)| value.as_str()).collect();
    let mut rows = if keys.is_empty() { Vec::new() } else { lookup.table.index(&spec).find(&values) };
    rows.truncate(lookup.definition.max_matches);
    let cells = |output: &String| {
        let mut cells = Vec::new();
        if let Some(column) = lookup.table.column(output) {
            for &row in &rows {
                column.get(row as usize).for_each(|value| cells.push(value.text().into_owned()));
            }
        }
        cells
    };
    Ok(outputs.iter().map(cells).collect())
}

/// How the key columns are matched; all columns asked for must be there.
fn key_spec<'a>(
    lookup: &Lookup,
    keys: impl Iterator<Item = &'a String> + Clone,
    outputs: &'a [String],
) -> Result<KeySpec> {
    let known = |column: &str| lookup.table.fields().iter().any(|field| **field == *column);
    for column in keys.clone().chain(outputs) {
        if !known(column) {
            let (name, fields) = (&lookup.definition.name, lookup.table.fields().join(", "));
            bail!(Argument, "the lookup `{name}` has no column `{column}`"; hint: "its columns are {fields}");
        }
    }
    let columns = keys.map(|column| (field_name(column), lookup.definition.match_type(column)));
    Ok(KeySpec::new(columns.collect::<Vec<(FieldName, MatchType)>>(), lookup.definition.case_sensitive))
}

/// The cells of a column as codes: where each row's values begin, and the values.
#[allow(clippy::type_complexity)]
fn cells(table: &LookupTable, field: &str) -> Option<(Arc<Dictionary>, Vec<u32>, Vec<u32>)> {
    let column = table.column(field)?;
    if let Some((dictionary, codes)) = column.encode() {
        let mut offsets = Vec::with_capacity(codes.len() + 1);
        let mut parts = Vec::with_capacity(codes.len());
        offsets.push(0);
        for &code in codes.iter() {
            parts.extend((code != 0).then_some(code));
            offsets.push(parts.len() as u32);
        }
        return Some((dictionary, offsets, parts));
    }
    let (mut builder, mut offsets, mut parts) = (DictionaryBuilder::default(), vec![0], Vec::new());
    for row in 0..column.len() {
        column.get(row).for_each(|value| parts.push(builder.intern(&value.text())));
        offsets.push(parts.len() as u32);
    }
    Some((Arc::new(builder.finish()), offsets, parts))
}
