//! `search`: the events, or rows, that match a search expression.

use super::prelude::*;
use crate::plan::{Scan, TimeRange, split_time};
use crate::syntax::ast::SearchExpr;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "search",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "search <logical-expression>",
    summary: "Keeps events that match; first in a search, reads them from the indexes.",
    examples: &[Example {
        spl: "| makeresults count=3 | streamstats count AS n | search n>1 NOT n=3 | table n",
        result: "n\n2",
    }],
    parse: |args| {
        let expr = args.search_expr(&[])?;
        args.end()?;
        Ok(Box::new(Search { expr }))
    },
};

#[derive(Debug)]
struct Search {
    expr: SearchExpr,
}

impl Command for Search {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    /// It makes its own scan, with what it looks for in it.
    fn reads_events_when_first(&self) -> bool {
        false
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let (expr, range) = split_time(&self.expr, &cx.functions)?;
        let mut predicate = cx.bind_search(&expr)?;
        if input.is_nothing() {
            predicate = predicate.of_events();
            let time = if range.is_all() { cx.time } else { range };
            return Ok(Plan::Scan(Scan { predicate: Some(predicate), time, ..Scan::default() }));
        }
        let plan = match range.test() {
            Some(time) => unbounded(input, cx.time).filter(Predicate::Search(Arc::new(time))),
            None => input,
        };
        Ok(plan.filter(predicate))
    }
}

/// The plan without the range given from outside, in whose place a search's own modifiers step: `| from datamodel M.D | search
/// starthoursago=24`.
fn unbounded(plan: Plan, given: TimeRange) -> Plan {
    match plan {
        Plan::Scan(scan) if scan.time == given => Plan::Scan(Scan { time: TimeRange::default(), ..scan }),
        Plan::Filter(input, predicate, _) => unbounded(*input, given).filter(predicate),
        Plan::Extend(input, assignments) => Plan::Extend(Box::new(unbounded(*input, given)), assignments),
        other => other,
    }
}
