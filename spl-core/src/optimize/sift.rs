//! Gives filters to commands that can leave out rows while they have them at hand.

use crate::functions::Context;
use crate::plan::Plan;

pub(super) fn apply(plan: Plan, _: &Context) -> Plan {
    plan.rewrite(&|plan| match plan {
        Plan::Filter(input, predicate, wanted) => match *input {
            Plan::Command(below, command) => match command.sifted(&predicate, &wanted) {
                Some(sifted) => Plan::Command(below, sifted),
                None => Plan::Filter(Box::new(Plan::Command(below, command)), predicate, wanted),
            },
            other => Plan::Filter(Box::new(other), predicate, wanted),
        },
        other => other,
    })
}
