//! The values of a column chunk: those of its dictionary, and behind them those that stand for themselves.

use ::parquet::basic::Type;
use bytes::Bytes;

use super::Broken;
use super::kind::{Kind, write_float};
use crate::table::{Cell, TableBuilder};

/// Values by number.
pub(super) struct Values {
    kind: Kind,
    store: Store,
}

enum Store {
    /// Stretches of pages: which page, from where to where.
    Bytes {
        pages: Vec<Bytes>,
        spans: Vec<(u32, u32, u32)>,
    },
    Ints(Vec<i64>),
    Floats(Vec<f64>),
}

/// Values that are looked up in a dictionary at a time.
const AT_ONCE: usize = 64;

impl Values {
    pub(super) fn new(physical: Type, kind: Kind) -> Values {
        let store = match physical {
            Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => Store::Bytes { pages: Vec::new(), spans: Vec::new() },
            Type::FLOAT | Type::DOUBLE => Store::Floats(Vec::new()),
            Type::BOOLEAN | Type::INT32 | Type::INT64 | Type::INT96 => Store::Ints(Vec::new()),
        };
        Values { kind, store }
    }

    pub(super) fn len(&self) -> usize {
        match &self.store {
            Store::Bytes { spans, .. } => spans.len(),
            Store::Ints(values) => values.len(),
            Store::Floats(values) => values.len(),
        }
    }

    pub(super) fn push_int(&mut self, value: i64) {
        if let Store::Ints(values) = &mut self.store {
            values.push(value);
        }
    }

    /// Appends so many values as they stand one after the other in a page.
    pub(super) fn read_plain(
        &mut self,
        physical: Type,
        length: usize,
        page: &Bytes,
        count: usize,
    ) -> Result<(), Broken> {
        const SHORT: &str = "fewer values than announced";
        let fixed = |size: usize| {
            let wanted = count.checked_mul(size).ok_or(SHORT)?;
            page.get(..wanted).map(|bytes| bytes.chunks_exact(size)).ok_or(SHORT)
        };
        match (&mut self.store, physical) {
            (Store::Bytes { pages, spans }, Type::BYTE_ARRAY) => {
                let number = pages.len() as u32;
                pages.push(page.clone());
                let mut at = 0usize;
                // As many as can be there, whatever is announced.
                spans.reserve(count.min(page.len() / 4));
                for _ in 0..count {
                    let length = page.get(at..).and_then(<[u8]>::first_chunk).ok_or(SHORT)?;
                    let start = at + 4;
                    at = start + u32::from_le_bytes(*length) as usize;
                    if at > page.len() {
                        return Err("a value that does not end".into());
                    }
                    spans.push((number, start as u32, at as u32));
                }
            }
            (Store::Bytes { pages, spans }, _) => {
                if length == 0 || count.checked_mul(length).is_none_or(|all| all > page.len()) {
                    return Err(SHORT.into());
                }
                let number = pages.len() as u32;
                pages.push(page.clone());
                spans.extend((0..count).map(|i| (number, (i * length) as u32, ((i + 1) * length) as u32)));
            }
            (Store::Ints(values), Type::BOOLEAN) => {
                if count.div_ceil(8) > page.len() {
                    return Err(SHORT.into());
                }
                values.extend((0..count).map(|i| i64::from(page[i / 8] >> (i % 8) & 1)));
            }
            (Store::Ints(values), Type::INT32) if self.kind == Kind::Unsigned => {
                values.extend(fixed(4)?.map(|b| i64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]]))));
            }
            (Store::Ints(values), Type::INT32) => {
                values.extend(fixed(4)?.map(|b| i64::from(i32::from_le_bytes([b[0], b[1], b[2], b[3]]))));
            }
            (Store::Ints(values), Type::INT96) => {
                values.extend(fixed(12)?.map(|b| {
                    let day = i64::from(u32::from_le_bytes([b[8], b[9], b[10], b[11]])) - JULIAN_1970;
                    nanos(day, i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
                }));
            }
            (Store::Ints(values), _) => {
                values.extend(fixed(8)?.map(|b| i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])))
            }
            (Store::Floats(values), Type::FLOAT) => {
                values.extend(fixed(4)?.map(|b| widen(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))));
            }
            (Store::Floats(values), _) => {
                values.extend(fixed(8)?.map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])))
            }
        }
        Ok(())
    }

    /// Appends a value's text.
    pub(super) fn write(&self, number: u32, out: &mut Vec<u8>) {
        match &self.store {
            Store::Bytes { pages, spans } => {
                let (page, start, end) = spans[number as usize];
                self.kind.write_bytes(&pages[page as usize][start as usize..end as usize], out);
            }
            Store::Ints(values) => self.kind.write_int(values[number as usize], out),
            Store::Floats(values) => write_float(values[number as usize], out),
        }
    }

    /// A value that is a whole number.
    pub(super) fn int(&self, number: u32) -> Option<i64> {
        match &self.store {
            Store::Ints(values) => values.get(number as usize).copied(),
            _ => None,
        }
    }

    /// A value as epoch seconds, by `parse` when it is a text. Of fields that are not `_time`'s `own`, small numbers are no times.
    pub(super) fn time(&self, number: u32, own: bool, parse: impl Fn(&[u8]) -> Option<f64>) -> Option<f64> {
        match (&self.store, self.kind) {
            (Store::Ints(values), Kind::Timestamp(unit, _)) => {
                let value = values[number as usize];
                Some(of_stamp(value, unit))
            }
            (Store::Ints(values), Kind::Date) => Some(values[number as usize] as f64 * 86_400.0),
            (Store::Floats(values), _) => seconds(values[number as usize], own),
            (Store::Ints(values), Kind::Signed | Kind::Unsigned) => seconds(values[number as usize] as f64, own),
            _ => {
                let mut text = Vec::new();
                self.write(number, &mut text);
                parse(&text)
            }
        }
    }

    /// The codes of all values in a field's dictionary.
    pub(super) fn intern_all(&self, slot: u32, into: &mut TableBuilder) -> Vec<u32> {
        let mut codes = Vec::with_capacity(self.len());
        let mut cells = Vec::with_capacity(AT_ONCE);
        if let (Store::Bytes { pages, spans }, Kind::Text) = (&self.store, self.kind) {
            for same_page in spans.chunk_by(|a, b| a.0 == b.0) {
                let page = same_page.first().map_or(&[][..], |span| &pages[span.0 as usize][..]);
                for some in same_page.chunks(AT_ONCE) {
                    cells.clear();
                    cells.extend(some.iter().map(|span| Cell::source(slot, span.1 as usize, span.2 as usize)));
                    into.resolve(&mut cells, page, &[]);
                    codes.extend(cells.iter().map(Cell::resolved));
                }
            }
            return codes;
        }
        let mut texts = Vec::new();
        for first in (0..self.len()).step_by(AT_ONCE) {
            cells.clear();
            texts.clear();
            for number in first..self.len().min(first + AT_ONCE) {
                let start = texts.len();
                self.write(number as u32, &mut texts);
                cells.push(Cell::source(slot, start, texts.len()));
            }
            into.resolve(&mut cells, &texts, &[]);
            codes.extend(cells.iter().map(Cell::resolved));
        }
        codes
    }
}

/// The Julian day of 1970-01-01.
const JULIAN_1970: i64 = 2_440_588;

pub(super) fn nanos(day: i64, of_day: i64) -> i64 {
    day.saturating_mul(86_400_000_000_000).saturating_add(of_day)
}

/// A number of single precision, with the digits that it would print.
pub(super) fn widen(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// Epoch seconds of a time in units of which a second has so many: to the microsecond, as all times.
pub(super) fn of_stamp(value: i64, unit: i64) -> f64 {
    let micros = match unit {
        1_000 => value as f64 * 1e3,
        1_000_000 => value as f64,
        _ => (value as f64 / 1e3).round(),
    };
    micros / 1e6
}

/// Epoch seconds from a number: milliseconds, microseconds or nanoseconds by its size.
pub(super) fn seconds(number: f64, own: bool) -> Option<f64> {
    let scale = match number.abs() {
        n if n < 1e8 && !own => return None,
        n if n < 1e11 => return number.is_finite().then_some(number),
        n if n < 1e14 => 1e3,
        n if n < 1e17 => 1e6,
        n if n < 1e19 => 1e9,
        _ => return None,
    };
    Some((number / scale * 1e6).round() / 1e6)
}
