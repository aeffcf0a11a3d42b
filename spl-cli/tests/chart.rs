//! Results as charts: in characters and as pictures.

mod common;

use common::{Run, fixture, spl};

fn web(search: &str, options: &[&str]) -> Run {
    let data = fixture("events/web.ndjson");
    let mut args = vec!["search", search, "-d", &data];
    args.extend(options);
    spl(&args)
}

#[test]
fn bars_stand_beside_their_names() {
    let run = web("* | stats count by status", &["--chart"]);
    let bar = |n: usize| "█".repeat(n);
    let (long, short) = (bar(92), bar(46));
    assert_eq!(
        run.out,
        format!("* | stats count by status\n\n200 │{long} 2\n404 │{short} 1\n500 │{short} 1\n\n"),
        "{}",
        run.err
    );
}

#[test]
fn courses_over_time_have_axes_and_a_legend() {
    let run = web("* | timechart span=1s count by host", &["--chart", "--tz", "Europe/Berlin"]);
    for part in ["1 ┤", "0 └", "10:00:01", "● web1  ○ web2\n"] {
        assert!(run.out.contains(part), "{part} is missing in\n{}", run.out);
    }
    assert!(!run.out.contains('\u{1b}'));
    let colored = web("* | timechart span=1s count by host", &["--chart", "--color", "always"]).out;
    assert!(colored.contains('\u{1b}') && !colored.contains('●'), "{colored}");
}

#[test]
fn pictures_and_pages_hold_the_search_and_its_numbers() {
    let run = web("* | timechart span=1s sum(ms) as ms", &["--format", "svg"]);
    for part in
        ["<svg ", "timechart span=1s sum(ms)", ">ms</text>", ">08:00:01</text>", "2024-06-11 08:00:02: 250.25</title>"]
    {
        assert!(run.out.contains(part), "{part} is missing in\n{}", run.out);
    }
    let run = web("* | stats count by uri", &["--format", "html"]);
    for part in [
        "<!doctype html>",
        "<h1>* | stats count by uri</h1>",
        "<svg ",
        "<td>/missing</td><td class=\"r\">1</td>",
        "3 results",
    ] {
        assert!(run.out.contains(part), "{part} is missing in\n{}", run.out);
    }
}

#[test]
fn what_has_no_numbers_is_no_chart() {
    let run = web("* | table uri", &["--format", "svg"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.contains("no chart: there is no field of numbers"), "{}", run.err);
    let run = web("* | table uri", &["--chart"]);
    assert!(run.code == 0 && run.out.contains("/missing") && run.err.contains("no chart"), "{}", run.err);
    assert!(!web("* | table uri", &["--format", "html"]).out.contains("<svg"));
    assert_eq!(web("*", &["--chart", "--format", "csv"]).code, 64);
}
