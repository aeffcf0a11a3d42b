//! `rangemap`: names for ranges of numbers.

use super::lower;
use super::prelude::*;
use crate::value::parse_number;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "rangemap",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "rangemap field=<field> [<name>=<low>-<high>]... [default=<string>]",
    summary: "Sets the field range to the names of the ranges, both ends included, that a field's number lies in.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"n\n0\n7\n500\" | rangemap field=n low=0-0 elevated=1-100 default=severe",
        result: "n   | range\n0   | low\n7   | elevated\n500 | severe",
    }],
    parse: |args| {
        let field = args.option("field")?.string()?;
        let default = args.option("default")?.string()?.unwrap_or_else(|| "None".to_owned());
        let mut ranges = Vec::new();
        while args.punct(",") {}
        while let Some((name, value)) = args.next_option()? {
            let text = value.text()?;
            let Some((low, high)) = bounds(&text) else {
                bail!(Argument, value.span(), "`{text}` is no range"; hint: "such as 1-100");
            };
            ranges.push((name.node.to_owned(), low, high));
            while args.punct(",") {}
        }
        args.end()?;
        let Some(field) = field else { bail!(Syntax, args.here(), "rangemap needs field=<field>") };
        Ok(Box::new(Rangemap { field, ranges, default }))
    },
};

/// `low-high`, each perhaps negative.
fn bounds(text: &str) -> Option<(f64, f64)> {
    let text = text.trim();
    let at = text.char_indices().skip(1).find(|&(at, c)| c == '-' && !text[..at].ends_with(['e', 'E']))?.0;
    let (low, high) = (parse_number(text[..at].trim())?, parse_number(text[at + 1..].trim())?);
    Some(if low <= high { (low, high) } else { (high, low) })
}

#[derive(Debug)]
struct Rangemap {
    field: String,
    ranges: Vec<(String, f64, f64)>,
    default: String,
}

impl Command for Rangemap {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        let (ranges, default, field) = (self.ranges.clone(), Value::str(&self.default), &self.field);
        let assignment = lower::assign("range", format!("rangemap({field})"), &[field], move |values, _| {
            let mut names: Vec<&str> = Vec::new();
            for number in values[0].values().iter().filter_map(Value::number) {
                for (name, low, high) in &ranges {
                    if (*low..=*high).contains(&number) && !names.contains(&&**name) {
                        names.push(name);
                    }
                }
            }
            Ok(if names.is_empty() { default.clone() } else { Value::multi(names.into_iter().map(Value::str)) })
        });
        Ok(lower::extend(input, [assignment]))
    }
}
