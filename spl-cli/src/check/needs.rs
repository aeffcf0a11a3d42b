//! What a search refers to by name, read off its syntax tree, so that all of it is known and not only what planning meets first.

use indexmap::IndexSet;
use spl_core::commands::find_command;
use spl_core::error::ErrorKind;
use spl_core::syntax::Args;
use spl_core::syntax::ast::{Pipeline, Stage, StageKind, Token, TokenKind};

/// Names in the order in which they were met, each once.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Commands that the engine does not have or does not run.
    pub(super) unsupported: IndexSet<String>,
    /// Tables that are read.
    pub(super) lookups: IndexSet<String>,
    /// Data models, perhaps with a dataset: `Model.Dataset`.
    pub(super) data_models: IndexSet<String>,
}

impl Needs {
    pub(super) fn of(pipeline: &Pipeline) -> Self {
        let mut needs = Needs::default();
        needs.add(pipeline);
        needs
    }

    fn add(&mut self, pipeline: &Pipeline) {
        for stage in &pipeline.stages {
            let StageKind::Command { name, args } = &stage.kind else { continue };
            // A macro in the place of a command's name is no command.
            if !name.node.starts_with('`') && !is_run(&name.node, stage) {
                self.unsupported.insert(name.node.clone());
            }
            match &*name.node {
                "lookup" | "inputlookup" | "inputcsv" => self.lookups.extend(first_name(args)),
                "datamodel" | "pivot" => self.data_models.extend(first_name(args)),
                "from" => self.add_from(args),
                _ => {}
            }
            for (at, token) in args.iter().enumerate() {
                match &token.kind {
                    TokenKind::Subsearch(inner) => self.add(inner),
                    TokenKind::Word(word)
                        if word.eq_ignore_ascii_case("datamodel") && is_punct(args.get(at + 1), "=") =>
                    {
                        self.data_models.extend(args.get(at + 2).and_then(name_of));
                    }
                    _ => {}
                }
            }
        }
    }

    /// `from kind:name` or `from kind:"name"`.
    fn add_from(&mut self, args: &[Token]) {
        let Some(TokenKind::Word(word)) = args.first().map(|token| &token.kind) else { return };
        let Some((kind, name)) = word.split_once(':') else { return };
        let name = if name.is_empty() { args.get(1).and_then(name_of) } else { Some(name.to_owned()) };
        match &*kind.to_ascii_lowercase() {
            "datamodel" => self.data_models.extend(name),
            "lookup" | "inputlookup" | "inputcsv" => self.lookups.extend(name),
            _ => {}
        }
    }
}

/// Whether the engine has the command and runs it with these arguments, as far as they are right.
fn is_run(name: &str, stage: &Stage) -> bool {
    find_command(name).is_some_and(|spec| {
        let parsed = Args::of(stage).map(|mut args| (spec.parse)(&mut args));
        !matches!(parsed, Some(Err(error)) if error.kind == ErrorKind::Unsupported)
    })
}

/// The first argument that is no option.
fn first_name(args: &[Token]) -> Option<String> {
    let mut at = 0;
    while is_punct(args.get(at + 1), "=") {
        at += 3;
    }
    args.get(at).and_then(name_of)
}

fn name_of(token: &Token) -> Option<String> {
    match &token.kind {
        TokenKind::Word(name) | TokenKind::SingleQuoted(name) | TokenKind::Quoted { text: name, .. } => {
            Some(name.clone())
        }
        _ => None,
    }
}

fn is_punct(token: Option<&Token>, punct: &str) -> bool {
    matches!(token.map(|token| &token.kind), Some(TokenKind::Punct(p)) if p == punct)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_wherever_they_stand() {
        let text = "| tstats count from datamodel=A.B where nodename=B by B.c | lookup local=true \"t 1\" f OUTPUT g \
                    | append [| inputlookup append=t u.csv | nosuch] | join x [| from datamodel:\"C.D\" | lookup v x] | datamodel E F search";
        let needs = Needs::of(&spl_core::syntax::parse(text).unwrap());
        let names = |set: &IndexSet<String>| set.iter().cloned().collect::<Vec<_>>();
        assert_eq!(names(&needs.lookups), ["t 1", "u.csv", "v"]);
        assert_eq!(names(&needs.data_models), ["A.B", "C.D", "E"]);
        assert!(needs.unsupported.contains("nosuch") && !needs.unsupported.contains("append"));
    }
}
