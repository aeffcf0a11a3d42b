//! `accum`: running totals.

use super::prelude::*;
use super::running::{Running, numbers_of, optional_numbers};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "accum",
    aliases: &[],
    kind: Kind::CentralizedStreaming,
    syntax: "accum <field> [AS <newfield>]",
    summary: "Running totals of a field's numbers.",
    examples: &[Example {
        spl: "| makeresults count=3 | streamstats count AS n | accum n AS total | table n total",
        result: "n | total\n1 | 1\n2 | 3\n3 | 6",
    }],
    parse: |args| {
        let field = args.field()?.node;
        let target = if args.keyword("as") { Some(args.field()?.node) } else { None };
        args.end()?;
        Ok(Box::new(Accum { field, target }))
    },
};

#[derive(Debug)]
struct Accum {
    field: String,
    target: Option<String>,
}

impl Command for Accum {
    fn kind(&self) -> Kind {
        Kind::CentralizedStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        // A value that is no number stays where the total is written over the field, and has no total elsewhere.
        let over = self.target.as_ref().is_none_or(|target| *target == self.field);
        let target = self.target.clone().unwrap_or_else(|| self.field.clone());
        Ok(input.command(Running {
            describe: format!("accum {} AS {target}", self.field),
            field: self.field.clone(),
            targets: vec![target],
            compute: Arc::new(move |column| vec![totals(column, over)]),
        }))
    }
}

fn totals(column: &Column, over: bool) -> Column {
    let mut total = 0.0;
    let mut values = numbers_of(column);
    for value in values.iter_mut().filter(|value| !value.is_nan()) {
        total += *value;
        *value = total;
    }
    if !over || !values.iter().any(|value| value.is_nan()) {
        return optional_numbers(values);
    }
    let value = |(row, &n): (usize, &f64)| if n.is_nan() { column.value(row) } else { Value::Num(n) };
    Column::from_values(values.iter().enumerate().map(value).collect())
}
