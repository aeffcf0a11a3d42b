//! Windows events as winlogbeat writes them: searches find in them what they find in the events' XML.

use std::fmt::Write;
use std::sync::Arc;

use spl_core::detection::Detection;
use spl_core::exec::{Bytes, RawSource};
use spl_core::formats::Origin;
use spl_core::knowledge::Macros;
use spl_core::{Engine, builtin};
use spl_tests::cells::print;
use spl_tests::events::{read, rows};
use spl_tests::evtx_file::{Event, Value, samples};

/// The event as winlogbeat 8 writes it into a file.
fn beat(event: &Event) -> String {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let there = event.data.iter().filter(|(_, value)| !value.plain().is_empty());
    let data: Vec<String> = there.map(|(name, value)| format!("\"{name}\":{}", text(&value.plain()))).collect();
    let mut line = format!(
        "{{\"@timestamp\":{},\"@metadata\":{{\"beat\":\"winlogbeat\",\"version\":\"8.13.4\"}},\"message\":{},\
         \"host\":{{\"name\":\"forwarder\"}},\"log\":{{\"level\":\"information\"}},\"event\":{{\"code\":\"{}\",\"kind\":\"event\"",
        text(&Value::Time(event.time).plain()),
        text(&format!("Event {}:\nof {}", event.id, event.channel)),
        event.id,
    );
    if event.channel == "Security" {
        line.push_str(",\"outcome\":\"success\"");
    }
    let user = event.user.clone().map(|rest| Value::Sid(5, rest).plain());
    let user = user.map(|user| format!(",\"user\":{{\"identifier\":{}}}", text(&user)));
    write!(
        line,
        "}},\"winlog\":{{\"api\":\"wineventlog\",\"channel\":{},\"event_data\":{{{}}},\"event_id\":\"{}\",\"version\":{},\
         \"provider_name\":{},\"provider_guid\":{},\"computer_name\":{},\"record_id\":{},\
         \"process\":{{\"pid\":{},\"thread\":{{\"id\":{}}}}}{},\"keywords\":[\"Audit Success\"]}}}}",
        text(event.channel),
        data.join(","),
        event.id,
        event.version,
        text(event.provider.0),
        text(&Value::Guid(event.provider.1).plain()),
        text(&event.computer),
        event.record,
        event.execution.0,
        event.execution.1,
        user.unwrap_or_default(),
    )
    .expect("strings take everything");
    line
}

/// The event as winlogbeat 6 writes it.
fn old_beat(event: &Event) -> String {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let there = event.data.iter().filter(|(_, value)| !value.plain().is_empty());
    let data: Vec<String> = there.map(|(name, value)| format!("\"{name}\":{}", text(&value.plain()))).collect();
    let outcome = if event.channel == "Security" { ",\"event\":{\"outcome\":\"success\"}" } else { "" };
    let user = event.user.clone().map(|rest| Value::Sid(5, rest).plain());
    let user = user.map(|user| format!(",\"user\":{{\"identifier\":{},\"type\":\"User\"}}", text(&user)));
    format!(
        "{{\"@timestamp\":{},\"event_data\":{{{}}},\"beat\":{{\"hostname\":\"forwarder\",\"version\":\"6.5.4\"}},\"level\":\"Information\",\
         \"task\":\"\",\"opcode\":\"Info\",\"type\":\"wineventlog\",\"log_name\":{},\"event_id\":{},\"version\":{},\"source_name\":{},\
         \"provider_guid\":{},\"computer_name\":{},\"record_number\":\"{}\",\"process_id\":{},\"thread_id\":{}{}{}}}",
        text(&Value::Time(event.time).plain()),
        data.join(","),
        text(event.channel),
        event.id,
        event.version,
        text(event.provider.0),
        text(&Value::Guid(event.provider.1).plain()),
        text(&event.computer),
        event.record,
        event.execution.0,
        event.execution.1,
        user.unwrap_or_default(),
        outcome,
    )
}

fn engine(name: &str, text: String) -> Engine {
    let filter = "[rundll32_create_remote_thread_to_a_process_filter]\ndefinition = search *\n";
    let mut macros = builtin::macros();
    macros.extend(Macros::from_conf(filter).expect("a macro"));
    let builder = Engine::builder().knowledge(builtin::knowledge()).data_models(builtin::data_models()).macros(macros);
    let mut engine = builder.now(1_720_000_000.0).build().expect("builds");
    let origin = Origin { name: name.to_owned(), ..Origin::default() };
    let input: (Bytes, _, _) = (Box::new(text.into_bytes()), None, origin);
    let source = RawSource::new(vec![input], engine.catalog().knowledge().clone());
    engine.catalog_mut().add_source(Arc::new(source));
    engine
}

#[test]
fn the_data_of_events_are_named_as_in_the_events() {
    let events = samples(6);
    let lines: Vec<String> = events.iter().map(beat).collect();
    let loaded = read("beat.ndjson", (lines.join("\n") + "\n").as_bytes());
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let found = rows(&loaded);
    // The newest come first.
    for ((event, line), row) in events.iter().zip(&lines).rev().zip(&found) {
        let of = |field: &str| row.get(field).map_or("", |value| value.as_str());
        let source = format!("XmlWinEventLog:{}", event.channel);
        let wanted = ["XmlWinEventLog", &source, &event.computer, line];
        assert_eq!([of("sourcetype"), of("source"), of("host"), of("_raw")], wanted);
        assert_eq!((of("winlog.event_id"), of("host.name")), (&*event.id.to_string(), "forwarder"));
        for (name, value) in &event.data {
            assert_eq!(of(name), value.plain(), "{name}");
        }
    }
    // What says where an event comes from stays in its place.
    let line = r#"{"winlog":{"channel":"System","event_id":1,"event_data":{"host":"a","source":"b","list":["x","y"],"":"c"}}}"#;
    let row = &rows(&read("a.json", line.as_bytes()))[0];
    let of = |field: &str| row.get(field).map(String::as_str);
    assert_eq!((of("winlog.event_data.host"), of("host")), (Some("a"), None));
    assert_eq!((of("source"), of("list{}")), (Some("XmlWinEventLog:System"), Some("x; y")));
}

#[test]
fn searches_find_what_they_find_in_xml() {
    let events = samples(30);
    let xml = engine("log.xml", events.iter().map(|event| event.xml() + "\n").collect());
    let beats = engine("beat.ndjson", events.iter().map(|event| beat(event) + "\n").collect());
    let old = engine("old.ndjson", events.iter().map(|event| old_beat(event) + "\n").collect());
    // As Elasticsearch gives them back: a hit a line, and all hits in one object.
    let hit = |(n, line): (usize, String)| {
        format!("{{\"_index\":\"w\",\"_id\":\"{n}\",\"_score\":null,\"_source\":{line},\"sort\":[{n}]}}")
    };
    let hits: Vec<String> = events.iter().map(old_beat).enumerate().map(hit).collect();
    let hits_by_line = engine("hits.ndjson", hits.join("\n"));
    let all_hits = format!(
        "{{\"took\":1,\"_shards\":{{\"total\":1}},\"hits\":{{\"total\":{{\"value\":9}},\"max_score\":null,\"hits\":[{}]}},\"aggregations\":{{}}}}\n",
        hits.join(",")
    );
    let all_hits = engine("hits.json", all_hits);
    let seed = concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/rundll32_create_remote_thread.yml");
    let seed = std::fs::read_to_string(seed).expect("the sample is there").replace("\"*.exe\"", "\"*notepad.exe\"");
    let seed = Detection::parse(&seed).expect("the sample is one").search;
    let searches = [
        seed.as_str(),
        "`sysmon` EventCode=1 Image=\"*\\\\cmd.exe\" CommandLine=\"*ünï*\" | stats count min(_time) values(ParentImage) by dest user process_name",
        "`wineventlog_security` EventCode=4688 NewProcessName=*wevtutil.exe | stats count by dest process_name process_path action status signature_id",
        "| tstats count min(_time) as first from datamodel=Endpoint.Processes where Processes.process_name=cmd.exe \
         by Processes.dest Processes.user Processes.process_name Processes.parent_process_name Processes.process_guid",
        "index=* | stats count by EventID EventCode Computer host dvc Name Guid SourceName ProcessID ThreadID",
        "index=* | table _time EventRecordID RecordNumber UserID user_id Version TargetImage StartAddress SubjectUserSid IntegrityLevel",
        "SourceImage=*rundll32.exe NOT StartModule=* | stats count by TargetImage",
    ];
    for search in searches {
        let run =
            |engine: &Engine| print(engine.search(search).unwrap_or_else(|error| panic!("{search}\n{error}")).shown());
        let wanted = run(&xml);
        assert!(wanted.len() > 1, "{search}: {wanted:?}");
        for (name, others) in [("7", &beats), ("6", &old), ("hits", &hits_by_line), ("all hits", &all_hits)] {
            assert_eq!(run(others), wanted, "{name}: {search}");
        }
    }
}

#[test]
fn older_events_are_known_by_all_of_their_members() {
    let events = samples(6);
    let lines: Vec<String> = events.iter().map(old_beat).collect();
    let loaded = read("beat.ndjson", (lines.join("\n") + "\n").as_bytes());
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    for ((event, line), row) in events.iter().zip(&lines).rev().zip(&rows(&loaded)) {
        let of = |field: &str| row.get(field).map_or("", |value| value.as_str());
        let source = format!("XmlWinEventLog:{}", event.channel);
        let wanted = ["XmlWinEventLog", &source, &event.computer, line];
        assert_eq!([of("sourcetype"), of("source"), of("host"), of("_raw")], wanted);
        assert_eq!((of("EventID"), of("Channel"), of("level")), (&*event.id.to_string(), event.channel, "Information"));
        for (name, value) in &event.data {
            assert_eq!(of(name), value.plain(), "{name}");
        }
    }
    // Other events keep the names of theirs, between those of winlogbeat, too.
    let other = r#"{"@timestamp":"2024-05-01T10:00:00Z","event_id":7,"log_name":"x","event_data":{"a":1},"version":2}"#;
    for text in [other.to_owned(), format!("{}\n{other}\n{}", lines[0], lines[1]), format!("{other}\n{}", lines[0])] {
        let found = rows(&read("a.json", text.as_bytes()));
        let row = found.iter().find(|row| row.contains_key("event_id")).expect("the other event");
        let of = |field: &str| row.get(field).map_or("", |value| value.as_str());
        assert_eq!([of("event_data.a"), of("version"), of("sourcetype")], ["1", "2", "_json"]);
        assert_eq!(found.iter().filter(|row| row.contains_key("EventID")).count(), found.len() - 1);
    }
}
