//! Sessions of searches, their lines piped in. What the keys of a terminal do is in `terminal.rs`.

mod common;

use common::{Run, fixture, spl_with};

fn session(lines: &str) -> Run {
    let (data, macros) = (fixture("events/web.ndjson"), fixture("macros"));
    spl_with(&["repl", "-d", &data, "--macros", &macros, "--format", "csv"], lines)
}

#[test]
fn searches_run_one_after_the_other_over_the_same_events() {
    let run = session("* | stats count\nstatus=404 |\ntable host\n\n`failed(500)`\n| stats count\n");
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.starts_with("count\n4\nhost\nweb2\n"), "{}", run.out);
    // Without an open pipe each line is a search of its own, and this one has no events before it.
    assert!(run.out.ends_with("count\n4\n"), "{}", run.out);
    assert!(run.err.contains("4 events loaded"), "{}", run.err);
}

#[test]
fn errors_show_their_place_and_end_nothing() {
    let run = session("* | stast count\n* | stats count\n:foramt csv\n:format xml\n");
    assert_eq!((run.code, run.out.as_str()), (64, "count\n4\n"));
    for part in ["^^^^^ did you mean `stats`?", "did you mean `:format`?", "there is no format `xml`"] {
        assert!(run.err.contains(part), "{part} is missing in\n{}", run.err);
    }
    assert_eq!(session("* | stast count\n").code, 1);
}

#[test]
fn commands_load_set_and_tell() {
    let audit = fixture("events/deep/audit.csv");
    let run = session(&format!(
        ":load {audit}\n* | stats count\n:fields st\n:time on\n:format json\n| makeresults | eval a=1 | table a\n"
    ));
    assert!(run.code == 0 && run.out.starts_with("count\n6\n"), "{}{}", run.out, run.err);
    assert!(
        run.out.contains("host") && run.out.contains("status") && run.out.ends_with("[\n{\"a\":\"1\"}\n]\n"),
        "{}",
        run.out
    );
    assert!(run.err.contains("1 result in "), "{}", run.err);
    assert_eq!(session(":load no/such/file\n").code, 2);
    let run = session(":macros failed\n:doc head\n:explain * | head 1\n:help\n:quit\n* | stats count\n");
    for part in ["failed(1) (macro)", "head (", "Plan as run:", ":load FILE"] {
        assert!(run.out.contains(part), "{part} is missing in\n{}", run.out);
    }
    assert!(!run.out.contains("count\n4"), "{}", run.out);
}

#[test]
fn the_last_results_can_be_drawn() {
    let run = session("* | stats count by host\n:chart\n");
    assert!(run.out.contains("web1 │█") && run.out.contains("█ 2\n"), "{}", run.out);
    assert!(session(":chart\n").err.contains("there are no results to draw"));
}

#[test]
fn standard_input_cannot_be_both() {
    assert_eq!(common::spl(&["repl", "-d", "-"]).code, 64);
}
