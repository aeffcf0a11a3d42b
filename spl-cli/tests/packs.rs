//! The built program over content packs: `spl detect` and `spl check`.

mod common;

use common::{fixture, spl};
use serde_json::{Value, json};

#[test]
fn the_sample_detection_finds_the_injections_and_no_near_miss() {
    let args = ["samples/rundll32_create_remote_thread.yml", "-d", "samples/sysmon.xml", "--format", "ndjson"];
    let run = spl(&[&["detect"][..], &args].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    let expected = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/expected.ndjson")).unwrap();
    let expected: Vec<Value> = expected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(run.json_lines(), expected);
}

/// The sample detection over the sample log, a day later.
fn sample(options: &[&str]) -> common::Run {
    let args = ["samples/rundll32_create_remote_thread.yml", "-d", "samples/sysmon.xml", "--now", "2024-06-12"];
    spl(&[&["detect"][..], &args, options].concat())
}

fn golden(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../samples/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap_or_default()
}

#[test]
fn the_sample_detection_works_from_its_first_line_to_its_last() {
    let run = sample(&["--drilldowns"]);
    assert_eq!((run.code, run.out), (0, golden("drilldowns.txt")), "{}", run.err);
    let lines = sample(&["--drilldowns", "--format", "ndjson"]).json_lines();
    let [results, risk] = [0, 1].map(|n| &lines[1]["drilldowns"][n]);
    assert_eq!(results["name"], "View the detection results for - \"ws-acct-07.corp.example\"");
    assert_eq!(results["results"], json!([lines[1]["result"]]));
    assert_eq!((&risk["earliest"], &risk["latest"]), (&json!("1717545600"), &json!("1718150401")));
    assert_eq!(risk["results"][0]["Risk Message"], lines[1]["message"]);
    assert_eq!(risk["results"][0]["ATT&CK Tactics"], json!(["defense-evasion", "privilege-escalation"]));
    // A week and a day later the risk events are too old, the results are not.
    let late = sample(&["--drilldowns", "--drilldowns-at", "+8d", "--format", "json"]);
    let late: Value = serde_json::from_str(&late.out).unwrap();
    let counts = [0, 1].map(|n| late[1]["drilldowns"][n]["results"].as_array().unwrap().len());
    assert_eq!(counts, [1, 0]);
    let csv = sample(&["--drilldowns", "--format", "csv"]).out;
    assert!(csv.starts_with("detection,file,result,message,risk,threat,drilldowns,error\n"), "{csv}");
    assert!(csv.lines().all(|line| line.matches("drilldowns").count() + line.matches("View risk events").count() == 1));
}

#[test]
fn risk_events_are_written_and_read_back() {
    let run = sample(&["--risk", "--format", "ndjson"]);
    assert_eq!((run.code, run.out), (0, golden("risk.ndjson")), "{}", run.err);
    let file = std::env::temp_dir().join(format!("spl-risk-{}.ndjson", std::process::id()));
    let option = format!("--risk={}", file.display());
    let run = sample(&[&option, "--summary", "--format", "ndjson"]);
    assert_eq!((run.code, &run.json_lines()[0]["results"]), (0, &json!(2)), "{}", run.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), golden("risk.ndjson"));
    std::fs::remove_file(&file).unwrap();
    let search = "| tstats sum(All_Risk.calculated_risk_score) as score values(All_Risk.threat_object) as threat from datamodel=Risk \
        where All_Risk.annotations.mitre_attack.mitre_tactic=defense-evasion by All_Risk.normalized_risk_object";
    let found = spl(&["search", search, "-d", "samples/risk.ndjson", "--format", "csv"]).out;
    let wanted = "All_Risk.normalized_risk_object,score,threat\n\
        ws-acct-07.corp.example,56,C:\\Windows\\System32\\rundll32.exe\n\
        ws-eng-22.corp.example,56,C:\\WINDOWS\\SYSWOW64\\RUNDLL32.EXE\n";
    assert_eq!(found, wanted);
    assert_eq!(sample(&["--risk", "--drilldowns"]).code, 64);
    let raw = sample(&["--risk", "--format", "raw"]).out;
    assert!(raw.starts_with("1718150400, search_name=\"ESCU - Rundll32"), "{raw}");
}

#[test]
fn drilldowns_tell_what_the_result_lacks_and_what_cannot_run() {
    let (pack, macros, data) = (fixture("pack/failed_requests.yml"), fixture("macros"), fixture("events/web.ndjson"));
    let args = ["detect", &pack, "--macros", &macros, "-d", &data, "--drilldowns", "--now", "1718200000"];
    let run = spl(&args);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("> By host web1: 1 result\n"), "{}", run.out);
    assert!(run.out.contains("> By user $user$: 0 results (the result has no field `user`)\n"), "{}", run.out);
    assert!(run.out.contains("> Broken could not run: there is no command `sttas`\n"), "{}", run.out);
    let run = spl(&[&args[..], &["--format", "ndjson"]].concat());
    let drilldowns = &run.json_lines()[0]["drilldowns"];
    assert_eq!(drilldowns[1]["missing"], json!(["user"]));
    assert_eq!(drilldowns[2]["error"], "there is no command `sttas`");
}

#[test]
fn a_document_that_is_wrong_says_where() {
    let run = spl(&["detect", "tests/fixtures/wrong_score.yml", "-d", "samples/sysmon.xml"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("wrong_score.yml: line 6: this is no number\n  |   - {field: dest"), "{}", run.err);
}

#[test]
fn detections_run_with_their_filters_and_keep_their_order() {
    let (pack, macros, data) = (fixture("pack"), fixture("macros"), fixture("events/web.ndjson"));
    let args = ["detect", &pack, "--macros", &macros, "-d", &data, "--format", "ndjson"];
    let run = spl(&args);
    assert_eq!(run.code, 2, "a file of the pack cannot be read: {}", run.err);
    let lines = run.json_lines();
    let found = lines.iter().find(|line| line["detection"] == "Failed Requests - Web").unwrap();
    assert_eq!(
        *found,
        json!({
            "detection": "Failed Requests - Web",
            "file": "tests/fixtures/pack/failed_requests.yml",
            "result": {"host": "web1", "uri": "/cart", "count": "1", "ms": "250.25"},
            "message": "web1 failed 1 times at /cart, says $nobody$",
            "risk": [{"risk_object": "web1", "risk_object_type": "system", "risk_score": 30}],
            "threat": [{"threat_object": "/cart", "threat_object_type": "url"}],
        })
    );
    let unknown = lines.iter().find(|line| line["detection"] == "Unknown Macro").unwrap();
    assert_eq!(unknown["error"], "there is no macro `no_such_macro`");
    let alone = [&args[..], &["--threads", "1"]].concat();
    assert_eq!(spl(&alone).out, run.out);
}

#[test]
fn summaries_have_a_line_for_each_detection() {
    let (pack, macros, data) = (fixture("pack/failed_requests.yml"), fixture("macros"), fixture("events/web.ndjson"));
    let run = spl(&["detect", &pack, "--macros", &macros, "-d", &data, "--summary", "--format", "ndjson"]);
    let line = &run.json_lines()[0];
    assert_eq!((run.code, &line["results"], &line["error"]), (0, &json!(1), &Value::Null), "{}", run.err);
    assert!(line["ms"].is_f64() && line["file"] == "tests/fixtures/pack/failed_requests.yml", "{line}");
}

#[test]
fn checks_tell_what_searches_lack() {
    let (pack, macros) = (fixture("pack"), fixture("macros"));
    let run = spl(&["check", &pack, "--macros", &macros, "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let counts = ["searches", "parsed", "expanded", "planned"].map(|key| report[key].as_u64().unwrap());
    assert_eq!(counts, [7, 6, 5, 4], "{report:#}");
    assert_eq!(report["missing_macros"], json!({"no_such_macro": 1}));
    assert_eq!(report["unsupported"], json!({"nosuchcommand": 1}));
    let stages: Vec<&str> =
        report["failures"].as_array().unwrap().iter().map(|f| f["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, ["read", "parsed", "planned", "expanded"], "{report:#}");
}

#[test]
fn checks_name_missing_lookups_and_data_models_and_let_lookups_be_written() {
    let spl_file = fixture("needs.spl");
    let run = spl(&["check", &spl_file, "--lookups", &fixture("lookups"), "--format", "ndjson"]);
    let line = &run.json_lines()[0];
    assert_eq!(line["missing"], json!({"macros": [], "lookups": ["nobody.csv"], "datamodels": ["NoModel"]}), "{line}");
    assert_eq!((&line["unsupported"], &line["planned"]), (&json!([]), &json!(false)));
}

#[test]
fn checks_have_a_line_for_each_search() {
    let run = spl(&["check", &fixture("pack/more.jsonl"), "--format", "ndjson"]);
    let lines = run.json_lines();
    assert_eq!(run.code, 1);
    assert_eq!(
        lines[0],
        json!({
            "file": "tests/fixtures/pack/more.jsonl", "id": "7", "parsed": true, "expanded": true, "planned": true, "message": null,
            "missing": {"macros": [], "lookups": [], "datamodels": []}, "unsupported": [],
        })
    );
    assert_eq!((&lines[1]["id"], &lines[1]["planned"]), (&json!("2"), &json!(false)));
    assert!(lines[1]["message"].is_string());
}

#[test]
fn the_tests_of_a_pack_are_run_over_local_data() {
    let (pack, macros, data) = (fixture("pack"), fixture("macros"), fixture("attack_data"));
    let run = spl(&["test", &pack, "--attack-data", &data, "--macros", &macros, "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(run.code, 4, "{}", run.err);
    assert_eq!([&report["passed"], &report["failed"], &report["skipped"]], [1, 1, 1], "{report:#}");
    let status: Vec<&str> = report["tests"].as_array().unwrap().iter().map(|t| t["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["passed", "skipped", "failed"]);
    let one = fixture("pack/failed_requests.yml");
    assert_eq!(spl(&["test", &one, "--attack-data", &data, "--macros", &macros]).code, 0);
    assert_eq!(spl(&["test", &one, "--attack-data", "no/such/folder"]).code, 2);
}

#[test]
fn saved_searches_of_a_built_pack_have_risk_and_drilldowns() {
    let (pack, data) = (fixture("built"), fixture("events/web.ndjson"));
    let run = spl(&["detect", &pack, "-d", &data, "--drilldowns", "--format", "ndjson"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let lines = run.json_lines();
    assert_eq!((lines.len(), &lines[0]["detection"]), (2, &json!("Missing Pages")), "{}", run.out);
    // A field that the result lacks stays as it is written.
    assert_eq!(lines[0]["message"], "web2 had no page for $nobody$");
    let risk = json!([{"risk_object": "web2", "risk_object_type": "system", "risk_score": 8}]);
    assert_eq!(lines[0]["risk"], risk);
    assert_eq!(lines[0]["drilldowns"][0]["name"], "Everything on web2");
    assert_eq!(lines[0]["drilldowns"][0]["results"], json!([{"count": "2"}]));
    assert_eq!((&lines[1]["detection"], &lines[1]["result"]), (&json!("Requests"), &json!({"count": "4"})));
    let events = spl(&["detect", &pack, "-d", &data, "--risk", "--format", "ndjson"]).json_lines();
    assert_eq!(events[0]["search_name"], "Site - Missing Pages - Rule");
    assert_eq!(events[0]["annotations.mitre_attack.mitre_tactic"], "reconnaissance");
}
