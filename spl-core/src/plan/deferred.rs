//! Search terms with subsearches in them: `index=a [search index=b | fields user]`.

use super::search_text::escape;
use super::{Plan, SearchText, TimeRange, split_time};
use crate::error::{Diagnostic, Result, Span, bail};
use crate::exec::{RunContext, run};
use crate::expr::SearchPredicate;
use crate::syntax::ast::{CompareOp, SearchExpr, SearchExprKind, TermForm};

/// A search expression whose subsearches are planned but have yet to run.
#[derive(Clone, Debug)]
pub struct DeferredSearch {
    /// The expression with its subsearches in place.
    pub expr: SearchExpr,
    /// The plans of the subsearches, in the order in which they stand.
    pub plans: Vec<Plan>,
    /// Whether it says which events are read, and not which of some rows stay.
    pub of_events: bool,
}

impl DeferredSearch {
    /// The same with other plans in its subsearches' places.
    #[must_use]
    pub fn with_plans(&self, plan: impl Fn(&Plan) -> Plan) -> DeferredSearch {
        DeferredSearch { plans: self.plans.iter().map(plan).collect(), ..self.clone() }
    }

    /// Runs the subsearches and puts their text in their places. A time range in it is that of the events to read, or a test.
    pub(crate) fn resolve(&self, cx: &RunContext<'_>) -> Result<(SearchPredicate, TimeRange)> {
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
        let (expr, time) = split_time(&substitute(&self.expr, &mut texts)?, &cx.functions)?;
        let predicate = SearchPredicate::bind(&expr)?;
        Ok(match time.test() {
            Some(test) if !self.of_events => (SearchPredicate::all(vec![test, predicate]), TimeRange::default()),
            _ => (predicate, time),
        })
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
            // The parentheses may be of the subsearch's text.
            let whole = match &list[..] {
                [one] => one.trim().strip_prefix('(').and_then(|inside| inside.strip_suffix(')')).map(str::to_owned),
                _ => None,
            };
            let list = list.join(", ");
            let text = format!("{} IN ({})", quoted(field), whole.as_ref().unwrap_or(&list));
            return parse_result(&text, &list, expr.span);
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
