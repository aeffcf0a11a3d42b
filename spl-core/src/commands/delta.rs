//! `delta`: differences between rows.

use super::prelude::*;
use super::running::{Running, numbers_of, optional_numbers};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "delta",
    aliases: &[],
    kind: Kind::CentralizedStreaming,
    syntax: "delta <field> [AS <newfield>] [p=<int>]",
    summary: "The number of each row less that of the row before, or of the p-th before.",
    examples: &[Example {
        spl: "| makeresults count=3 | streamstats count AS n | eval x=n*n | delta x AS d | table x d",
        result: "x | d\n1 | null\n4 | 3\n9 | 5",
    }],
    parse: |args| {
        let back = args.option("p")?;
        let span = back.span().unwrap_or(args.span());
        let back = back.count()?.unwrap_or(1);
        if back == 0 {
            bail!(Argument, span, "p must be at least 1");
        }
        let field = args.field()?.node;
        let target = if args.keyword("as") { args.field()?.node } else { format!("delta({field})") };
        args.end()?;
        Ok(Box::new(Delta { field, target, back }))
    },
};

#[derive(Debug)]
struct Delta {
    field: String,
    target: String,
    back: usize,
}

impl Command for Delta {
    fn kind(&self) -> Kind {
        Kind::CentralizedStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        let back = self.back;
        Ok(input.command(Running {
            describe: format!("delta {} AS {} p={back}", self.field, self.target),
            field: self.field.clone(),
            targets: vec![self.target.clone()],
            compute: Arc::new(move |column| {
                let values = numbers_of(column);
                let before = |row: usize| row.checked_sub(back).map_or(f64::NAN, |row| values[row]);
                vec![optional_numbers(values.iter().enumerate().map(|(row, &n)| n - before(row)).collect())]
            }),
        }))
    }
}
