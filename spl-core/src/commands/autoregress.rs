//! `autoregress`: values of rows before.

use super::prelude::*;
use super::running::Running;

/// Rows back that a range may reach.
const FURTHEST: usize = 10_000;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "autoregress",
    aliases: &[],
    kind: Kind::CentralizedStreaming,
    syntax: "autoregress <field> [AS <newfield>] [p=<int>|p=<int>-<int>]",
    summary: "Gives each row the value that a field had in the row before, or in rows further back.",
    examples: &[Example {
        spl: "| makeresults count=3 | streamstats count AS n | autoregress n | table n n_p1",
        result: "n | n_p1\n1 | null\n2 | 1\n3 | 2",
    }],
    parse: |args| {
        let range = args.option("p")?.spanned()?;
        let field = args.field()?.node;
        let target = if args.keyword("as") { Some(args.field()?) } else { None };
        args.end()?;
        let (first, last, span) = match range {
            None => (1, 1, args.span()),
            Some(range) => {
                let (first, last) = range.node.split_once('-').unwrap_or((&range.node, &range.node));
                match (first.trim().parse::<usize>(), last.trim().parse::<usize>()) {
                    (Ok(first), Ok(last)) if 1 <= first && first <= last && last <= FURTHEST => {
                        (first, last, range.span)
                    }
                    _ => {
                        bail!(
                            Argument,
                            range.span,
                            "p needs a number from 1 to {FURTHEST}, or a range such as 1-3, not `{}`",
                            range.node
                        )
                    }
                }
            }
        };
        let targets = match target {
            Some(target) if first != last => {
                bail!(Argument, target.span.to(span), "AS needs a single p, not a range");
            }
            Some(target) => vec![target.node],
            None => (first..=last).map(|p| format!("{field}_p{p}")).collect(),
        };
        Ok(Box::new(Autoregress { field, targets, first }))
    },
};

#[derive(Debug)]
struct Autoregress {
    field: String,
    targets: Vec<String>,
    first: usize,
}

impl Command for Autoregress {
    fn kind(&self) -> Kind {
        Kind::CentralizedStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        let (first, count) = (self.first, self.targets.len());
        let shifted = |column: &Column, by: usize| {
            let before = |row: usize| row.checked_sub(by).map_or(u32::MAX, |row| row as u32);
            column.take_or_null(&(0..column.len()).map(before).collect::<Vec<_>>())
        };
        Ok(input.command(Running {
            describe: format!("autoregress {} AS {}", self.field, self.targets.join(", ")),
            field: self.field.clone(),
            targets: self.targets.clone(),
            compute: Arc::new(move |column| (first..first + count).map(|by| shifted(column, by)).collect()),
        }))
    }
}
