//! `convert`: times and other text to numbers, numbers to times.

use super::lower::{self, each};
use super::prelude::*;
use crate::error::{Span, did_you_mean};
use crate::exec::{carry, matches_field, run};
use crate::functions::Context;
use crate::time::{parse_duration, strftime, strptime};
use crate::value::parse_number;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "convert",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "convert [timeformat=<string>] (auto|ctime|dur2sec|memk|mktime|mstime|none|num|rmcomma|rmunit)(<wc-field>) [AS <wc-field>]...",
    summary: "Converts values of fields, in place or into other fields; what cannot be converted stays.",
    examples: &[
        Example {
            spl: "| makeresults | eval t=1700000000 | convert timeformat=\"%F %T\" ctime(t) AS when | table t when",
            result: "t          | when\n1700000000 | 2023-11-14 22:13:20",
        },
        Example { spl: "| makeresults | eval d=\"02:00:01\" | convert dur2sec(d) | table d", result: "d\n7201" },
    ],
    parse: |args| {
        let timeformat = args.option("timeformat")?.string()?.unwrap_or_else(|| DEFAULT_FORMAT.to_owned());
        let mut conversions = Vec::new();
        while args.punct(",") {}
        while !args.is_empty() {
            conversions.push(conversion(args)?);
            while args.punct(",") {}
        }
        if conversions.is_empty() {
            bail!(Syntax, args.here(), "convert needs a conversion"; hint: "such as ctime(_time)");
        }
        Ok(Box::new(Convert { timeformat: timeformat.into(), conversions }))
    },
};

const DEFAULT_FORMAT: &str = "%m/%d/%Y %H:%M:%S";

/// How one value is converted; `None` when it cannot be.
type Function = fn(&Value, &str, &Context) -> Option<Value>;

/// The functions that convert each value by itself.
const FUNCTIONS: &[(&str, Function)] = &[
    ("ctime", |value, format, cx| Some(strftime(value.number()?, format, cx.zone)?.into())),
    ("dur2sec", |value, _, _| Some(Value::Num(parse_duration(&value.text()).filter(|_| !value.text().is_empty())?))),
    ("memk", |value, _, _| memk(&value.text()).map(Value::Num)),
    // Times made from text print six decimals, as those of strptime() do.
    ("mktime", |value, format, cx| Some(Value::Fixed(strptime(&value.text(), format, cx.zone, cx.now)?, 6))),
    ("mstime", |value, _, _| mstime(&value.text()).map(Value::Num)),
    ("rmcomma", |value, _, _| Some(value.text().replace(',', "").into())),
    ("rmunit", |value, _, _| rmunit(&value.text()).map(Value::str)),
];

/// The place of `ctime`.
const CTIME: usize = 0;

/// What `auto` and `num` try, in this order.
const AUTOMATIC: &[Function] = &[
    |value, _, _| value.number().map(|_| value.clone()),
    |value, _, _| {
        let text = value.text();
        parse_number(&text.replace(',', "")).filter(|_| text.starts_with(|c: char| c != ',')).map(Value::Num)
    },
    |value, _, _| Some(value.text()).filter(|t| t.contains(':')).and_then(|t| parse_duration(&t)).map(Value::Num),
    |value, _, _| memk(&value.text()).map(Value::Num),
    |value, format, cx| Some(Value::Fixed(strptime(&value.text(), format, cx.zone, cx.now)?, 6)),
];

/// `3m` in kilobytes.
fn memk(text: &str) -> Option<f64> {
    let text = text.trim();
    let (number, factor) = match text.as_bytes().last()?.to_ascii_lowercase() {
        b'k' => (&text[..text.len() - 1], 1.0),
        b'm' => (&text[..text.len() - 1], 1024.0),
        b'g' => (&text[..text.len() - 1], 1024.0 * 1024.0),
        _ => (text, 1.0),
    };
    parse_number(number.trim_end()).map(|n| n * factor)
}

/// `[MM:]SS.SSS` in seconds.
fn mstime(text: &str) -> Option<f64> {
    match text.split_once(':') {
        Some((minutes, seconds)) => Some(parse_number(minutes)? * 60.0 + parse_number(seconds)?),
        None => parse_number(text),
    }
}

/// The number that the text begins with.
fn rmunit(text: &str) -> Option<&str> {
    let digits = text.trim_start();
    let mut end = usize::from(digits.starts_with(['-', '+']));
    let mut point = false;
    while let Some(&byte) = digits.as_bytes().get(end) {
        match byte {
            b'0'..=b'9' => {}
            b'.' if !point && digits.as_bytes().get(end + 1).is_some_and(u8::is_ascii_digit) => point = true,
            _ => break,
        }
        end += 1;
    }
    parse_number(&digits[..end]).map(|_| &digits[..end])
}

#[derive(Clone, Copy, PartialEq)]
enum Method {
    Each(usize),
    /// One conversion for all values of a field, or none at all.
    Auto,
    Num,
    None,
}

impl std::fmt::Debug for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Method::Each(function) => FUNCTIONS[*function].0,
            Method::Auto => "auto",
            Method::Num => "num",
            Method::None => "none",
        })
    }
}

#[derive(Clone, Debug)]
struct Conversion {
    method: Method,
    field: String,
    target: String,
}

/// `ctime(x) [AS y]`.
fn conversion(args: &mut Args<'_>) -> Result<Conversion> {
    let call = args.field()?;
    let Some((name, field)) = call.node.strip_suffix(')').and_then(|text| text.split_once('(')) else {
        bail!(Syntax, call.span, "convert needs a conversion here, not `{}`", call.node; hint: "such as ctime({})", call.node);
    };
    let (method, field) = (method(name.trim(), call.span)?, field.trim().to_owned());
    if field.is_empty() {
        bail!(Syntax, call.span, "`{name}` needs a field");
    }
    let target = if args.keyword("as") { args.field()? } else { Spanned::new(field.clone(), call.span) };
    let stars = |name: &str| name.matches('*').count();
    if target.node.contains('*') && stars(&target.node) != stars(&field) {
        bail!(Argument, target.span, "`{field}` and `{}` do not hold the same number of wildcards", target.node);
    }
    Ok(Conversion { method, field, target: target.node })
}

fn method(name: &str, span: Span) -> Result<Method> {
    let lower = name.to_ascii_lowercase();
    let whole = [("auto", Method::Auto), ("none", Method::None), ("num", Method::Num)];
    if let Some((_, method)) = whole.iter().find(|(known, _)| *known == lower) {
        return Ok(*method);
    }
    if let Some(at) = FUNCTIONS.iter().position(|(known, _)| *known == lower) {
        return Ok(Method::Each(at));
    }
    let span = Span { end: span.start + name.len() as u32, ..span };
    match did_you_mean(name, FUNCTIONS.iter().map(|f| f.0).chain(whole.iter().map(|w| w.0))) {
        Some(near) => bail!(Unknown, span, "convert has no function `{name}`"; hint: "did you mean `{near}`?"),
        None => bail!(Unknown, span, "convert has no function `{name}`"),
    }
}

#[derive(Debug)]
struct Convert {
    timeformat: Arc<str>,
    conversions: Vec<Conversion>,
}

impl Command for Convert {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        let except: Arc<[String]> =
            self.conversions.iter().filter(|c| c.method == Method::None).map(|c| c.field.clone()).collect();
        let mut plan = input;
        for conversion in &self.conversions {
            let Conversion { method, field, target } = conversion;
            plan = match method {
                Method::None if field == target || field.contains('*') => plan,
                Method::None => lower::extend(plan, [lower::assign(target, field, &[field], |v, _| Ok(v[0].clone()))]),
                Method::Auto => plan.command(Many::new(conversion, &self.timeformat, &except)),
                _ if field.contains('*') => plan.command(Many::new(conversion, &self.timeformat, &except)),
                method => lower::extend(plan, [assignment(*method, field, target, &self.timeformat)]),
            };
        }
        Ok(plan)
    }
}

/// The conversion of one field, by each value itself.
fn assignment(method: Method, field: &str, target: &str, format: &Arc<str>) -> Assignment {
    let whole = matches!(method, Method::Each(CTIME)) && !has_fractions(format);
    let format = format.clone();
    let text = format!("{method:?}({field})");
    let convert = move |value: &Value, cx: &Context| match method {
        Method::Each(function) => FUNCTIONS[function].1(value, &format, cx),
        _ => AUTOMATIC.iter().find_map(|function| function(value, &format, cx)),
    };
    let keeps = field == target && method != Method::Num;
    let otherwise = move |value: &Value| if keeps { value.clone() } else { Value::Null };
    let all = move |values: &[Value], cx: &Context| {
        Ok(each(&values[0], |value| convert(value, cx).unwrap_or_else(|| otherwise(value))))
    };
    if !whole {
        return lower::assign(target, text, &[field], all);
    }
    // Whole seconds repeat where times do not, and each is written once.
    let seconds = |values: &[Value], _: &Context| {
        let whole = |value: &Value| match value {
            Value::Num(n) | Value::Fixed(n, _) => Value::Num(n.floor()),
            other => other.clone(),
        };
        Ok(each(&values[0], whole))
    };
    let value = Expression::function(text, &[field], Arc::new(seconds)).then(Arc::new(all));
    Assignment { target: field_name(target), value: Arc::new(value) }
}

/// Whether a time's text shows parts of a second.
fn has_fractions(format: &str) -> bool {
    format
        .split('%')
        .skip(1)
        .any(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['N', 'Q', 'f']))
}

/// A conversion of the fields that match a pattern, or one that has to see all values of a field before it knows what to do.
#[derive(Debug)]
struct Many {
    conversion: Conversion,
    format: Arc<str>,
    except: Arc<[String]>,
}

impl Many {
    fn new(conversion: &Conversion, format: &Arc<str>, except: &Arc<[String]>) -> Many {
        Many { conversion: conversion.clone(), format: format.clone(), except: except.clone() }
    }

    /// The one conversion that all values of the field admit.
    fn automatic(&self, field: &str, batches: &[Batch], cx: &RunContext<'_>) -> Option<Function> {
        AUTOMATIC.iter().copied().find(|function| {
            let (function, format) = (*function, self.format.clone());
            let fails = Expression::condition(
                "",
                &[field],
                Arc::new(move |values: &[Value], cx: &Context| {
                    Ok(Value::Bool(values[0].values().iter().any(|value| function(value, &format, cx).is_none())))
                }),
            );
            fails.truth(batches, &cx.functions).iter().all(crate::table::Bitmap::none)
        })
    }
}

impl CommandNode for Many {
    fn describe(&self) -> String {
        let Conversion { method, field, target } = &self.conversion;
        let target = if field == target { String::new() } else { format!(" AS {target}") };
        format!("convert {method:?}({field}){target}")
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of([&self.conversion.field]))
    }

    fn keeps_rows(&self) -> bool {
        // Whether `auto` converts depends on rows that a filter would take away.
        self.conversion.method != Method::Auto
    }

    fn writes(&self) -> FieldSet {
        FieldSet::of([&self.conversion.target])
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let Conversion { method, field: pattern, target } = &self.conversion;
        let excepted = |field: &str| self.except.iter().any(|p| matches_field(p, field));
        let matching = |field: &FieldName| {
            **field == **pattern || pattern.contains('*') && matches_field(pattern, field) && !excepted(field)
        };
        let fields: Vec<FieldName> = input.fields().into_iter().filter(matching).collect();
        let mut assignments = Vec::new();
        for field in &fields {
            let target = match target == pattern {
                true => field.to_string(),
                false if target.contains('*') => carry(pattern, target, field).unwrap_or_else(|| target.clone()),
                false => target.clone(),
            };
            if *method != Method::Auto {
                assignments.push(assignment(*method, field, &target, &self.format));
            } else if let Some(function) = self.automatic(field, input.batches(), cx) {
                let format = self.format.clone();
                assignments.push(lower::assign(&target, format!("auto({field})"), &[field], move |values, cx| {
                    Ok(each(&values[0], |value| function(value, &format, cx).unwrap_or_else(|| value.clone())))
                }));
            } else if target != **field {
                assignments.push(lower::assign(&target, &**field, &[field], |values, _| Ok(values[0].clone())));
            }
        }
        run(&lower::extend(Plan::Values(Arc::new(input)), assignments), cx)
    }
}
