//! What the families share in reading their arguments.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Argument;
use crate::error::{Result, Span};
use crate::pattern::Pattern;
use crate::value::Value;

/// The text of argument `index`; `None` when it is null or missing.
pub(super) fn text(args: &[Value], index: usize) -> Option<Cow<'_, str>> {
    args.get(index).filter(|value| !value.is_null()).map(Value::text)
}

/// The number that argument `index` is.
pub(super) fn number(args: &[Value], index: usize) -> Option<f64> {
    args.get(index)?.number()
}

/// The whole number that argument `index` is; fractions are cut off.
pub(super) fn whole(args: &[Value], index: usize) -> Option<i64> {
    number(args, index).filter(|n| n.abs() < 9e15).map(|n| n as i64)
}

/// `f` of every value: null of null, a multivalue of a multivalue.
pub(super) fn each(value: &Value, f: impl Fn(&Value) -> Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Multi(values) => Value::multi(values.iter().map(f)),
        single => f(single),
    }
}

/// As [`each`], for what may hit a limit.
pub(super) fn try_each(value: &Value, mut f: impl FnMut(&Value) -> Result<Value>) -> Result<Value> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Multi(values) => Ok(Value::multi(values.iter().map(f).collect::<Result<Vec<_>>>()?)),
        single => f(single),
    }
}

/// Whether `f` holds for any value; null of null.
pub(super) fn any(value: &Value, mut f: impl FnMut(&str) -> Result<bool>) -> Result<Value> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    for value in value.values() {
        if f(&value.text())? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

/// Something made from an argument's text: once when it is a literal, else once for each text that comes along.
pub(super) struct Made<T> {
    literal: Option<Arc<T>>,
    make: fn(&str, Span) -> Result<T>,
    seen: Mutex<HashMap<String, Option<Arc<T>>>>,
}

/// How many different texts are remembered.
const SEEN: usize = 256;

impl<T> Made<T> {
    /// Looks at argument `index`; an unusable literal is an error at its place. A missing argument counts as none.
    pub(super) fn new(arguments: &[Argument], index: usize, make: fn(&str, Span) -> Result<T>) -> Result<Made<T>> {
        let literal = match arguments.get(index) {
            Some(Argument { literal: Some(value), span, .. }) if !value.is_null() => {
                let made = make(&value.text(), *span).map_err(|error| Box::new(error.at(*span)))?;
                Some(Arc::new(made))
            }
            _ => None,
        };
        Ok(Made { literal, make, seen: Mutex::default() })
    }

    /// What was made of the argument when it is a literal.
    pub(super) fn literal(&self) -> Option<Arc<T>> {
        self.literal.clone()
    }

    /// For one row, whose value of the argument is `value`; `None` when that is null or unusable.
    pub(super) fn get(&self, value: Option<&Value>) -> Option<Arc<T>> {
        if let Some(literal) = &self.literal {
            return Some(literal.clone());
        }
        let text = value.filter(|value| !value.is_null())?.text();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = seen.get(&*text) {
            return made.clone();
        }
        let made = (self.make)(&text, Span::default()).ok().map(Arc::new);
        if seen.len() >= SEEN {
            seen.clear();
        }
        seen.insert(text.into_owned(), made.clone());
        made
    }
}

/// The regular expression that argument `index` is.
pub(super) fn pattern(arguments: &[Argument], index: usize) -> Result<Made<Pattern>> {
    Made::new(arguments, index, Pattern::compile)
}
