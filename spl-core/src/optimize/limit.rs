//! Moves limits towards the events, and into sorts and the scan.

use crate::functions::Context;
use crate::plan::Plan;

pub(super) fn apply(plan: Plan, _: &Context) -> Plan {
    plan.rewrite(&|plan| match plan {
        Plan::Limit(input, rows) => push(*input, rows),
        other => other,
    })
}

/// The first `rows` rows of `plan`.
fn push(plan: Plan, rows: u64) -> Plan {
    match plan {
        Plan::Limit(input, fewer) => push(*input, rows.min(fewer)),
        Plan::Sort(input, keys, limit) => Plan::Sort(input, keys, Some(limit.map_or(rows, |l| l.min(rows)))),
        Plan::Extend(input, assignments) => Plan::Extend(Box::new(push(*input, rows)), assignments),
        Plan::Scan(mut scan) => {
            scan.limit = Some(scan.limit.map_or(rows, |l| l.min(rows)));
            Plan::Scan(scan)
        }
        // Projections declare the fields of all rows, which fewer rows may not have.
        other => Plan::Limit(Box::new(other), rows),
    }
}
