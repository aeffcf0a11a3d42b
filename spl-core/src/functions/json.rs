//! The JSON functions. A JSON value is text like any other; [`json_value`](super::json_value) says which text counts as one.

use super::Shape::{Prepared, Row};
use super::args::text;
use super::json_value::{Reading, array_text, inside, native};
use super::{Argument, Function, Ready};
use crate::error::{Result, bail};
use crate::json::edit::Document;
use crate::json::path::Step;
use crate::json::{self, Kind, Path, decode, entries, items, kind, parse, parse_container, write_string};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "json",
        syntax: "json(<value>)",
        summary: "The value itself if it is JSON, else nothing.",
        examples: &[("json(\"{\\\"a\\\": 1}\")", "{\"a\": 1}"), ("json(\"{a: 1}\")", "null")],
        shape: Row(|args, _| if is_json(&args[0]) { args[0].clone() } else { Value::Null }),
        ..Function::BLANK
    },
    Function {
        name: "json_append",
        syntax: "json_append(<json>,<path>,<value>,...)",
        summary: "The document with each value added to the end of the array at its path; what is no array there becomes one.",
        examples: &[
            ("json_append(\"{\\\"a\\\":[1]}\",\"a\",\"x\")", "{\"a\":[1,\"x\"]}"),
            ("json_append(\"{\\\"a\\\":1}\",\"a\",2)", "{\"a\":[1,2]}"),
        ],
        arity: (3, usize::MAX),
        shape: Prepared(|arguments| {
            edit(arguments, |document, path, value| document.append(&Path::parse(path), vec![value]))
        }),
        ..Function::BLANK
    },
    Function {
        name: "json_array",
        syntax: "json_array(<values>...)",
        summary: "The values as a JSON array.",
        examples: &[("json_array(\"a\",1.5,true(),null())", "[\"a\",1.5,true,null]"), ("json_array()", "[]")],
        arity: (0, usize::MAX),
        shape: Prepared(|arguments| {
            let readings = Reading::of(arguments);
            Ok(Ready::row(move |args, _| {
                let items = args.iter().zip(&readings);
                Ok(array_text(items.map(|(value, reading)| reading.json(value))).into())
            }))
        }),
        ..Function::BLANK
    },
    Function {
        name: "json_array_to_mv",
        syntax: "json_array_to_mv(<json_array>[,<keep_quotes>])",
        summary: "The elements of a JSON array as a multivalue, strings without their quotes unless these are to be kept.",
        examples: &[
            ("mvjoin(json_array_to_mv(\"[\\\"a\\\",2]\"),\";\")", "a;2"),
            ("mvjoin(json_array_to_mv(\"[\\\"a\\\",2]\",true()),\";\")", "\"a\";2"),
        ],
        arity: (1, 2),
        shape: Row(|args, _| {
            let keep =
                args.get(1).is_some_and(|keep| *keep == Value::Bool(true) || keep.number().is_some_and(|n| n != 0.0));
            let text = text(args, 0);
            let Some(array) = text.as_deref().and_then(parse_container).filter(|json| kind(json) == Kind::Array) else {
                return Value::Null;
            };
            Value::multi(items(array).map(|item| match kind(item) {
                Kind::String if !keep => decode(inside(item)).into_owned().into(),
                _ => json::compact(item).into(),
            }))
        }),
        ..Function::BLANK
    },
    Function {
        name: "json_delete",
        syntax: "json_delete(<json>,<keys>...)",
        summary: "The object without the members called so; points in a key lead into objects.",
        examples: &[(
            "json_delete(\"{\\\"a\\\":1,\\\"b\\\":{\\\"c\\\":2,\\\"d\\\":3}}\",\"a\",\"b.d\")",
            "{\"b\":{\"c\":2}}",
        )],
        arity: (2, usize::MAX),
        shape: Row(|args, _| {
            let text = text(args, 0);
            let Some(json) = text.as_deref().and_then(parse_container) else { return Value::Null };
            let mut document = Document::new(json);
            for key in args[1..].iter().flat_map(Value::values) {
                let steps = key.text().split('.').map(|key| Step::Key(key.to_owned())).collect();
                document.delete(&Path(steps));
            }
            document.into_text().into()
        }),
        ..Function::BLANK
    },
    Function {
        name: "json_entries",
        syntax: "json_entries(<json>)",
        summary: "The members of an object as an array of objects with key and value.",
        examples: &[("json_entries(\"{\\\"a\\\":1}\")", "[{\"key\":\"a\",\"value\":1}]")],
        shape: Row(|args, _| {
            let text = text(args, 0);
            let Some(object) = text.as_deref().and_then(object) else { return Value::Null };
            let entry = |(key, value)| format!("{{\"key\":\"{key}\",\"value\":{}}}", json::compact(value));
            array_text(entries(object).map(entry)).into()
        }),
        ..Function::BLANK
    },
    Function {
        name: "json_extend",
        syntax: "json_extend(<json>,<path>,<value>,...)",
        summary: "As json_append, but of an array the elements are added.",
        examples: &[("json_extend(\"{\\\"a\\\":[1]}\",\"a\",json_array(2,json_array(3)))", "{\"a\":[1,2,[3]]}")],
        arity: (3, usize::MAX),
        shape: Prepared(|arguments| {
            edit(arguments, |document, path, value| {
                let values = match kind(&value) {
                    Kind::Array => items(&value).map(str::to_owned).collect(),
                    _ => vec![value],
                };
                document.append(&Path::parse(path), values);
            })
        }),
        ..Function::BLANK
    },
    Function {
        name: "json_extract",
        syntax: "json_extract(<json>[,<paths>...])",
        summary: "What is at the path of a JSON document; an array of what is at several.",
        examples: &[
            ("json_extract(\"{\\\"a\\\":[{\\\"b\\\":1},{\\\"b\\\":2}]}\",\"a{1}.b\")", "2"),
            ("json_extract(\"{\\\"a\\\":[{\\\"b\\\":1},{\\\"b\\\":2}]}\",\"a{}.b\")", "[1,2]"),
            ("json_extract(\"{\\\"a\\\":\\\"x\\\",\\\"b\\\":2}\",\"a\",\"b\")", "[\"x\",2]"),
        ],
        arity: (1, usize::MAX),
        shape: Row(|args, _| {
            extract(args, |document, path| {
                let path = Path::parse(path);
                let mut found = Vec::new();
                path.find(document, &mut |value| found.push(value));
                match found.first() {
                    None => None,
                    Some(_) if path.collects() => Some(array_text(found.iter().map(|value| json::compact(value)))),
                    Some(first) => Some((*first).to_owned()),
                }
            })
        }),
        ..Function::BLANK
    },
    Function {
        name: "json_extract_exact",
        syntax: "json_extract_exact(<json>[,<keys>...])",
        summary: "The member of the object that is called exactly so, points and braces included.",
        examples: &[("json_extract_exact(\"{\\\"a.b{}\\\":7}\",\"a.b{}\")", "7")],
        arity: (1, usize::MAX),
        shape: Row(|args, _| {
            extract(args, |document, wanted| {
                entries(document).find(|(key, _)| decode(key) == wanted).map(|(_, value)| value.to_owned())
            })
        }),
        ..Function::BLANK
    },
    Function {
        name: "json_has_key_exact",
        syntax: "json_has_key_exact(<json>,<key>)",
        summary: "Whether the object has a member called exactly so.",
        examples: &[("if(json_has_key_exact(\"{\\\"a.b\\\":1}\",\"a.b\"),\"y\",\"n\")", "y")],
        arity: (2, 2),
        boolean: true,
        shape: Row(|args, _| {
            let (text, wanted) = (text(args, 0), text(args, 1));
            let (Some(text), Some(wanted)) = (text, wanted) else { return Value::Null };
            Value::Bool(object(&text).is_some_and(|object| entries(object).any(|(key, _)| decode(key) == wanted)))
        }),
        ..Function::BLANK
    },
    Function {
        name: "json_keys",
        syntax: "json_keys(<json>)",
        summary: "The names of the object's members as a JSON array.",
        examples: &[("json_keys(\"{\\\"b\\\":1,\\\"a\\\":2}\")", "[\"b\",\"a\"]"), ("json_keys(\"[1]\")", "null")],
        shape: Row(|args, _| {
            let text = text(args, 0);
            let Some(object) = text.as_deref().and_then(object) else { return Value::Null };
            array_text(entries(object).map(|(key, _)| format!("\"{key}\""))).into()
        }),
        ..Function::BLANK
    },
    Function {
        name: "json_object",
        syntax: "json_object(<key>,<value>,...)",
        summary: "A JSON object of the keys and values, in their order.",
        examples: &[
            ("json_object(\"a\",1,\"b\",split(\"x,y\",\",\"))", "{\"a\":1,\"b\":[\"x\",\"y\"]}"),
            ("json_object(\"a\",json_object(\"b\",true()))", "{\"a\":{\"b\":true}}"),
        ],
        arity: (0, usize::MAX),
        shape: Prepared(object_function),
        ..Function::BLANK
    },
    Function {
        name: "json_set",
        syntax: "json_set(<json>,<path>,<value>,...)",
        summary: "The document with the value at each path set, objects on the way made as needed.",
        examples: &[("json_set(\"{\\\"a\\\":1}\",\"b.c\",2,\"a\",\"x\")", "{\"a\":\"x\",\"b\":{\"c\":2}}")],
        arity: (3, usize::MAX),
        shape: Prepared(|arguments| edit(arguments, |document, path, value| document.set(&Path::parse(path), value))),
        ..Function::BLANK
    },
    Function {
        name: "json_set_exact",
        syntax: "json_set_exact(<json>,<key>,<value>,...)",
        summary: "The object with members set that are called exactly so, points and braces included.",
        examples: &[("json_set_exact(\"{}\",\"a.b\",2)", "{\"a.b\":2}")],
        arity: (3, usize::MAX),
        shape: Prepared(|arguments| edit(arguments, |document, key, value| document.set_member(key, value))),
        ..Function::BLANK
    },
    Function {
        name: "json_valid",
        syntax: "json_valid(<json>)",
        summary: "Whether the text is JSON.",
        examples: &[("if(json_valid(\"[1,{}]\"),\"y\",\"n\")", "y"), ("if(json_valid(\"[1,]\"),\"y\",\"n\")", "n")],
        boolean: true,
        shape: Row(|args, _| if args[0].is_null() { Value::Null } else { Value::Bool(is_json(&args[0])) }),
        ..Function::BLANK
    },
    Function {
        name: "mv_to_json_array",
        syntax: "mv_to_json_array(<mv>[,<infer_types>])",
        summary: "The values as a JSON array of strings, or of what their text is as JSON.",
        examples: &[
            ("mv_to_json_array(split(\"a,1\",\",\"))", "[\"a\",\"1\"]"),
            ("mv_to_json_array(split(\"a,1,true\",\",\"),true())", "[null,1,true]"),
        ],
        arity: (1, 2),
        shape: Row(|args, _| {
            if args[0].is_null() {
                return Value::Null;
            }
            let infer = args
                .get(1)
                .is_some_and(|infer| *infer == Value::Bool(true) || infer.number().is_some_and(|n| n != 0.0));
            let item = |value: &Value| {
                let text = value.text();
                if infer {
                    return parse(&text).map_or_else(|| "null".into(), json::compact);
                }
                let mut out = String::new();
                write_string(&mut out, &text);
                out
            };
            array_text(args[0].values().iter().map(item)).into()
        }),
        ..Function::BLANK
    },
];

fn is_json(value: &Value) -> bool {
    match value {
        Value::Null | Value::Multi(_) => false,
        Value::Str(text) => parse(text).is_some(),
        Value::Bool(_) => true,
        Value::Num(n) | Value::Fixed(n, _) => n.is_finite(),
    }
}

fn object(text: &str) -> Option<&str> {
    parse_container(text).filter(|json| kind(json) == Kind::Object)
}

/// A document, then pairs of a place and a value; `change` is called for each pair.
fn edit(arguments: &[Argument], change: fn(&mut Document<'_>, &str, String)) -> Result<Ready> {
    if arguments.len().is_multiple_of(2) {
        bail!(Argument, arguments[arguments.len() - 1].span, "this path has no value");
    }
    let readings = Reading::of(arguments);
    Ok(Ready::row(move |args, _| {
        let text = text(args, 0);
        let Some(json) = text.as_deref().and_then(parse_container) else { return Ok(Value::Null) };
        let mut document = Document::new(json);
        for (pair, readings) in args[1..].chunks_exact(2).zip(readings[1..].chunks_exact(2)) {
            change(&mut document, &pair[0].text(), readings[1].json(&pair[1]));
        }
        Ok(document.into_text().into())
    }))
}

fn object_function(arguments: &[Argument]) -> Result<Ready> {
    if arguments.len() % 2 == 1 {
        bail!(Argument, arguments[arguments.len() - 1].span, "this key has no value");
    }
    let readings = Reading::of(arguments);
    Ok(Ready::row(move |args, _| {
        let mut members: Vec<(String, String)> = Vec::with_capacity(args.len() / 2);
        for (pair, readings) in args.chunks_exact(2).zip(readings.chunks_exact(2)) {
            let (key, value) = (pair[0].text().into_owned(), readings[1].json(&pair[1]));
            match members.iter_mut().find(|(known, _)| *known == key) {
                Some(member) => member.1 = value,
                None => members.push((key, value)),
            }
        }
        let mut out = String::from("{");
        for (i, (key, value)) in members.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            write_string(&mut out, key);
            out.push(':');
            out.push_str(value);
        }
        out.push('}');
        Ok(out.into())
    }))
}

/// What `find` finds at the one place given, the document itself without any, or an array of what is at several.
fn extract(args: &[Value], find: impl Fn(&str, &str) -> Option<String>) -> Value {
    let text = text(args, 0);
    let Some(document) = text.as_deref().and_then(parse) else { return Value::Null };
    match &args[1..] {
        [] => native(document),
        [place] if !matches!(place, Value::Multi(_)) => match find(document, &place.text()) {
            Some(found) => native(&found),
            None => Value::Null,
        },
        places => {
            let found = places.iter().flat_map(Value::values).map(|place| match find(document, &place.text()) {
                Some(found) => json::compact(&found),
                None => "null".into(),
            });
            array_text(found).into()
        }
    }
}
