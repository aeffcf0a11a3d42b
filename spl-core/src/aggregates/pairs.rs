//! [`PairSet`]: which values each group has, as bits while that is small, as a hash set beyond.

use hashbrown::HashSet;

/// Bits up to this many are kept as bits: what a core's own cache holds.
const DENSE_BITS: usize = 1 << 24;

/// A set of pairs of group and code.
#[derive(Clone, Default)]
pub(super) struct PairSet {
    groups: usize,
    /// Words of bits for each group; 0 before the first code.
    stride: usize,
    bits: Vec<u64>,
    hashed: Option<HashSet<u64, foldhash::fast::FixedState>>,
}

impl PairSet {
    /// Makes room for groups `0..groups` and codes `0..=codes`.
    pub(super) fn reserve(&mut self, groups: usize, codes: usize) {
        self.groups = self.groups.max(groups);
        if self.hashed.is_some() {
            return;
        }
        let stride = (codes / 64 + 1).max(self.stride);
        if self.groups.saturating_mul(stride) > DENSE_BITS / 64 {
            let pairs = self.pairs();
            self.hashed = Some(pairs.into_iter().map(pack).collect());
            self.bits = Vec::new();
        } else if stride != self.stride {
            let pairs = self.pairs();
            self.stride = stride;
            self.bits = vec![0; self.groups * stride];
            pairs.into_iter().for_each(|(group, code)| self.insert(group, code));
        } else {
            self.bits.resize(self.groups * stride, 0);
        }
    }

    /// Adds a pair; code 0 is nothing to add.
    pub(super) fn insert(&mut self, group: u32, code: u32) {
        if code == 0 {
            return;
        }
        match &mut self.hashed {
            Some(hashed) => {
                hashed.insert(pack((group, code)));
            }
            None => self.bits[group as usize * self.stride + code as usize / 64] |= 1 << (code % 64),
        }
    }

    /// Adds a pair for each row.
    pub(super) fn extend(&mut self, groups: &[u32], codes: &[u32]) {
        match &mut self.hashed {
            Some(hashed) => {
                for (&group, &code) in groups.iter().zip(codes) {
                    if code != 0 {
                        hashed.insert(pack((group, code)));
                    }
                }
            }
            None => {
                for (&group, &code) in groups.iter().zip(codes) {
                    let word = &mut self.bits[group as usize * self.stride + code as usize / 64];
                    *word |= u64::from(code != 0) << (code % 64);
                }
            }
        }
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.bits.len() * 8 + self.hashed.as_ref().map_or(0, |hashed| hashed.capacity() * 9)
    }

    /// How many codes each group has.
    pub(super) fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0u32; self.groups];
        match &self.hashed {
            Some(hashed) => hashed.iter().for_each(|&pair| counts[(pair >> 32) as usize] += 1),
            None if self.stride == 0 => {}
            None => {
                for (count, words) in counts.iter_mut().zip(self.bits.chunks(self.stride)) {
                    *count = words.iter().map(|w| w.count_ones()).sum();
                }
            }
        }
        counts
    }

    /// All pairs, in no order.
    pub(super) fn pairs(&self) -> Vec<(u32, u32)> {
        if let Some(hashed) = &self.hashed {
            return hashed.iter().map(|&pair| ((pair >> 32) as u32, pair as u32)).collect();
        }
        let mut pairs = Vec::new();
        for (i, &word) in self.bits.iter().enumerate() {
            let mut word = word;
            while word != 0 {
                let code = (i % self.stride * 64) as u32 + word.trailing_zeros();
                pairs.push(((i / self.stride) as u32, code));
                word &= word - 1;
            }
        }
        pairs
    }
}

fn pack((group, code): (u32, u32)) -> u64 {
    u64::from(group) << 32 | u64::from(code)
}
