//! Any command with a subsearch among its arguments that it does not take itself: `head [ ... | return $n ]`, `timechart span=[ ... ]`. The
//! text that the subsearch gives stands in its place, and the command is read when that is known.

use super::prelude::*;
use crate::error::Diagnostic;
use crate::exec::run;
use crate::plan::{SearchText, TimeRange};
use crate::syntax::ast::{Token, TokenKind};
use crate::syntax::print_tokens;

/// What a subsearch may give; one of them has to suit the command, so that other mistakes are told before anything runs.
const SAMPLES: [&str; 9] = ["1", "1h", "x", "x=\"1\"", "span=1", "span=1h", "limit=1", "count", "x AS y"];

/// The command of a stage whose arguments `spec` could not read; `error` if no text in place of the subsearches would help.
pub(crate) fn read(
    spec: &CommandSpec,
    name: &str,
    args: &[Token],
    stage: crate::error::Span,
    error: Box<Diagnostic>,
) -> Result<Box<dyn Command>> {
    if !args.iter().any(|token| matches!(token.kind, TokenKind::Subsearch(_))) {
        return Err(error);
    }
    let suits = |sample: &str| {
        let text = with_texts(name, args, &mut std::iter::repeat(sample.to_owned()));
        let pipeline = crate::syntax::parse(&text).ok()?;
        let crate::syntax::ast::StageKind::Command { args, .. } = &pipeline.stages.first()?.kind else { return None };
        (spec.parse)(&mut Args::new(name, args, stage)).ok()
    };
    let Some(like) = SAMPLES.iter().find_map(|sample| suits(sample)) else { return Err(error) };
    Ok(Box::new(Spliced { name: name.to_owned(), args: args.to_vec(), like }))
}

/// The command as text, its subsearches replaced.
fn with_texts(name: &str, args: &[Token], texts: &mut dyn Iterator<Item = String>) -> String {
    let token = |token: &Token| match &token.kind {
        // A word is printed as it stands.
        TokenKind::Subsearch(_) => Token { kind: TokenKind::Word(texts.next().unwrap_or_default()), ..token.clone() },
        _ => token.clone(),
    };
    format!("| {name} {}", print_tokens(&args.iter().map(token).collect::<Vec<_>>()))
}

#[derive(Debug)]
struct Spliced {
    name: String,
    args: Vec<Token>,
    /// The command with some text in place of its subsearches.
    like: Box<dyn Command>,
}

impl Command for Spliced {
    fn kind(&self) -> Kind {
        self.like.kind()
    }

    fn reads_events_when_first(&self) -> bool {
        self.like.reads_events_when_first()
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let subsearches = self.args.iter().filter_map(|token| match &token.kind {
            TokenKind::Subsearch(pipeline) => Some(pipeline),
            _ => None,
        });
        let plans = subsearches.map(|pipeline| cx.subsearch(pipeline)).collect::<Result<_>>()?;
        Ok(input.command(Node { name: self.name.clone(), args: self.args.clone(), plans, time: cx.time }))
    }
}

#[derive(Debug)]
struct Node {
    name: String,
    args: Vec<Token>,
    plans: Vec<Plan>,
    time: TimeRange,
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("{} {}", self.name, print_tokens(&self.args))
    }

    fn subplans(&self) -> Vec<&Plan> {
        self.plans.iter().collect()
    }

    fn subplan_reads(&self, _: &FieldSet) -> Vec<FieldSet> {
        vec![FieldSet::all(); self.plans.len()]
    }

    fn with_subplans(&self, plans: Vec<Plan>) -> Option<Arc<dyn CommandNode>> {
        Some(Arc::new(Node { name: self.name.clone(), args: self.args.clone(), plans, time: self.time }))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let write = |plan| Ok(SearchText::of_subsearch(cx).write(run(plan, cx)?));
        let texts = self.plans.iter().map(write).collect::<Result<Vec<String>>>()?;
        let text = with_texts(&self.name, &self.args, &mut texts.into_iter());
        let located = |e: Box<Diagnostic>| Box::new((*e).in_text(&text));
        let pipeline = crate::syntax::parse(&text).map_err(located)?;
        let mut planner = PlanContext::new(cx.catalog, cx.functions.clone(), self.time);
        let plan = planner.plan_onto(Plan::Values(Arc::new(input)), &pipeline).map_err(located)?;
        run(&plan, cx)
    }
}
