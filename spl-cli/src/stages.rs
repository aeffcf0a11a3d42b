//! `spl expand`, `spl parse` and `spl fmt`: what a search is before it is planned.

use std::fmt::Write;

use serde_json::{Value, json};
use spl_core::commands::{Kind, find_command};
use spl_core::error::Span;
use spl_core::syntax::ast::{Pipeline, Stage, StageKind, Token, TokenKind};
use spl_core::syntax::{self, print_tokens};

use crate::args::{ExpandArgs, FmtArgs, ParseArgs, ResourceArgs, TreeFormat};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::job::Job;
use crate::layout;
use crate::output;
use crate::search::query;

pub(crate) fn expand(args: &ExpandArgs, console: Console) -> Result<Exit, Failure> {
    let job = Job::start(&args.time, &ResourceArgs::default(), console)?;
    let engine = job.engine(&args.knowledge)?;
    output::write_line(engine.expand(&query(&args.query)?)?.text.trim_end())?;
    Ok(Exit::Done)
}

pub(crate) fn parse(args: &ParseArgs) -> Result<Exit, Failure> {
    let pipeline = parsed(&query(&args.query)?)?;
    match args.format {
        TreeFormat::Json => output::write_line(&to_json(&pipeline).to_string()),
        TreeFormat::Text => {
            let mut outline = String::new();
            write_outline(&mut outline, &pipeline, 0);
            output::write_text(&outline)
        }
    }?;
    Ok(Exit::Done)
}

pub(crate) fn fmt(args: &FmtArgs, console: Console) -> Result<Exit, Failure> {
    let text = query(&args.query)?;
    let formatted = layout::format(&text)?;
    if !args.check {
        output::write_text(&formatted)?;
        return Ok(Exit::Done);
    }
    if text.trim_end() == formatted.trim_end() {
        return Ok(Exit::Done);
    }
    console.note("the search is not in its usual layout");
    Ok(Exit::Search)
}

/// The syntax tree, with errors that show the text.
fn parsed(text: &str) -> Result<Pipeline, Failure> {
    Ok(syntax::parse(text).map_err(|error| Box::new((*error).in_text(text)))?)
}

/// How Splunk's documentation calls the kind.
pub(crate) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Generating => "generating",
        Kind::DistributableStreaming => "distributable streaming",
        Kind::CentralizedStreaming => "centralized streaming",
        Kind::Transforming => "transforming",
        Kind::DatasetProcessing => "dataset processing",
        Kind::Orchestrating => "orchestrating",
    }
}

fn write_outline(out: &mut String, pipeline: &Pipeline, depth: usize) {
    for stage in &pipeline.stages {
        // Writing to a string does not fail.
        let _ = write!(out, "{:indent$}", "", indent = depth * 4);
        let _ = match &stage.kind {
            StageKind::Macro(call) if call.args.is_empty() => writeln!(out, "macro {}", call.name),
            StageKind::Macro(call) => writeln!(out, "macro {}  {}", call.name, call.args.join(", ")),
            StageKind::Command { name, args } => {
                let kind = find_command(&name.node).map_or("no such command", |spec| kind_name(spec.kind));
                writeln!(out, "{} [{kind}]  {}", name.node, outline_args(args).trim())
            }
        };
        for subsearch in subsearches(stage) {
            write_outline(out, subsearch, depth + 1);
        }
    }
}

/// The arguments, subsearches cut short: they follow below.
fn outline_args(args: &[Token]) -> String {
    let mut text = String::new();
    for part in args.split_inclusive(|token| matches!(token.kind, TokenKind::Subsearch(_))) {
        let (last, before) = part.split_last().map_or((None, part), |(last, before)| (Some(last), before));
        match last.filter(|last| matches!(last.kind, TokenKind::Subsearch(_))) {
            Some(subsearch) => {
                text.push_str(&print_tokens(before));
                text.push_str(if subsearch.spaced { " [...]" } else { "[...]" });
            }
            None => {
                if part.first().is_some_and(|token| token.spaced) {
                    text.push(' ');
                }
                text.push_str(&print_tokens(part));
            }
        }
    }
    text
}

fn subsearches(stage: &Stage) -> impl Iterator<Item = &Pipeline> {
    let args = match &stage.kind {
        StageKind::Command { args, .. } => &args[..],
        StageKind::Macro(_) => &[],
    };
    args.iter().filter_map(|token| match &token.kind {
        TokenKind::Subsearch(pipeline) => Some(&**pipeline),
        _ => None,
    })
}

fn to_json(pipeline: &Pipeline) -> Value {
    let stages: Vec<Value> = pipeline.stages.iter().map(stage_json).collect();
    json!({ "stages": stages })
}

fn place(span: Span) -> Value {
    json!([span.start, span.end])
}

fn stage_json(stage: &Stage) -> Value {
    match &stage.kind {
        StageKind::Macro(call) => json!({ "macro": call.name, "args": call.args, "span": place(stage.span) }),
        StageKind::Command { name, args } => json!({
            "command": name.node,
            "kind": find_command(&name.node).map(|spec| kind_name(spec.kind)),
            "args": args.iter().map(token_json).collect::<Vec<_>>(),
            "span": place(stage.span),
        }),
    }
}

fn token_json(token: &Token) -> Value {
    let mut json = match &token.kind {
        TokenKind::Word(text) => json!({ "word": text }),
        TokenKind::Quoted { text, .. } => json!({ "text": text }),
        TokenKind::SingleQuoted(text) => json!({ "field": text }),
        TokenKind::Punct(text) => json!({ "punct": text }),
        TokenKind::Subsearch(pipeline) => json!({ "subsearch": to_json(pipeline) }),
        TokenKind::Macro(call) => json!({ "macro": call.name, "args": call.args }),
    };
    json["span"] = place(token.span);
    json
}
