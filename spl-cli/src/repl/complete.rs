//! What may stand where the cursor is: [`complete`] and [`hint`], functions of the text before it and of the names that are known.

use std::collections::BTreeSet;

use spl_core::commands::{COMMANDS, CommandSpec, find_command};
use spl_core::expr::FORMS;
use spl_core::syntax::{Mark, MarkKind, Open, marks};
use spl_core::{aggregates, functions};

use super::line;
use crate::args::Format;
use crate::catalogue::{options, title};

/// The names of this session.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) fields: BTreeSet<String>,
    /// Each with its number of arguments.
    pub(super) macros: BTreeSet<(String, usize)>,
    pub(super) lookups: BTreeSet<String>,
    pub(super) models: BTreeSet<String>,
}

/// Commands whose arguments are expressions, and those that take aggregates.
const EXPRESSIONS: &[&str] = &["eval", "where", "fieldformat", "foreach"];
const AGGREGATIONS: &[&str] =
    &["stats", "chart", "timechart", "eventstats", "streamstats", "tstats", "geostats", "transaction"];
/// Commands whose first argument is a lookup.
const LOOKUPS: &[&str] = &["lookup", "inputlookup", "outputlookup"];

/// Where the word at the end of the text begins, and what it may become.
pub(super) fn complete(before: &str, names: &Names) -> (usize, Vec<String>) {
    if let Some(command) = before.trim_start().strip_prefix(':') {
        return complete_command(before, command, names);
    }
    complete_search(before, names)
}

fn complete_command(before: &str, command: &str, names: &Names) -> (usize, Vec<String>) {
    let Some((name, rest)) = command.split_once(' ') else {
        let start = before.len() - command.len();
        return (start, matching(command, line::COMMANDS.iter().map(|known| format!("{} ", known.0))));
    };
    let start = before.len() - rest.len();
    match name {
        "format" => {
            let formats =
                <Format as clap::ValueEnum>::value_variants().iter().filter_map(clap::ValueEnum::to_possible_value);
            (start, matching(rest, formats.map(|format| format.get_name().to_owned())))
        }
        "time" | "wide" => (start, matching(rest, ["on", "off"].map(str::to_owned))),
        "fields" => (start, matching(rest, names.fields.iter().cloned())),
        "macros" => (start, matching(rest, names.macros.iter().map(|(name, _)| name.clone()))),
        "doc" => (start, matching(rest, documented().chain(names.macros.iter().map(|(name, _)| name.clone())))),
        "explain" => {
            let (at, found) = complete_search(rest, names);
            (start + at, found)
        }
        _ => (before.len(), Vec::new()),
    }
}

fn documented() -> impl Iterator<Item = String> {
    let evals = functions::all().map(|function| function.name).chain(FORMS.iter().map(|form| form.name));
    COMMANDS.iter().map(|spec| spec.name).chain(evals).map(str::to_owned).chain(aggregates::all().map(title))
}

fn complete_search(before: &str, names: &Names) -> (usize, Vec<String>) {
    let marks = marks(before);
    let mut past = &marks.all[..];
    // The word that is being written, unless a blank or an operator ends the text.
    let mut start = before.len();
    if let Some((last, rest)) = past.split_last()
        && last.span.range().end == before.len()
        && is_wordy(last.kind)
    {
        start = last.span.range().start;
        past = rest;
    }
    let typed = &before[start..];
    match marks.open {
        Some(Open::Macro) => return (start + 1, matching(&typed[1..], macros(names))),
        // A field's name between single quotes.
        Some(Open::Quote) if typed.starts_with('\'') => {
            return (start + 1, matching(&typed[1..], names.fields.iter().map(|field| format!("{field}'"))));
        }
        Some(Open::Quote | Open::Comment) => return (before.len(), Vec::new()),
        _ => {}
    }
    // A field's name may hold what are operators elsewhere: `process.name`.
    let (start, typed) = match past.iter().rev().take_while(|mark| glued(mark, before)).last() {
        Some(first) if start < before.len() && spans_field(&before[first.span.range().start..], names) => {
            (first.span.range().start, &before[first.span.range().start..])
        }
        _ => (start, typed),
    };
    (start, matching(typed, candidates(before, past, typed, names)))
}

fn is_wordy(kind: MarkKind) -> bool {
    !matches!(kind, MarkKind::Pipe | MarkKind::Operator | MarkKind::Bracket | MarkKind::Comment)
}

/// Whether no blank follows a part.
fn glued(mark: &Mark, text: &str) -> bool {
    let end = mark.span.range().end;
    text[end..].chars().next().is_some_and(|c| !c.is_whitespace())
        && !matches!(mark.kind, MarkKind::Bracket | MarkKind::Pipe)
}

fn spans_field(typed: &str, names: &Names) -> bool {
    names.fields.iter().any(|field| starts_with(field, typed))
}

fn candidates(before: &str, past: &[Mark], typed: &str, names: &Names) -> Vec<String> {
    let text = |mark: &Mark| &before[mark.span.range()];
    let place = Place::of(before, past);
    let behind = past.last();
    if behind.is_some_and(|mark| mark.kind == MarkKind::Pipe || (mark.kind == MarkKind::Bracket && text(mark) == "[")) {
        return COMMANDS.iter().map(|spec| format!("{} ", spec.name)).collect();
    }
    let in_call = place.calls.last().map(|name| name.to_ascii_lowercase());
    let is_search = place.command.is_none_or(|command| command == "search");
    let plain = || names.fields.iter().chain(&place.made).map(|field| quoted(field, '"'));
    let spec = place.command.and_then(find_command);
    match place.command {
        _ if is_search => {
            // What a field is compared with is not known.
            if behind.is_some_and(|mark| mark.kind == MarkKind::Operator) {
                return Vec::new();
            }
            let mut all: Vec<String> = plain().map(|field| format!("{field}=")).collect();
            all.extend(["index=", "source=", "sourcetype=", "host=", "earliest=", "latest="].map(str::to_owned));
            if !typed.is_empty() {
                all.extend(["AND ", "OR ", "NOT "].map(str::to_owned));
            }
            all.sort();
            all.dedup();
            all
        }
        Some(command) if LOOKUPS.contains(&command) && place.words == 0 => {
            names.lookups.iter().map(|name| format!("{name} ")).collect()
        }
        Some("datamodel" | "from") if place.words <= 1 => names.models.iter().cloned().collect(),
        Some("tstats") if behind.is_some_and(|mark| text(mark) == "=") => names.models.iter().cloned().collect(),
        Some(command)
            if EXPRESSIONS.contains(&command) || in_call.as_deref() == Some("eval") || place.calls.len() > 1 =>
        {
            expressions(names, &place.made)
        }
        Some(command) if AGGREGATIONS.contains(&command) && in_call.is_none() && !place.grouped => {
            let mut all: Vec<String> =
                aggregates::all().filter(|a| !a.numbered).map(|a| format!("{}(", a.name)).collect();
            all.extend(["count ", "by ", "as "].map(str::to_owned));
            all.extend(option_names(spec));
            all
        }
        _ if in_call.is_some() => plain().chain(["eval(".to_owned()]).collect(),
        _ => plain().chain(option_names(spec)).chain(["by ".to_owned()]).collect(),
    }
}

/// Functions and fields.
fn expressions(names: &Names, made: &BTreeSet<String>) -> Vec<String> {
    let calls = functions::all().map(|function| function.name).chain(FORMS.iter().map(|form| form.name));
    let fields = names.fields.iter().chain(made).map(|field| quoted(field, '\''));
    calls.map(|name| format!("{name}(")).chain(fields).collect()
}

fn option_names(spec: Option<&'static CommandSpec>) -> Vec<String> {
    spec.map(|spec| options(spec.syntax).into_iter().map(|option| format!("{option}=")).collect()).unwrap_or_default()
}

fn macros(names: &Names) -> impl Iterator<Item = String> {
    names.macros.iter().map(|(name, args)| if *args == 0 { format!("{name}`") } else { format!("{name}(") })
}

/// A field's name as it must be written: in expressions more characters mean something.
fn quoted(field: &str, quote: char) -> String {
    let allowed = |c: char| {
        c.is_alphanumeric() || matches!(c, '_' | ':' | '{' | '}') || (quote == '"' && matches!(c, '.' | '-' | '@'))
    };
    if field.chars().all(allowed) { field.to_owned() } else { format!("{quote}{field}{quote}") }
}

/// Where in a search the cursor stands.
struct Place<'t> {
    /// The command whose arguments these are; none in an implied `search`.
    command: Option<&'t str>,
    /// Arguments before.
    words: usize,
    /// Whether they stand behind BY.
    grouped: bool,
    /// Open calls, the innermost last.
    calls: Vec<&'t str>,
    /// Fields that the search has made before.
    made: BTreeSet<String>,
}

impl<'t> Place<'t> {
    fn of(before: &'t str, past: &[Mark]) -> Place<'t> {
        let text = |mark: &Mark| &before[mark.span.range()];
        let mut place = Place { command: None, words: 0, grouped: false, calls: Vec::new(), made: BTreeSet::new() };
        let mut outer: Vec<(Option<&'t str>, usize, bool)> = Vec::new();
        let mut last: Option<&Mark> = None;
        for mark in past {
            let word = text(mark);
            match mark.kind {
                MarkKind::Pipe => (place.command, place.words, place.grouped) = (None, 0, false),
                MarkKind::Command => (place.command, place.words, place.grouped) = (Some(word), 0, false),
                MarkKind::Bracket => match word {
                    "[" => {
                        outer.push((place.command, place.words, place.grouped));
                        (place.command, place.words, place.grouped) = (None, 0, false);
                    }
                    "]" => (place.command, place.words, place.grouped) = outer.pop().unwrap_or((None, 0, false)),
                    "(" => place.calls.push(last.filter(|mark| mark.kind == MarkKind::Function).map_or("", text)),
                    ")" => {
                        place.calls.pop();
                    }
                    _ => {}
                },
                MarkKind::Keyword if word.eq_ignore_ascii_case("by") => place.grouped = true,
                MarkKind::Key if place.command == Some("eval") && place.calls.is_empty() => {
                    place.made.insert(word.to_owned());
                }
                MarkKind::Word | MarkKind::Number | MarkKind::Text | MarkKind::Field => {
                    if last.is_some_and(|mark| mark.kind == MarkKind::Keyword && text(mark).eq_ignore_ascii_case("as"))
                    {
                        place.made.insert(word.trim_matches(['"', '\'']).to_owned());
                    }
                    place.words += 1;
                }
                _ => {}
            }
            last = Some(mark);
        }
        place
    }
}

/// Those that begin with what is typed, case not counting, sorted, each once.
fn matching(typed: &str, all: impl IntoIterator<Item = String>) -> Vec<String> {
    let typed = typed.trim_start_matches(['"', '\'']);
    let found: BTreeSet<String> =
        all.into_iter().filter(|name| starts_with(name.trim_start_matches(['"', '\'']), typed)).collect();
    found.into_iter().collect()
}

fn starts_with(name: &str, typed: &str) -> bool {
    name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed))
}

/// The syntax of the function or command that is being written, when nothing else is at the cursor.
pub(super) fn hint(before: &str) -> Option<&'static str> {
    let before = before.trim_start().strip_prefix(":explain").unwrap_or(before);
    if before.trim_start().starts_with(':') || !before.ends_with([' ', '(']) {
        return None;
    }
    let marks = marks(before);
    if matches!(marks.open, Some(Open::Quote | Open::Comment | Open::Macro | Open::Pipe)) {
        return None;
    }
    let place = Place::of(before, &marks.all);
    let call = place.calls.last().filter(|name| !name.is_empty());
    if let Some(name) = call {
        let form = FORMS.iter().find(|form| form.name.eq_ignore_ascii_case(name)).map(|form| form.syntax);
        let aggregate = || aggregates::find(name).map(|(aggregate, _)| aggregate.syntax);
        let eval = || functions::find(name).map(|function| function.syntax);
        let in_stats = place.calls.len() == 1 && place.command.is_some_and(|command| AGGREGATIONS.contains(&command));
        return if in_stats { aggregate().or(form).or_else(eval) } else { form.or_else(eval).or_else(aggregate) };
    }
    find_command(&place.command?.to_ascii_lowercase()).map(|spec| spec.syntax)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let texts = |all: &[&str]| all.iter().map(|&text| text.to_owned()).collect();
        Names {
            fields: texts(&["EventCode", "Image", "process.name", "user name"]),
            macros: [("sysmon".to_owned(), 0), ("ctime".to_owned(), 1)].into(),
            lookups: texts(&["assets.csv", "owners"]),
            models: texts(&["Endpoint"]),
        }
    }

    fn completed(before: &str) -> Vec<String> {
        let (start, found) = complete(before, &names());
        found.into_iter().map(|name| format!("{}{name}", &before[..start])).collect()
    }

    #[test]
    fn commands_follow_pipes_and_brackets() {
        assert_eq!(completed("a | tim"), ["a | timechart ", "a | timewrap "]);
        assert_eq!(completed("a|STRE"), ["a|streamstats "]);
        assert_eq!(completed("a [inputl"), ["a [inputlookup "]);
        assert!(completed("a | ").len() > 100);
        assert!(completed("a | stats count | whe").contains(&"a | stats count | where ".to_owned()));
    }

    #[test]
    fn searches_complete_fields() {
        assert_eq!(completed("event"), ["EventCode="]);
        assert_eq!(completed("x sourcet"), ["x sourcetype="]);
        assert_eq!(completed("Image=x EventCode="), Vec::<String>::new());
        assert_eq!(completed("a | search [search Ima"), ["a | search [search Image="]);
    }

    #[test]
    fn expressions_complete_functions_and_fields() {
        assert_eq!(completed("a | eval x=strft"), ["a | eval x=strftime("]);
        assert_eq!(completed("a | where coal"), ["a | where coalesce("]);
        assert_eq!(completed("a | eval x=if(Ima"), ["a | eval x=if(Image"]);
        assert_eq!(completed("a | eval x=user"), ["a | eval x='user name'"]);
        assert_eq!(completed("a | eval x='user"), ["a | eval x='user name'"]);
        assert_eq!(completed("a | eval total=1 | where tot"), ["a | eval total=1 | where total"]);
        assert_eq!(completed("a | stats count AS hits | where hi"), ["a | stats count AS hits | where hits"]);
    }

    #[test]
    fn statistics_complete_aggregates_then_fields() {
        assert_eq!(completed("a | stats dist"), ["a | stats distinct_count("]);
        assert_eq!(completed("a | stats cou"), ["a | stats count ", "a | stats count("]);
        assert_eq!(completed("a | stats dc(Ima"), ["a | stats dc(Image"]);
        assert_eq!(completed("a | stats count by Ev"), ["a | stats count by EventCode"]);
        assert_eq!(
            completed("a | stats count(eval(isnu"),
            ["a | stats count(eval(isnull(", "a | stats count(eval(isnum("]
        );
        assert_eq!(completed("a | table process.n"), ["a | table process.name"]);
        assert_eq!(completed("a | top limi"), ["a | top limit="]);
    }

    #[test]
    fn macros_lookups_and_models_have_their_places() {
        assert_eq!(completed("`sys"), ["`sysmon`"]);
        assert_eq!(completed("a | `ct"), ["a | `ctime("]);
        assert_eq!(completed("a | lookup ow"), ["a | lookup owners "]);
        assert_eq!(completed("| inputlookup "), ["| inputlookup assets.csv ", "| inputlookup owners "]);
        assert_eq!(completed("| tstats count from datamodel=En"), ["| tstats count from datamodel=Endpoint"]);
        assert_eq!(completed("a | lookup owners Ima"), ["a | lookup owners Image"]);
    }

    #[test]
    fn colon_commands_complete_themselves_and_what_follows() {
        assert_eq!(completed(":for"), [":format "]);
        assert_eq!(completed(":format nd"), [":format ndjson"]);
        assert_eq!(completed(":explain a | sta"), [":explain a | stats "]);
        assert_eq!(completed(":doc strpt"), [":doc strptime"]);
    }

    #[test]
    fn nothing_is_offered_inside_texts_and_comments() {
        for before in ["a | eval x=\"str", "a ```sta", "\"inde"] {
            assert_eq!(completed(before), Vec::<String>::new(), "{before}");
        }
        for before in ["ä `", "| eval 'ü", "(((", "]", "| x [", "\\", ":", ": ", "é=\"ä"] {
            complete(before, &names());
            hint(before);
        }
    }

    #[test]
    fn hints_are_the_syntax_of_what_is_written() {
        assert!(hint("a | head ").unwrap().starts_with("head "));
        assert!(hint("a | eval x=round(").unwrap().starts_with("round("));
        assert!(hint("a | stats max(").unwrap().starts_with("max(<value>)"));
        assert!(hint("a | dedup host [search x] ").unwrap().starts_with("dedup "));
        assert_eq!(hint("a | head 5 | "), None);
        assert_eq!(hint("a | hea"), None);
        assert_eq!(hint("plain words "), None);
    }
}
