//! [`KeySpace`]: one code for each distinct text that an accumulator meets, whatever dictionaries and columns it comes from.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use hashbrown::HashMap;

use super::input::many_for;
use crate::table::{Bitmap, Column, Dictionary, DictionaryBuilder, NumColumn};
use crate::value::{Value, ValueRef, compare_auto, number_text};

/// Codes for texts: those of the field's dictionary, then codes for texts that it lacks. 0 is no value.
#[derive(Clone, Default)]
pub(super) struct KeySpace {
    /// The dictionary whose codes are taken as they are; settled by the first value.
    base: Option<Arc<Dictionary>>,
    settled: bool,
    extra: DictionaryBuilder,
    /// Codes of other dictionaries in terms of this space; 0 is not yet known.
    maps: Vec<(Arc<Dictionary>, Vec<u32>)>,
    numbers: HashMap<u64, u32, foldhash::fast::FixedState>,
}

/// The codes of a column.
pub(super) enum Coded<'a> {
    /// Every row has this one.
    Const(u32),
    /// One a row.
    Rows(Cow<'a, [u32]>),
}

/// A value in eight bytes: nothing, a number, or the code of a text. Numbers are their bits; the others are NaNs that no
/// computation makes.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Cell(u64);

/// What a [`Cell`] holds.
enum Held {
    Nothing,
    Number(f64),
    Text(u32),
}

impl Cell {
    pub(super) const NOTHING: Cell = Cell(u64::MAX);
    const TEXT: u64 = 0xFFFC << 48;

    pub(super) fn number(n: f64) -> Cell {
        Cell(if n.is_nan() { f64::NAN.to_bits() & !(1 << 63) } else { n.to_bits() })
    }

    pub(super) fn text(code: u32) -> Cell {
        if code == 0 { Cell::NOTHING } else { Cell(Cell::TEXT | u64::from(code)) }
    }

    fn held(self) -> Held {
        if self == Cell::NOTHING {
            Held::Nothing
        } else if self.0 & Cell::TEXT == Cell::TEXT {
            Held::Text(self.0 as u32)
        } else {
            Held::Number(f64::from_bits(self.0))
        }
    }

    /// The same value with its text's code changed.
    pub(super) fn map_code(self, map: impl FnOnce(u32) -> u32) -> Cell {
        match self.held() {
            Held::Text(code) => Cell::text(map(code)),
            _ => self,
        }
    }

    pub(super) fn is_nothing(self) -> bool {
        self == Cell::NOTHING
    }
}

impl KeySpace {
    /// Takes this dictionary's codes as its own, unless it has codes already.
    pub(super) fn adopt(&mut self, dictionary: Option<&Arc<Dictionary>>) {
        if !self.settled {
            self.base = dictionary.cloned();
            self.settled = dictionary.is_some();
        }
    }

    fn base_len(&self) -> u32 {
        self.base.as_ref().map_or(0, |base| base.len() as u32)
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        let maps: usize = self.maps.iter().map(|(dictionary, map)| dictionary.bytes() + map.len() * 4).sum();
        self.base.as_ref().map_or(0, |base| base.bytes()) + self.extra.bytes() + maps + self.numbers.capacity() * 13
    }

    /// The highest code there may be.
    pub(super) fn len(&self) -> usize {
        self.base_len() as usize + self.extra.len()
    }

    /// The code of a text.
    pub(super) fn intern(&mut self, text: &str) -> u32 {
        self.settled = true;
        match self.base.as_ref().and_then(|base| base.code(text)) {
            Some(code) => code,
            None => match self.extra.intern(text) {
                // No room for more text.
                0 => 0,
                code => self.base_len() + code,
            },
        }
    }

    /// The code of a number's text.
    pub(super) fn intern_number(&mut self, n: f64) -> u32 {
        if let Some(&code) = self.numbers.get(&n.to_bits()) {
            return code;
        }
        let code = self.intern(&number_text(n));
        self.numbers.insert(n.to_bits(), code);
        code
    }

    fn intern_value(&mut self, value: ValueRef<'_>) -> u32 {
        match value {
            ValueRef::Null => 0,
            ValueRef::Num(n) => self.intern_number(n),
            ValueRef::Str(text) => self.intern(text),
            other => self.intern(&other.text()),
        }
    }

    /// The text of a code; empty for 0.
    pub(super) fn get(&self, code: u32) -> &str {
        let base = self.base_len();
        match &self.base {
            Some(dictionary) if code <= base => dictionary.get(code).unwrap_or(""),
            _ => self.extra.get(code.saturating_sub(base)),
        }
    }

    /// Where the map of another dictionary is; `None` for the own one.
    fn map_of(&mut self, dictionary: &Arc<Dictionary>) -> Option<usize> {
        self.adopt(Some(dictionary));
        if self.base.as_ref().is_some_and(|base| Arc::ptr_eq(base, dictionary)) {
            return None;
        }
        let known = self.maps.iter().position(|(known, _)| Arc::ptr_eq(known, dictionary));
        Some(known.unwrap_or_else(|| {
            self.maps.push((dictionary.clone(), vec![0; dictionary.len() + 1]));
            self.maps.len() - 1
        }))
    }

    fn mapped(&mut self, map: usize, code: u32) -> u32 {
        let known = self.maps[map].1[code as usize];
        if known != 0 || code == 0 {
            return known;
        }
        let dictionary = self.maps[map].0.clone();
        let own = self.intern(dictionary.get(code).unwrap_or(""));
        self.maps[map].1[code as usize] = own;
        own
    }

    /// The codes of single values.
    pub(super) fn coded<'a>(&mut self, column: &'a Column) -> Coded<'a> {
        match column {
            Column::Const(value, _) => Coded::Const(self.intern_value(value.as_ref())),
            Column::Dict(dictionary, codes) => Coded::Rows(match self.map_of(dictionary) {
                None => Cow::Borrowed(codes),
                Some(map) => codes.iter().map(|&code| self.mapped(map, code)).collect(),
            }),
            other => Coded::Rows((0..other.len()).map(|row| self.intern_value(other.get(row))).collect()),
        }
    }

    /// One row's value.
    pub(super) fn cell(&mut self, column: &Column, row: usize) -> Cell {
        match column {
            Column::Num(_) | Column::Const(Value::Num(_), _) | Column::Mixed(_) => match column.get(row) {
                ValueRef::Num(n) => Cell::number(n),
                other => Cell::text(self.intern_value(other)),
            },
            other => Cell::text(self.code(other, row)),
        }
    }

    /// The code of one row's value.
    pub(super) fn code(&mut self, column: &Column, row: usize) -> u32 {
        match column {
            Column::Dict(dictionary, codes) => match self.map_of(dictionary) {
                None => codes[row],
                Some(map) => self.mapped(map, codes[row]),
            },
            other => self.intern_value(other.get(row)),
        }
    }

    /// How two texts compare in the order of `sort`. `ranked`: there will be many such questions.
    pub(super) fn compare(&self, a: u32, b: u32, ranked: bool) -> Ordering {
        if let Some(base) = &self.base
            && ranked
            && a as usize <= base.len()
            && b as usize <= base.len()
        {
            let ranks = base.ranks();
            return ranks[a as usize].cmp(&ranks[b as usize]);
        }
        compare_auto(ValueRef::Str(self.get(a)), ValueRef::Str(self.get(b)))
    }

    /// Whether the dictionary is small enough for its ranks to be worth it for so many rows.
    pub(super) fn worth_ranking(&self, rows: usize) -> bool {
        many_for(self.base_len() as usize, rows)
    }

    /// For each of `codes` (which ascend), its place in the order of bytes.
    pub(super) fn byte_ranks(&self, codes: &[u32]) -> HashMap<u32, u32, foldhash::fast::FixedState> {
        let mut sorted: Vec<(&str, u32)> = codes.iter().map(|&code| (self.get(code), code)).collect();
        sorted.sort_unstable();
        sorted.into_iter().enumerate().map(|(rank, (_, code))| (code, rank as u32)).collect()
    }

    /// Texts by code as a column.
    pub(super) fn column(&self, codes: Vec<u32>) -> Column {
        let base = self.base_len();
        if let Some(dictionary) = &self.base
            && codes.iter().all(|&code| code <= base)
        {
            return Column::Dict(dictionary.clone(), codes.into());
        }
        let mut builder = DictionaryBuilder::default();
        let codes = codes.iter().map(|&code| if code == 0 { 0 } else { builder.intern(self.get(code)) }).collect();
        Column::Dict(Arc::new(builder.finish()), codes)
    }

    /// Values as a column: numbers or texts when all are such.
    pub(super) fn column_of_cells(&self, cells: &[Cell]) -> Column {
        let (mut numbers, mut texts) = (false, false);
        for cell in cells {
            match cell.held() {
                Held::Nothing => {}
                Held::Number(_) => numbers = true,
                Held::Text(_) => texts = true,
            }
        }
        let number = |cell: &Cell| match cell.held() {
            Held::Number(n) => Some(n),
            _ => None,
        };
        let code = |cell: &Cell| match cell.held() {
            Held::Text(code) => code,
            _ => 0,
        };
        match (numbers, texts) {
            (false, false) => Column::null(cells.len()),
            (true, false) => optional_numbers(cells.iter().map(number)),
            (false, true) => self.column(cells.iter().map(code).collect()),
            (true, true) => Column::Mixed(
                cells
                    .iter()
                    .map(|cell| match cell.held() {
                        Held::Nothing => Value::Null,
                        Held::Number(n) => Value::Num(n),
                        Held::Text(code) => Value::str(self.get(code)),
                    })
                    .collect(),
            ),
        }
    }
}

/// Numbers, some missing, as a column.
pub(super) fn optional_numbers(values: impl ExactSizeIterator<Item = Option<f64>>) -> Column {
    let mut valid = Bitmap::filled(values.len(), true);
    let number = |(row, value): (usize, Option<f64>)| {
        value.unwrap_or_else(|| {
            valid.set(row, false);
            0.0
        })
    };
    let values = values.enumerate().map(number).collect();
    let valid = (!valid.all()).then_some(valid);
    Column::Num(Arc::new(NumColumn::new(values, valid, None)))
}

/// Codes of a later part's space in terms of the own one.
pub(super) struct Translation<'a> {
    theirs: &'a KeySpace,
    same: u32,
    known: Vec<u32>,
}

impl<'a> Translation<'a> {
    pub(super) fn new(ours: &mut KeySpace, theirs: &'a KeySpace) -> Self {
        ours.adopt(theirs.base.as_ref());
        let same = match (&ours.base, &theirs.base) {
            (Some(a), Some(b)) if Arc::ptr_eq(a, b) => theirs.base_len(),
            _ => 0,
        };
        Translation { theirs, same, known: Vec::new() }
    }

    /// Whether all codes are the same.
    pub(super) fn is_identity(&self) -> bool {
        self.theirs.len() == self.same as usize
    }

    pub(super) fn code(&mut self, ours: &mut KeySpace, code: u32) -> u32 {
        if code <= self.same {
            return code;
        }
        let at = (code - self.same - 1) as usize;
        if at >= self.known.len() {
            self.known.resize(self.theirs.len() - self.same as usize, 0);
        }
        if self.known[at] == 0 {
            self.known[at] = ours.intern(self.theirs.get(code));
        }
        self.known[at]
    }
}
