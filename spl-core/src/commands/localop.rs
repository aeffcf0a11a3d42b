//! `localop`: what follows runs on the search head.

use super::lower::Unchanged;
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "localop",
    aliases: &[],
    kind: Kind::CentralizedStreaming,
    syntax: "localop",
    summary: "Runs what follows on the search head; changes no data.",
    examples: &[Example { spl: "| makeresults | eval a=1 | localop | table a", result: "a\n1" }],
    parse: |args| {
        args.end()?;
        Ok(Box::new(Unchanged(Kind::CentralizedStreaming)))
    },
};
