//! `multireport`: what several pipelines make of the same rows, one behind the other.

use super::prelude::*;
use crate::exec::{run, union};
use crate::plan::OpenPlan;
use crate::syntax::ast::Pipeline;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "multireport",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "multireport <subpipeline> <subpipeline>...",
    summary: "Runs several pipelines over the rows and gives what they make of them, one behind the other.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"u,n\na,1\nb,2\" | multireport [ stats sum(n) AS s ] [ stats count ] | table s count",
        result: "s    | count\n3    | null\nnull | 2",
    }],
    parse: |args| {
        let mut pipelines = Vec::new();
        while !args.is_empty() {
            pipelines.push(args.expect_subsearch()?.node.clone());
            while args.punct(",") {}
        }
        if pipelines.is_empty() {
            bail!(Syntax, args.here(), "multireport needs a pipeline in brackets");
        }
        Ok(Box::new(Multireport { pipelines }))
    },
};

#[derive(Debug)]
struct Multireport {
    pipelines: Vec<Pipeline>,
}

impl Command for Multireport {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let plans = self.pipelines.iter().map(|p| OpenPlan::new(p, cx)).collect::<Result<Vec<_>>>()?;
        Ok(input.command(Node(plans)))
    }
}

#[derive(Debug)]
struct Node(Vec<OpenPlan>);

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("multireport of {}", self.0.len())
    }

    fn subplans(&self) -> Vec<&Plan> {
        self.0.iter().map(OpenPlan::plan).collect()
    }

    fn subplan_reads(&self, wanted: &FieldSet) -> Vec<FieldSet> {
        vec![wanted.clone(); self.0.len()]
    }

    fn with_subplans(&self, plans: Vec<Plan>) -> Option<Arc<dyn CommandNode>> {
        Some(Arc::new(Node(self.0.iter().zip(plans).map(|(open, plan)| open.with_plan(plan)).collect())))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let results = self.0.iter().map(|open| run(&open.over(input.clone()), cx)).collect::<Result<Vec<_>>>()?;
        Ok(union(results))
    }
}
