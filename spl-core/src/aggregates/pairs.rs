//! [`PairSet`]: which values each group has, as bits while that is small, as a list beyond.
//!
//! The list takes every pair as it comes and is cleared of repeated ones when it has doubled, by sorting it by group: one pass with a mark
//! for each code costs a fraction of what a hash set does.

/// Bits up to this many are kept as bits: what a core's own cache holds.
const DENSE_BITS: usize = 1 << 24;
/// Pairs that a list may have beyond twice the different ones.
const SLACK: usize = 1 << 18;

/// A set of pairs of group and code.
#[derive(Clone, Default)]
pub(super) struct PairSet {
    groups: usize,
    /// Words of bits for each group; 0 before the first code.
    stride: usize,
    bits: Vec<u64>,
    listed: Option<Listed>,
}

/// Pairs, of which the first `settled` are different from one another.
#[derive(Clone, Default)]
struct Listed {
    pairs: Vec<(u32, u32)>,
    settled: usize,
}

impl Listed {
    /// Shows the different pairs of each group, group by group.
    fn each_different(&self, groups: usize, mut each: impl FnMut(u32, u32)) {
        let mut ends = vec![0u32; groups + 1];
        let mut most = 0;
        for &(group, code) in &self.pairs {
            ends[group as usize + 1] += 1;
            most = most.max(code);
        }
        (1..ends.len()).for_each(|group| ends[group] += ends[group - 1]);
        let mut codes = vec![0u32; self.pairs.len()];
        for &(group, code) in &self.pairs {
            let place = &mut ends[group as usize];
            codes[*place as usize] = code;
            *place += 1;
        }
        let mut seen_in = vec![u32::MAX; most as usize + 1];
        let mut start = 0;
        for (group, &end) in ends[..groups].iter().enumerate() {
            for &code in &codes[start..end as usize] {
                if std::mem::replace(&mut seen_in[code as usize], group as u32) != group as u32 {
                    each(group as u32, code);
                }
            }
            start = end as usize;
        }
    }

    /// Drops repeated pairs once there may be many.
    fn settle(&mut self, groups: usize) {
        if self.pairs.len() > 2 * self.settled + SLACK {
            let mut different = Vec::with_capacity(self.settled + SLACK);
            self.each_different(groups, |group, code| different.push((group, code)));
            self.settled = different.len();
            self.pairs = different;
        }
    }
}

impl PairSet {
    /// Makes room for groups `0..groups` and codes `0..=codes`.
    pub(super) fn reserve(&mut self, groups: usize, codes: usize) {
        self.groups = self.groups.max(groups);
        if self.listed.is_some() {
            return;
        }
        let (words, most) = (codes / 64 + 1, DENSE_BITS / 64 / self.groups.max(1));
        // Codes may become known a few at a time: there is room for twice as many each time that it runs out.
        let stride = if words > self.stride { words.max((2 * self.stride).min(most)) } else { self.stride };
        if stride > most {
            let pairs = self.pairs();
            self.listed = Some(Listed { settled: pairs.len(), pairs });
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
        self.extend(&[group], &[code]);
    }

    /// Adds a pair for each row.
    pub(super) fn extend(&mut self, groups: &[u32], codes: &[u32]) {
        let pairs = groups.iter().copied().zip(codes.iter().copied());
        match &mut self.listed {
            Some(listed) => {
                listed.pairs.extend(pairs.filter(|&(_, code)| code != 0));
                listed.settle(self.groups);
            }
            None => {
                for (group, code) in pairs {
                    let word = &mut self.bits[group as usize * self.stride + code as usize / 64];
                    *word |= u64::from(code != 0) << (code % 64);
                }
            }
        }
    }

    /// Adds the pairs of a set with the same codes: its group `g` is `groups[g]` here.
    pub(super) fn absorb(&mut self, later: &PairSet, groups: &[u32]) {
        if self.listed.is_some() || later.listed.is_some() || later.stride == 0 {
            let (mut ours, mut codes) = (Vec::new(), Vec::new());
            later.each(|group, code| {
                ours.push(groups[group as usize]);
                codes.push(code);
            });
            return self.extend(&ours, &codes);
        }
        // Words that only the other has are empty, as there is room for all codes.
        for (theirs, &group) in later.bits.chunks(later.stride).zip(groups) {
            let ours = self.bits[group as usize * self.stride..].iter_mut().take(self.stride);
            ours.zip(theirs).for_each(|(ours, theirs)| *ours |= theirs);
        }
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.bits.len() * 8 + self.listed.as_ref().map_or(0, |listed| listed.pairs.capacity() * 8)
    }

    /// How many codes each group has.
    pub(super) fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0u32; self.groups];
        match &self.listed {
            Some(listed) => listed.each_different(self.groups, |group, _| counts[group as usize] += 1),
            None if self.stride == 0 => {}
            None => {
                for (count, words) in counts.iter_mut().zip(self.bits.chunks(self.stride)) {
                    *count = words.iter().map(|w| w.count_ones()).sum();
                }
            }
        }
        counts
    }

    /// All pairs.
    pub(super) fn pairs(&self) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        match &self.listed {
            Some(listed) => listed.each_different(self.groups, |group, code| pairs.push((group, code))),
            None => self.each_bit(|group, code| pairs.push((group, code))),
        }
        pairs
    }

    /// Shows all pairs, some perhaps more than once.
    pub(super) fn each(&self, mut each: impl FnMut(u32, u32)) {
        match &self.listed {
            Some(listed) => listed.pairs.iter().for_each(|&(group, code)| each(group, code)),
            None => self.each_bit(each),
        }
    }

    fn each_bit(&self, mut each: impl FnMut(u32, u32)) {
        for (i, &word) in self.bits.iter().enumerate() {
            let mut word = word;
            while word != 0 {
                let code = (i % self.stride * 64) as u32 + word.trailing_zeros();
                each((i / self.stride) as u32, code);
                word &= word - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_what_bits_do() {
        let (groups, codes) = (700, 50);
        let (mut bits, mut list) = (PairSet::default(), PairSet::default());
        bits.reserve(groups, codes);
        list.reserve(groups, DENSE_BITS);
        let mut of = [Vec::new(), Vec::new()];
        for round in 0..40 {
            let group = |row: u32| (row * 7 + round) % groups as u32;
            of[0] = (0..20_000).map(group).collect();
            of[1] = (0..20_000u32).map(|row| row * row % (codes as u32 + 1)).collect();
            bits.extend(&of[0], &of[1]);
            list.extend(&of[0], &of[1]);
        }
        assert!(list.listed.as_ref().is_some_and(|list| list.pairs.len() < 2 * groups * codes + SLACK));
        assert_eq!(bits.counts(), list.counts());
        let mut listed = list.pairs();
        listed.sort_unstable();
        assert_eq!(bits.pairs(), listed);
        for (ours, theirs) in [(&bits, &bits), (&bits, &list), (&list, &bits), (&list, &list)] {
            // The other's groups are known here the other way round; there are more codes.
            let turned: Vec<u32> = (0..groups as u32).rev().collect();
            let mut both = ours.clone();
            both.reserve(groups, if ours.listed.is_some() { codes } else { 3 * codes });
            both.absorb(theirs, &turned);
            let mut expected = listed.clone();
            expected.extend(listed.iter().map(|&(group, code)| (turned[group as usize], code)));
            expected.sort_unstable();
            expected.dedup();
            let mut found = both.pairs();
            found.sort_unstable();
            assert_eq!(found, expected);
        }
    }
}
