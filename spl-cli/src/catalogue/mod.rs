//! What the engine knows, as text: `spl doc` for any name, and `spl commands`, `spl functions`, `spl macros` for one sort of names. All of it
//! comes from the registries by which searches are read.

mod describe;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use indexmap::IndexMap;
use spl_core::Engine;
use spl_core::aggregates;
use spl_core::commands::{COMMANDS, CommandSpec, find_command};
use spl_core::error::{Diagnostic, ErrorKind, did_you_mean};
use spl_core::expr::FORMS;
use spl_core::formats::FORMATS;
use spl_core::functions;

use crate::args::{CommandsArgs, DocArgs, FunctionsArgs, MacrosArgs, ResourceArgs};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::highlight;
use crate::job::Job;
use crate::output;
use crate::stages::kind_name;

pub(crate) use describe::{options, title};

pub(crate) fn commands(args: &CommandsArgs, console: Console) -> Result<Exit, Failure> {
    let text = match &args.name {
        None => list(COMMANDS.iter().map(|spec| (spec.name.to_owned(), spec.summary))),
        Some(name) => match command(name) {
            Some(spec) => describe::command(spec),
            None => return Err(unknown("command", name, COMMANDS.iter().map(|spec| spec.name))),
        },
    };
    show(&text, console)
}

pub(crate) fn functions(args: &FunctionsArgs, console: Console) -> Result<Exit, Failure> {
    let Some(name) = &args.name else {
        let mut evals: Vec<_> = functions::all().map(|f| (f.name.to_owned(), f.summary)).collect();
        evals.extend(FORMS.iter().map(|form| (form.name.to_owned(), form.summary)));
        let mut aggregates: Vec<_> = aggregates::all().map(|a| (title(a), a.summary)).collect();
        evals.sort();
        aggregates.sort();
        return show(
            &format!("Functions of eval and where:\n{}\nAggregates of stats:\n{}", list(evals), list(aggregates)),
            console,
        );
    };
    let parts = function(name);
    if parts.is_empty() {
        return Err(unknown("function", name, function_names()));
    }
    show(&parts.join("\n"), console)
}

pub(crate) fn formats(console: Console) -> Result<Exit, Failure> {
    let mut text = String::new();
    for format in FORMATS {
        let extensions: Vec<String> = format.extensions.iter().map(|extension| format!(".{extension}")).collect();
        let names = if extensions.is_empty() { String::new() } else { format!("; files {}", extensions.join(", ")) };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{:<8}  {}\n          {}{names}", format.name, format.summary, format.signs);
    }
    text.push_str(
        "\nContent comes first, then the file's name. Each may be packed: .gz, .zst, .zip; text may be UTF-16.\n\
         Of an archive, ARCHIVE.zip!PATTERN reads the files whose names match: --data 'logs.zip!*.evtx'.\n",
    );
    show(&text, console)
}

pub(crate) fn macros(args: &MacrosArgs, console: Console) -> Result<Exit, Failure> {
    let job = Job::start(&args.time, &ResourceArgs::default(), console)?;
    let engine = job.engine(&args.knowledge)?;
    let text = match &args.name {
        None => macro_list(&engine),
        Some(name) => match named_macros(&engine, name) {
            parts if parts.is_empty() => return Err(unknown("macro", name, engine.catalog().macros().names())),
            parts => parts.join("\n"),
        },
    };
    show(&text, console)
}

pub(crate) fn doc(args: &DocArgs, console: Console) -> Result<Exit, Failure> {
    let job = Job::start(&args.time, &ResourceArgs::default(), console)?;
    let engine = job.engine(&args.knowledge)?;
    match &args.name {
        None => show(&families(&engine), console),
        Some(name) => show(&document(name, &engine)?, console),
    }
}

/// All that is called `name`: commands, functions, aggregates and macros; or the members of the family of that name.
pub(crate) fn document(name: &str, engine: &Engine) -> Result<String, Failure> {
    let name = name.trim();
    let mut parts: Vec<String> = Vec::new();
    if !name.starts_with('`') {
        parts.extend(command(name).map(describe::command));
        parts.extend(function(name.trim_end_matches("()")));
    }
    parts.extend(named_macros(engine, name));
    if parts.is_empty() {
        parts.extend(family(name));
    }
    if parts.is_empty() {
        let macros = engine.catalog().macros();
        let commands = COMMANDS.iter().map(|spec| spec.name);
        let known: Vec<&str> = commands.chain(function_names()).chain(macros.names()).collect();
        return Err(unknown("command, function or macro", name, known));
    }
    Ok(parts.join("\n"))
}

/// The macros with what they stand for.
pub(crate) fn macro_list(engine: &Engine) -> String {
    let mut rows: Vec<_> =
        engine.catalog().macros().iter().map(|m| (m.title(), describe::one_line(&m.definition))).collect();
    rows.sort();
    list(rows.iter().map(|(title, definition)| (title.clone(), &**definition)))
}

fn show(text: &str, console: Console) -> Result<Exit, Failure> {
    let painted = if console.results_color() { highlight::document(text) } else { text.to_owned() };
    output::write_text(&painted)?;
    Ok(Exit::Done)
}

fn command(name: &str) -> Option<&'static CommandSpec> {
    find_command(&name.to_ascii_lowercase())
}

/// Some names are both: `max(a, b)` of eval and `max(field)` of stats.
fn function(name: &str) -> Vec<String> {
    let form = FORMS.iter().find(|form| form.name.eq_ignore_ascii_case(name)).map(describe::form);
    let eval = functions::find(name).map(describe::function);
    let aggregate = aggregates::find(name).map(|(aggregate, _)| describe::aggregate(aggregate));
    form.into_iter().chain(eval).chain(aggregate).collect()
}

fn function_names<'a>() -> impl Iterator<Item = &'a str> {
    let evals = functions::all().map(|f| f.name).chain(FORMS.iter().map(|form| form.name));
    evals.chain(aggregates::all().map(|a| a.name))
}

fn named_macros(engine: &Engine, name: &str) -> Vec<String> {
    let name = name.trim_matches('`');
    engine.catalog().macros().named(name.split('(').next().unwrap_or(name)).map(describe::a_macro).collect()
}

/// The families: kinds of commands, of functions and of aggregates, with the names of their members.
fn members() -> IndexMap<String, BTreeSet<String>> {
    let mut families: IndexMap<String, BTreeSet<String>> = IndexMap::new();
    for spec in COMMANDS {
        let family = format!("{} commands", kind_name(spec.kind));
        families.entry(capital(&family)).or_default().insert(spec.name.to_owned());
    }
    families.sort_keys();
    for (family, functions) in functions::families() {
        let names = functions.iter().map(|function| function.name.to_owned());
        families.entry(family.to_owned()).or_default().extend(names);
    }
    for form in FORMS {
        families.entry(form.family.to_owned()).or_default().insert(form.name.to_owned());
    }
    families.insert("Aggregates of stats, chart and timechart".to_owned(), aggregates::all().map(title).collect());
    families
}

fn families(engine: &Engine) -> String {
    let mut text = String::new();
    for (family, names) in members() {
        text.push_str(&format!("{family}:\n{}\n", describe::wrapped(names.iter().map(String::as_str))));
    }
    let macros = engine.catalog().macros().len();
    text.push_str(&format!(
        "Macros:\n  {macros}, listed by `spl macros`\n\nMore:\n  spl doc NAME, of any of these or of a family\n"
    ));
    text
}

/// The members of a family whose name begins so, with their summaries.
fn family(name: &str) -> Option<String> {
    let wanted = name.to_lowercase();
    let (family, names) =
        members().into_iter().find(|(family, _)| wanted.len() > 2 && family.to_lowercase().starts_with(&wanted))?;
    let is_commands = family.ends_with(" commands");
    let rows = names.into_iter().map(|name| {
        let bare = name.trim_end_matches("<N>");
        let form = FORMS.iter().find(|form| form.name == bare).map(|form| form.summary);
        let summary = match is_commands {
            true => find_command(bare).map(|spec| spec.summary),
            false if family.starts_with("Aggregates") => aggregates::all().find(|a| a.name == bare).map(|a| a.summary),
            false => form.or_else(|| functions::find(bare).map(|function| function.summary)),
        };
        (name, summary.unwrap_or_default())
    });
    Some(format!("{family}:\n{}", list(rows)))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
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
