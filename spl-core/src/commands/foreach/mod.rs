//! `foreach`: a pipeline run once for each of several fields, or for each value of one.

mod fields;
mod items;

use super::prelude::*;
use crate::error::Diagnostic;
use crate::syntax::ast::{Expr, Pipeline, StageKind};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "foreach",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "foreach [mode=multifield|multivalue|json_array|auto_collections] (<wc-field-list>|<field>) [fieldstr=<string>] [matchstr=<string>] [matchseg1=<string>] [matchseg2=<string>] [matchseg3=<string>] [itemstr=<string>] [iterstr=<string>] <subsearch>",
    summary: "Runs a pipeline for each field that matches, or an eval for each value of a field, with tokens such as <<FIELD>> filled in.",
    examples: &[
        Example {
            spl: "| makeresults | eval total=0, a1=1, a2=2 | foreach a* [ eval total=total+<<FIELD>> ] | table total",
            result: "total\n3",
        },
        Example {
            spl: "| makeresults | eval t=0, m=split(\"4,6\", \",\") | foreach mode=multivalue m [ eval t=t+<<ITEM>> ] | table t",
            result: "t\n10",
        },
    ],
    parse,
};

/// The texts that stand for what changes from one run to the next.
#[derive(Clone, Debug)]
struct Tokens {
    field: String,
    matched: String,
    segments: [String; 3],
    item: String,
    iteration: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Collection {
    Multivalue,
    Json,
    /// JSON when it is that, else multivalue.
    Either,
}

fn parse(args: &mut Args<'_>) -> Result<Box<dyn Command>> {
    let mut token = |name: &'static str, default: &str| -> Result<String> {
        Ok(args.option(name)?.string()?.unwrap_or_else(|| default.to_owned()))
    };
    let tokens = Tokens {
        field: token("fieldstr", "<<FIELD>>")?,
        matched: token("matchstr", "<<MATCHSTR>>")?,
        segments: [
            token("matchseg1", "<<MATCHSEG1>>")?,
            token("matchseg2", "<<MATCHSEG2>>")?,
            token("matchseg3", "<<MATCHSEG3>>")?,
        ],
        item: token("itemstr", "<<ITEM>>")?,
        iteration: token("iterstr", "<<ITER>>")?,
    };
    let mode = args.option("mode")?.one_of(&["multifield", "multivalue", "json_array", "auto_collections"])?;
    let list = args.field_list(&[])?;
    let pipeline = args.expect_subsearch()?.node.clone();
    args.end()?;
    let call = matches!(&list[..], [only] if only.node.ends_with(')') && only.node.contains('('));
    let collection = match mode {
        Some("multivalue") => Some(Collection::Multivalue),
        Some("json_array") => Some(Collection::Json),
        Some("auto_collections") => Some(Collection::Either),
        // json_array(...) and its like make a collection, whatever the mode.
        None if call => Some(Collection::Either),
        _ => None,
    };
    let Some(collection) = collection else {
        let patterns = list.into_iter().map(|f| f.node).collect();
        return Ok(Box::new(Foreach::Fields { patterns, pipeline, tokens }));
    };
    let [source] = &list[..] else {
        bail!(Argument, list[1].span, "foreach goes through the values of one field in this mode");
    };
    if let [stage] = &pipeline.stages[..]
        && matches!(&stage.kind, StageKind::Command { name, .. } if name.node == "eval")
    {
        let expr = if call {
            Some(
                crate::syntax::parse_expr(&source.node)
                    .map_err(|e| Box::new(Diagnostic { span: None, ..*e }.at(source.span)))?,
            )
        } else {
            None
        };
        return Ok(Box::new(Foreach::Items { source: source.node.clone(), expr, collection, pipeline, tokens }));
    }
    bail!(Argument, pipeline.span, "foreach takes one eval in this mode")
}

#[derive(Debug)]
enum Foreach {
    Fields { patterns: Vec<String>, pipeline: Pipeline, tokens: Tokens },
    Items { source: String, expr: Option<Expr>, collection: Collection, pipeline: Pipeline, tokens: Tokens },
}

impl Command for Foreach {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        match self {
            Foreach::Fields { patterns, pipeline, tokens } => {
                let node = fields::Node {
                    patterns: patterns.clone(),
                    pipeline: pipeline.clone(),
                    tokens: tokens.clone(),
                    time: cx.time,
                };
                node.check(cx)?;
                Ok(input.command(node))
            }
            Foreach::Items { source, expr, collection, pipeline, tokens } => {
                let value = match expr {
                    Some(expr) => cx.bind(expr)?,
                    None => Expression::field(source),
                };
                let node = items::Node {
                    source: source.clone(),
                    value,
                    collection: *collection,
                    pipeline: pipeline.clone(),
                    tokens: tokens.clone(),
                    names: [cx.temporary(), cx.temporary(), cx.temporary()],
                    time: cx.time,
                };
                node.check(cx)?;
                Ok(input.command(node))
            }
        }
    }
}
