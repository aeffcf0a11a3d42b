//! What can be said of a row group without reading it, by the smallest and largest values of its columns.

use ::parquet::file::metadata::RowGroupMetaData;
use ::parquet::file::statistics::Statistics;

use super::kind::Kind;
use super::schema::Schema;
use super::values::{of_stamp, seconds};
use crate::formats::{Origin, ReadRequest};

/// Whether the field is one that every event has, wherever it comes from.
pub(super) fn is_given(field: &str) -> bool {
    matches!(field, "index" | "source" | "sourcetype" | "host" | "_time" | "_raw")
}

/// Whether events can be judged by their columns: not so where fields may be found in their text.
pub(super) fn may_test(schema: &Schema, origin: &Origin) -> bool {
    let of_others = schema.raw.is_none() && schema.field("sourcetype").is_none() && origin.sourcetype.is_none();
    of_others || schema.layouts.is_some()
}

/// Whether the group is known to have no row of the time that is asked for. Other columns are not judged by their statistics: to read one
/// that has a single value costs next to nothing.
pub(super) fn is_too_early_or_late(group: &RowGroupMetaData, schema: &Schema, request: &ReadRequest) -> bool {
    let [time] = &schema.times[..] else { return false };
    let meta = group.column(time.column);
    let bound = |number: f64| seconds(number, true);
    let (first, last) = match (meta.statistics(), Kind::of(meta.column_descr())) {
        (Some(Statistics::Int64(s)), Kind::Timestamp(unit, _)) => {
            (s.min_opt().map(|&n| of_stamp(n, unit)), s.max_opt().map(|&n| of_stamp(n, unit)))
        }
        (Some(Statistics::Int64(s)), Kind::Signed) => {
            (s.min_opt().and_then(|&n| bound(n as f64)), s.max_opt().and_then(|&n| bound(n as f64)))
        }
        (Some(Statistics::Double(s)), _) => (s.min_opt().and_then(|&n| bound(n)), s.max_opt().and_then(|&n| bound(n))),
        _ => return false,
    };
    let (Some(first), Some(last)) = (first, last) else { return false };
    request.earliest.is_some_and(|earliest| last < earliest) || request.latest.is_some_and(|latest| first >= latest)
}
