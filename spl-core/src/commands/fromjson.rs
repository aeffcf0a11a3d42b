//! `fromjson`: the members of JSON objects as fields.

use super::prelude::*;
use crate::exec::map_field;
use crate::json::{self, Kind as JsonKind};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "fromjson",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "fromjson <field> [prefix=<string>]",
    summary: "Makes a field of each member of the JSON object in a field; objects and arrays inside stay JSON.",
    examples: &[Example {
        spl: "| makeresults | eval j=\"{\\\"a\\\":1,\\\"b\\\":[2,3]}\" | fromjson j prefix=p_ | table p_a p_b",
        result: "p_a | p_b\n1   | [2,3]",
    }],
    parse: |args| {
        let prefix = args.option("prefix")?.string()?.unwrap_or_default();
        let field = args.field()?.node;
        args.end()?;
        Ok(Box::new(Fromjson(Arc::new(Node { field, prefix, wanted: FieldSet::all() }))))
    },
};

#[derive(Debug)]
struct Fromjson(Arc<Node>);

#[derive(Debug)]
struct Node {
    field: String,
    prefix: String,
    wanted: FieldSet,
}

impl Command for Fromjson {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("fromjson {}", self.field)
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of([&self.field]))
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn narrowed(&self, wanted: &FieldSet) -> Option<Arc<dyn CommandNode>> {
        Some(Arc::new(Node { field: self.field.clone(), prefix: self.prefix.clone(), wanted: wanted.clone() }))
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        map_field(input, &self.field, &[], cx, &|value, made| {
            let text = value.text();
            let Some(object) = json::parse_container(&text).filter(|text| text.starts_with('{')) else { return Ok(()) };
            for (key, member) in json::entries(object) {
                let name = format!("{}{}", self.prefix, json::decode(key));
                if name.is_empty() || !self.wanted.contains(&name) {
                    continue;
                }
                let slot = made.slot(&name);
                match json::kind(member) {
                    JsonKind::Null => {}
                    JsonKind::String => {
                        made.text(slot, &json::decode(member.get(1..member.len() - 1).unwrap_or_default()));
                    }
                    _ => made.text(slot, member),
                }
            }
            Ok(())
        })
    }
}
