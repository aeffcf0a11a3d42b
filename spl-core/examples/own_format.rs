//! A format of one's own: LDIF, the text form of directories, an entry a paragraph. Read on all cores, and in pieces as a stream.
//!
//! `cargo run -p spl-core --example own_format`

#![allow(clippy::print_stdout)]

use spl_core::Engine;
use spl_core::error::Result;
use spl_core::exec::RawSource;
use spl_core::formats::{FormatSpec, Origin};
use spl_core::table::TableBuilder;

static LDIF: FormatSpec = FormatSpec {
    name: "ldif",
    extensions: &["ldif"],
    summary: "entries of a directory, a paragraph each",
    signs: "a first line that begins with dn:",
    sniff: |head| head.starts_with(b"dn:"),
    // An entry begins behind an empty line: large files are cut there, for all cores.
    cuts: |bytes, wished| wished.iter().filter_map(|&at| next_entry(bytes, at)).collect(),
    read: |part, into, _| {
        let mut at = part.start;
        while at < part.end && !part.is_cancelled() {
            let end = next_entry(part.bytes, at).unwrap_or(part.bytes.len());
            entry(&String::from_utf8_lossy(&part.bytes[at..end]), into);
            if part.request.raw {
                into.raw(part.bytes[at..end].trim_ascii());
            }
            part.end(f64::NAN, "ldif", into);
            at = end;
        }
    },
    // No entry needs those before it, so that streams are read piece by piece.
    preamble: Some(|_| Vec::new()),
};

/// Where the next entry begins.
fn next_entry(bytes: &[u8], at: usize) -> Option<usize> {
    let gap = bytes[at..].windows(2).position(|pair| pair == b"\n\n")?;
    let start = at + gap + bytes[at + gap..].iter().take_while(|&&b| b == b'\n').count();
    (start < bytes.len()).then_some(start)
}

/// An attribute that comes several times is a multivalue.
fn entry(text: &str, into: &mut TableBuilder) {
    let mut attributes: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, value) in text.lines().filter_map(|line| line.split_once(": ")) {
        match attributes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => attributes.push((name, vec![value])),
        }
    }
    attributes.iter().for_each(|(name, values)| into.multi(name, values.iter().copied()));
}

fn main() -> Result<()> {
    let directory = "dn: cn=ann\ncn: ann\nmemberOf: admins\nmemberOf: staff\n\ndn: cn=bob\ncn: bob\nmemberOf: staff\n";
    let mut engine = Engine::builder().format(&LDIF).build()?;
    let knowledge = engine.catalog().knowledge().clone();
    let input = (Box::new(directory) as _, None, Origin { name: "directory".into(), ..Origin::default() });
    engine.catalog_mut().add_source(std::sync::Arc::new(RawSource::new(vec![input], knowledge)));
    let results = engine.search("sourcetype=ldif | stats count values(cn) AS members BY memberOf")?;
    for batch in results.table.batches() {
        for row in 0..batch.rows() {
            let cell = |field| batch.get(field, row).text().into_owned();
            println!("{}: {} ({})", cell("memberOf"), cell("count"), cell("members"));
        }
    }
    assert_eq!(results.table.rows(), 2);
    Ok(())
}
