//! Damage at every place of small logs: what stands before and behind it is kept, each kind of damage is told of once, nothing panics.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use spl_core::formats::Loaded;
use spl_tests::archive::zip;
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

/// A frame for each text.
fn zstd(texts: &[String]) -> Vec<Vec<u8>> {
    let frame =
        |text: &String| ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    texts.iter().map(frame).collect()
}

#[test]
fn a_broken_zstandard_file_leaves_the_frames_before_the_damage() {
    for log in logs() {
        let name = format!("{}.zst", log.name);
        let events = log.events(&name);
        let frames = zstd(&[log.text(), log.text()]);
        let first = frames[0].len();
        let whole = frames.concat();
        let check = |bytes: &[u8], context: String| {
            let loaded = read(&name, bytes);
            let left = rows(&loaded);
            for event in &events[..events.len() - log.back] {
                assert!(left.contains(event), "{context}: {event:?} is lost");
            }
            told_once(&loaded, &context);
            loaded.warnings.len()
        };
        for at in first + 1..whole.len() {
            let warnings = check(&whole[..at], format!("{name} cut at {at} of {}", whole.len()));
            assert!(warnings > 0, "{name} cut at {at} is not told of");
        }
        for at in first..whole.len() {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                check(&bytes, format!("{name} with bit {bit} of byte {at} wrong"));
            }
        }
    }
}

#[test]
fn a_broken_archive_leaves_the_files_that_are_whole() {
    for log in logs() {
        let (text, plain) = (log.text(), log.name);
        let files = [("1", plain), ("2", plain), ("3", plain)].map(|(folder, name)| format!("{folder}/{name}"));
        let archive = |count: usize| zip(&files[..count].iter().map(|name| (&name[..], &text)).collect::<Vec<_>>());
        let whole = archive(3);
        let find = |what: &[u8]| whole.windows(4).enumerate().filter(|(_, w)| *w == what).map(|(at, _)| at).collect();
        let starts: Vec<usize> = find(b"PK\x03\x04");
        let directory = [find(b"PK\x01\x02")].concat()[0];
        let of = |loaded: &Loaded, file: usize| {
            let from = |row: &Row| row.get("source").is_some_and(|source| source.ends_with(&files[file]));
            rows(loaded).into_iter().filter(from).count()
        };
        let all = rows(&read("a.zip", &whole)).len() / 3;
        assert!(all >= 5 - log.back, "{plain}");
        // Windows events say themselves where they come from, and the only file of an archive has the archive's name.
        let told = !plain.ends_with("xml");
        for at in starts[1]..whole.len() {
            let context = format!("an archive of {plain} cut at {at} of {}", whole.len());
            let loaded = read("a.zip", &whole[..at]);
            let before = starts.iter().skip(1).chain([&directory]).filter(|end| **end <= at).count();
            for file in 0..before {
                assert!(!told || before < 2 || of(&loaded, file) == all, "{context}: file {file} is lost");
            }
            assert!(rows(&loaded).len() >= before * all, "{context}");
            told_once(&loaded, &context);
        }
        // What lies between the names: the content of the second file.
        let content = starts[1] + 30 + files[1].len()..starts[2];
        for at in content {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            let context = format!("an archive of {plain} with a wrong byte at {at}");
            let loaded = read("a.zip", &bytes);
            assert!(!told || of(&loaded, 0) == all && of(&loaded, 2) == all, "{context}");
            assert!(rows(&loaded).len() >= 2 * all, "{context}");
            // The last bits of packed content mean nothing.
            let same = rows(&loaded) == rows(&read("a.zip", &whole));
            assert!(same || !loaded.warnings.is_empty(), "{context} is not told of");
            told_once(&loaded, &context);
        }
    }
}
