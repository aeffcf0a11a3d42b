//! Parquet files as events: a row is an event, its columns are fields. Values go from the dictionaries of the file to those of the
//! table without becoming rows of text on the way; only the columns that are wanted are read, and of those only what passes tests is kept.
//!
//! A file without `_raw` gets one that is written from the fields, as an object of JSON, when somebody asks for it. A file whose end is
//! missing cannot be read: what is in it is said there.

mod chunk;
mod defaults;
mod encodings;
mod events;
mod file;
mod hybrid;
pub(super) mod kind;
mod page_header;
mod schema;
mod skip;
mod values;
mod write;

use ::parquet::errors::ParquetError;

use super::FormatSpec;

pub use write::{Packing, write_parquet};

pub(super) static FORMAT: FormatSpec = FormatSpec {
    name: "parquet",
    extensions: &["parquet", "pq"],
    summary: "Parquet: a row an event, a column a field",
    signs: "begins with PAR1",
    sniff: |head| head.starts_with(file::MAGIC),
    cuts,
    read: |part, into, damage| {
        if let Err(Broken(why)) = events::read(part, into, damage) {
            damage.note("files that cannot be read", part.bytes.len(), why);
        }
    },
    preamble: None,
};

/// Why something cannot be read.
#[derive(Debug)]
pub(super) struct Broken(String);

impl From<&str> for Broken {
    fn from(why: &str) -> Self {
        Broken(why.to_owned())
    }
}

impl From<String> for Broken {
    fn from(why: String) -> Self {
        Broken(why)
    }
}

impl From<ParquetError> for Broken {
    fn from(error: ParquetError) -> Self {
        Broken(error.to_string())
    }
}

/// Row groups can be read on their own.
fn cuts(bytes: &[u8], wished: &[usize]) -> Vec<usize> {
    let Ok(meta) = file::footer(bytes) else { return Vec::new() };
    let mut starts: Vec<usize> = meta.row_groups().iter().map(file::start).collect();
    if !starts.is_sorted() {
        return Vec::new();
    }
    starts.retain(|&start| start < bytes.len());
    let next = |wish: &usize| starts.iter().copied().find(|start| start >= wish);
    let mut cuts: Vec<usize> = wished.iter().filter_map(next).collect();
    cuts.dedup();
    cuts
}
