//! `mstats`: statistics over metrics.
//!
//! There are no metric indexes here: metrics are events, as Splunk takes them in. Either an event has a number for each of its metrics, in
//! fields called `metric_name:NAME`, or it has one, with the name in `metric_name` and the number in `_value`.
//!
//! Source: Search Reference, "mstats"; Metrics, "Get metrics in from other sources".

use super::bin::options::BinOptions;
use super::prelude::*;
use super::stats::clause::{self, Argument, Term};
use super::tstats::{grouped, without_subsearches};
use crate::plan::{Scan, split_time};
use crate::syntax::ast::{SearchExpr, SearchExprKind};
use crate::table::Bitmap;
use crate::time::BinSpan;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "mstats",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "mstats [prestats=<bool>] [append=<bool>] [backfill=<bool>] [update_period=<int>] [fillnull_value=<string>] [chunk_size=<int>] <stats-func>(<metric>|_value)... [WHERE <search-query>] [BY <field-list>] [span=<timespan>]",
    summary: "Aggregates metrics: fields called metric_name:NAME, or _value where metric_name says of what.",
    examples: &[Example { spl: "| mstats count(cpu.usage)", result: "count(cpu.usage)\n0" }],
    parse: |args| Ok(Box::new(Mstats::parse(args)?)),
};

/// What metrics' fields begin with.
const PREFIX: &str = "metric_name:";

#[derive(Debug)]
struct Mstats {
    terms: Vec<Term>,
    condition: SearchExpr,
    by: Vec<FieldName>,
    span: Option<BinSpan>,
    /// `span=auto`: by time, in bins that suit it.
    auto: bool,
    prestats: bool,
    append: bool,
}

impl Mstats {
    fn parse(args: &mut Args<'_>) -> Result<Mstats> {
        let prestats = args.option("prestats")?.bool()?.unwrap_or(false);
        let append = args.option("append")?;
        let append_span = append.span();
        let append = append.bool()?.unwrap_or(false);
        if append && !prestats {
            bail!(Argument, append_span.unwrap_or(args.span()), "mstats can append only with prestats=true");
        }
        let chart = args.option("chart")?;
        let chart_span = chart.span();
        if chart.bool()?.unwrap_or(false) {
            bail!(Unsupported, chart_span.unwrap_or(args.span()), "mstats makes no charts"; hint: "send its rows to timechart or xyseries");
        }
        args.option("backfill")?.bool()?;
        args.option("update_period")?.int()?;
        args.option("chunk_size")?.int()?;
        args.option("fillnull_value")?.string()?;
        let span = args.option("span")?;
        let auto = span.value().is_some_and(|value| value.text().is_ok_and(|text| text.eq_ignore_ascii_case("auto")));
        let span = match span.value() {
            _ if auto => None,
            Some(value) => Some(BinSpan::parse(&value.text()?).map_err(|e| Box::new((*e).at(value.span())))?),
            None => None,
        };
        let mut terms = clause::terms(args, &["where", "by", "groupby"])?;
        for term in &mut terms {
            let span = term.call.span;
            match &term.argument {
                Argument::Field(_) => {}
                Argument::Rows if term.aggregate.name == "count" => {
                    term.argument = Argument::Field("_value".to_owned())
                }
                Argument::Eval(_) => {
                    bail!(Argument, span, "mstats takes metrics, not eval expressions"; hint: "eval afterwards")
                }
                _ => {
                    bail!(Argument, span, "mstats needs the metric that this is of"; hint: "such as count(cpu.usage) or count(_value)")
                }
            }
        }
        let condition = if args.keyword("where") {
            args.search_expr(&["by", "groupby"])?
        } else {
            SearchExpr { kind: SearchExprKind::All, span: args.here() }
        };
        let by = if args.keyword("groupby") {
            args.field_list(&[])?.into_iter().map(|field| field_name(field.node)).collect()
        } else {
            clause::by(args, &[])?
        };
        args.end()?;
        Ok(Mstats { terms, condition, by, span, auto, prestats, append })
    }
}

impl Command for Mstats {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !self.append && !input.is_nothing() {
            bail!(Syntax, "mstats must be the first command of a search"; hint: "or append to the results with prestats=true append=true");
        }
        let (condition, range) = split_time(&self.condition, &cx.functions)?;
        let (now, later) = without_subsearches(condition);
        let before = cx.time;
        if !range.is_all() {
            cx.time = range;
        }
        let predicate = cx.bind_search(&now);
        let plan = predicate.map(|p| Plan::Scan(Scan { predicate: Some(p), time: cx.time, ..Scan::default() }));
        cx.time = before;
        let mut plan = plan?;
        for part in &later {
            plan = plan.filter(cx.bind_search(part)?);
        }
        let mut keys = self.by.clone();
        if (self.span.is_some() || self.auto) && !keys.iter().any(|key| &**key == "_time") {
            // A span is of time, said or not.
            keys.insert(0, field_name("_time"));
        }
        let plan = plan.command(Spread);
        if self.prestats {
            return Ok(if self.append { Plan::Union(vec![input, plan]) } else { plan });
        }
        let bins = BinOptions { span: self.span, ..BinOptions::default() };
        let terms: Vec<Term> = self.terms.iter().cloned().map(of_metric).collect();
        grouped(plan, &terms, keys, bins, cx)
    }
}

/// The term with the metric's field in place of its name.
fn of_metric(term: Term) -> Term {
    match term.argument {
        Argument::Field(metric) if metric != "_value" => {
            Term { argument: Argument::Field(format!("{PREFIX}{metric}")), ..term }
        }
        argument => Term { argument, ..term },
    }
}

/// Gives events with one metric the field that events with several have.
#[derive(Debug)]
struct Spread;

impl CommandNode for Spread {
    fn describe(&self) -> String {
        "metrics as fields".to_owned()
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        cx.map_batches(input, |mut batch| {
            let (Some(names), Some(values)) = (batch.column("metric_name").cloned(), batch.column("_value").cloned())
            else {
                return Ok(batch);
            };
            let mut metrics: Vec<String> = Vec::new();
            for row in 0..batch.rows() {
                let name = names.get(row).text();
                if !names.is_null(row) && !metrics.iter().any(|known| *known == name) {
                    metrics.push(name.into_owned());
                }
            }
            for metric in metrics {
                let own = Bitmap::from_fn(batch.rows(), |row| names.get(row).text() == metric);
                let field = format!("{PREFIX}{metric}");
                let column = values.choose(&batch.column_or_null(&field), |row| own.get(row));
                batch.set(&field, column);
            }
            Ok(batch)
        })
    }
}
