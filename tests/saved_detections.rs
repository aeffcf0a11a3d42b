//! Detections of built packs: stanzas of `savedsearches.conf` come to the same as the documents that they were built from.

#![allow(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use spl_core::detection::{Detection, Generation, Row, Run, rows};
use spl_core::error::ErrorKind;
use spl_core::knowledge::Conf;
use spl_core::table::{Table, field_name};
use spl_core::value::Value;
use spl_core::{Engine, builtin};

const NOW: f64 = 1_720_000_000.0;

const YAML: &str = r#"
name: Copied Shell
id: 11111111-2222-3333-4444-555555555555
version: 4
type: Anomaly
description: a shell under another name
search: index=proc process=*shell* | table _time host user process
rba:
  message: $user$ ran $process$ on $host$
  risk_objects:
  - {field: user, type: user, score: 20}
  - {field: host, type: system, score: 12.5}
  threat_objects:
  - {field: process, type: process_name}
tags:
  analytic_story: [Story One]
  confidence: 50
  impact: 40
  mitre_attack_id: [T1036.003]
  kill_chain_phases: [Exploitation]
  nist: [DE.AE]
  cis20: [CIS 10]
  security_domain: endpoint
data_source: [Sysmon EventID 1]
drilldown_searches:
- name: Results of $user$
  search: '%original_detection_search% | search user = "$user$"'
  earliest_offset: $info_min_time$
  latest_offset: $info_max_time$
"#;

const BUILT: &str = r#"
[default]
disabled = 1

[Site - Copied Shell - Rule]
action.escu = 0
action.correlationsearch.enabled = 1
action.correlationsearch.label = Site - Copied Shell - Rule
action.correlationsearch.annotations = {"analytic_story": ["Story One"], "cis20": ["CIS 10"], "confidence": 50, "data_source": ["Sysmon EventID 1"], "impact": 40, "kill_chain_phases": ["Exploitation"], "mitre_attack": ["T1036.003"], "nist": ["DE.AE"], "type": "Anomaly", "type_list": ["Anomaly"]}
action.correlationsearch.metadata = {"detection_id": "11111111-2222-3333-4444-555555555555", "detection_version": 4}
description = a shell under another name
action.notable = 1
action.notable.param.rule_title = Copied Shell
action.notable.param.security_domain = endpoint
action.notable.param.drilldown_searches = [{"name": "Results of $user$", "search": "%original_detection_search% | search user = \"$user$\"", "earliest_offset": "$info_min_time$", "latest_offset": "$info_max_time$"}]
action.risk = 1
action.risk.param._risk_message = $user$ ran $process$ on $host$
action.risk.param._risk = [{"risk_object_field": "user", "risk_object_type": "user", "risk_score": 20}, {"risk_object_field": "host", "risk_object_type": "system", "risk_score": "12.5"}, {"threat_object_field": "process", "threat_object_type": "process_name"}]
action.risk.param._risk_score = 0
cron_schedule = 0 * * * *
search = index=proc process=*shell* \
  | table _time host user process

[Site - Old Style - Rule]
action.notable = 1
action.notable.param.rule_title = $host$ did it
action.notable.param.drilldown_name = Look at $host$
action.notable.param.drilldown_search = index=proc host="$host$"
action.notable.param.drilldown_earliest_offset = 3600
action.notable.param.drilldown_latest_offset = 0
action.risk = 1
action.risk.param._risk_object = host
action.risk.param._risk_object_type = system
action.risk.param._risk_score = 30
search = index=proc

[Site - Entities - Rule]
action.correlationsearch.annotations = {"own_framework": ["A.1"], "mitre_attack": []}
action.risk = 1
action.risk.param._risk = [{"risk_object_field": "user", "risk_object_type": "user", "risk_score": 5, "risk_message": "look at $user$"}]
search = index=proc

[Site - Quiet - Rule]
action.risk = 0
action.risk.param._risk = [{"risk_object_field": "user", "risk_object_type": "user", "risk_score": 5}]
search = index=proc

[Errors]
search = error
"#;

fn built(stanza: &str) -> Detection {
    Detection::from_conf(&Conf::parse(BUILT), stanza).unwrap().unwrap()
}

fn results() -> Table {
    let fields = ["_time", "host", "user", "process", "index"].map(field_name);
    let row = |time: f64, user: &str| {
        vec![Value::Num(time), Value::str("h1"), Value::str(user), Value::str("my shell.exe"), Value::str("proc")]
    };
    Table::from_rows(&fields, vec![row(NOW - 10.0, "ann"), row(NOW - 20.0, "bob")])
}

#[test]
fn a_stanza_is_what_its_document_is() {
    let (document, saved) = (Detection::parse(YAML).unwrap(), built("Site - Copied Shell - Rule"));
    assert_eq!(
        saved.search.split_whitespace().collect::<Vec<_>>(),
        document.search.split_whitespace().collect::<Vec<_>>()
    );
    for (a, b) in [
        (&saved.name, &document.name),
        (&saved.rba.message, &document.rba.message),
        (saved.id.as_ref().unwrap(), document.id.as_ref().unwrap()),
        (saved.version.as_ref().unwrap(), document.version.as_ref().unwrap()),
        (saved.kind.as_ref().unwrap(), document.kind.as_ref().unwrap()),
        (saved.description.as_ref().unwrap(), document.description.as_ref().unwrap()),
    ] {
        assert_eq!(a, b);
    }
    assert_eq!((&saved.rba, &saved.tags, saved.generation), (&document.rba, &document.tags, Generation::Rba));
    assert_eq!((&saved.drilldown_searches, &saved.data_source), (&document.drilldown_searches, &document.data_source));
    assert_eq!(saved.annotations(), document.annotations());
    assert_eq!(saved.extra["cron_schedule"], "0 * * * *");
    // The events are the same, too, but for the text of the search's name.
    let run = Run { app: "Site".to_owned(), ..Run::at(NOW) };
    let (a, b) = (saved.risk_events(&results(), &run), document.risk_events(&results(), &run));
    assert_eq!(a.rows(), 4);
    for (a, b) in rows(&a).zip(rows(&b)) {
        let fields =
            |row: Row<'_>| row.fields().map(|(name, value)| (name.clone(), value.to_value())).collect::<Vec<_>>();
        assert_eq!(fields(a), fields(b));
    }
}

#[test]
fn its_drill_downs_run() {
    let detection = built("Site - Copied Shell - Rule");
    let engine = Engine::builder().events(results()).data_models(builtin::data_models()).now(NOW).build().unwrap();
    let table = engine.search(&detection.search).unwrap().table;
    let opened = detection.drilldowns(rows(&table).next().unwrap(), &Run::at(NOW)).unwrap();
    assert_eq!(opened[0].name, "Results of ann");
    assert_eq!(opened[0].run(&engine, Default::default()).unwrap().table.rows(), 1);
}

#[test]
fn older_and_newer_builds_say_it_otherwise() {
    let results = results();
    let row = rows(&results).next().unwrap();
    let old = built("Site - Old Style - Rule");
    assert_eq!(old.message(row), "h1 did it");
    let risk: Vec<String> =
        old.risk(row).iter().map(|r| format!("{} {} {}", r.risk_object, r.risk_object_type, r.risk_score)).collect();
    assert_eq!(risk, ["h1 system 30"]);
    let opened = &old.drilldowns(row, &Run::at(NOW)).unwrap()[0];
    assert_eq!((&*opened.name, &*opened.search), ("Look at h1", "index=proc host=\"h1\""));
    assert_eq!((opened.time.earliest, opened.time.latest), (Some(NOW - 3610.0), Some(NOW - 9.0)));

    let new = built("Site - Entities - Rule");
    assert_eq!(new.message(row), "look at ann");
    assert_eq!(new.annotations().frameworks.keys().collect::<Vec<_>>(), ["own_framework"]);
    let events = new.risk_events(&results, &Run::at(NOW));
    assert_eq!(events.batches()[0].get("annotations.own_framework", 0).text(), "A.1");
    assert_eq!(events.batches()[0].get("search_name", 0).text(), "Site - Entities - Rule");

    assert!(built("Site - Quiet - Rule").risk(row).is_empty());
    assert_eq!(Detection::from_conf(&Conf::parse(BUILT), "Errors"), Ok(None));
}

#[test]
fn errors_name_line_and_setting() {
    let wrong = "[S - A - Rule]\nsearch = x\naction.risk.param._risk = [{\"risk_object\": 1}]\n";
    let error = Detection::from_conf(&Conf::parse(wrong), "S - A - Rule").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Data);
    assert!(error.message.starts_with("line 3: `action.risk.param._risk` of `S - A - Rule`"), "{error}");
    let none = Conf::parse("[S - A - Rule]\naction.risk = 1\n");
    assert!(Detection::from_conf(&none, "S - A - Rule").unwrap_err().message.contains("has no search"));
}
