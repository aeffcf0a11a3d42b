//! `stats`: one row for each group. Its clause of aggregates is shared by its relatives.

pub(in crate::commands) mod by_values;
pub(in crate::commands) mod clause;

use super::prelude::*;
use clause::{Settings, Term};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "stats",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "stats [partitions=<num>] [allnum=<bool>] [delim=<string>] <stats-agg-term>... [BY <field-list>] [dedup_splitvals=<bool>]",
    summary: "Aggregates rows: one result for each combination of the BY fields' values, or one for all.",
    examples: &[
        Example { spl: "| makeresults count=3 | stats count", result: "count\n3" },
        Example {
            spl: "| makeresults count=3 | streamstats count AS n | eval odd=n%2 | stats sum(n) AS total, count BY odd",
            result: "odd | total | count\n0 | 2 | 1\n1 | 4 | 2",
        },
    ],
    parse: |args| Ok(Box::new(Stats::parse(args)?)),
};

#[derive(Debug)]
struct Stats {
    terms: Vec<Term>,
    by: Vec<FieldName>,
    all_numeric: bool,
    dedup_splitvals: bool,
    /// Joins the values of a list where they become one text.
    delim: Option<String>,
}

impl Stats {
    fn parse(args: &mut Args<'_>) -> Result<Stats> {
        // How the work is split does not change the result.
        args.option("partitions")?.count()?;
        let delim = args.option("delim")?.string()?;
        let all_numeric = args.option("allnum")?.bool()?.unwrap_or(false);
        let mut dedup_splitvals = args.option("dedup_splitvals")?.bool()?.unwrap_or(false);
        dedup_splitvals |= args.option("dedup_splitval")?.bool()?.unwrap_or(false);
        let terms = clause::terms(args, &["by"])?;
        let by = clause::by(args, &[])?;
        args.end()?;
        clause::distinct(&terms, &by)?;
        Ok(Stats { terms, by, all_numeric, dedup_splitvals, delim })
    }
}

impl Command for Stats {
    fn kind(&self) -> Kind {
        Kind::Transforming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if let Some(delim) = &self.delim {
            let lists = self.terms.iter().filter(|term| matches!(term.aggregate.name, "list" | "values"));
            cx.multivalue_delims.extend(lists.map(|term| (term.name.clone(), delim.clone())));
        }
        let settings = Settings { all_numeric: self.all_numeric, ..Settings::default() };
        let (plan, calls, _) = clause::lower(&self.terms, settings, input, cx)?;
        let plan = match self.dedup_splitvals {
            true if !self.by.is_empty() => plan.command(by_values::DistinctValues { fields: self.by.clone() }),
            _ => plan,
        };
        Ok(Plan::Aggregate(Box::new(plan), self.by.clone().into(), calls.into()))
    }
}
