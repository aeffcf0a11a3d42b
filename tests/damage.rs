//! Damage at every place of small logs: what stands before and behind it is kept, each kind of damage is told of once, nothing panics.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use spl_core::formats::Loaded;
use spl_tests::events::{Row, read, rows};

/// Bytes that damage puts in the place of others.
const WRONG: [u8; 10] = [0, b' ', b'\n', b'<', b'>', b'"', b'\'', b'{', b',', 0xff];

/// A log whose events each have a line, the one before them apart.
struct Log {
    name: &'static str,
    header: &'static str,
    lines: Vec<String>,
    /// How many lines before the damage it may touch.
    back: usize,
}

impl Log {
    fn text(&self) -> String {
        format!("{}{}", self.header, self.lines.concat())
    }

    /// The line that holds the byte, and all bytes that do not stand in the header.
    fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        let of_line = |(number, line): (usize, &String)| std::iter::repeat_n(number, line.len());
        self.lines.iter().enumerate().flat_map(of_line).enumerate().map(|(at, line)| (self.header.len() + at, line))
    }

    /// The events, line by line, as the whole log of this name has them.
    fn events(&self, name: &str) -> Vec<Row> {
        let loaded = read(name, self.text().as_bytes());
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        // Times descend in the log, as they do in a table.
        let events = rows(&loaded);
        assert_eq!(events.len(), self.lines.len());
        events
    }
}

fn logs() -> [Log; 5] {
    let lines = |line: &dyn Fn(u32) -> String| (0..5).rev().map(line).collect();
    let xml = |n: u32| {
        format!(
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>{n}</EventID>\
             <TimeCreated SystemTime='2024-05-01T10:00:0{n}Z'/><Channel>C</Channel><Computer>w</Computer></System>\
             <EventData><Data Name='Image'>a &amp; {n}</Data><Data>u{n}</Data></EventData></Event>\n"
        )
    };
    let json =
        |n: u32| format!("{{\"_time\":{n}.5,\"n\":{n},\"a\":{{\"b\":[1,\"x\\u00e9\"],\"c\":null}},\"t\":\"{n} y\"}}\n");
    let csv = |n: u32| format!("{n}.5,{n},\"a, \"\"{n}\"\"\",x{n}\n");
    let zeek = |n: u32| format!("{n}.5\t{n}\tt {n}\n");
    let text = |n: u32| format!("2024-05-01 10:00:0{n} host app[{n}]: said {n}\n");
    [
        Log { name: "a.xml", header: "", lines: lines(&xml), back: 0 },
        Log { name: "a.json", header: "", lines: lines(&json), back: 0 },
        Log { name: "a.csv", header: "_time,n,t,u\n", lines: lines(&csv), back: 0 },
        Log { name: "c.log", header: "#separator \\x09\n#path\tc\n#fields\tts\tn\tt\n", lines: lines(&zeek), back: 0 },
        // A line that does not begin with a time belongs to the one before it.
        Log { name: "a.log", header: "", lines: lines(&text), back: 1 },
    ]
}

/// One warning for each kind of damage.
fn told_once(loaded: &Loaded, context: &dyn std::fmt::Display) {
    let kind = |message: &str| -> String {
        let rest = message.split_once(": ").map_or(message, |(_, rest)| rest);
        rest.split(" (first at").next().unwrap_or_default().trim_start_matches(|c: char| c.is_ascii_digit()).to_owned()
    };
    let mut kinds: Vec<String> = loaded.warnings.iter().map(|warning| kind(&warning.message)).collect();
    let all = kinds.len();
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds.len(), all, "{context}: {:?}", loaded.warnings);
}

#[test]
fn a_cut_log_keeps_what_stands_before_the_cut() {
    for log in logs() {
        let (text, events) = (log.text(), log.events(log.name));
        for (at, line) in log.places() {
            let loaded = read(log.name, &text.as_bytes()[..at]);
            let left = rows(&loaded);
            let whole = line.saturating_sub(log.back);
            let context = format!("{} cut at {at}", log.name);
            for event in &events[..whole] {
                assert!(left.contains(event), "{context}: {event:?} is lost, left are {left:?}");
            }
            assert!(left.len() <= line + 1, "{context}: {left:?}");
            told_once(&loaded, &context);
        }
    }
}

#[test]
fn a_wrong_byte_touches_its_own_event_and_at_most_a_neighbour() {
    for log in logs() {
        let (text, events) = (log.text(), log.events(log.name));
        for (at, line) in log.places() {
            for wrong in WRONG {
                let mut bytes = text.clone().into_bytes();
                if std::mem::replace(&mut bytes[at], wrong) == wrong {
                    continue;
                }
                let loaded = read(log.name, &bytes);
                let left = rows(&loaded);
                let context = format!("{} with {:?} at {at}", log.name, char::from(wrong));
                // A quote that is opened or not closed takes in the lines up to the next one.
                let quoted = log.name.ends_with("csv") && (wrong == b'"' || text.as_bytes()[at] == b'"');
                let behind = if quoted { events.len() } else { line + 2 };
                let before = &events[..line.saturating_sub(log.back)];
                for event in before.iter().chain(events.get(behind..).unwrap_or_default()) {
                    assert!(left.contains(event), "{context}: {event:?} is lost, left are {left:?}");
                }
                told_once(&loaded, &context);
            }
        }
    }
}

#[test]
fn a_lost_byte_touches_its_own_event_and_at_most_a_neighbour() {
    for log in logs() {
        let (text, events) = (log.text(), log.events(log.name));
        for (at, line) in log.places() {
            let mut bytes = text.clone().into_bytes();
            let lost = bytes.remove(at);
            let loaded = read(log.name, &bytes);
            let left = rows(&loaded);
            let context = format!("{} without the byte at {at}", log.name);
            let behind = if log.name.ends_with("csv") && lost == b'"' { events.len() } else { line + 2 };
            let before = &events[..line.saturating_sub(log.back)];
            for event in before.iter().chain(events.get(behind..).unwrap_or_default()) {
                assert!(left.contains(event), "{context}: {event:?} is lost, left are {left:?}");
            }
            told_once(&loaded, &context);
        }
    }
}

fn gzip(text: &str, level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(text.as_bytes()).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}

#[test]
fn a_cut_gzip_file_gives_the_beginning_of_its_content() {
    for log in logs() {
        let name = format!("{}.gz", log.name);
        let (text, events) = (log.text(), log.events(&name));
        for level in [Compression::none(), Compression::best()] {
            let packed = gzip(&text, level);
            let mut most = 0;
            // The header of the file is ten bytes.
            for at in 10..packed.len() {
                let loaded = read(&name, &packed[..at]);
                let left = rows(&loaded);
                let context = format!("{name} cut at {at} of {}", packed.len());
                let kept = events.iter().take_while(|event| left.contains(event)).count();
                assert!(left.len() <= kept + 1 + log.back, "{context}: {left:?}");
                assert!(kept + log.back >= most, "{context}: {kept} events where a shorter file gave {most}");
                most = kept.max(most);
                assert!(
                    loaded.warnings.iter().any(|warning| warning.message.contains("broken stretches")),
                    "{context}"
                );
                told_once(&loaded, &context);
            }
            assert_eq!(most, events.len(), "{name} without its checksum only");
        }
    }
}

#[test]
fn a_hit_gzip_file_is_told_of_and_leaves_the_one_before_it() {
    for log in logs() {
        let name = format!("{}.gz", log.name);
        let (text, events) = (log.text(), log.events(&name));
        let (first, second) = (gzip(&text, Compression::best()), gzip(&text, Compression::best()));
        for at in 0..second.len() {
            for bit in 0..8 {
                let mut bytes = [&first[..], &second].concat();
                bytes[first.len() + at] ^= 1 << bit;
                let loaded = read(&name, &bytes);
                let left = rows(&loaded);
                let context = format!("{name} with bit {bit} of byte {at} wrong");
                for event in &events[..events.len() - log.back] {
                    assert!(left.contains(event), "{context}: {event:?} is lost");
                }
                told_once(&loaded, &context);
            }
        }
    }
}
