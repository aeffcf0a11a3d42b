//! JSON that wraps events into something else, hits of Elasticsearch and rows of tables; and the text of events, which is not kept where it
//! can be written again.

use spl_tests::events::{Row, fields, read, rows};

fn hit(event: &str) -> String {
    format!(
        r#"{{ "_index" : "a", "_id":"x\"1", "_score":1.5,"_ignored":["b{{"], "_source": {event} , "sort":[1,"]"]}}"#
    )
}

const EVENTS: [&str; 3] = [
    r#"{"_time":3.5,"n":1,"a":{"b":[1,"x"]}}"#,
    r#"{"_time":2.5,"n":2,"_source":{"c":1},"t":"\u00e9 \"}"}"#,
    r#"{"_time":1.5,"n":3}"#,
];

fn plain() -> Vec<Row> {
    rows(&read("a.json", EVENTS.join("\n").as_bytes()))
}

#[test]
fn hits_are_their_sources() {
    let hits = EVENTS.map(hit);
    let answer = |list: &str| {
        format!(
            "{{\"took\":5,\"timed_out\":false,\"_shards\":{{\"total\":1}},\"hits\":{{\"total\":3,\"max_score\":null,\"hits\":[{list}]}},\"x\":{{\"y\":[]}}}}"
        )
    };
    for text in [
        hits.join("\n"),
        hits.join("\r\n") + "\r\n",
        format!("[{}]", hits.join(",\n")),
        answer(&hits.join(",")),
        answer(&hits.join(",\n  ")) + "\n",
        format!("{}\n{}\n{}", hits[0], EVENTS[1], hits[2]),
    ] {
        let loaded = read("a.json", text.as_bytes());
        assert!(loaded.warnings.is_empty(), "{text}: {:?}", loaded.warnings);
        assert_eq!(rows(&loaded), plain(), "{text}");
    }
    // No hits, no events.
    assert_eq!(read("a.json", answer("").as_bytes()).events, 0);
    // Objects that have other members besides are no hits.
    for text in
        [r#"{"_id":"1","n":1,"_source":{"m":1}}"#, r#"{"_source":"x"}"#, r#"{"hits":3,"took":1}"#, r#"{"took":1}"#]
    {
        let loaded = read("a.json", text.as_bytes());
        assert_eq!((loaded.events, loaded.warnings.len()), (1, 0), "{text}");
        assert_eq!(rows(&loaded)[0]["_raw"], text);
    }
}

#[test]
fn damage_to_hits_leaves_the_others() {
    let lines = EVENTS.map(|event| hit(event) + "\n");
    let text = lines.concat();
    let plain = plain();
    let mut start = 0;
    for (number, line) in lines.iter().enumerate() {
        for at in start..start + line.len() {
            for wrong in [0, b' ', b'\n', b'"', b'{', b'}', b'[', b',', b'\\', 0xff] {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = wrong;
                let found = rows(&read("a.json", &bytes));
                let others = (0..3).filter(|&other| other != number);
                for other in others {
                    // A line break that is lost, or a quote that is won, may cost the next event its own line.
                    let near = other == number + 1 && (at + 1 == start + line.len() || wrong == b'"' || wrong == b'\\');
                    assert!(near || found.contains(&plain[other]), "{wrong} at {at} of {number}, {other}: {found:?}");
                }
            }
        }
        start += line.len();
    }
    for end in 0..text.len() {
        let found = rows(&read("a.json", &text.as_bytes()[..end]));
        let whole = text[..end].matches('\n').count();
        assert!(plain[..whole].iter().all(|event| found.contains(event)), "{end}");
    }
    let deep = format!("{{\"_index\":{}", "[{\"a\":".repeat(100_000));
    assert_eq!(read("a.json", deep.as_bytes()).events, 1);
    let deep = format!("{{\"took\":{}", "[".repeat(100_000));
    assert_eq!(read("a.json", deep.as_bytes()).events, 1);
}

#[test]
fn rows_of_the_table_of_office_are_its_events() {
    let row = r#"{"RecordType":"50","TimeGenerated":"2021-08-02T13:32:07Z","Operation":"MailItemsAccessed","OfficeWorkload":"Exchange","UserId":"a@b.c","Type":"OfficeActivity"}"#;
    let found = &fields(&read("a.json", row.as_bytes()))[0];
    assert_eq!((&*found["sourcetype"], &*found["_time"]), ("o365:management:activity", "1627911127"));
    // Not all of the signs are not enough.
    let other = row.replace("RecordType", "Kind");
    assert_eq!(fields(&read("a.json", other.as_bytes()))[0]["sourcetype"], "_json");
}

/// Values in all the ways in which they are written.
const VALUES: [&str; 33] = [
    "1",
    "-2.50",
    "1e3",
    "true",
    "false",
    "null",
    r#""""#,
    r#""a""#,
    r#""C:\\Windows\\a \"b\"""#,
    r#""Subject:\r\n\tName:\t\"x\"\r\n""#,
    r#""\u000a""#,
    r#""\u003cb\u003E""#,
    r#""a\/b\b\f""#,
    r#""\u0001\u001f""#,
    r#""\ud83d\ude00""#,
    "\"a\tb\"",
    "\"a\tb\\n\"",
    "\"\u{7f}\u{e9}\"",
    "[]",
    "[ ]",
    r#"["a"]"#,
    r#"["a","b\\","a"]"#,
    r#"["a", "b"]"#,
    r#"["\n","\u000a"]"#,
    r#"["a\r\n"]"#,
    "[\"a\tb\"]",
    "[1,2,true]",
    "[-1.0]",
    r#"["a",1,null]"#,
    "[null]",
    r#"[["a"],{"b":"c"}]"#,
    r#"{"b":"c\n","d":["e"],"f":{}}"#,
    "{}",
];

#[test]
fn objects_have_the_text_that_they_had() {
    let mut state = 7usize;
    let mut some = |of: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % of
    };
    let mut lines = Vec::new();
    for _ in 0..6_000 {
        let names = [["a", "b", "c", "d"], ["a", "c", "EventID", "d"], ["b", "a", "a", "x.y"]][some(3)];
        // Most values of a member are of two kinds.
        let values = [0, 7, 9, 20].map(|usual| if some(3) == 0 { some(VALUES.len()) } else { usual + some(2) });
        let gap = ["", " "][some(8) / 7];
        let members: Vec<String> =
            names.iter().zip(values).map(|(name, value)| format!("\"{name}\":{gap}{}", VALUES[value])).collect();
        lines.push(format!("{{{}}}", members.join(",")));
    }
    let found = rows(&read("a.json", lines.join("\n").as_bytes()));
    assert_eq!(found.len(), lines.len());
    for (row, line) in found.iter().zip(&lines) {
        assert_eq!(row["_raw"], *line);
    }
}

#[test]
fn text_that_can_be_written_again_takes_no_memory() {
    let event = r#"{"EventID":1,"n":NUMBER,"Message":"New:\r\n\tName:\t\"x\"","tags":["a","b"],"ports":[1,2],"none":[],"no":null}"#;
    let other = event.replace("1,\"n\"", "\"1\",\"n\"");
    let lines = |count: usize| -> String {
        (0..count).map(|n| [event, &other][n % 2].replace("NUMBER", &n.to_string()) + "\n").collect()
    };
    let text = lines(4_000);
    let loaded = read("a.json", text.as_bytes());
    let bytes: usize =
        loaded.table.batches().iter().filter_map(|batch| batch.column("_raw")).map(|raw| raw.bytes()).sum();
    assert!(bytes * 20 < text.len(), "{bytes} bytes for {}", text.len());
    assert_eq!(rows(&loaded).into_iter().map(|mut row| row.remove("_raw").unwrap() + "\n").collect::<String>(), text);
}
