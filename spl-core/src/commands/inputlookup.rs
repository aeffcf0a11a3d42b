//! `inputlookup`: the rows of a lookup table as results.
//!
//! Source: Search Reference, "inputlookup".

use super::prelude::*;
use crate::syntax::ast::{SearchExpr, SearchExprKind};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "inputlookup",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "inputlookup [append=<bool>] [strict=<bool>] [start=<int>] [max=<int>] <filename>|<tablename> [WHERE <search-query>]",
    summary: "Reads the rows of a lookup table.",
    examples: &[],
    parse: |args| Ok(Box::new(InputRows::parse(args, "a lookup's name")?)),
};

/// What inputlookup and inputcsv have in common.
#[derive(Debug)]
pub(super) struct InputRows {
    append: bool,
    start: usize,
    max: usize,
    pub(super) name: Spanned<String>,
    condition: Option<SearchExpr>,
    command: String,
}

impl InputRows {
    pub(super) fn parse(args: &mut Args<'_>, what: &'static str) -> Result<Self> {
        let append = args.option("append")?.bool()?.unwrap_or(false);
        // A table that cannot be read is an error in any case.
        args.option("strict")?.bool()?;
        let start = args.option("start")?.count()?.unwrap_or(0);
        let max = args.option("max")?.count()?.unwrap_or(usize::MAX);
        let name = args.string(what)?;
        let condition = if args.keyword("where") { Some(args.search_expr(&[])?) } else { None };
        args.end()?;
        Ok(InputRows { append, start, max, name, condition, command: args.command().to_owned() })
    }

    /// The rows behind those of `input`, when they are to be appended.
    pub(super) fn rows(&self, input: Plan, name: &str, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !self.append && !input.is_nothing() {
            bail!(Syntax, "{} must be the first command of a search", self.command; hint: "or append to the results with append=true");
        }
        let located = |e: Box<crate::error::Diagnostic>| Box::new((*e).at(self.name.span));
        let lookup = cx.catalog.lookups().find(name).map_err(located)?;
        let all = lookup.table.to_table();
        let rows = if self.start > 0 || self.max < all.rows() {
            let fields = all.fields();
            let batch = all.into_single();
            let end = self.start.saturating_add(self.max).min(batch.rows());
            let picked: Vec<u32> = (self.start.min(end)..end).map(|row| row as u32).collect();
            Table::in_order(vec![batch.take(&picked)]).with_fields(fields)
        } else {
            all
        };
        let mut plan = Plan::Values(Arc::new(rows));
        if let Some(condition) = self.condition.as_ref().filter(|c| c.kind != SearchExprKind::All) {
            plan = plan.filter(cx.bind_search(condition)?);
        }
        Ok(if input.is_nothing() { plan } else { Plan::Union(vec![input, plan]) })
    }
}

impl Command for InputRows {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        self.rows(input, &self.name.node, cx)
    }
}
