//! `where`: the rows for which an eval expression is true.

use super::prelude::*;
use crate::expr::StaticType;
use crate::plan::{DeferredExpressions, has_subsearch};
use crate::syntax::ast::Expr;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "where",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "where <eval-expression>",
    summary: "Keeps rows for which an expression is true; a null result is not true.",
    examples: &[Example {
        spl: "| makeresults count=3 | streamstats count AS n | where n*2 > 4 | table n",
        result: "n\n3",
    }],
    parse: |args| {
        if args.is_empty() {
            bail!(Syntax, args.here(), "where needs an expression"; hint: "such as: where bytes > 1000");
        }
        let expr = args.expr()?;
        args.end()?;
        Ok(Box::new(Where { expr }))
    },
};

#[derive(Debug)]
struct Where {
    expr: Expr,
}

impl Command for Where {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if has_subsearch(&self.expr) {
            return Ok(input.command(DeferredExpressions::filter(&self.expr, cx)?));
        }
        let expression = cx.bind(&self.expr)?;
        if matches!(expression.static_type(), StaticType::Number | StaticType::Text) {
            bail!(Argument, self.expr.span, "where needs a condition, but this is a value"; hint: "compare it with something");
        }
        Ok(input.filter(Predicate::Where(Arc::new(expression))))
    }
}
