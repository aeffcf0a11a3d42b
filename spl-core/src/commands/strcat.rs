//! `strcat`: fields and texts joined into one field.

use super::lower;
use super::prelude::*;
use crate::syntax::ast::{Token, TokenKind};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "strcat",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "strcat [allrequired=<bool>] <field or \"text\">... <field>",
    summary: "Joins the values of fields and quoted texts into the last field named.",
    examples: &[Example { spl: "| makeresults | eval a=\"x\", b=2 | strcat a \"/\" b c | table c", result: "c\nx/2" }],
    parse: |args| {
        let all_required = args.option("allrequired")?.bool()?.unwrap_or(false);
        let mut parts = Vec::new();
        while args.punct(",") {}
        while !args.is_empty() {
            parts.push(match args.peek() {
                Some(Token { kind: TokenKind::Quoted { text, .. }, .. }) => {
                    args.token();
                    Part::Text(text.clone())
                }
                _ => Part::Field(args.field()?.node),
            });
            while args.punct(",") {}
        }
        args.end()?;
        let target = match parts.pop() {
            Some(Part::Field(name) | Part::Text(name)) if !parts.is_empty() => name,
            _ => bail!(Syntax, args.here(), "strcat needs what to join, and a field for the result"),
        };
        Ok(Box::new(Strcat { all_required, parts, target }))
    },
};

#[derive(Clone, Debug)]
enum Part {
    Field(String),
    Text(String),
}

#[derive(Debug)]
struct Strcat {
    all_required: bool,
    parts: Vec<Part>,
    target: String,
}

impl Command for Strcat {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        let (parts, all_required) = (self.parts.clone(), self.all_required);
        let mut fields: Vec<&str> = Vec::new();
        // A row that lacks a required field keeps what the target holds.
        if all_required {
            fields.push(&self.target);
        }
        fields.extend(self.parts.iter().filter_map(|part| match part {
            Part::Field(name) => Some(&**name),
            Part::Text(_) => None,
        }));
        let text = format!("strcat({})", fields.join(", "));
        let assignment = lower::assign(&self.target, text, &fields, move |values, _| {
            let mut sources = &values[usize::from(all_required)..];
            if all_required && sources.iter().any(Value::is_null) {
                return Ok(values[0].clone());
            }
            let mut joined = String::new();
            for part in &parts {
                match (part, sources) {
                    (Part::Text(text), _) => joined.push_str(text),
                    (Part::Field(_), [value, rest @ ..]) => {
                        joined.push_str(&value.text());
                        sources = rest;
                    }
                    (Part::Field(_), []) => {}
                }
            }
            Ok(Value::from(joined))
        });
        Ok(lower::extend(input, [assignment]))
    }
}
