//! JSON that wraps events into something else: hits of Elasticsearch, and rows of tables.

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
