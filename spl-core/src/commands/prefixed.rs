//! `PREFIX(user=)` of tstats: what stands behind a text at the beginning of the tokens of an event, without any field being extracted.
//!
//! Source: Search Reference, "tstats", on PREFIX. The tokens of an index are in lower case, and so are the values here.

use super::lower::assign;
use super::prelude::*;
use crate::expr::is_major_breaker;

/// The text in `PREFIX(text)`, which is also the name of the field that holds the values.
pub(super) fn of(field: &str) -> Option<&str> {
    let inside = field.get("PREFIX(".len()..)?.strip_suffix(')')?;
    field.starts_with("PREFIX(").then(|| inside.trim().trim_matches('"')).filter(|prefix| !prefix.is_empty())
}

/// Sets the field named `prefix` to what stands behind it in `_raw`.
pub(super) fn values(prefix: &str) -> Assignment {
    let lower = prefix.to_lowercase();
    assign(prefix, format!("PREFIX({prefix})"), &["_raw"], move |values, _| {
        let text = values[0].text().to_lowercase();
        let tokens = text.split(is_major_breaker).filter_map(|token| token.strip_prefix(&*lower));
        Ok(Value::multi(tokens.filter(|rest| !rest.is_empty()).map(Value::str)))
    })
}
