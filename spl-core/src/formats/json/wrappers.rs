//! Objects around events: files that are one object with a list of them, and the hits of Elasticsearch, each around one.

use super::text::{bare_end, string_end};

/// Where the events are in a file that is one object around them.
pub(super) struct Around {
    /// Where the first one begins.
    pub(super) events: usize,
    /// How many objects there are around them.
    pub(super) objects: usize,
    /// Whether they are CloudTrail's.
    pub(super) cloudtrail: bool,
}

/// What Elasticsearch says of an answer as a whole, in front of its hits.
const ANSWER: &[&[u8]] = &[
    b"_scroll_id",
    b"pit_id",
    b"took",
    b"timed_out",
    b"terminated_early",
    b"num_reduce_phases",
    b"_shards",
    b"_clusters",
];
/// What it says of all hits in front of them.
const HITS: &[&[u8]] = &[b"total", b"max_score"];
/// What it says of a hit besides its `_source`.
const HIT: &[&[u8]] = &[
    b"_index",
    b"_type",
    b"_id",
    b"_score",
    b"_version",
    b"_seq_no",
    b"_primary_term",
    b"_routing",
    b"_ignored",
    b"_shard",
    b"_node",
    b"found",
    b"sort",
    b"fields",
    b"highlight",
    b"matched_queries",
];

/// CloudTrail has `{"Records":[...]}`, Azure `{"records":[...]}`, Microsoft's Graph `{"@odata.context":"...","value":[...]}`, Elasticsearch
/// `{"took":1,...,"hits":{"total":...,"hits":[...]}}`.
pub(super) fn around(bytes: &[u8]) -> Option<Around> {
    let mut at = blank(bytes, 0);
    if bytes.get(at) != Some(&b'{') {
        return None;
    }
    at += 1;
    while let Member::Named(name, value) = member(bytes, at)? {
        match name {
            b"Records" | b"records" | b"value" => {
                let events = list_of_objects(bytes, value)?;
                return Some(Around { events, objects: 1, cloudtrail: name == b"Records" });
            }
            b"hits" if bytes.get(value) == Some(&b'{') => {
                let events = hits(bytes, value + 1)?;
                return Some(Around { events, objects: 2, cloudtrail: false });
            }
            _ if name.starts_with(b"@odata.") || ANSWER.contains(&name) => at = value_end(bytes, value)?,
            _ => return None,
        }
    }
    None
}

fn hits(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Member::Named(name, value) = member(bytes, at)? {
        match name {
            b"hits" => return list_of_objects(bytes, value),
            _ if HITS.contains(&name) => at = value_end(bytes, value)?,
            _ => return None,
        }
    }
    None
}

/// Behind the bracket that begins a list at `at`, if it is one of objects, or empty.
fn list_of_objects(bytes: &[u8], at: usize) -> Option<usize> {
    let inside = at + 1;
    let is_list = bytes.get(at) == Some(&b'[') && matches!(bytes.get(blank(bytes, inside)), Some(b'{' | b']'));
    is_list.then_some(inside)
}

/// Where the event begins of an object at `at` that is a hit of Elasticsearch.
#[inline]
pub(super) fn source(bytes: &[u8], at: usize) -> Option<usize> {
    // Few events begin so, but many with their `_time`.
    let quote = blank(bytes, at + 1);
    match bytes.get(quote..)? {
        [b'"', b'_', name @ ..] if !name.starts_with(b"time") => source_of_hit(bytes, at + 1),
        _ => None,
    }
}

#[cold]
fn source_of_hit(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Member::Named(name, value) = member(bytes, at)? {
        match name {
            b"_source" => return (bytes.get(value) == Some(&b'{')).then_some(value),
            _ if HIT.contains(&name) => at = value_end(bytes, value)?,
            _ => return None,
        }
    }
    None
}

/// Passes over the members of an object from behind one of its values: behind its closing brace.
pub(super) fn members_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match member(bytes, at)? {
            Member::Named(_, value) => at = value_end(bytes, value)?,
            Member::End(end) => return Some(end),
        }
    }
}

enum Member<'a> {
    /// Its name as it is written, and where its value begins.
    Named(&'a [u8], usize),
    /// There is none: behind the closing brace.
    End(usize),
}

/// The next member of an object, from behind its brace or one of its values.
fn member(bytes: &[u8], at: usize) -> Option<Member<'_>> {
    let mut at = blank(bytes, at);
    match bytes.get(at)? {
        b'}' => return Some(Member::End(at + 1)),
        b',' => at = blank(bytes, at + 1),
        _ => {}
    }
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let (end, _) = string_end(bytes, at).ok()?;
    let colon = blank(bytes, end + 1);
    (bytes.get(colon) == Some(&b':')).then(|| Member::Named(&bytes[at + 1..end], blank(bytes, colon + 1)))
}

/// Where a value ends, of which nothing is looked at but where it ends.
fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string_end(bytes, at).ok().map(|(end, _)| end + 1),
        b'{' | b'[' => {
            let (mut at, mut depth) = (at, 0usize);
            loop {
                at += bytes.get(at..)?.iter().position(|b| matches!(b, b'"' | b'{' | b'[' | b'}' | b']'))?;
                match bytes[at] {
                    b'"' => at = string_end(bytes, at).ok()?.0,
                    b'{' | b'[' => depth += 1,
                    _ => depth -= 1,
                }
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
        }
        _ => bare_end(bytes, at).ok(),
    }
}

/// The next byte that is not blank, or the end.
fn blank(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t')).count()
}
