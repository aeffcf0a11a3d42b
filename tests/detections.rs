//! Documents of content packs: what is read of them, what they say of results, and which searches look closer.
//!
//! The last test reads the published pack below `$SPL_SHARED/escu`; without that variable it tests nothing.

use spl_core::detection::{Detection, Drilldown, Generation, Run, rows};
use spl_core::plan::TimeRange;
use spl_core::table::{Table, field_name};
use spl_core::value::Value;
use spl_core::{Engine, Results, builtin};

const NOW: f64 = 1_700_000_000.5;

/// A result with a multivalue, a path and a quotation.
fn results() -> Table {
    let fields = ["_time", "host", "user", "process", "note", "empty"].map(field_name);
    let user = Value::multi(["ann".into(), "bob".into()]);
    let (path, note) = (Value::str(r"C:\a\x.exe"), Value::str("said \"no\""));
    Table::from_rows(&fields, vec![vec![Value::Num(1_699_999_000.0), "h1".into(), user, path, note, Value::Null]])
}

fn read(text: &str) -> Detection {
    Detection::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

const NEW: &str = r#"
name: Odd Program
id: 0e2b3f5c-8a61-4a36-9a0e-3a3c55d1f2aa
version: 3
date: '2025-01-21'
type: Anomaly
data_source: Sysmon EventID 1
search: index=main | table user process
rba:
  message: $user$ ran $process$ on $dest$ for $5
  risk_objects:
  - {field: user, type: user, score: 20}
  - {field: host, type: system, score: 12.5}
  - {field: nobody, type: user, score: 1}
  threat_objects:
  - {field: process, type: process_name}
tags:
  analytic_story: [Story One]
  mitre_attack_id: [T1055.012, T1003.001]
  security_domain: network
  something_new: {a: 1}
drilldown_searches:
- name: Results of $user$
  search: '%original_detection_search% | search user = "$user$" process=$process$ dest=$dest$'
  earliest_offset: 1h
  latest_offset: 0
- name: Risk
  search: '| from datamodel Risk.All_Risk | search normalized_risk_object IN ("$user$", $host$) starthoursago=168
    | stats count values(annotations.mitre_attack.mitre_tactic) as tactics sum(calculated_risk_score) as score by normalized_risk_object'
unheard_of: [1, 2]
"#;

#[test]
fn the_newer_documents_say_who_is_at_risk() {
    let (detection, table) = (read(NEW), results());
    assert_eq!((detection.generation, detection.version.as_deref()), (Generation::Rba, Some("3")));
    assert!(detection.extra.contains_key("unheard_of") && detection.tags.extra.contains_key("something_new"));
    assert_eq!(detection.data_source, ["Sysmon EventID 1"]);
    let row = rows(&table).next().unwrap();
    assert_eq!(detection.message(row), r"ann, bob ran C:\a\x.exe on $dest$ for $5");
    assert_eq!(detection.missing_in_message(row), ["dest"]);
    let risk: Vec<String> = detection.risk(row).iter().map(|r| format!("{} {}", r.risk_object, r.risk_score)).collect();
    assert_eq!(risk, ["ann 20", "bob 20", "h1 12.5"]);
}

#[test]
fn tokens_that_cannot_be_filled_stay_as_they_are_written() {
    let fields = ["host", "empty", "number", "list"].map(field_name);
    let list = Value::multi(["a", "b $host$"].map(Value::str));
    let row = vec![Value::str("h1"), Value::str(""), Value::Num(3.0), list];
    let table = Table::from_rows(&fields, vec![row]);
    let row = rows(&table).next().unwrap();
    for (message, filled, missing) in [
        ("on $host$", "on h1", &[][..]),
        ("on $dest$ and $result.dest$", "on $dest$ and $result.dest$", &["dest", "dest"]),
        ("[$empty$] $number$ $list$", "[] 3 a, b $host$", &[]),
        ("$host$$dest$$host$", "h1$dest$h1", &["dest"]),
        ("$ $$ $5 for $host", "$ $$ $5 for $host", &[]),
        ("costs $5 on $host$", "costs $5 on h1", &[]),
        ("$Host$", "$Host$", &["Host"]),
    ] {
        let detection = read(&format!("name: n\nsearch: x\nrba:\n  message: '{message}'\n"));
        assert_eq!(detection.message(row), filled);
        assert_eq!(detection.missing_in_message(row), missing, "{message}");
    }
}

#[test]
fn the_older_documents_name_observables() {
    let detection = read(
        "name: n\nsearch: x\ntags:\n  risk_score: 25\n  impact: 70\n  confidence: 65\n  message: m $result.host$\n  observable:\n  - {name: host, type: Endpoint, role: [Victim]}\n  - {name: user, type: User Name, role: [Victim]}\n  - {name: process, type: File Name, role: [Attacker]}\n  - {name: note, type: URL String, role: Attacker}\n  - {name: empty, type: User, role: [Victim]}",
    );
    let table = results();
    let row = rows(&table).next().unwrap();
    assert_eq!(detection.message(row), "m h1");
    let kinds: Vec<(String, String, String)> = detection
        .risk(row)
        .into_iter()
        .map(|r| (r.risk_object, r.risk_object_type, r.risk_score.to_string()))
        .collect();
    let of = |object: &str, kind: &str| (object.to_owned(), kind.to_owned(), "46".to_owned());
    assert_eq!(kinds, [of("h1", "system"), of("ann", "other"), of("bob", "other")]);
    let threats: Vec<String> = detection.threats(row).into_iter().map(|threat| threat.threat_object_type).collect();
    assert_eq!(threats, ["file_name", "url"]);
}

#[test]
fn errors_say_where_the_document_is_wrong() {
    for (text, told) in [
        ("name: n\nsearch: x\nrba:\n  risk_objects:\n  - {field: user, type: user, score: high}", "line 5: "),
        ("name: n\ntags: {}\n", "line 2: missing field `search`"),
        ("name: n\nsearch: x\ndrilldown_searches:\n- name: only\n", "line 4: missing field `search`"),
        ("name: [n\n", "line 1: "),
    ] {
        let error = Detection::parse(text).unwrap_err();
        assert!(error.message.starts_with(told), "{text}\n{error}");
        assert!(error.to_string().contains("  | "), "{error}");
    }
}

#[test]
fn risk_events_have_the_fields_of_splunks_own() {
    let (detection, run) = (read(NEW), Run::at(NOW).over(Some(NOW - 60.0), Some(NOW)));
    let events = detection.risk_events(&results(), &run);
    assert_eq!(events.rows(), 3);
    let event = |field: &str| events.batches()[0].get(field, 1).to_value();
    let texts = |field: &str| event(field).values().iter().map(|v| v.text().into_owned()).collect::<Vec<_>>();
    for (field, wanted) in [
        ("_time", "1699999000"),
        ("orig_time", "1699999000"),
        ("index", "risk"),
        ("sourcetype", "stash"),
        ("source", "ESCU - Odd Program - Rule"),
        ("search_name", "ESCU - Odd Program - Rule"),
        ("risk_object", "bob"),
        ("normalized_risk_object", "bob"),
        ("risk_object_type", "user"),
        ("risk_score", "20"),
        ("calculated_risk_score", "20"),
        ("risk_message", r"ann, bob ran C:\a\x.exe on $dest$ for $5"),
        ("threat_object", r"C:\a\x.exe"),
        ("threat_object_type", "process_name"),
        ("orig_host", "h1"),
        ("note", "said \"no\""),
        ("analyticstories", "Story One"),
        ("annotations.cis20", "CIS 13"),
        ("annotations.nist", "DE.AE"),
        ("annotations.kill_chain_phases", "Exploitation"),
        ("info_min_time", "1699999940.500"),
        ("info_max_time", "1700000000.500"),
        ("info_search_time", "1700000000.500"),
    ] {
        assert_eq!(texts(field), [wanted], "{field}");
    }
    assert_eq!(texts("user"), ["ann", "bob"]);
    assert_eq!(texts("annotations.mitre_attack"), ["T1055.012", "T1003.001"]);
    assert_eq!(texts("annotations.mitre_attack.mitre_technique"), ["Process Hollowing", "LSASS Memory"]);
    let tactics = ["privilege-escalation", "defense-evasion", "credential-access"];
    assert_eq!(texts("annotations.mitre_attack.mitre_tactic"), tactics);
    assert_eq!(texts("annotations.mitre_attack.mitre_tactic_id"), ["TA0004", "TA0005", "TA0006"]);
    assert_eq!(
        texts("annotations._all"),
        ["Story One", "CIS 13", "Sysmon EventID 1", "Exploitation", "T1055.012", "T1003.001", "DE.AE", "Anomaly"]
    );
    assert!(texts("annotations._frameworks").contains(&"mitre_attack".to_owned()));
    assert!(events.batches()[0].column("host").is_none());
    let raw = event("_raw").text().into_owned();
    assert!(raw.starts_with("1699999000, search_name=\"ESCU - Odd Program - Rule\", analyticstories="), "{raw}");
    assert!(
        raw.contains(r#"note="said \"no\"", orig_host="h1""#) && raw.contains(r#"user="ann", user="bob""#),
        "{raw}"
    );
}

#[test]
fn results_without_a_time_are_of_the_time_of_the_run() {
    let table = Table::from_rows(&["user"].map(field_name), vec![vec!["ann".into()]]);
    let events = read(NEW).risk_events(&table, &Run::at(NOW));
    assert_eq!(events.batches()[0].get("_time", 0).number(), Some(NOW.floor()));
}

#[test]
fn drilldowns_are_filled_and_run() {
    let (detection, table, run) = (read(NEW), results(), Run::at(NOW));
    let open = detection.drilldowns(rows(&table).next().unwrap(), &run).unwrap();
    assert_eq!(open[0].name, "Results of ann, bob");
    assert_eq!(
        open[0].search,
        r#"index=main | table user process | search user = ("ann" OR "bob") process="C:\\a\\x.exe" dest="$dest$""#
    );
    assert_eq!(open[0].missing, ["dest"]);
    let time = TimeRange { earliest: Some(1_699_995_400.0), latest: Some(1_699_999_001.0) };
    assert_eq!((open[0].time, open[1].time), (time, TimeRange::default()));
    let engine = Engine::builder().data_models(builtin::data_models()).now(NOW).build().unwrap();
    let engine = engine.with_events(detection.risk_events(&table, &run)).at(NOW + 10.0);
    let found = open[1].run(&engine, Default::default()).unwrap();
    assert_eq!(
        lines(&found),
        [
            "ann; 1; credential-access, defense-evasion, privilege-escalation; 20",
            "bob; 1; credential-access, defense-evasion, privilege-escalation; 20",
            "h1; 1; credential-access, defense-evasion, privilege-escalation; 12.5",
        ]
    );
    // Eight days later they are too old.
    let later = open[1].run(&engine.at(NOW + 8.0 * 86_400.0), Default::default()).unwrap();
    assert_eq!(later.table.rows(), 0);
}

#[test]
fn a_time_range_in_the_search_takes_the_place_of_the_one_from_outside() {
    let detection = read(NEW);
    let engine = Engine::builder().data_models(builtin::data_models()).now(NOW).build().unwrap();
    let engine = engine.with_events(detection.risk_events(&results(), &Run::at(NOW)));
    let engine = engine.over(TimeRange { earliest: Some(NOW - 60.0), latest: Some(NOW) });
    let count = |text: &str| lines(&engine.search(text).unwrap()).concat();
    assert_eq!(count("| from datamodel Risk.All_Risk | stats count"), "0");
    assert_eq!(count("| from datamodel Risk.All_Risk | search starthoursago=1 | stats count"), "3");
    assert_eq!(count("index=risk earliest=-2m | search starthoursago=1 | stats count"), "0");
}

/// Runs a drill-down that looks for a value that it has made.
fn found(value: &str) -> Vec<String> {
    let detection = read(
        "name: n\nsearch: x\ndrilldown_searches:\n- name: $v$\n  search: '| makeresults | eval x=\"$v$\" | search x=$v$ x IN ($v$, \"$v$\") x=\"*$v$*\" | table x'",
    );
    let table = Table::from_rows(&["v"].map(field_name), vec![vec![Value::str(value)]]);
    let engine = Engine::builder().build().expect("an engine of nothing");
    let open = detection.drilldowns(rows(&table).next().expect("one row"), &Run::at(NOW)).expect("no offset is wrong");
    let results = open[0].run(&engine, Default::default()).unwrap_or_else(|e| panic!("{}\n{e}", open[0].search));
    rows(&results.table).map(|row| row.get("x").text().into_owned()).collect()
}

#[test]
fn values_with_a_meaning_in_searches_are_only_values() {
    for value in [
        "10.0.0.0/8",
        "-5",
        "1e5",
        "0x10",
        "now()",
        "a OR b",
        "NOT",
        "x\\",
        "\\\\srv\\*",
        "`m`",
        "[x]",
        "$v$",
        "%H",
        "''",
    ] {
        assert_eq!(found(value), [value]);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn a_value_comes_out_as_it_went_in(value in "[ -~äß€\n]{1,12}") {
        proptest::prop_assert_eq!(found(&value), [value.clone()]);
    }

    #[test]
    fn no_text_of_a_document_makes_it_panic(
        search in "(\\$(v|w|v\\|s)?\\$?|\"|\\\\|IN|[ (),|=`\\[\\]ü]|%original_detection_search%){0,12}",
        offset in "[-+0-9dhm@$a]{0,6}",
    ) {
        let drilldown = Drilldown { name: search.clone(), search, earliest_offset: Some(offset), ..Drilldown::default() };
        let mut detection = read("name: n\nsearch: x\nrba: {message: m}");
        detection.rba.message.clone_from(&drilldown.search);
        detection.drilldown_searches.push(drilldown);
        let table = Table::from_rows(&["v"].map(field_name), vec![vec![Value::multi(["a b".into(), "\"".into()])]]);
        let row = rows(&table).next().unwrap();
        let _ = (detection.message(row), detection.drilldowns(row, &Run::at(NOW)));
    }
}

fn lines(results: &Results) -> Vec<String> {
    let fields = results.table.fields();
    let cell = |value: Value| value.values().iter().map(|v| v.text().into_owned()).collect::<Vec<_>>().join(", ");
    let line = |row: spl_core::detection::Row<'_>| {
        fields.iter().map(|field| cell(row.get(field).to_value())).collect::<Vec<_>>().join("; ")
    };
    rows(&results.table).map(line).collect()
}
