//! A hash table from pairs of group and code to the numbers of new groups, for pairs too many and too thin for a table of all of them.

/// Rows whose places are looked up before any of them is used, so that the memory is asked for all of them at once.
const AHEAD: usize = 32;

/// Open addressing in one array; an entry of cell 0 is free (no pair has it).
pub(super) struct CellTable {
    slots: Vec<(u64, u32)>,
    /// Bits of the hash that choose the place.
    bits: u32,
    used: usize,
}

impl Default for CellTable {
    fn default() -> Self {
        CellTable { slots: vec![(0, 0); 1 << 4], bits: 4, used: 0 }
    }
}

impl CellTable {
    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.slots.len() * size_of::<(u64, u32)>()
    }

    fn place(&self, cell: u64) -> usize {
        (cell.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - self.bits)) as usize
    }

    /// The number of the cell, looked for from a place on; `new` makes the number of a cell that is not known.
    fn find(&mut self, cell: u64, place: usize, new: impl FnOnce() -> u32) -> u32 {
        let mask = self.slots.len() - 1;
        let mut at = place;
        loop {
            let slot = &mut self.slots[at];
            if slot.0 == cell {
                return slot.1;
            }
            if slot.0 == 0 {
                *slot = (cell, new());
                self.used += 1;
                return slot.1;
            }
            at = (at + 1) & mask;
        }
    }

    /// The number of one cell.
    pub(super) fn get(&mut self, cell: u64, new: impl FnOnce() -> u32) -> u32 {
        self.reserve(1);
        self.find(cell, self.place(cell), new)
    }

    /// The number of each cell; that of cell 0 is 0. `new` makes the number of a cell that is not known.
    pub(super) fn get_all(&mut self, cells: &[u64], numbers: &mut [u32], mut new: impl FnMut(u64) -> u32) {
        for (cells, numbers) in cells.chunks(AHEAD).zip(numbers.chunks_mut(AHEAD)) {
            self.reserve(AHEAD);
            let mut places = [0usize; AHEAD];
            let mut found = [(0u64, 0u32); AHEAD];
            for ((place, found), &cell) in places.iter_mut().zip(&mut found).zip(cells) {
                *place = self.place(cell);
                *found = self.slots[*place];
            }
            for (i, (&cell, number)) in cells.iter().zip(numbers).enumerate() {
                *number = if cell == 0 {
                    0
                } else if found[i].0 == cell {
                    found[i].1
                } else {
                    self.find(cell, places[i], || new(cell))
                };
            }
        }
    }

    /// Makes sure that so many more cells leave half of the slots free.
    fn reserve(&mut self, more: usize) {
        if (self.used + more) * 2 <= self.slots.len() {
            return;
        }
        let old = std::mem::take(&mut self.slots);
        while (self.used + more) * 2 > 1 << self.bits {
            self.bits += 2;
        }
        self.slots = vec![(0, 0); 1 << self.bits];
        let mask = self.slots.len() - 1;
        for (cell, number) in old.into_iter().filter(|slot| slot.0 != 0) {
            let mut at = self.place(cell);
            while self.slots[at].0 != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = (cell, number);
        }
    }
}
