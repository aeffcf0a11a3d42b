//! `spl commands`, `spl functions`, `spl macros`: what the engine knows, with syntax and examples.

use std::fmt::Write;

use spl_core::aggregates::{self, Aggregate};
use spl_core::commands::{COMMANDS, CommandSpec, find_command};
use spl_core::error::{Diagnostic, ErrorKind, did_you_mean};
use spl_core::functions::{self, Function};
use spl_core::knowledge::Macro;

use crate::args::{CommandsArgs, FunctionsArgs, MacrosArgs, ResourceArgs};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::job::Job;
use crate::output;
use crate::stages::kind_name;

pub(crate) fn commands(args: &CommandsArgs) -> Result<Exit, Failure> {
    let text = match &args.name {
        None => list(COMMANDS.iter().map(|spec| (spec.name.to_owned(), spec.summary))),
        Some(name) => match find_command(&name.to_ascii_lowercase()) {
            Some(spec) => describe_command(spec),
            None => return Err(unknown("command", name, COMMANDS.iter().map(|spec| spec.name))),
        },
    };
    output::write_text(&text)?;
    Ok(Exit::Done)
}

pub(crate) fn functions(args: &FunctionsArgs) -> Result<Exit, Failure> {
    let Some(name) = &args.name else {
        let mut evals: Vec<_> = functions::all().map(|f| (f.name.to_owned(), f.summary)).collect();
        let mut aggregates: Vec<_> = aggregates::all().map(|a| (title(a), a.summary)).collect();
        evals.sort();
        aggregates.sort();
        let text = format!("Functions of eval and where:\n{}\nAggregates of stats:\n{}", list(evals), list(aggregates));
        output::write_text(&text)?;
        return Ok(Exit::Done);
    };
    // Some names are both: `max(a, b)` of eval and `max(field)` of stats.
    let parts: Vec<String> = functions::find(name)
        .map(describe_function)
        .into_iter()
        .chain(aggregates::find(name).map(|(aggregate, _)| describe_aggregate(aggregate)))
        .collect();
    if parts.is_empty() {
        let known = functions::all().map(|f| f.name).chain(aggregates::all().map(|a| a.name));
        return Err(unknown("function", name, known));
    }
    output::write_text(&parts.join("\n"))?;
    Ok(Exit::Done)
}

pub(crate) fn macros(args: &MacrosArgs, console: Console) -> Result<Exit, Failure> {
    let job = Job::start(&args.time, &ResourceArgs::default(), console)?;
    let engine = job.engine(&args.knowledge)?;
    let macros = engine.catalog().macros();
    let text = match &args.name {
        None => {
            let mut rows: Vec<_> = macros.iter().map(|m| (m.title(), one_line(&m.definition))).collect();
            rows.sort();
            list(rows.iter().map(|(title, definition)| (title.clone(), &**definition)))
        }
        Some(name) => {
            let name = name.trim_matches('`');
            let named: Vec<String> = macros.named(name.split('(').next().unwrap_or(name)).map(describe_macro).collect();
            if named.is_empty() {
                return Err(unknown("macro", name, macros.names()));
            }
            named.join("\n")
        }
    };
    output::write_text(&text)?;
    Ok(Exit::Done)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn describe_macro(shown: &Macro) -> String {
    let mut text = format!("{}\n", shown.title());
    // Writing to a string does not fail.
    let _ = match &shown.description {
        Some(description) => writeln!(text, "  {}", one_line(description)),
        None => Ok(()),
    };
    let call = match shown.args.is_empty() {
        true => format!("`{}`", shown.name),
        false => format!("`{}({})`", shown.name, shown.args.join(", ")),
    };
    let kind = if shown.iseval { "Evaluates to" } else { "Stands for" };
    let _ = writeln!(text, "\nCall:\n  {call}\n\n{kind}:\n  {}", shown.definition.trim().replace('\n', "\n  "));
    for (title, part) in [("Arguments must satisfy", &shown.validation), ("Defined in", &shown.origin)] {
        let _ = part.iter().try_for_each(|part| writeln!(text, "\n{title}: {part}"));
    }
    text
}

/// The error for a name that nothing has.
fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Failure {
    let diagnostic = Diagnostic::new(ErrorKind::Unknown, format!("there is no {what} `{name}`"));
    match did_you_mean(name, known) {
        Some(near) => diagnostic.hint(format!("did you mean `{near}`?")).into(),
        None => diagnostic.into(),
    }
}

/// Names and summaries in two columns.
fn list<'a>(rows: impl IntoIterator<Item = (String, &'a str)>) -> String {
    let rows: Vec<(String, &str)> = rows.into_iter().collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    rows.iter().map(|(name, summary)| format!("  {name:width$}  {summary}\n")).collect()
}

/// An aggregate's name; `perc<N>` for a family.
fn title(aggregate: &Aggregate) -> String {
    if aggregate.numbered { format!("{}<N>", aggregate.name) } else { aggregate.name.to_owned() }
}

fn describe(out: &mut String, name: &str, what: &str, syntax: &str, summary: &str, aliases: &[&str]) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{name} ({what})\n  {summary}\n\nSyntax:\n  {}", syntax.replace('\n', "\n  "));
    if !aliases.is_empty() {
        let _ = writeln!(out, "\nAlso called: {}", aliases.join(", "));
    }
}

fn describe_command(spec: &CommandSpec) -> String {
    let mut text = String::new();
    describe(
        &mut text,
        spec.name,
        &format!("{} command", kind_name(spec.kind)),
        spec.syntax,
        spec.summary,
        spec.aliases,
    );
    for (n, example) in spec.examples.iter().enumerate() {
        let title = if n == 0 { "\nExamples:\n" } else { "\n" };
        let _ = writeln!(text, "{title}  {}\n    {}", example.spl, example.result.trim().replace('\n', "\n    "));
    }
    text
}

fn describe_function(function: &Function) -> String {
    let mut text = String::new();
    describe(
        &mut text,
        function.name,
        "function of eval and where",
        function.syntax,
        function.summary,
        function.aliases,
    );
    examples(&mut text, function.examples);
    text
}

fn describe_aggregate(aggregate: &Aggregate) -> String {
    let mut text = String::new();
    describe(
        &mut text,
        &title(aggregate),
        "aggregate of stats",
        aggregate.syntax,
        aggregate.summary,
        aggregate.aliases,
    );
    examples(&mut text, aggregate.examples);
    text
}

fn examples(out: &mut String, examples: &[(&str, &str)]) {
    for (n, (spl, result)) in examples.iter().enumerate() {
        let _ = writeln!(out, "{}  {spl}  gives  {result}", if n == 0 { "\nExamples:\n" } else { "" });
    }
}
