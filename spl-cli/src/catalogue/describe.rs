//! One entry of a registry as text: what it is, syntax, examples with results, and where Splunk describes it.

use std::fmt::Write;

use spl_core::aggregates::Aggregate;
use spl_core::commands::CommandSpec;
use spl_core::expr::Form;
use spl_core::functions::{self, Function};
use spl_core::knowledge::Macro;

use crate::stages::kind_name;

/// Columns of running text.
const WIDTH: usize = 100;

/// Commands that have no page in Splunk's Search Reference.
const NO_PAGE: &[&str] = &["bucketdir", "datamodelsimple", "multireport", "surrounding", "xmlunescape"];

/// An entry's head: what all of them have.
fn head(name: &str, what: &str, syntax: &str, summary: &str, aliases: &[&str]) -> String {
    let mut text = format!("{name} ({what})\n  {summary}\n\nSyntax:\n  {}\n", syntax.replace('\n', "\n  "));
    if !aliases.is_empty() {
        // Writing to a string does not fail.
        let _ = writeln!(text, "\nAlso called: {}", aliases.join(", "));
    }
    text
}

pub(super) fn command(spec: &CommandSpec) -> String {
    let mut text =
        head(spec.name, &format!("{} command", kind_name(spec.kind)), spec.syntax, spec.summary, spec.aliases);
    let options = options(spec.syntax);
    if !options.is_empty() {
        let _ = writeln!(text, "\nOptions:\n{}", wrapped(options.into_iter()).trim_end());
    }
    for (n, example) in spec.examples.iter().enumerate() {
        let title = if n == 0 { "\nExamples:\n" } else { "\n" };
        let _ = writeln!(text, "{title}  {}\n    {}", example.spl, example.result.trim().replace('\n', "\n    "));
    }
    if !NO_PAGE.contains(&spec.name) {
        let mut page = spec.name.to_owned();
        page[..1].make_ascii_uppercase();
        let _ = writeln!(
            text,
            "\nDocumented by Splunk:\n  https://docs.splunk.com/Documentation/Splunk/latest/SearchReference/{page}"
        );
    }
    text
}

/// The names before equals signs in a syntax.
pub(crate) fn options(syntax: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in syntax.match_indices('=') {
        let before = &syntax[..at];
        let name = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(before, |end| {
            let step = before[end..].chars().next().map_or(1, char::len_utf8);
            &before[end + step..]
        });
        let is_value = before.trim_end_matches(name).ends_with('<');
        if !name.is_empty() && !is_value && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

pub(super) fn function(function: &Function) -> String {
    let mut text =
        head(function.name, "function of eval and where", function.syntax, function.summary, function.aliases);
    examples(&mut text, function.examples);
    let family = functions::families().find(|(_, members)| members.iter().any(|member| std::ptr::eq(member, function)));
    if let Some((family, _)) = family {
        documented(&mut text, family);
    }
    text
}

pub(super) fn form(form: &Form) -> String {
    let mut text = head(form.name, "function of eval and where", form.syntax, form.summary, &[]);
    examples(&mut text, form.examples);
    documented(&mut text, form.family);
    text
}

pub(super) fn aggregate(aggregate: &Aggregate) -> String {
    let mut text =
        head(&title(aggregate), "aggregate of stats", aggregate.syntax, aggregate.summary, aggregate.aliases);
    examples(&mut text, aggregate.examples);
    documented(&mut text, "Statistical and charting functions");
    text
}

/// An aggregate's name; `perc<N>` for a family.
pub(crate) fn title(aggregate: &Aggregate) -> String {
    if aggregate.numbered { format!("{}<N>", aggregate.name) } else { aggregate.name.to_owned() }
}

/// The chapter of Splunk's Search Reference: its title, since addresses change.
fn documented(out: &mut String, chapter: &str) {
    let _ = writeln!(out, "\nDocumented by Splunk:\n  Search Reference, {chapter}");
}

fn examples(out: &mut String, examples: &[(&str, &str)]) {
    for (n, (spl, result)) in examples.iter().enumerate() {
        let _ = writeln!(out, "{}  {spl}  gives  {result}", if n == 0 { "\nExamples:\n" } else { "" });
    }
}

pub(super) fn a_macro(shown: &Macro) -> String {
    let mut text = format!("{} (macro)\n", shown.title());
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

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Names as running text, indented.
pub(super) fn wrapped<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let (mut text, mut column) = (String::new(), WIDTH);
    for name in names {
        let width = name.chars().count();
        if column + 2 + width > WIDTH {
            text.push_str(if text.is_empty() { "  " } else { ",\n  " });
            column = 2;
        } else {
            text.push_str(", ");
            column += 2;
        }
        text.push_str(name);
        column += width;
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_the_names_before_equals_signs() {
        assert_eq!(
            options("dedup [<int>] <fields> [keepevents=<bool>] [span=<int>] [keepevents=t]"),
            ["keepevents", "span"]
        );
        assert_eq!(options("eval <field>=<expression>"), Vec::<&str>::new());
    }

    #[test]
    fn names_are_wrapped() {
        let text = wrapped(["a", "b"].into_iter());
        assert_eq!(text, "  a, b\n");
        let long = "x".repeat(60);
        assert_eq!(wrapped([&*long, &*long].into_iter()), format!("  {long},\n  {long}\n"));
    }
}
