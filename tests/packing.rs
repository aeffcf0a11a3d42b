//! Events packed as Parquet and read again are the same events, and searches over them give the same rows.

use std::sync::Arc;

use spl_core::exec::{Bytes, RawSource, TableSource};
use spl_core::formats::{AnyOf, Input, Origin, Packing, ReadRequest, ValueTest, load, write_parquet};
use spl_core::table::Table;
use spl_core::{Engine, builtin};
use spl_tests::cells::print;
use spl_tests::events::{Row, read, read_with, rows};

fn xml(id: u32, image: &str, extra: &str) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>{}</EventID>\
         <TimeCreated SystemTime='2024-05-01T10:00:{:02}.123456700Z'/><Channel>Security</Channel><Computer>ws{}</Computer></System>\
         <EventData><Data Name='Image'>{image}</Data><Data Name='Id'>{id}</Data>{extra}</EventData></Event>\n",
        1 + id % 3,
        id % 60,
        id % 5
    )
}

/// Events of all kinds: with and without time, text and multivalues.
fn inputs() -> Vec<(String, String)> {
    let image = |id: u32| [r"C:\a b.exe", "/usr/bin/ü", "x &amp; y"][id as usize % 3];
    let some = |id: u32| if id.is_multiple_of(7) { "<Data>one</Data><Data>two</Data>" } else { "" };
    let events: String = (0..300).map(|id| xml(id, image(id), some(id))).collect();
    let object = |id: u32| match id % 4 {
        0 => format!(r#"{{"_time":{}.5,"n":{id},"a":"q\"{id}\"","l":["x","y{id}"]}}"#, 1_714_557_600 + id),
        1 => format!(r#"{{ "n" : {id}, "o": {{"p":[{{"q":1}},{{"q":2}}],"r":null}} }}"#),
        2 => format!(r#"{{"n":{id},"a":"line\nbreak","sourcetype":"own","host":"h{}","tag":"t"}}"#, id % 3),
        _ => format!(r#"{{"timestamp":"2024-05-01T10:00:{:02}Z","n":{id}.0}}"#, id % 60),
    };
    let json: String = (0..200).map(|id| object(id) + "\n").collect();
    let csv: String = (0..50).map(|id| format!("{}.25,c{id},\"a,\"\"b\"\"\",\n", 1_714_557_600 + id)).collect();
    let text: String =
        (0..50).map(|id| format!("May  1 10:00:{:02} srv app[7]: user=u{id} done\n more\n", id % 60)).collect();
    vec![
        ("a.xml".into(), events),
        ("b.json".into(), json),
        ("c.csv".into(), format!("_time,name,text,empty\n{csv}")),
        ("d.log".into(), text),
    ]
}

fn table(inputs: &[(String, String)]) -> Table {
    let origin = |name: &String| Origin { name: name.clone(), ..Origin::default() };
    let inputs: Vec<Input<'_>> = inputs
        .iter()
        .map(|(name, text)| Input { bytes: text.as_bytes(), format: None, origin: origin(name) })
        .collect();
    load(&inputs, &ReadRequest { now: Some(1_720_000_000.0), ..ReadRequest::default() }).expect("reads").table
}

fn packed(table: &Table, packing: Packing) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_parquet(table, packing, &mut bytes).expect("writes");
    bytes
}

fn rows_of(table: &Table) -> Vec<Row> {
    rows(&spl_core::formats::Loaded { table: table.clone(), ..Default::default() })
}

#[test]
fn packed_events_are_the_events() {
    let table = table(&inputs());
    let wanted = rows_of(&table);
    assert_eq!(wanted.len(), 600);
    assert!(wanted.iter().all(|row| row.contains_key("_raw") || row.contains_key("name")));
    for packing in [Packing::Events, Packing::LeanEvents] {
        let loaded = read("all.parquet", &packed(&table, packing));
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        let found = rows(&loaded);
        for (found, wanted) in found.iter().zip(&wanted) {
            assert_eq!(found, wanted, "{packing:?}");
        }
        assert_eq!(found.len(), wanted.len());
        // And once more.
        assert!(rows(&read("again.parquet", &packed(&loaded.table, packing))) == wanted);
    }
    assert!(packed(&table, Packing::LeanEvents).len() < packed(&table, Packing::Events).len());
}

/// Whether searches give the same over events and over the same events packed: loaded, and read by the search from the file.
fn assert_same(table: &Table, searches: &[&str]) {
    let bytes = packed(table, Packing::LeanEvents);
    let loaded = read("all.parquet", &bytes).table;
    let engine = |source: &dyn Fn(&Engine) -> Arc<dyn spl_core::exec::Source>| {
        let mut engine =
            Engine::builder().knowledge(builtin::knowledge()).now(1_720_000_000.0).build().expect("builds");
        let source = source(&engine);
        engine.catalog_mut().add_source(source);
        engine
    };
    let of_table = |table: &Table| {
        let table = table.clone();
        engine(&move |engine: &Engine| {
            Arc::new(TableSource::new(table.clone(), engine.catalog().knowledge().clone())) as _
        })
    };
    let raw = engine(&|engine: &Engine| {
        let origin = Origin { name: "all.parquet".into(), ..Origin::default() };
        let input: (Bytes, _, _) = (Box::new(bytes.clone()), None, origin);
        Arc::new(RawSource::new(vec![input], engine.catalog().knowledge().clone())) as _
    });
    let (original, memory) = (of_table(table), of_table(&loaded));
    for search in searches {
        let run = |engine: &Engine| print(engine.search(search).expect("runs").shown());
        let wanted = run(&original);
        assert!(wanted.len() > 1, "{search}: {wanted:?}");
        assert_eq!(run(&memory), wanted, "{search}");
        assert_eq!(run(&raw), wanted, "{search}, from the file");
    }
}

#[test]
fn searches_over_packed_events_give_the_same_rows() {
    let searches = [
        "index=* | stats count by source sourcetype host",
        "EventCode=2 | stats count values(Image) by dest",
        "EventID=2 Image=\"*ü\" | table _time Id Image _raw",
        "user=u7",
        "\"line\\nbreak\" | head 3",
        "q OR done | stats count by sourcetype",
        "l{}=y100 | table l{} a",
        "n=7 OR name=c7 OR user=u7 | table _raw name",
        "Data=two | stats count by Data",
        "index=* earliest=1714557610 latest=1714557620 | stats count by sourcetype",
        "host=h1 OR host=h2 | stats dc(n) by host",
        "index=* | timechart span=10s count by sourcetype",
    ];
    assert_same(&table(&inputs()), &searches);
}

#[test]
fn few_events_are_read_from_the_pages_that_have_them() {
    // Some 70,000 events are several pages of each column. A few have a text of their own, which is read from its pages alone.
    let event = |n: usize| {
        let own = if n % 9_973 == 5 { "\\u0061" } else { "a" };
        let kind = if n % 20_011 == 7 { "rare" } else { "usual" };
        format!(r#"{{"_time":{n},"kind":"{kind}","n":{n},"text":"{own} {}","list":["{}"]}}"#, n % 100, n % 7)
    };
    let lines: Vec<String> = (0..70_000).map(event).collect();
    let table = table(&[("a.json".into(), lines.join("\n"))]);
    for packing in [Packing::Events, Packing::LeanEvents] {
        let loaded = read("all.parquet", &packed(&table, packing));
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        let found = rows(&loaded);
        assert!(found.iter().map(|row| &row["_raw"]).eq(lines.iter().rev()), "{packing:?}");
    }
    let searches = [
        "kind=rare | table _raw n text list{}",
        "n=5 OR n=9978 OR n=19951 | table _raw",
        "n=39897 | table kind text",
        "kind=rare list{}=0 | stats count by text",
        "earliest=40000 latest=40003 | table _raw",
    ];
    assert_same(&table, &searches);
}

#[test]
fn results_keep_their_types() {
    let engine = Engine::builder().now(1_720_000_000.0).build().expect("builds");
    let search = "| makeresults count=3 | streamstats count as n | eval half=n/2, text=\"t\".n, many=split(\"a,b\",\",\"), \
        none=if(n=2,null(),n), fixed=round(n,1) | fields - _time";
    let results = engine.search(search).expect("runs");
    let loaded = read("r.parquet", &packed(&results.table, Packing::Rows));
    let found = rows(&loaded);
    assert_eq!(found.len(), 3);
    let row = &found[1];
    let of = |field: &str| row.get(field).map(String::as_str);
    assert_eq!(
        [of("n"), of("half"), of("text"), of("many{}"), of("none")],
        [Some("2"), Some("1"), Some("t2"), Some("a; b"), None]
    );
    assert_eq!(of("_raw"), Some(r#"{"fixed":2,"half":1,"many{}":["a","b"],"n":2,"text":"t2"}"#));
}

#[test]
fn nothing_is_packed_too() {
    let loaded = read("none.parquet", &packed(&Table::default(), Packing::Events));
    assert_eq!((loaded.events, loaded.warnings.len()), (0, 0), "{:?}", loaded.warnings);
}

#[test]
fn without_its_text_column_a_packed_file_has_its_events_written_from_the_fields() {
    let lines = "{\"_time\":1.5,\"n\":1}\n{\"_time\":2.5,\"n\":2}\n{\"other\":\"text\", \"n\":\"3\"}\n";
    let mut bytes = packed(&table(&[("a.json".into(), lines.into())]), Packing::Events);
    // The column's name stands behind its length.
    for at in 0..bytes.len() - 5 {
        if bytes[at..].starts_with(b"\x04_raw") {
            bytes[at + 3] = b'i';
        }
    }
    let all = rows(&read("a.parquet", &bytes));
    assert!(all.iter().all(|row| row["_raw"].starts_with("{\"_")), "{all:?}");
    for row in &all {
        let wanted = row["n"].clone();
        let accepts = Arc::new(move |value: &str| value == wanted);
        let tests = vec![AnyOf(vec![ValueTest { field: "n".into(), accepts }])];
        let found = rows(&read_with("a.parquet", &bytes, &ReadRequest { tests, ..ReadRequest::default() }));
        assert!(found.contains(row), "{found:?}");
        assert!(found.iter().all(|row| all.contains(row)), "{found:?}");
    }
}

#[test]
fn files_of_a_later_version_have_the_text_that_stands_in_them() {
    let table = table(&inputs());
    let mut bytes = packed(&table, Packing::Events);
    let key = b"spl.events";
    let at = bytes.windows(key.len()).rposition(|window| window == key).expect("says its version") + key.len();
    let version = bytes[at..].iter().position(|byte| *byte == b'2').expect("the second") + at;
    bytes[version] = b'7';
    let texts = |rows: Vec<Row>| rows.into_iter().filter_map(|mut row| row.remove("_raw")).collect::<Vec<_>>();
    assert_eq!(texts(rows(&read("all.parquet", &bytes))), texts(rows_of(&table)));
}
