//! Events read from bytes, as plain rows that tests can compare.

use std::collections::BTreeMap;

use spl_core::formats::{Input, Loaded, Origin, ReadRequest, load};

/// The fields of an event, multivalues joined by `; `.
pub type Row = BTreeMap<String, String>;

/// Reads one input of this name.
pub fn read(name: &str, bytes: &[u8]) -> Loaded {
    read_with(name, bytes, &ReadRequest::default())
}

/// Reads one input of this name, as asked.
pub fn read_with(name: &str, bytes: &[u8], request: &ReadRequest) -> Loaded {
    let origin = Origin { name: name.to_owned(), ..Origin::default() };
    load(&[Input { bytes, format: None, origin }], request).expect("reading fails only at limits")
}

/// The events in the order of the table.
pub fn rows(loaded: &Loaded) -> Vec<Row> {
    let table = loaded.table.clone();
    let picks = table.picks();
    let batches = table.batches();
    let row = |&(batch, row): &(u32, u32)| {
        let cells = batches[batch as usize].row(row as usize);
        cells
            .map(|(field, value)| {
                let mut parts = Vec::new();
                value.for_each(|part| parts.push(part.text().into_owned()));
                (field.to_string(), parts.join("; "))
            })
            .collect()
    };
    picks.iter().map(row).collect()
}

/// The events without `_raw`.
pub fn fields(loaded: &Loaded) -> Vec<Row> {
    let mut rows = rows(loaded);
    rows.iter_mut().for_each(|row| drop(row.remove("_raw")));
    rows
}

/// A row from pairs.
pub fn row(pairs: &[(&str, &str)]) -> Row {
    pairs.iter().map(|&(field, value)| (field.to_owned(), value.to_owned())).collect()
}
