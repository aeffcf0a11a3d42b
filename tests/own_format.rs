//! A format from outside: asked before the built-in ones by loads, raw scans and streams, and ended like them.

use std::io::Cursor;
use std::sync::Arc;

use spl_core::error::ErrorKind;
use spl_core::exec::{RawSource, StreamInput, StreamSource};
use spl_core::formats::{FormatSpec, Input, Origin, ReadRequest, detect, load};
use spl_core::{Cancel, Engine};

/// A line an event: a time, a bar, a text. Its content looks like CSV to others.
static BARS: FormatSpec = FormatSpec {
    name: "bars",
    extensions: &["bars"],
    sniff: |head| head.starts_with(b"time|text,"),
    cuts: |bytes, wished| {
        let next = |&at: &usize| bytes[at..].iter().position(|&b| b == b'\n').map(|line| at + line + 1);
        wished.iter().filter_map(next).collect()
    },
    read: |part, into, damage| {
        let mut at = part.start;
        for line in part.content().split_inclusive(|&b| b == b'\n') {
            let text = String::from_utf8_lossy(line);
            match text.trim_end().split_once('|') {
                Some(("time", "cancel,")) => part.request.cancel.cancel(),
                Some(("time", _)) => {}
                Some((time, text)) => {
                    into.field("text", text);
                    into.raw(line.trim_ascii());
                    part.end(time.parse().unwrap_or(f64::NAN), "bars", into);
                }
                None => damage.note("lines without a bar", at, "they are left out"),
            }
            at += line.len();
        }
    },
    preamble: Some(|_| Vec::new()),
    ..FormatSpec::BLANK
};

fn log(lines: usize) -> String {
    let lines = (0..lines).map(|n| format!("{n}|text, {}\n", n % 7));
    std::iter::once("time|text,\n".to_owned()).chain(lines).collect()
}

fn origin(name: &str) -> Origin {
    Origin { name: name.into(), host: Some("h1".into()), ..Origin::default() }
}

fn engine() -> Engine {
    Engine::builder().format(&BARS).now(1e9).build().expect("nothing is wrong with it")
}

#[test]
fn loads_scans_and_streams_use_it_and_agree() {
    // More than a part of it.
    let log = log(300_000);
    let input = |name: &str| Input { bytes: log.as_bytes(), format: None, origin: origin(name) };
    // By content, whatever the file is called; without it the content is something else.
    let loaded = engine().load(&[input("a.csv")]).unwrap();
    assert_eq!((loaded.events, loaded.warnings.len()), (300_000, 0));
    assert_eq!(detect("a.csv", &log.as_bytes()[..4096]).name, "csv");

    let search = "text=\"text, 3\" | stats count min(_time) AS first values(sourcetype) AS s values(source) AS f values(host) AS h";
    let rows = |engine: &Engine| {
        let table = engine.search(search).unwrap().table;
        let batch = &table.batches()[0];
        ["count", "first", "s", "f", "h"].map(|field| batch.get(field, 0).text().into_owned())
    };
    let whole = rows(&engine().with_events(loaded.table));
    assert_eq!(whole, ["42857", "3", "bars", "a.csv", "h1"]);

    let mut raw = engine();
    let knowledge = raw.catalog().knowledge().clone();
    let bytes = Box::new(log.clone().into_bytes());
    raw.catalog_mut().add_source(Arc::new(RawSource::new(vec![(bytes, None, origin("a.csv"))], knowledge.clone())));
    assert_eq!(rows(&raw), whole);

    let mut streamed = engine();
    let open = move || Ok(Box::new(Cursor::new(log.clone().into_bytes())) as Box<dyn std::io::Read + Send>);
    let stream = StreamInput { open: Box::new(open), format: None, origin: origin("a.csv") };
    streamed.catalog_mut().add_source(Arc::new(StreamSource::new(vec![stream], knowledge).in_pieces_of(50_000)));
    assert_eq!(rows(&streamed), whole);
}

#[test]
fn names_times_damage_and_packing_are_as_with_others() {
    // By extension, though nothing else tells; packed, too.
    let bytes = b"5|a\nno bar\n7|b\n";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, bytes).unwrap();
    let packed = packed.finish().unwrap();
    for (name, bytes) in [("x.bars", &bytes[..]), ("x.bars.gz", &packed)] {
        let loaded = engine().load(&[Input { bytes, format: None, origin: origin(name) }]).unwrap();
        assert_eq!((loaded.events, loaded.warnings.len()), (2, 1), "{name}");
    }
    let request = ReadRequest { earliest: Some(6.0), formats: vec![&BARS], ..ReadRequest::default() };
    assert_eq!(load(&[Input { bytes, format: None, origin: origin("x.bars") }], &request).unwrap().events, 1);
    // A format that is named needs to be known by nobody.
    let named = Input { bytes, format: Some(&BARS), origin: origin("x") };
    assert_eq!(load(&[named], &ReadRequest::default()).unwrap().events, 2);
}

#[test]
fn a_load_that_is_cancelled_reads_no_further_input() {
    let cancel = Cancel::default();
    let request = ReadRequest { formats: vec![&BARS], cancel: cancel.clone(), ..ReadRequest::default() };
    let inputs = [b"time|cancel,\n".as_slice(), b"5|a\n"].map(|bytes| Input {
        bytes,
        format: Some(&BARS),
        origin: Origin::default(),
    });
    let error = load(&inputs, &request).map(|loaded| loaded.events).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
}
