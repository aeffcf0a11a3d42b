//! Windows event log files: the same events as in the XML that was made of them, and what is left of broken ones. They run where
//! `SPL_SHARED` names a folder of real logs: such files cannot be made by hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use spl_core::formats::Loaded;
use spl_tests::events::{Row, read, rows};

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

fn by_id(rows: Vec<Row>) -> BTreeMap<(String, String), Row> {
    let id = |row: &Row| (row["Computer"].clone(), row["EventRecordID"].clone());
    rows.into_iter().map(|row| (id(&row), row)).collect()
}

#[test]
fn event_logs_have_the_events_of_their_xml() {
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
fn a_cut_event_log_keeps_what_stands_before_the_cut() {
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
fn wrong_bytes_cost_few_events_and_are_told_of() {
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
