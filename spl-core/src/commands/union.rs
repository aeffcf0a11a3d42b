//! `union`: several datasets as one.

use super::multisearch::newest_first;
use super::prelude::*;
use super::subsearch;
use crate::plan::parse_stage;
use crate::syntax::ast::Pipeline;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "union",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "union [maxtime=<int>] [maxout=<int>] [timeout=<int>] <dataset> [<dataset>...]",
    summary: "Puts subsearches and datasets together: by time when all of them stream, else one behind the other.",
    examples: &[Example {
        spl: "| union [ | makeresults | eval a=1 ] [ | makeresults | stats count AS a ] | table a",
        result: "a\n1\n1",
    }],
    parse: |args| {
        let maxout = subsearch::options(args)?;
        let mut datasets = Vec::new();
        while args.punct(",") {}
        while !args.is_empty() {
            datasets.push(match args.subsearch() {
                Some(pipeline) => Dataset::Subsearch(pipeline.node.clone()),
                None => Dataset::Named(args.string("a dataset")?),
            });
            while args.punct(",") {}
        }
        args.end()?;
        if datasets.is_empty() {
            bail!(Syntax, args.here(), "union needs a dataset"; hint: "a subsearch in brackets, or such as lookup:users");
        }
        Ok(Box::new(Union { datasets, maxout }))
    },
};

#[derive(Debug)]
enum Dataset {
    Subsearch(Pipeline),
    Named(Spanned<String>),
}

#[derive(Debug)]
struct Union {
    datasets: Vec<Dataset>,
    maxout: Option<u64>,
}

impl Command for Union {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    // First in a search it has nothing but what it adds.
    fn reads_events_when_first(&self) -> bool {
        false
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let first = input.is_nothing();
        if first && self.datasets.len() < 2 {
            bail!(Syntax, "union needs two datasets when it stands first");
        }
        let mut plans = if first { Vec::new() } else { vec![input] };
        let mut streaming = first;
        for dataset in &self.datasets {
            match dataset {
                Dataset::Subsearch(pipeline) => {
                    streaming &= streams(pipeline, cx)?;
                    plans.push(subsearch::plan("union", pipeline, self.maxout, cx)?);
                }
                Dataset::Named(name) => {
                    streaming = false;
                    let text = format!("| from {}", name.node.strip_prefix("input").unwrap_or(&name.node));
                    plans.push(cx.plan_text(&text)?);
                }
            }
        }
        Ok(if streaming { newest_first(plans) } else { Plan::Union(plans) })
    }
}

/// Whether every command of the pipeline streams.
fn streams(pipeline: &Pipeline, cx: &PlanContext<'_>) -> Result<bool> {
    for stage in &pipeline.stages {
        if matches!(parse_stage(stage, cx.catalog)?.0.kind(), Kind::Transforming | Kind::DatasetProcessing) {
            return Ok(false);
        }
    }
    Ok(true)
}
