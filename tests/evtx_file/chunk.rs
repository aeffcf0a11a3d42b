//! A chunk: records one behind the other, names and templates where they are first used, and a header that says where these are.

use std::collections::BTreeMap;

use flate2::Crc;

use super::template::{BINXML, Element, Part, data_template, event_template};
use super::{CHUNK, CHUNK_HEADER, Event, MIDNIGHT, Value, utf16};

/// A chunk in the making.
pub(super) struct Chunk {
    bytes: Vec<u8>,
    /// Where the names stand that have been written.
    names: BTreeMap<&'static str, u32>,
    /// Where the templates stand that have been written, by their id.
    templates: BTreeMap<u128, u32>,
    /// Number and place of the records.
    pub(super) records: Vec<(u64, usize)>,
}

impl Chunk {
    pub(super) fn new() -> Self {
        Chunk { bytes: vec![0; CHUNK_HEADER], names: BTreeMap::new(), templates: BTreeMap::new(), records: Vec::new() }
    }

    fn here(&self) -> u32 {
        u32::try_from(self.bytes.len()).expect("chunks are small")
    }

    fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes four bytes later, with how much has been written behind them.
    fn sized(&mut self, write: impl FnOnce(&mut Self)) {
        let at = self.bytes.len();
        self.add(&[0; 4]);
        write(self);
        let size = self.here() - u32::try_from(at + 4).expect("chunks are small");
        put(&mut self.bytes, at, &size.to_le_bytes());
    }

    /// Adds a record, if it has place.
    pub(super) fn push(&mut self, event: &Event) -> bool {
        let start = self.bytes.len();
        self.add(b"**\0\0\0\0\0\0");
        self.add(&event.record.to_le_bytes());
        self.add(&(MIDNIGHT + event.time).to_le_bytes());
        self.instance(&event_template(event.provider), &event.system(), Some(&event.data));
        self.add(&[0]);
        // Records begin at multiples of eight.
        let end = (self.bytes.len() + 4).next_multiple_of(8);
        self.bytes.resize(end - 4, 0);
        let size = u32::try_from(end - start).expect("chunks are small").to_le_bytes();
        self.add(&size);
        put(&mut self.bytes, start + 4, &size);
        let fits = end <= CHUNK;
        if fits {
            self.records.push((event.record, start));
        } else {
            self.bytes.truncate(start);
            self.names.retain(|_, at| (*at as usize) < start);
            self.templates.retain(|_, at| (*at as usize) < start);
        }
        fits
    }

    /// A template's use: its place, itself if it has not been written yet, and the values.
    fn instance(&mut self, template: &Element, values: &[Value], data: Option<&[(&'static str, Value)]>) {
        let id = template_id(template);
        let number = u32::try_from(id >> 96).expect("four bytes");
        self.add(&[0x0f, 1, 1, 0, 0x0c, 1]);
        self.add(&number.to_le_bytes());
        let here = self.here() + 4;
        let known = *self.templates.entry(id).or_insert(here);
        self.add(&known.to_le_bytes());
        if known == here {
            self.add(&[0; 4]);
            self.add(&Value::Guid(id).bytes());
            self.sized(|chunk| {
                chunk.add(&[0x0f, 1, 1, 0]);
                chunk.element(template);
                chunk.add(&[0]);
            });
        }
        let count = u32::try_from(values.len() + usize::from(data.is_some())).expect("few values");
        self.add(&count.to_le_bytes());
        for value in values {
            let size = u16::try_from(value.bytes().len()).expect("short values");
            self.add(&size.to_le_bytes());
            self.add(&[value.kind(), 0]);
        }
        let size_of_data = self.bytes.len();
        if data.is_some() {
            self.add(&[0, 0, BINXML, 0]);
        }
        values.iter().for_each(|value| self.add(&value.bytes()));
        if let Some(data) = data {
            let start = self.bytes.len();
            let values: Vec<Value> = data.iter().map(|(_, value)| value.clone()).collect();
            self.instance(&data_template(data), &values, None);
            self.add(&[0]);
            let size = u16::try_from(self.bytes.len() - start).expect("short values");
            put(&mut self.bytes, size_of_data, &size.to_le_bytes());
        }
    }

    fn element(&mut self, element: &Element) {
        let Element { name, attributes, content, children } = element;
        if name.is_empty() {
            return content.iter().for_each(|part| self.part(part));
        }
        let has_attributes = !attributes.is_empty();
        // No value is one that the whole element depends on.
        self.add(&[if has_attributes { 0x41 } else { 0x01 }, 0xff, 0xff]);
        self.sized(|chunk| {
            chunk.name(name);
            if has_attributes {
                chunk.sized(|chunk| {
                    for (number, (name, part)) in attributes.iter().enumerate() {
                        chunk.add(&[if number + 1 < attributes.len() { 0x46 } else { 0x06 }]);
                        chunk.name(name);
                        chunk.part(part);
                    }
                });
            }
            if content.is_none() && children.is_empty() {
                return chunk.add(&[0x03]);
            }
            chunk.add(&[0x02]);
            content.iter().for_each(|part| chunk.part(part));
            children.iter().for_each(|child| chunk.element(child));
            chunk.add(&[0x04]);
        });
    }

    fn part(&mut self, part: &Part) {
        match part {
            Part::Text(text) => {
                let units = utf16(text);
                self.add(&[0x05, 0x01]);
                self.add(&u16::try_from(units.len() / 2).expect("short texts").to_le_bytes());
                self.add(&units);
            }
            Part::Slot(slot, kind) | Part::Optional(slot, kind) => {
                self.add(&[if matches!(part, Part::Slot(..)) { 0x0d } else { 0x0e }]);
                self.add(&slot.to_le_bytes());
                self.add(&[*kind]);
            }
        }
    }

    /// A name's place, and the name if it has not been written yet.
    fn name(&mut self, name: &'static str) {
        let here = self.here() + 4;
        let known = *self.names.entry(name).or_insert(here);
        self.add(&known.to_le_bytes());
        if known == here {
            self.add(&[0; 4]);
            self.add(&hash(name).to_le_bytes());
            self.add(&u16::try_from(name.len()).expect("short names").to_le_bytes());
            self.add(&utf16(name));
            self.add(&[0; 2]);
        }
    }

    /// The chunk with its header.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let free = self.bytes.len();
        let names: Vec<_> = self.names.iter().map(|(name, &at)| (u32::from(hash(name)) % 64, at)).collect();
        self.chain(128, names);
        let number = |id: &u128| u32::try_from(id >> 96).expect("four bytes");
        let templates: Vec<_> = self.templates.iter().map(|(id, &at)| (number(id) % 32, at)).collect();
        self.chain(384, templates);
        let (first, last) = (self.records.first().map_or(0, |&(id, _)| id), self.records.last().copied());
        let (last, last_at) = last.unwrap_or_default();
        let mut bytes = self.bytes;
        bytes[..8].copy_from_slice(b"ElfChnk\0");
        for (at, id) in [(8, first), (16, last), (24, first), (32, last)] {
            put(&mut bytes, at, &id.to_le_bytes());
        }
        let places = [128, last_at, free].map(|place| u32::try_from(place).expect("chunks are small"));
        for (at, number) in (40..).step_by(4).zip(places) {
            put(&mut bytes, at, &number.to_le_bytes());
        }
        bytes.resize(CHUNK, 0);
        seal(&mut bytes);
        bytes
    }

    /// A table of places: entries that share a place of it form a list, the newest first.
    fn chain(&mut self, table: usize, mut entries: Vec<(u32, u32)>) {
        entries.sort_by_key(|&(_, at)| at);
        for (bucket, at) in entries {
            let head = table + 4 * bucket as usize;
            let (next, entry): (Vec<u8>, _) = (self.bytes[head..head + 4].into(), at as usize);
            put(&mut self.bytes, entry, &next);
            put(&mut self.bytes, head, &at.to_le_bytes());
        }
    }
}

/// A name's hash, as the table of names has it.
fn hash(name: &str) -> u16 {
    let all = name.encode_utf16().fold(0u32, |hash, unit| hash.wrapping_mul(65599).wrapping_add(u32::from(unit)));
    (all & 0xffff) as u16
}

/// The same id for the same template.
fn template_id(template: &Element) -> u128 {
    let text = format!("{template:?}");
    let mix = |hash: u128, byte: u8| (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    text.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, mix)
}

/// Sets the checksums of a chunk.
pub(super) fn seal(chunk: &mut [u8]) {
    let free = chunk[48..52].iter().rev().fold(0, |all, &byte| all << 8 | usize::from(byte));
    let records = crc(&[chunk.get(CHUNK_HEADER..free).unwrap_or_default()]);
    put(chunk, 52, &records.to_le_bytes());
    let checksum = crc(&[&chunk[..120], &chunk[128..CHUNK_HEADER]]);
    put(chunk, 124, &checksum.to_le_bytes());
}

pub(super) fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

pub(super) fn crc(parts: &[&[u8]]) -> u32 {
    let mut crc = Crc::new();
    parts.iter().for_each(|part| crc.update(part));
    crc.sum()
}
