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
        assert_eq!(run(&beats), wanted, "{search}");
    }
}
