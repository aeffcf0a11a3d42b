//! `multisearch`: several searches at once, their events in the order of time.

use super::prelude::*;
use crate::plan::{SortKey, SortOrder, parse_stage};
use crate::syntax::ast::Pipeline;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "multisearch",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "multisearch <subsearch> <subsearch>...",
    summary: "Runs two or more streaming searches and gives their events together, newest first.",
    examples: &[Example {
        spl: "| multisearch [ | makeresults | eval a=1 ] [ | makeresults | eval a=2, _time=_time+5 ] | table a",
        result: "a\n2\n1",
    }],
    parse: |args| {
        let mut pipelines = Vec::new();
        while !args.is_empty() {
            pipelines.push(args.expect_subsearch()?.node.clone());
            while args.punct(",") {}
        }
        if pipelines.len() < 2 {
            bail!(Syntax, args.here(), "multisearch needs two subsearches or more");
        }
        Ok(Box::new(Multisearch { pipelines }))
    },
};

#[derive(Debug)]
struct Multisearch {
    pipelines: Vec<Pipeline>,
}

impl Command for Multisearch {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !input.is_nothing() {
            bail!(Syntax, "multisearch must be the first command of a search");
        }
        for pipeline in &self.pipelines {
            for stage in &pipeline.stages {
                let (command, name) = parse_stage(stage, cx.catalog)?;
                if matches!(command.kind(), Kind::Transforming | Kind::DatasetProcessing) {
                    bail!(Argument, if name.end > name.start { name } else { stage.span }, "this command is not streaming, and multisearch takes streaming searches only"; hint: "append takes any search");
                }
            }
        }
        let plans = self.pipelines.iter().map(|p| cx.subsearch(p)).collect::<Result<Vec<_>>>()?;
        Ok(newest_first(plans))
    }
}

/// The events of several plans in one order.
pub(super) fn newest_first(plans: Vec<Plan>) -> Plan {
    let time = SortKey { field: field_name("_time"), descending: true, order: SortOrder::Number };
    Plan::Sort(Box::new(Plan::Union(plans)), Arc::new([time]), None)
}
