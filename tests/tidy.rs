//! The rules of the layout, kept: the order of modules, the size of files, registries as data.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Longest file.
const LINES: usize = 600;

/// The modules of `spl-core`, each of which may import only those before it.
const ORDER: &[&str] = &[
    "error",
    "cores",
    "value",
    "json",
    "table",
    "time",
    "pattern",
    "xml",
    "syntax",
    "formats",
    "functions",
    "aggregates",
    "expr",
    "knowledge",
    "expand",
    "plan",
    "exec",
    "catalog",
    "optimize",
    "commands",
    "engine",
    "detection",
    "guide",
    "serialize",
];

/// Pairs that refer to each other by design: a column lends values and a value looks into columns; plan nodes are run with what `exec`
/// shares, command nodes with what the catalog holds, a plan's context finds commands by name, and the catalog may hold some of its own.
const MUTUAL: &[(&str, &str)] = &[
    ("value", "table"),
    ("knowledge", "plan"),
    ("plan", "exec"),
    ("plan", "catalog"),
    ("plan", "commands"),
    ("plan", "expand"),
    ("exec", "catalog"),
    ("catalog", "commands"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|n| n != "target") {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn files_are_small() {
    for crate_folder in ["spl-core", "spl-cli", "spl-mmap", "tests", "benches"] {
        for path in rust_files(&root().join(crate_folder)) {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(
                text.lines().count() <= LINES,
                "{} has {} lines, more than {LINES}",
                path.display(),
                text.lines().count()
            );
            assert!(text.starts_with("//!"), "{} does not begin by saying what it is for", path.display());
        }
    }
}

#[test]
fn imports_point_down() {
    let source = root().join("spl-core/src");
    for path in rust_files(&source) {
        let relative = path.strip_prefix(&source).unwrap();
        let module = relative.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned();
        if module == "lib" || module == "builtin" {
            continue;
        }
        let place = ORDER
            .iter()
            .position(|m| *m == module)
            .unwrap_or_else(|| panic!("module {module} has no place in the order"));
        let text = std::fs::read_to_string(&path).unwrap();
        for used in text.split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let Some(other) = ORDER.iter().position(|m| *m == used) else { continue };
            let allowed = other <= place || MUTUAL.contains(&(&module, &used));
            assert!(allowed, "{} imports `{used}`, which stands above `{module}`", relative.display());
        }
    }
}

#[test]
fn registries_are_data() {
    let commands = spl_core::commands::COMMANDS;
    let names: Vec<&str> = commands.iter().map(|c| c.name).collect();
    assert!(names.is_sorted(), "COMMANDS is not sorted");
    let mut all = BTreeSet::new();
    for command in commands {
        for name in std::iter::once(&command.name).chain(command.aliases) {
            assert!(all.insert(*name), "command `{name}` is registered twice");
        }
        assert!(
            !command.syntax.is_empty() && command.summary.ends_with('.'),
            "`{}` lacks syntax or summary",
            command.name
        );
    }
    let mut functions = BTreeSet::new();
    for function in spl_core::functions::all() {
        for name in std::iter::once(&function.name).chain(function.aliases) {
            assert!(functions.insert(*name), "function `{name}` is registered twice");
        }
        assert!(!function.examples.is_empty(), "function `{}` has no example", function.name);
    }
    let mut aggregates = BTreeSet::new();
    for aggregate in spl_core::aggregates::all() {
        for name in std::iter::once(&aggregate.name).chain(aggregate.aliases) {
            assert!(aggregates.insert(*name), "aggregate `{name}` is registered twice");
        }
    }
}

#[test]
fn command_examples_run() {
    let engine = spl_core::Engine::builder().build().unwrap();
    for command in spl_core::commands::COMMANDS {
        for example in command.examples {
            let results = engine
                .search(example.spl)
                .unwrap_or_else(|e| panic!("example of `{}`: {}\n{e}", command.name, example.spl));
            let got = spl_tests::cells::print(results.shown()).join("\n");
            assert!(
                spl_tests::run::agree(example.result, &got),
                "example of `{}`: {}\n--- wanted\n{}\n--- got\n{got}",
                command.name,
                example.spl,
                example.result
            );
        }
    }
}

#[test]
fn function_examples_run() {
    let engine = spl_core::Engine::builder().now(1_700_000_000.0).build().unwrap();
    let functions = spl_core::functions::all().map(|function| (function.name, function.examples));
    let forms = spl_core::expr::FORMS.iter().map(|form| (form.name, form.examples));
    for (name, examples) in functions.chain(forms) {
        for (expression, result) in examples {
            let assigned = if expression.starts_with("x=") { "" } else { "x=" };
            let spl = format!("| makeresults | eval {assigned}{expression} | table x");
            let results = engine.search(&spl).unwrap_or_else(|e| panic!("example of `{name}`: {expression}\n{e}"));
            let value = results.table.batches()[0].get("x", 0).to_value();
            let text = match &value {
                spl_core::value::Value::Null => "null".to_owned(),
                spl_core::value::Value::Multi(parts) => {
                    parts.iter().map(|p| p.text().into_owned()).collect::<Vec<_>>().join("; ")
                }
                single => single.text().into_owned(),
            };
            assert_eq!(&text, result, "example of `{name}`: {expression}");
        }
    }
}

#[test]
fn leaves_have_golden_files() {
    let golden = root().join("tests/golden");
    for command in spl_core::commands::COMMANDS {
        let path = golden.join("commands").join(command.name).with_extension("test");
        assert!(path.exists(), "command `{}` has no golden file", command.name);
    }
}
