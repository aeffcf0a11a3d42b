//! Published searches must parse, print back to the same tree, and read on as search and eval expressions.
//!
//! The searches are not part of the repository: `SPL_SHARED` names the folder that holds them (`escu/`, `corpus/`). Without it the
//! tests say so and pass.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use spl_core::error::{ErrorKind, Result};
use spl_core::expand::{Expanded, expand, explain};
use spl_core::knowledge::{Macro, Macros};
use spl_core::syntax::ast::{Expr, Pipeline, Stage, StageKind, Token, TokenKind};
use spl_core::syntax::{Args, parse, parse_expr, parse_search_expr, print, print_expr, print_search_expr};
use spl_tests::tree::bare;

/// Searches that are not SPL, by a part of their name, with the author's mistake.
const MISTAKES: &[(&str, &str)] = &[
    ("usecases fae3862117d1f99c", "a comparison in backquotes, as if it were a macro"),
    ("usecases e77699818a43e404", "double quotes with a backslash before them, copied from JSON"),
];

fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("SPL_SHARED").map(PathBuf::from).filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("skipped: SPL_SHARED names no folder of searches");
    }
    folder
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
    found.sort();
}

#[derive(serde::Deserialize)]
struct Content {
    #[serde(default)]
    name: String,
    #[serde(default)]
    search: Option<String>,
    #[serde(default)]
    drilldown_searches: Vec<Drilldown>,
}

#[derive(serde::Deserialize)]
struct Drilldown {
    #[serde(default)]
    search: String,
}

/// Name and text of every search.
fn searches(shared: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for kind in ["detections", "baselines", "investigations"] {
        let mut paths = Vec::new();
        files(&shared.join("escu").join(kind), "yml", &mut paths);
        for path in paths {
            let text = fs::read_to_string(&path).unwrap();
            let content: Content =
                serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let drilldowns = content.drilldown_searches.into_iter().map(|drilldown| drilldown.search);
            all.extend(content.search.into_iter().chain(drilldowns).map(|text| (content.name.clone(), text)));
        }
    }
    let mut paths = Vec::new();
    files(&shared.join("corpus"), "jsonl", &mut paths);
    for path in paths {
        for line in fs::read_to_string(&path).unwrap().lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
            all.push((format!("{} {}", path.file_stem().unwrap().display(), text("id")), text("spl")));
        }
    }
    all
}

#[derive(Default)]
struct Tally {
    counts: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
}

impl Tally {
    fn check<T>(&mut self, what: &'static str, name: &str, result: Result<T>) -> Option<T> {
        *self.counts.entry(what).or_default() += 1;
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.fail(what, name, &error.to_string());
                None
            }
        }
    }

    fn fail(&mut self, what: &str, name: &str, error: &str) {
        if !MISTAKES.iter().any(|(known, _)| name.contains(known)) {
            self.failures.push(format!("{what}: {name}: {error}"));
        }
    }

    fn report(self) {
        println!("{:?}", self.counts);
        for failure in &self.failures {
            println!("{failure}\n");
        }
        assert!(self.failures.is_empty(), "{} failures", self.failures.len());
    }
}

/// The stage's arguments read on as the command's own language, and printed back.
fn check_stage(tally: &mut Tally, name: &str, text: &str, stage: &Stage) {
    let StageKind::Command { args: tokens, .. } = &stage.kind else { return };
    let Some(mut args) = Args::of(stage) else { return };
    let located = |result: Result<()>| result.map_err(|error| Box::new(error.in_text(text)));
    match args.command() {
        "search" => {
            let result = args.search_expr(&[]).and_then(|expr| args.end().map(|()| expr)).and_then(|expr| {
                let printed = print_search_expr(&expr);
                assert_eq!(bare(&expr), bare(&parse_search_expr(&printed)?), "{printed}");
                Ok(())
            });
            tally.check("search", name, located(result));
        }
        "where" => {
            let result = args.expr().and_then(|expr| end(&mut args).map(|()| expr)).and_then(|expr| {
                let printed = print_expr(&expr);
                assert_eq!(bare(&expr), bare(&parse_expr(&printed)?), "{printed}");
                Ok(())
            });
            tally.check("where", name, located(result));
        }
        "eval" => {
            let result = eval(&mut args);
            tally.check("eval", name, located(result));
        }
        _ => {}
    }
    for token in tokens {
        if let TokenKind::Subsearch(pipeline) = &token.kind {
            check_stages(tally, name, text, pipeline);
        }
    }
}

fn eval(args: &mut Args) -> Result<()> {
    loop {
        let (_, expr) = args.assignment()?;
        let printed = print_expr(&expr);
        assert_eq!(bare(&expr), bare(&parse_expr(&printed)?), "{printed}");
        if !args.punct(",") {
            return end(args);
        }
    }
}

/// The end, or a macro that holds the stages to come.
fn end(args: &mut Args) -> Result<()> {
    while matches!(args.peek(), Some(Token { kind: TokenKind::Macro(_), .. })) {
        args.token();
    }
    args.end()
}

fn check_stages(tally: &mut Tally, name: &str, text: &str, pipeline: &Pipeline) {
    for stage in &pipeline.stages {
        check_stage(tally, name, text, stage);
    }
}

#[test]
fn every_published_search_parses() {
    let Some(shared) = shared() else { return };
    let mut tally = Tally::default();
    for (name, text) in searches(&shared) {
        let Some(pipeline) = tally.check("parse", &name, parse(&text)) else { continue };
        let printed = print(&pipeline);
        match parse(&printed) {
            Ok(again) if bare(&again) == bare(&pipeline) => {}
            Ok(again) => tally.fail("print", &name, &format!("{printed}\n{}", print(&again))),
            Err(error) => tally.fail("print", &name, &error.to_string()),
        }
        check_stages(&mut tally, &name, &text, &pipeline);
    }
    tally.report();
}

/// Stand-ins for the macros of other products that the content calls.
fn foreign() -> [Macro; 4] {
    [
        Macro::new("cim_corporate_web_domain_search", &["field"], "$field$=example.com"),
        Macro::new("drop_dm_object_name", &["object"], "rename $object$.* as *"),
        Macro::new("get_asset", &["field"], "eval $field$_asset=$field$"),
        Macro::new("notable", &[], "search *"),
    ]
}

fn macros(shared: &Path) -> Macros {
    let mut macros = Macros::default();
    let mut paths = Vec::new();
    files(&shared.join("escu/macros"), "yml", &mut paths);
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let read = Macros::from_yaml(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        macros.extend(read.with_origin(&path.file_name().unwrap().to_string_lossy()));
    }
    macros
}

/// The name of the macro that a detection's search ends with.
fn filter_name(detection: &str) -> String {
    let name: String = detection.chars().map(|c| if matches!(c, ' ' | '-' | '.' | '/') { '_' } else { c }).collect();
    name.replace(['(', ')'], "_").to_lowercase() + "_filter"
}

#[test]
fn every_published_detection_expands() {
    let Some(shared) = shared() else { return };
    let mut tally = Tally::default();
    let macros = macros(&shared);
    let mut missing = 0;
    let mut paths = Vec::new();
    files(&shared.join("escu/detections"), "yml", &mut paths);
    for path in paths {
        let content: Content = serde_saphyr::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let Some(text) = content.search else { continue };
        let evaluate = |_: &Expr, _: &[(String, String)]| unreachable!("no macro here is evaluated");
        let mut macros = macros.clone();
        macros.insert(Macro::new(filter_name(&content.name), &[], "search *"));
        if let Err(error) = expand(&text, &macros, &evaluate) {
            assert_eq!(error.kind, ErrorKind::Macro);
            assert!(foreign().iter().any(|known| error.message.ends_with(&format!("`{}`", known.name))), "{error}");
            missing += 1;
        }
        foreign().into_iter().for_each(|known| macros.insert(known));
        let Some(Expanded { text, map }) = tally.check("expand", &content.name, expand(&text, &macros, &evaluate))
        else {
            continue;
        };
        let parsed = parse(&text).map_err(|error| explain(error, &map));
        if let Some(pipeline) = tally.check("parse", &content.name, parsed) {
            check_stages(&mut tally, &content.name, &text, &pipeline);
        }
    }
    println!("{} macros; {missing} detections call macros of other products", macros.len());
    tally.report();
}
