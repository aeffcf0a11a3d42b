//! `appendpipe`: what a pipeline makes of the rows, behind the rows.

use super::prelude::*;
use crate::exec::{run, union};
use crate::plan::OpenPlan;
use crate::syntax::ast::Pipeline;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "appendpipe",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "appendpipe [run_in_preview=<bool>] [<subpipeline>]",
    summary: "Runs a pipeline over the rows and adds what it gives behind them.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"u,n\na,1\nb,2\" | appendpipe [ stats sum(n) AS n ]",
        result: "u    | n\na    | 1\nb    | 2\nnull | 3",
    }],
    parse: |args| {
        args.option("run_in_preview")?.bool()?;
        let pipeline = args.subsearch().map(|s| s.node.clone());
        args.end()?;
        Ok(Box::new(Appendpipe { pipeline }))
    },
};

#[derive(Debug)]
struct Appendpipe {
    pipeline: Option<Pipeline>,
}

impl Command for Appendpipe {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    // First in a search it has nothing but what it adds.
    fn reads_events_when_first(&self) -> bool {
        false
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(match &self.pipeline {
            Some(pipeline) => input.command(Node(OpenPlan::new(pipeline, cx)?)),
            None => input,
        })
    }
}

#[derive(Debug)]
struct Node(OpenPlan);

impl CommandNode for Node {
    fn describe(&self) -> String {
        "appendpipe".to_owned()
    }

    fn subplans(&self) -> Vec<&Plan> {
        vec![self.0.plan()]
    }

    fn subplan_reads(&self, wanted: &FieldSet) -> Vec<FieldSet> {
        vec![wanted.clone()]
    }

    fn with_subplans(&self, plans: Vec<Plan>) -> Option<Arc<dyn CommandNode>> {
        let plan = plans.into_iter().next()?;
        Some(Arc::new(Node(self.0.with_plan(plan))))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let added = run(&self.0.over(input.clone()), cx)?;
        Ok(union(vec![input, added]))
    }
}
