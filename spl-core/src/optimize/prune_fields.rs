//! Tells scans and filters which fields anybody reads.

use std::sync::Arc;

use crate::functions::Context;
use crate::plan::{Assignment, FieldSet, Plan, Predicate, Projection};

pub(super) fn apply(plan: Plan, _: &Context) -> Plan {
    need(plan, FieldSet::all())
}

/// The plan, giving at least the `wanted` fields.
fn need(plan: Plan, wanted: FieldSet) -> Plan {
    let below = |input: Box<Plan>, wanted: FieldSet| Box::new(need(*input, wanted));
    match plan {
        Plan::Scan(mut scan) => {
            scan.fields = wanted;
            scan.predicate = scan.predicate.map(inside);
            Plan::Scan(scan)
        }
        Plan::Values(_) => plan,
        Plan::Filter(input, predicate, _) => {
            let read = wanted.clone().union(&predicate.reads().unwrap_or_else(FieldSet::all));
            Plan::Filter(below(input, read), inside(predicate), wanted)
        }
        Plan::Extend(input, assignments) => {
            let mut wanted = wanted;
            let mut needed: Vec<Assignment> = Vec::with_capacity(assignments.len());
            for assignment in assignments.iter().rev() {
                if !wanted.contains(&assignment.target) && !assignment.is_named_by_rows() {
                    continue;
                }
                needed.push(assignment.clone());
                wanted.remove(&assignment.target);
                assignment.value.fields().iter().for_each(|f| wanted.insert(f));
                assignment.named_parts().into_iter().for_each(|(_, name)| wanted.insert(name));
            }
            needed.reverse();
            let input = below(input, wanted);
            if needed.is_empty() { *input } else { Plan::Extend(input, needed.into()) }
        }
        Plan::Project(input, projection) => {
            let wanted = match &projection {
                Projection::Exactly(fields) => FieldSet::of(fields.iter()),
                Projection::Keep(fields) if wanted.is_all() => {
                    let mut set = FieldSet::of(fields.iter());
                    set.insert("_*");
                    set
                }
                _ => wanted,
            };
            Plan::Project(below(input, wanted), projection)
        }
        Plan::Rename(input, pairs) => {
            let mut before = FieldSet::none();
            if wanted.is_all()
                || pairs.iter().any(|(old, _)| old.contains('*'))
                || wanted.names().any(|n| n.contains('*'))
            {
                before = FieldSet::all();
            }
            for field in wanted.names() {
                match pairs.iter().find(|(_, new)| **new == **field) {
                    Some((old, _)) => before.insert(old),
                    None => before.insert(field),
                }
            }
            // What a renaming replaces must be there to be replaced; what it takes away must be there to be taken.
            pairs.iter().for_each(|(old, _)| before.insert(old));
            Plan::Rename(below(input, before), pairs)
        }
        Plan::Limit(input, rows) => Plan::Limit(below(input, wanted), rows),
        Plan::Sort(input, keys, limit) => {
            let wanted = wanted.union(&FieldSet::of(keys.iter().map(|k| k.field.clone())));
            Plan::Sort(below(input, wanted), keys, limit)
        }
        Plan::Aggregate(input, by, calls) => {
            let mut wanted = FieldSet::of(by.iter());
            calls.iter().filter_map(|c| c.field.as_ref()).for_each(|f| wanted.insert(f));
            if calls.iter().any(|c| c.aggregate.needs_time) {
                wanted.insert("_time");
            }
            Plan::Aggregate(below(input, wanted), by, calls)
        }
        Plan::Union(inputs) => Plan::Union(inputs.into_iter().map(|input| need(input, wanted.clone())).collect()),
        Plan::Command(input, command) => {
            let command = command.narrowed(&wanted).unwrap_or(command);
            let (reads, subplans) = (command.reads(&wanted), command.subplan_reads(&wanted));
            let of = |number: usize| subplans.get(number).cloned().unwrap_or_default();
            Plan::Command(below(input, reads), command).map_subplans(&mut |plan, number| need(plan, of(number)))
        }
    }
}

/// The plans inside a predicate are pruned by themselves.
fn inside(predicate: Predicate) -> Predicate {
    match predicate {
        Predicate::Deferred(deferred) => {
            Predicate::Deferred(Arc::new(deferred.with_plans(|plan| need(plan.clone(), FieldSet::all()))))
        }
        Predicate::And(parts) => Predicate::And(parts.into_iter().map(inside).collect()),
        other => other,
    }
}
