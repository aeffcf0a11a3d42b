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
