//! One column of one row group, decoded: which rows have a value, and which value that is. Nothing is made text here.
//!
//! Pages of plain and of dictionary-coded values are decoded in place; chunks with other encodings go through the general reader.

use ::parquet::basic::{Encoding, Type};
use ::parquet::column::page::{Page, PageReader};
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::serialized_reader::SerializedPageReader;
use bytes::Bytes;
use std::sync::Arc;

use super::Broken;
use super::file::Stretch;
use super::general;
use super::hybrid::{Bits, Hybrid};
use super::kind::Kind;
use super::values::Values;
use crate::table::Bitmap;

/// A column of a row group.
pub(super) struct Chunk {
    /// The rows that have a value.
    pub(super) present: Bitmap,
    /// For columns that may have many values a row: how many each row with a value has.
    pub(super) counts: Option<Vec<u32>>,
    /// The number of each value, in the order of the rows.
    pub(super) picks: Vec<u32>,
    pub(super) values: Values,
    /// How many rows there were, as far as the column could be read.
    pub(super) rows: usize,
}

impl Chunk {
    /// The rows that have no value.
    pub(super) fn missing(&self) -> Bitmap {
        let mut missing = self.present.clone();
        missing.negate();
        missing
    }
}

/// Reads a column chunk as far as that is possible, and says why no further.
pub(super) fn read(bytes: &[u8], meta: &ColumnChunkMetaData, rows: usize) -> (Chunk, Option<Broken>) {
    let mut reading = Reading::new(meta);
    let broken = match Stretch::of(bytes, meta) {
        Ok(stretch) => reading.pages(stretch, meta, rows),
        Err(broken) => Err(broken),
    };
    (reading.finish(rows), broken.err())
}

/// A chunk that is being read.
pub(super) struct Reading {
    physical: Type,
    length: usize,
    levels: Levels,
    picks: Vec<u32>,
    pub(super) values: Values,
    /// How many of the values are the dictionary's.
    dictionary: Option<usize>,
}

/// Where values are.
pub(super) struct Levels {
    max_definition: u32,
    max_repetition: u32,
    present: Bits,
    counts: Vec<u32>,
}

impl Levels {
    /// Takes in the levels of some values; without repetition each is a row.
    pub(super) fn push(&mut self, definition: u32, repetition: u32) {
        let has = definition == self.max_definition;
        if self.max_repetition == 0 {
            self.present.push_run(has, 1);
        } else if repetition == 0 || self.counts.is_empty() {
            self.counts.push(u32::from(has));
        } else if let Some(last) = self.counts.last_mut() {
            *last += u32::from(has);
        }
    }

    pub(super) fn rows(&self) -> usize {
        if self.max_repetition == 0 { self.present.len() } else { self.counts.len() }
    }
}

impl Reading {
    fn new(meta: &ColumnChunkMetaData) -> Reading {
        let column = meta.column_descr();
        let level = |level: i16| u32::try_from(level).unwrap_or(0);
        let length = match column.physical_type() {
            Type::FIXED_LEN_BYTE_ARRAY => usize::try_from(column.type_length()).unwrap_or(0),
            _ => 0,
        };
        Reading {
            physical: column.physical_type(),
            length,
            levels: Levels {
                max_definition: level(column.max_def_level()),
                max_repetition: level(column.max_rep_level()),
                present: Bits::default(),
                counts: Vec::new(),
            },
            picks: Vec::new(),
            values: Values::new(column.physical_type(), Kind::of(column)),
            dictionary: None,
        }
    }

    fn pages(&mut self, stretch: Stretch, meta: &ColumnChunkMetaData, rows: usize) -> Result<(), Broken> {
        let stretch = Arc::new(stretch);
        if !meta.encodings().all(is_known) {
            return general::read(self, stretch, meta, rows);
        }
        let mut pages = SerializedPageReader::new(stretch.clone(), meta, rows, None)?;
        while let Some(page) = pages.get_next_page()? {
            match page {
                Page::DictionaryPage { buf, num_values, .. } => {
                    if self.values.len() > 0 {
                        return Err("a second dictionary".into());
                    }
                    self.values.read_plain(self.physical, self.length, &buf, num_values as usize)?;
                    self.dictionary = Some(self.values.len());
                }
                Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, .. } => {
                    #[expect(deprecated)]
                    let packed = Encoding::BIT_PACKED;
                    if self.levels.max_repetition > 0 && rep_level_encoding == packed
                        || self.levels.max_definition > 0 && def_level_encoding == packed
                    {
                        let mut anew = Reading::new(meta);
                        let read = general::read(&mut anew, stretch, meta, rows);
                        *self = anew;
                        return read;
                    }
                    let mut rest = &buf[..];
                    let repetition = if self.levels.max_repetition > 0 { prefixed(&mut rest)? } else { &[] };
                    let definition = if self.levels.max_definition > 0 { prefixed(&mut rest)? } else { &[] };
                    let content = buf.slice(buf.len() - rest.len()..);
                    self.page(repetition, definition, &content, num_values as usize, encoding)?;
                }
                Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
                    let (repetition, definition) = (rep_levels_byte_len as usize, def_levels_byte_len as usize);
                    let Some(levels) = buf.get(..repetition + definition) else {
                        return Err("levels that do not end".into());
                    };
                    let content = buf.slice(repetition + definition..);
                    let (repetition, definition) = levels.split_at(repetition);
                    self.page(repetition, definition, &content, num_values as usize, encoding)?;
                }
            }
        }
        Ok(())
    }

    fn page(
        &mut self,
        repetition: &[u8],
        definition: &[u8],
        content: &Bytes,
        count: usize,
        encoding: Encoding,
    ) -> Result<(), Broken> {
        let present = self.read_levels(repetition, definition, count)?;
        let coded = matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
        if present == 0 {
            return Ok(());
        }
        if coded {
            let known = self.dictionary.ok_or("values of a dictionary that is not there")? as u32;
            let (&width, packed) = content.split_first().ok_or("fewer values than announced")?;
            let before = self.picks.len();
            let read = Hybrid::new(packed, width)?.values(present, &mut self.picks);
            let highest = self.picks[before..].iter().copied().max().unwrap_or(0);
            if highest >= known {
                let good = self.picks[before..].iter().position(|&pick| pick >= known).unwrap_or(0);
                self.picks.truncate(before + good);
                return Err("a value that the dictionary does not have".into());
            }
            return read;
        }
        let first = self.values.len();
        let read = if encoding == Encoding::RLE && self.physical == Type::BOOLEAN {
            let mut rest = &content[..];
            let mut bits = Vec::new();
            let read = prefixed(&mut rest).and_then(|bytes| Hybrid::new(bytes, 1)?.values(present, &mut bits));
            bits.into_iter().for_each(|bit| self.values.push_int(i64::from(bit)));
            read
        } else if encoding == Encoding::PLAIN {
            self.values.read_plain(self.physical, self.length, content, present)
        } else {
            Err(Broken::from(format!("values in the encoding {encoding}, which is not known")))
        };
        self.picks.extend(first as u32..self.values.len() as u32);
        read
    }

    /// Takes in the levels of a page; how many values are there.
    fn read_levels(&mut self, repetition: &[u8], definition: &[u8], count: usize) -> Result<usize, Broken> {
        let levels = &mut self.levels;
        let width = |max: u32| (32 - max.leading_zeros()) as u8;
        if levels.max_repetition == 0 {
            return match levels.max_definition {
                0 => {
                    levels.present.push_run(true, count);
                    Ok(count)
                }
                1 => Hybrid::new(definition, 1)?.bits(count, &mut levels.present),
                max => {
                    let mut read = Vec::new();
                    let outcome = Hybrid::new(definition, width(max))?.values(count, &mut read);
                    let before = levels.present.set;
                    read.iter().for_each(|&level| levels.push(level, 0));
                    outcome.map(|()| levels.present.set - before)
                }
            };
        }
        let (mut repetitions, mut definitions) = (Vec::new(), Vec::new());
        Hybrid::new(repetition, width(levels.max_repetition))?.values(count, &mut repetitions)?;
        if levels.max_definition > 0 {
            Hybrid::new(definition, width(levels.max_definition))?.values(count, &mut definitions)?;
        } else {
            definitions.resize(count, 0);
        }
        definitions.iter().zip(&repetitions).for_each(|(&definition, &repetition)| levels.push(definition, repetition));
        Ok(definitions.iter().filter(|&&level| level == levels.max_definition).count())
    }

    /// For the general reader: the levels of values, and that the values have been appended.
    pub(super) fn take_in(&mut self, definition: &[i16], repetition: &[i16], count: usize) {
        let first = self.picks.len() as u32;
        let at = |levels: &[i16], i: usize| levels.get(i).map_or(0, |&level| u32::try_from(level).unwrap_or(0));
        for i in 0..count {
            self.levels.push(at(definition, i), at(repetition, i));
        }
        self.picks.extend(first..self.values.len() as u32);
    }

    fn finish(mut self, rows: usize) -> Chunk {
        let found = self.levels.rows().min(rows);
        if self.levels.max_repetition == 0 {
            let mut present = self.levels.present.finish(found);
            // Of a page that could not be read to its end, there may be rows without their values.
            drop_behind(&mut present, &mut self.picks);
            return Chunk { present, counts: None, picks: self.picks, values: self.values, rows: found };
        }
        self.levels.counts.truncate(rows);
        let mut left = self.picks.len() as u32;
        for count in &mut self.levels.counts {
            *count = (*count).min(left);
            left -= *count;
        }
        let counts = &self.levels.counts;
        let present = Bitmap::from_fn(found, |row| counts.get(row).is_some_and(|&count| count > 0));
        self.picks.truncate(self.picks.len() - left as usize);
        let counts = self.levels.counts.into_iter().filter(|&count| count > 0).collect();
        Chunk { present, counts: Some(counts), picks: self.picks, values: self.values, rows: found }
    }
}

/// Makes rows and values agree in number.
fn drop_behind(present: &mut Bitmap, picks: &mut Vec<u32>) {
    let count = present.count();
    picks.truncate(count);
    if picks.len() < count {
        present.rows()[picks.len()..].iter().for_each(|&row| present.set(row as usize, false));
    }
}

/// The stretch that begins with its length.
fn prefixed<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Broken> {
    let length = rest.first_chunk().map_or(0, |length| u32::from_le_bytes(*length)) as usize;
    let stretch = rest.get(4..).and_then(|behind| behind.split_at_checked(length));
    let (stretch, behind) = stretch.ok_or("levels that do not end")?;
    *rest = behind;
    Ok(stretch)
}

fn is_known(encoding: Encoding) -> bool {
    #[expect(deprecated)]
    let old = matches!(encoding, Encoding::PLAIN_DICTIONARY | Encoding::BIT_PACKED);
    old || matches!(encoding, Encoding::PLAIN | Encoding::RLE | Encoding::RLE_DICTIONARY)
}
