//! Windows event log files: the same events as in the XML that is written of them, and what is left of broken ones. Files are made here;
//! where `SPL_SHARED` names a folder of real logs, those are read as well.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use spl_core::formats::Loaded;
use spl_tests::events::{Row, read, rows};
use spl_tests::evtx_file::{CHUNK, CHUNK_HEADER, Event, FILE_HEADER, file, file_of_chunks, samples};

fn by_id(rows: Vec<Row>) -> BTreeMap<(String, String), Row> {
    let id = |row: &Row| {
        let part = |name: &str| row.get(name).cloned().unwrap_or_default();
        (part("Computer"), part("EventRecordID"))
    };
    rows.into_iter().map(|row| (id(&row), row)).collect()
}

fn xml(events: &[Event]) -> String {
    events.iter().map(|event| event.xml() + "\n").collect()
}

#[test]
fn an_event_log_has_the_events_of_its_xml() {
    let events = samples(400);
    let log = file(&events);
    assert!(log.len() > FILE_HEADER + 3 * CHUNK, "several chunks");
    let (found, wanted) = (read("a", &log), read("a", xml(&events).as_bytes()));
    assert!(found.warnings.is_empty() && wanted.warnings.is_empty(), "{:?}", found.warnings);
    assert_eq!((found.events, wanted.events), (400, 400));
    let (found, wanted) = (by_id(rows(&found)), by_id(rows(&wanted)));
    for event in &events {
        let id = (event.computer.clone(), event.record.to_string());
        assert_eq!(found[&id], wanted[&id]);
        assert_eq!(found[&id]["_raw"], event.xml());
        for (name, value) in &event.data {
            let is_there = found[&id].get(*name).is_some_and(|found| !found.is_empty());
            assert_eq!(
                is_there,
                !matches!(value, spl_tests::evtx_file::Value::Absent) && *name != "StartModule",
                "{name}"
            );
        }
    }
}

/// What is left of a log whose bytes from `at` on are not as they were.
struct Left {
    kept: Vec<bool>,
    events: u64,
    warnings: Vec<String>,
}

/// A log in chunks, as it is and as it may be.
struct Log {
    bytes: Vec<u8>,
    events: Vec<Event>,
    wanted: Vec<Row>,
}

const IN_CHUNK: usize = 9;

impl Log {
    fn new() -> Self {
        let events = samples(27);
        let bytes = file_of_chunks(&events, IN_CHUNK);
        let found = by_id(rows(&read("a.evtx", &bytes)));
        let wanted = events.iter().map(|event| found[&(event.computer.clone(), event.record.to_string())].clone());
        Log { wanted: wanted.collect(), bytes, events }
    }

    /// Where the record of this number begins: by the number in its header.
    fn place(&self, number: usize) -> usize {
        let header = [&b"**\0\0"[..]].concat();
        let id = self.events[number].record.to_le_bytes();
        let places = self.bytes.windows(16).enumerate();
        let mut places = places.filter(|(_, window)| window[..4] == header[..] && window[8..] == id);
        places.next().expect("each record stands in the file").0
    }

    fn read(&self, bytes: &[u8]) -> Left {
        let loaded = read("a.evtx", bytes);
        let found = rows(&loaded);
        assert_eq!(loaded.events, found.len() as u64);
        let found = by_id(found);
        let id = |event: &Event| (event.computer.clone(), event.record.to_string());
        let kept = self.events.iter().zip(&self.wanted).map(|(event, row)| found.get(&id(event)) == Some(row));
        let warnings = loaded.warnings.iter().map(|warning| warning.message.clone()).collect();
        Left { kept: kept.collect(), events: loaded.events, warnings }
    }

    /// Reads it with a change: the events of the given numbers must be as they were, and if any is not, that is told.
    fn keeps(&self, change: &str, bytes: &[u8], whole: impl IntoIterator<Item = usize>) -> Left {
        let left = self.read(bytes);
        for number in whole {
            assert!(left.kept[number], "{change}: event {number} is lost; {:?}", left.warnings);
        }
        if left.kept.contains(&false) {
            assert!(!left.warnings.is_empty(), "{change}: nothing is told");
        }
        left
    }
}

fn chunk_at(number: usize) -> usize {
    FILE_HEADER + number * CHUNK
}

#[test]
fn a_log_cut_anywhere_keeps_the_records_before_the_cut() {
    let log = Log::new();
    let places: Vec<usize> = (0..log.events.len()).map(|number| log.place(number)).collect();
    // At the beginning, in the middle and right before the end of each record.
    for (number, &at) in places.iter().enumerate() {
        let size = u32::from_le_bytes(log.bytes[at + 4..at + 8].try_into().expect("four bytes")) as usize;
        for cut in [at, at + size / 2, at + size - 1] {
            log.keeps(&format!("cut at {cut}"), &log.bytes[..cut], 0..number);
        }
    }
    // In headers, and in what is free behind the last record.
    for cut in [0, 1, 100, FILE_HEADER - 1, FILE_HEADER, FILE_HEADER + 5] {
        let left = log.read(&log.bytes[..cut]);
        assert_eq!(left.events, 0);
        assert_eq!(left.warnings.is_empty(), cut == 0, "{cut}");
    }
    for chunk in 1..3 {
        for cut in [chunk_at(chunk) - 1, chunk_at(chunk), chunk_at(chunk) + 8, chunk_at(chunk) + CHUNK_HEADER] {
            log.keeps(&format!("cut at {cut}"), &log.bytes[..cut], 0..chunk * IN_CHUNK);
        }
    }
}

#[test]
fn a_wrong_bit_costs_no_record_before_it_and_no_other_chunk() {
    let log = Log::new();
    let places: Vec<usize> = (0..log.events.len()).map(|number| log.place(number)).collect();
    let (first, end) = (places[IN_CHUNK], places[2 * IN_CHUNK - 1] + 200);
    for (round, at) in (first..end).step_by(19).enumerate() {
        let mut bytes = log.bytes.clone();
        bytes[at] ^= 1 << (round % 8);
        let before = places.iter().take_while(|&&place| place <= at).count() - 1;
        let whole = (0..before).chain(2 * IN_CHUNK..log.events.len());
        log.keeps(&format!("bit {} of {at}", round % 8), &bytes, whole);
    }
}

#[test]
fn wrong_numbers_in_a_record_cost_that_record() {
    let log = Log::new();
    let place = log.place(13);
    let all_but = |number: usize| (0..number).chain(number + 1..log.events.len());
    for (change, at, with) in [
        ("no mark", 0, [0; 4]),
        ("no size", 4, [0; 4]),
        ("a size beyond the chunk", 4, [0xff; 4]),
        ("a size of one", 4, [1, 0, 0, 0]),
        // The fragment header, the instance, its template's number and place.
        ("a template beyond the chunk", 24 + 10, [0xff; 4]),
        ("a template in the file's header", 24 + 10, [0; 4]),
        ("many values", 24 + 14, [0xff; 4]),
        ("another token", 24, [0xee; 4]),
    ] {
        let mut bytes = log.bytes.clone();
        bytes[place + at..place + at + 4].copy_from_slice(&with);
        let left = log.keeps(change, &bytes, all_but(13));
        assert!(!left.kept[13], "{change}");
    }
}

#[test]
fn chunks_stand_for_themselves() {
    let log = Log::new();
    let others = || (0..IN_CHUNK).chain(2 * IN_CHUNK..log.events.len());
    let all = || 0..log.events.len();
    let hit = |range: std::ops::Range<usize>, with: u8| {
        let mut bytes = log.bytes.clone();
        bytes[range].fill(with);
        bytes
    };
    let second = chunk_at(1);
    for with in [0, 0xff] {
        log.keeps("a wrong file header", &hit(0..FILE_HEADER, with), all());
        log.keeps("a wrong chunk header", &hit(second..second + 128, with), all());
        log.keeps("wrong tables of names and templates", &hit(second + 128..second + CHUNK_HEADER, with), all());
        log.keeps("no chunk", &hit(second..second + CHUNK, with), others());
        let half = log.place(14);
        log.keeps("half a chunk", &hit(half..second + CHUNK, with), others().chain(IN_CHUNK..14));
    }
    let (before, behind) = log.bytes.split_at(second);
    log.keeps("a lost chunk", &[before, &behind[CHUNK..]].concat(), others());
    log.keeps("bytes between chunks", &[before, &[7; 1000], behind].concat(), all());
    let twice = log.keeps("a chunk twice", &[before, &behind[..CHUNK], behind].concat(), all());
    assert_eq!(twice.events as usize, log.events.len() + IN_CHUNK);
    let at = log.place(14) + 9;
    log.keeps("a lost byte", &[&log.bytes[..at], &log.bytes[at + 1..]].concat(), others().chain(IN_CHUNK..14));
    log.keeps("a byte too many", &[&log.bytes[..at], b"*", &log.bytes[at..]].concat(), others().chain(IN_CHUNK..14));
}

#[test]
fn names_and_templates_that_refer_to_themselves_end() {
    let log = Log::new();
    let place = log.place(IN_CHUNK);
    // The first template of a chunk stands behind its place, 24 bytes of its own before its elements.
    let template = place + 24 + 14;
    for at in (template..template + 700).step_by(5) {
        let mut bytes = log.bytes.clone();
        let here = u32::try_from(at - chunk_at(1)).expect("chunks are small");
        bytes[at..at + 4].copy_from_slice(&here.to_le_bytes());
        log.keeps(&format!("a place that is itself, at {at}"), &bytes, (0..IN_CHUNK).chain(2 * IN_CHUNK..27));
    }
}

/// The event log files, and the XML of the same logs.
fn logs() -> Vec<(PathBuf, PathBuf)> {
    let Some(shared) = std::env::var_os("SPL_SHARED") else { return Vec::new() };
    let data = Path::new(&shared).join("data");
    let files = |folder: &str| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(data.join(folder)).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let xml: Vec<PathBuf> = ["sysmon", "security", "system", "powershell"].into_iter().flat_map(files).collect();
    let of_same_name = |log: PathBuf| {
        let stem = log.file_stem()?.to_string_lossy().replace("_Sysmon", "_");
        let same = xml.iter().find(|xml| xml.file_name().is_some_and(|name| name.to_string_lossy().contains(&stem)))?;
        Some((log, same.clone()))
    };
    let mut pairs: Vec<_> = files("evtx").into_iter().filter_map(of_same_name).collect();
    pairs.sort();
    pairs
}

fn load(path: &Path) -> Loaded {
    read(&path.to_string_lossy(), &std::fs::read(path).expect("a file"))
}

#[test]
fn real_logs_have_the_events_of_their_xml() {
    let (mut same, mut all) = (0, 0);
    for (log, xml) in logs() {
        let (found, wanted) = (load(&log), load(&xml));
        assert!(found.warnings.is_empty(), "{}: {:?}", log.display(), found.warnings);
        let found = by_id(rows(&found));
        for (id, wanted) in by_id(rows(&wanted)) {
            let found = found.get(&id).unwrap_or_else(|| panic!("{}: no event {id:?}", log.display()));
            assert_eq!(found, &wanted, "{}", log.display());
            same += 1;
        }
        all += found.len();
    }
    println!("{same} of {all} events are those of the XML");
}

#[test]
fn a_cut_real_log_keeps_what_stands_before_the_cut() {
    for (log, _) in logs().into_iter().take(3) {
        let bytes = std::fs::read(&log).expect("a file");
        let whole = by_id(rows(&read("a.evtx", &bytes)));
        let mut most = 0;
        for part in 1..16 {
            let cut = &bytes[..bytes.len() * part / 16];
            let loaded = read("a.evtx", cut);
            assert!(!loaded.warnings.is_empty() || loaded.events as usize == whole.len() || cut.len() < 4096 + 65536);
            let found = by_id(rows(&loaded));
            // What is decoded is as it was; records before the cut are there.
            assert!(found.len() >= most, "{}", log.display());
            most = found.len();
            let wrong = found.iter().filter(|(id, row)| whole.get(*id) != Some(row)).count();
            assert!(wrong <= 1, "{}: {wrong} events are not what they were", log.display());
        }
        assert!(most * 3 >= whole.len());
    }
}

#[test]
fn wrong_bytes_of_real_logs_cost_few_events_and_are_told_of() {
    for (log, _) in logs().into_iter().take(3) {
        let bytes = std::fs::read(&log).expect("a file");
        let whole = by_id(rows(&read("a.evtx", &bytes)));
        for n in 0..24usize {
            let mut hit = bytes.clone();
            // Within the records of the first chunk and beyond.
            let at = 4096 + 512 + n * 2557 % (bytes.len() - 5000).min(60_000);
            hit[at] ^= 1 << (n % 8);
            let loaded = read("a.evtx", &hit);
            let found = by_id(rows(&loaded));
            let kept = whole.iter().filter(|(id, row)| found.get(*id) == Some(row)).count();
            if kept < whole.len() {
                assert!(!loaded.warnings.is_empty(), "{} at {at}", log.display());
            }
            // A template that is hit is that of many events.
            assert!(loaded.events as usize * 4 >= whole.len() || whole.len() < 40, "{} at {at}", log.display());
        }
    }
}

#[test]
fn what_is_no_event_log_does_no_harm() {
    let header = [&b"ElfFile\0"[..], &[0; 4088]].concat();
    assert_eq!(read("a.evtx", &header).warnings.len(), 1);
    let mut chunk = [&header[..], b"ElfChnk\0", &[0xff; 70_000]].concat();
    assert_eq!(read("a.evtx", &chunk).events, 0);
    for (n, byte) in chunk[4104..].iter_mut().enumerate() {
        *byte = (n * 31 % 251) as u8;
    }
    assert_eq!(read("a.evtx", &chunk).events, 0);
}
