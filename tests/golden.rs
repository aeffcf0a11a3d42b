//! Runs the golden cases: `tests/golden/**/*.test`.
//!
//! `cargo test -p spl-tests --test golden [filter]` runs them; with `UPDATE_GOLDEN=1` it rewrites what follows each `---`.
//! Each case runs with the optimizer on and off, with batches of 1, 3 and 8192 rows, and with 1, 2 and 4 threads; all must agree.

use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use spl_tests::case::{self, Case, File};
use spl_tests::run::{self, Setting};

fn main() {
    let arguments = Arguments::from_args();
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut trials = Vec::new();
    for (name, path) in case::golden_files() {
        let file = match std::fs::read_to_string(&path).map_err(|e| e.to_string()).and_then(|text| File::parse(&text)) {
            Ok(file) => file,
            Err(error) => {
                trials.push(Trial::test(name, move || Err(Failed::from(error))));
                continue;
            }
        };
        if update {
            trials.push(Trial::test(name.clone(), move || rewrite(&path, file, &name)));
            continue;
        }
        for index in 0..file.cases.len() {
            let (file, title) = (file.clone(), format!("{name}: {}", file.cases[index].title));
            trials.push(Trial::test(title, move || check(&file, &file.cases[index])));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn check(file: &File, case: &Case) -> Result<(), Failed> {
    let wanted = case.expected.trim_end();
    let settings = if case.prints_plan() { vec![Setting::PLAIN] } else { Setting::all() };
    for setting in settings {
        let got = run::run(file, case, setting)?;
        if !run::agree(wanted, got.trim_end()) {
            return Err(format!("with {setting:?}\n--- wanted\n{wanted}\n--- got\n{}", got.trim_end()).into());
        }
    }
    Ok(())
}

fn rewrite(path: &Path, mut file: File, filter: &str) -> Result<(), Failed> {
    let _ = filter;
    for index in 0..file.cases.len() {
        let case = file.cases[index].clone();
        let got = run::run(&file, &case, Setting::PLAIN)?;
        if !run::agree(case.expected.trim_end(), got.trim_end()) {
            file.cases[index].expected = got;
        }
    }
    std::fs::write(path, file.print()).map_err(|e| e.to_string().into())
}
