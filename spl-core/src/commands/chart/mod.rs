//! `chart`: aggregates as a table, a row for each value of one field and, perhaps, a column for each value of another.

pub(super) mod axis;
mod cells;
mod gather;
pub(super) mod parse;
pub(super) mod pivot;
mod row_codes;
pub(super) mod series;

use super::bin::search_time;
use super::prelude::*;
use super::stats::by_values::DistinctValues;
use super::stats::clause::{self, Settings};
use crate::aggregates::{self, Call};
use crate::error::Span;
use crate::plan::AggregateCall;
use axis::{Axis, TimeAxis};
use parse::{Clause, Shown};
use pivot::{Pivot, ShownColumn};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "chart",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "chart [sep=<string>] [format=<string>] [cont=<bool>] [limit=[top|bottom]<int>] [agg=<stats-agg>] [usenull=<bool>] [useother=<bool>] [nullstr=<string>] [otherstr=<string>] <stats-agg-term>|eval(<expression>)... [(OVER|BY) <row-split> [<bin-options>] [[BY] <column-split> [<options>] [where <test>]]]",
    summary: "Aggregates rows into a table: a row for each value of one field, a column for each value of another.",
    examples: &[Example {
        spl: "| makeresults count=4 | streamstats count AS n | eval a=n%2, b=if(n>2, \"y\", \"x\") | chart sum(n) OVER a BY b",
        result: "a | x | y\n0 | 2 | 4\n1 | 1 | 3",
    }],
    parse: |args| Ok(Box::new(Chart { clause: parse::clause(args, true)? })),
};

#[derive(Debug)]
struct Chart {
    clause: Clause,
}

impl Command for Chart {
    fn kind(&self) -> Kind {
        Kind::Transforming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let clause = &self.clause;
        let axis = match clause.by.first() {
            None => Axis::Nothing,
            Some(field) if !clause.axis.any() => Axis::Values(field.clone()),
            Some(field) if &**field == "_time" => Axis::Time(TimeAxis {
                options: clause.axis.clone(),
                range: search_time(&input),
                fixed: clause.fixedrange.unwrap_or(false),
                cont: clause.cont.unwrap_or(true),
                partial: clause.partial.unwrap_or(true),
            }),
            Some(field) => {
                Axis::Numbers { field: field.clone(), options: clause.axis.clone(), cont: clause.cont.unwrap_or(true) }
            }
        };
        plan("chart", clause, axis, clause.by.get(1), input, cx)
    }
}

/// The plan of a chart over an axis.
pub(super) fn plan(
    name: &'static str,
    clause: &Clause,
    axis: Axis,
    split: Option<&FieldName>,
    input: Plan,
    cx: &mut PlanContext<'_>,
) -> Result<Plan> {
    let bucket_seconds = matches!(axis, Axis::Time(_)).then_some(1.0);
    let settings = Settings { bucket_seconds, ..Settings::default() };
    let (mut plan, mut calls, _) = clause::lower(&clause.terms, settings, input, cx)?;
    if clause.dedup_splitvals {
        let fields = axis.field().map(field_name).into_iter().chain(split.cloned()).filter(|field| &**field != "_time");
        plan = plan.command(DistinctValues { fields: fields.collect() });
    }
    // Without series and bins it is what stats does.
    if let (Axis::Values(field), None) = (&axis, split)
        && clause.shown.iter().all(|shown| matches!(shown, Shown::Term(_)))
    {
        return Ok(Plan::Aggregate(Box::new(plan), [field.clone()].into(), calls.into()));
    }
    if let Some(call) = calls.iter().find(|call| call.field.as_ref().is_some_and(|field| field.contains('*'))) {
        bail!(Argument, call.call.span, "{name} takes no wildcards in its aggregates");
    }
    let shown = clause.shown.iter().map(|shown| {
        Ok(match shown {
            Shown::Term(term) => ShownColumn::Call(*term, clause.terms[*term].name.clone()),
            Shown::Eval(expr, name) => ShownColumn::Eval(cx.bind(expr)?, name.clone()),
        })
    });
    let shown = shown.collect::<Result<Vec<_>>>()?;
    let split = split.map(|field| (field.clone(), clause.split.clone()));
    let series = clause.series.clone();
    let mut judge = None;
    if split.is_some()
        && shown.len() > 1
        && series.counts_rows()
        && let Some((aggregate, _)) = aggregates::find("count")
    {
        judge = Some(calls.len());
        calls.push(AggregateCall { aggregate, call: Call::new(Span::default()), field: None, output: cx.temporary() });
    }
    Ok(plan.command(Pivot { name, axis, split, calls, shown, judge, series }))
}
