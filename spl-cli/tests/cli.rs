//! The built program, end to end: what scripts rely on. What searches mean is tested elsewhere.

mod common;

use common::{Folder, Run, fixture, spl};
use serde_json::{Value, json};

const WEB: &str = "events/web.ndjson";

fn web(spl_text: &str, options: &[&str]) -> Run {
    let data = fixture(WEB);
    let mut args = vec!["search", spl_text, "-d", &data];
    args.extend(options);
    spl(&args)
}

#[test]
fn ndjson_has_strings_arrays_and_no_missing_fields() {
    let run = web("status=* | table status uri ms tags{} note", &["--format", "ndjson"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(
        run.json_lines(),
        [
            json!({"status": "200", "uri": "/cart", "ms": "40"}),
            json!({"status": "500", "uri": "/cart", "ms": "250.25", "note": "said \"no\", twice\nand left"}),
            json!({"status": "404", "uri": "/missing", "ms": "3"}),
            json!({"status": "200", "uri": "/", "ms": "12.5", "tags{}": ["a", "b"]}),
        ]
    );
    // Fields stand in the order of the result.
    assert!(run.out.starts_with(r#"{"status":"200","uri":"/cart","ms":"40"}"#), "{}", run.out);
}

#[test]
fn json_is_one_array() {
    let run = web("* | stats count by host", &["--format", "json"]);
    let rows: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(rows, json!([{"host": "web1", "count": "2"}, {"host": "web2", "count": "2"}]));
    assert_eq!(web("status=999", &["--format", "json"]).out.trim(), "[]");
}

#[test]
fn csv_quotes_and_joins_multivalues_by_line_breaks() {
    let run = web("status=500 OR uri=\"/\" | table uri note tags{}", &["--format", "csv"]);
    assert_eq!(run.out, "uri,note,tags{}\n/cart,\"said \"\"no\"\", twice\nand left\",\n/,,\"a\nb\"\n");
}

#[test]
fn raw_is_the_text_of_the_events() {
    let run = web("status=404", &["--format", "raw"]);
    assert_eq!(
        run.out,
        "{\"_time\": 1718092801, \"host\": \"web2\", \"status\": 404, \"uri\": \"/missing\", \"ms\": 3}\n"
    );
}

#[test]
fn tables_align_and_show_times_in_the_zone_asked_for() {
    let run = web("status=404 | table _time status", &["--tz", "Europe/Berlin"]);
    assert!(run.out.contains("2024-06-11 10:00:01"), "{}", run.out);
    assert!(run.out.contains("404") && !run.out.contains('\u{1b}'), "{}", run.out);
}

#[test]
fn folders_recurse_and_packed_files_are_read() {
    let run = spl(&["search", "* | stats count by source", "-d", &fixture("events"), "--format", "csv"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let lines: Vec<&str> = run.out.lines().skip(1).collect();
    let counted: Vec<&str> = lines.iter().filter_map(|line| line.rsplit(',').next()).collect();
    assert_eq!((counted, lines.len()), (vec!["2", "1", "4"], 3), "{}", run.out);
    // What is left out is told.
    assert!(run.err.contains("1 of 4 files"), "{}", run.err);
}

#[test]
fn packed_events_give_the_same_results() {
    let folder = std::env::temp_dir().join(format!("spl-cli-pack-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let packed = folder.join("all.parquet");
    let packed = packed.to_str().unwrap();
    let events = fixture("events");
    let run = spl(&["pack", "-d", &events, "--quiet", "-o", packed]);
    assert_eq!((run.code, &*run.err), (0, ""));
    let search = |data: &str| {
        spl(&["search", "-d", data, "--quiet", "--format", "ndjson", "index=* | table _time _raw source host"])
    };
    let wanted = search(&events);
    assert!(wanted.out.lines().count() > 3);
    assert_eq!(search(packed).out, wanted.out);
    // Results go into files, too.
    let results = folder.join("results.parquet");
    let results = results.to_str().unwrap();
    let run = spl(&["search", "-d", packed, "-o", results, "--quiet", "index=* | stats count by source"]);
    assert_eq!((run.code, &*run.out, &*run.err), (0, "", ""));
    let counted = spl(&["search", "-d", results, "--format", "csv", "index=* | stats sum(count) as all"]);
    assert_eq!(counted.out.trim(), format!("all\n{}", wanted.out.lines().count()));
    // An app says how inputs become events, as for searches.
    std::fs::create_dir_all(folder.join("app/default")).unwrap();
    std::fs::write(folder.join("app/default/props.conf"), "[mine]\nLINE_BREAKER = (;)\nDATETIME_CONFIG = CURRENT\n")
        .unwrap();
    let (app, log) = (folder.join("app"), folder.join("mine.log"));
    std::fs::write(&log, "a;b;c").unwrap();
    let (app, log) = (app.to_str().unwrap(), log.to_str().unwrap());
    let run =
        spl(&["pack", "--app", app, "--sourcetype", "mine", "-d", log, "--quiet", "-o", packed, "--now", "1714557600"]);
    assert_eq!((run.code, &*run.err), (0, ""));
    let found = spl(&["search", "-d", packed, "--format", "csv", "* | stats count values(_raw) as raw by _time"]);
    assert_eq!(found.out.trim(), "_time,count,raw\n1714557600,3,\"a\nb\nc\"");
    std::fs::remove_dir_all(&folder).unwrap();
    let lost = spl(&["pack", "-d", &events, "-o", "/nowhere/x.parquet"]);
    assert_eq!(lost.code, 2, "{}", lost.err);
}

#[test]
fn an_app_brings_saved_searches_and_tables() {
    let folder = Folder::new("app");
    let app = folder.path("app");
    for (file, text) in [
        (
            "default/savedsearches.conf",
            "[two of three]\nsearch = | inputlookup three.csv \\\n| head $n$\n[none]\ndisabled = 1\n",
        ),
        ("default/transforms.conf", "[three]\nfilename = three.csv\n"),
        ("lookups/three.csv", "a\nx\ny\nz\n"),
    ] {
        let file = std::path::Path::new(&app).join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let search = |text: &str| spl(&["search", "--app", &app, "--quiet", "--format", "csv", text]);
    assert_eq!(search("| savedsearch \"two of three\" n=2").out, "a\nx\ny\n");
    assert_eq!(search("| from lookup:three | tail 1").out, "a\nz\n");
    assert!(search("| savedsearch none").err.contains("there is no saved search `none`"));
}

#[test]
fn a_pattern_chooses_files_of_an_archive() {
    let folder = Folder::new("zip");
    let archive = folder.path("logs.zip");
    // One file, stored as it is.
    let (name, content) = ("host/a.json", "{\"a\":1}\n{\"a\":2}\n");
    let mut crc = flate2::Crc::new();
    crc.update(content.as_bytes());
    let numbers = [crc.sum(), content.len() as u32, content.len() as u32].map(u32::to_le_bytes).concat();
    let header = [&b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0"[..], &numbers, &[11, 0, 0, 0]].concat();
    let entry = [&b"PK\x01\x02\x14\0"[..], &header[4..], &[0; 14], name.as_bytes()].concat();
    let end = [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &(entry.len() as u32).to_le_bytes()].concat();
    let start = (header.len() + name.len() + content.len()) as u32;
    let bytes =
        [&header[..], name.as_bytes(), content.as_bytes(), &entry, &end, &start.to_le_bytes(), &[0; 2]].concat();
    std::fs::write(&archive, bytes).unwrap();
    let search = |data: &str| spl(&["search", "* | stats sum(a) as a by source", "--format", "csv", "-d", data]);
    let run = search(&format!("{archive}!*.json"));
    assert_eq!((run.code, run.out), (0, format!("source,a\n{archive}!host/a.json,3\n")), "{}", run.err);
    let run = search(&format!("{archive}!*.evtx"));
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(
        run.err.contains("no file of the archive matches `*.evtx`") && run.err.contains("`host/a.json`"),
        "{}",
        run.err
    );
    let run = search("nowhere.zip!*.json");
    assert!(run.code == 2 && run.err.contains("cannot read nowhere.zip:"), "{}", run.err);
    let run = common::spl_from(&["search", "* | stats sum(a) as a", "--format", "csv", "--data=-!a.*"], &archive);
    assert_eq!((run.code, run.out.as_str()), (0, "a\n3\n"), "{}", run.err);
}

#[test]
fn formats_are_listed() {
    let run = spl(&["formats"]);
    for name in ["parquet", "evtx", "xml", "json", "zeek", "csv", "text"] {
        assert!(run.out.lines().any(|line| line.starts_with(name)), "{name} in {}", run.out);
    }
}

#[test]
fn labels_apply_to_the_data_that_follow() {
    let (web, audit) = (fixture(WEB), fixture("events/deep/audit.csv"));
    let args = ["search", "* | stats count by index", "-d", &web, "--index", "db", "-d", &audit, "--format", "csv"];
    assert_eq!(spl(&args).out, "index,count\ndb,2\nmain,4\n");
    let run = spl(&["search", "* | stats count", "-d", &web, "--index", "db"]);
    assert!(run.code == 0 && run.err.contains("--index stands behind the last --data"), "{}", run.err);
}

#[test]
fn standard_input_and_query_files() {
    let query = fixture("pack/count.spl");
    let args = ["search", "--file", &query, "-d", "-", "--input-format", "json", "--format", "csv"];
    let run = common::spl_with(&args, "{\"host\":\"x\"}\n{\"host\":\"x\"}\n");
    assert_eq!((run.out.as_str(), run.code), ("host,count\nx,2\n", 0), "{}", run.err);
}

#[test]
fn standard_input_is_read_a_little_at_a_time_with_the_same_results() {
    let web = std::fs::read_to_string(std::path::Path::new("..").join(fixture(WEB))).unwrap();
    for query in
        ["* | head 3 | table _time uri", "* | stats count latest(status) BY host", "[search * | head 1 | fields host]"]
    {
        let search = ["search", query, "--source", "web", "--format", "ndjson", "-d"];
        let file = spl(&[&search[..], &[&fixture(WEB)]].concat());
        let pipe = common::spl_with(&[&search[..], &["-"]].concat(), &web);
        assert_eq!((file.out, file.code), (pipe.out, pipe.code), "{query}: {}", pipe.err);
    }
}

#[test]
fn time_options() {
    let run =
        web("* | stats count", &["--earliest", "2024-06-11T08:00:01Z", "--latest", "1718092803", "--format", "csv"]);
    assert_eq!(run.out, "count\n2\n", "{}", run.err);
    let run = web("* | stats count", &["--now", "1718092804", "--earliest", "-2s", "--format", "csv"]);
    assert_eq!(run.out, "count\n2\n", "{}", run.err);
    assert_eq!(web("x", &["--tz", "Europe/Berln"]).code, 64);
    assert_eq!(web("x", &["--earliest", "yesterday-ish"]).code, 64);
}

#[test]
fn macros_come_from_folders_and_later_ones_win() {
    let macros = fixture("macros");
    let run = web("`failed(404)` | `by_host`", &["--macros", &macros, "--format", "csv"]);
    assert_eq!(run.out, "host,count\nweb1,1\nweb2,1\n", "{}", run.err);
    let run = spl(&["expand", "`failed(500)` | `by_host`", "--macros", &macros]);
    assert_eq!(run.out, "status>=500 | stats count by host\n");
    let listed = spl(&["macros", "--macros", &macros]).out;
    assert!(listed.contains("failed(1)") && listed.contains("by_host"), "{listed}");
    let shown = spl(&["macros", "failed", "--macros", &macros]).out;
    assert!(shown.contains("`failed(least)`") && shown.contains("Requests that failed."), "{shown}");
}

#[test]
fn lookups_are_read_and_written_only_where_allowed() {
    let (lookups, folder) =
        (fixture("lookups"), std::env::temp_dir().join(format!("spl-lookups-{}", std::process::id())));
    std::fs::create_dir_all(&folder).unwrap();
    let folder = folder.to_str().unwrap();
    let search = "status=200 | lookup owners host OUTPUT owner | table host owner | sort host | outputlookup seen.csv";
    let run = web(search, &["--lookups", &lookups]);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    let run = web(search, &["--lookups", &lookups, "--write-lookups", folder, "--format", "csv"]);
    assert_eq!((run.code, run.out.as_str()), (0, "host,owner\nweb1,ann\nweb2,none\n"), "{}", run.err);
    let run = spl(&["search", "| inputlookup seen.csv", "--lookups", folder, "--format", "csv"]);
    assert_eq!(run.out, "host,owner\nweb1,ann\nweb2,none\n", "{}", run.err);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "something is left over");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn wrong_searches_exit_with_1_and_show_the_place() {
    let run = web("status=200 | stast count", &[]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.contains("^^^^^") && run.err.contains("did you mean `stats`?"), "{}", run.err);
    // Nothing was read: the search is wrong whatever the data are.
    let run = spl(&["search", "status=200 | stast count", "-d", "no/such/file"]);
    assert_eq!(run.code, 1);
    assert_eq!(web("`no_such_macro`", &[]).code, 1);
}

#[test]
fn wrong_files_exit_with_2_after_the_results_of_the_others() {
    assert_eq!(spl(&["search", "x", "-d", "no/such/file"]).code, 2);
    let run = spl(&["search", "* | stats count", "-d", "no/such/file", "-d", &fixture(WEB), "--format", "csv"]);
    assert_eq!((run.code, run.out.as_str()), (2, "count\n4\n"));
    assert!(run.err.contains("no/such/file"), "{}", run.err);
    let run = common::spl_with(&["search", "* | stats count", "-d", "-", "--format", "csv"], "{\"a\": 1}\n{\"a\": \n");
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.out.starts_with("count\n"), "{}", run.out);
}

#[test]
fn a_parquet_file_without_its_end_exits_with_2() {
    let folder = Folder::new("cut");
    let (whole, cut) = (folder.path("whole.parquet"), folder.path("cut.parquet"));
    assert_eq!(spl(&["pack", "-d", &fixture("events"), "--quiet", "-o", &whole]).code, 0);
    let bytes = std::fs::read(&whole).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() - 100]).unwrap();
    for more in [&[][..], &["-d", &whole]] {
        let search = ["search", "index=* | stats count", "--format", "csv", "-d", &cut];
        let run = spl(&[&search[..], more].concat());
        assert_eq!((run.code, run.out.as_str()), (2, if more.is_empty() { "count\n0\n" } else { "count\n7\n" }));
        assert!(run.err.contains("cut.parquet") && run.err.contains("footer"), "{}", run.err);
    }
    // As a stream, too.
    let run = common::spl_from(&["search", "index=* | stats count", "--format", "csv", "-d", "-"], &cut);
    assert_eq!((run.code, run.out.as_str()), (2, "count\n0\n"), "{}", run.err);
    assert!(run.err.contains("footer"), "{}", run.err);
}

#[test]
fn limits_exit_with_3() {
    let run = spl(&["search", "| makeresults count=3000000 | eval a=random()", "--max-memory", "1MB"]);
    assert_eq!((run.code, run.out.as_str()), (3, ""), "{}", run.err);
}

#[test]
fn content_that_grows_without_end_exits_with_3() {
    use std::io::Write;
    let folder = Folder::new("bombs");
    let pack = |content: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    };
    // Lines all the same, and one line without an end.
    let lines = pack(&format!("{{\"a\":\"{}\"}}\n", "x".repeat(4000)).into_bytes().repeat(1000));
    let line = pack(&[b' '; 4 << 20]);
    for (bytes, why) in [(lines.repeat(20), "400 times larger"), (line.repeat(20), "400 times larger")] {
        let path = folder.path("bomb.gz");
        std::fs::write(&path, &bytes).unwrap();
        let search = ["search", "index=* | stats count", "--format", "csv", "--max-memory", "256MiB", "-d", "-"];
        let run = common::spl_from(&search, &path);
        assert_eq!((run.code, run.out.as_str()), (3, ""), "{why}: {}", run.err);
        assert!(run.err.contains(why), "{}", run.err);
    }
    // As many lines, less alike, are no trap.
    let many: String = (0..200_000u32).map(|n| format!("{{\"a\":{}}}\n", n.wrapping_mul(2_654_435_761))).collect();
    let path = folder.path("many.gz");
    std::fs::write(&path, pack(many.as_bytes())).unwrap();
    let run = common::spl_from(&["search", "index=* | stats count", "--format", "csv", "-d", "-"], &path);
    assert_eq!((run.code, run.out.as_str()), (0, "count\n200000\n"), "{}", run.err);
}

#[test]
fn wrong_use_exits_with_64() {
    for args in [&["serach"][..], &["search"], &["search", "x", "--format", "xml"], &["bench", "--compare", "nosuch"]] {
        let run = spl(args);
        assert_eq!((run.code, run.out.as_str()), (64, ""), "{args:?}: {}", run.err);
    }
    assert_eq!(web("x", &["--input-format", "pdf"]).code, 0, "it stands behind the data");
    assert_eq!(spl(&["search", "x", "--input-format", "pdf", "-d", &fixture(WEB)]).code, 64);
}

#[test]
fn quiet_silences_all_but_errors() {
    assert!(!web("status=999", &[]).err.is_empty());
    assert_eq!(web("status=999", &["--quiet"]).err, "");
    assert!(!web("| nosuch", &["--quiet"]).err.is_empty());
}

#[test]
fn help_has_examples() {
    let help = spl(&["--help"]).out;
    assert!(help.contains("Examples:\n  spl "), "{help}");
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|&command| command != "help")
        .collect();
    assert!(commands.len() > 15, "{commands:?}");
    for command in commands {
        let run = spl(&[command, "--help"]);
        assert!(run.code == 0 && run.out.contains(&format!("  spl {command}")), "{command}: {}", run.out);
    }
}

#[test]
fn stages_are_shown() {
    let run = spl(&["fmt", "status=200|stats count by host"]);
    assert_eq!(run.out, "status=200\n| stats count by host\n");
    assert_eq!(spl(&["fmt", "--check", "status=200|stats count"]).code, 1);
    let run = spl(&["parse", "--format", "json", "status=200 | stats count"]);
    let tree: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(tree["stages"][1]["command"], "stats");
    let data = fixture(WEB);
    let run = spl(&["explain", "--analyze", "-d", &data, "status=200 | stats count by host | head 1"]);
    for part in ["transforming", "Plan as written", "Plan as run", "Fields read: host, status", "in all"] {
        assert!(run.out.contains(part), "{part} is missing in\n{}", run.out);
    }
    assert!(spl(&["commands", "stats"]).out.contains("Syntax:"));
    assert!(spl(&["functions", "round"]).out.contains("round("));
    assert_eq!(spl(&["commands", "stast"]).code, 1);
}

#[test]
fn bench_reports_as_json() {
    let (data, queries) = (fixture(WEB), fixture("pack"));
    let ways = format!("limit,all,threads=2,{queries}");
    let args = ["bench", "-d", &data, "--queries", &queries, "--names", "count", "--repeat", "3", "--compare", &ways];
    let run = spl(&args);
    let report: Value = serde_json::from_str(run.out.lines().last().unwrap()).unwrap();
    assert!(report["load_s"].is_f64() && report["loaded_mb"].is_u64(), "{report}");
    let count = &report["q"]["count"];
    assert_eq!(count["check"], json!([2, 4]));
    for key in ["ms", "first_ms", "plan_us"] {
        let compared = |way: &str| count["compare"][way][key].is_f64();
        assert!(count[key].is_f64() && ["all", "threads=2", &queries].into_iter().all(compared), "{report}");
    }
    assert_eq!(spl(&["bench", "-d", &data, "--queries", &queries, "--compare", "threads=0"]).code, 64);
    let run = spl(&["bench", "-d", &data, "--queries", &queries, "--names", "count", "--repeat", "0"]);
    assert_eq!(serde_json::from_str::<Value>(&run.out).unwrap()["q"], json!({}));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_with_130_and_a_closed_pipe_without_a_word() {
    use std::process::{Command, Stdio};
    let mut child = common::command(&["search", "x", "-d", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));

    let mut child = common::command(&["search", "| makeresults count=200000", "--format", "ndjson"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}
