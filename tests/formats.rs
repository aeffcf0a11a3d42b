//! What each format makes of small inputs: which events, which fields, which time.

use std::io::Write;

use spl_core::formats::{Candidates, Input, Origin, ReadRequest, detect, load, parse_time, read_rows};
use spl_tests::archive::zip;
use spl_tests::events::{Row, fields, read, read_with, row, rows};

const SYSTEM: &str = "<System><Provider Name='Microsoft-Windows-Sysmon' Guid='{57}'/><EventID>1</EventID><Level>4</Level>\
    <TimeCreated SystemTime='2024-05-01T10:00:00.123456700Z'/><Correlation/><Execution ProcessID='7' ThreadID='8'/>\
    <Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws1</Computer><Security UserID='S-1-5-18'/></System>";

fn event(rest: &str) -> String {
    format!("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>{SYSTEM}{rest}</Event>")
}

fn only(bytes: impl AsRef<[u8]>, name: &str) -> Row {
    let loaded = read(name, bytes.as_ref());
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let mut rows = rows(&loaded);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

fn has(row: &Row, pairs: &[(&str, &str)]) {
    for &(field, value) in pairs {
        assert_eq!(row.get(field).map(String::as_str), Some(value), "{field} of {row:?}");
    }
}

#[test]
fn xml_system_becomes_fields() {
    let text = event("<EventData></EventData>");
    let expected = row(&[
        ("Name", "Microsoft-Windows-Sysmon"),
        ("Guid", "{57}"),
        ("EventID", "1"),
        ("Level", "4"),
        ("SystemTime", "2024-05-01T10:00:00.123456700Z"),
        ("ProcessID", "7"),
        ("ThreadID", "8"),
        ("Channel", "Microsoft-Windows-Sysmon/Operational"),
        ("Computer", "ws1"),
        ("UserID", "S-1-5-18"),
        ("_time", "1714557600.123457"),
        ("_raw", &text),
        ("index", "main"),
        ("source", "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational"),
        ("sourcetype", "XmlWinEventLog"),
        ("host", "ws1"),
    ]);
    assert_eq!(only(&text, "a.xml"), expected);
}

#[test]
fn xml_data_becomes_fields() {
    let text = event(
        "<EventData><Data Name='Image'>C:\\a.exe</Data><Data Name=\"User\">A &amp; B</Data><Data Name='Empty'></Data>\
         <Data Name='None'/><Data Name='Image'>second</Data><Data Name='Lines'>a\n\tb </Data><Data>one</Data><Data>two</Data>\
         <Binary>00ff</Binary></EventData>",
    );
    let event = only(text, "a.xml");
    has(&event, &[("Image", "C:\\a.exe"), ("User", "A &amp; B"), ("Lines", "a\n\tb "), ("Data", "one; two")]);
    has(&event, &[("Binary", "00ff")]);
    assert!(!event.contains_key("Empty") && !event.contains_key("None"));
}

#[test]
fn xml_user_data_rendering_info_and_qualifiers_become_fields() {
    let text = event(
        "<UserData><n:LogFileCleared xmlns:n='http://x'><n:SubjectUserName kind='k'>bob</n:SubjectUserName><n:A/>\
         </n:LogFileCleared></UserData><RenderingInfo Culture='en-US'><Message>It was\ncleared</Message><Level>Info</Level>\
         <Keywords><Keyword>Audit</Keyword></Keywords></RenderingInfo>",
    )
    .replace("<EventID>1", "<EventID Qualifiers='16384'>1");
    let event = only(text, "a.xml");
    has(&event, &[("SubjectUserName", "bob"), ("Message", "It was\ncleared"), ("Level", "4"), ("Keyword", "Audit")]);
    has(&event, &[("Qualifiers", "16384"), ("EventID", "1")]);
    assert!(!event.contains_key("kind") && !event.contains_key("Culture"));
}

#[test]
fn xml_events_may_share_lines_or_span_them() {
    let pretty = event("\n  <EventData>\n    <Data Name='A'>1</Data>\n  </EventData>\n").replace("><", ">\n<");
    let text = format!("\u{feff}<?xml version='1.0'?>\n<Events>{0}{0}\n{pretty}\r\n\r\n{0}</Events>\n", event(""));
    let loaded = read("a.xml", text.as_bytes());
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let rows = rows(&loaded);
    assert_eq!(rows.len(), 4);
    assert_eq!(rows.iter().filter(|row| row.get("A").is_some_and(|a| a == "1")).count(), 1);
    assert!(rows.iter().all(|row| row["EventID"] == "1" && row["_raw"].ends_with("</Event>")));
}

#[test]
fn xml_cdata_and_comments_are_read() {
    let text = event("<EventData><!-- <Data Name='No'>1</Data> --><Data Name='A'><![CDATA[x < y]]></Data></EventData>");
    let event = only(text, "a.xml");
    has(&event, &[("A", "x < y")]);
    assert!(!event.contains_key("No"));
}

#[test]
fn xml_behind_a_syslog_header_keeps_it() {
    let body = event("<EventData><Data Name=\"Image\">/bin/sh</Data></EventData>")
        .replace("Microsoft-Windows-Sysmon/Operational", "Linux-Sysmon/Operational");
    let line = format!("May  1 10:00:00 srv sysmon[7]: {body}");
    let loaded = read("sysmon.log", format!("{line}\n{line}\n").as_bytes());
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let rows = rows(&loaded);
    assert_eq!(rows.len(), 2);
    for event in rows {
        has(&event, &[("_raw", &line), ("Image", "/bin/sh"), ("source", "Syslog:Linux-Sysmon/Operational")]);
        has(&event, &[("sourcetype", "sysmon:linux")]);
    }
}

#[test]
fn xml_mixed_with_text_events_keeps_both() {
    let text = format!(
        "05/01/2024 11:00:00 AM\nLogName=Windows PowerShell\nEventCode=400\nComputerName=ws2\nMessage=a\nb\n{}\n\
         05/01/2024 12:00:00 PM\nLogName=Windows PowerShell\nEventCode=403\nMessage=c\n",
        event("")
    );
    let loaded = read("mixed.raw", text.as_bytes());
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let rows = rows(&loaded);
    assert_eq!(rows.len(), 3);
    has(&rows[0], &[("_time", "1714564800"), ("source", "WinEventLog:Windows PowerShell")]);
    has(&rows[1], &[("_time", "1714561200"), ("sourcetype", "WinEventLog"), ("host", "ws2")]);
    assert!(rows[1]["_raw"].ends_with("Message=a\nb"));
    has(&rows[2], &[("EventID", "1")]);
}

#[test]
fn a_channel_names_the_source_by_how_its_event_is_written() {
    let classic = "05/01/2024 11:00:00 AM\nLogName=Microsoft-Windows-Sysmon/Operational\nEventCode=1\nMessage=a";
    let rows = rows(&read("mixed.raw", format!("{classic}\n{}\n{classic}\n", event("")).as_bytes()));
    let sources: Vec<&str> = rows.iter().map(|row| &*row["source"]).collect();
    assert_eq!(sources.iter().filter(|source| source.starts_with("XmlWinEventLog:")).count(), 1, "{sources:?}");
    assert_eq!(sources.iter().filter(|source| source.starts_with("WinEventLog:")).count(), 2, "{sources:?}");
}

#[test]
fn the_origin_overrides_what_the_format_would_say() {
    let origin = Origin {
        name: "a.xml".into(),
        members: None,
        index: Some("win".into()),
        source: Some("s".into()),
        sourcetype: Some("st".into()),
        host: Some("h".into()),
    };
    let text = event("");
    let input = Input { bytes: text.as_bytes(), format: None, origin };
    let loaded = load(&[input], &ReadRequest::default()).expect("reads");
    has(
        &rows(&loaded)[0],
        &[("index", "win"), ("source", "s"), ("sourcetype", "st"), ("host", "h"), ("Computer", "ws1")],
    );
}

#[test]
fn only_what_is_wanted_is_read() {
    let later = event("<EventData><Data Name='A'>2</Data></EventData>").replace("T10:", "T11:");
    let text = format!("{}\n{later}\n", event("<EventData><Data Name='A'>1</Data></EventData>"));
    let request = ReadRequest {
        fields: Some(["A", "source"].map(String::from).into()),
        raw: false,
        earliest: Some(1_714_561_200.0),
        ..ReadRequest::default()
    };
    let loaded = read_with("a.xml", text.as_bytes(), &request);
    let source = "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational";
    assert_eq!(rows(&loaded), [row(&[("A", "2"), ("_time", "1714561200.123457"), ("source", source)])]);
}

#[test]
fn a_scan_reads_text_between_events_whole() {
    let between = "05/01/2024 11:00:00 AM\nLogName=Security\nMessage=a</Event>b";
    for text in [between.to_owned(), format!("{0}\n{between}\n{0}", event(""))] {
        let mut candidates = Candidates::default();
        candidates.require(["LogName"]);
        let request = ReadRequest { candidates, ..ReadRequest::default() };
        let found = rows(&read_with("a.xml", text.as_bytes(), &request));
        let found: Vec<&Row> = found.iter().filter(|row| row["_raw"].contains("LogName")).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        has(found[0], &[("_raw", between), ("_time", "1714561200")]);
    }
}

#[test]
fn a_scan_keeps_headers_behind_blanks() {
    let text =
        format!("LogName=a\n \tsrv sysmon[7]: {}\n", event("<EventData><Data Name='A'>/bin/sh</Data></EventData>"));
    let mut candidates = Candidates::default();
    candidates.require(["/bin/sh"]);
    let request = ReadRequest { candidates, ..ReadRequest::default() };
    for request in [request, ReadRequest::default()] {
        let found = rows(&read_with("a.xml", text.as_bytes(), &request));
        assert!(found[0]["_raw"].starts_with("srv sysmon[7]: <Event"), "{found:?}");
    }
}

#[test]
fn a_scan_takes_no_object_within_an_event_for_one() {
    let text = "[\n{\"a\":[{\"x\":1},\n{\"y\":\"rundll32\"}]},\n{\"z\":2}\n]\n";
    let mut candidates = Candidates::default();
    candidates.require(["rundll32"]);
    let request = ReadRequest { candidates, ..ReadRequest::default() };
    let found = rows(&read_with("a.json", text.as_bytes(), &request));
    let event = found.iter().find(|row| row["_raw"].contains("rundll32")).expect("the event");
    has(event, &[("a{}.x", "1"), ("a{}.y", "rundll32")]);
}

#[test]
fn json_is_flattened_as_splunk_names_it() {
    let line = r#"{"a":{"b":1,"c":{"d":"x","e":{}}},"l":[1,"two",null,true],"o":[{"k":1},{"k":2,"m":[3,4]}],"n":null,"t":true,"f":1.50,"big":12345678901234567890123,"s":"","a.b":"late","nested":[[1],[2]]}"#;
    let expected = row(&[
        ("_raw", line),
        ("a.b", "1"),
        ("a.c.d", "x"),
        ("l{}", "1; two; true"),
        ("o{}.k", "1; 2"),
        ("o{}.m{}", "3; 4"),
        ("nested{}{}", "1; 2"),
        ("t", "true"),
        ("f", "1.50"),
        ("big", "12345678901234567890123"),
        ("s", ""),
        ("index", "main"),
        ("source", "a.json"),
        ("sourcetype", "_json"),
    ]);
    assert_eq!(only(line, "a.json"), expected);
}

#[test]
fn json_strings_are_unescaped() {
    let line = r#"{"q":"a\"b\\c\/d\n\t\u00e9\ud83d\ude00\ud800x\q","k\u0065y":1}"#;
    has(&only(line, "a.json"), &[("q", "a\"b\\c/d\n\té😀\u{fffd}x\\q"), ("key", "1")]);
}

#[test]
fn a_json_string_cut_short_costs_its_own_line() {
    let log = "{\"a\":\"x\"}\n{\"a\":\"lost\n{\"a\":\"}\n{\"a\":\"00\"}\n{\"a\":\"one\ntwo\"}\n";
    let loaded = read("a.json", log.as_bytes());
    let values: Vec<_> = rows(&loaded).into_iter().map(|row| (row.get("a").cloned(), row["_raw"].clone())).collect();
    let some = |a: &str, raw: &str| (Some(a.to_owned()), raw.to_owned());
    let lost = |raw: &str| (None, raw.to_owned());
    let one = some("one\ntwo", "{\"a\":\"one\ntwo\"}");
    let wanted =
        [some("x", "{\"a\":\"x\"}"), lost("{\"a\":\"lost"), lost("{\"a\":\"}"), some("00", "{\"a\":\"00\"}"), one];
    assert_eq!(values, wanted);
    assert_eq!(loaded.warnings.len(), 1, "{:?}", loaded.warnings);
    let mut candidates = Candidates::default();
    candidates.require(["00"]);
    let found = read_with("a.json", log.as_bytes(), &ReadRequest { candidates, ..ReadRequest::default() });
    assert_eq!(rows(&found).len(), 1);
}

#[test]
fn json_events_come_in_many_wrappers() {
    let one = r#"{"a":1,"_time":5}"#;
    for text in [
        format!("{one}\n{one}\n{one}"),
        format!("{one}\r\n\r\n{one} {one}"),
        format!("[{one},\n {one} ,{one}]"),
        format!("{one}{one}{one}"),
        format!("\u{feff}[\n{one},\n{one},\n{one}\n]\n"),
        format!("{{\n\"a\" : 1 ,\n\"_time\" : 5 }}\n{one}{one}"),
        format!("{{\"records\":[{one},{one},{one}]}}"),
        format!("{{\"@odata.context\":\"http://x/y,z\",\"@odata.count\": 3,\n \"value\" : [ {one},{one},{one}]}}"),
        format!("{{\"Records\": [{one},{one},{one}], \"more\": {{\"x\": [1, \"]\"]}}}}\n"),
    ] {
        let loaded = read("a.json", text.as_bytes());
        assert!(loaded.warnings.is_empty(), "{text}: {:?}", loaded.warnings);
        let rows = rows(&loaded);
        assert_eq!(rows.len(), 3, "{text}");
        assert!(rows.iter().all(|row| row["a"] == "1" && row["_time"] == "5"), "{text}");
        assert_eq!(rows[0]["sourcetype"], if text.contains("Records") { "aws:cloudtrail" } else { "_json" });
    }
}

#[test]
fn what_stands_behind_the_records_of_cloudtrail_is_none_of_them() {
    let text = "{\"Records\":[{\"a\":1}]}\n{\"a\":2}\n{\"a\":3333}\n";
    let kinds = |request: &ReadRequest| -> Vec<(String, String)> {
        let found = rows(&read_with("a.json", text.as_bytes(), request)).into_iter();
        found.map(|row| (row["a"].clone(), row["sourcetype"].clone())).collect()
    };
    let all = [("1", "aws:cloudtrail"), ("2", "_json"), ("3333", "_json")].map(|(a, kind)| (a.into(), kind.into()));
    assert_eq!(kinds(&ReadRequest::default()), all);
    let mut candidates = Candidates::default();
    candidates.require(["3333"]);
    assert_eq!(kinds(&ReadRequest { candidates, ..ReadRequest::default() }), all[2..]);
}

#[test]
fn json_windows_events_look_like_their_xml() {
    let line = r#"{"Channel":"Security","EventID":4688,"Hostname":"ws1","Computer":"other","EventTime":"2024-05-01 10:00:00","@timestamp":"2024-05-01T09:00:00.5Z"}"#;
    let event = only(line, "a.ndjson");
    has(&event, &[("source", "XmlWinEventLog:Security"), ("sourcetype", "XmlWinEventLog"), ("host", "ws1")]);
    has(&event, &[("_time", "1714554000.5"), ("Computer", "other")]);
}

#[test]
fn events_of_microsofts_cloud_are_known_by_their_members() {
    let office = r#"{"CreationTime":"2024-05-01T10:00:00","Id":"1","Operation":"UserLoggedIn","RecordType":15,"Workload":"AzureActiveDirectory","UserId":"ann"}"#;
    let azure = r#"{"time":"2024-05-01T10:00:00Z","resourceId":"/tenants/t/providers/Microsoft.aadiam","operationName":"Sign-in activity","category":"SignInLogs","properties":{"userPrincipalName":"ann"}}"#;
    for (text, wanted) in [
        (format!("{office}\n{office}\n{office}"), "o365:management:activity"),
        (format!("[{office},{office},\n{office}]"), "o365:management:activity"),
        (format!("{{\"records\":[{azure},{azure},{azure}]}}"), "azure:monitor:aad"),
        // What is done to another resource, and half of the members.
        (format!("{azure}\n{azure}\n{azure}").replace("Microsoft.aadiam", "Microsoft.Sql"), "_json"),
        (format!("{office}\n{office}\n{office}").replace("\"Workload\"", "\"Target\""), "_json"),
        (format!("{office}\n{office}\n{office}").replace("\"Id\":\"1\"", "\"sourcetype\":\"own\""), "own"),
    ] {
        let found = rows(&read("a.json", text.as_bytes()));
        assert_eq!(found.len(), 3);
        for row in found {
            has(&row, &[("sourcetype", wanted), ("_time", "1714557600")]);
        }
    }
}

#[test]
fn json_fields_of_its_own_win() {
    let line = r#"{"index":"i","source":"s","sourcetype":"st","host":"h","_raw":"as it was","_time":"1714557600.25","tag":["x","y"],"Channel":"Security","EventCode":1}"#;
    let expected = [("index", "i"), ("source", "s"), ("sourcetype", "st"), ("host", "h"), ("_raw", "as it was")];
    let event = only(line, "a.json");
    has(&event, &expected);
    has(&event, &[("_time", "1714557600.25"), ("tag{}", "x; y"), ("EventCode", "1")]);
}

#[test]
fn csv_cells_become_fields() {
    let text = "_time,a,\"b \"\"q\"\"\",c\n2024-05-01T10:00:00Z,1,\"x, \"\"y\"\"\nz\",\n\n1714557601.5,,2,\"\"\r\n";
    let loaded = read("t.csv", text.as_bytes());
    assert!(loaded.warnings.is_empty());
    let common = [("index", "main"), ("source", "t.csv"), ("sourcetype", "csv")];
    let first = [&[("_time", "1714557601.5"), ("b \"q\"", "2")][..], &common].concat();
    let second = [&[("_time", "1714557600"), ("a", "1"), ("b \"q\"", "x, \"y\"\nz")][..], &common].concat();
    assert_eq!(rows(&loaded), [row(&first), row(&second)]);
}

#[test]
fn csv_multivalues_of_splunk_are_multivalues() {
    let text = "_time,m,__mv_m,n,__mv_n\n1,\"a\nb$c\",\"$a$;$b$$c$\",x,\n";
    let loaded = read("t.csv", text.as_bytes());
    has(&rows(&loaded)[0], &[("m", "a; b$c"), ("n", "x")]);
    let loaded = read("t.csv", b"_raw,__mv__raw,_time,__mv__time\nx y,$z$,1,$2$\n");
    has(&rows(&loaded)[0], &[("_raw", "x y"), ("_time", "1")]);
}

#[test]
fn csv_rows_for_lookups_are_as_wide_as_the_header() {
    let (header, rows) = read_rows("\u{feff}a,b,c\r\n1,,\"x\"\"y\"\r\n2\n\n3,4,5,6\n7,8,".as_bytes());
    assert_eq!(header, ["a", "b", "c"]);
    let expected = [["1", "", "x\"y"], ["2", "", ""], ["3", "4", "5"], ["7", "8", ""]];
    assert_eq!(rows, expected.map(|row| row.map(String::from).to_vec()));
}

#[test]
fn text_is_an_event_a_line_or_a_date() {
    let loaded = read("a.log", b"one\ntwo\r\n\n three \n");
    let raws: Vec<String> = rows(&loaded).iter().map(|row| row["_raw"].clone()).collect();
    assert_eq!(raws, ["one", "two", " three "]);
    let loaded = read("a.log", b"2024-05-01 10:00:00,250 ERROR x\n  at y\n2024-05-01 10:00:01 INFO\n");
    let rows = rows(&loaded);
    assert_eq!(rows.len(), 2);
    has(&rows[1], &[("_time", "1714557600.25"), ("_raw", "2024-05-01 10:00:00,250 ERROR x\n  at y")]);
}

#[test]
fn text_times_are_found_where_logs_have_them() {
    let request = ReadRequest { now: Some(1_714_557_600.0), ..ReadRequest::default() };
    for (line, time) in [
        ("May  1 09:00:00 srv sshd[1]: x", "1714554000"),
        ("Dec 31 23:59:59 srv cron: x", "1704067199"),
        ("10.0.0.1 - - [01/May/2024:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5", "1714557600"),
        ("type=CWD msg=audit(1604994496.155:92733): cwd=\"/\"", "1604994496.155"),
        ("INFO 2024-05-01 10:00:00 started", "1714557600"),
        ("<34>May  1 09:00:00 srv su: x", "1714554000"),
        ("<165>1 2024-05-01T10:00:00.003Z srv app 7 ID47 [a@1 b=\"c\"] x", "1714557600.003"),
    ] {
        let loaded = read_with("a.log", line.as_bytes(), &request);
        has(&rows(&loaded)[0], &[("_time", time), ("_raw", line)]);
    }
    let loaded = read("a.log", b"May  1 09:00:00 x\nversion 10.2024-1 of 1234567\n");
    assert!(rows(&loaded).iter().all(|row| !row.contains_key("_time")));
}

#[test]
fn zeek_logs_are_read_by_their_header() {
    let text = "#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tservice\ttags\n#types\ttime\taddr\tstring\tset[string]\n\
        1714557600.25\t10.0.0.1\t-\ta,b\n1714557601.5\t10.0.0.2\t(empty)\t\n#close\tx\n#path\tdns\n#fields\tts\tquery\n1714557602\ta.b\n";
    let loaded = read("conn.log", text.as_bytes());
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let rows = rows(&loaded);
    assert_eq!(rows.len(), 3);
    has(&rows[0], &[("query", "a.b"), ("sourcetype", "bro:dns:tsv")]);
    has(&rows[1], &[("id.orig_h", "10.0.0.2"), ("_time", "1714557601.5")]);
    assert!(!rows[1].contains_key("service") && !rows[1].contains_key("tags"));
    let expected = [("ts", "1714557600.25"), ("id.orig_h", "10.0.0.1"), ("service", "-"), ("tags", "a,b")];
    has(&rows[2], &expected);
    has(&rows[2], &[("sourcetype", "bro:conn:tsv"), ("_raw", "1714557600.25\t10.0.0.1\t-\ta,b")]);
}

#[test]
fn values_that_are_not_utf8_are_told_of() {
    let text = [b"{\"a\":\"x\xff\",\"b\":1}\n{\"a\":\"y\"}".as_slice()].concat();
    let loaded = read("a.json", &text);
    assert_eq!(loaded.warnings.len(), 1);
    assert!(loaded.warnings[0].message.contains("values that are not UTF-8: 1, at byte 7"), "{:?}", loaded.warnings);
    has(&rows(&loaded)[0], &[("a", "x\u{fffd}"), ("b", "1")]);
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}

#[test]
fn packed_and_wide_text_is_read() {
    let text = event("<EventData><Data Name='A'>ä</Data></EventData>");
    let members = [gzip(&text), gzip("\n"), gzip(&text)].concat();
    assert_eq!(fields(&read("a.xml.gz", &members)).len(), 2);
    let zstd =
        |text: &str| ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    let frames = [zstd(&text), vec![0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7], zstd(&text)].concat();
    assert_eq!(fields(&read("a.xml.zst", &frames)).len(), 2);
    let marked = format!("\u{feff}{text}");
    let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [members, frames, little, big] {
        let loaded = read("a.xml", &bytes);
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        has(&rows(&loaded)[0], &[("A", "ä"), ("_raw", &text)]);
    }
}

#[test]
fn the_files_of_an_archive_are_inputs_of_their_own() {
    let text = event("");
    let archive =
        zip(&[("a/", ""), ("a/x.xml", &text), ("__MACOSX/a/._x", "?"), ("y.json", "{\"n\":1}\n"), ("z.csv", "c\n2\n")]);
    let loaded = read("all.zip", &archive);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let found = rows(&loaded);
    assert_eq!(found.len(), 3);
    has(&found[0], &[("EventID", "1")]);
    has(&found[1], &[("n", "1"), ("source", "all.zip!y.json")]);
    has(&found[2], &[("c", "2"), ("source", "all.zip!z.csv")]);
    // A single file is the archive, and a lost directory is no loss.
    let single = zip(&[("only.json", "{\"n\":1}")]);
    has(&rows(&read("one.zip", &single))[0], &[("source", "one.zip"), ("n", "1")]);
    let loaded = read("one.zip", &archive[..archive.len() - 30]);
    assert_eq!(loaded.warnings.len(), 1);
    assert_eq!(rows(&loaded).len(), 3);
}

#[test]
fn a_pattern_chooses_files_of_an_archive() {
    let line = |n: u32| format!("{{\"n\":{n}}}\n");
    let files = [
        ("host1/a.json", line(1).into_bytes()),
        ("host1/Deep/B.JSON", line(2).into_bytes()),
        ("host2/c.json.gz", gzip(&line(3))),
        ("host2/c.csv", b"n\n4\n".to_vec()),
        // No packed content: it is not looked at.
        ("bomb.json", Vec::new()),
    ];
    let mut archive = zip(&files);
    let read = |archive: &[u8], pattern: &str| {
        let origin = Origin { name: "l.zip".into(), members: Some(pattern.into()), ..Origin::default() };
        load(&[Input { bytes: archive, format: None, origin }], &ReadRequest::default())
    };
    let found = |archive: &[u8], pattern: &str| {
        let loaded = read(archive, pattern).expect("a file matches");
        assert!(loaded.warnings.is_empty(), "{pattern}: {:?}", loaded.warnings);
        let mut found: Vec<String> = rows(&loaded).into_iter().map(|row| row["n"].clone()).collect();
        found.sort();
        found.concat()
    };
    for (pattern, wanted) in [
        ("*.json", "12"),
        ("b.json", "2"),
        ("host1/*", "12"),
        ("host?/?.json*", "13"),
        ("*/c.*", "34"),
        ("*.json.gz", "3"),
        ("*", "1234"),
        ("**h*2*c*v", "4"),
    ] {
        assert_eq!(found(&archive, pattern), wanted, "{pattern}");
    }
    let only = rows(&read(&archive, "*.csv").expect("a file matches"));
    has(&only[0], &[("source", "l.zip!host2/c.csv")]);
    let error = read(&archive, "*.evtx").expect_err("no file matches");
    assert_eq!(error.message, "l.zip: no file of the archive matches `*.evtx`");
    assert!(error.hint.is_some_and(|hint| hint.contains("`host1/a.json`, ")));
    let error = read(b"{}", "*.evtx").expect_err("no archive");
    assert!(error.message.starts_with("l.zip: it is no archive"), "{}", error.message);
    // What is not chosen is not unpacked, and so does not matter.
    let damaged = archive.windows(4).position(|bytes| bytes == b"a.js").expect("the name");
    archive[damaged + 7..damaged + 12].fill(0xff);
    assert_eq!(found(&archive, "*.csv"), "4");
    assert!(!read(&archive, "*.json").expect("a file matches").warnings.is_empty());
}

#[test]
fn events_come_newest_first_and_those_without_time_last() {
    let text = r#"{"_time":2,"n":1}{"n":2}{"_time":3,"n":3}{"_time":2,"n":4}{"n":5}{"_time":1,"n":6}"#;
    let order: String = rows(&read("a.json", text.as_bytes())).iter().map(|row| row["n"].clone()).collect();
    assert_eq!(order, "314625");
}

#[test]
fn times_are_read_as_logs_write_them() {
    for (text, time) in [
        ("1714557600", 1_714_557_600.0),
        ("1714557600.068", 1_714_557_600.068),
        ("1714557600123", 1_714_557_600.123),
        ("1714557600123456789", 1_714_557_600.123457),
        ("2024-05-01T10:00:00Z", 1_714_557_600.0),
        ("2024-05-01 10:00:00.1234565", 1_714_557_600.123457),
        ("2024-05-01T12:00:00.5+02:00", 1_714_557_600.5),
        ("2024-05-01T05:00:00-0500", 1_714_557_600.0),
        ("2024-05-01 10:00:00 UTC", 1_714_557_600.0),
        ("2024/05/01 10:00", 1_714_557_600.0),
        ("2024-05-01", 1_714_521_600.0),
        ("5/1/2024 10:00:00 AM", 1_714_557_600.0),
        ("05/01/2024 12:00:00 AM", 1_714_521_600.0),
        ("Wed, 01 May 2024 10:00:00 GMT", 1_714_557_600.0),
        ("May  1 2024 10:00:00", 1_714_557_600.0),
        ("/Date(1714557600000)/", 1_714_557_600.0),
        ("1969-12-31T23:59:59.5Z", -0.5),
        ("2000-02-29T00:00:00Z", 951_782_400.0),
    ] {
        assert_eq!(parse_time(text.as_bytes()), Some(time), "{text}");
    }
    for text in
        ["", "x", "2024", "12:00", "2024-13-01", "2024-05-01T25:00:00", "May", "2024-05-01 10:00:00 bla", "-", "1.2.3"]
    {
        assert_eq!(parse_time(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn formats_are_detected_by_content_then_name() {
    for (name, head, format) in [
        ("a.xml", "<Event xmlns='x'>", "xml"),
        ("a.txt", "May 1 x: <Event><System>", "xml"),
        ("a", " [\n {\"a\":1}", "json"),
        ("a.log.gz", "{\"a\":1}", "json"),
        ("a.csv", "{x},b\n", "csv"),
        ("results", "_time,b\n", "csv"),
        ("a.csv.gz", "a,b\n", "csv"),
        ("a.log", "hello", "text"),
        ("a", "[2024-05-01] hello", "text"),
        ("conn.log", "#separator \\x09\n", "zeek"),
    ] {
        assert_eq!(detect(name, head.as_bytes()).name, format, "{name} {head}");
    }
}
