//! `redistribute`: what follows is spread over indexers.

use super::lower::Unchanged;
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "redistribute",
    aliases: &[],
    kind: Kind::Orchestrating,
    syntax: "redistribute [num_of_reducers=<int>] [BY <field-list>]",
    summary: "Spreads what follows over indexers; changes no data.",
    examples: &[Example { spl: "| makeresults | eval a=1 | redistribute | table a", result: "a\n1" }],
    parse: |args| {
        args.option("num_of_reducers")?.int()?;
        if args.keyword("by") {
            args.field_list(&[])?;
        }
        args.end()?;
        Ok(Box::new(Unchanged(Kind::Orchestrating)))
    },
};
