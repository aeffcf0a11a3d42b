//! One column of one row group, decoded: which rows have a value, and which value that is. Nothing is made text here.
//!
//! Pages of plain and of dictionary-coded values are decoded in place; others are made plain first.

use ::parquet::basic::{Encoding, Type};
use ::parquet::column::page::{Page, PageReader};
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::serialized_reader::SerializedPageReader;
use bytes::Bytes;
use std::borrow::Cow;
use std::sync::Arc;

use super::Broken;
use super::encodings::{Plain, plain};
use super::file::Stretch;
use super::hybrid::{Bits, Hybrid};
use super::kind::Kind;
use super::values::Values;
use crate::table::Bitmap;

/// Most values of one page of lists: what says of more is not believed.
const MAX_LEVELS: usize = 1 << 24;

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
    /// Those of so many rows that have no value.
    pub(super) fn missing(&self, rows: usize) -> Bitmap {
        let mut missing = Bitmap::filled(rows, false);
        missing.or(&self.present);
        missing.negate();
        missing
    }

    /// Leaves only these rows, which are ascending, and numbers them anew.
    pub(super) fn keep(&mut self, rows: &[u32]) {
        let mut present = Bitmap::filled(rows.partition_point(|&row| (row as usize) < self.rows), false);
        let (mut picks, mut counts) = (Vec::new(), Vec::new());
        let starts = self.counts.as_ref().map(|counts| {
            let mut end = 0;
            let ends = counts.iter().map(|&count| {
                end += count as usize;
                end
            });
            std::iter::once(0).chain(ends).collect::<Vec<usize>>()
        });
        let ranks = self.present.ranks();
        for (new, &row) in rows.iter().enumerate() {
            let row = row as usize;
            if row < self.present.len() && self.present.get(row) {
                present.set(new, true);
                let rank = self.present.rank(row, &ranks);
                match (&self.counts, &starts) {
                    (Some(all), Some(starts)) => {
                        counts.push(all[rank]);
                        picks.extend_from_slice(&self.picks[starts[rank]..starts[rank + 1]]);
                    }
                    _ => picks.push(self.picks[rank]),
                }
            }
        }
        self.rows = present.len();
        (self.present, self.picks) = (present, picks);
        self.counts = self.counts.take().map(|_| counts);
    }
}

/// Reads a column chunk as far as that is possible, and says why no further. Of pages without any of the `wanted` rows nothing is read: their
/// rows have no value.
pub(super) fn read(
    bytes: &[u8],
    meta: &ColumnChunkMetaData,
    rows: usize,
    wanted: Option<&Bitmap>,
) -> (Chunk, Option<Broken>) {
    let mut reading = Reading::new(meta);
    let broken = match Stretch::of(bytes, meta) {
        Ok(stretch) => reading.pages(stretch, meta, rows, wanted),
        Err(broken) => Err(broken),
    };
    let chunk = reading.finish(rows);
    let short = (chunk.rows < rows).then(|| "fewer rows than the row group has".into());
    (chunk, broken.err().or(short))
}

/// A chunk that is being read.
struct Reading {
    physical: Type,
    length: usize,
    levels: Levels,
    picks: Vec<u32>,
    values: Values,
    /// How many of the values are the dictionary's.
    dictionary: Option<usize>,
}

/// Where values are.
struct Levels {
    max_definition: u32,
    max_repetition: u32,
    present: Bits,
    counts: Vec<u32>,
}

impl Levels {
    /// Takes in the levels of some values; without repetition each is a row.
    fn push(&mut self, definition: u32, repetition: u32) {
        let has = definition == self.max_definition;
        if self.max_repetition == 0 {
            self.present.push_run(has, 1);
        } else if repetition == 0 || self.counts.is_empty() {
            self.counts.push(u32::from(has));
        } else if let Some(last) = self.counts.last_mut() {
            *last += u32::from(has);
        }
    }

    fn rows(&self) -> usize {
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

    fn pages(
        &mut self,
        stretch: Stretch,
        meta: &ColumnChunkMetaData,
        rows: usize,
        wanted: Option<&Bitmap>,
    ) -> Result<(), Broken> {
        let mut pages = SerializedPageReader::new(Arc::new(stretch), meta, rows, None)?;
        // Where a row may have many values, the head of a page does not say which rows it has.
        let wanted = wanted.filter(|_| self.levels.max_repetition == 0);
        loop {
            if let Some(wanted) = wanted
                && let Some(head) = pages.peek_next_page()?
                && !head.is_dict
                // Where each value is a row, a page of the second version says twice how many it has, and is read by this.
                && let Some(count) = head.num_levels
            {
                let (from, to) = (self.levels.rows(), self.levels.rows().saturating_add(count).min(rows));
                if !wanted.any_in(from..to) {
                    pages.skip_next_page()?;
                    self.levels.present.push_run(false, to - from);
                    continue;
                }
            }
            let Some(page) = pages.get_next_page()? else { break };
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
                    let (mut rest, count) = (&buf[..], num_values as usize);
                    let mut levels = |max: u32, encoding: Encoding| match max {
                        0 => Ok(Cow::Borrowed(&[][..])),
                        max if encoding == packed => repacked(&mut rest, count, width(max)).map(Cow::Owned),
                        _ => prefixed(&mut rest).map(Cow::Borrowed),
                    };
                    let repetition = levels(self.levels.max_repetition, rep_level_encoding)?;
                    let definition = levels(self.levels.max_definition, def_level_encoding)?;
                    let content = buf.slice(buf.len() - rest.len()..);
                    self.page((&repetition, &definition), &content, (count, rows), encoding)?;
                }
                Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
                    let (repetition, definition) = (rep_levels_byte_len as usize, def_levels_byte_len as usize);
                    let Some(levels) = buf.get(..repetition + definition) else {
                        return Err("levels that do not end".into());
                    };
                    let content = buf.slice(repetition + definition..);
                    let (repetition, definition) = levels.split_at(repetition);
                    self.page((repetition, definition), &content, (num_values as usize, rows), encoding)?;
                }
            }
        }
        Ok(())
    }

    /// Takes in a page of so many values, of which those behind the last row are none.
    fn page(
        &mut self,
        levels: (&[u8], &[u8]),
        content: &Bytes,
        (count, rows): (usize, usize),
        encoding: Encoding,
    ) -> Result<(), Broken> {
        let present = if self.levels.max_repetition == 0 {
            let left = rows.saturating_sub(self.levels.rows());
            self.read_levels(levels, count.min(left))?
        } else if count <= MAX_LEVELS {
            self.read_levels(levels, count)?
        } else {
            return Err("levels without end".into());
        };
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
            let Plain { bytes, count, broken } = plain(encoding, self.physical, self.length, content, present)?;
            let read = self.values.read_plain(self.physical, self.length, &bytes.into(), count);
            match broken.or_else(|| (count < present).then(|| "fewer values than announced".into())) {
                Some(broken) => read.and(Err(broken)),
                None => read,
            }
        };
        self.picks.extend(first as u32..self.values.len() as u32);
        read
    }

    /// Takes in the levels of a page; how many values are there.
    fn read_levels(&mut self, (repetition, definition): (&[u8], &[u8]), count: usize) -> Result<usize, Broken> {
        let levels = &mut self.levels;
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

/// The bits that levels up to this one take.
fn width(max: u32) -> u8 {
    (32 - max.leading_zeros()) as u8
}

/// Levels as old files have them, highest bits first and without their length, as one packed run.
fn repacked(rest: &mut &[u8], count: usize, width: u8) -> Result<Vec<u8>, Broken> {
    let bits = count.checked_mul(usize::from(width)).ok_or("levels that do not end")?;
    let (packed, behind) = rest.split_at_checked(bits.div_ceil(8)).ok_or("levels that do not end")?;
    *rest = behind;
    let groups = count.div_ceil(8);
    // The header of the run: how many groups of eight, and that they are packed.
    let (mut run, mut header) = (Vec::new(), (groups as u64) << 1 | 1);
    while header >= 0x80 {
        run.push(header as u8 | 0x80);
        header >>= 7;
    }
    run.push(header as u8);
    let start = run.len();
    run.resize(start + groups * usize::from(width), 0);
    let width = usize::from(width);
    for (value, bit) in (0..count).flat_map(|value| (0..width).map(move |bit| (value, bit))) {
        let from = value * width + width - 1 - bit;
        let to = value * width + bit;
        run[start + to / 8] |= (packed[from / 8] >> (7 - from % 8) & 1) << (to % 8);
    }
    Ok(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_old_files_are_read_as_those_of_new_ones() {
        let levels = [0u32, 1, 2, 3, 3, 2, 1, 0, 2, 2, 3];
        let mut packed = vec![0u8; 3];
        for (value, level) in levels.iter().enumerate() {
            packed[value * 2 / 8] |= (*level as u8) << (6 - value * 2 % 8);
        }
        packed.extend(b"values");
        let mut rest = &packed[..];
        let run = repacked(&mut rest, levels.len(), 2).unwrap();
        assert_eq!(rest, b"values");
        let mut found = Vec::new();
        Hybrid::new(&run, 2).unwrap().values(levels.len(), &mut found).unwrap();
        assert_eq!(found, levels);
        assert!(repacked(&mut &packed[..2], levels.len(), 2).is_err());
        assert!(repacked(&mut &packed[..], usize::MAX, 2).is_err());
    }
}
