//! SPL, the search language of Splunk, as a library.

pub mod aggregates;
pub mod catalog;
pub mod commands;
mod engine;
pub mod error;
pub mod exec;
pub mod expand;
pub mod expr;
pub mod formats;
pub mod functions;
pub mod json;
pub mod knowledge;
pub mod optimize;
pub mod pattern;
pub mod plan;
pub mod syntax;
pub mod table;
pub mod time;
pub mod value;
pub mod xml;

pub use engine::{Engine, EngineBuilder, Results, RunOptions, Search};
