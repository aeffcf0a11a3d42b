//! Computes what no event can change: constant expressions become literals, filters that always hold go.

use std::sync::Arc;

use crate::expr::{Expression, SearchPredicate};
use crate::functions::Context;
use crate::plan::{Assignment, Plan, Predicate};
use crate::value::Value;

pub(super) fn apply(plan: Plan, cx: &Context) -> Plan {
    // What fails is left as it is: it fails again when the search runs, if it runs that far.
    let constant = |expression: &Expression| {
        let cx = Context { notes: Arc::default(), ..cx.clone() };
        let value = expression.constant(&cx);
        cx.notes.check().is_ok().then_some(value)
    };
    plan.rewrite(&|plan| match plan {
        Plan::Extend(input, assignments) => {
            let fold = |a: &Assignment| match a.value.literal() {
                None if a.value.is_constant() => match constant(&a.value) {
                    // A truth value has no literal form that a field could hold.
                    None | Some(Value::Bool(_)) => a.clone(),
                    Some(value) => {
                        Assignment { target: a.target.clone(), value: Arc::new(Expression::with_literal(value, a.value.text())) }
                    }
                },
                _ => a.clone(),
            };
            Plan::Extend(input, assignments.iter().map(fold).collect())
        }
        Plan::Filter(input, predicate, wanted) => match &predicate {
            Predicate::Search(search) if matches!(**search, SearchPredicate::Always(true)) => *input,
            Predicate::Where(expression) if expression.is_constant() && constant(expression) == Some(Value::Bool(true)) => *input,
            _ => Plan::Filter(input, predicate, wanted),
        },
        Plan::Scan(mut scan) => {
            if matches!(&scan.predicate, Some(Predicate::Search(search)) if matches!(**search, SearchPredicate::Always(true))) {
                scan.predicate = None;
            }
            Plan::Scan(scan)
        }
        other => other,
    })
}
