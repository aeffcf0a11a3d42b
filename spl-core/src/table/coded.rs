//! Events that arrive column by column, as from Parquet or Arrow: [`CodedRows`] are sorted by shape and added to a [`TableBuilder`],
//! whose dictionaries their codes are of.
//!
//! Which fields a row has is read off the bitmaps of all columns, 64 rows and 64 columns at a time.

use hashbrown::HashTable;

use super::builder::MULTI;
use super::{Bitmap, TableBuilder};

const NONE: u32 = u32::MAX;
/// Rows that are laid out at a time: few enough for the cache, a multiple of 64.
const BLOCK: usize = 2048;

/// One field of the rows.
pub(crate) struct CodedColumn {
    slot: u32,
    /// The rows that have a value; it may be over fewer rows than there are.
    present: Bitmap,
    /// The code of each row that has one.
    codes: Vec<u32>,
}

impl CodedColumn {
    /// A value for each row that is in the bitmap, by their codes in the dictionary of the slot.
    pub(crate) fn new(slot: u32, present: Bitmap, codes: Vec<u32>) -> Self {
        debug_assert_eq!(present.count(), codes.len());
        CodedColumn { slot, present, codes }
    }

    /// Whether a slot of a shape is this field's.
    pub(crate) fn same(of_shape: u32, slot: u32) -> bool {
        of_shape & !MULTI == slot
    }

    /// From a code for each row, 0 for none.
    pub(crate) fn dense(slot: u32, codes: &[u32]) -> Self {
        let present = Bitmap::from_values(codes, |code| code != 0);
        CodedColumn { slot, present, codes: codes.iter().copied().filter(|&code| code != 0).collect() }
    }
}

/// Rows of codes, and what else a row may have.
#[derive(Default)]
pub(crate) struct CodedRows<'a> {
    /// How many rows there are.
    pub(crate) rows: usize,
    /// The rows that are wanted, if not all are.
    pub(crate) keep: Option<Bitmap>,
    /// The fields, no two of the same slot.
    pub(crate) columns: Vec<CodedColumn>,
    /// `_time` of each row, NaN for none.
    pub(crate) times: Vec<f64>,
    /// The rows that have a `_raw` of their own, and what gives the text of one.
    pub(crate) raw: Option<(Bitmap, RawTexts<'a>)>,
}

/// Gives `_raw` of the row whose number among those that have one is this.
pub(crate) type RawTexts<'a> = Box<dyn Fn(usize, &mut Vec<u8>) + 'a>;

impl CodedRows<'_> {
    /// Adds a field with several values in some rows: `counts` says how many each row of the bitmap has.
    pub(crate) fn push_lists(
        &mut self,
        slot: u32,
        present: &Bitmap,
        counts: &[u32],
        codes: &[u32],
        into: &mut TableBuilder,
    ) {
        let (mut one, mut many) = (Bitmap::filled(present.len(), false), Bitmap::filled(present.len(), false));
        let (mut single, mut multivalues, mut at) = (Vec::new(), Vec::new(), 0);
        for (row, &count) in present.rows().into_iter().zip(counts) {
            let values = &codes[at..at + count as usize];
            at += count as usize;
            match *values {
                [] => {}
                [code] => {
                    one.set(row as usize, true);
                    single.push(code);
                }
                _ => {
                    many.set(row as usize, true);
                    multivalues.push(into.multivalue(values).unwrap_or(0));
                }
            }
        }
        self.columns.push(CodedColumn { slot, present: one, codes: single });
        self.columns.push(CodedColumn { slot: slot | MULTI, present: many, codes: multivalues });
    }
}

/// Gives the number of a layout for events that have these slots, and a time or not; or none.
pub(crate) type LayoutOf<'a> = &'a mut dyn FnMut(&mut TableBuilder, &[u32], bool) -> Option<u32>;

/// Where the rows of a shape go.
struct Target {
    shape: u32,
    width: usize,
    layout: u32,
    raw: bool,
    /// Rows in the current block, and where they begin in the arena.
    rows: usize,
    start: usize,
}

impl TableBuilder {
    /// Adds rows. `layout` says how `_raw` is written for rows that have none of their own.
    pub(crate) fn append(&mut self, mut rows: CodedRows<'_>, layout: Option<LayoutOf<'_>>) {
        self.discard();
        rows.columns.retain(|column| !column.codes.is_empty());
        rows.columns.sort_by_key(|column| column.slot & !MULTI);
        let raw_slot = layout.is_some().then(|| self.slot("_raw"));
        let mut shapes = Shapes::new(&rows, layout, raw_slot);
        let place_of_raw = raw_slot.map(|slot| rows.columns.partition_point(|c| c.slot & !MULTI < slot));
        // How many values of each column have been passed, and of `_raw`.
        let mut passed = vec![0usize; rows.columns.len() + 1];
        let mut raws = 0;
        let (mut arena, mut next, mut text) = (Vec::new(), Vec::new(), Vec::new());
        for first in (0..rows.rows).step_by(BLOCK) {
            let last = rows.rows.min(first + BLOCK);
            let targets = shapes.block(first, last, self);
            // Where the next code of each row goes; a row that is not wanted has no place.
            let used: Vec<u32> = shapes.begin(&targets, &mut arena, &mut next);
            for (at, passed) in passed.iter_mut().enumerate() {
                if place_of_raw == Some(at) {
                    for (place, &target) in next.iter_mut().zip(&targets) {
                        if target != NONE && shapes.targets[target as usize].layout != NONE {
                            arena[*place as usize] = shapes.targets[target as usize].layout;
                            *place += 1;
                        }
                    }
                }
                if let Some(column) = rows.columns.get(at) {
                    let keep = rows.keep.as_ref();
                    column.lay_out(first, last, keep, passed, |row, code| {
                        let place = &mut next[row - first];
                        arena[*place as usize] = code;
                        *place += 1;
                    });
                }
            }
            for &target in &used {
                let target = &mut shapes.targets[target as usize];
                let codes = &arena[target.start..target.start + target.rows * target.width];
                self.shapes[target.shape as usize].push_rows(codes, target.rows);
                target.rows = 0;
            }
            for (row, &target) in (first..last).zip(&targets) {
                let has_raw = rows.raw.as_ref().is_some_and(|(present, _)| row < present.len() && present.get(row));
                if target != NONE {
                    let target = &shapes.targets[target as usize];
                    self.sequence.push(target.shape);
                    self.times.push(rows.times.get(row).copied().unwrap_or(f64::NAN));
                    if let (true, Some((_, texts)), Some(raw)) =
                        (target.raw, &rows.raw, &mut self.shapes[target.shape as usize].raw)
                    {
                        text.clear();
                        texts(raws, &mut text);
                        raw.push(&String::from_utf8_lossy(&text));
                    }
                }
                raws += usize::from(has_raw);
            }
        }
    }
}

impl CodedColumn {
    /// Calls `each` for the wanted rows of a block that have a value.
    fn lay_out(
        &self,
        first: usize,
        last: usize,
        keep: Option<&Bitmap>,
        passed: &mut usize,
        mut each: impl FnMut(usize, u32),
    ) {
        for word in first / 64..last.div_ceil(64) {
            let Some(&present) = self.present.words().get(word) else { return };
            let wanted = present & keep.map_or(!0, |keep| keep.words().get(word).copied().unwrap_or(0));
            let codes = &self.codes[*passed..];
            let mut left = wanted;
            if wanted == present {
                for &code in &codes[..present.count_ones() as usize] {
                    each(word * 64 + left.trailing_zeros() as usize, code);
                    left &= left - 1;
                }
            } else {
                while left != 0 {
                    let before = present & ((left & left.wrapping_neg()) - 1);
                    each(word * 64 + left.trailing_zeros() as usize, codes[before.count_ones() as usize]);
                    left &= left - 1;
                }
            }
            *passed += present.count_ones() as usize;
        }
    }
}

/// Finds the shape of each row.
struct Shapes<'r, 'l> {
    /// The bitmaps that make the signature of a row: of all columns, then of times, then of `_raw`.
    bits: Vec<Vec<u64>>,
    slots: Vec<u32>,
    keep: Option<&'r Bitmap>,
    layout: Option<LayoutOf<'l>>,
    raw_slot: Option<u32>,
    targets: Vec<Target>,
    /// The signatures of the targets, one after the other.
    signatures: Vec<u64>,
    index: HashTable<u32>,
    last: u32,
}

impl<'r, 'l> Shapes<'r, 'l> {
    fn new(rows: &'r CodedRows<'_>, layout: Option<LayoutOf<'l>>, raw_slot: Option<u32>) -> Self {
        let timed = Bitmap::from_fn(rows.rows.min(rows.times.len()), |row| !rows.times[row].is_nan());
        let columns = rows.columns.iter().map(|column| column.present.words().to_vec());
        let raw = rows.raw.as_ref().map_or(Vec::new(), |(present, _)| present.words().to_vec());
        Shapes {
            bits: columns.chain([timed.words().to_vec(), raw]).collect(),
            slots: rows.columns.iter().map(|column| column.slot).collect(),
            keep: rows.keep.as_ref(),
            layout,
            raw_slot,
            targets: Vec::new(),
            signatures: Vec::new(),
            index: HashTable::new(),
            last: NONE,
        }
    }

    /// Which target each row of a block belongs to; `NONE` for rows that are not wanted.
    fn block(&mut self, first: usize, last: usize, into: &mut TableBuilder) -> Vec<u32> {
        let mut targets = Vec::with_capacity(last - first);
        let width = self.bits.len().div_ceil(64);
        let mut signatures = vec![0u64; 64 * width];
        for word in first / 64..last.div_ceil(64) {
            for (part, columns) in self.bits.chunks(64).enumerate() {
                let mut square = [0u64; 64];
                for (row, column) in square.iter_mut().zip(columns) {
                    *row = column.get(word).copied().unwrap_or(0);
                }
                transpose(&mut square);
                for (row, &bits) in square.iter().enumerate() {
                    signatures[row * width + part] = bits;
                }
            }
            let keep = self.keep.map_or(!0, |keep| keep.words().get(word).copied().unwrap_or(0));
            for row in 0..(last - word * 64).min(64) {
                targets.push(match keep >> row & 1 {
                    0 => NONE,
                    _ => self.target(&signatures[row * width..(row + 1) * width], into),
                });
            }
        }
        targets
    }

    fn target(&mut self, signature: &[u64], into: &mut TableBuilder) -> u32 {
        let width = signature.len();
        let of = |signatures: &[u64], target: u32| -> bool {
            signatures.get(target as usize * width..(target as usize + 1) * width) == Some(signature)
        };
        if self.last != NONE && of(&self.signatures, self.last) {
            return self.last;
        }
        let hash = |signature: &[u64]| {
            signature.iter().fold(0u64, |hash, &word| {
                (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
            })
        };
        let key = hash(signature);
        if let Some(&known) = self.index.find(key, |&target| of(&self.signatures, target)) {
            self.last = known;
            return known;
        }
        let target = self.targets.len() as u32;
        let new = self.new_target(signature, into);
        self.targets.push(new);
        self.signatures.extend_from_slice(signature);
        let signatures = &self.signatures;
        self.index.insert_unique(key, target, |&t| hash(&signatures[t as usize * width..(t as usize + 1) * width]));
        self.last = target;
        target
    }

    #[cold]
    fn new_target(&mut self, signature: &[u64], into: &mut TableBuilder) -> Target {
        let has = |bit: usize| signature[bit / 64] >> (bit % 64) & 1 == 1;
        let mut slots: Vec<u32> = (0..self.slots.len()).filter(|&i| has(i)).map(|i| self.slots[i]).collect();
        let (timed, raw) = (has(self.slots.len()), has(self.slots.len() + 1));
        let mut layout = NONE;
        if let (false, Some(make), Some(raw_slot)) = (raw, &mut self.layout, self.raw_slot)
            && let Some(number) = make(into, &slots, timed)
        {
            layout = number;
            slots.insert(slots.partition_point(|slot| slot & !MULTI < raw_slot), raw_slot);
        }
        let width = slots.len();
        Target { shape: into.shape(slots.into(), timed, raw), width, layout, raw, rows: 0, start: 0 }
    }

    /// Gives the rows of a block their places in the arena, those of one target side by side; which targets have any.
    fn begin(&mut self, targets: &[u32], arena: &mut Vec<u32>, next: &mut Vec<u32>) -> Vec<u32> {
        let mut used = Vec::new();
        for &target in targets.iter().filter(|&&target| target != NONE) {
            let rows = &mut self.targets[target as usize].rows;
            if *rows == 0 {
                used.push(target);
            }
            *rows += 1;
        }
        let mut size = 0;
        for &target in &used {
            let target = &mut self.targets[target as usize];
            target.start = size;
            size += target.rows * target.width;
            target.rows = 0;
        }
        arena.resize(size, 0);
        next.clear();
        next.extend(targets.iter().map(|&target| match self.targets.get_mut(target as usize) {
            Some(target) => {
                target.rows += 1;
                (target.start + (target.rows - 1) * target.width) as u32
            }
            None => NONE,
        }));
        used
    }
}

/// Turns rows of bits into columns.
fn transpose(square: &mut [u64; 64]) {
    let mut mask = 0x0000_0000_ffff_ffffu64;
    let mut width = 32;
    while width > 0 {
        let mut row = 0;
        while row < 64 {
            // Swaps the upper bits of this row with the lower ones of the row `width` further down.
            let swapped = (square[row] >> width ^ square[row + width]) & mask;
            square[row] ^= swapped << width;
            square[row + width] ^= swapped;
            row = (row + width + 1) & !width;
        }
        width >>= 1;
        mask ^= mask << width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        let mut square = [0u64; 64];
        for (i, row) in square.iter_mut().enumerate() {
            *row = (i as u64 + 3).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        let before = square;
        transpose(&mut square);
        for (i, row) in square.iter().enumerate() {
            for (j, other) in before.iter().enumerate() {
                assert_eq!(row >> j & 1, other >> i & 1);
            }
        }
    }

    #[test]
    fn rows_added_by_column_are_those_added_one_by_one() {
        let rows = 5000;
        let has = |field: usize, row: usize| (row * 7 + row / 100).is_multiple_of(field + 2);
        let wanted = |row: usize| row % 11 != 3;
        let (mut one, mut other) = (TableBuilder::new(), TableBuilder::new());
        let mut coded = CodedRows { rows, ..CodedRows::default() };
        for field in (0..70).rev() {
            let slot = other.slot(&format!("f{field}"));
            let present = Bitmap::from_fn(rows, |row| has(field, row));
            let codes = present.rows().iter().map(|row| other.intern(slot, format!("{}", row % 9))).collect();
            coded.columns.push(CodedColumn::new(slot, present, codes));
        }
        coded.keep = Some(Bitmap::from_fn(rows, wanted));
        coded.times = (0..rows).map(|row| if row % 5 == 0 { f64::NAN } else { row as f64 }).collect();
        coded.raw = Some((
            Bitmap::from_fn(rows, |row| row % 3 == 0),
            Box::new(|number, out| out.extend_from_slice(number.to_string().as_bytes())),
        ));
        other.append(coded, None);
        for row in (0..rows).filter(|&row| wanted(row)) {
            for field in (0..70).filter(|&field| has(field, row)) {
                one.field(&format!("f{field}"), &format!("{}", row % 9));
            }
            if row % 5 != 0 {
                one.time(row as f64);
            }
            if row % 3 == 0 {
                one.raw((row / 3).to_string());
            }
            one.end();
        }
        let rows_of = |builder: TableBuilder| {
            let batch = builder.finish().into_single();
            let row = |row| {
                let mut cells: Vec<String> =
                    batch.row(row).map(|(name, value)| format!("{name}={}", value.text())).collect();
                cells.sort();
                cells
            };
            (0..batch.rows()).map(row).collect::<Vec<_>>()
        };
        assert_eq!(rows_of(other), rows_of(one));
    }
}
