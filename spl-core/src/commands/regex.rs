//! `regex`: the rows whose field matches a regular expression, or does not.

use super::lower;
use super::prelude::*;
use crate::pattern::Pattern;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "regex",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "regex (<field>=<regex> | <field>!=<regex> | <regex>)",
    summary: "Keeps rows whose field, or _raw, matches a regular expression; with != those whose field does not.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"host\nweb01\ndb1\" | regex host=\"^web\\d+$\"",
        result: "host\nweb01",
    }],
    parse: |args| {
        let named = ["=", "!="].iter().any(|op| {
            args.peek_at(1).is_some_and(|t| matches!(&t.kind, crate::syntax::ast::TokenKind::Punct(p) if p == op))
        });
        let (mut field, mut negated) = ("_raw".to_owned(), false);
        if named {
            field = match args.next_option()? {
                Some((name, value)) => {
                    let pattern = Pattern::compile(&value.pattern()?, value.span())?;
                    args.end()?;
                    return Ok(Box::new(Regex { field: name.node.to_owned(), negated, pattern }));
                }
                None => args.field()?.node,
            };
            args.expect_punct("!=")?;
            negated = true;
        }
        let text = args.pattern()?;
        args.end()?;
        let pattern = Pattern::compile(&text.node, text.span)?;
        Ok(Box::new(Regex { field, negated, pattern }))
    },
};

#[derive(Debug)]
struct Regex {
    field: String,
    negated: bool,
    pattern: Pattern,
}

impl Command for Regex {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        let (pattern, negated) = (self.pattern.clone(), self.negated);
        let text = format!("regex {}{}\"{}\"", self.field, if negated { "!=" } else { "=" }, pattern.as_str());
        Ok(lower::filter(input, text, &[&self.field], move |values, _| {
            for value in values[0].values() {
                if pattern.is_match(&value.text())? {
                    return Ok(Value::Bool(!negated));
                }
            }
            Ok(Value::Bool(negated))
        }))
    }
}
