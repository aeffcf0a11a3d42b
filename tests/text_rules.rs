//! What `props.conf` says of how text becomes events: where they end, where their times stand, how long they may be.

use spl_core::Engine;
use spl_core::formats::{Input, Origin};
use spl_core::knowledge::{Conf, Knowledge};

/// The events of a log of the source type `custom`, newest first, those without time as they lie: time, and text.
fn events(props: &str, log: &str) -> Vec<(Option<f64>, String)> {
    let mut knowledge = Knowledge::default();
    let problems = knowledge.add_props(&Conf::parse(&format!("[custom]\n{props}\n[other]\nTRUNCATE = 1\n")));
    assert!(problems.is_empty(), "{problems:?}");
    let engine = Engine::builder().knowledge(knowledge).now(1_714_557_600.0).build().expect("an engine");
    let origin = Origin { name: "a.log".into(), sourcetype: Some("custom".into()), ..Origin::default() };
    let loaded = engine.load(&[Input { bytes: log.as_bytes(), format: None, origin }]).expect("events");
    let results = engine.with_events(loaded.table).search("* | table _time _raw").expect("results");
    let rows = results.table.batches().iter().flat_map(|batch| (0..batch.rows()).map(move |row| (batch, row)));
    rows.map(|(batch, row)| (batch.get("_time", row).number(), batch.get("_raw", row).text().into_owned())).collect()
}

fn texts(props: &str, log: &str) -> Vec<String> {
    events(props, log).into_iter().map(|(_, text)| text).collect()
}

const DATED: &str = "2024-05-01 10:00:00 a\n2024-05-01 10:00:01 b\n  c\n";

#[test]
fn lines_are_merged_unless_they_are_not_to_be() {
    assert_eq!(texts("", DATED).len(), 2);
    assert_eq!(texts("SHOULD_LINEMERGE = true", DATED).len(), 2);
    for props in ["SHOULD_LINEMERGE = false", "LINE_BREAKER = ([\\r\\n]+)"] {
        assert_eq!(texts(props, DATED).len(), 3, "{props}");
    }
}

#[test]
fn a_line_breaker_lies_between_events() {
    let log = "id=1 a\nb##id=2 c\n\n##\n##id=3";
    assert_eq!(texts("LINE_BREAKER = (##\\s*)(?=id|##|$)", log), ["id=1 a\nb", "id=2 c\n\n", "id=3"]);
    // Without a group all that matches goes.
    assert_eq!(texts("LINE_BREAKER = ;", "a;b;;c"), ["a", "b", "c"]);
}

#[test]
fn times_stand_where_the_settings_say() {
    let log = "10.05.2024 x when=01.02.2024 10:00:00 end\n10.05.2024 x when=02.02.2024 11:30:00 end\n";
    let props = "TIME_PREFIX = when=\nTIME_FORMAT = %d.%m.%Y %H:%M:%S\nSHOULD_LINEMERGE = false";
    let times = |props: &str| events(props, log).into_iter().map(|(time, _)| time).collect::<Vec<_>>();
    assert_eq!(times(props), [Some(1_706_873_400.0), Some(1_706_781_600.0)]);
    let berlin = format!("{props}\nTZ = Europe/Berlin");
    assert_eq!(times(&berlin), [Some(1_706_869_800.0), Some(1_706_778_000.0)]);
    // Where the time would stand behind the farthest place, it is looked for as if nothing were said.
    let short = format!("{props}\nMAX_TIMESTAMP_LOOKAHEAD = 4");
    assert!(!times(&short).contains(&Some(1_706_781_600.0)));
}

#[test]
fn events_are_cut_at_characters() {
    assert_eq!(texts("TRUNCATE = 4", "abcdef\nabcäf\n"), ["abcd", "abc"]);
    assert_eq!(texts("TRUNCATE = 0", "abcdef\n"), ["abcdef"]);
}

#[test]
fn indexed_extractions_name_the_format() {
    let rows = events("INDEXED_EXTRACTIONS = csv", "a,b\n1,2\n3,4\n");
    assert_eq!(rows.len(), 2, "{rows:?}");
}

#[test]
fn settings_that_are_wrong_are_told() {
    let mut knowledge = Knowledge::default();
    let problems = knowledge.add_props(&Conf::parse("[custom]\nTIME_PREFIX = (\n"));
    assert_eq!(problems.len(), 1, "{problems:?}");
}
