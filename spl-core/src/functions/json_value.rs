//! Between values and JSON: what a value is as JSON, and what a JSON value is as a value.

use super::Argument;
use crate::json::{self, Kind, decode, entries, items, kind, parse, parse_container, write_compact, write_string};
use crate::value::{Value, number_text, parse_number};

/// How the values of an argument become JSON.
#[derive(Clone, Copy, Default)]
pub(super) struct Reading {
    /// A quoted literal: text even if it looks like JSON.
    quoted: bool,
    /// A field: text that looks like a number is one.
    field: bool,
}

impl Reading {
    /// For every argument.
    pub(super) fn of(arguments: &[Argument]) -> Vec<Reading> {
        arguments.iter().map(|argument| Reading { quoted: argument.quoted, field: argument.field }).collect()
    }

    /// `value` as JSON: JSON objects and arrays as they are, null as `null`, a multivalue as an array, other text as a string.
    pub(super) fn json(self, value: &Value) -> String {
        match value {
            Value::Null => "null".into(),
            Value::Bool(truth) => truth.to_string(),
            Value::Num(_) | Value::Fixed(..) => number(value),
            Value::Multi(values) => array_text(values.iter().map(|value| self.json(value))),
            Value::Str(text) => {
                if !self.quoted
                    && let Some(container) = parse_container(text)
                {
                    return json::compact(container);
                }
                if self.field && parse_number(text).is_some() && parse(text).is_some() {
                    return text.to_string();
                }
                string(text)
            }
        }
    }
}

fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_string(&mut out, text);
    out
}

/// A number as JSON, which has no infinities.
fn number(value: &Value) -> String {
    match value.number() {
        Some(n) if n.is_finite() => value.text().into_owned(),
        _ => "null".into(),
    }
}

/// JSON values as an array.
pub(super) fn array_text(items: impl Iterator<Item = String>) -> String {
    let mut out = String::from("[");
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&item);
    }
    out.push(']');
    out
}

/// The value as JSON with the type that its text looks like; other text as a string.
pub(super) fn inferred(value: &Value) -> String {
    match value {
        Value::Str(text) => match parse(text) {
            Some(json) => json::compact(json),
            None => string(text),
        },
        other => Reading::default().json(other),
    }
}

/// A JSON value as SPL has it: strings without quotes, numbers with the digits as written, objects and arrays as compact text.
pub(super) fn native(json: &str) -> Value {
    match kind(json) {
        Kind::Null => Value::Null,
        // No truth value: it may be stored in a field.
        Kind::True | Kind::False => Value::str(json),
        Kind::String => decode(inside(json)).into_owned().into(),
        Kind::Number => {
            let n = parse_number(json).unwrap_or(f64::NAN);
            let decimals = json.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            let fixed = Value::Fixed(n, decimals.min(20) as u8);
            match () {
                () if number_text(n) == json => Value::Num(n),
                () if fixed.text() == json => fixed,
                () => Value::str(json),
            }
        }
        Kind::Object | Kind::Array => json::compact(json).into(),
    }
}

/// What stands between the quotes of a checked JSON string.
pub(super) fn inside(json: &str) -> &str {
    json.get(1..json.len().saturating_sub(1)).unwrap_or_default()
}

/// Compact JSON with every number in its shortest form.
pub(super) fn shown(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    write_shown(&mut out, json);
    out
}

fn write_shown(out: &mut String, json: &str) {
    match kind(json) {
        Kind::Object => {
            out.push('{');
            for (i, (key, value)) in entries(json).enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push('"');
                out.push_str(key);
                out.push_str("\":");
                write_shown(out, value);
            }
            out.push('}');
        }
        Kind::Array => {
            out.push('[');
            for (i, item) in items(json).enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_shown(out, item);
            }
            out.push(']');
        }
        Kind::Number => match parse_number(json).filter(|n| n.is_finite()) {
            Some(n) => out.push_str(&number_text(n)),
            None => out.push_str(json),
        },
        _ => write_compact(out, json),
    }
}
