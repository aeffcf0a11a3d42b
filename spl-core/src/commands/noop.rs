//! `noop`: changes nothing; its options are of how Splunk runs a search.

use super::lower::Unchanged;
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "noop",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "noop [log_<level>=<string>] [log_appender=<string>] [set_ttl=<timespan>] [search_optimization=<bool>] [search_optimization.<type>=<bool>]",
    summary: "Changes no data: its options, of logs and of Splunk's optimizer, have no meaning here.",
    examples: &[Example { spl: "| makeresults | eval a=1 | noop search_optimization=false | table a", result: "a\n1" }],
    parse: |args| {
        while let Some((name, value)) = args.next_option()? {
            let lower = name.node.to_ascii_lowercase();
            match &lower[..] {
                // It would change results.
                "sample_ratio" if value.text()? != "1" => {
                    bail!(Unsupported, name.span, "noop takes no sample here"; hint: "leave sample_ratio out")
                }
                "set_ttl" | "sample_ratio" | "search_optimization" | "remote_log_fetch" => {}
                known if known.starts_with("log_") || known.starts_with("search_optimization.") => {}
                _ => bail!(Unknown, name.span, "noop has no option `{}`", name.node),
            }
        }
        args.end()?;
        Ok(Box::new(Unchanged(Kind::DistributableStreaming)))
    },
};
