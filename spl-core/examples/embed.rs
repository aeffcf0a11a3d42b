//! SPL inside another program: events from bytes, a search compiled once and run, its rows read as values.
//!
//! `cargo run -p spl-core --example embed`

#![allow(clippy::print_stdout)]

use spl_core::Engine;
use spl_core::error::Diagnostic;
use spl_core::formats::{Input, Origin, ReadRequest, load};

const LOG: &[u8] = br#"
{"_time":"2024-05-01T10:00:00Z","user":"ann","host":"web1","status":200,"bytes":512}
{"_time":"2024-05-01T10:00:05Z","user":"bob","host":"web1","status":404,"bytes":0}
{"_time":"2024-05-01T10:00:09Z","user":"ann","host":"web2","status":500,"bytes":90}
{"_time":"2024-05-01T10:01:00Z","user":"cy","host":"web2","status":503,"bytes":7}
"#;

fn main() -> Result<(), Box<Diagnostic>> {
    let input = Input { bytes: LOG, format: None, origin: Origin { name: "web.ndjson".into(), ..Origin::default() } };
    let events = load(&[input], &ReadRequest::default())?.table;
    let engine = Engine::builder().index("web", events).build()?;

    let search = engine.compile("index=web status>=400 | stats count values(user) AS users BY host | sort -count")?;
    let results = search.run()?;
    for batch in results.table.batches() {
        for row in 0..batch.rows() {
            let cells: Vec<String> = batch.row(row).map(|(field, value)| format!("{field}={}", value.text())).collect();
            println!("{}", cells.join("  ").replace('\n', ","));
        }
    }
    results.warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
    Ok(())
}
