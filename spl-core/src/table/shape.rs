//! [`Shape`]: the events that have the same fields. Their codes come row after row and are kept column after column: a few rows at a time
//! are turned, and a column takes no memory as long as all its codes are the same.

use std::sync::Arc;

use super::builder::MULTI;
use super::raw_text::RawText;

/// Rows that wait to be turned into columns: few enough for the nearest cache.
const OPEN_ROWS: usize = 256;
/// Rows of a chunk. Its columns are a little shorter than a power of two, so that the counts in front of them do not take a block of the
/// allocator more.
const CHUNK_ROWS: usize = 65_536 - OPEN_ROWS;
/// So many rows of another shape are added row by row, so that many small inputs do not leave a chunk each.
const SHORT: usize = 8_192;

/// The events of one shape.
pub(super) struct Shape {
    /// The fields, ascending; flagged with [`MULTI`](super::builder::MULTI) where codes are places in the list of multivalues.
    pub(super) slots: Box<[u32]>,
    pub(super) timed: bool,
    pub(super) rows: usize,
    pub(super) raw: Option<RawText>,
    /// The last rows, row after row a code for each slot.
    open: Vec<u32>,
    open_rows: usize,
    /// The columns of the rows before those.
    filling: Vec<Filling>,
    filled: usize,
    /// The rows before those.
    chunks: Vec<Chunk>,
}

impl Shape {
    pub(super) fn new(slots: Box<[u32]>, timed: bool, raw: bool) -> Self {
        Shape {
            timed,
            rows: 0,
            raw: raw.then(|| RawText::beside(slots.len())),
            slots,
            open: Vec::new(),
            open_rows: 0,
            filling: Vec::new(),
            filled: 0,
            chunks: Vec::new(),
        }
    }

    /// Adds a row, its codes in the order of the slots.
    #[inline]
    pub(super) fn push(&mut self, codes: impl Iterator<Item = u32>) {
        self.open.extend(codes);
        self.rows += 1;
        self.open_rows += 1;
        if self.open_rows == OPEN_ROWS {
            self.turn();
        }
    }

    /// Adds rows that lie one behind the other.
    pub(super) fn push_rows(&mut self, codes: &[u32], rows: usize) {
        let width = self.slots.len();
        (0..rows).for_each(|row| self.push(codes[row * width..][..width].iter().copied()));
    }

    /// The rows as they came, if they are so few that they are still as they came.
    pub(super) fn few(&self) -> Option<impl Iterator<Item = &[u32]>> {
        let width = self.slots.len();
        let row = move |row: usize| &self.open[row * width..][..width];
        (self.open_rows == self.rows).then(|| (0..self.rows).map(row))
    }

    /// Drops all rows.
    pub(super) fn clear(&mut self) {
        (self.rows, self.open, self.open_rows) = (0, Vec::new(), 0);
        (self.filling, self.filled, self.chunks) = (Vec::new(), 0, Vec::new());
    }

    /// Turns the open rows into columns.
    #[cold]
    #[inline(never)]
    fn turn(&mut self) {
        let width = self.slots.len();
        self.filling.resize_with(width, Filling::default);
        for (at, filling) in self.filling.iter_mut().enumerate() {
            filling.append(self.filled, self.open.chunks_exact(width).map(|row| row[at]));
        }
        self.filled += self.open_rows;
        self.open.clear();
        self.open_rows = 0;
        if self.filled == CHUNK_ROWS {
            self.close();
        }
    }

    /// Ends the chunk that is being filled.
    fn close(&mut self) {
        if self.open_rows > 0 {
            self.turn();
        }
        if self.filled > 0 {
            let columns = self.filling.iter_mut().map(Filling::take).collect();
            self.chunks.push(Chunk { rows: std::mem::take(&mut self.filled), columns });
        }
    }

    /// All rows, in chunks.
    pub(super) fn into_chunks(mut self) -> Vec<Chunk> {
        self.close();
        self.chunks
    }

    /// Adds the rows of a shape with the same slots.
    pub(super) fn absorb(&mut self, mut other: Shape) {
        if let (Some(ours), Some(theirs)) = (&mut self.raw, other.raw.take()) {
            ours.append(theirs);
        }
        if other.rows > SHORT {
            self.close();
            other.close();
            self.rows += other.rows;
            self.chunks.append(&mut other.chunks);
            return;
        }
        let rows = other.open_rows;
        let open = std::mem::take(&mut other.open);
        other.open_rows = 0;
        for chunk in other.into_chunks() {
            (0..chunk.rows).for_each(|row| self.push(chunk.columns.iter().map(|codes| codes.of(chunk.rows, row))));
        }
        self.push_rows(&open, rows);
    }

    /// Makes other slots of the slots. Their new order is restored.
    pub(super) fn rename_slots(&mut self, rename: impl Fn(u32) -> u32) {
        let renamed: Vec<u32> = self.slots.iter().map(|&slot| rename(slot)).collect();
        let mut order: Vec<usize> = (0..renamed.len()).collect();
        order.sort_unstable_by_key(|&at| renamed[at] & !MULTI);
        self.slots = order.iter().map(|&at| renamed[at]).collect();
        if order.is_sorted() {
            return;
        }
        self.open = self.open.chunks_exact(order.len()).flat_map(|row| order.iter().map(|&at| row[at])).collect();
        if !self.filling.is_empty() {
            self.filling = order.iter().map(|&at| std::mem::take(&mut self.filling[at])).collect();
        }
        for chunk in &mut self.chunks {
            chunk.columns = order.iter().map(|&at| std::mem::replace(&mut chunk.columns[at], Codes::Same(0))).collect();
        }
    }

    /// Gives every code of a column to `map`, those of a run of equal ones perhaps once.
    pub(super) fn map_codes(&mut self, column: usize, mut map: impl FnMut(&mut u32)) {
        for chunk in &mut self.chunks {
            match &mut chunk.columns[column] {
                Codes::Same(code) => map(code),
                Codes::Each(codes) => Arc::make_mut(codes).iter_mut().for_each(&mut map),
            }
        }
        match self.filling.get_mut(column) {
            Some(filling) if !filling.codes.is_empty() => filling.codes.iter_mut().for_each(&mut map),
            Some(filling) if self.filled > 0 => map(&mut filling.first),
            _ => {}
        }
        self.open.iter_mut().skip(column).step_by(self.slots.len()).for_each(map);
    }
}

/// A column under construction.
#[derive(Default)]
struct Filling {
    first: u32,
    /// Empty as long as all codes are the first one.
    codes: Vec<u32>,
}

impl Filling {
    /// Adds codes behind `known` ones.
    fn append(&mut self, known: usize, codes: impl Iterator<Item = u32> + Clone) {
        if known == 0 {
            self.first = codes.clone().next().unwrap_or(0);
        }
        if self.codes.is_empty() {
            if codes.clone().all(|code| code == self.first) {
                return;
            }
            self.codes.resize(known, self.first);
        }
        self.codes.extend(codes);
    }

    /// What was added, last one first. The memory is kept for what comes.
    fn take(&mut self) -> Codes {
        if self.codes.is_empty() {
            return Codes::Same(self.first);
        }
        let codes = self.codes.iter().rev().copied().collect();
        self.codes.clear();
        Codes::Each(codes)
    }
}

/// Rows of a shape, last one first: a log runs forward, a table begins with the newest event.
pub(super) struct Chunk {
    pub(super) rows: usize,
    pub(super) columns: Vec<Codes>,
}

/// The codes of a column.
#[derive(Clone)]
pub(super) enum Codes {
    /// The same for all rows.
    Same(u32),
    Each(Arc<[u32]>),
}

impl Codes {
    /// In the order in which they are to be shown.
    pub(super) fn new(codes: Vec<u32>) -> Codes {
        match codes[..] {
            [first, ..] if codes.iter().all(|&code| code == first) => Codes::Same(first),
            _ => Codes::Each(codes.into()),
        }
    }

    /// The code of a row of a chunk, counted as they came.
    #[inline]
    pub(super) fn of(&self, rows: usize, row: usize) -> u32 {
        match self {
            Codes::Same(code) => *code,
            Codes::Each(codes) => codes[rows - 1 - row],
        }
    }

    /// A code for each of so many rows.
    pub(super) fn into_each(self, rows: usize) -> Arc<[u32]> {
        match self {
            Codes::Same(code) => std::iter::repeat_n(code, rows).collect(),
            Codes::Each(codes) => codes,
        }
    }
}
