//! What a value is. Those that must tell a literal from a field (`isnum`, `typeof`, ...) are in `expr::special`.

use super::Function;
use super::Shape::Row;
use crate::json::{Kind, kind, parse_container};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "isarray",
        syntax: "isarray(<value>)",
        summary: "Whether the value is a JSON array.",
        examples: &[("if(isarray(\"[1, 2]\"),\"y\",\"n\")", "y"), ("if(isarray(\"{}\"),\"y\",\"n\")", "n")],
        boolean: true,
        shape: Row(|args, _| Value::Bool(container(&args[0]) == Some(Kind::Array))),
        ..Function::BLANK
    },
    Function {
        name: "ismv",
        syntax: "ismv(<value>)",
        summary: "Whether there is more than one value.",
        examples: &[("if(ismv(split(\"a b\",\" \")),\"y\",\"n\")", "y"), ("if(ismv(\"a b\"),\"y\",\"n\")", "n")],
        boolean: true,
        shape: Row(|args, _| Value::Bool(matches!(args[0], Value::Multi(_)))),
        ..Function::BLANK
    },
    Function {
        name: "isobject",
        syntax: "isobject(<value>)",
        summary: "Whether the value is a JSON object.",
        examples: &[("if(isobject(json_object(\"a\",1)),\"y\",\"n\")", "y"), ("if(isobject(\"[]\"),\"y\",\"n\")", "n")],
        boolean: true,
        shape: Row(|args, _| Value::Bool(container(&args[0]) == Some(Kind::Object))),
        ..Function::BLANK
    },
];

fn container(value: &Value) -> Option<Kind> {
    match value {
        Value::Str(text) => parse_container(text).map(kind),
        _ => None,
    }
}
