//! `top` and `rare`: the most and the least frequent values of fields.

mod cells;
mod count;
mod node;

use super::prelude::*;
use node::{Node, Options};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "top",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "top [<N>] [limit=<int>] [countfield=<string>] [percentfield=<string>] [showcount=<bool>] [showperc=<bool>] [useother=<bool>] [otherstr=<string>] <field-list> [BY <field-list>]",
    summary: "The most frequent values of fields, with their counts and percentages.",
    examples: &[Example {
        spl: "| makeresults | eval u=split(\"a,b,a\", \",\") | top u",
        result: "u | count | percent\na | 2 | 66.666667\nb | 1 | 33.333333",
    }],
    parse: |args| Ok(Box::new(parse(args, true)?)),
};

/// The specification of `rare`, which differs in the order only.
pub(super) static RARE: CommandSpec = CommandSpec {
    name: "rare",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "rare [<N>] [limit=<int>] [countfield=<string>] [percentfield=<string>] [showcount=<bool>] [showperc=<bool>] [useother=<bool>] [otherstr=<string>] <field-list> [BY <field-list>]",
    summary: "The least frequent values of fields, with their counts and percentages.",
    examples: &[Example {
        spl: "| makeresults | eval u=split(\"a,b,a\", \",\") | rare limit=1 u",
        result: "u | count | percent\nb | 1 | 33.333333",
    }],
    parse: |args| Ok(Box::new(parse(args, false)?)),
};

/// Values shown when nothing is said.
const LIMIT: usize = 10;

fn parse(args: &mut Args<'_>, most: bool) -> Result<Top> {
    let limit = args.option("limit")?.count()?;
    let count_name = args.option("countfield")?.string()?.unwrap_or_else(|| "count".to_owned());
    let percent_name = args.option("percentfield")?.string()?.unwrap_or_else(|| "percent".to_owned());
    let show_count = args.option("showcount")?.bool()?.unwrap_or(true);
    let show_percent = args.option("showperc")?.bool()?.unwrap_or(true);
    let other = args.option("useother")?.bool()?.unwrap_or(false);
    let other_name = args.option("otherstr")?.string()?.unwrap_or_else(|| "OTHER".to_owned());
    let count = args.int_if_any().map(|n| usize::try_from(n.node).unwrap_or(0));
    let fields = names(args.field_list(&["by"])?)?;
    let by = if args.keyword("by") { names(args.field_list(&[])?)? } else { Vec::new() };
    args.end()?;
    Ok(Top {
        fields,
        by,
        options: Options {
            most,
            limit: limit.or(count).unwrap_or(LIMIT),
            count_name: show_count.then_some(count_name),
            percent_name: show_percent.then_some(percent_name),
            other_name: other.then_some(other_name),
        },
    })
}

fn names(fields: Vec<Spanned<String>>) -> Result<Vec<FieldName>> {
    let mut names: Vec<FieldName> = Vec::new();
    for field in fields {
        if field.node.contains('*') {
            bail!(Argument, field.span, "wildcards such as `{}` cannot stand here", field.node);
        }
        if !names.iter().any(|name| **name == *field.node) {
            names.push(field_name(&field.node));
        }
    }
    Ok(names)
}

#[derive(Debug)]
struct Top {
    fields: Vec<FieldName>,
    by: Vec<FieldName>,
    options: Options,
}

impl Command for Top {
    fn kind(&self) -> Kind {
        Kind::Transforming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        // A field of both lists only groups.
        let fields = self.fields.iter().filter(|field| !self.by.contains(field)).cloned().collect();
        Ok(input.command(Node { fields, by: self.by.clone(), options: self.options.clone() }))
    }
}
