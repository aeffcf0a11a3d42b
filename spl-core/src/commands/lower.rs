//! What commands share that lower to kernel nodes: fields and conditions from functions of a command's own.

use super::prelude::*;
use crate::functions::Context;

/// The values of each row's fields to a value; an error ends the search.
pub(super) trait RowFn: Fn(&[Value], &Context) -> Result<Value> + Send + Sync + 'static {}
impl<F: Fn(&[Value], &Context) -> Result<Value> + Send + Sync + 'static> RowFn for F {}

/// `target = f(fields)`. Evaluated once for each distinct value when `fields` is one field.
pub(super) fn assign(target: &str, text: impl Into<String>, fields: &[&str], f: impl RowFn) -> Assignment {
    Assignment { target: field_name(target), value: Arc::new(Expression::function(text, fields, Arc::new(f))) }
}

/// `target = value` in every row.
pub(super) fn constant(target: &str, value: Value) -> Assignment {
    let text = value.text().into_owned();
    Assignment { target: field_name(target), value: Arc::new(Expression::with_literal(value, &text)) }
}

/// The plan with fields added.
pub(super) fn extend(input: Plan, assignments: impl IntoIterator<Item = Assignment>) -> Plan {
    Plan::Extend(Box::new(input), assignments.into_iter().collect())
}

/// The rows for which `f` of the fields is true.
pub(super) fn filter(input: Plan, text: impl Into<String>, fields: &[&str], f: impl RowFn) -> Plan {
    input.filter(Predicate::Where(Arc::new(Expression::condition(text, fields, Arc::new(f)))))
}

/// `f` of every value of a multivalue, of a single value itself; null of null.
pub(super) fn each(value: &Value, mut f: impl FnMut(&Value) -> Value) -> Value {
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

/// A command that changes nothing here: it concerns how Splunk shows or distributes a search.
#[derive(Debug)]
pub(super) struct Unchanged(pub(super) Kind);

impl Command for Unchanged {
    fn kind(&self) -> Kind {
        self.0
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input)
    }
}
