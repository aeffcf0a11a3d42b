//! What the fuzz targets check, one module for each kind of input, and the words that inputs are made of ([`words`]).

pub mod formats;
pub mod packed;
pub mod search;
pub mod syntax;
#[path = "../../tree.rs"]
mod tree;
pub mod words;
