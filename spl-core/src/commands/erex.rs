//! `erex`: a field extracted by a regular expression that is learnt from examples.

use super::prelude::*;
use crate::error::Span;
use crate::exec::map_field;
use crate::pattern::Pattern;

/// Characters around an example that are looked at.
const AROUND: usize = 24;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "erex",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "erex [<field>] examples=\"<string>,...\" [counterexamples=\"<string>,...\"] [fromfield=<field>] [maxtrainers=<int>]",
    summary: "Learns from examples what stands around the values wanted, extracts them and shows the regular expression.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"m\nport 22 open\nport 8080 open\nport 443 open\" | erex port examples=\"22,8080\" fromfield=m | table port",
        result: "port\n22\n8080\n443",
    }],
    parse: |args| {
        let examples = args.option("examples")?;
        let span = examples.span();
        let examples = examples.string()?.map(|text| list(&text)).unwrap_or_default();
        let counterexamples = args.option("counterexamples")?.string()?.map(|text| list(&text)).unwrap_or_default();
        let from = args.option("fromfield")?.string()?.unwrap_or_else(|| "_raw".to_owned());
        let trainers = args.option("maxtrainers")?.count()?.unwrap_or(100);
        let field = if args.is_empty() { None } else { Some(field_name(args.field()?.node)) };
        args.end()?;
        if examples.is_empty() {
            bail!(Syntax, args.here(), "erex needs examples=\"<string>,...\"");
        }
        let node = Node { field, examples, counterexamples, from, trainers, span: span.unwrap_or(args.span()) };
        Ok(Box::new(Erex(Arc::new(node))))
    },
};

/// Texts between commas, quotes around them removed.
fn list(text: &str) -> Vec<String> {
    text.split(',').map(|item| item.trim().trim_matches('"').to_owned()).filter(|item| !item.is_empty()).collect()
}

#[derive(Debug)]
struct Erex(Arc<Node>);

#[derive(Debug)]
struct Node {
    field: Option<FieldName>,
    examples: Vec<String>,
    counterexamples: Vec<String>,
    from: String,
    /// Rows that are learnt from.
    trainers: usize,
    span: Span,
}

impl Command for Erex {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("erex {}", self.examples.join(","))
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of([&self.from]))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let name = self.field.clone().unwrap_or_else(|| field_name("value"));
        let Some(source) = self.learn(&input, &name) else {
            bail!(Data, self.span, "erex finds none of its examples in `{}`", self.from);
        };
        let pattern = Pattern::compile(&source, self.span)?;
        let Some(group) = pattern.group_names().iter().position(|group| group.is_some()) else { return Ok(input) };
        cx.warn(format!("erex learnt the regular expression {source}"));
        let Some(field) = &self.field else { return Ok(input) };
        map_field(input, &self.from, std::slice::from_ref(field), cx, &|value, made| {
            let text = value.text();
            let mut groups = pattern.groups();
            if pattern.captures_at(&text, 0, &mut groups)?
                && let Some(found) = groups.get(group).map(|range| &text[range])
                && !self.counterexamples.iter().any(|counter| counter == found)
            {
                made.text(0, found);
            }
            Ok(())
        })
    }
}

impl Node {
    /// The regular expression that what stands around the examples amounts to.
    fn learn(&self, input: &Table, name: &str) -> Option<String> {
        let mut around: Option<(String, String)> = None;
        let mut at_start = true;
        let mut left = self.trainers;
        'rows: for batch in input.batches() {
            for row in 0..batch.rows() {
                let text = batch.get(&self.from, row);
                let text = text.text();
                let Some((at, example)) = self.examples.iter().find_map(|e| Some((whole_word(&text, e)?, e))) else {
                    continue;
                };
                let before: String = tail(&text[..at], AROUND);
                let after: String = text[at + example.len()..].chars().take(AROUND).collect();
                at_start &= at == 0;
                around = Some(match around {
                    None => (before, after),
                    Some((known_before, known_after)) => {
                        (common_end(&known_before, &before), common_start(&known_after, &after))
                    }
                });
                left -= 1;
                if left == 0 {
                    break 'rows;
                }
            }
        }
        let (before, after) = around?;
        let prefix = if at_start { "^".to_owned() } else { literal(&before) };
        let value = self.class(after.chars().next());
        let suffix: String = after.chars().take(1).map(|c| literal(&c.to_string())).collect();
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let name = if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name };
        Some(format!("{prefix}(?P<{name}>{value}){suffix}"))
    }

    /// What all examples are made of.
    fn class(&self, behind: Option<char>) -> String {
        let all = |test: fn(char) -> bool| self.examples.iter().all(|example| example.chars().all(test));
        if all(|c| c.is_ascii_digit()) {
            return r"\d+".to_owned();
        }
        if all(|c| c.is_ascii_digit() || c == '.') {
            return r"[\d.]+".to_owned();
        }
        if all(|c| c.is_ascii_alphabetic()) {
            return "[a-zA-Z]+".to_owned();
        }
        if all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return r"\w+".to_owned();
        }
        match behind.filter(|c| !self.examples.iter().any(|example| example.contains(*c))) {
            Some(c) if c.is_whitespace() => r"\S+".to_owned(),
            Some(c) => format!("[^{}]+", class_char(c)),
            None if all(|c| !c.is_whitespace()) => r"\S+".to_owned(),
            None => ".+".to_owned(),
        }
    }
}

/// Where the word stands in the text, not as a part of a longer one.
fn whole_word(text: &str, word: &str) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric();
    text.match_indices(word).map(|(at, _)| at).find(|&at| {
        let joined_before = word.starts_with(is_word) && text[..at].ends_with(is_word);
        let joined_after = word.ends_with(is_word) && text[at + word.len()..].starts_with(is_word);
        !joined_before && !joined_after
    })
}

fn tail(text: &str, most: usize) -> String {
    let skip = text.chars().count().saturating_sub(most);
    text.chars().skip(skip).collect()
}

fn common_end(a: &str, b: &str) -> String {
    let shared = a.chars().rev().zip(b.chars().rev()).take_while(|(x, y)| x == y).count();
    tail(a, shared)
}

fn common_start(a: &str, b: &str) -> String {
    a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x).collect()
}

/// Text as a pattern: runs of digits stand for any.
fn literal(text: &str) -> String {
    let mut pattern = String::new();
    let mut digits = false;
    for c in text.chars() {
        if c.is_ascii_digit() {
            if !digits {
                pattern.push_str(r"\d+");
            }
            digits = true;
            continue;
        }
        digits = false;
        match c {
            c if c.is_whitespace() => pattern.push_str(r"\s"),
            c if c.is_alphanumeric() || c == '_' || !c.is_ascii() => pattern.push(c),
            c => pattern.extend(['\\', c]),
        }
    }
    pattern
}

fn class_char(c: char) -> String {
    if matches!(c, ']' | '^' | '\\' | '-') { format!("\\{c}") } else { c.to_string() }
}
