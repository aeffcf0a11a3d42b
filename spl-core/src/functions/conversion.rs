//! From one kind of value to another.

use super::Shape::{Prepared, Row};
use super::args::{Made, each, text, whole};
use super::json_value::{array_text, inferred, shown};
use super::printf::{Format, group_thousands};
use super::{Argument, Function, Ready};
use crate::error::{Result, Span, bail};
use crate::json::{self, Kind, items, kind, parse_container};
use crate::time::duration_text;
use crate::value::{Value, fixed_text, parse_ipv4};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "ipmask",
        syntax: "ipmask(<mask>,<ip>)",
        summary: "The IPv4 address with the bits outside of the mask set to zero.",
        examples: &[("ipmask(\"255.255.255.0\",\"10.1.2.3\")", "10.1.2.0"), ("ipmask(\"0.0.0.255\",\"x\")", "null")],
        arity: (2, 2),
        shape: Row(|args, _| {
            let Some(mask) = text(args, 0).and_then(|mask| parse_ipv4(mask.trim())) else { return Value::Null };
            each(&args[1], |ip| {
                parse_ipv4(ip.text().trim()).map(|ip| std::net::Ipv4Addr::from(ip & mask).to_string()).into()
            })
        }),
        ..Function::BLANK
    },
    Function {
        name: "printf",
        syntax: "printf(<format>,<args>...)",
        summary: "The arguments written by a format of the C language.",
        examples: &[
            ("printf(\"%05.1f|%-3s|%x\",3.14,\"a\",255)", "003.1|a  |ff"),
            ("printf(\"%'d of %d%%\",1234567,50)", "1,234,567 of 50%"),
        ],
        arity: (1, usize::MAX),
        shape: Prepared(printf),
        ..Function::BLANK
    },
    Function {
        name: "toarray",
        syntax: "toarray(<value>)",
        summary: "The JSON array that the text or the multivalue is.",
        examples: &[("toarray(\"[1.50, true]\")", "[1.5,true]"), ("toarray(\"x\")", "null")],
        shape: Row(|args, _| match &args[0] {
            Value::Multi(values) => array_text(values.iter().map(inferred)).into(),
            Value::Str(text) => normal(text, Kind::Array),
            _ => Value::Null,
        }),
        ..Function::BLANK
    },
    Function {
        name: "tobool",
        syntax: "tobool(<value>)",
        summary: "True or false from their names, or from a number that is not or is zero.",
        examples: &[
            ("if(tobool(\"true\"),\"y\",\"n\")", "y"),
            ("tostring(tobool(0))", "False"),
            ("tostring(tobool(\"yes\"))", "null"),
        ],
        boolean: true,
        shape: Row(|args, _| match &args[0] {
            Value::Bool(truth) => Value::Bool(*truth),
            Value::Str(text) if matches!(&**text, "true" | "True" | "TRUE") => Value::Bool(true),
            Value::Str(text) if matches!(&**text, "false" | "False" | "FALSE") => Value::Bool(false),
            other => other.number().map_or(Value::Null, |n| Value::Bool(n != 0.0)),
        }),
        ..Function::BLANK
    },
    Function {
        name: "todouble",
        syntax: "todouble(<value>[,<base>])",
        summary: "The number that the text is, of a base from 2 to 36.",
        examples: &[("todouble(\"2.50\")", "2.5"), ("todouble(\"7f\",16)", "127"), ("todouble(\"x\")", "null")],
        arity: (1, 2),
        shape: Row(|args, _| convert(args, |n| n)),
        ..Function::BLANK
    },
    Function {
        name: "toint",
        syntax: "toint(<value>[,<base>])",
        summary: "The number that the text is, rounded down to a whole one.",
        examples: &[("toint(\"2.9\")", "2"), ("toint(\"101\",2)", "5")],
        arity: (1, 2),
        shape: Row(|args, _| convert(args, f64::floor)),
        ..Function::BLANK
    },
    Function {
        name: "tomv",
        syntax: "tomv(<json_array>)",
        summary: "The elements of a JSON array as they are written.",
        examples: &[("mvjoin(tomv(\"[1, \\\"a\\\"]\"),\";\")", "1;\"a\""), ("tomv(\"x\")", "null")],
        shape: Row(|args, _| {
            match text(args, 0).as_deref().and_then(parse_container).filter(|json| kind(json) == Kind::Array) {
                Some(array) => Value::multi(items(array).map(|item| json::compact(item).into())),
                None => Value::Null,
            }
        }),
        ..Function::BLANK
    },
    Function {
        name: "tonumber",
        syntax: "tonumber(<str>[,<base>])",
        summary: "The number that the text is, of a base from 2 to 36; a literal that is none is an error.",
        examples: &[("tonumber(\"0a4\",16)", "164"), ("tonumber(\"1.50\")", "1.5"), ("tonumber(upper(\"x\"))", "null")],
        arity: (1, 2),
        shape: Prepared(tonumber),
        ..Function::BLANK
    },
    Function {
        name: "toobject",
        syntax: "toobject(<str>)",
        summary: "The JSON object that the text is, in compact form.",
        examples: &[("toobject(\"{\\\"a\\\" : [1, 2]}\")", "{\"a\":[1,2]}"), ("toobject(\"[]\")", "null")],
        shape: Row(|args, _| text(args, 0).map_or(Value::Null, |text| normal(&text, Kind::Object))),
        ..Function::BLANK
    },
    Function {
        name: "tostring",
        syntax: "tostring(<value>[,<format>])",
        summary: "The value as text; a number also as hex, binary, with commas, or as a duration.",
        examples: &[
            ("tostring(1==1)", "True"),
            ("tostring(26,\"hex\")", "0x1A"),
            ("tostring(9876.543,\"commas\")", "9,876.54"),
            ("tostring(90061,\"duration\")", "1+01:01:01"),
            ("tostring(6,\"binary\")", "110"),
        ],
        arity: (1, 2),
        shape: Prepared(|arguments| {
            let form = Made::new(arguments, 1, Form::parse)?;
            let plain = arguments.len() < 2;
            Ok(Ready::row(move |args, _| {
                Ok(match form.get(args.get(1)) {
                    Some(form) => each(&args[0], |value| form.write(value)),
                    None if plain => each(&args[0], |value| value.text().into_owned().into()),
                    None => Value::Null,
                })
            }))
        }),
        ..Function::BLANK
    },
];

fn printf(arguments: &[Argument]) -> Result<Ready> {
    let format = Made::new(arguments, 0, Format::parse)?;
    if let Some(literal) = arguments[0].literal.as_ref().and_then(|value| format.get(Some(value))) {
        let (wanted, given) = (literal.arguments(), arguments.len() - 1);
        if given < wanted {
            bail!(Argument, arguments[0].span, "the format needs {wanted} values, but {given} are given");
        }
    }
    Ok(Ready::row(move |args, _| Ok(format.get(args.first()).and_then(|format| format.write(&args[1..])).into())))
}

fn tonumber(arguments: &[Argument]) -> Result<Ready> {
    let base = arguments.get(1).map(|argument| argument.literal.as_ref().and_then(Value::number));
    if let Some(Some(base)) = base
        && !(2.0..=36.0).contains(&base)
    {
        bail!(Argument, arguments[1].span, "the base of tonumber must be from 2 to 36");
    }
    if let Some(literal) = arguments[0].literal.as_ref().filter(|_| arguments[0].quoted) {
        let base = match base {
            None => Some(10),
            Some(base) => base.map(|base| base as u32),
        };
        if let Some(base) = base
            && parse_in_base(literal, base).is_none()
        {
            bail!(Argument, arguments[0].span, "`{}` is no number of base {base}", literal.text());
        }
    }
    Ok(Ready::row(|args, _| Ok(convert(args, |n| n))))
}

/// Each value as a number in the base that the second argument gives, then `f` of it.
fn convert(args: &[Value], f: fn(f64) -> f64) -> Value {
    let base = match args.len() {
        1 => Some(10),
        _ => whole(args, 1).and_then(|base| u32::try_from(base).ok()).filter(|base| (2..=36).contains(base)),
    };
    let Some(base) = base else { return Value::Null };
    each(&args[0], |value| parse_in_base(value, base).map(f).into())
}

fn parse_in_base(value: &Value, base: u32) -> Option<f64> {
    if base == 10 {
        return value.number();
    }
    let text = value.text();
    let (negative, digits) = text.strip_prefix('-').map_or((false, &*text), |digits| (true, digits));
    let digits = match base {
        16 => digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")).unwrap_or(digits),
        _ => digits,
    };
    if digits.is_empty() {
        return None;
    }
    let n = digits.chars().try_fold(0.0, |n, c| Some(n * f64::from(base) + f64::from(c.to_digit(base)?)))?;
    Some(if negative { -n } else { n })
}

/// The compact form of the JSON text of one kind, numbers in their shortest form.
fn normal(text: &str, wanted: Kind) -> Value {
    match parse_container(text).filter(|json| kind(json) == wanted) {
        Some(json) => shown(json).into(),
        None => Value::Null,
    }
}

/// What `tostring` makes of a number.
#[derive(Clone, Copy)]
enum Form {
    Hex,
    Commas,
    Duration,
    Binary,
}

impl Form {
    fn parse(text: &str, span: Span) -> Result<Form> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "hex" => Form::Hex,
            "commas" => Form::Commas,
            "duration" => Form::Duration,
            "binary" => Form::Binary,
            _ => bail!(Argument, span, "tostring has no format `{text}`, only hex, binary, commas and duration"),
        })
    }

    fn write(self, value: &Value) -> Value {
        // What is no number stays as it is.
        let Some(n) = value.number() else { return value.text().into_owned().into() };
        let integer = |write: fn(u64) -> String| {
            let digits = write(n.abs() as u64);
            if n <= -1.0 { format!("-{digits}") } else { digits }
        };
        match self {
            Form::Hex => integer(|n| format!("0x{n:X}")).into(),
            Form::Binary => integer(|n| format!("{n:b}")).into(),
            Form::Duration => duration_text(n).into(),
            Form::Commas => {
                let text = if value.text().contains('.') { fixed_text(n, 2) } else { value.text().into_owned() };
                let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |text| ("-", text));
                let digits = text.bytes().take_while(u8::is_ascii_digit).count();
                format!("{sign}{}{}", group_thousands(&text[..digits]), &text[digits..]).into()
            }
        }
    }
}
