//! `makemv`: one value split into several.

use super::lower::{self, try_each};
use super::prelude::*;
use crate::pattern::Pattern;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "makemv",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "makemv [delim=<string>|tokenizer=<regex>] [allowempty=<bool>] [setsv=<bool>] <field>",
    summary: "Splits a field's value at a delimiter, or by a regular expression, into a multivalue.",
    examples: &[
        Example { spl: "| makeresults | eval x=\"a,b,,c\" | makemv delim=\",\" x | table x", result: "x\n(a; b; c)" },
        Example {
            spl: "| makeresults | eval x=\"k1=v1;k2=v2\" | makemv tokenizer=\"=(\\w+)\" x | table x",
            result: "x\n(v1; v2)",
        },
    ],
    parse: |args| {
        let delim = args.option("delim")?;
        let tokenizer = args.option("tokenizer")?;
        let allow_empty = args.option("allowempty")?.bool()?.unwrap_or(false);
        // Which single value stands beside the parts; here a field holds its parts only.
        args.option("setsv")?.bool()?;
        let split = match (delim.spanned()?, tokenizer.value()) {
            (Some(_), Some(tokenizer)) => {
                bail!(Argument, tokenizer.span(), "makemv takes delim or tokenizer, not both")
            }
            (None, Some(tokenizer)) => {
                let pattern = Pattern::compile(&tokenizer.pattern()?, tokenizer.span())?;
                if pattern.group_names().len() < 2 {
                    bail!(Argument, tokenizer.span(), "the tokenizer of makemv needs a group, whose matches are the values"; hint: "such as (\\w+)");
                }
                Split::Tokens(pattern)
            }
            (Some(delim), None) if delim.node.is_empty() => {
                bail!(Argument, delim.span, "the delimiter of makemv is empty")
            }
            (delim, None) => Split::Delimiter(delim.map_or_else(|| " ".to_owned(), |d| d.node), allow_empty),
        };
        let field = args.field()?.node;
        args.end()?;
        Ok(Box::new(Makemv { field, split }))
    },
};

#[derive(Debug)]
struct Makemv {
    field: String,
    split: Split,
}

#[derive(Clone, Debug)]
enum Split {
    /// With whether empty parts count.
    Delimiter(String, bool),
    /// Each match's first group is a part.
    Tokens(Pattern),
}

impl Split {
    fn parts(&self, text: &str) -> Result<Value> {
        match self {
            Split::Delimiter(delim, allow_empty) => {
                let parts = text.split(&**delim).filter(|part| *allow_empty || !part.is_empty());
                Ok(Value::multi(parts.map(Value::str)))
            }
            Split::Tokens(pattern) => {
                let mut parts = Vec::new();
                pattern.for_each_captures(text, |groups| {
                    parts.extend(groups.get(1).map(|range| Value::str(&text[range])));
                    true
                })?;
                Ok(Value::multi(parts))
            }
        }
    }
}

impl Command for Makemv {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        // Internal fields stay single.
        if self.field.starts_with('_') {
            return Ok(input);
        }
        if let Split::Delimiter(delim, _) = &self.split {
            cx.multivalue_delims.insert(self.field.clone(), delim.clone());
        }
        let (split, field) = (self.split.clone(), &self.field);
        let assignment = lower::assign(field, format!("makemv({field})"), &[field], move |values, _| {
            try_each(&values[0], |value| split.parts(&value.text()))
        });
        Ok(lower::extend(input, [assignment]))
    }
}
