//! JSON events: one a line, one after the other, in an array, or as the `Records` of a CloudTrail file. Members are named as Splunk
//! names them: objects `a.b`, arrays of scalars the multivalue `a{}`, arrays of objects `a{}.b`. Numbers keep their digits, `null`
//! gives no field, and of a name that repeats the first value counts.
//!
//! A Windows event (one with `Channel` and `EventID` or `EventCode`) gets the source, source type and host that its XML would have.

mod reader;
mod text;

use self::reader::Reader;
use super::{Damage, FormatSpec, Part};
use crate::table::TableBuilder;

pub(super) static FORMAT: FormatSpec = FormatSpec {
    name: "json",
    extensions: &["json", "ndjson", "jsonl"],
    summary: "JSON: one object a line, an array of objects, or CloudTrail's Records",
    sniff: |head| {
        let head = head.trim_ascii_start();
        let inner = head.strip_prefix(b"[").unwrap_or(head).trim_ascii_start();
        matches!(inner.strip_prefix(b"{").map(|rest| rest.trim_ascii_start()), Some([b'"' | b'}', ..] | []))
    },
    cuts,
    read,
};

/// Cuts are made only where a line that ends an object is followed by one that begins another, and only in files that begin like that.
fn cuts(bytes: &[u8], wished: &[usize]) -> Vec<usize> {
    let mut lines = bytes.splitn(4, |&b| b == b'\n').map(<[u8]>::trim_ascii).filter(|line| *line != b"[");
    let border: &[u8] = match lines.next() {
        Some([b'{', .., b'}']) => b"}\n{",
        Some([b'{', .., b'}', b',']) => b"},\n{",
        _ => return Vec::new(),
    };
    let next = |&at: &usize| memchr::memmem::find(&bytes[at..], border).map(|found| at + found + border.len() - 1);
    let mut cuts: Vec<usize> = wished.iter().filter_map(next).collect();
    cuts.dedup();
    cuts
}

fn read(part: &Part<'_>, into: &mut TableBuilder, damage: &mut Damage) {
    let mut reader = Reader::new(part, into);
    let mut at = part.start;
    let mut in_records = false;
    if let Some(records) = records(part.bytes).filter(|_| at == 0) {
        (at, in_records) = (records, true);
        reader.cloudtrail = true;
    }
    while at < part.end {
        match part.bytes[at] {
            b']' if in_records => {
                // What stands behind the records in their object is about all of them.
                in_records = false;
                at = reader.rest_of_object(at + 1).unwrap_or(at + 1);
            }
            b' ' | b'\n' | b'\r' | b'\t' | b',' | b'[' | b']' | b'\x1e' => at += 1,
            b'{' => at = reader.event(at, into, damage),
            _ => at = reader.junk(at, into, damage),
        }
    }
}

/// Where the records of `{"Records":[...]}` begin.
fn records(bytes: &[u8]) -> Option<usize> {
    let rest = bytes.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"Records\"").or_else(|| rest.strip_prefix(b"\"records\""))?.trim_ascii_start();
    let rest = rest.strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"[")?;
    Some(bytes.len() - rest.len())
}
