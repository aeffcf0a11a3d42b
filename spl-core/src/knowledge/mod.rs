//! Knowledge objects, read from Splunk's own files: [`Conf`] for `*.conf`, [`Macros`], and [`Knowledge`] of source types, [`Lookups`],
//! [`DataModels`]. Opens no file; text comes in from outside.

mod auto_kv;
mod conf;
mod data_models;
mod event_types;
mod extraction;
mod indexing;
mod lookups;
mod macros;
mod props;
mod rules;
mod search_time;

pub(crate) use auto_kv::pairs as auto_pairs;
pub use conf::Conf;
pub use data_models::{Calculation, DataModel, DataModels, Dataset, DatasetView, Rule};
pub(crate) use extraction::{Extraction, clean_key};
pub use lookups::{
    Definition, FieldPairs, Lookup, LookupContent, LookupJoin, LookupTable, LookupWriter, Lookups, MatchType, Probe,
    WriteOptions,
};
pub use macros::{Macro, Macros};
pub(crate) use rules::Rules;
pub use search_time::Knowledge;
pub(crate) use search_time::Piece;
