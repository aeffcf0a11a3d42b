//! `return`: values of the first rows as the text of a search, for the search around a subsearch.

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "return",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "return [<count>] [<alias>=<field>]... [<field>]... [$<field>]...",
    summary: "Makes one row whose field search names the values of the first row, or of the first rows.",
    examples: &[
        Example {
            spl: "| makeresults format=csv data=\"user,ip\nbob,1.1.1.1\nfred,2.2.2.2\" | return 2 user src=ip",
            result: "search\n\"(user=\\\"bob\\\" src=\\\"1.1.1.1\\\") OR (user=\\\"fred\\\" src=\\\"2.2.2.2\\\")\"",
        },
        Example { spl: "| makeresults format=csv data=\"user\nbob\nfred\" | return $user", result: "search\nbob" },
    ],
    parse: |args| {
        let count = match args.int_if_any() {
            Some(count) => match usize::try_from(count.node) {
                Ok(count) => count,
                Err(_) => bail!(Argument, count.span, "return needs a count from 0 on, not `{}`", count.node),
            },
            None => 1,
        };
        let mut terms = Vec::new();
        while args.punct(",") {}
        while !args.is_empty() {
            terms.push(match args.next_option()? {
                Some((alias, field)) => Term { name: Some(alias.node.to_owned()), field: field.text()? },
                None => {
                    let field = args.field()?.node;
                    match field.strip_prefix('$') {
                        Some(field) => Term { name: None, field: field.to_owned() },
                        None => Term { name: Some(field.clone()), field },
                    }
                }
            });
            while args.punct(",") {}
        }
        if terms.is_empty() {
            bail!(Syntax, args.here(), "return needs a field"; hint: "such as: return 10 user");
        }
        Ok(Box::new(Return(Arc::new(Node { count, terms }))))
    },
};

#[derive(Debug)]
struct Return(Arc<Node>);

#[derive(Debug)]
struct Node {
    count: usize,
    terms: Vec<Term>,
}

/// A field, and the name it is given; none for `$field`, whose bare value is given.
#[derive(Debug)]
struct Term {
    name: Option<String>,
    field: String,
}

impl Command for Return {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(Plan::Limit(Box::new(input), self.0.count as u64)), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        let term = |t: &Term| match &t.name {
            Some(name) if *name == t.field => name.clone(),
            Some(name) => format!("{name}={}", t.field),
            None => format!("${}", t.field),
        };
        format!("return {} {}", self.count, self.terms.iter().map(term).collect::<Vec<_>>().join(" "))
    }

    fn reads(&self, _: &FieldSet) -> FieldSet {
        FieldSet::of(self.terms.iter().map(|t| &t.field))
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let batch = input.into_single();
        let mut rows = Vec::new();
        for row in 0..batch.rows() {
            let terms: Vec<String> =
                self.terms.iter().filter_map(|term| term.text(batch.get(&term.field, row))).collect();
            if !terms.is_empty() {
                rows.push(terms.join(" "));
            }
        }
        let text = match rows.len() {
            // No rows: nothing that a search around it could match.
            0 => return Ok(Table::from_rows(&[field_name("search")], Vec::new())),
            1 => rows.swap_remove(0),
            _ => rows.iter().map(|row| format!("({row})")).collect::<Vec<_>>().join(" OR "),
        };
        Ok(Table::from_rows(&[field_name("search")], vec![vec![Value::from(text)]]))
    }
}

impl Term {
    /// Quotes in values are not escaped, which is how `return` differs from `format`.
    fn text(&self, value: ValueRef<'_>) -> Option<String> {
        let mut parts = Vec::new();
        value.for_each(|value| {
            parts.push(match &self.name {
                Some(name) => format!("{name}=\"{}\"", value.text()),
                None => value.text().into_owned(),
            });
        });
        match parts.len() {
            0 => None,
            1 => parts.pop(),
            _ => Some(format!("({})", parts.join(" OR "))),
        }
    }
}
