//! `xpath`: a value from XML by an XPath expression.

mod eval;
mod parse;

use super::prelude::*;
use crate::exec::map_field;
use parse::Path;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "xpath",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "xpath [outfield=<field>] [field=<field>] [default=<string>] <xpath>",
    summary: "Extracts what an XPath expression finds in XML: texts of elements, attributes, or elements as they are.",
    examples: &[Example {
        spl: "| makeresults | eval _raw=\"<a><b n='1'>x</b><b n='2'>y</b></a>\" | xpath outfield=y \"//b[@n='2']/text()\" | table y",
        result: "y\ny",
    }],
    parse: |args| {
        let target = args.option("outfield")?.string()?.unwrap_or_else(|| "xpath".to_owned());
        let field = args.option("field")?.string()?.unwrap_or_else(|| "_raw".to_owned());
        let default = args.option("default")?.string()?;
        let text = args.string("an XPath expression")?;
        args.end()?;
        let path = Path::parse(&text.node, text.span)?;
        Ok(Box::new(Xpath(Arc::new(Node { field, target: field_name(target), default, path, text: text.node }))))
    },
};

#[derive(Debug)]
struct Xpath(Arc<Node>);

#[derive(Debug)]
struct Node {
    field: String,
    target: FieldName,
    default: Option<String>,
    path: Path,
    text: String,
}

impl Command for Xpath {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("xpath field={} outfield={} \"{}\"", self.field, self.target, self.text)
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of([&self.field]))
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn writes(&self) -> FieldSet {
        FieldSet::of([&self.target])
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        map_field(input, &self.field, std::slice::from_ref(&self.target), cx, &|value, made| {
            let mut found = Vec::new();
            value.for_each(|value| found.extend(eval::find(&value.text(), &self.path)));
            match (found.is_empty(), &self.default) {
                (false, _) => made.value(0, Value::multi(found.into_iter().map(Value::from))),
                (true, Some(default)) => made.text(0, default),
                (true, None) => {}
            }
            Ok(())
        })
    }
}
