//! What the `spath` function and command have in common: JSON or XML by path, told apart by how the text begins.

use std::borrow::Cow;

use crate::json::{self, Kind, Path, decode, kind};
use crate::value::Value;
use crate::xml;

/// The values at `path` of the JSON or XML `text`; several make a multivalue, none is null.
pub fn extract(text: &str, path: &Path) -> Value {
    let mut values = Vec::new();
    if text.trim_start().starts_with('<') {
        xml::find(text, path, &mut |value| values.push(Value::str(value)));
    } else if let Some(document) = json::parse_container(text) {
        path.find(document, &mut |value| values.push(Value::from(shown(value).into_owned())));
    }
    Value::multi(values)
}

/// Calls `each` with the name and text of every leaf of the JSON or XML `text`, in order; false when it is neither. Leaves in front of
/// a mistake in JSON are given all the same.
pub fn flatten(text: &str, each: &mut dyn FnMut(&str, Cow<'_, str>)) -> bool {
    if text.trim_start().starts_with('<') {
        return xml::flatten(text, each);
    }
    json::flatten(text, &mut |name, leaf| each(name, leaf.into_text()))
}

/// What a field shows of a JSON value: strings without quotes, anything else as written.
fn shown(value: &str) -> Cow<'_, str> {
    match kind(value) {
        Kind::String => decode(value.get(1..value.len() - 1).unwrap_or_default()),
        _ => Cow::Borrowed(value),
    }
}
