//! Plans carried out: one file for each kernel operator, a table in and a table out, on all cores.
//!
//! Operators take and give whole tables; what works on each batch alone is spread over the cores batch by batch, and what is slow because of
//! its texts goes over dictionaries. Only what reads the catalog ([`Source`]) knows where events come from.

mod aggregate;
mod cell_table;
mod extend;
mod first_groups;
mod group;
mod group_ends;
mod keys;
mod leading;
mod lying;
mod made;
mod merged;
mod narrow;
mod numbering;
mod partial;
mod per_value;
mod project;
mod raw;
mod run;
mod scan;
mod sift;
mod sort;
mod stream;
mod streams;

pub(crate) use aggregate::{Groups, aggregate_by_keys, aggregate_groups, expand_calls, small_in_order};
pub(crate) use group::{
    Grouper, group_rows_anyhow, group_rows_exactly, part_ranges, part_ranges_of, spread_multivalues,
};
pub use group::{Grouping, RowGroups, group_rows};
pub(crate) use keys::{Codes, KeyCodes, KeyColumn};
pub(crate) use made::Made;
pub(crate) use merged::Merged;
pub(crate) use partial::Partial;
pub(crate) use per_value::{Maker, make_fields, map_field};
pub(crate) use project::{carry, expand_fields, fields_or_all, matches_field};
pub use raw::{Bytes, RawSource};
pub use run::{Limits, Profile, ProfileNode, RunContext, run};
pub(crate) use run::{first_rows, resolve, select, union};
pub use scan::{RowsToRows, Source, TableSource};
pub(crate) use sift::Sift;
pub(crate) use sort::{sort, sorted_picks};
pub use stream::{Chunk, Gather};
pub(crate) use stream::{Pipeline, Reduce};
pub use streams::{Open, StreamInput, StreamSource};
