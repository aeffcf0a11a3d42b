//! `head`: the first rows.

use super::prelude::*;
use crate::error::Span;
use crate::syntax::ast::Expr;
use crate::table::Bitmap;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "head",
    aliases: &[],
    kind: Kind::CentralizedStreaming,
    syntax: "head [<N>|(<eval-expression>)] [limit=<int>] [null=<bool>] [keeplast=<bool>]",
    summary: "Keeps the first 10 rows, the first N, or the rows before an expression stops being true.",
    examples: &[Example {
        spl: "| makeresults count=5 | streamstats count AS n | head (n<3) | table n",
        result: "n\n1\n2",
    }],
    parse: |args| {
        let limit = args.option("limit")?.int()?;
        let null = args.option("null")?.bool()?.unwrap_or(false);
        let keeplast = args.option("keeplast")?.bool()?.unwrap_or(false);
        let count = args.int_if_any().map(|n| n.node);
        if args.at_option() {
            // A misspelt option is not a test.
            args.end()?;
        }
        if let Some(subsearch) = args.subsearch() {
            // What it gives is not known yet.
            bail!(Argument, subsearch.span, "head needs a number or a test");
        }
        let test = if count.is_none() && !args.is_empty() { Some(args.expr()?) } else { None };
        args.end()?;
        let rows = match (limit.or(count), &test) {
            (Some(n), _) => Some(u64::try_from(n).unwrap_or(0)),
            (None, Some(_)) => None,
            (None, None) => Some(10),
        };
        Ok(Box::new(Head { rows, test, null, keeplast, span: args.span() }))
    },
};

#[derive(Debug)]
struct Head {
    rows: Option<u64>,
    test: Option<Expr>,
    null: bool,
    keeplast: bool,
    span: Span,
}

impl Command for Head {
    fn kind(&self) -> Kind {
        Kind::CentralizedStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let mut plan = input;
        if let Some(test) = &self.test {
            let test = cx.bind(test).map_err(|e| Box::new((*e).at(self.span)))?;
            plan = plan.command(While { test, null: self.null, keeplast: self.keeplast });
        }
        Ok(match self.rows {
            Some(rows) => Plan::Limit(Box::new(plan), rows),
            None => plan,
        })
    }
}

/// Rows as long as a test is true.
#[derive(Debug)]
struct While {
    test: Expression,
    null: bool,
    keeplast: bool,
}

impl CommandNode for While {
    fn describe(&self) -> String {
        format!("head ({})", self.test.text())
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of(self.test.fields()))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let fields = input.declared_fields().map(<[_]>::to_vec);
        let batches = input.into_batches();
        let mut kept = Vec::new();
        for (batch, result) in batches.iter().zip(self.test.eval(&batches, &cx.functions)) {
            let truth = self.test.truth(std::slice::from_ref(batch), &cx.functions).swap_remove(0);
            let goes_on = |row: usize| truth.get(row) || self.null && result.is_null(row);
            match (0..batch.rows()).find(|&row| !goes_on(row)) {
                None => kept.push(batch.clone()),
                Some(stop) => {
                    let end = stop + usize::from(self.keeplast);
                    kept.push(batch.filter(&Bitmap::from_fn(batch.rows(), |row| row < end)));
                    break;
                }
            }
        }
        let table = Table::in_order(kept);
        Ok(match fields {
            Some(fields) => table.with_fields(fields),
            None => table,
        })
    }
}
