//! `highlight`: words that Splunk marks where it shows events.

use super::lower::Unchanged;
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "highlight",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "highlight <string>...",
    summary: "Marks words where Splunk shows events; changes no data.",
    examples: &[Example { spl: "| makeresults | eval a=1 | highlight error | table a", result: "a\n1" }],
    parse: |args| {
        if args.rest().is_empty() {
            bail!(Syntax, args.here(), "highlight needs a word");
        }
        Ok(Box::new(Unchanged(Kind::DistributableStreaming)))
    },
};
