//! Search terms with subsearches in them: `index=a [search index=b | fields user]`.

use super::search_text::escape;
use super::{Plan, SearchText};
use crate::error::{Diagnostic, Result, Span, bail};
use crate::exec::{RunContext, run};
use crate::expr::SearchPredicate;
use crate::syntax::ast::{CompareOp, SearchExpr, SearchExprKind, TermForm};

/// A search expression whose subsearches are planned but have yet to run.
#[derive(Debug)]
pub struct DeferredSearch {
    /// The expression with its subsearches in place.
    pub expr: SearchExpr,
    /// The plans of the subsearches, in the order in which they stand.
    pub plans: Vec<Plan>,
}

impl DeferredSearch {
    /// Runs the subsearches and puts their text in their places.
    pub(crate) fn resolve(&self, cx: &RunContext<'_>) -> Result<SearchPredicate> {
        let mut texts = Vec::with_capacity(self.plans.len());
        for plan in &self.plans {
            let table = run(plan, cx)?;
            if table.rows() as u64 > cx.limits.subsearch_rows {
                cx.warn(format!(
                    "a subsearch gave {} rows; the first {} are used",
                    table.rows(),
                    cx.limits.subsearch_rows
                ));
            }
            texts.push(SearchText::of_subsearch(cx).write(table));
        }
        let mut texts = texts.into_iter();
        SearchPredicate::bind(&substitute(&self.expr, &mut texts)?)
    }
}

/// The expression with each subsearch replaced by its parsed text.
fn substitute(expr: &SearchExpr, texts: &mut dyn Iterator<Item = String>) -> Result<SearchExpr> {
    let mut each = |parts: &[SearchExpr]| parts.iter().map(|p| substitute(p, texts)).collect::<Result<Vec<_>>>();
    let kind = match &expr.kind {
        SearchExprKind::And(parts) => SearchExprKind::And(each(parts)?),
        SearchExprKind::Or(parts) => SearchExprKind::Or(each(parts)?),
        SearchExprKind::Not(inner) => SearchExprKind::Not(Box::new(substitute(inner, texts)?)),
        SearchExprKind::Subsearch(pipeline) => {
            let Some(text) = texts.next() else { bail!(Syntax, pipeline.span, "this subsearch has no result") };
            return crate::syntax::parse_search_expr(&text)
                .map_err(|e| Box::new((*e).at(pipeline.span).hint(format!("the subsearch gave the text {text}"))));
        }
        SearchExprKind::Compare { field, op, value } if matches!(value.form, TermForm::Subsearch(_)) => {
            let text = texts.next().unwrap_or_default();
            return parse_result(&format!("{}{}{text}", quoted(field), symbol(*op)), &text, expr.span);
        }
        SearchExprKind::In { field, values } if values.iter().any(|v| matches!(v.form, TermForm::Subsearch(_))) => {
            let mut list = Vec::new();
            for value in values {
                list.push(match &value.form {
                    TermForm::Subsearch(_) => texts.next().unwrap_or_default(),
                    _ => format!("\"{}\"", escape(&value.text)),
                });
            }
            let list = list.join(", ");
            return parse_result(&format!("{} IN ({list})", quoted(field)), &list, expr.span);
        }
        other => other.clone(),
    };
    Ok(SearchExpr { kind, span: expr.span })
}

/// What a subsearch gave, in its place in a comparison, read as search text.
fn parse_result(text: &str, given: &str, span: Span) -> Result<SearchExpr> {
    crate::syntax::parse_search_expr(text).map_err(|e| {
        let mut error = Diagnostic { span: None, ..*e }.at(span);
        error.hint = Some(format!("the subsearch gave the text {given}"));
        Box::new(error)
    })
}

fn symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Equal => "=",
        CompareOp::NotEqual => "!=",
        CompareOp::Less => "<",
        CompareOp::LessEqual => "<=",
        CompareOp::Greater => ">",
        CompareOp::GreaterEqual => ">=",
    }
}

fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\\\""))
}
