//! `lookup()`, which asks the search's lookup tables.

use super::Function;
use super::Shape::Row;
use crate::error::Result;
use crate::json;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[Function {
    name: "lookup",
    syntax: "lookup(<table>,<json_object>,<json_array>)",
    summary: "The columns named in an array, as an object, of the lookup rows that match the columns and values of an object.",
    // What tables there are differs from engine to engine.
    examples: &[("lookup(\"codes.csv\",null(),json_array(\"text\"))", "null")],
    arity: (3, 3),
    shape: Row(|args, cx| {
        let [Value::Str(table), Value::Str(keys), Value::Str(outputs)] = args else { return Value::Null };
        let (Some(keys), Some(outputs)) = (json::parse_container(keys), json::parse_container(outputs)) else {
            return Value::Null;
        };
        let keys: Vec<(String, String)> =
            json::entries(keys).map(|(name, value)| (json::decode(name).into_owned(), text_of(value))).collect();
        let outputs: Vec<String> = json::items(outputs).map(text_of).collect();
        let found: Result<Vec<Vec<String>>> = cx.lookups.matching(table, &keys, &outputs);
        match found {
            Ok(columns) => object(&outputs, &columns),
            Err(diagnostic) => {
                cx.notes.fail(diagnostic);
                Value::Null
            }
        }
    }),
    ..Function::BLANK
}];

/// A JSON value's text, that of a string without its quotes.
fn text_of(value: &str) -> String {
    match value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
        Some(inner) => json::decode(inner).into_owned(),
        None => value.to_owned(),
    }
}

/// `{"name":"value"}`; several values as an array; nothing when no column has any.
fn object(names: &[String], columns: &[Vec<String>]) -> Value {
    let mut text = String::new();
    for (name, values) in names.iter().zip(columns).filter(|(_, values)| !values.is_empty()) {
        text.push(if text.is_empty() { '{' } else { ',' });
        json::write_string(&mut text, name);
        text.push(':');
        if let [only] = &values[..] {
            json::write_string(&mut text, only);
            continue;
        }
        for (i, value) in values.iter().enumerate() {
            text.push(if i == 0 { '[' } else { ',' });
            json::write_string(&mut text, value);
        }
        text.push(']');
    }
    if text.is_empty() {
        return Value::Null;
    }
    text.push('}');
    Value::from(text)
}
