//! `appendcols`: the fields of a subsearch beside the fields, row by row.

use super::prelude::*;
use super::subsearch;
use crate::exec::run;
use crate::syntax::ast::Pipeline;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "appendcols",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "appendcols [override=<bool>] [maxtime=<int>] [maxout=<int>] [timeout=<int>] <subsearch>",
    summary: "Adds the fields of a subsearch's first row to the first row, and so on; rows that are more are added.",
    examples: &[Example {
        spl: "| makeresults | eval a=1 | appendcols [ | makeresults | eval a=9, b=2 ] | table a b",
        result: "a | b\n1 | 2",
    }],
    parse: |args| {
        let overwrite = args.option("override")?.bool()?.unwrap_or(false);
        let maxout = subsearch::options(args)?;
        let pipeline = args.expect_subsearch()?.node.clone();
        args.end()?;
        Ok(Box::new(Appendcols { pipeline, maxout, overwrite }))
    },
};

#[derive(Debug)]
struct Appendcols {
    pipeline: Pipeline,
    maxout: Option<u64>,
    overwrite: bool,
}

impl Command for Appendcols {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    // First in a search it has nothing but what it adds.
    fn reads_events_when_first(&self) -> bool {
        false
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let plan = subsearch::plan("appendcols", &self.pipeline, self.maxout, cx)?;
        Ok(input.command(Node { plan, overwrite: self.overwrite }))
    }
}

#[derive(Debug)]
struct Node {
    plan: Plan,
    overwrite: bool,
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("appendcols{}", if self.overwrite { " override=true" } else { "" })
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone()
    }

    fn subplans(&self) -> Vec<&Plan> {
        vec![&self.plan]
    }

    fn subplan_reads(&self, wanted: &FieldSet) -> Vec<FieldSet> {
        vec![wanted.clone()]
    }

    fn with_subplans(&self, plans: Vec<Plan>) -> Option<Arc<dyn CommandNode>> {
        let plan = plans.into_iter().next()?;
        Some(Arc::new(Node { plan, overwrite: self.overwrite }))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let beside = run(&self.plan, cx)?;
        let fields: Vec<FieldName> = beside.fields().into_iter().filter(|f| !f.starts_with('_')).collect();
        let (main, beside) = (input.into_single(), beside.into_single());
        let rows = main.rows().max(beside.rows());
        let (mut joined, beside) = (lengthened(main, rows), lengthened(beside, rows));
        for field in fields {
            let new = beside.column_or_null(&field);
            let column = match joined.column(&field) {
                None => new,
                Some(old) if self.overwrite => new.or(old),
                Some(old) => old.or(&new),
            };
            joined.set(field, column);
        }
        Ok(Table::in_order(vec![joined]).with_fields_after(declared))
    }
}

/// The batch with rows without values behind its own.
fn lengthened(batch: Batch, rows: usize) -> Batch {
    if batch.rows() == rows {
        return batch;
    }
    let own = batch.rows() as u32;
    let picks: Vec<(u32, u32)> =
        (0..rows as u32).map(|row| if row < own { (0, row) } else { (1, row - own) }).collect();
    Table::new(vec![batch, Batch::new(rows - own as usize)]).gather(&picks).into_single()
}
