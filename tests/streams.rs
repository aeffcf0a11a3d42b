//! Logs read in small pieces give what they give when read whole: the same rows in the same order, the same warnings.

use std::fmt::Write as _;
use std::io::{Cursor, Read, Write as _};
use std::sync::Arc;

use spl_core::Engine;
use spl_core::exec::{RawSource, StreamInput, StreamSource};
use spl_core::formats::Origin;
use spl_tests::cells;

/// Numbers that are the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

/// Events as their fields: times mostly run forward, some are the same, some go back.
fn events(count: u64) -> Vec<Vec<(&'static str, String)>> {
    let mut random = Random(7);
    let mut time = 1_700_000_000u64;
    (0..count)
        .map(|n| {
            time = time + random.below(4) - if random.below(9) == 0 { 3 } else { 0 };
            let stamp = time * 1000 + random.below(2) * 500;
            let code = [1, 1, 3, 3, 3, 8, 11][random.below(7) as usize];
            let image = ["cmd.exe", "powershell.exe", "rundll32.exe", "svchost.exe"][random.below(4) as usize];
            let mut event = vec![
                ("stamp", stamp.to_string()),
                ("code", code.to_string()),
                ("record", n.to_string()),
                ("host", format!("host-{}", random.below(6))),
                ("Image", format!(r"C:\Windows\{image}")),
            ];
            if code == 1 {
                event
                    .push(("CommandLine", format!("{image} /c \"step {}\" a|b {}", random.below(40), random.below(9))));
                event.push(("User", format!("CORP\\user{}", random.below(30))));
            }
            if code == 8 {
                event.push(("TargetImage", format!(r"C:\Apps\app{}.exe", random.below(5))));
                event.push(("StartAddress", format!("0x{:08x}", random.below(1 << 32))));
            }
            if code == 3 {
                event.push(("DestinationPort", [443, 80, 8080][random.below(3) as usize].to_string()));
                event.push(("bytes", (random.below(1000) * 64).to_string()));
            }
            event
        })
        .collect()
}

fn of<'e>(event: &'e [(&'static str, String)], name: &str) -> &'e str {
    event.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
}

fn iso(event: &[(&'static str, String)]) -> String {
    let stamp: u64 = of(event, "stamp").parse().unwrap_or(0);
    // All events are within a day and a half of 2023-11-14.
    let (day, rest) = ((stamp / 1000 - 1_699_920_000) / 86_400, (stamp / 1000 - 1_699_920_000) % 86_400);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("2023-11-{:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", 14 + day, stamp % 1000)
}

fn xml(events: &[Vec<(&'static str, String)>]) -> Vec<u8> {
    let mut text = String::from("<Events>\n");
    for event in events {
        let _ = write!(
            text,
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>{}</EventID><TimeCreated SystemTime='{}'/><EventRecordID>{}</EventRecordID><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>{}</Computer></System><EventData>",
            of(event, "code"),
            iso(event),
            of(event, "record"),
            of(event, "host"),
        );
        for (name, value) in &event[4..] {
            let _ = write!(text, "<Data Name='{name}'>{}</Data>", value.replace('"', "&quot;"));
        }
        text.push_str("</EventData></Event>\n");
    }
    text.push_str("<Event><System><EventID>1</Event>\n</Events>\n");
    text.into_bytes()
}

fn ndjson(events: &[Vec<(&'static str, String)>]) -> Vec<u8> {
    let mut text = String::new();
    for (n, event) in events.iter().enumerate() {
        // Some have no time.
        let time = if n % 11 == 5 { String::new() } else { format!("\"_time\":\"{}\",", iso(event)) };
        let _ = write!(text, "{{{time}\"EventCode\":{},\"dest\":\"{}\"", of(event, "code"), of(event, "host"));
        for (name, value) in &event[4..] {
            let _ = write!(text, ",\"{name}\":{}", serde_json::Value::from(value.as_str()));
        }
        let _ = writeln!(text, ",\"tags\":[\"a\",\"{}\"]}}", of(event, "code"));
    }
    text.push_str("{\"broken\": \n");
    text.into_bytes()
}

fn csv(events: &[Vec<(&'static str, String)>]) -> Vec<u8> {
    let names = ["Image", "CommandLine", "User", "TargetImage", "DestinationPort", "bytes"];
    let mut text = format!("_time,EventCode,dest,{}\n", names.join(","));
    for event in events {
        let _ = write!(text, "{},{},{}", iso(event), of(event, "code"), of(event, "host"));
        for name in names {
            let _ = write!(text, ",\"{}\"", of(event, name).replace('"', "\"\"").replace("a|b", "a\nb"));
        }
        text.push('\n');
    }
    text.into_bytes()
}

fn log(events: &[Vec<(&'static str, String)>]) -> Vec<u8> {
    let mut text = String::new();
    for event in events {
        let _ = writeln!(
            text,
            "{} EventCode={} dest={} Image=\"{}\"",
            iso(event),
            of(event, "code"),
            of(event, "host"),
            of(event, "Image")
        );
        if of(event, "code") == "1" {
            let _ = writeln!(text, "  CommandLine=\"{}\"", of(event, "CommandLine").replace('"', ""));
        }
    }
    text.into_bytes()
}

const QUERIES: &[&str] = &[
    "EventCode=8 Image=\"*\\\\rundll32.exe\" TargetImage=\"*.exe\" | stats count min(_time) AS first max(_time) AS last BY Image TargetImage StartAddress EventCode dest",
    "EventCode=8",
    "* | head 7 | table _time dest Image",
    "* | head 7",
    "EventCode=3 | head 20 | stats count BY dest",
    "* | tail 5 | table _time Image",
    "| stats count",
    "| stats count BY EventCode",
    "nothing=here | stats count",
    "nothing=here | stats count BY dest",
    "| stats count dc(Image) AS images values(User) AS users BY dest",
    "| stats sum(bytes) avg(bytes) max(bytes) min(bytes) range(bytes) BY dest",
    "| stats first(Image) last(Image) earliest(Image) latest(Image) earliest_time(bytes) latest_time(bytes) BY EventCode",
    "| stats list(CommandLine) mode(Image) BY dest",
    "| stats p90(bytes) median(bytes) stdev(bytes) BY DestinationPort",
    "| stats values(*) AS * BY EventCode",
    "| stats count sparkline(count) BY EventCode",
    "| stats count(eval(EventCode=1)) AS starts, dc(eval(lower(Image))) AS images BY dest",
    "CommandLine=* | stats count min(_time) AS first dc(dest) AS hosts BY CommandLine | sort 20 -count CommandLine",
    "| timechart span=1m count",
    "| timechart span=5m limit=0 count BY EventCode",
    "| timechart span=5m limit=2 useother=t sum(bytes) BY DestinationPort",
    "| timechart span=2m limit=3 latest(Image) BY dest",
    "| timechart span=10m per_second(bytes) dc(Image)",
    "| timechart count BY EventCode",
    "| timechart span=1h partial=f count",
    "| timechart span=1m partial=f count",
    "| timechart bins=7 count dc(dest) BY EventCode",
    "| timechart bins=1000 limit=2 sum(bytes) AS b BY dest",
    "| timechart minspan=2m count",
    "| timechart aligntime=earliest span=7m count",
    "earliest=1700000100 latest=1700090000 | timechart count",
    "| chart count OVER _time span=3m BY EventCode",
    "| timechart cont=f count BY EventCode",
    "| chart count OVER dest BY EventCode",
    "| chart limit=2 usenull=f avg(bytes) OVER EventCode BY Image",
    "| chart count BY bytes span=10000",
    "| chart count sum(bytes) BY dest",
    "| chart count",
    "| top Image",
    "| top limit=3 useother=t Image EventCode",
    "| top limit=2 Image BY dest",
    "| rare limit=2 showperc=f CommandLine BY dest",
    "| dedup dest | table _time dest Image",
    "| dedup 2 dest Image | table _time dest Image EventCode",
    "| dedup dest Image sortby -_time | sort 100 -_time | table _time dest Image",
    "| dedup dest sortby Image -bytes | table _time dest Image bytes",
    "| dedup User keepempty=t | stats count BY EventCode",
    "| dedup dest consecutive=t | table _time dest",
    "| sort 15 -bytes dest | table _time bytes dest",
    "| sort 5 Image | table _time Image EventCode",
    "| sort 0 dest -_time | head 12 | table _time dest Image",
    "| sort _time | head 4",
    "| eval exe=lower(mvindex(split(Image,\"\\\\\"),-1)), size=if(len(CommandLine)>20,\"long\",\"short\") | stats count BY exe size",
    "| rex field=CommandLine \"step (?<step>\\d+)\" | where isnotnull(step) | stats count dc(dest) BY step | sort 0 step",
    "| where EventCode=1 AND like(Image,\"%power%\") | fields _time Image User | rename User AS who",
    "| fillnull value=none User | stats count BY User",
    "| fillnull value=0 | head 3 | table bytes User",
    "| eventstats avg(bytes) AS a BY dest | where bytes>a | stats count BY dest",
    "| streamstats count AS n BY dest | where n<3 | table _time dest n",
    "| transaction dest maxpause=2s | stats count avg(eventcount) max(duration)",
    "| eval kind=case(EventCode=1,\"start\",EventCode=3,\"net\",true(),\"other\") | chart count OVER kind BY dest",
    "EventCode=1 [search EventCode=8 | head 3 | fields dest] | stats count BY dest",
    "EventCode=1 | append [search EventCode=8 | stats count BY Image] | stats count BY Image",
    "EventCode=1 | join dest [search EventCode=3 | stats sum(bytes) AS total BY dest] | table _time dest total | sort 5 _time",
    "| bin span=5m _time | stats count BY _time EventCode",
    "| bin bins=5 bytes | stats count BY bytes",
    "| table _time EventCode | reverse | head 3",
    "| fields dest Image | head 4",
    "| fields - _raw Image | fields *e* | head 4",
    "| stats count BY host sourcetype source index",
    "earliest=1700000100 latest=1700000500 | stats count min(_time) max(_time)",
    "| eval n=1 | eventstats sum(n) AS total | head 1 | table total",
    "| mvexpand tags | stats count BY tags",
    "| stats count BY tags{} | sort - count",
    "| makeresults | eval a=1 | table a",
    "| tstats count WHERE index=* BY EventCode",
    "powershell | stats count",
    "| search User=CORP* | stats dc(User) AS users | eval x=users*2",
    "| regex CommandLine=\"[13]$\" | stats count",
    "| uniq | stats count",
    "| stats latest(_raw) AS raw BY EventCode | eval l=len(raw) | table EventCode l",
];

type Opened = Box<dyn Read + Send>;

/// Bytes that are there, read a piece at a time.
fn raw_in_pieces(name: &str, bytes: &[u8], piece: usize) -> Engine {
    let builder = Engine::builder().knowledge(spl_core::builtin::knowledge()).now(1_700_100_000.0).threads(2);
    let mut engine = builder.build().expect("the engine is built");
    let knowledge = engine.catalog().knowledge().clone();
    let origin = Origin { name: name.to_owned(), ..Origin::default() };
    let source = RawSource::new(vec![(Box::new(bytes.to_vec()), None, origin)], knowledge).in_pieces_of(piece);
    engine.catalog_mut().add_source(Arc::new(source));
    engine
}

fn engine_over(name: &str, bytes: &[u8], piece: Option<usize>, threads: usize) -> Engine {
    let knowledge = spl_core::builtin::knowledge();
    let builder = Engine::builder().knowledge(knowledge).now(1_700_100_000.0).threads(threads);
    let mut engine = builder.build().expect("the engine is built");
    let knowledge = engine.catalog().knowledge().clone();
    let origin = Origin { name: name.to_owned(), ..Origin::default() };
    let bytes: Arc<[u8]> = bytes.into();
    engine.catalog_mut().add_source(match piece {
        None => Arc::new(RawSource::new(vec![(Box::new(bytes), None, origin)], knowledge)),
        Some(size) => {
            let open = move || Ok(Box::new(Cursor::new(bytes.clone())) as Opened);
            let input = StreamInput { open: Box::new(open), format: None, origin };
            Arc::new(StreamSource::new(vec![input], knowledge).in_pieces_of(size))
        }
    });
    engine
}

fn answer(engine: &Engine, query: &str) -> String {
    match engine.search(query) {
        Ok(results) => {
            let mut lines = cells::print(results.shown());
            lines.extend(results.warnings.iter().map(|warning| format!("warning: {warning}")));
            lines.join("\n")
        }
        Err(error) => format!("error: {error}"),
    }
}

fn compare(name: &str, bytes: &[u8]) {
    let whole = engine_over(name, bytes, None, 2);
    let tiny = engine_over(name, bytes, Some(5_000), 2);
    let small = engine_over(name, bytes, Some(30_000), 1);
    let raw = raw_in_pieces(name, bytes, 8_000);
    for query in QUERIES {
        let wanted = answer(&whole, query);
        for (engine, what) in [(&tiny, "tiny"), (&small, "small"), (&raw, "raw")] {
            let got = answer(engine, query);
            assert!(
                spl_tests::run::nearly_same(&wanted, &got),
                "{name}, {what} pieces: {query}\n--- whole\n{wanted}\n--- in pieces\n{got}"
            );
        }
    }
}

#[test]
fn xml_in_pieces() {
    compare("events.xml", &xml(&events(250)));
}

#[test]
fn ndjson_in_pieces() {
    compare("events.ndjson", &ndjson(&events(250)));
}

#[test]
fn csv_in_pieces() {
    compare("events.csv", &csv(&events(250)));
}

#[test]
fn text_in_pieces() {
    compare("events.log", &log(&events(250)));
}

#[test]
fn packed_and_uncuttable_inputs() {
    let plain = xml(&events(200));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).expect("memory can be written to");
    let gzip = gzip.finish().expect("memory can be written to");
    let frame = |bytes: &[u8]| ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest);
    let zstd =
        [frame(&plain[..5000]), vec![0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3], frame(&plain[5000..])].concat();
    let json = ndjson(&events(100));
    let array = [&b"[ "[..], &json[..json.len() - 12].replace_lines(), b" ]"].concat();
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(String::from_utf8_lossy(&plain).encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let cut_short = gzip[..gzip.len() / 2].to_vec();
    for (name, bytes) in [
        ("a.xml.gz", gzip),
        ("a.xml.zst", zstd),
        ("a.json", array),
        ("u.xml", utf16),
        ("cut.xml.gz", cut_short),
        ("none.xml", Vec::new()),
    ] {
        let (whole, pieces) = (engine_over(name, &bytes, None, 2), engine_over(name, &bytes, Some(30_000), 2));
        for query in ["| stats count BY EventCode", "EventCode=1 | table _time dest CommandLine"] {
            assert_eq!(answer(&whole, query), answer(&pieces, query), "{name}: {query}");
        }
    }
}

trait Lines {
    /// One line of all, objects told apart by commas.
    fn replace_lines(&self) -> Vec<u8>;
}

impl Lines for [u8] {
    fn replace_lines(&self) -> Vec<u8> {
        String::from_utf8_lossy(self).trim_end().replace("}\n{", "},{").into_bytes()
    }
}

#[test]
fn limits_name_the_command_that_needs_all_rows() {
    let bytes = xml(&events(2000));
    let knowledge = spl_core::builtin::knowledge();
    let limits = spl_core::exec::Limits { memory: Some(60_000), ..Default::default() };
    let mut engine = Engine::builder().knowledge(knowledge).limits(limits).build().expect("the engine is built");
    let knowledge = engine.catalog().knowledge().clone();
    let open = move || Ok(Box::new(Cursor::new(bytes.clone())) as Opened);
    let input = StreamInput { open: Box::new(open), format: None, origin: Origin::default() };
    engine.catalog_mut().add_source(Arc::new(StreamSource::new(vec![input], knowledge).in_pieces_of(10_000)));
    let error = engine.search("| eventstats count BY dest | stats count").expect_err("a limit is hit");
    assert_eq!(error.kind, spl_core::error::ErrorKind::Limit);
    assert!(error.message.starts_with("`eventstats count BY dest` has to keep"), "{}", error.message);
    engine.search("| stats count BY EventCode").expect("few groups fit");
}

#[test]
fn many_searches_at_once_share_the_threads() {
    use rayon::prelude::*;
    let bytes = xml(&events(200));
    let mut engine = Engine::builder().build().expect("the engine is built");
    let knowledge = engine.catalog().knowledge().clone();
    let open = move || Ok(Box::new(Cursor::new(bytes.clone())) as Opened);
    let input = StreamInput { open: Box::new(open), format: None, origin: Origin::default() };
    engine.catalog_mut().add_source(Arc::new(StreamSource::new(vec![input], knowledge).in_pieces_of(10_000)));
    let counts: Vec<String> = (0..16).into_par_iter().map(|_| answer(&engine, "| stats count")).collect();
    assert!(counts.iter().all(|count| count == &counts[0]) && counts[0].starts_with("count\n201"), "{counts:?}");
}

#[test]
fn a_search_can_be_cancelled_while_it_waits_for_bytes() {
    struct Never;
    impl Read for Never {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            std::thread::sleep(std::time::Duration::from_secs(3600));
            Ok(0)
        }
    }
    let mut engine = Engine::builder().build().expect("the engine is built");
    let knowledge = engine.catalog().knowledge().clone();
    let input =
        StreamInput { open: Box::new(|| Ok(Box::new(Never) as Opened)), format: None, origin: Origin::default() };
    engine.catalog_mut().add_source(Arc::new(StreamSource::new(vec![input], knowledge)));
    let cancel = spl_core::Cancel::default();
    cancel.cancel();
    let options = spl_core::RunOptions { cancel: Some(&cancel), ..Default::default() };
    let error =
        engine.compile("| stats count").and_then(|search| search.run_with(options)).expect_err("it was cancelled");
    assert_eq!(error.kind, spl_core::error::ErrorKind::Cancelled);
}
