//! Computes what no event can change: constant expressions become literals, filters that always hold go.

use std::sync::Arc;

use crate::expr::{Expression, SearchPredicate};
use crate::functions::Context;
use crate::plan::{Assignment, Plan, Predicate};
use crate::value::Value;

pub(super) fn apply(plan: Plan, cx: &Context) -> Plan {
    plan.rewrite(&|plan| match plan {
        Plan::Extend(input, assignments) => {
            let fold = |a: &Assignment| match a.value.literal() {
                None if a.value.is_constant() => match a.value.constant(cx) {
                    // A truth value has no literal form that a field could hold.
                    Value::Bool(_) => a.clone(),
                    value => {
                        Assignment { target: a.target.clone(), value: Arc::new(Expression::with_literal(value, a.value.text())) }
                    }
                },
                _ => a.clone(),
            };
            Plan::Extend(input, assignments.iter().map(fold).collect())
        }
        Plan::Filter(input, predicate) => match &predicate {
            Predicate::Search(search) if matches!(**search, SearchPredicate::Always(true)) => *input,
            Predicate::Where(expression) if expression.is_constant() && expression.constant(cx) == Value::Bool(true) => *input,
            _ => Plan::Filter(input, predicate),
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
