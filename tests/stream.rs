//! Searches give the same over events that come in chunks as over events that are all there: every golden case, in chunks of a few rows.
//!
//! `cargo test -p spl-tests --test stream [filter]` runs them.

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use spl_tests::case::{Case, File};
use spl_tests::run;

fn main() {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let mut trials = Vec::new();
    for path in paths {
        let name = path.strip_prefix(&root).unwrap_or(&path).with_extension("").display().to_string();
        // What is wrong with a file is said by the golden tests.
        let Ok(Ok(file)) = std::fs::read_to_string(&path).map(|text| File::parse(&text)) else { continue };
        for index in 0..file.cases.len() {
            let (file, title) = (file.clone(), format!("{name}: {}", file.cases[index].title));
            if !file.cases[index].prints_plan() {
                trials.push(Trial::test(title, move || check(&file, &file.cases[index])));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|e| e == "test") {
            into.push(path);
        }
    }
}

fn check(file: &File, case: &Case) -> Result<(), Failed> {
    let wanted = run::run_as_events(file, case, None)?;
    for rows in [1, 3] {
        let got = run::run_as_events(file, case, Some(rows))?;
        if !run::nearly_same(&wanted, &got) {
            let message = format!("in chunks of {rows}\n--- at once\n{wanted}\n--- in chunks\n{got}");
            return Err(message.into());
        }
    }
    Ok(())
}
