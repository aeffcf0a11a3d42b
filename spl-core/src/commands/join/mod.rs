//! `join`: rows put together with those of a subsearch that agree in fields.

mod pair;

use super::prelude::*;
use super::subsearch;
use crate::exec::run;
use crate::syntax::ast::Pipeline;
pub(super) use pair::{Pairing, Side};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "join",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "join [type=inner|outer|left] [usetime=<bool>] [earlier=<bool>] [overwrite=<bool>] [max=<int>] [<field-list>] [left=<alias> right=<alias> where <left-alias>.<field>=<right-alias>.<field>...] <subsearch>",
    summary: "Adds the fields of a subsearch's row that agrees in the fields listed, or in all fields that both sides have.",
    examples: &[
        Example {
            spl: "| makeresults format=csv data=\"id,a\n1,x\n2,y\" | join id [ | makeresults format=csv data=\"id,b\n1,p\" ]",
            result: "id | a | b\n1  | x | p",
        },
        Example {
            spl: "| makeresults format=csv data=\"id,a\n1,x\n2,y\" | join type=left id [ | makeresults format=csv data=\"id,b\n1,p\" ]",
            result: "id | a | b\n1  | x | p\n2  | y | null",
        },
        Example {
            spl: "| makeresults format=csv data=\"id,a\n1,x\" | join left=L right=R where L.id=R.pid [ | makeresults format=csv data=\"pid,b\n1,p\" ]",
            result: "L.id | L.a | R.pid | R.b\n1    | x   | 1     | p",
        },
    ],
    parse,
};

fn parse(args: &mut Args<'_>) -> Result<Box<dyn Command>> {
    let outer = args.option("type")?.one_of(&["inner", "outer", "left"])?.is_some_and(|t| t != "inner");
    let usetime = args.option("usetime")?.bool()?.unwrap_or(false);
    let earlier = args.option("earlier")?.bool()?.unwrap_or(true);
    let overwrite = args.option("overwrite")?.bool()?.unwrap_or(true);
    let max = args.option("max")?.count()?.unwrap_or(1);
    let (left, right) = (args.option("left")?.string()?, args.option("right")?.string()?);
    let maxout = subsearch::options(args)?;
    let mut list: Vec<Spanned<String>> = args.fields_if_any(&["where"])?;
    let mut keys: Vec<(String, String)> = Vec::new();
    let aliases = match (left, right) {
        (Some(left), Some(right)) if args.keyword("where") => {
            while let Some((a, value)) = args.next_option()? {
                let b = Spanned::new(value.text()?, value.span());
                let field = |name: &str, alias: &str| {
                    name.strip_prefix(alias).and_then(|rest| rest.strip_prefix('.')).map(str::to_owned)
                };
                let pair = match (field(a.node, &left), field(&b.node, &right)) {
                    (Some(l), Some(r)) => Some((l, r)),
                    _ => field(&b.node, &left).zip(field(a.node, &right)),
                };
                let Some(pair) = pair else {
                    bail!(Argument, a.span.to(b.span), "join needs a field of `{left}` and one of `{right}` here"; hint: "{left}.<field>={right}.<field>");
                };
                keys.push(pair);
                while args.keyword("and") || args.punct(",") {}
            }
            if keys.is_empty() {
                bail!(Syntax, args.here(), "join needs a comparison behind WHERE"; hint: "{left}.<field>={right}.<field>");
            }
            Some((left, right))
        }
        // Without both aliases and WHERE they mean nothing.
        _ => None,
    };
    let other = match args.subsearch() {
        Some(pipeline) => Other::Subsearch(pipeline.node.clone()),
        None => match list.pop_if(|last| DATASETS.iter().any(|kind| last.node.starts_with(kind))) {
            Some(name) => Other::Dataset(name.node),
            None => Other::Subsearch(args.expect_subsearch()?.node.clone()),
        },
    };
    args.end()?;
    if aliases.is_none() {
        keys.extend(list.into_iter().map(|field| (field.node.clone(), field.node)));
    }
    let pairing = Pairing { keys, aliases, outer, overwrite, max, usetime, earlier };
    Ok(Box::new(Join { pairing, other, maxout }))
}

/// What the right side may be besides a subsearch.
const DATASETS: &[&str] = &["datamodel:", "savedsearch:", "inputlookup:", "lookup:"];

#[derive(Debug)]
enum Other {
    Subsearch(Pipeline),
    Dataset(String),
}

#[derive(Debug)]
struct Join {
    pairing: Pairing,
    other: Other,
    maxout: Option<u64>,
}

impl Command for Join {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    // First in a search it has nothing but what it adds.
    fn reads_events_when_first(&self) -> bool {
        false
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let plan = match &self.other {
            Other::Subsearch(pipeline) => subsearch::plan("join", pipeline, self.maxout, cx)?,
            Other::Dataset(name) => {
                let name = name.strip_prefix("input").unwrap_or(name);
                cx.plan_text(&format!("| from {name}"))?
            }
        };
        Ok(input.command(Node { pairing: self.pairing.clone(), plan }))
    }
}

#[derive(Debug)]
struct Node {
    pairing: Pairing,
    plan: Plan,
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("join {}", self.pairing.describe())
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        self.pairing.reads(wanted, Side::Left)
    }

    fn subplans(&self) -> Vec<&Plan> {
        vec![&self.plan]
    }

    fn subplan_reads(&self, wanted: &FieldSet) -> Vec<FieldSet> {
        vec![self.pairing.reads(wanted, Side::Right)]
    }

    fn with_subplans(&self, plans: Vec<Plan>) -> Option<Arc<dyn CommandNode>> {
        let plan = plans.into_iter().next()?;
        Some(Arc::new(Node { pairing: self.pairing.clone(), plan }))
    }

    fn ordered(&self) -> bool {
        // A row that becomes several needs places for them.
        self.pairing.max != 1
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let other = run(&self.plan, cx)?.into_ordered();
        self.pairing.join(input, other, cx)
    }
}
