//! `eventcount`: how many events there are.

use super::metadata::indexes;
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "eventcount",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "eventcount [index=<wc-index>]... [summarize=<bool>] [report_size=<bool>] [list_vix=<bool>] [tstats=<bool>]",
    summary: "Counts the events of indexes, whatever their time; with summarize=false for each index.",
    examples: &[Example { spl: "| eventcount index=none", result: "count\n0" }],
    parse: |args| {
        let summarize = args.option("summarize")?.bool()?.unwrap_or(true);
        // Sizes on disk are those of Splunk's own files.
        for option in ["report_size", "list_vix", "list_federated_remote", "tstats"] {
            args.option(option)?.bool()?;
        }
        let indexes = indexes(args)?;
        args.end()?;
        Ok(Box::new(Eventcount { indexes, summarize }))
    },
};

#[derive(Debug)]
struct Eventcount {
    indexes: String,
    summarize: bool,
}

impl Command for Eventcount {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !input.is_nothing() {
            bail!(Syntax, "eventcount must be the first command of a search");
        }
        let count = match self.summarize {
            true => "stats count",
            false => "stats count BY index | eval server=\"local\" | table count index server",
        };
        let range = std::mem::take(&mut cx.time);
        let plan = cx.plan_text(&format!("search {} | {count}", self.indexes));
        cx.time = range;
        plan
    }
}
