//! `iconify`: icons that Splunk shows beside events.

use super::lower::Unchanged;
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "iconify",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "iconify <field-list>",
    summary: "Shows an icon for each value where Splunk shows events; changes no data.",
    examples: &[Example { spl: "| makeresults | eval a=1 | iconify a | table a", result: "a\n1" }],
    parse: |args| {
        args.field_list(&[])?;
        args.end()?;
        Ok(Box::new(Unchanged(Kind::DistributableStreaming)))
    },
};
