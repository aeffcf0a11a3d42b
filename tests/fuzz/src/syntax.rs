//! Any text as a search: it is expanded and parsed or refused at a place within it, and what was parsed prints back.

use std::sync::LazyLock;

use spl_core::Engine;
use spl_core::error::{Diagnostic, Span};
use spl_core::expand::expand;
use spl_core::knowledge::{Conf, Macro, Macros};
use spl_core::syntax::ast::{Pipeline, Stage, StageKind, TokenKind};
use spl_core::syntax::{Args, parse, parse_expr, parse_search_expr, print, print_expr, print_search_expr};
use spl_core::value::Value;

use crate::tree::bare;
use crate::words::{SEARCH, spell};

static MACROS: LazyLock<Macros> = LazyLock::new(|| {
    let macros = "[m]\ndefinition = a | b \"`m`\" ```c```\n[n(2)]\nargs = x, y\ndefinition = $x$=\"$y$\" `p($y$)` $\n\
        [p(1)]\nargs = f\ndefinition = $f$=* [search $f$=1]\n[e(1)]\nargs = n\niseval = true\ndefinition = \"x=\" . $n$\n\
        [v(1)]\nargs = n\nvalidation = isnum(n)\nerrormsg = no number\ndefinition = b=$n$\n[loop]\ndefinition = `loop`\n";
    Macros::from_conf(macros).expect("macros")
});

/// An engine with the macros.
pub fn engine() -> spl_core::EngineBuilder {
    Engine::builder().macros(MACROS.clone()).threads(1).now(1_714_557_600.0)
}

/// Expands, parses, prints and parses again.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(&spell(data, &SEARCH)).into_owned();
    let _ = Conf::parse(&text);
    let mut macros = MACROS.clone();
    macros.insert(Macro::new("own", &["a"], text.as_str()));
    for text in [text.as_str(), "`own(x)`"] {
        match expand(text, &macros, &|_, _| Ok(Value::str("y"))) {
            Ok(expanded) => {
                for (at, c) in expanded.text.char_indices() {
                    let origin = expanded.map.locate(Span::new(at, at + c.len_utf8()));
                    assert!(origin.text.get(origin.span.start as usize..origin.span.end as usize).is_some());
                }
                prints_back(&expanded.text);
            }
            Err(error) => told(&error),
        }
    }
    prints_back(&text);
    expressions(&text);
}

fn told(error: &Diagnostic) {
    assert!(!error.to_string().is_empty());
}

fn prints_back(text: &str) {
    match parse(text) {
        Ok(pipeline) => {
            within(pipeline.span, text);
            let printed = print(&pipeline);
            let again = parse(&printed).unwrap_or_else(|error| panic!("{text:?} prints as {printed:?}: {error}"));
            assert_eq!(bare(&again), bare(&pipeline), "{text:?} prints as {printed:?}");
            arguments(&pipeline, text);
        }
        Err(error) => told(&error),
    }
}

fn within(span: Span, text: &str) {
    assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} of {text:?}");
}

/// The arguments of every stage as both kinds of expression, which print back, too.
fn arguments(pipeline: &Pipeline, text: &str) {
    for stage in &pipeline.stages {
        within(stage.span, text);
        if let StageKind::Command { args, .. } = &stage.kind {
            for token in args {
                within(token.span, text);
                if let TokenKind::Subsearch(inner) = &token.kind {
                    arguments(inner, text);
                }
            }
        }
        each_kind(stage);
    }
}

fn each_kind(stage: &Stage) {
    let Some(mut args) = Args::of(stage) else { return };
    match args.search_expr(&[]) {
        Ok(expr) => {
            let printed = print_search_expr(&expr);
            let again = parse_search_expr(&printed).unwrap_or_else(|error| panic!("search {printed:?}: {error}"));
            assert_eq!(bare(&again), bare(&expr), "search {printed:?}");
        }
        Err(error) => told(&error),
    }
    let Some(mut args) = Args::of(stage) else { return };
    let assigned = args.assignment().map(|(_, expr)| expr).or_else(|_| args.expr());
    match assigned {
        Ok(expr) => {
            let printed = print_expr(&expr);
            let again = parse_expr(&printed).unwrap_or_else(|error| panic!("eval {printed:?}: {error}"));
            assert_eq!(bare(&again), bare(&expr), "eval {printed:?}");
        }
        Err(error) => told(&error),
    }
}

fn expressions(text: &str) {
    match parse_expr(text) {
        Ok(expr) => {
            let printed = print_expr(&expr);
            let again = parse_expr(&printed).unwrap_or_else(|error| panic!("{text:?} prints as {printed:?}: {error}"));
            assert_eq!(bare(&again), bare(&expr), "{text:?} prints as {printed:?}");
        }
        Err(error) => told(&error),
    }
    match parse_search_expr(text) {
        Ok(expr) => {
            let printed = print_search_expr(&expr);
            let again =
                parse_search_expr(&printed).unwrap_or_else(|error| panic!("{text:?} prints as {printed:?}: {error}"));
            assert_eq!(bare(&again), bare(&expr), "{text:?} prints as {printed:?}");
        }
        Err(error) => told(&error),
    }
}
