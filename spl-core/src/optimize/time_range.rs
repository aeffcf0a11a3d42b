//! Turns comparisons of `_time` with numbers into the scan's time range, which sources use to skip whole batches.

use crate::expr::{FieldTest, SearchPredicate};
use crate::functions::Context;
use crate::plan::{Plan, Predicate, TimeRange};
use crate::syntax::ast::CompareOp;

pub(super) fn apply(plan: Plan, _: &Context) -> Plan {
    plan.rewrite(&|plan| match plan {
        Plan::Scan(mut scan) => {
            let mut rest: Vec<Predicate> = Vec::new();
            for part in scan.predicate.take().map(|p| p.conjuncts()).unwrap_or_default() {
                match range_of(&part) {
                    Some(range) => scan.time = scan.time.intersect(range),
                    None => rest.push(part),
                }
            }
            scan.predicate = rest.into_iter().reduce(Predicate::and);
            Plan::Scan(scan)
        }
        other => other,
    })
}

/// `_time >= n` or `_time < n`, the two that a half-open range can say.
fn range_of(predicate: &Predicate) -> Option<TimeRange> {
    let Predicate::Search(search) = predicate else { return None };
    match &**search {
        SearchPredicate::Field(name, FieldTest::Order(op, _, Some(n))) if &**name == "_time" => match op {
            CompareOp::GreaterEqual => Some(TimeRange { earliest: Some(*n), latest: None }),
            CompareOp::Less => Some(TimeRange { earliest: None, latest: Some(*n) }),
            _ => None,
        },
        _ => None,
    }
}
