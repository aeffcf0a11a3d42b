//! Logs in any state: reading gives events or damage, and asking for less of them gives the same of what is left.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use spl_core::formats::{
    Accepts, AnyOf, Candidates, FormatSpec, Input, Loaded, Origin, ReadRequest, ValueTest, format, load,
};

use crate::words::spell;

/// Fields that a format may know without the event's text saying so.
const GIVEN: [&str; 5] = ["index", "source", "sourcetype", "host", "_time"];

type Row = BTreeMap<String, Vec<String>>;

/// Reads the bytes as a format, whole and in part. The first four say which part.
pub fn check(name: &str, words: &[&str], data: &[u8]) {
    let Some((choice, data)) = data.split_first_chunk::<4>() else { return };
    let bytes = spell(data, words);
    let (all, warnings) = events(name, &bytes);
    some_fields(*choice, &bytes, name, &all);
    // Where damaged events end is a guess, and a scan may guess otherwise.
    if !warnings {
        some_events(*choice, &bytes, name, &all);
    }
}

/// As [`check`] for bytes of which not each is an event's: what is damaged may be seen or not, by what is asked for.
pub(crate) fn check_file(name: &str, choice: [u8; 4], bytes: &[u8]) {
    let (all, warnings) = events(name, bytes);
    if !warnings {
        some_fields(choice, bytes, name, &all);
        some_events(choice, bytes, name, &all);
        tested_events(choice, bytes, name, &all);
    }
}

/// All events, and whether anything is said of damage.
fn events(name: &str, bytes: &[u8]) -> (Vec<Row>, bool) {
    let whole = read(bytes, name, &ReadRequest::default());
    let all = rows(&whole);
    assert_eq!(whole.events, all.len() as u64, "events and rows");
    (all, !whole.warnings.is_empty())
}

fn read(bytes: &[u8], name: &str, request: &ReadRequest) -> Loaded {
    let format: &'static FormatSpec = format(name).expect("a format");
    load(&[Input { bytes, format: Some(format), origin: Origin::default() }], request).expect("small inputs are read")
}

/// Some fields of the events are those fields of all of them.
fn some_fields([bits, ..]: [u8; 4], bytes: &[u8], format: &str, all: &[Row]) {
    let names: HashSet<&String> = all.iter().flat_map(Row::keys).collect();
    let mut names: Vec<&String> = names.into_iter().collect();
    names.sort();
    let picked = names.into_iter().enumerate().filter(|(n, _)| bits >> (n % 7) & 1 == 1);
    let mut fields: HashSet<String> = picked.map(|(_, name)| name.clone()).filter(|name| name != "_raw").collect();
    // The order of events is that of their times.
    fields.insert("_time".into());
    let raw = bits >> 7 == 1;
    let request = ReadRequest { fields: Some(fields.clone()), raw, ..ReadRequest::default() };
    let wanted = |row: &Row| -> Row {
        let wanted = |name: &str| fields.contains(name) || raw && name == "_raw";
        row.iter().filter(|(name, _)| wanted(name)).map(|(name, values)| (name.clone(), values.clone())).collect()
    };
    let expected: Vec<Row> = all.iter().map(wanted).collect();
    let some: Vec<Row> = rows(&read(bytes, format, &request)).iter().map(wanted).collect();
    assert_eq!(some, expected, "the fields {fields:?}");
}

/// Events that hold a literal are found by a scan for it.
fn some_events([_, row, from, length]: [u8; 4], bytes: &[u8], format: &str, all: &[Row]) {
    let values: Vec<&String> = all
        .iter()
        .flat_map(|row| row.iter().filter(|(name, _)| !GIVEN.contains(&name.as_str())).flat_map(|(_, values)| values))
        .collect();
    let Some(value) = values.get(usize::from(row) % values.len().max(1)) else { return };
    let characters = value.chars().count().max(1);
    let literal: String =
        value.chars().skip(usize::from(from) % characters).take(2 + usize::from(length) % 12).collect();
    let mut candidates = Candidates::default();
    candidates.require([literal.clone()]);
    let request = ReadRequest { candidates, ..ReadRequest::default() };
    let holds = |row: &&Row| {
        row.iter().any(|(name, values)| {
            let holds = |value: &String| value.to_ascii_lowercase().contains(&literal.to_ascii_lowercase());
            !GIVEN.contains(&name.as_str()) && values.iter().any(holds)
        })
    };
    let found = rows(&read(bytes, format, &request));
    let found: Vec<&Row> = found.iter().filter(holds).collect();
    let expected: Vec<&Row> = all.iter().filter(holds).collect();
    assert_eq!(found, expected, "events with {literal:?}");
}

/// Events with a field that passes a test are there when it is asked for.
fn tested_events([_, row, which, _]: [u8; 4], bytes: &[u8], format: &str, all: &[Row]) {
    let Some(row) = all.get(usize::from(row) % all.len().max(1)) else { return };
    let Some((field, values)) = row.iter().nth(usize::from(which) % row.len().max(1)) else { return };
    let (field, value) = (field.clone(), values[0].clone());
    let passes = |row: &&Row| row.get(&field).is_some_and(|values| values.contains(&value));
    let wanted = value.clone();
    let accepts: Accepts = Arc::new(move |value: &str| value == wanted);
    let tests = vec![AnyOf(vec![ValueTest { field: field.clone(), accepts }])];
    let found = rows(&read(bytes, format, &ReadRequest { tests, ..ReadRequest::default() }));
    let found: Vec<&Row> = found.iter().filter(passes).collect();
    let expected: Vec<&Row> = all.iter().filter(passes).collect();
    assert_eq!(found, expected, "events whose {field} is {value:?}");
}

fn rows(loaded: &Loaded) -> Vec<Row> {
    let table = &loaded.table;
    let row = |(batch, row): (u32, u32)| -> Row {
        let cells = table.batches()[batch as usize].row(row as usize);
        let values = cells.map(|(field, value)| {
            let mut values = Vec::new();
            value.for_each(|one| values.push(one.text().into_owned()));
            (field.to_string(), values)
        });
        values.filter(|(_, values)| !values.is_empty()).collect()
    };
    table.picks().into_iter().map(row).collect()
}
