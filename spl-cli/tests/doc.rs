//! What the program says of the language and of itself: documentation, completions, manual pages.

mod common;

use common::{fixture, spl};
use spl_core::aggregates;
use spl_core::commands::COMMANDS;
use spl_core::expr::FORMS;
use spl_core::functions;

#[test]
fn a_command_is_documented_from_its_registry() {
    let run = spl(&["doc", "TOP"]);
    assert_eq!(run.code, 0, "{}", run.err);
    for part in [
        "top (transforming command)\n",
        "\nSyntax:\n  top ",
        "\nOptions:\n  limit,",
        "\nExamples:\n  | makeresults",
        "SearchReference/Top\n",
    ] {
        assert!(run.out.contains(part), "{part} is missing in\n{}", run.out);
    }
    // One text, whichever way it is asked for.
    assert_eq!(run.out, spl(&["commands", "top"]).out);
    assert_eq!(spl(&["doc", "max"]).out, spl(&["functions", "max"]).out);
}

#[test]
fn functions_aggregates_macros_and_families_are_documented() {
    let max = spl(&["doc", "max"]).out;
    assert!(max.contains("max (function of eval and where)") && max.contains("max (aggregate of stats)"), "{max}");
    assert!(spl(&["doc", "if()"]).out.contains("if(2>1, \"y\", \"n\")  gives  y"));
    assert!(spl(&["doc", "perc95"]).out.starts_with("perc<N> (aggregate of stats)"));
    let shown = spl(&["doc", "`failed`", "--macros", &fixture("macros")]).out;
    assert!(shown.starts_with("failed(1) (macro)") && shown.contains("`failed(least)`"), "{shown}");
    let listed = spl(&["doc", "date and time"]).out;
    assert!(listed.starts_with("Date and Time functions:\n") && listed.contains("  strftime "), "{listed}");
}

#[test]
fn every_name_stands_in_a_family() {
    let families = spl(&["doc"]).out;
    let words: Vec<&str> = families.split(|c: char| c.is_whitespace() || c == ',').collect();
    let names = COMMANDS.iter().map(|spec| spec.name).chain(functions::all().map(|f| f.name));
    for name in names.chain(FORMS.iter().map(|form| form.name)) {
        assert!(words.contains(&name), "{name} is missing");
    }
    for aggregate in aggregates::all().filter(|aggregate| !aggregate.numbered) {
        assert!(words.contains(&aggregate.name), "{} is missing", aggregate.name);
    }
}

#[test]
fn unknown_names_get_a_hint() {
    for (name, near) in [("stast", "stats"), ("strftim", "strftime"), ("coalesc", "coalesce")] {
        let run = spl(&["doc", name]);
        assert_eq!((run.code, run.out.as_str()), (1, ""));
        assert!(run.err.contains(&format!("did you mean `{near}`?")), "{}", run.err);
    }
    assert!(spl(&["functions", "coalesc"]).err.contains("did you mean `coalesce`?"));
}

#[test]
fn shells_complete_every_subcommand() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = spl(&["completions", shell]).out;
        for word in ["search", "detect", "doc", "input-format", "macros"] {
            assert!(script.contains(word), "{word} is missing for {shell}");
        }
    }
    assert_eq!(spl(&["completions", "ed"]).code, 64);
}

#[test]
fn manual_pages_are_printed_and_written() {
    let page = spl(&["man"]).out;
    assert!(page.contains(".TH spl 1") && page.contains("spl\\-detect(1)"), "{page}");
    let page = spl(&["man", "search"]).out;
    assert!(page.contains(".TH spl-search 1") && page.contains("Examples:"), "{page}");
    assert!(spl(&["man", "serch"]).err.contains("did you mean `search`?"));
    let folder = std::env::temp_dir().join(format!("spl-man-{}", std::process::id()));
    assert_eq!(spl(&["man", "--into", folder.to_str().unwrap()]).code, 0);
    assert!(folder.join("spl.1").is_file() && folder.join("spl-detect.1").is_file());
    assert!(!folder.join("spl-help.1").exists());
    std::fs::remove_dir_all(folder).unwrap();
}
