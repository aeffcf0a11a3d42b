//! `timechart`: aggregates over bins of time, perhaps with a column for each value of a field.

use super::bin::search_time;
use super::chart::axis::{Axis, TimeAxis};
use super::chart::parse::{self, Clause};
use super::chart::plan;
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "timechart",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "timechart [sep=<string>] [format=<string>] [partial=<bool>] [cont=<bool>] [fixedrange=<bool>] [limit=[top|bottom]<int>] [agg=<stats-agg>] [<bin-options>] <stats-agg-term>|eval(<expression>)... [BY <split-field> [<options>] [where <test>]]",
    summary: "Aggregates events over bins of time: a row for each bin, a column for each value of a field.",
    examples: &[Example {
        spl: "| makeresults count=3 | streamstats count AS n | eval _time=3600*n | timechart span=2h count",
        result: "_time | count\n0 | 1\n7200 | 2",
    }],
    parse: |args| Ok(Box::new(Timechart { clause: parse::clause(args, false)? })),
};

#[derive(Debug)]
struct Timechart {
    clause: Clause,
}

impl Command for Timechart {
    fn kind(&self) -> Kind {
        Kind::Transforming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let clause = &self.clause;
        let axis = Axis::Time(TimeAxis {
            options: clause.axis.clone(),
            range: search_time(&input),
            fixed: clause.fixedrange.unwrap_or(true),
            cont: clause.cont.unwrap_or(true),
            partial: clause.partial.unwrap_or(true),
        });
        plan("timechart", clause, axis, clause.by.first(), input, cx)
    }
}
