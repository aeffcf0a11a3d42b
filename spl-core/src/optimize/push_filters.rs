//! Moves filters towards the events, and into the scan.

use std::sync::Arc;

use crate::functions::Context;
use crate::plan::{Plan, Predicate, Projection};

pub(super) fn apply(plan: Plan, _: &Context) -> Plan {
    plan.rewrite(&|plan| match plan {
        Plan::Filter(input, predicate, _) => {
            // Each part of an AND goes as far as it can by itself.
            predicate.conjuncts().into_iter().fold(*input, push)
        }
        other => other,
    })
}

/// The predicate over `plan`, as deep as it may go.
fn push(plan: Plan, predicate: Predicate) -> Plan {
    let Some(reads) = predicate.reads() else {
        // What a subsearch will ask is not known: only the scan itself can take it.
        return match plan {
            Plan::Scan(mut scan) if scan.limit.is_none() => {
                scan.predicate = Some(joined(scan.predicate.take(), predicate));
                Plan::Scan(scan)
            }
            other => other.filter(predicate),
        };
    };
    match plan {
        Plan::Scan(mut scan) if scan.limit.is_none() => {
            scan.predicate = Some(joined(scan.predicate.take(), predicate));
            Plan::Scan(scan)
        }
        Plan::Filter(input, other, wanted) => match push(*input, predicate) {
            Plan::Filter(input, pushed, _) => Plan::Filter(input, other, wanted).merge(pushed),
            pushed => pushed.filter(other),
        },
        Plan::Extend(input, assignments)
            if assignments.iter().all(|a| !reads.contains(&a.target) && !a.is_named_by_rows()) =>
        {
            Plan::Extend(Box::new(push(*input, predicate)), assignments)
        }
        Plan::Project(input, projection) if keeps(&projection, &reads) => {
            Plan::Project(Box::new(push(*input, predicate)), projection)
        }
        Plan::Rename(input, pairs) if untouched(&pairs, &reads) => {
            Plan::Rename(Box::new(push(*input, predicate)), pairs)
        }
        Plan::Rename(input, pairs) if !pairs.iter().any(|(old, _)| old.contains('*')) => {
            match renamed(&predicate, &pairs) {
                Some(predicate) => Plan::Rename(Box::new(push(*input, predicate)), pairs),
                None => Plan::Rename(input, pairs).filter(predicate),
            }
        }
        Plan::Sort(input, keys, None) => Plan::Sort(Box::new(push(*input, predicate)), keys, None),
        Plan::Command(input, command) if command.keeps_rows() && !command.writes().intersects(&reads) => {
            Plan::Command(Box::new(push(*input, predicate)), command)
        }
        other => other.filter(predicate),
    }
}

fn joined(old: Option<Predicate>, new: Predicate) -> Predicate {
    match old {
        Some(old) => old.and(new),
        None => new,
    }
}

/// Whether the fields read are untouched by the projection.
fn keeps(projection: &Projection, reads: &crate::plan::FieldSet) -> bool {
    let matched = |patterns: &[String], field: &str| patterns.iter().any(|p| crate::expr::wildcard_match(p, field));
    match projection {
        Projection::Exactly(patterns) => reads.names().all(|f| patterns.iter().any(|p| **p == **f)),
        Projection::Keep(patterns) => reads.names().all(|f| patterns.iter().any(|p| **p == **f)),
        Projection::Drop(patterns) => !reads.names().any(|f| matched(patterns, f)),
    }
}

/// Whether the renaming has nothing to do with the fields read.
fn untouched(pairs: &[(String, String)], reads: &crate::plan::FieldSet) -> bool {
    let meets = |name: &str| name.contains('*') || reads.contains(name);
    !pairs.iter().any(|(old, new)| meets(old) || meets(new))
}

/// The predicate in terms of the names before the renaming; `None` when a name it reads does not exist there.
fn renamed(predicate: &Predicate, pairs: &[(String, String)]) -> Option<Predicate> {
    let Predicate::Search(search) = predicate else { return None };
    let reads = predicate.reads()?;
    let hidden = |field: &str| pairs.iter().any(|(old, _)| old == field) && !pairs.iter().any(|(_, new)| new == field);
    // A target that is written twice, or a source that does not exist any more, is left alone.
    let doubled = |field: &str| pairs.iter().filter(|(_, new)| new == field).count() > 1;
    if reads.names().any(|f| hidden(f) || doubled(f) || &**f == "_raw") {
        return None;
    }
    let back = |field: &crate::table::FieldName| {
        pairs.iter().find(|(_, new)| **new == **field).map_or(field.clone(), |(old, _)| crate::table::field_name(old))
    };
    Some(Predicate::Search(Arc::new(search.renamed(&back))))
}

impl Plan {
    /// This plan, which is a filter, filtered further in one node.
    fn merge(self, more: Predicate) -> Plan {
        match self {
            Plan::Filter(input, predicate, wanted) => Plan::Filter(input, predicate.and(more), wanted),
            other => other.filter(more),
        }
    }
}
