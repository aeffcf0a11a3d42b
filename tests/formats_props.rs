//! What must hold for any bytes: no panic, nothing lost but what is broken, the same events however the input is cut, scanned or packed.
//!
//! The real logs that the counts at the end speak of are found through `SPL_SHARED`; without it those tests have nothing to do.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use spl_core::formats::{Candidates, Input, Loaded, Origin, ReadRequest, load};
use spl_tests::events::{Row, fields, read, read_with, rows};

const NAMES: [&str; 4] = ["a.xml", "a.json", "a.csv", "a.log"];

fn xml(id: u32, image: &str, extra: &str) -> String {
    let time = format!("2024-05-01T10:{:02}:{:02}.5Z", id / 60 % 60, id % 60);
    let image = image.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P' Guid='{{5}}'/>\
         <EventID>{}</EventID><TimeCreated SystemTime='{time}'/><EventRecordID>{id}</EventRecordID><Channel>C</Channel>\
         <Computer>ws{}</Computer><Security/></System><EventData><Data Name='Image'>{image}</Data>{extra}</EventData></Event>\n",
        id % 5,
        id % 3
    )
}

fn json(id: u32, image: &str, extra: &str) -> String {
    let image = serde_json::to_string(image).expect("a string");
    format!("{{\"EventID\":{},\"Channel\":\"C\",\"_time\":{id}.5,\"id\":{id},\"Image\":{image}{extra}}}\n", id % 5)
}

fn csv(id: u32, image: &str) -> String {
    format!("{id}.5,{id},\"{}\",{}\n", image.replace('"', "\"\""), if id.is_multiple_of(3) { "x" } else { "" })
}

/// Many events in each of the formats.
fn documents(images: &[String]) -> [String; 4] {
    let each = |make: &dyn Fn(u32, &str) -> String| -> String {
        images.iter().enumerate().map(|(id, image)| make(id as u32, image)).collect()
    };
    let data = |id: u32| {
        if id.is_multiple_of(2) { "<Data Name='B'>1</Data>" } else { "<Data Name='RuleName'></Data><Data>u</Data>" }
    };
    let member = |id: u32| if id.is_multiple_of(2) { ",\"b\":{\"c\":[1,2]}" } else { ",\"b\":null" };
    [
        each(&|id, image| xml(id, image, data(id))),
        each(&|id, image| json(id, image, member(id))),
        format!("_time,id,Image,x\n{}", each(&csv)),
        each(&|id, image| format!("2024-05-01 10:00:{:02} {image}\n", id % 60)),
    ]
}

fn images() -> impl Strategy<Value = Vec<String>> {
    let image = prop_oneof![
        Just("C:\\Windows\\System32\\rundll32.exe".to_owned()),
        Just("C:\\Users\\ä\\RunDLL32.EXE".to_owned()),
        "[ -~]{1,20}",
        "[a\\\\\"/\u{e9}\t&<>u0]{1,12}",
    ];
    proptest::collection::vec(image, 1..12)
}

fn threads<T: Send>(count: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(count).build().expect("threads").install(work)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for name in NAMES {
            read(name, &bytes);
        }
    }

    #[test]
    fn any_archives_are_read_without_panic(
        kind in prop_oneof![Just(&b"PK\x03\x04"[..]), Just(&[0x1f, 0x8b, 8, 0][..]), Just(&[0x28, 0xb5, 0x2f, 0xfd][..])],
        bytes in proptest::collection::vec(prop_oneof![Just(0), Just(1), Just(0xff), any::<u8>()], 0..200),
        end in any::<bool>()
    ) {
        let directory: &[u8] = if end { b"PK\x01\x02PK\x05\x06\0\0\0\0\x01\0\x01\0" } else { b"" };
        read("a", &[kind, &bytes, directory, &bytes].concat());
    }

    #[test]
    fn any_marks_are_read_without_panic(
        text in "(<Event>|<Event |</Event>|<System>|</System>|<Data|Name='|'|>|/>|<|</|\\{|\\}|\\[|\\]|\"|\\\\|\\\\u00|,|:|1|null|a|\n|<!\\[CDATA\\[|\\]\\]>|<!--|=){0,40}"
    ) {
        for name in NAMES {
            read(name, text.as_bytes());
        }
    }

    #[test]
    fn flipped_and_cut_bytes_lose_only_what_they_touch(
        images in images(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()
    ) {
        for (name, document) in NAMES.iter().zip(documents(&images)) {
            let whole = fields(&read(name, document.as_bytes()));
            let mut bytes = document.into_bytes();
            let at = at.index(bytes.len());
            if cut {
                bytes.truncate(at);
            } else {
                bytes[at] = byte;
            }
            let broken = read(name, &bytes);
            if name.ends_with("xml") || name.ends_with("json") && !cut {
                // One event is touched, and the one before or behind it may be taken for a part of it.
                let left = fields(&broken);
                let kept = whole.iter().filter(|event| left.contains(event)).count();
                let touched = if cut { whole.len() } else { 2 };
                prop_assert!(kept + touched >= whole.len(), "{kept} of {} left of {:?}", whole.len(), String::from_utf8_lossy(&bytes));
            }
        }
    }

    #[test]
    fn events_read_together_are_those_read_alone(images in images()) {
        let [xml, json, ..] = documents(&images);
        for (name, document) in [("a.xml", xml), ("a.json", json)] {
            let mut alone: Vec<Row> = document.lines().flat_map(|line| rows(&read(name, line.as_bytes()))).collect();
            let loaded = read(name, document.as_bytes());
            prop_assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
            let mut lines: Vec<&str> = document.lines().collect();
            let mut raws = fields_of(&loaded, "_raw");
            lines.sort_unstable();
            raws.sort_unstable();
            prop_assert_eq!(lines, raws);
            let mut together = rows(&loaded);
            alone.sort();
            together.sort();
            prop_assert_eq!(alone, together);
        }
    }

    #[test]
    fn a_scan_finds_every_event_that_holds_the_literals(images in images(), literal in "[a-zA-Z\\\\\"/ .32\u{e9}]{2,6}|rundll32|\\\\RUNDLL32.exe") {
        let mut candidates = Candidates::default();
        candidates.require([literal.clone(), "no such text".to_owned()]);
        candidates.require(["C", "P", "2024-05-01"]);
        let request = ReadRequest { candidates, ..ReadRequest::default() };
        for (name, document) in NAMES.iter().zip(documents(&images)) {
            let holds = |row: &Row| {
                let image = row.get(if name.ends_with("log") { "_raw" } else { "Image" });
                let image = image.map_or(String::new(), |image| image.to_lowercase());
                image.contains(&literal.to_lowercase())
            };
            let all: Vec<Row> = rows(&read(name, document.as_bytes())).into_iter().filter(holds).collect();
            let found: Vec<Row> = rows(&read_with(name, document.as_bytes(), &request)).into_iter().filter(holds).collect();
            prop_assert_eq!(all, found);
        }
    }
}

#[test]
fn large_inputs_are_the_same_on_any_number_of_threads() {
    let image = |id: u32| match id % 7 {
        0 => format!("C:\\x\\{id}\"\n.exe{}", " or more".repeat(40)),
        1 => "C:\\Windows\\System32\\rundll32.exe".to_owned(),
        _ => format!("C:\\Program Files\\{}\\a & b.exe{}", id % 50, " --option".repeat(12)),
    };
    let images: Vec<String> = (0..20_000).map(image).collect();
    for (name, document) in NAMES.iter().zip(documents(&images)) {
        assert!(document.len() > 2 << 20, "{name} has {} bytes only", document.len());
        let read = || fields(&read(name, document.as_bytes()));
        let one = threads(1, read);
        assert_eq!(one.len(), if name.ends_with("log") { one.len() } else { images.len() }, "{name}");
        for count in [2, 5] {
            assert!(one == threads(count, read), "{name} on {count} threads");
        }
    }
}

#[test]
fn many_inputs_are_read_in_their_order() {
    let documents: Vec<String> = (0..40).map(|n| format!("{{\"n\":{n},\"m\":[{n},1]}}\n").repeat(1 + n % 3)).collect();
    let inputs: Vec<Input<'_>> = documents
        .iter()
        .map(|text| Input {
            bytes: text.as_bytes(),
            format: None,
            origin: Origin { name: "a".into(), ..Origin::default() },
        })
        .collect();
    let read = || fields(&load(&inputs, &ReadRequest::default()).expect("reads"));
    let one = threads(1, read);
    let order: Vec<u32> = one.iter().map(|row| row["n"].parse().expect("a number")).collect();
    assert!(order.is_sorted());
    assert_eq!(one, threads(4, read));
}

#[test]
fn uneven_events_do_not_end_as_a_batch_each() {
    let event = |n: u32| {
        let members: Vec<String> = (0..12)
            .filter(|bit| n >> bit & 1 == 1)
            .map(|bit| format!("\"f{bit}\":{}", if bit == 3 { "[1,2]" } else { "7" }))
            .collect();
        format!("{{\"n\":{n},\"f3\":4,{}\"_time\":{n}}}\n", members.iter().map(|m| format!("{m},")).collect::<String>())
    };
    let text: String = (0..4000).map(event).collect();
    let loaded = read("a.json", text.as_bytes());
    assert!(loaded.table.batches().len() < 200, "{} batches", loaded.table.batches().len());
    let rows = fields(&loaded);
    assert_eq!(rows.len(), 4000);
    for (row, n) in rows.iter().zip((0..4000u32).rev()) {
        assert_eq!(row["n"], n.to_string());
        for bit in (0..12).filter(|&bit| bit != 3) {
            assert_eq!(row.contains_key(&format!("f{bit}")), n >> bit & 1 == 1, "f{bit} of {n}");
        }
        assert_eq!(row["f3"], "4");
        assert_eq!(row.contains_key("f3{}"), n >> 3 & 1 == 1);
    }
}

#[test]
fn broken_events_are_kept_and_counted_once() {
    let good = xml(1, "x", "");
    let cut = &good[..good.len() / 2];
    let text = format!("{good}{cut}{good}{cut}\n{good}");
    let loaded = read("a.xml", text.as_bytes());
    let warnings: Vec<String> = loaded.warnings.iter().map(|warning| warning.message.clone()).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].starts_with("a.xml: events that could not be decoded: 2, the first at byte "), "{warnings:?}");
    let rows = rows(&loaded);
    assert_eq!(rows.len(), 5);
    assert_eq!(rows.iter().filter(|row| !row.contains_key("EventID")).count(), 2);
    assert!(rows.iter().all(|row| row["_raw"].starts_with("<Event ")));
    let text = "{\"a\":1}\n{\"a\":\n{\"a\":2}\nrubbish\n{\"a\":3}\n";
    let loaded = read("a.json", text.as_bytes());
    assert_eq!(loaded.warnings.len(), 2);
    let raws: Vec<String> = fields_of(&loaded, "_raw");
    assert_eq!(raws, ["{\"a\":1}", "{\"a\":", "{\"a\":2}", "rubbish", "{\"a\":3}"]);
}

fn fields_of(loaded: &Loaded, field: &str) -> Vec<String> {
    rows(loaded).into_iter().filter_map(|mut row| row.remove(field)).collect()
}

#[test]
fn deep_nesting_is_refused_not_followed() {
    let deep = ["[".repeat(100_000), format!("{{\"a\":{}", "[".repeat(100_000)), "{\"a\":".repeat(100_000)];
    for text in deep {
        read("a.json", text.as_bytes());
    }
    let open = "<a>".repeat(100_000);
    let loaded = read("a.xml", format!("<Event>{open}</Event>{}", xml(1, "x", "")).as_bytes());
    assert_eq!(rows(&loaded).len(), 2);
}

#[test]
fn a_broken_archive_gives_what_can_be_had() {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    let text: String = (0..200).map(|id| xml(id, "x", "")).collect();
    encoder.write_all(text.as_bytes()).expect("a vector takes everything");
    let packed = encoder.finish().expect("a vector takes everything");
    let loaded = read("a.xml.gz", &packed[..packed.len() / 2]);
    assert!(
        loaded.warnings.iter().any(|warning| warning.message.contains("broken stretches")),
        "{:?}",
        loaded.warnings
    );
    assert!(rows(&loaded).len() > 80);
}

/// The folder of real logs, if there is one.
fn logs() -> Option<PathBuf> {
    let folder = Path::new(&std::env::var_os("SPL_SHARED")?).join("data");
    folder.is_dir().then_some(folder)
}

#[test]
fn real_logs_have_as_many_events_as_their_manifest_says() {
    let Some(folder) = logs() else { return };
    let manifest = std::fs::read_to_string(folder.join("manifest.jsonl")).expect("a manifest");
    let mut seen = 0;
    for line in manifest.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let name = entry["file"].as_str().expect("a name");
        let loaded = read(name, &std::fs::read(folder.join(name)).expect("a file"));
        // Of CSV, lines were counted.
        let header = u64::from(name.ends_with(".csv.gz"));
        assert_eq!(Some(loaded.events + header), entry["events"].as_u64(), "{name}");
        assert!(loaded.warnings.is_empty(), "{name}: {:?}", loaded.warnings);
        seen += 1;
    }
    println!("{seen} of {} files have as many events as they should", manifest.lines().count());
}

#[test]
fn real_logs_have_the_values_they_are_known_to_have() {
    let Some(folder) = logs() else { return };
    let counts = std::fs::read_to_string(folder.join("expected/platform_counts.json")).expect("counts");
    let counts: serde_json::Value = serde_json::from_str(&counts).expect("JSON");
    for entry in counts.as_array().expect("a list") {
        let (file, by) = (entry["file"].as_str().expect("a name"), entry["count_by"].as_str().expect("a field"));
        let name = file.trim_start_matches("shared/data/");
        if by.contains(" in ") || name.starts_with("linux/auditd") {
            continue;
        }
        let (by, only) = match by.split_once(" where ") {
            Some((by, condition)) => (by, condition.split_once('=')),
            None => (by, None),
        };
        let loaded = read(name, &std::fs::read(folder.join(name)).expect("a file"));
        assert_eq!(Some(loaded.events), entry["events"].as_u64(), "{name}");
        let mut found = std::collections::BTreeMap::new();
        for row in rows(&loaded) {
            if only.is_none_or(|(field, value)| row.get(field).is_some_and(|v| v == value)) {
                let value = row.get(by).map_or("(none)", String::as_str);
                *found.entry(value.to_owned()).or_insert(0u64) += 1;
            }
        }
        let expected = entry["counts"].as_object().expect("counts");
        if !expected.contains_key("(none)") {
            found.remove("(none)");
        }
        let expected = expected.iter().map(|(value, n)| (value.clone(), n.as_u64().expect("a number"))).collect();
        assert_eq!(found, expected, "{name} by {by}");
    }
}
