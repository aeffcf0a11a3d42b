//! Searches give the same over events that come in chunks as over events that are all there: every golden case, in chunks of a few rows.
//!
//! `cargo test -p spl-tests --test stream [filter]` runs them.

use libtest_mimic::{Arguments, Failed, Trial};
use spl_tests::case::{self, Case, File};
use spl_tests::run;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for (name, path) in case::golden_files() {
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
