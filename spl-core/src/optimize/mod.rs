//! Plans made cheaper: an ordered list of named rules, each a plain function over plans.

mod fold_constants;
mod limit;
mod prune_fields;
mod push_filters;
mod sift;
mod time_range;

use crate::functions::Context;
use crate::plan::Plan;

/// A rule.
pub struct Rule {
    /// Its name, as `--compare` and `explain` know it.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Rewrites a whole plan.
    pub apply: fn(Plan, &Context) -> Plan,
}

/// The rules, in the order in which they are applied.
pub static RULES: &[Rule] = &[
    Rule { name: "fold_constants", summary: "Computes what no event can change.", apply: fold_constants::apply },
    Rule {
        name: "push_filters",
        summary: "Moves filters towards the events, and into the scan.",
        apply: push_filters::apply,
    },
    Rule {
        name: "time_range",
        summary: "Turns comparisons of _time into the scan's time range.",
        apply: time_range::apply,
    },
    Rule {
        name: "limit",
        summary: "Moves limits towards the events, and into sorts, commands that stop early, and the scan.",
        apply: limit::apply,
    },
    Rule {
        name: "prune_fields",
        summary: "Tells scans and filters which fields anybody reads.",
        apply: prune_fields::apply,
    },
    Rule {
        name: "sift",
        summary: "Gives filters to commands that can leave out rows while they have them at hand.",
        apply: sift::apply,
    },
];

/// Applies every rule but those named in `without`.
pub fn optimize(plan: Plan, without: &[String], cx: &Context) -> Plan {
    RULES.iter().filter(|rule| !without.iter().any(|w| w == rule.name)).fold(plan, |plan, rule| (rule.apply)(plan, cx))
}
