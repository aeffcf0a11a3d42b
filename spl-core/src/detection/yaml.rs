//! Reads YAML into types, leniently where documents differ: one text for a list of one, numbers for texts. Says where what is wrong.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value as Json;

use crate::error::{Diagnostic, ErrorKind, Result, Span};

/// A document of a content pack.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_saphyr::from_str(text).map_err(|error| {
        let told = error.without_snippet().to_string();
        let Some(place) = error.location().filter(|place| place.line() > 0) else {
            return Box::new(Diagnostic::new(ErrorKind::Data, told));
        };
        // The place is told once, by line, and drawn.
        let reason = match told.split(" at line ").next().unwrap_or_default().trim() {
            "invalid floating point" => "this is no number",
            "expected string scalar" => "a text must stand here",
            other => other,
        };
        let message = format!("line {}: {reason}", place.line());
        Box::new(Diagnostic::new(ErrorKind::Data, message).at(span(text, place.line(), place.column())).in_text(text))
    })
}

/// The word at a line and a column, both counted from 1.
fn span(text: &str, line: u64, column: u64) -> Span {
    let before = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let here = rest.lines().next().unwrap_or_default();
    let skipped = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let inside = here.char_indices().nth(skipped).map_or(here.len(), |(at, _)| at);
    let word = here[inside..].find([':', ',', ' ']).filter(|length| *length > 0).unwrap_or(here.len() - inside);
    Span::new(start + inside, start + inside + word)
}

/// Several texts; one stands for itself, nothing for none.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match Json::deserialize(deserializer)? {
        Json::Array(items) => items.iter().filter_map(text_of).collect(),
        single => text_of(&single).into_iter().collect(),
    })
}

/// A text; numbers and the like stand for what is written.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(text_of(&Json::deserialize(deserializer)?))
}

/// A text, empty for nothing.
pub(super) fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(text(deserializer)?.unwrap_or_default())
}

/// A list, or nothing.
pub(super) fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// Settings, or nothing.
pub(super) fn settings<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

fn text_of(json: &Json) -> Option<String> {
    let text = match json {
        Json::Null => return None,
        Json::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    Some(text).filter(|text| !text.is_empty())
}
