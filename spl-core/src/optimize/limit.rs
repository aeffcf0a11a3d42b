//! Moves limits towards the events, and into sorts, commands that stop early, and the scan.

use crate::functions::Context;
use crate::plan::{Plan, SortKey};

pub(super) fn apply(plan: Plan, _: &Context) -> Plan {
    plan.rewrite(&|plan| match plan {
        Plan::Limit(input, rows) => push(*input, rows),
        Plan::Sort(input, keys, Some(rows)) => Plan::Sort(Box::new(few(*input, rows, &keys)), keys, Some(rows)),
        other => other,
    })
}

/// The first `rows` rows of `plan`.
fn push(plan: Plan, rows: u64) -> Plan {
    match plan {
        Plan::Limit(input, fewer) => push(*input, rows.min(fewer)),
        Plan::Sort(input, keys, limit) => {
            let rows = limit.map_or(rows, |limit| limit.min(rows));
            Plan::Sort(Box::new(few(*input, rows, &keys)), keys, Some(rows))
        }
        Plan::Extend(input, assignments) => Plan::Extend(Box::new(push(*input, rows)), assignments),
        Plan::Scan(mut scan) => {
            scan.limit = Some(scan.limit.map_or(rows, |l| l.min(rows)));
            Plan::Scan(scan)
        }
        // Projections declare the fields of all rows, which fewer rows may not have.
        other => Plan::Limit(Box::new(few(other, rows, &[])), rows),
    }
}

/// A plan of which only the first rows are read, by these keys if there are any. It may give more.
fn few(plan: Plan, rows: u64, keys: &[SortKey]) -> Plan {
    match plan {
        Plan::Command(input, command) => {
            let fewer = command.first(rows, keys);
            Plan::Command(input, fewer.unwrap_or(command))
        }
        other => other,
    }
}
