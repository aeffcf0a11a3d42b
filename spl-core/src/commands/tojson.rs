//! `tojson`: each row as a JSON object.

use super::prelude::*;
use crate::error::did_you_mean;
use crate::exec::matches_field;
use crate::json;
use crate::table::TextColumn;
use crate::value::number_text;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "tojson",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "tojson [(auto|bool|json|none|num|str)(<wc-field>)]... [default_type=<function>] [fill_null=<bool>] [include_internal=<bool>] [output_field=<field>]",
    summary: "Writes each row as a JSON object into _raw or another field.",
    examples: &[Example {
        spl: "| makeresults | eval n=1, s=\"x\", t=\"5\" | tojson none(n) str(t) output_field=j | table j",
        result: "j\n\"{\\\"n\\\":1,\\\"t\\\":\\\"5\\\"}\"",
    }],
    parse: |args| {
        let default = args.option("default_type")?.one_of(KINDS)?.map(kind);
        let fill_null = args.option("fill_null")?.bool()?.unwrap_or(false);
        let internal = args.option("include_internal")?.bool()?.unwrap_or(false);
        let output = args.option("output_field")?.string()?.unwrap_or_else(|| "_raw".to_owned());
        let mut kinds = Vec::new();
        while args.punct(",") {}
        while !args.is_empty() {
            let call = args.field()?;
            let Some((name, field)) = call.node.strip_suffix(')').and_then(|text| text.split_once('(')) else {
                bail!(Syntax, call.span, "tojson needs a function here, not `{}`", call.node; hint: "such as str({})", call.node);
            };
            let Some(known) = KINDS.iter().find(|known| known.eq_ignore_ascii_case(name)) else {
                match did_you_mean(name, KINDS.iter().copied()) {
                    Some(near) => {
                        bail!(Unknown, call.span, "tojson has no function `{name}`"; hint: "did you mean `{near}`?")
                    }
                    None => {
                        bail!(Unknown, call.span, "tojson has no function `{name}`"; hint: "it is one of {}", KINDS.join(", "))
                    }
                }
            };
            kinds.push((field.trim().to_owned(), kind(known)));
            while args.punct(",") {}
        }
        // Once fields are named they are all that is written, unless it is said how others are.
        let only = default.is_none() && !kinds.is_empty();
        let default = default.unwrap_or(JsonKind::None);
        Ok(Box::new(Tojson(Arc::new(Node { kinds, only, default, fill_null, internal, output }))))
    },
};

const KINDS: &[&str] = &["auto", "bool", "json", "none", "num", "str"];

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum JsonKind {
    Auto,
    Bool,
    Json,
    None,
    Num,
    Str,
}

fn kind(name: &str) -> JsonKind {
    const ALL: [JsonKind; 6] =
        [JsonKind::Auto, JsonKind::Bool, JsonKind::Json, JsonKind::None, JsonKind::Num, JsonKind::Str];
    KINDS.iter().position(|known| *known == name).map_or(JsonKind::None, |at| ALL[at])
}

/// A command that writes the fields that match a pattern, or all if there is none.
pub(super) fn of_fields(patterns: Vec<String>, output: String) -> Box<dyn Command> {
    let kinds: Vec<(String, JsonKind)> = patterns.into_iter().map(|pattern| (pattern, JsonKind::None)).collect();
    let only = !kinds.is_empty();
    Box::new(Tojson(Arc::new(Node { kinds, only, default: JsonKind::None, fill_null: false, internal: false, output })))
}

#[derive(Debug)]
struct Tojson(Arc<Node>);

#[derive(Debug)]
struct Node {
    /// Fields, by pattern, with how they are written; the last that matches counts.
    kinds: Vec<(String, JsonKind)>,
    /// No other fields are written.
    only: bool,
    default: JsonKind,
    fill_null: bool,
    internal: bool,
    output: String,
}

impl Command for Tojson {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("tojson output_field={}", self.output)
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn writes(&self) -> FieldSet {
        FieldSet::of([&self.output])
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let mut fields = input.fields();
        fields.retain(|field| self.internal || !field.starts_with('_'));
        fields.retain(|field| !self.only || self.named(field).is_some());
        fields.sort();
        let kinds: Vec<JsonKind> = fields.iter().map(|field| self.kind_of(field)).collect();
        let table = cx.map_batches(input, |mut batch| -> Result<Batch> {
            // Whether a comma comes first is known only when a row is written.
            let members: Vec<(String, Vec<Option<String>>)> = fields
                .iter()
                .zip(&kinds)
                .filter_map(|(field, kind)| {
                    let column = match batch.column(field) {
                        Some(column) => column.clone(),
                        None if self.fill_null => Column::null(batch.rows()),
                        None => return None,
                    };
                    let mut key = String::new();
                    json::write_string(&mut key, field);
                    key.push(':');
                    Some((key, written(&column, *kind, self.fill_null)))
                })
                .collect();
            let row = |row: usize| {
                let mut object = String::from("{");
                for (key, values) in &members {
                    if let Some(value) = &values[row] {
                        if object.len() > 1 {
                            object.push(',');
                        }
                        object.push_str(key);
                        object.push_str(value);
                    }
                }
                object.push('}');
                object
            };
            let objects: Vec<String> = (0..batch.rows()).map(row).collect();
            batch.set(&self.output, Column::Text(Arc::new(TextColumn::from_texts(objects.iter().map(|o| Some(&**o))))));
            Ok(batch)
        })?;
        Ok(table.with_fields_after(declared))
    }
}

impl Node {
    fn kind_of(&self, field: &str) -> JsonKind {
        self.named(field).unwrap_or(self.default)
    }

    /// How a field that a function names is written.
    fn named(&self, field: &str) -> Option<JsonKind> {
        self.kinds.iter().rev().find(|(p, _)| p == field || matches_field(p, field)).map(|kind| kind.1)
    }
}

/// Each row's value as JSON, each distinct text written once.
fn written(column: &Column, kind: JsonKind, fill_null: bool) -> Vec<Option<String>> {
    let null = || fill_null.then(|| "null".to_owned());
    match column {
        Column::Dict(dictionary, codes) => {
            let mut known: Vec<Option<Option<String>>> = vec![None; dictionary.len() + 1];
            let text = |&code: &u32| {
                let text = || dictionary.get(code).and_then(|text| json(ValueRef::Str(text), kind)).or_else(null);
                known[code as usize].get_or_insert_with(text).clone()
            };
            codes.iter().map(text).collect()
        }
        other => (0..other.len()).map(|row| json(other.get(row), kind).or_else(null)).collect(),
    }
}

/// The value as JSON; nothing when it cannot be written so.
fn json(value: ValueRef<'_>, kind: JsonKind) -> Option<String> {
    if let ValueRef::Multi(values) = value {
        let parts: Vec<String> = values.iter().filter_map(|value| json(value, kind)).collect();
        return Some(format!("[{}]", parts.join(",")));
    }
    if value.is_null() {
        return None;
    }
    let text = value.text();
    let string = || {
        let mut out = String::new();
        json::write_string(&mut out, &text);
        out
    };
    let number = || value.number().filter(|n| n.is_finite());
    // A number as it is written; text such as 007 is none in JSON.
    let as_written = || number().filter(|_| json::parse(&text).is_some()).map(|_| text.to_string());
    let truth = || match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "1" => Some("true".to_owned()),
        "false" | "f" | "no" | "0" => Some("false".to_owned()),
        _ => value.number().map(|n| (n != 0.0).to_string()),
    };
    match kind {
        JsonKind::None => Some(as_written().unwrap_or_else(string)),
        JsonKind::Auto => Some(match &*text {
            "true" | "false" | "null" => text.to_string(),
            _ => as_written().or_else(|| json::parse_container(&text).map(json::compact)).unwrap_or_else(string),
        }),
        JsonKind::Bool => truth(),
        JsonKind::Json => json::parse(&text).map(json::compact),
        JsonKind::Num => as_written().or_else(|| number().map(number_text)),
        JsonKind::Str => Some(string()),
    }
}
