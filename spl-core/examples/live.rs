//! Detection over a live stream of events: lines of NDJSON come in, what matches is told at once, and a count is kept all the while.
//!
//! `cargo run -p spl-core --example live`

#![allow(clippy::print_stdout)]

use spl_core::error::Diagnostic;
use spl_core::formats::{Input, Origin, ReadRequest, load};
use spl_core::table::Table;
use spl_core::{Engine, RunOptions};

/// What a socket, a queue or a file that grows would bring, a few lines at a time.
const LINES: [&str; 3] = [
    r#"{"_time":"2024-05-01T10:00:00Z","host":"ws1","user":"ann","process":"winword.exe"}"#,
    r#"{"_time":"2024-05-01T10:00:02Z","host":"ws1","user":"ann","process":"powershell.exe -enc SQBFAFgA"}
{"_time":"2024-05-01T10:00:03Z","host":"ws2","user":"bob","process":"chrome.exe"}"#,
    r#"{"_time":"2024-05-01T10:00:09Z","host":"ws2","user":"bob","process":"powershell.exe -EncodedCommand aQB3AHIA"}"#,
];

const DETECTION: &str = r#"process="*powershell*" | regex process="(?i)\s-enc" | eval risk=if(user="bob",80,40) | table _time host user risk process"#;

fn main() -> Result<(), Box<Diagnostic>> {
    let engine = Engine::builder().build()?;
    let (detection, counting) =
        (engine.compile(DETECTION)?, engine.compile("* | stats count dc(user) AS users BY host")?);
    let mut alerts = detection.stream(RunOptions::default())?;
    let mut counts = counting.stream(RunOptions::default())?;
    for lines in LINES {
        let input = Input {
            bytes: lines.as_bytes(),
            format: None,
            origin: Origin { name: "live.ndjson".into(), ..Origin::default() },
        };
        let events = load(&[input], &ReadRequest::default())?.table;
        // Works row by row, so results come with each push.
        show("alert", &alerts.push(events.clone())?.table);
        // Keeps its groups, and tells them in the end.
        counts.push(events)?;
    }
    show("count", &counts.finish()?.table);
    Ok(())
}

fn show(what: &str, table: &Table) {
    for batch in table.batches() {
        for row in 0..batch.rows() {
            let cells: Vec<String> = batch.row(row).map(|(field, value)| format!("{field}={}", value.text())).collect();
            println!("{what}: {}", cells.join("  "));
        }
    }
}
