//! What the fuzz targets check, one module for each kind of input, and the words that inputs are made of ([`words`]).

mod edits;
pub mod evtx;
#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../evtx_file/mod.rs"]
mod evtx_file;
pub mod formats;
pub mod packed;
pub mod parquet;
pub mod search;
pub mod syntax;
#[path = "../../tree.rs"]
mod tree;
pub mod words;
