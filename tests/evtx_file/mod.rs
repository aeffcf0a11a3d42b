//! Windows event log files, written: a header and chunks of 64 KiB, whose records are BinXML. A template stands where it is first used in
//! a chunk; later records give its place and their values. The same events are written as the XML that Splunk stores, by other code.
//!
//! It knows no more of the format than Windows event collection needs; what `[MS-EVEN6]` leaves open is as in files of Windows 10.

mod chunk;
mod samples;
mod template;

use std::fmt::Write;

use chunk::{Chunk, crc, put};
pub use samples::samples;

/// Bytes before the first chunk.
pub const FILE_HEADER: usize = 4096;
/// Bytes of a chunk.
pub const CHUNK: usize = 1 << 16;
/// Bytes of a chunk before its first record.
pub const CHUNK_HEADER: usize = 512;
/// How Windows counts time: the midnight that [`Value::Time`] counts from, in steps of 100 ns since 1601.
const MIDNIGHT: u64 = (1_714_521_600 + 11_644_473_600) * SECOND;
const SECOND: u64 = 10_000_000;

/// A value of an event.
#[derive(Clone, Debug)]
pub enum Value {
    /// No value: the element stays empty.
    Absent,
    /// Text.
    Text(String),
    /// A number of one byte.
    U8(u8),
    /// A number of two bytes.
    U16(u16),
    /// A number of four bytes.
    U32(u32),
    /// A number of eight bytes.
    U64(u64),
    /// A number shown in hexadecimal digits.
    Hex(u64),
    /// A time: steps of 100 ns since 2024-05-01T00:00:00Z, less than a day.
    Time(u64),
    /// An id, as its digits are read.
    Guid(u128),
    /// A security id: the authority and what follows it.
    Sid(u8, Vec<u32>),
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    fn kind(&self) -> u8 {
        match self {
            Value::Absent => 0x00,
            Value::Text(_) => 0x01,
            Value::U8(_) => 0x04,
            Value::U16(_) => 0x06,
            Value::U32(_) => 0x08,
            Value::U64(_) => 0x0a,
            Value::Guid(_) => 0x0f,
            Value::Time(_) => 0x11,
            Value::Sid(..) => 0x13,
            Value::Hex(_) => 0x15,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Value::Absent => Vec::new(),
            Value::Text(text) => utf16(text),
            Value::U8(number) => vec![*number],
            Value::U16(number) => number.to_le_bytes().into(),
            Value::U32(number) => number.to_le_bytes().into(),
            Value::U64(number) | Value::Hex(number) => number.to_le_bytes().into(),
            Value::Time(ticks) => (MIDNIGHT + ticks).to_le_bytes().into(),
            Value::Guid(digits) => {
                let mut bytes = digits.to_be_bytes();
                bytes[..4].reverse();
                bytes[4..6].reverse();
                bytes[6..8].reverse();
                bytes.into()
            }
            Value::Sid(authority, rest) => {
                let count = u8::try_from(rest.len()).expect("few parts");
                let mut bytes = vec![1, count, 0, 0, 0, 0, 0, *authority];
                bytes.extend(rest.iter().flat_map(|part| part.to_le_bytes()));
                bytes
            }
        }
    }

    /// As it stands in XML.
    fn shown(&self) -> String {
        self.plain().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    }

    /// As text.
    pub fn plain(&self) -> String {
        match self {
            Value::Absent => String::new(),
            Value::Text(text) => text.clone(),
            Value::U8(number) => number.to_string(),
            Value::U16(number) => number.to_string(),
            Value::U32(number) => number.to_string(),
            Value::U64(number) => number.to_string(),
            Value::Hex(number) => format!("{number:#x}"),
            Value::Time(ticks) => {
                let (seconds, ticks) = (ticks / SECOND, ticks % SECOND);
                let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
                format!("2024-05-01T{hours:02}:{minutes:02}:{:02}.{ticks:07}Z", seconds % 60)
            }
            Value::Guid(digits) => {
                let hex = format!("{digits:032x}");
                format!("{{{}-{}-{}-{}-{}}}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
            }
            Value::Sid(authority, rest) => {
                rest.iter().fold(format!("S-1-{authority}"), |sid, part| format!("{sid}-{part}"))
            }
        }
    }
}

/// An event of a Windows log.
#[derive(Clone, Debug)]
pub struct Event {
    /// The provider's name and id.
    pub provider: (&'static str, u128),
    /// `EventID`, which says what `data` holds.
    pub id: u16,
    /// `Version`.
    pub version: u8,
    /// `Level`.
    pub level: u8,
    /// `Task`.
    pub task: u16,
    /// `Keywords`.
    pub keywords: u64,
    /// When, as in [`Value::Time`].
    pub time: u64,
    /// `EventRecordID`.
    pub record: u64,
    /// `ActivityID` of `Correlation`.
    pub activity: Option<u128>,
    /// `ProcessID` and `ThreadID`.
    pub execution: (u32, u32),
    /// `Channel`.
    pub channel: &'static str,
    /// `Computer`.
    pub computer: String,
    /// `UserID`, what follows `S-1-5`.
    pub user: Option<Vec<u32>>,
    /// The names and values of `EventData`.
    pub data: Vec<(&'static str, Value)>,
}

impl Event {
    /// The event as Splunk's input stores it.
    pub fn xml(&self) -> String {
        let Event { id, version, level, task, keywords, record, channel, computer, .. } = self;
        let optional = |name: &str, value: Option<Value>| {
            value.map_or(String::new(), |value| format!(" {name}='{}'", value.shown()))
        };
        // The input writes nine digits of a second.
        let time = Value::Time(self.time).shown().replace('Z', "00Z");
        let mut xml = format!(
            "<Event xmlns='{NAMESPACE}'><System><Provider Name='{}' Guid='{}'/><EventID>{id}</EventID>\
             <Version>{version}</Version><Level>{level}</Level><Task>{task}</Task><Opcode>0</Opcode>\
             <Keywords>{keywords:#x}</Keywords><TimeCreated SystemTime='{time}'/><EventRecordID>{record}</EventRecordID>\
             <Correlation{}/><Execution ProcessID='{}' ThreadID='{}'/><Channel>{channel}</Channel>\
             <Computer>{computer}</Computer><Security{}/></System><EventData>",
            self.provider.0,
            Value::Guid(self.provider.1).shown(),
            optional("ActivityID", self.activity.map(Value::Guid)),
            self.execution.0,
            self.execution.1,
            optional("UserID", self.user.clone().map(|rest| Value::Sid(5, rest))),
        );
        for (name, value) in &self.data {
            write!(xml, "<Data Name='{name}'>{}</Data>", value.shown()).expect("strings take everything");
        }
        xml.push_str("</EventData></Event>");
        xml
    }

    /// The values of the template of all events of a provider, in the order of its slots; the last one is the event's data.
    fn system(&self) -> Vec<Value> {
        vec![
            Value::U16(self.id),
            Value::U8(self.version),
            Value::U8(self.level),
            Value::U16(self.task),
            Value::U8(0),
            Value::Hex(self.keywords),
            Value::Time(self.time),
            Value::U64(self.record),
            self.activity.map_or(Value::Absent, Value::Guid),
            Value::U32(self.execution.0),
            Value::U32(self.execution.1),
            Value::text(self.channel),
            Value::text(self.computer.as_str()),
            self.user.clone().map_or(Value::Absent, |rest| Value::Sid(5, rest)),
        ]
    }
}

const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The file of these events, whose record ids ascend.
pub fn file(events: &[Event]) -> Vec<u8> {
    file_of_chunks(events, usize::MAX)
}

/// The same with at most so many events a chunk.
pub fn file_of_chunks(events: &[Event], most: usize) -> Vec<u8> {
    let mut chunks = Vec::new();
    let mut chunk = Chunk::new();
    for event in events {
        if chunk.records.len() == most || !chunk.push(event) {
            chunks.push(std::mem::replace(&mut chunk, Chunk::new()).finish());
            assert!(chunk.push(event), "an event that is larger than a chunk");
        }
    }
    chunks.push(chunk.finish());
    let mut header = vec![0; FILE_HEADER];
    header[..8].copy_from_slice(b"ElfFile\0");
    let count = u16::try_from(chunks.len()).expect("few chunks");
    put(&mut header, 16, &u64::from(count - 1).to_le_bytes());
    put(&mut header, 24, &events.last().map_or(1, |event| event.record + 1).to_le_bytes());
    put(&mut header, 32, &128u32.to_le_bytes());
    put(&mut header, 36, &[1, 0, 3, 0, 0, 0x10]);
    put(&mut header, 42, &count.to_le_bytes());
    let checksum = crc(&[&header[..120]]);
    put(&mut header, 124, &checksum.to_le_bytes());
    header.extend(chunks.concat());
    header
}

/// Sets the checksums of all chunks that stand at their places, whatever is in them.
pub fn seal(file: &mut [u8]) {
    let chunks = file.get_mut(FILE_HEADER..).unwrap_or_default();
    chunks.chunks_exact_mut(CHUNK).for_each(chunk::seal);
}
