//! Windows event log files (EVTX): each record is written as the XML that Splunk's input stores, which is then read like any other.
//!
//! A file is a header and chunks of 64 KiB, which hold records and stand for themselves: a chunk is found by its first bytes, wherever
//! it lies, so that neither a broken header nor a lost stretch costs the chunks behind it.

use std::sync::Arc;

use ::evtx::{EvtxChunkData, EvtxFileHeader, EvtxRecord, ParserSettings};
use memchr::memmem;

use super::{Damage, FormatSpec, Part, xml};
use crate::table::TableBuilder;

pub(super) static FORMAT: FormatSpec = FormatSpec {
    name: "evtx",
    extensions: &["evtx"],
    summary: "Windows event log files",
    signs: "begins with ElfFile",
    sniff: |head| head.starts_with(b"ElfFile\0") || head.starts_with(CHUNK),
    cuts: |bytes, wished| wished.iter().filter_map(|&wish| next_chunk(bytes, wish)).collect(),
    read,
    preamble: Some(|_| Vec::new()),
};

const CHUNK: &[u8] = b"ElfChnk\0";
const RECORD: &[u8] = b"**\0\0";
/// Bytes before the first chunk.
const FILE_HEADER: usize = 4096;
const CHUNK_SIZE: usize = 1 << 16;
/// Bytes of a chunk that say what is in it.
const CHUNK_HEADER: usize = 512;
/// Bytes of XML that are read at a time.
const XML_SIZE: usize = 1 << 22;
const BROKEN: &str = "records that could not be decoded";

fn next_chunk(bytes: &[u8], from: usize) -> Option<usize> {
    memmem::find(bytes.get(from..)?, CHUNK).map(|at| from + at)
}

fn read(part: &Part<'_>, into: &mut TableBuilder, damage: &mut Damage) {
    let settings = Arc::new(ParserSettings::default().indent(false));
    let mut text = Vec::new();
    let mut next = next_chunk(part.bytes, part.start);
    if next.is_none() && part.start == 0 && !part.bytes.is_empty() {
        damage.note("files that cannot be read", 0, "there are no chunks in it");
    } else if part.complete && part.start == 0 {
        note_missing(part.bytes, damage);
    }
    // Where the last chunk, or the header of the file, ends.
    let mut behind = if part.start == 0 { FILE_HEADER } else { part.start };
    while let Some(start) = next.filter(|&start| start < part.end && !part.is_cancelled()) {
        if behind < start {
            read_lost(part.bytes, (behind, start), &settings, &mut text, damage);
        }
        next = next_chunk(part.bytes, start + CHUNK.len());
        let end = next.unwrap_or(part.bytes.len()).min(start + CHUNK_SIZE);
        read_chunk(part.bytes, (start, end), &settings, &mut text, damage);
        behind = end;
        // A chunk may lie at more than its length from the next.
        if text.len() > XML_SIZE {
            read_xml(&text, part, into, damage);
            text.clear();
        }
    }
    // Zeroes at the end are chunks that are not in use yet.
    if part.bytes.get(behind..part.end).is_some_and(|stretch| stretch.iter().any(|&byte| byte != 0)) {
        read_lost(part.bytes, (behind, part.end), &settings, &mut text, damage);
    }
    read_xml(&text, part, into, damage);
}

/// Says that the file is shorter than its header says, if the header is whole.
fn note_missing(bytes: &[u8], damage: &mut Damage) {
    let Ok(header) = EvtxFileHeader::from_bytes(bytes) else { return };
    let chunks = bytes.len().saturating_sub(FILE_HEADER).div_ceil(CHUNK_SIZE);
    let said = usize::from(header.chunk_count);
    if header.validate_checksum() && chunks < said {
        let why = format!("there is place for {chunks} of {said}");
        damage.note_many("chunks that are missing", (said - chunks) as u64, bytes.len(), why);
    }
}

/// Appends the events of chunks that do not begin as chunks do: of those between two others, or behind the last.
fn read_lost(
    bytes: &[u8],
    (mut from, to): (usize, usize),
    settings: &Arc<ParserSettings>,
    text: &mut Vec<u8>,
    damage: &mut Damage,
) {
    while let Some(stretch) = bytes.get(from..to).filter(|stretch| !stretch.is_empty()) {
        // The first record stands behind the header, and places count from there.
        let start = memmem::find_iter(stretch, RECORD).find_map(|at| at.checked_sub(CHUNK_HEADER));
        let Some(start) = start else {
            return damage.note("stretches that hold no chunk", from, format!("of {} bytes", stretch.len()));
        };
        let (start, end) = (from + start, to.min(from + start + CHUNK_SIZE));
        read_chunk(bytes, (start, end), settings, text, damage);
        from = end;
    }
}

/// Appends the events of a chunk.
fn read_chunk(
    bytes: &[u8],
    (start, end): (usize, usize),
    settings: &Arc<ParserSettings>,
    text: &mut Vec<u8>,
    damage: &mut Damage,
) {
    let mut content = bytes[start..end].to_vec();
    let whole = content.len() == CHUNK_SIZE;
    content.resize(CHUNK_SIZE, 0);
    let mut has_header = content.starts_with(CHUNK);
    if !has_header {
        put_header(&mut content);
    }
    let mut chunk = EvtxChunkData::new(content, false);
    if let Ok(read) = &mut chunk
        && !read.validate_header_checksum()
    {
        has_header = false;
        put_header(&mut read.data);
        chunk = EvtxChunkData::new(std::mem::take(&mut read.data), false);
    }
    let mut chunk = match chunk {
        Ok(chunk) => chunk,
        Err(error) => return damage.note("chunks that could not be read", start, error.to_string()),
    };
    if !has_header {
        damage.note("chunks with a broken header", start, "what can be decoded of it is kept");
    } else if !whole {
        damage.note("chunks that are not whole", start, format!("{} bytes of it are there", end - start));
    } else if !chunk.validate_checksum() {
        damage.note("chunks with a wrong checksum", start, "what can be decoded of it is kept");
    }
    let mut chunk = match chunk.parse(settings.clone()) {
        Ok(chunk) => chunk,
        Err(error) => return damage.note("chunks that could not be read", start, error.to_string()),
    };
    let mut render = |record: EvtxRecord<'_>| -> ::evtx::err::Result<()> {
        let record = record.into_xml_bytes()?;
        write_as_splunk(&record.data, text);
        Ok(())
    };
    let mut last_id = 0;
    for record in chunk.iter() {
        // Behind the last record there may be those of an earlier use of the chunk, where no header says that it is the last.
        if let Ok(record) = &record {
            if !has_header && record.event_record_id < last_id {
                break;
            }
            last_id = record.event_record_id;
        }
        if let Err(error) = record.and_then(&mut render) {
            damage.note(BROKEN, start + CHUNK_HEADER, innermost(&error));
        }
    }
}

/// A header that says of a chunk whose own is broken: there are records up to its end.
fn put_header(chunk: &mut [u8]) {
    let mut header = [0; CHUNK_HEADER];
    let mut put = |at: usize, value: &[u8]| header[at..at + value.len()].copy_from_slice(value);
    put(0, CHUNK);
    // The last record's number, where it begins, where free space begins.
    put(32, &u64::MAX.to_le_bytes());
    put(44, &(CHUNK_SIZE as u32).to_le_bytes());
    put(48, &(CHUNK_SIZE as u32).to_le_bytes());
    // Without a checksum.
    put(120, &4u32.to_le_bytes());
    chunk[..CHUNK_HEADER].copy_from_slice(&header);
}

/// What an error says, less where it says that it is.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// The event in the form of Splunk's input: no declaration, one line, attributes in single quotes.
fn write_as_splunk(xml: &[u8], out: &mut Vec<u8>) {
    let event = memmem::find(xml, b"<Event").unwrap_or(0);
    let mut rest = xml[event..].trim_ascii_end();
    // Where the attribute ends that we are in.
    while let Some(at) = memchr::memchr(b'<', rest) {
        let (before, tag) = rest.split_at(at);
        out.extend_from_slice(before);
        rest = tag;
        while let Some(at) = memchr::memchr2(b'"', b'>', rest) {
            out.extend_from_slice(&rest[..at]);
            let quoted = rest[at] == b'"';
            rest = &rest[at + 1..];
            if !quoted {
                out.push(b'>');
                break;
            }
            let end = memchr::memchr(b'"', rest).unwrap_or(rest.len());
            let is_time = out.ends_with(b" SystemTime=");
            out.push(b'\'');
            if is_time {
                write_time(&rest[..end], out)
            } else {
                write_attribute(&rest[..end], out)
            }
            out.push(b'\'');
            rest = rest.get(end + 1..).unwrap_or_default();
        }
    }
    out.extend_from_slice(rest);
    out.push(b'\n');
}

/// A time with nine digits behind the point.
fn write_time(value: &[u8], out: &mut Vec<u8>) {
    let time = value.strip_suffix(b"Z").unwrap_or(value);
    let digits = memchr::memchr(b'.', time).map(|point| time.len() - point - 1);
    out.extend_from_slice(time);
    if digits.is_none() {
        out.push(b'.');
    }
    out.extend(std::iter::repeat_n(b'0', 9usize.saturating_sub(digits.unwrap_or(0))));
    out.extend_from_slice(&value[time.len()..]);
}

/// The value of an attribute, in which double quotes need not be escaped.
fn write_attribute(mut value: &[u8], out: &mut Vec<u8>) {
    const QUOTE: &[u8] = b"&quot;";
    while let Some(at) = memmem::find(value, QUOTE) {
        out.extend_from_slice(&value[..at]);
        out.push(b'"');
        value = &value[at + QUOTE.len()..];
    }
    out.extend_from_slice(value);
}

fn read_xml(text: &[u8], part: &Part<'_>, into: &mut TableBuilder, damage: &mut Damage) {
    let Part { origin, settings, request, .. } = *part;
    let inner = Part { bytes: text, complete: true, start: 0, end: text.len(), origin, settings, request };
    (xml::FORMAT.read)(&inner, into, damage);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_nine_digits() {
        for (time, wanted) in
            [("T10:20:34.91Z", "T10:20:34.910000000Z"), ("T1:2:3Z", "T1:2:3.000000000Z"), ("", ".000000000")]
        {
            let mut out = Vec::new();
            write_time(time.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), wanted);
        }
    }

    #[test]
    fn events_are_written_as_splunk_stores_them() {
        let xml = b"<?xml version=\"1.0\"?>\n<Event xmlns=\"http://x\"><A n=\"it&apos;s &quot;b&quot;\"/><B>say \"c\" &gt; 'd'</B></Event>\n";
        let mut out = Vec::new();
        write_as_splunk(xml, &mut out);
        let wanted = "<Event xmlns='http://x'><A n='it&apos;s \"b\"'/><B>say \"c\" &gt; 'd'</B></Event>\n";
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }
}
