//! `set`: rows of two subsearches as sets.

use super::prelude::*;
use super::subsearch;
use crate::exec::{group_rows_exactly, run};
use crate::syntax::ast::Pipeline;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "set",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "set (union|diff|intersect) <subsearch> <subsearch>",
    summary: "Gives the rows of either of two subsearches, of one but not the other, or of both; rows are equal in all fields.",
    examples: &[Example {
        spl: "| set diff [ | makeresults format=csv data=\"a\n1\n2\" ] [ | makeresults format=csv data=\"a\n2\n3\" ]",
        result: "a\n1\n3",
    }],
    parse: |args| {
        let span = args.here();
        let operation = match args.word().map(|w| w.node.to_ascii_lowercase()).as_deref() {
            Some("union") => Operation::Union,
            Some("diff") => Operation::Diff,
            Some("intersect") => Operation::Intersect,
            _ => bail!(Syntax, span, "set needs an operation"; hint: "one of union, diff, intersect"),
        };
        let left = args.expect_subsearch()?.node.clone();
        let right = args.expect_subsearch()?.node.clone();
        args.end()?;
        Ok(Box::new(Set { operation, pipelines: [left, right] }))
    },
};

#[derive(Clone, Copy, Debug)]
enum Operation {
    Union,
    Diff,
    Intersect,
}

#[derive(Debug)]
struct Set {
    operation: Operation,
    pipelines: [Pipeline; 2],
}

impl Command for Set {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !input.is_nothing() {
            bail!(Syntax, "set must be the first command of a search");
        }
        let [left, right] = &self.pipelines;
        let plans = [subsearch::plan("set", left, None, cx)?, subsearch::plan("set", right, None, cx)?];
        Ok(input.command(Node { operation: self.operation, plans }))
    }
}

#[derive(Debug)]
struct Node {
    operation: Operation,
    plans: [Plan; 2],
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("set {:?}", self.operation).to_lowercase()
    }

    fn subplans(&self) -> Vec<&Plan> {
        self.plans.iter().collect()
    }

    fn with_subplans(&self, plans: Vec<Plan>) -> Option<Arc<dyn CommandNode>> {
        let plans = plans.try_into().ok()?;
        Some(Arc::new(Node { operation: self.operation, plans }))
    }

    fn run(&self, _: Table, cx: &RunContext<'_>) -> Result<Table> {
        let [left, right] = &self.plans;
        let (left, right) = (run(left, cx)?.into_ordered(), run(right, cx)?.into_ordered());
        let left_batches = left.batches().len();
        let both = crate::exec::union(vec![left, right]);
        let grouping = group_rows_exactly(both.batches(), &both.fields());
        // The sides that each group occurs on, and its first row.
        let mut sides = vec![0u8; grouping.count + 1];
        let mut firsts: Vec<(u32, u32, u32)> = Vec::new();
        for (b, groups) in grouping.groups.iter().enumerate() {
            for (row, &group) in groups.iter().enumerate() {
                let seen = &mut sides[group as usize];
                if *seen == 0 {
                    firsts.push((group, b as u32, row as u32));
                }
                *seen |= if b < left_batches { 1 } else { 2 };
            }
        }
        let wanted = |sides: u8| match self.operation {
            Operation::Union => true,
            Operation::Diff => sides != 3,
            Operation::Intersect => sides == 3,
        };
        let picks: Vec<(u32, u32)> = firsts
            .into_iter()
            .filter(|(group, ..)| wanted(sides[*group as usize]))
            .map(|(_, b, row)| (b, row))
            .collect();
        Ok(both.gather(&picks))
    }
}
