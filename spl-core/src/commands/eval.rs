//! `eval`: fields from expressions.

use super::prelude::*;
use crate::expr::StaticType;
use crate::plan::{DeferredExpressions, has_subsearch};
use crate::syntax::ast::Expr;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "eval",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "eval <field>=<expression> [, <field>=<expression>]...",
    summary: "Sets fields to the values of expressions, left to right; a null value removes the field.",
    examples: &[Example { spl: "| makeresults | eval a=1, b=a+1 | table a b", result: "a | b\n1 | 2" }],
    parse: |args| {
        let mut assignments = Vec::new();
        loop {
            assignments.push(args.assignment()?);
            if !args.punct(",") || args.is_empty() {
                break;
            }
        }
        let parted = "assignments are parted by commas: eval a=1, b=2";
        args.end().map_err(|e| if e.hint.is_none() { Box::new(e.hint(parted)) } else { e })?;
        Ok(Box::new(Eval { assignments }))
    },
};

#[derive(Debug)]
struct Eval {
    assignments: Vec<(Spanned<String>, Expr)>,
}

impl Command for Eval {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if self.assignments.iter().any(|(_, expr)| has_subsearch(expr)) {
            let (targets, exprs) =
                self.assignments.iter().map(|(target, expr)| (field_name(&target.node), expr.clone())).unzip();
            return Ok(input.command(DeferredExpressions::extend(targets, exprs, cx)?));
        }
        let bound = self.assignments.iter().map(|(target, expr)| {
            let value = cx.bind(expr)?;
            if value.static_type() == StaticType::Bool {
                bail!(Argument, expr.span, "the value of `{}` is true or false, which no field can hold", target.node; hint: "wrap it: if(..., \"true\", \"false\")");
            }
            Ok(Assignment { target: field_name(&target.node), value: Arc::new(value) })
        });
        let assignments = bound.collect::<Result<Vec<_>>>()?;
        Ok(Plan::Extend(Box::new(input), assignments.into()))
    }
}
