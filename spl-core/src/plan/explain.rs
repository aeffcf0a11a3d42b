//! Plans as text: `spl explain`.

use std::fmt::Write;

use super::{FieldSet, Plan, Predicate, Projection, Scan, SortOrder};
use crate::expr::{FieldTest, SearchPredicate};

impl Plan {
    /// The plan as an indented tree, the last operator first.
    pub fn explain(&self) -> String {
        let mut text = String::new();
        self.explain_into(&mut text, 0);
        text
    }

    fn explain_into(&self, text: &mut String, depth: usize) {
        let _ = writeln!(text, "{:indent$}{}", "", self.describe(), indent = depth * 2);
        for input in self.inputs() {
            if !input.is_nothing() {
                input.explain_into(text, depth + 1);
            }
        }
        for (title, plan) in self.subplans() {
            let _ = writeln!(text, "{:indent$}{title}:", "", indent = (depth + 1) * 2);
            plan.explain_into(text, depth + 2);
        }
    }

    /// Plans that are run besides the inputs.
    pub fn subplans(&self) -> Vec<(&'static str, &Plan)> {
        let predicate = match self {
            Plan::Filter(_, predicate, _) => Some(predicate),
            Plan::Scan(scan) => scan.predicate.as_ref(),
            Plan::Command(_, command) => return command.subplans().into_iter().map(|p| ("subsearch", p)).collect(),
            _ => None,
        };
        predicate.map(Predicate::subplans).unwrap_or_default().into_iter().map(|p| ("subsearch", p)).collect()
    }

    /// The node in one line.
    pub fn describe(&self) -> String {
        match self {
            Plan::Scan(scan) => describe_scan(scan),
            Plan::Values(table) => format!("Values {} rows", table.rows()),
            Plan::Filter(_, predicate, _) => format!("Filter {}", predicate.describe()),
            Plan::Extend(_, assignments) => {
                let parts: Vec<String> =
                    assignments.iter().map(|a| format!("{}={}", a.target, a.value.text())).collect();
                format!("Extend {}", parts.join(", "))
            }
            Plan::Project(_, Projection::Exactly(fields)) => format!("Project exactly {}", fields.join(", ")),
            Plan::Project(_, Projection::Keep(fields)) => format!("Project keep {}", fields.join(", ")),
            Plan::Project(_, Projection::Drop(fields)) => format!("Project drop {}", fields.join(", ")),
            Plan::Rename(_, pairs) => {
                let parts: Vec<String> = pairs.iter().map(|(old, new)| format!("{old} AS {new}")).collect();
                format!("Rename {}", parts.join(", "))
            }
            Plan::Limit(_, rows) => format!("Limit {rows}"),
            Plan::Sort(_, keys, limit) => {
                let name = |order: SortOrder| match order {
                    SortOrder::Auto => "",
                    SortOrder::Number => "num:",
                    SortOrder::Text => "str:",
                    SortOrder::Ip => "ip:",
                };
                let part =
                    |k: &super::SortKey| format!("{}{}{}", if k.descending { "-" } else { "" }, name(k.order), k.field);
                let parts: Vec<String> = keys.iter().map(part).collect();
                let limit = limit.map(|n| format!(" limit {n}")).unwrap_or_default();
                format!("Sort {}{limit}", parts.join(", "))
            }
            Plan::Aggregate(_, by, calls) => {
                let calls: Vec<String> = calls.iter().map(super::AggregateCall::describe).collect();
                let by = if by.is_empty() { String::new() } else { format!(" BY {}", by.join(", ")) };
                format!("Aggregate {}{by}", calls.join(", "))
            }
            Plan::Union(inputs) => format!("Union of {}", inputs.len()),
            Plan::Command(_, command) => format!("Command {}", command.describe()),
        }
    }
}

impl super::AggregateCall {
    /// The call as a search would have it.
    pub fn describe(&self) -> String {
        let number = self.call.number.map(|n| n.to_string()).unwrap_or_default();
        let field = self.field.as_deref().map(|f| format!("({f})")).unwrap_or_default();
        let text = format!("{}{number}{field}", self.aggregate.name);
        if text == self.output { text } else { format!("{text} AS {}", self.output) }
    }
}

fn describe_scan(scan: &Scan) -> String {
    let mut text = String::from("Scan");
    if let Some(predicate) = &scan.predicate {
        let _ = write!(text, " {}", predicate.describe());
    }
    if !scan.time.is_all() {
        let bound = |t: Option<f64>| t.map(crate::value::number_text).unwrap_or_default();
        let _ = write!(text, " time=[{}, {})", bound(scan.time.earliest), bound(scan.time.latest));
    }
    if !scan.fields.is_all() {
        let _ = write!(text, " fields={}", scan.fields.describe());
    }
    if let Some(limit) = scan.limit {
        let _ = write!(text, " limit={limit}");
    }
    text
}

impl FieldSet {
    /// The names, joined by commas; `*` for all.
    pub fn describe(&self) -> String {
        if self.is_all() { "*".to_owned() } else { self.names().map(|n| &**n).collect::<Vec<_>>().join(",") }
    }
}

impl Predicate {
    fn subplans(&self) -> Vec<&Plan> {
        match self {
            Predicate::Deferred(deferred) => deferred.plans.iter().collect(),
            Predicate::And(parts) => parts.iter().flat_map(Predicate::subplans).collect(),
            _ => Vec::new(),
        }
    }

    /// The predicate in one line.
    pub fn describe(&self) -> String {
        match self {
            Predicate::Search(search) => format!("search({})", describe_search(search)),
            Predicate::Where(expression) => format!("where({})", expression.text()),
            Predicate::Deferred(deferred) => format!("search({})", crate::syntax::print_search_expr(&deferred.expr)),
            Predicate::And(parts) => parts.iter().map(Predicate::describe).collect::<Vec<_>>().join(" AND "),
        }
    }
}

fn describe_search(search: &SearchPredicate) -> String {
    let joined =
        |parts: &[SearchPredicate], with: &str| parts.iter().map(describe_search).collect::<Vec<_>>().join(with);
    match search {
        SearchPredicate::Always(value) => value.to_string(),
        SearchPredicate::And(parts) => joined(parts, " AND "),
        SearchPredicate::Or(parts) => format!("({})", joined(parts, " OR ")),
        SearchPredicate::Not(inner) => format!("NOT {}", describe_search(inner)),
        SearchPredicate::Field(name, FieldTest::Any(tests)) => {
            let tests: Vec<String> = tests.iter().map(|test| format!("{name}{test}")).collect();
            format!("({})", tests.join(" OR "))
        }
        SearchPredicate::Field(name, test) => format!("{name}{test}"),
        SearchPredicate::Term(term) => format!("{term}"),
    }
}
