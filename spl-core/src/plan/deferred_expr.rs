//! `eval` and `where` expressions with subsearches in them: `where bytes > [search index=a | stats max(bytes) AS m | return $m]`.

use std::sync::Arc;

use super::{Assignment, CommandNode, Plan, PlanContext, Predicate, SearchText};
use crate::error::{Diagnostic, Result};
use crate::exec::{RunContext, run};
use crate::expr::Expression;
use crate::syntax::ast::{Expr, ExprKind, Pipeline};
use crate::table::{FieldName, Table};

/// What is done with the expressions once their subsearches have run.
#[derive(Clone, Debug)]
enum Use {
    /// `where`: there is one.
    Filter,
    /// `eval`: each sets a field.
    Extend(Vec<FieldName>),
}

/// A `where` or `eval` whose subsearches are planned but have yet to run.
#[derive(Debug)]
pub struct DeferredExpressions {
    exprs: Vec<Expr>,
    plans: Vec<Plan>,
    usage: Use,
}

/// Whether a subsearch stands in the expression.
pub fn has_subsearch(expr: &Expr) -> bool {
    let mut found = Vec::new();
    collect(expr, &mut found);
    !found.is_empty()
}

impl DeferredExpressions {
    /// `where`.
    pub fn filter(expr: &Expr, cx: &mut PlanContext<'_>) -> Result<Self> {
        Self::new(vec![expr.clone()], Use::Filter, cx)
    }

    /// `eval`.
    pub fn extend(targets: Vec<FieldName>, exprs: Vec<Expr>, cx: &mut PlanContext<'_>) -> Result<Self> {
        Self::new(exprs, Use::Extend(targets), cx)
    }

    fn new(exprs: Vec<Expr>, usage: Use, cx: &mut PlanContext<'_>) -> Result<Self> {
        let mut pipelines = Vec::new();
        exprs.iter().for_each(|expr| collect(expr, &mut pipelines));
        let plans = pipelines.into_iter().map(|p| cx.subsearch(p)).collect::<Result<Vec<_>>>()?;
        Ok(DeferredExpressions { exprs, plans, usage })
    }
}

impl CommandNode for DeferredExpressions {
    fn describe(&self) -> String {
        let name = if matches!(self.usage, Use::Filter) { "where" } else { "eval" };
        let texts: Vec<String> = self.exprs.iter().map(crate::syntax::print_expr).collect();
        format!("{name} {}", texts.join(", "))
    }

    fn subplans(&self) -> Vec<&Plan> {
        self.plans.iter().collect()
    }

    fn with_subplans(&self, plans: Vec<Plan>) -> Option<Arc<dyn CommandNode>> {
        Some(Arc::new(DeferredExpressions { exprs: self.exprs.clone(), plans, usage: self.usage.clone() }))
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let mut texts = Vec::with_capacity(self.plans.len());
        for plan in &self.plans {
            texts.push(SearchText::of_subsearch(cx).write(run(plan, cx)?));
        }
        let mut texts = texts.into_iter();
        let own = cx.catalog.functions();
        let bind = |expr: Expr| Expression::bind_with(&expr, own).map(Arc::new);
        let bound = self.exprs.iter().map(|expr| substitute(expr, &mut texts).and_then(bind));
        let bound = bound.collect::<Result<Vec<_>>>()?;
        let input = Box::new(Plan::Values(Arc::new(input)));
        let plan = match &self.usage {
            Use::Filter => bound.into_iter().fold(*input, |plan, e| plan.filter(Predicate::Where(e))),
            Use::Extend(targets) => {
                let assign =
                    |(target, value): (&FieldName, Arc<Expression>)| Assignment { target: target.clone(), value };
                Plan::Extend(input, targets.iter().zip(bound).map(assign).collect())
            }
        };
        run(&plan, cx)
    }
}

fn collect<'e>(expr: &'e Expr, into: &mut Vec<&'e Pipeline>) {
    match &expr.kind {
        ExprKind::Subsearch(pipeline) => into.push(pipeline),
        ExprKind::Negate(a) | ExprKind::Not(a) => collect(a, into),
        ExprKind::Binary(_, a, b) => [a, b].into_iter().for_each(|e| collect(e, into)),
        ExprKind::In(a, list) => std::iter::once(&**a).chain(list).for_each(|e| collect(e, into)),
        ExprKind::Call(_, args) => args.iter().for_each(|e| collect(e, into)),
        ExprKind::Number(..) | ExprKind::Text(_) | ExprKind::Field(_) | ExprKind::Macro(_) => {}
    }
}

/// The expression with each subsearch replaced by its text, read as an expression.
fn substitute(expr: &Expr, texts: &mut dyn Iterator<Item = String>) -> Result<Expr> {
    let mut boxed = |e: &Expr| substitute(e, texts).map(Box::new);
    let kind = match &expr.kind {
        ExprKind::Subsearch(pipeline) => return read(&texts.next().unwrap_or_default(), pipeline),
        ExprKind::Negate(a) => ExprKind::Negate(boxed(a)?),
        ExprKind::Not(a) => ExprKind::Not(boxed(a)?),
        ExprKind::Binary(op, a, b) => ExprKind::Binary(*op, boxed(a)?, boxed(b)?),
        ExprKind::In(a, list) => {
            let a = boxed(a)?;
            ExprKind::In(a, substitute_list(list, texts)?)
        }
        ExprKind::Call(name, args) => ExprKind::Call(name.clone(), substitute_list(args, texts)?),
        other => other.clone(),
    };
    Ok(Expr { kind, span: expr.span })
}

/// The members of a list or of a call's arguments; a subsearch may give several at once.
fn substitute_list(list: &[Expr], texts: &mut dyn Iterator<Item = String>) -> Result<Vec<Expr>> {
    let mut out = Vec::with_capacity(list.len());
    for expr in list {
        let ExprKind::Subsearch(pipeline) = &expr.kind else {
            out.push(substitute(expr, texts)?);
            continue;
        };
        let text = texts.next().unwrap_or_default();
        match crate::syntax::parse_expr(&format!("coalesce({text})")) {
            Ok(Expr { kind: ExprKind::Call(_, several), .. }) => out.extend(several),
            _ => out.push(read(&text, pipeline)?),
        }
    }
    Ok(out)
}

/// What a subsearch gave, as an expression.
fn read(text: &str, pipeline: &Pipeline) -> Result<Expr> {
    crate::syntax::parse_expr(text).map_err(|e| {
        let mut error = Diagnostic { span: None, ..*e }.at(pipeline.span);
        error.hint = Some(format!("the subsearch gave the text {text}"));
        Box::new(error)
    })
}
