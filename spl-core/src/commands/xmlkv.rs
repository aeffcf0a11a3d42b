//! `xmlkv`: a field for each XML element that holds only text.

use super::prelude::*;
use crate::exec::map_field;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "xmlkv",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "xmlkv [<field>] [maxinputs=<int>]",
    summary: "Makes a field of every XML element that holds only text; the last one of a name counts.",
    examples: &[Example {
        spl: "| makeresults | eval _raw=\"<e><foo>bar</foo><n id='1'>7</n></e>\" | xmlkv | table foo n",
        result: "foo | n\nbar | 7",
    }],
    parse: |args| {
        args.option("maxinputs")?.int()?;
        let field = if args.is_empty() { "_raw".to_owned() } else { args.field()?.node };
        args.end()?;
        Ok(Box::new(Xmlkv(Arc::new(Node { field, wanted: FieldSet::all() }))))
    },
};

#[derive(Debug)]
struct Xmlkv(Arc<Node>);

#[derive(Debug)]
struct Node {
    field: String,
    wanted: FieldSet,
}

impl Command for Xmlkv {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("xmlkv {}", self.field)
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of([&self.field]))
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn narrowed(&self, wanted: &FieldSet) -> Option<Arc<dyn CommandNode>> {
        Some(Arc::new(Node { field: self.field.clone(), wanted: wanted.clone() }))
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        map_field(input, &self.field, &[], cx, &|value, made| {
            value.for_each(|value| {
                elements(&value.text(), &mut |name, value| {
                    if self.wanted.contains(name) {
                        let slot = made.slot(name);
                        made.text(slot, value);
                    }
                });
            });
            Ok(())
        })
    }
}

/// Calls `each` with `<name ...>value</name>`, wherever there is no other tag inside. The text need not be well formed.
fn elements(text: &str, each: &mut dyn FnMut(&str, &str)) {
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        let Some(end) = rest.find('>') else { return };
        let tag = &rest[..end];
        let name = tag.split(|c: char| c.is_whitespace()).next().unwrap_or_default();
        let body = &rest[end + 1..];
        if name.is_empty() || name.starts_with(['/', '?', '!']) || tag.ends_with('/') || tag.contains('<') {
            continue;
        }
        let close = body.find('<').unwrap_or(body.len());
        let closes =
            body[close..].strip_prefix("</").and_then(|t| t.strip_prefix(name)).is_some_and(|t| t.starts_with('>'));
        if closes {
            each(name, body[..close].trim());
        }
        rest = body;
    }
}
