//! Which part of the work a group belongs to. It depends on the events alone, never on the number of threads.

use std::ops::Range;

/// Groups cut into parts, a power of two of them; each part has slots of its own for its groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Split {
    bits: u32,
}

/// Events up to this many are one part, so that small results come in order.
const SMALL: usize = 65_536;
/// Events of a part, about: few enough to stay in a core's cache.
const PART_EVENTS: usize = 32_768;
/// There are at most two to the power of this parts.
const MOST_BITS: u32 = 8;

impl Split {
    /// All groups in one part: where what happens to one depends on others.
    pub(super) const ONE: Split = Split { bits: 0 };

    /// For so many events.
    pub(super) fn new(events: usize) -> Split {
        if events <= SMALL { Split::ONE } else { Split { bits: (events / PART_EVENTS).ilog2().min(MOST_BITS) } }
    }

    pub(super) fn parts(self) -> Range<usize> {
        0..1 << self.bits
    }

    /// The part of a group. Whatever the step between the numbers of the groups, it is not always the same one.
    #[inline]
    pub(super) fn part(self, group: u32) -> usize {
        let mixed = (group >> self.bits).wrapping_mul(0x9e37_79b1) >> 16;
        (group ^ mixed) as usize & ((1 << self.bits) - 1)
    }

    /// The slot of a group within its part.
    #[inline]
    pub(super) fn slot(self, group: u32) -> usize {
        (group >> self.bits) as usize
    }

    /// How many slots a part needs for groups up to this one.
    pub(super) fn slots(self, last: usize) -> usize {
        (last >> self.bits) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_slots_of_their_own_and_are_spread_over_parts() {
        for (events, step) in [(1_000, 1), (100_000, 1), (1_000_000, 1), (1_000_000, 64), (90_000_000, 1_024)] {
            let (split, groups) = (Split::new(events), 2_000);
            let mut seen = hashbrown::HashSet::new();
            let mut load = vec![0usize; split.parts().len()];
            for group in (1..=groups).map(|n| n * step) {
                assert!(split.slot(group) < split.slots((groups * step) as usize));
                assert!(seen.insert((split.part(group), split.slot(group))));
                load[split.part(group)] += 1;
            }
            assert!(load.iter().all(|&own| own <= 4 * groups as usize / load.len()), "{events} {step}: {load:?}");
        }
    }
}
