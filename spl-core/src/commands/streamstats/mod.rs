//! `streamstats`: for every row the aggregates of the rows up to it.

mod follow;
mod frames;
mod parse;
mod run;

use super::prelude::*;
use super::stats::clause::{self, Settings, Term};
use crate::syntax::ast::Expr;
use crate::time::TimeSpan;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "streamstats",
    aliases: &[],
    kind: Kind::CentralizedStreaming,
    syntax: "streamstats [reset_on_change=<bool>] [reset_before=\"(\"<expr>\")\"] [reset_after=\"(\"<expr>\")\"] [current=<bool>] [window=<int>] [time_window=<span>] [global=<bool>] [allnum=<bool>] <stats-agg-term>... [BY <field-list>]",
    summary: "Gives every row the aggregates of the rows up to it, or of a window of rows that ends with it.",
    examples: &[
        Example { spl: "| makeresults count=3 | streamstats count AS n | table n", result: "n\n1\n2\n3" },
        Example {
            spl: "| makeresults count=4 | streamstats count AS n | streamstats window=2 sum(n) AS s | table n s",
            result: "n | s\n1 | 1\n2 | 3\n3 | 5\n4 | 7",
        },
    ],
    parse: |args| Ok(Box::new(parse::parse(args)?)),
};

#[derive(Debug)]
struct Streamstats {
    terms: Vec<Term>,
    by: Vec<FieldName>,
    options: Options,
    reset_before: Option<Expr>,
    reset_after: Option<Expr>,
}

/// Which rows belong to the window of a row.
#[derive(Clone, Debug)]
struct Options {
    /// The row itself does.
    current: bool,
    /// At most so many rows; 0 is all.
    window: usize,
    /// Rows that are no further away in time.
    time_window: Option<TimeSpan>,
    /// The window counts the rows of all groups.
    global: bool,
    /// Another value of a BY field than in the row before begins anew.
    reset_on_change: bool,
    all_numeric: bool,
}

impl Command for Streamstats {
    fn kind(&self) -> Kind {
        Kind::CentralizedStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let settings = Settings { all_numeric: self.options.all_numeric, ..Settings::default() };
        let (plan, calls, temporaries) = clause::lower(&self.terms, settings, input, cx)?;
        if let Some(call) = calls.iter().find(|call| call.aggregate.slide.is_none()) {
            bail!(Unsupported, call.call.span, "`{}` does not work in streamstats", call.aggregate.name);
        }
        let bind = |expr: &Option<Expr>| expr.as_ref().map(|expr| cx.bind(expr)).transpose();
        let node = run::Node {
            calls,
            by: self.by.clone(),
            options: self.options.clone(),
            reset_before: bind(&self.reset_before)?,
            reset_after: bind(&self.reset_after)?,
            sift: None,
        };
        Ok(clause::without(temporaries, plan.command(node)))
    }
}
