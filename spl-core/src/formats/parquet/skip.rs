//! What can be said of a row group without reading it, by the smallest and largest values of its columns.

use ::parquet::file::metadata::RowGroupMetaData;
use ::parquet::file::statistics::Statistics;

use super::kind::Kind;
use super::schema::Schema;
use super::values::{of_stamp, seconds};
use crate::formats::{AnyOf, Origin, Part, ReadRequest};

/// Whether the field is one that every event has, wherever it comes from.
pub(super) fn is_given(field: &str) -> bool {
    matches!(field, "index" | "source" | "sourcetype" | "host" | "_time" | "_raw")
}

/// Whether events can be judged by their columns: not so where fields may be found in their text.
pub(super) fn may_test(schema: &Schema, origin: &Origin) -> bool {
    let of_others = schema.raw.is_none() && schema.field("sourcetype").is_none() && origin.sourcetype.is_none();
    of_others || schema.layouts.is_some()
}

/// Whether no row of the group is wanted, for all that is known.
pub(super) fn is_useless(group: &RowGroupMetaData, schema: &Schema, part: &Part<'_>) -> bool {
    let request = part.request;
    is_too_early_or_late(group, schema, request)
        || schema.layouts.is_none()
            && may_test(schema, part.origin)
            && request.tests.iter().any(|any| fails(any, group, schema))
}

fn is_too_early_or_late(group: &RowGroupMetaData, schema: &Schema, request: &ReadRequest) -> bool {
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

/// Whether no row passes any of the tests, because each column is known to hold one value at most.
fn fails(any: &AnyOf, group: &RowGroupMetaData, schema: &Schema) -> bool {
    any.0.iter().all(|test| {
        if is_given(&test.field) {
            return false;
        }
        match schema.field(&test.field) {
            None => true,
            Some(leaf) => {
                let meta = group.column(leaf.column);
                let nulls = meta.statistics().and_then(Statistics::null_count_opt);
                let all_null = nulls.is_some_and(|nulls| u64::try_from(meta.num_values()) == Ok(nulls));
                all_null || only_value(meta.statistics(), leaf.kind).is_some_and(|value| !(test.accepts)(&value))
            }
        }
    })
}

/// The value of a column that has no other.
fn only_value(statistics: Option<&Statistics>, kind: Kind) -> Option<String> {
    let statistics = statistics.filter(|s| s.min_is_exact() && s.max_is_exact())?;
    let mut text = Vec::new();
    match statistics {
        Statistics::Int32(s) if s.min_opt()? == s.max_opt()? && kind != Kind::Unsigned => {
            kind.write_int(i64::from(*s.min_opt()?), &mut text);
        }
        Statistics::Int64(s) if s.min_opt()? == s.max_opt()? => kind.write_int(*s.min_opt()?, &mut text),
        Statistics::ByteArray(s) if s.min_opt()? == s.max_opt()? => kind.write_bytes(s.min_opt()?.data(), &mut text),
        _ => return None,
    }
    String::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::parquet::data_type::ByteArray;

    #[test]
    fn a_value_is_the_only_one_when_it_is_least_and_most() {
        let number = |min, max| Statistics::int64(Some(min), Some(max), None, Some(0), false);
        assert_eq!(only_value(Some(&number(7, 7)), Kind::Signed).as_deref(), Some("7"));
        assert_eq!(only_value(Some(&number(7, 8)), Kind::Signed), None);
        let text = |max: &str| {
            Statistics::byte_array(Some(ByteArray::from("ab")), Some(ByteArray::from(max)), None, Some(0), false)
        };
        assert_eq!(only_value(Some(&text("ab")), Kind::Text).as_deref(), Some("ab"));
        assert_eq!(only_value(Some(&text("ac")), Kind::Text), None);
        assert_eq!(only_value(None, Kind::Text), None);
    }
}
