//! The traversals of plans; other passes use these and name only the nodes they rewrite.

use std::sync::Arc;

use super::{Plan, Predicate, TimeRange};

impl Plan {
    /// The plans that this one reads from.
    pub fn inputs(&self) -> Vec<&Plan> {
        match self {
            Plan::Scan(_) | Plan::Values(_) => Vec::new(),
            Plan::Filter(input, ..)
            | Plan::Extend(input, _)
            | Plan::Project(input, _)
            | Plan::Rename(input, _)
            | Plan::Limit(input, _)
            | Plan::Sort(input, ..)
            | Plan::Aggregate(input, ..)
            | Plan::Command(input, _) => vec![input],
            Plan::Union(inputs) => inputs.iter().collect(),
        }
    }

    /// The time range of the events that the plan reads.
    pub fn scanned_time(&self) -> Option<TimeRange> {
        match self {
            Plan::Scan(scan) => Some(scan.time),
            other => other.inputs().into_iter().find_map(Plan::scanned_time),
        }
    }

    /// The same node over changed inputs.
    #[must_use]
    pub fn map_inputs(self, map: &mut dyn FnMut(Plan) -> Plan) -> Plan {
        let mut boxed = |input: Box<Plan>| Box::new(map(*input));
        match self {
            Plan::Scan(_) | Plan::Values(_) => self,
            Plan::Filter(input, predicate, wanted) => Plan::Filter(boxed(input), predicate, wanted),
            Plan::Extend(input, assignments) => Plan::Extend(boxed(input), assignments),
            Plan::Project(input, projection) => Plan::Project(boxed(input), projection),
            Plan::Rename(input, pairs) => Plan::Rename(boxed(input), pairs),
            Plan::Limit(input, rows) => Plan::Limit(boxed(input), rows),
            Plan::Sort(input, keys, limit) => Plan::Sort(boxed(input), keys, limit),
            Plan::Aggregate(input, by, calls) => Plan::Aggregate(boxed(input), by, calls),
            Plan::Command(input, command) => Plan::Command(boxed(input), command),
            Plan::Union(inputs) => Plan::Union(inputs.into_iter().map(map).collect()),
        }
    }

    /// Every node rewritten, inputs before the nodes that read them; also the plans inside of deferred searches and of commands.
    #[must_use]
    pub fn rewrite(self, rule: &dyn Fn(Plan) -> Plan) -> Plan {
        let node = self.map_inputs(&mut |input| input.rewrite(rule)).map_predicates(&|p| p.rewrite_plans(rule));
        rule(node.map_subplans(&mut |plan, _| plan.rewrite(rule)))
    }

    /// The same node with its command's subplans changed; `map` is given each with its number.
    #[must_use]
    pub fn map_subplans(self, map: &mut dyn FnMut(Plan, usize) -> Plan) -> Plan {
        let Plan::Command(input, command) = self else { return self };
        let plans = command.subplans();
        if plans.is_empty() {
            return Plan::Command(input, command);
        }
        let plans = plans.into_iter().enumerate().map(|(number, plan)| map(plan.clone(), number)).collect();
        let changed = command.with_subplans(plans).unwrap_or(command);
        Plan::Command(input, changed)
    }

    fn map_predicates(self, map: &dyn Fn(Predicate) -> Predicate) -> Plan {
        match self {
            Plan::Filter(input, predicate, wanted) => Plan::Filter(input, map(predicate), wanted),
            Plan::Scan(mut scan) => {
                scan.predicate = scan.predicate.map(map);
                Plan::Scan(scan)
            }
            other => other,
        }
    }
}

impl Predicate {
    fn rewrite_plans(self, rule: &dyn Fn(Plan) -> Plan) -> Predicate {
        match self {
            Predicate::Deferred(deferred) => {
                Predicate::Deferred(Arc::new(deferred.with_plans(|plan| plan.clone().rewrite(rule))))
            }
            Predicate::And(parts) => Predicate::And(parts.into_iter().map(|p| p.rewrite_plans(rule)).collect()),
            other => other,
        }
    }
}
