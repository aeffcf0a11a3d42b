//! Searches and loads that somebody ends: they stop in the middle of what they do, and nothing that was left undone is kept.

use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use spl_core::error::ErrorKind;
use spl_core::exec::{StreamInput, StreamSource};
use spl_core::formats::{Input, Origin, Progress, ReadRequest, load};
use spl_core::functions::{Function, Shape};
use spl_core::knowledge::{Conf, Knowledge};
use spl_core::value::Value;
use spl_core::{Cancel, Engine, RunOptions};

/// Rows of which a search that goes on would see all.
const ROWS: usize = 400_000;

/// One test at a time presses.
static TURN: Mutex<()> = Mutex::new(());
static PRESSED: AtomicUsize = AtomicUsize::new(0);
static CANCEL: OnceLock<Cancel> = OnceLock::new();

fn cancel() -> &'static Cancel {
    CANCEL.get_or_init(Cancel::default)
}

/// A row of [`PRESS`].
fn press(values: &[Value]) -> Value {
    if PRESSED.fetch_add(1, Ordering::Relaxed) == 1_000 {
        cancel().cancel();
    }
    values.first().cloned().unwrap_or(Value::Num(1.0))
}

/// A function that ends its search when it is called for the thousandth time.
static PRESS: Function = Function {
    name: "press",
    syntax: "press()",
    summary: "Ends the search in the middle.",
    arity: (0, 1),
    shape: Shape::Volatile(|values, _| press(values)),
    ..Function::BLANK
};

/// As [`PRESS`], but it may be called where the events are read.
static PRESS_EARLY: Function = Function {
    name: "press_early",
    syntax: "press_early(<number>)",
    summary: "Ends the search in the middle of its scan.",
    shape: Shape::Row(|values, _| press(values)),
    ..Function::BLANK
};

#[test]
fn a_search_stops_in_the_middle_of_an_operator() {
    let _turn = TURN.lock().unwrap();
    let engine = Engine::builder().function(&PRESS).build().unwrap();
    let operators = [
        "eval x=press()",
        "where press()>0",
        "eval x=if(n>5, press(n), 0)",
        "eval x=mvmap(mvappend(n, n+1), press(n))",
        "stats count(eval(press()>0))",
        "eventstats sum(eval(press())) AS s",
        "foreach n [eval <<FIELD>>=press(<<FIELD>>)]",
    ];
    for operator in operators {
        cancel().reset();
        PRESSED.store(0, Ordering::Relaxed);
        let text = format!("| makeresults count={ROWS} | streamstats count AS n | {operator}");
        let search = engine.compile(&text).unwrap();
        let error = search.run_with(RunOptions { cancel: Some(cancel()), profile: None }).expect_err(operator);
        assert_eq!(error.kind, ErrorKind::Cancelled, "{operator}: {error}");
        let pressed = PRESSED.load(Ordering::Relaxed);
        assert!((1_000..ROWS / 4).contains(&pressed), "{operator} went on for {pressed} rows");
    }
}

#[test]
fn what_a_cancelled_search_left_undone_is_not_seen_by_the_next() {
    let _turn = TURN.lock().unwrap();
    let lines: String = (0..20_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    let input = Input { bytes: lines.as_bytes(), format: None, origin: Origin::default() };
    let events = load(&[input], &ReadRequest::default()).unwrap().table;
    let mut knowledge = Knowledge::default();
    knowledge.add_props(&Conf::parse("[default]\nEVAL-twice = n+n\n"));
    let engine = Engine::builder().knowledge(knowledge).events(events).function(&PRESS_EARLY).build().unwrap();
    cancel().reset();
    PRESSED.store(0, Ordering::Relaxed);
    let search = engine.compile("| where press_early(n)>=0 | stats sum(twice) AS s").unwrap();
    let error = search.run_with(RunOptions { cancel: Some(cancel()), profile: None }).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
    let results = engine.search("| stats sum(twice) AS s").unwrap();
    assert_eq!(results.table.batches()[0].get("s", 0).text(), "399980000");
}

/// Loads that are cancelled as soon as some events have been read.
#[test]
fn a_load_stops_in_the_middle_of_its_input() {
    type Line = fn(usize) -> String;
    let bodies: [(&str, Line); 4] = [
        ("a.json", |n| format!("{{\"n\":{n},\"text\":\"some text of event {n}\"}}\n")),
        ("a.csv", |n| if n == 0 { "n,text\n".to_owned() } else { format!("{n},text {n}\n") }),
        ("a.log", |n| format!("2024-05-01T12:00:00Z event {n} of many\n")),
        ("a.xml", |n| format!("<Event><System><EventID>{n}</EventID></System></Event>\n")),
    ];
    for (name, line) in bodies {
        let text: String = (0..ROWS).map(line).collect();
        let (progress, cancel) = (Arc::new(Progress::default()), Cancel::default());
        let request =
            ReadRequest { progress: Some(progress.clone()), cancel: cancel.clone(), ..ReadRequest::default() };
        let input =
            Input { bytes: text.as_bytes(), format: None, origin: Origin { name: name.into(), ..Origin::default() } };
        let loaded = std::thread::scope(|scope| {
            scope.spawn(|| {
                while progress.events() < 100 && progress.bytes() == 0 {
                    std::thread::yield_now();
                }
                cancel.cancel();
            });
            load(&[input], &request)
        });
        let error = loaded.map(|loaded| loaded.events).expect_err(name);
        assert_eq!(error.kind, ErrorKind::Cancelled, "{name}");
        assert!(progress.events() < ROWS as u64, "{name}");
    }
}

#[test]
fn a_stream_is_read_no_further_than_to_where_its_search_was_cancelled() {
    /// Ends the search when a little of it has been read.
    struct Endless(Arc<AtomicUsize>, Cancel);
    impl Read for Endless {
        fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
            let line = b"{\"n\":1}\n";
            let whole = bytes.len().min(1 << 16) / line.len() * line.len();
            bytes[..whole].chunks_mut(line.len()).for_each(|chunk| chunk.copy_from_slice(line));
            if self.0.fetch_add(whole, Ordering::Relaxed) > 10 << 20 {
                self.1.cancel();
            }
            Ok(whole)
        }
    }
    let (read, cancel) = (Arc::new(AtomicUsize::new(0)), Cancel::default());
    let mut engine = Engine::builder().build().unwrap();
    let knowledge = engine.catalog().knowledge().clone();
    let (counter, canceller) = (read.clone(), cancel.clone());
    let open = move || Ok(Box::new(Endless(counter.clone(), canceller.clone())) as Box<dyn Read + Send>);
    let input = StreamInput { open: Box::new(open), format: None, origin: Origin::default() };
    engine.catalog_mut().add_source(Arc::new(StreamSource::new(vec![input], knowledge).in_pieces_of(1 << 20)));
    let search = engine.compile("| stats sum(n)").unwrap();
    let error = search.run_with(RunOptions { cancel: Some(&cancel), profile: None }).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Cancelled);
    assert!(read.load(Ordering::Relaxed) < 200 << 20, "{}", read.load(Ordering::Relaxed));
}
