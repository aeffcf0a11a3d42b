//! `inputcsv`: the rows of a CSV file as results. Files are those that lookups are kept in.
//!
//! Source: Search Reference, "inputcsv".

use super::inputlookup::InputRows;
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "inputcsv",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "inputcsv [dispatch=<bool>] [append=<bool>] [strict=<bool>] [start=<int>] [max=<int>] [events=<bool>] <filename> [WHERE <search-query>]",
    summary: "Reads the rows of a CSV file.",
    examples: &[],
    parse: |args| {
        args.option("dispatch")?.bool()?;
        args.option("events")?.bool()?;
        Ok(Box::new(Inputcsv { rows: InputRows::parse(args, "a file's name")? }))
    },
};

#[derive(Debug)]
struct Inputcsv {
    rows: InputRows,
}

impl Command for Inputcsv {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let name = &self.rows.name.node;
        // The extension may be left out.
        let file = if name.ends_with(".csv") { name.clone() } else { format!("{name}.csv") };
        self.rows.rows(input, &file, cx)
    }
}
