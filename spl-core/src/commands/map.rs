//! `map`: a search run once for each row, with the row's values in it.

use super::prelude::*;
use super::savedsearch::saved_text;
use super::template;
use crate::exec::{run, union};
use crate::plan::TimeRange;
use crate::syntax::ast::{Pipeline, Token, TokenKind};

/// Searches that are run when the number is not given.
const DEFAULT_SEARCHES: usize = 10;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "map",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "map (search=<string>|<subsearch>|<savedsearch>) [maxsearches=<int>]",
    summary: "Runs a search for each of the first 10 rows, $field$ in it standing for the row's value; gives what the searches give.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"u\nann\nbob\" | map [ | makeresults | eval who=\"$u$\", n=$_serial_id$ ] | table who n",
        result: "who | n\nann | 1\nbob | 2",
    }],
    parse: |args| {
        let text = args.option("search")?.spanned()?;
        let most = args.option("maxsearches")?.count()?.unwrap_or(DEFAULT_SEARCHES);
        let template = match (text, args.subsearch()) {
            (Some(text), None) => Template::Text(text.node),
            (None, Some(pipeline)) => Template::Pipeline(pipeline.node.clone()),
            (Some(_), Some(pipeline)) => bail!(Argument, pipeline.span, "map takes one search"),
            (None, None) if args.is_empty() => bail!(Syntax, args.here(), "map needs a search"),
            (None, None) => Template::Saved(args.string("a saved search")?),
        };
        args.end()?;
        Ok(Box::new(Map { template, most }))
    },
};

#[derive(Clone, Debug)]
enum Template {
    Text(String),
    Pipeline(Pipeline),
    /// A saved search by its name, until it is planned.
    Saved(Spanned<String>),
}

#[derive(Debug)]
struct Map {
    template: Template,
    most: usize,
}

impl Command for Map {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let template = match &self.template {
            Template::Saved(name) => Template::Text(saved_text(cx.catalog, &name.node, name.span)?),
            other => other.clone(),
        };
        Ok(input.command(Node { template, most: self.most, time: cx.time }))
    }
}

#[derive(Debug)]
struct Node {
    template: Template,
    most: usize,
    time: TimeRange,
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        match &self.template {
            Template::Text(text) | Template::Saved(Spanned { node: text, .. }) => format!("map {text}"),
            Template::Pipeline(pipeline) => format!("map [{}]", crate::syntax::print(pipeline)),
        }
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let rows = input.into_single();
        if rows.rows() > self.most {
            cx.warn(format!("map runs {} searches at most; {} rows are left out", self.most, rows.rows() - self.most));
        }
        let mut tables = Vec::new();
        for row in 0..rows.rows().min(self.most) {
            cx.check()?;
            let text = self.template.fill(&rows, row)?;
            let mut planner = PlanContext::new(cx.catalog, cx.functions.clone(), self.time);
            let plan = planner.plan_text(&text)?;
            tables.push(run(&crate::optimize::optimize(plan, &[], &cx.functions), cx)?);
        }
        Ok(union(tables))
    }
}

impl Template {
    /// The search with the row's values in it, which the row must have.
    fn fill(&self, rows: &Batch, row: usize) -> Result<String> {
        let missing = std::cell::Cell::new(None);
        let value = |name: &str| match (name, rows.get(name, row)) {
            ("_serial_id_" | "_serial_id", _) => (row + 1).to_string(),
            (_, ValueRef::Null) => {
                missing.set(Some(name.to_owned()));
                String::new()
            }
            (_, value) => value.text().into_owned(),
        };
        let text = match self {
            Template::Text(text) | Template::Saved(Spanned { node: text, .. }) => replace_tokens(text, &value),
            Template::Pipeline(pipeline) => {
                template::filled(pipeline, &|tokens: &[Token], at| match &tokens[at].kind {
                    TokenKind::Word(text) | TokenKind::Punct(text) if text.contains('$') => {
                        Some(replace_tokens(text, &value))
                    }
                    TokenKind::Quoted { raw, .. } if raw.contains('$') => {
                        Some(format!("\"{}\"", replace_tokens(raw, &|name| template::escaped(&value(name)))))
                    }
                    TokenKind::SingleQuoted(name) if name.contains('$') => {
                        Some(format!("'{}'", replace_tokens(name, &value)))
                    }
                    _ => None,
                })
            }
        };
        match missing.take() {
            Some(name) => {
                bail!(Argument, "map found no value for `{name}` in row {}", row + 1; hint: "leave such rows out, or fill them with fillnull")
            }
            None => Ok(text),
        }
    }
}

/// `$name$` replaced by the name's value; a dollar sign that begins no name stays.
fn replace_tokens(text: &str, value: &dyn Fn(&str) -> String) -> String {
    let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(open) = rest.find('$') {
        let after = &rest[open + 1..];
        let close = after.find('$').filter(|&close| close > 0 && !after[..close].contains(char::is_whitespace));
        filled.push_str(&rest[..open]);
        match close {
            Some(close) => {
                filled.push_str(&value(&after[..close]));
                rest = &after[close + 1..];
            }
            None => {
                filled.push('$');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}
