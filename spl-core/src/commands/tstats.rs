//! `tstats`: statistics over the events of a data model's dataset, or over the fields that an index knows.
//!
//! There are no summaries of data models here: each search goes over the events themselves, which is what Splunk does without
//! `summariesonly`. Without FROM all fields of the events may be used, not only indexed ones.
//!
//! Source: Search Reference, "tstats".

use super::bin::{binned, options::BinOptions};
use super::dataset::DatasetSource;
use super::lower::{assign, extend};
use super::prefixed;
use super::prelude::*;
use super::stats::clause::{self, Argument, Settings, Term};
use crate::plan::{Scan, split_time};
use crate::syntax::ast::{SearchExpr, SearchExprKind};
use crate::time::BinSpan;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "tstats",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "tstats [prestats=<bool>] [local=<bool>] [append=<bool>] [summariesonly=<bool>] [include_reduced_buckets=<bool>] [allow_old_summaries=<bool>] [use_summary_index_values=<bool>] [chunk_size=<int>] [fillnull_value=<string>] <stats-func>... [FROM datamodel=<model>[.<dataset>]] [WHERE <search-query>] [BY (<field>|PREFIX(<text>))... [span=<timespan>]]",
    summary: "Aggregates the events of a data model's dataset, or of indexes.",
    examples: &[Example { spl: "| tstats count", result: "count\n0" }],
    parse: |args| Ok(Box::new(Tstats::parse(args)?)),
};

#[derive(Debug)]
struct Tstats {
    terms: Vec<Term>,
    from: Option<Spanned<String>>,
    condition: SearchExpr,
    by: Vec<FieldName>,
    span: Option<BinSpan>,
    fill: Option<String>,
    prestats: bool,
    append: bool,
    /// The texts of `PREFIX(text)`; fields of these names hold what stands behind them.
    prefixes: Vec<String>,
    /// Options that would matter if there were summaries.
    idle: Vec<&'static str>,
}

impl Tstats {
    fn parse(args: &mut Args<'_>) -> Result<Tstats> {
        let prestats = args.option("prestats")?.bool()?.unwrap_or(false);
        let append = args.option("append")?;
        let append_span = append.span();
        let append = append.bool()?.unwrap_or(false);
        if append && !prestats {
            bail!(Argument, append_span.unwrap_or(args.span()), "tstats can append only with prestats=true");
        }
        let mut idle = Vec::new();
        for name in ["summariesonly", "use_summary_index_values"] {
            if args.option(name)?.bool()?.unwrap_or(false) {
                idle.push(name);
            }
        }
        for name in ["allow_old_summaries", "local", "include_reduced_buckets"] {
            args.option(name)?.bool()?;
        }
        args.option("chunk_size")?.int()?;
        let fill = args.option("fillnull_value")?.string()?;
        let span = args.option("span")?;
        let span = match span.value() {
            // As if nothing was said.
            Some(value) if value.text()?.eq_ignore_ascii_case("auto") => None,
            Some(value) => Some(BinSpan::parse(&value.text()?).map_err(|e| Box::new((*e).at(value.span())))?),
            None => None,
        };
        let mut terms = clause::terms(args, &["from", "where", "by", "groupby"])?;
        let mut prefixes: Vec<String> = Vec::new();
        for term in &mut terms {
            check(term)?;
            if let Argument::Field(field) = &mut term.argument
                && let Some(prefix) = prefixed::of(field).map(str::to_owned)
            {
                prefixes.push(prefix.clone());
                *field = prefix;
            }
        }
        let from = if args.keyword("from") { Some(source(args)?) } else { None };
        let condition = if args.keyword("where") {
            args.search_expr(&["by", "groupby"])?
        } else {
            SearchExpr { kind: SearchExprKind::All, span: args.here() }
        };
        let mut by: Vec<FieldName> = if args.at_keyword("groupby") {
            args.keyword("groupby");
            args.field_list(&[])?.into_iter().map(|field| field_name(field.node)).collect()
        } else {
            clause::by(args, &[])?
        };
        args.end()?;
        for key in &mut by {
            if let Some(prefix) = prefixed::of(key).map(str::to_owned) {
                *key = field_name(&prefix);
                prefixes.push(prefix);
            }
        }
        prefixes.sort();
        prefixes.dedup();
        if let Some(from) = from.as_ref().filter(|_| !prefixes.is_empty()) {
            bail!(Argument, from.span, "PREFIX is about the text of events, not about a data model");
        }
        Ok(Tstats { terms, from, condition, by, span, fill, prestats, append, prefixes, idle })
    }
}

/// What tstats does not do with an aggregate.
fn check(term: &Term) -> Result<()> {
    let span = term.call.span;
    match &term.argument {
        Argument::Eval(_) => {
            bail!(Argument, span, "tstats takes fields, not eval expressions"; hint: "aggregate with stats, or eval afterwards")
        }
        Argument::Field(field) if field.contains('*') => {
            bail!(Argument, span, "tstats takes no wildcards, as in `{field}`")
        }
        _ if term.aggregate.name == "list" => {
            bail!(Unsupported, span, "tstats has no aggregate `list`"; hint: "values gives each value once")
        }
        _ => Ok(()),
    }
}

/// `datamodel=Model.Dataset`; also `datamodel Model.Dataset`.
fn source(args: &mut Args<'_>) -> Result<Spanned<String>> {
    if let Some((name, value)) = args.next_option()? {
        if name.node.eq_ignore_ascii_case("datamodel") {
            let mut name = value.text()?;
            // `"Model"."Dataset"`
            if args.keyword(".") {
                name = format!("{name}.{}", args.string("the name of a dataset")?.node);
            }
            return Ok(Spanned::new(name, value.span()));
        }
        bail!(Unsupported, name.span, "tstats cannot read from `{}`", name.node; hint: "FROM datamodel=<model>.<dataset>");
    }
    let word = args.string("datamodel=<model>")?;
    if word.node.eq_ignore_ascii_case("datamodel") {
        return args.string("the name of a data model");
    }
    bail!(Unsupported, word.span, "tstats cannot read the namespace `{}`", word.node; hint: "FROM datamodel=<model>.<dataset>")
}

impl Command for Tstats {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !self.append && !input.is_nothing() {
            bail!(Syntax, "tstats must be the first command of a search"; hint: "or append to the results with prestats=true append=true");
        }
        for name in &self.idle {
            cx.functions.notes.warn(format!("{name} has no effect: there are no summaries of data models"));
        }
        let plan = match self.prefixes.is_empty() {
            true => self.rows(cx)?,
            false => extend(self.rows(cx)?, self.prefixes.iter().map(|prefix| prefixed::values(prefix))),
        };
        let keys: Vec<FieldName> = self.by.clone();
        let plan = match &self.fill {
            Some(text) => {
                let missing = keys.iter().filter(|key| &***key != "_time").map(|key| filled(key, text));
                let missing: Vec<Assignment> = missing.collect();
                if missing.is_empty() { plan } else { extend(plan, missing) }
            }
            None => plan,
        };
        if self.prestats {
            // The command behind it aggregates: it is given the rows themselves.
            let plan = if self.by_time() { binned(plan, "_time", "_time", self.bins()) } else { plan };
            return Ok(if self.append { Plan::Union(vec![input, plan]) } else { plan });
        }
        grouped(plan, &self.terms, keys, self.bins(), cx)
    }
}

/// Rows aggregated by fields; `_time`, when it is one of them, in bins.
pub(super) fn grouped(
    plan: Plan,
    terms: &[Term],
    keys: Vec<FieldName>,
    bins: BinOptions,
    cx: &mut PlanContext<'_>,
) -> Result<Plan> {
    let (plan, calls, _) = clause::lower(terms, Settings::default(), plan, cx)?;
    if !keys.iter().any(|key| &**key == "_time") {
        return Ok(Plan::Aggregate(Box::new(plan), keys.into(), calls.into()));
    }
    // The aggregates see the times of the events, not of the bins.
    let bin = cx.temporary();
    let plan = binned(plan, "_time", &bin, bins);
    let keys: Vec<FieldName> =
        keys.into_iter().map(|key| if &*key == "_time" { field_name(&bin) } else { key }).collect();
    let plan = Plan::Aggregate(Box::new(plan), keys.into(), calls.into());
    Ok(Plan::Rename(Box::new(plan), Arc::new([(bin, "_time".to_owned())])))
}

impl Tstats {
    fn by_time(&self) -> bool {
        self.by.iter().any(|key| &**key == "_time")
    }

    fn bins(&self) -> BinOptions {
        BinOptions { span: self.span, ..BinOptions::default() }
    }

    /// The events, with the fields that the command names under these names.
    fn rows(&self, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let (condition, range) = split_time(&self.condition, &cx.functions)?;
        let (now, later) = without_subsearches(condition);
        let before = cx.time;
        if !range.is_all() {
            cx.time = range;
        }
        let plan = match &self.from {
            Some(path) => self.dataset_rows(path, &now, &later, cx),
            None => {
                let predicate = cx.bind_search(&now);
                predicate.map(|p| Plan::Scan(Scan { predicate: Some(p), time: cx.time, ..Scan::default() }))
            }
        };
        cx.time = before;
        let mut plan = plan?;
        for part in &later {
            plan = plan.filter(cx.bind_search(part)?);
        }
        Ok(plan)
    }

    fn dataset_rows(
        &self,
        path: &Spanned<String>,
        condition: &SearchExpr,
        later: &[SearchExpr],
        cx: &mut PlanContext<'_>,
    ) -> Result<Plan> {
        let located = |e: Box<crate::error::Diagnostic>| Box::new((*e).at(path.span));
        let dataset = DatasetSource::find(&path.node, cx).map_err(located)?;
        let condition = dataset.bind_plain(condition)?;
        let mut names: Vec<(String, String)> = Vec::new();
        let used =
            self.by.iter().map(|key| key.to_string()).chain(self.terms.iter().filter_map(
                |term| match &term.argument {
                    Argument::Field(field) => Some(field.clone()),
                    _ => None,
                },
            ));
        for used in used {
            let plain = dataset.model.plain_name(&used).0.to_owned();
            if !names.iter().any(|(_, known)| *known == used) {
                names.push((plain, used));
            }
        }
        let mut needed = FieldSet::of(names.iter().map(|(plain, _)| plain));
        if !later.is_empty() {
            // A subsearch may name any field.
            for (plain, used) in dataset.fields() {
                needed.insert(&plain);
                if !names.iter().any(|(_, known)| *known == used) {
                    names.push((plain, used));
                }
            }
        }
        // What fillnull_value fills is not filled by the model.
        let plan = dataset.plan(&needed, condition, self.fill.is_none(), cx)?;
        Ok(DatasetSource::renamed(plan, &names))
    }
}

/// The parts of a condition without subsearches, and those with.
pub(super) fn without_subsearches(condition: SearchExpr) -> (SearchExpr, Vec<SearchExpr>) {
    let span = condition.span;
    let parts = match condition.kind {
        SearchExprKind::And(parts) => parts,
        kind => vec![SearchExpr { kind, span }],
    };
    let (later, now): (Vec<_>, Vec<_>) = parts.into_iter().partition(PlanContext::has_subsearch);
    (SearchExpr { kind: SearchExprKind::And(now), span }, later)
}

/// The field, with `text` where it is missing.
fn filled(field: &FieldName, text: &str) -> Assignment {
    let value = Value::str(text);
    let fill = move |values: &[Value], _: &crate::functions::Context| {
        Ok(if values[0].is_null() { value.clone() } else { values[0].clone() })
    };
    assign(field, format!("{field} or \"{text}\""), &[field], fill)
}
