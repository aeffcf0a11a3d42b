//! `gauge`: a number with the ranges of a gauge.

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "gauge",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "gauge <value> [<range-value> <range-value>...]",
    summary: "Gives one row: the first row's value as x and the ends of ranges, numbers or fields, as y1, y2 and so on.",
    examples: &[Example {
        spl: "| makeresults | eval n=42 | gauge n 0 50 100",
        result: "x  | y1 | y2 | y3\n42 | 0  | 50 | 100",
    }],
    parse: |args| {
        let mut values = Vec::new();
        while !args.is_empty() {
            values.push(args.string("a number or field")?.node);
            while args.punct(",") {}
        }
        args.end()?;
        if values.is_empty() {
            bail!(Syntax, args.here(), "gauge needs a value");
        }
        if values.len() == 1 {
            values.extend(["0", "30", "70", "100"].map(str::to_owned));
        }
        Ok(Box::new(Gauge(Arc::new(Node { values }))))
    },
};

#[derive(Debug)]
struct Gauge(Arc<Node>);

/// The value and the ends of ranges: numbers or fields.
#[derive(Debug)]
struct Node {
    values: Vec<String>,
}

impl Command for Gauge {
    fn kind(&self) -> Kind {
        Kind::Transforming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(Plan::Limit(Box::new(input), 1)), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("gauge {}", self.values.join(" "))
    }

    fn reads(&self, _: &FieldSet) -> FieldSet {
        FieldSet::of(&self.values)
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let batch = input.into_single();
        let value = |text: &String| match crate::value::parse_number(text) {
            Some(_) => Value::str(text),
            None => batch.get(text, 0).to_value(),
        };
        let names: Vec<FieldName> =
            (0..self.values.len()).map(|i| field_name(if i == 0 { "x".to_owned() } else { format!("y{i}") })).collect();
        let rows = if batch.rows() == 0 { Vec::new() } else { vec![self.values.iter().map(value).collect()] };
        Ok(Table::from_rows(&names, rows))
    }
}
