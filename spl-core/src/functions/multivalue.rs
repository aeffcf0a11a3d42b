//! Functions of multivalues. Those that evaluate an expression for each value (`mvmap`, `mvfilter`) are in `expr::special`.

use super::Shape::{Prepared, Row, Text1};
use super::args::{Made, number, pattern, text, whole};
use super::{Function, Ready};
use crate::error::{Result, bail};
use crate::syntax::{self, ast::StageKind};
use crate::time::{TimeSpan, Zone};
use crate::value::Value;

/// How many values `mvrange` may make.
const MOST: usize = 1_000_000;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "commands",
        syntax: "commands(<search>)",
        summary: "The names of the commands in the text of a search.",
        examples: &[
            ("commands(\"search error | stats count BY host | head 3\")", "search; stats; head"),
            ("commands(\"(\")", "null"),
        ],
        shape: Text1(|text| match syntax::parse(text) {
            Ok(pipeline) => Value::multi(pipeline.stages.iter().map(|stage| match &stage.kind {
                StageKind::Command { name, .. } => Value::str(&name.node),
                StageKind::Macro(_) => Value::Null,
            })),
            Err(_) => Value::Null,
        }),
        ..Function::BLANK
    },
    Function {
        name: "mvappend",
        syntax: "mvappend(<values>...)",
        summary: "All values of all arguments in their order, missing ones left out.",
        examples: &[("mvappend(\"b\",null(),mvappend(\"a\",\"b\"))", "b; a; b")],
        arity: (1, usize::MAX),
        shape: Row(|args, _| Value::multi(args.iter().cloned())),
        ..Function::BLANK
    },
    Function {
        name: "mvcount",
        syntax: "mvcount(<mv>)",
        summary: "How many values there are; nothing when there are none.",
        examples: &[("mvcount(split(\"a,b,c\",\",\"))", "3"), ("mvcount(\"a\")", "1"), ("mvcount(null())", "null")],
        shape: Row(|args, _| Some(args[0].values().len()).filter(|&count| count > 0).map(|count| count as f64).into()),
        ..Function::BLANK
    },
    Function {
        name: "mvdedup",
        syntax: "mvdedup(<mv>)",
        summary: "Each value once, where it first stands.",
        examples: &[("mvdedup(split(\"b,a,b\",\",\"))", "b; a")],
        shape: Row(|args, _| {
            let mut seen = std::collections::HashSet::new();
            Value::multi(args[0].values().iter().filter(|value| seen.insert(value.text())).cloned())
        }),
        ..Function::BLANK
    },
    Function {
        name: "mvfind",
        syntax: "mvfind(<mv>,<regex>)",
        summary: "The index of the first value that the regular expression matches, from 0.",
        examples: &[("mvfind(split(\"ab,bc,cd\",\",\"),\"c$\")", "1"), ("mvfind(\"a\",\"x\")", "null")],
        arity: (2, 2),
        shape: Prepared(|arguments| {
            let regex = pattern(arguments, 1)?;
            Ok(Ready::row(move |args, _| {
                let Some(regex) = regex.get(args.get(1)) else { return Ok(Value::Null) };
                for (index, value) in args[0].values().iter().enumerate() {
                    if regex.is_match(&value.text())? {
                        return Ok((index as f64).into());
                    }
                }
                Ok(Value::Null)
            }))
        }),
        ..Function::BLANK
    },
    Function {
        name: "mvindex",
        syntax: "mvindex(<mv>,<start>[,<end>])",
        summary: "The value at an index from 0, or those from one to another; negative ones count from the end.",
        examples: &[
            ("mvindex(split(\"a,b,c\",\",\"),-1)", "c"),
            ("mvindex(split(\"a,b,c\",\",\"),0,1)", "a; b"),
            ("mvindex(split(\"a,b,c\",\",\"),3)", "null"),
        ],
        arity: (2, 3),
        excerpt: true,
        shape: Row(|args, _| {
            let values = args[0].values();
            let from_end = |index: i64| if index < 0 { index + values.len() as i64 } else { index };
            let Some(start) = whole(args, 1).map(from_end) else { return Value::Null };
            if args.len() < 3 {
                return usize::try_from(start).ok().and_then(|start| values.get(start)).cloned().unwrap_or_default();
            }
            let Some(end) = whole(args, 2).map(from_end) else { return Value::Null };
            // A range may reach beyond either end, as in "the first ten".
            let (start, end) = (start.max(0) as usize, (end + 1).clamp(0, values.len() as i64) as usize);
            Value::multi(values.get(start..end).unwrap_or_default().iter().cloned())
        }),
        ..Function::BLANK
    },
    Function {
        name: "mvjoin",
        syntax: "mvjoin(<mv>,<delim>)",
        summary: "The values as one text with a delimiter between them.",
        examples: &[("mvjoin(split(\"a b\",\" \"),\" and \")", "a and b"), ("mvjoin(null(),\",\")", "null")],
        arity: (2, 2),
        shape: Row(|args, _| {
            let Some(delimiter) = text(args, 1).filter(|_| !args[0].is_null()) else { return Value::Null };
            let mut out = String::new();
            for (i, value) in args[0].values().iter().enumerate() {
                if i > 0 {
                    out.push_str(&delimiter);
                }
                out.push_str(&value.text());
            }
            out.into()
        }),
        ..Function::BLANK
    },
    Function {
        name: "mvrange",
        syntax: "mvrange(<start>,<end>[,<step>])",
        summary: "The numbers from start up to but without end; the step may be a span of time such as 1d.",
        examples: &[
            ("mvrange(1,7,2)", "1; 3; 5"),
            ("mvrange(0,200000,\"1d\")", "0; 86400; 172800"),
            ("mvrange(3,3)", "null"),
        ],
        arity: (2, 3),
        shape: Prepared(|arguments| {
            let span = match arguments.get(2).and_then(|argument| argument.literal.as_ref()) {
                // Numbers need no reading.
                Some(literal) if literal.number().is_some() => None,
                _ => Some(Made::new(arguments, 2, |text, _| TimeSpan::parse(text))?),
            };
            Ok(Ready::row(move |args, context| {
                let Some((start, end)) = number(args, 0).zip(number(args, 1)) else { return Ok(Value::Null) };
                if args.len() < 3 {
                    return by_number(start, end, 1.0);
                }
                if let Some(step) = number(args, 2) {
                    return by_number(start, end, step);
                }
                match span.as_ref().and_then(|span| span.get(args.get(2))) {
                    Some(span) => by_time(start, end, *span, context.zone),
                    None => Ok(Value::Null),
                }
            }))
        }),
        ..Function::BLANK
    },
    Function {
        name: "mvreverse",
        syntax: "mvreverse(<mv>)",
        summary: "The values from last to first.",
        examples: &[("mvreverse(split(\"a,b,c\",\",\"))", "c; b; a")],
        shape: Row(|args, _| Value::multi(args[0].values().iter().rev().cloned())),
        ..Function::BLANK
    },
    Function {
        name: "mvsort",
        syntax: "mvsort(<mv>)",
        summary: "The values in the order of their bytes.",
        examples: &[("mvsort(split(\"b,10,9,B\",\",\"))", "10; 9; B; b")],
        shape: Row(|args, _| {
            let mut values = args[0].values().to_vec();
            values.sort_by_cached_key(|value| value.text().into_owned());
            Value::multi(values)
        }),
        ..Function::BLANK
    },
    Function {
        name: "mvzip",
        syntax: "mvzip(<mv_left>,<mv_right>[,<delim>])",
        summary: "The values of both in pairs, with a delimiter (a comma, unless another is given) between them.",
        examples: &[
            ("mvzip(split(\"a,b,c\",\",\"),split(\"1,2\",\",\"),\"=\")", "a=1; b=2"),
            ("mvzip(\"a\",\"b\")", "a,b"),
        ],
        arity: (2, 3),
        shape: Row(|args, _| {
            let delimiter = if args.len() > 2 { text(args, 2) } else { Some(",".into()) };
            let Some(delimiter) = delimiter else { return Value::Null };
            let pairs = args[0].values().iter().zip(args[1].values());
            Value::multi(pairs.map(|(left, right)| format!("{}{delimiter}{}", left.text(), right.text()).into()))
        }),
        ..Function::BLANK
    },
    Function {
        name: "split",
        syntax: "split(<str>,<delim>)",
        summary: "The pieces between the delimiters, empty ones too; without a delimiter every character.",
        examples: &[("split(\"a::b\",\"::\")", "a; b"), ("split(\"abc\",\"\")", "a; b; c")],
        arity: (2, 2),
        excerpt: true,
        shape: Row(|args, _| {
            let Some(delimiter) = text(args, 1) else { return Value::Null };
            let mut pieces: Vec<Value> = Vec::new();
            for value in args[0].values() {
                let text = value.text();
                if text.is_empty() {
                    pieces.push(value.clone());
                } else if delimiter.is_empty() {
                    pieces.extend(text.char_indices().map(|(at, c)| Value::str(&text[at..at + c.len_utf8()])));
                } else {
                    pieces.extend(text.split(&*delimiter).map(Value::str));
                }
            }
            Value::multi(pieces)
        }),
        ..Function::BLANK
    },
];

fn by_number(start: f64, end: f64, step: f64) -> Result<Value> {
    let count = ((end - start) / step).ceil();
    if step == 0.0 || count.is_nan() || count <= 0.0 {
        return Ok(Value::Null);
    }
    if count > MOST as f64 {
        return too_many();
    }
    // Multiplied, not added up, so that no error adds up either.
    Ok(Value::multi((0..count as usize).map(|i| (start + i as f64 * step).into())))
}

fn by_time(start: f64, end: f64, step: TimeSpan, zone: Zone) -> Result<Value> {
    let mut values = Vec::new();
    let mut at = start;
    while at < end {
        if values.len() == MOST {
            return too_many();
        }
        values.push(at.into());
        let next = step.after(at, zone);
        if next <= at {
            break;
        }
        at = next;
    }
    Ok(Value::multi(values))
}

fn too_many() -> Result<Value> {
    bail!(Limit, "mvrange would make more than {} values", MOST)
}
