//! `append`: the rows of a subsearch behind the rows.

use super::prelude::*;
use super::subsearch;
use crate::syntax::ast::Pipeline;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "append",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "append [extendtimerange=<bool>] [maxtime=<int>] [maxout=<int>] [timeout=<int>] <subsearch>",
    summary: "Adds the rows of a subsearch behind the rows; fields that one side lacks are missing there.",
    examples: &[Example {
        spl: "| makeresults | eval a=1 | append [ | makeresults | eval b=2 ] | table a b",
        result: "a    | b\n1    | null\nnull | 2",
    }],
    parse: |args| {
        let maxout = subsearch::options(args)?;
        let pipeline = args.expect_subsearch()?.node.clone();
        args.end()?;
        Ok(Box::new(Append { pipeline, maxout }))
    },
};

#[derive(Debug)]
struct Append {
    pipeline: Pipeline,
    maxout: Option<u64>,
}

impl Command for Append {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    // First in a search it has nothing but what it adds.
    fn reads_events_when_first(&self) -> bool {
        false
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Union(vec![input, subsearch::plan("append", &self.pipeline, self.maxout, cx)?]))
    }
}
