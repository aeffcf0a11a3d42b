//! What a command may ask while it is being planned.

use std::collections::HashMap;
use std::sync::Arc;

use super::{DeferredSearch, Plan, Predicate, Scan, TimeRange};
use crate::catalog::Catalog;
use crate::commands::{find_command, why_unsupported};
use crate::error::{Result, Span, bail, did_you_mean};
use crate::expr::{Expression, SearchPredicate};
use crate::functions::Context;
use crate::syntax::args::Args;
use crate::syntax::ast::{Expr, Pipeline, SearchExpr, SearchExprKind, SearchValue, Stage, StageKind, TermForm};
use crate::table::FieldName;

/// Deepest nesting of subsearches.
const SUBSEARCH_DEPTH: usize = 8;

/// The search being planned.
pub struct PlanContext<'a> {
    /// Lookups, data models, saved searches.
    pub catalog: &'a Catalog,
    /// Clock and zone; warnings go to its notes.
    pub functions: Context,
    /// The time range given from outside, for scans that set none of their own.
    pub time: TimeRange,
    /// How `fieldformat` wants fields to be shown.
    pub formats: Vec<(FieldName, Arc<Expression>)>,
    /// The delimiters that `makemv` and `mvcombine` gave to fields, for `nomv`.
    pub multivalue_delims: HashMap<String, String>,
    depth: usize,
    temporaries: usize,
}

impl<'a> PlanContext<'a> {
    /// A search over `catalog`.
    pub fn new(catalog: &'a Catalog, functions: Context, time: TimeRange) -> Self {
        PlanContext {
            catalog,
            functions,
            time,
            formats: Vec::new(),
            multivalue_delims: HashMap::new(),
            depth: 0,
            temporaries: 0,
        }
    }

    /// The plan of a whole pipeline.
    pub fn plan(&mut self, pipeline: &Pipeline) -> Result<Plan> {
        let parse = |stage| parse_stage(stage, self.catalog);
        let parsed = pipeline.stages.iter().map(parse).collect::<Result<Vec<_>>>()?;
        let mut plan = match parsed.first() {
            // `| timechart count` is about all events.
            Some((first, _)) if first.reads_events_when_first() => {
                Plan::Scan(Scan { time: self.time, ..Scan::default() })
            }
            _ => Plan::nothing(),
        };
        for ((command, name), stage) in parsed.into_iter().zip(&pipeline.stages) {
            plan = command
                .plan(plan, self)
                .map_err(|e| Box::new((*e).at(if name.end > name.start { name } else { stage.span })))?;
        }
        Ok(plan)
    }

    /// The plan of the stages in `input`'s brackets, applied to it: `appendpipe [ ... ]`, `foreach ... [ ... ]`.
    pub fn plan_onto(&mut self, input: Plan, pipeline: &Pipeline) -> Result<Plan> {
        let mut plan = input;
        for stage in &pipeline.stages {
            plan = parse_stage(stage, self.catalog)?.0.plan(plan, self).map_err(|e| Box::new((*e).at(stage.span)))?;
        }
        Ok(plan)
    }

    /// The plan of a subsearch.
    pub fn subsearch(&mut self, pipeline: &Pipeline) -> Result<Plan> {
        if self.depth >= SUBSEARCH_DEPTH {
            bail!(Limit, pipeline.span, "subsearches are nested deeper than {SUBSEARCH_DEPTH}");
        }
        self.depth += 1;
        let plan = self.plan(pipeline);
        self.depth -= 1;
        plan
    }

    /// Parses and plans search text that a command made or was given (`map`, saved searches).
    pub fn plan_text(&mut self, text: &str) -> Result<Plan> {
        let located = |e: Box<crate::error::Diagnostic>| Box::new((*e).in_text(text));
        let expanded = crate::expand::expand(text, self.catalog.macros(), &|_, _| {
            bail!(Unsupported, "a macro with iseval cannot be expanded here")
        })?;
        let pipeline = crate::syntax::parse(&expanded.text).map_err(located)?;
        self.subsearch(&pipeline).map_err(located)
    }

    /// An eval expression, bound.
    pub fn bind(&self, expr: &Expr) -> Result<Expression> {
        Expression::bind_with(expr, self.catalog.functions())
    }

    /// A search expression as a predicate; its subsearches are planned and run before it is asked.
    pub fn bind_search(&mut self, expr: &SearchExpr) -> Result<Predicate> {
        let mut pipelines = Vec::new();
        collect_subsearches(expr, &mut pipelines);
        if pipelines.is_empty() {
            return Ok(Predicate::Search(Arc::new(SearchPredicate::bind(expr)?)));
        }
        let plans = pipelines.into_iter().map(|p| self.subsearch(p)).collect::<Result<Vec<_>>>()?;
        Ok(Predicate::Deferred(Arc::new(DeferredSearch { expr: expr.clone(), plans, of_events: false })))
    }

    /// Whether subsearches stand in the expression.
    pub fn has_subsearch(expr: &SearchExpr) -> bool {
        let mut pipelines = Vec::new();
        collect_subsearches(expr, &mut pipelines);
        !pipelines.is_empty()
    }

    /// Whether what is planned is no subsearch.
    pub fn is_outermost(&self) -> bool {
        self.depth == 0
    }

    /// A field name that no search uses.
    pub fn temporary(&mut self) -> String {
        self.temporaries += 1;
        format!("__spl_{}", self.temporaries)
    }
}

fn collect_subsearches<'e>(expr: &'e SearchExpr, into: &mut Vec<&'e Pipeline>) {
    match &expr.kind {
        SearchExprKind::And(parts) | SearchExprKind::Or(parts) => {
            parts.iter().for_each(|p| collect_subsearches(p, into))
        }
        SearchExprKind::Not(inner) => collect_subsearches(inner, into),
        SearchExprKind::Subsearch(pipeline) => into.push(pipeline),
        SearchExprKind::Compare { value, .. } | SearchExprKind::Term(value) => value_subsearch(value, into),
        SearchExprKind::In { values, .. } => values.iter().for_each(|value| value_subsearch(value, into)),
        SearchExprKind::All | SearchExprKind::Modifier { .. } | SearchExprKind::Macro(_) => {}
    }
}

fn value_subsearch<'e>(value: &'e SearchValue, into: &mut Vec<&'e Pipeline>) {
    if let TermForm::Subsearch(pipeline) = &value.form {
        into.push(pipeline);
    }
}

/// The command of a stage with its arguments read, and where its name stands.
pub(crate) fn parse_stage(stage: &Stage, catalog: &Catalog) -> Result<(Box<dyn crate::commands::Command>, Span)> {
    let (name, args) = match &stage.kind {
        StageKind::Command { name, args } => (name, args),
        StageKind::Macro(m) => bail!(Macro, m.span, "macro `{}` is not expanded", m.name),
    };
    let own = catalog.commands().iter().copied().find(|spec| spec.is_called(&name.node));
    let Some(spec) = own.or_else(|| find_command(&name.node)) else {
        if let Some(reason) = why_unsupported(&name.node) {
            bail!(Unsupported, name.span, "`{}` is not supported: {reason}", name.node);
        }
        let refused = crate::commands::UNSUPPORTED.iter().map(|command| command.name);
        let own = catalog.commands().iter();
        let known = own.chain(crate::commands::COMMANDS).map(|spec| spec.name).chain(refused);
        match did_you_mean(&name.node, known) {
            Some(near) => {
                bail!(Unknown, name.span, "there is no command `{}`", name.node; hint: "did you mean `{near}`?")
            }
            None => bail!(Unknown, name.span, "there is no command `{}`", name.node),
        }
    };
    let read = (spec.parse)(&mut Args::new(&name.node, args, stage.span));
    let read = read.or_else(|error| crate::commands::spliced::read(spec, &name.node, args, stage.span, error));
    Ok((read.map_err(|e| Box::new((*e).at(stage.span)))?, name.span))
}
