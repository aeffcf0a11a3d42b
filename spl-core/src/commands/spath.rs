//! `spath`: fields from JSON or XML, one by its path or all of them.

use super::prelude::*;
use crate::exec::map_field;
use crate::functions::spath::{extract, flatten};
use crate::json::Path;

/// Characters of a text that are looked at when every path is wanted.
const AUTOMATIC: usize = 5_000;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "spath",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "spath [input=<field>] [output=<field>] [path=<datapath>|<datapath>]",
    summary: "Extracts a value by its path from JSON or XML, or every value under the name of its path.",
    examples: &[
        Example {
            spl: "| makeresults | eval j=\"{\\\"a\\\":[{\\\"b\\\":1},{\\\"b\\\":2}]}\" | spath input=j path=a{}.b output=b | table b",
            result: "b\n(1; 2)",
        },
        Example {
            spl: "| makeresults | eval x=\"<a id='7'><b>t</b></a>\" | spath input=x | table a{@id} a.b",
            result: "a{@id} | a.b\n7      | t",
        },
    ],
    parse: |args| {
        let input = args.option("input")?.string()?.unwrap_or_else(|| "_raw".to_owned());
        let output = args.option("output")?;
        let span = output.span();
        let output = output.string()?;
        let path = match args.option("path")?.string()? {
            Some(path) => Some(path),
            None if args.is_empty() => None,
            None => Some(args.string("a path")?.node),
        };
        args.end()?;
        let target = match (path, output) {
            (Some(path), output) => {
                Some((Path::parse(&path), field_name(output.unwrap_or_else(|| path.clone())), path))
            }
            (None, None) => None,
            (None, Some(_)) => {
                bail!(Argument, span.unwrap_or(args.span()), "spath needs a path for its output")
            }
        };
        Ok(Box::new(Spath(Arc::new(Node { input, target, wanted: FieldSet::all() }))))
    },
};

#[derive(Debug)]
struct Spath(Arc<Node>);

#[derive(Clone, Debug)]
struct Node {
    input: String,
    /// The path, the field it goes to, and how it is written; none for every path.
    target: Option<(Path, FieldName, String)>,
    /// The fields that anybody reads.
    wanted: FieldSet,
}

impl Command for Spath {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        match &self.target {
            Some((_, field, path)) => format!("spath input={} path={path} output={field}", self.input),
            None => format!("spath input={}", self.input),
        }
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of([&self.input]))
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn writes(&self) -> FieldSet {
        self.target.as_ref().map_or_else(FieldSet::all, |(_, field, _)| FieldSet::of([field]))
    }

    fn narrowed(&self, wanted: &FieldSet) -> Option<Arc<dyn CommandNode>> {
        self.target.is_none().then(|| Arc::new(Node { wanted: wanted.clone(), ..self.clone() }) as Arc<dyn CommandNode>)
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        match &self.target {
            Some((path, field, _)) => map_field(input, &self.input, std::slice::from_ref(field), cx, &|value, made| {
                let mut found = Vec::new();
                value.for_each(|value| found.push(extract(&value.text(), path)));
                // Nothing there: the field stays what it is.
                match Value::multi(found) {
                    Value::Null => {}
                    value => made.value(0, value),
                }
                Ok(())
            }),
            None => map_field(input, &self.input, &[], cx, &|value, made| {
                value.for_each(|value| {
                    let text = value.text();
                    flatten(beginning(&text), &mut |name, leaf| {
                        if self.wanted.contains(name) {
                            let slot = made.slot(name);
                            made.append(slot, &leaf);
                        }
                    });
                });
                Ok(())
            }),
        }
    }
}

/// As much of a JSON text as is looked at; XML makes sense only as a whole.
fn beginning(text: &str) -> &str {
    if text.len() <= AUTOMATIC || text.trim_start().starts_with('<') {
        return text;
    }
    text.char_indices().nth(AUTOMATIC).map_or(text, |(end, _)| &text[..end])
}
