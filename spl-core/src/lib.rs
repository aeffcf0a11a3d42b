//! SPL, the search language of Splunk, as a library: original search text over your own events, without Splunk.
//!
//! ```
//! use spl_core::Engine;
//! use spl_core::formats::{Input, Origin, ReadRequest, load};
//!
//! let log = br#"{"user":"ann","action":"login","bytes":120}
//! {"user":"bob","action":"login","bytes":80}
//! {"user":"ann","action":"logout","bytes":40}"#;
//! let input = Input { bytes: log, format: None, origin: Origin::default() };
//! let events = load(&[input], &ReadRequest::default())?.table;
//!
//! let engine = Engine::builder().events(events).build()?;
//! let results = engine.search("action=log* | stats count sum(bytes) AS bytes BY user")?;
//! let batch = &results.table.batches()[0];
//! assert_eq!(batch.get("user", 0).text(), "ann");
//! assert_eq!(batch.get("bytes", 0).text(), "160");
//! # Ok::<(), Box<spl_core::error::Diagnostic>>(())
//! ```
//!
//! # The life of a search
//!
//! ```text
//! text ──expand──▶ text ──parse──▶ syntax tree ──plan──▶ plan ──optimize──▶ plan ──run──▶ table
//!      [`expand`]       [`syntax`]            [`commands`],     [`optimize`]      [`exec`]
//!      macros                                 [`plan`]
//! ```
//!
//! Every arrow is a method of [`Engine`] that can be called alone, and a public module whose types can be looked at, printed and timed:
//! [`Engine::expand`], [`Engine::parse`], [`Engine::plan`], [`Engine::optimize`], [`Engine::run`]. [`Engine::search`] is all of them;
//! [`Engine::compile`] stops before the run, so that a [`Search`] may run many times.
//!
//! Events live in a columnar [`table`]; the [`formats`] read logs into it. What a search may refer to besides events (macros, fields of
//! source types, lookups, data models) is [`knowledge`].
//!
//! Documents of content packs, with their messages, risk events and drill-downs, are [`detection`]s.
//!
//! The [`guide`] shows how to embed all this, how to look at plans, how to add words of one's own, and what searches mean.
//!
//! # Features
//!
//! All are off unless asked for:
//!
//! - `arrow`: tables from and to Arrow record batches (with `parquet`).
//! - `evtx`: Windows event log files as events.
//! - `parquet`: Parquet files as events, tables as Parquet files.
//! - `serde`: `Serialize` for rows, tables and [`Results`], for [`Diagnostic`](error::Diagnostic) and [`Notes`](error::Notes), and for
//!   [`detection`]s with all that comes of them. A row is a map in the order of its fields, with a list for a multivalue; what was read
//!   from events is text, what a search has computed as a number is a number.
//!
//! Nothing here opens a file or reads a clock: bytes, knowledge objects, the time of the search and its zone are given by the caller.

pub mod aggregates;
pub mod builtin;
pub mod catalog;
pub mod commands;
mod cores;
pub mod detection;
mod engine;
pub mod error;
pub mod exec;
pub mod expand;
pub mod expr;
pub mod formats;
pub mod functions;
pub mod guide;
pub mod json;
pub mod knowledge;
pub mod optimize;
pub mod pattern;
pub mod plan;
#[cfg(feature = "serde")]
mod serialize;
pub mod syntax;
pub mod table;
pub mod time;
pub mod value;
pub mod xml;

pub use engine::{Engine, EngineBuilder, Results, RunOptions, Search, Stream};
pub use error::Cancel;
