//! Numbers for the groups of an aggregation, which need not be in any order: by arithmetic where all combinations of keys are no more
//! than rows, else as [`Grouper`] meets them.

use std::borrow::Cow;

use super::group::{Grouper, affordable};
use super::keys::Codes;

/// Gives the rows of a part their group numbers. Row 0 is no group.
pub(super) enum Numbering {
    Met(Grouper),
    Cells(Cells),
}

/// A number for each combination of codes, whether rows have it or not.
pub(super) struct Cells {
    /// For each key how many codes there are, with 0.
    widths: Vec<u32>,
    /// The numbers that some row has.
    seen: Vec<bool>,
}

impl Cells {
    /// Nothing when there are more combinations than rows.
    pub(super) fn new(lengths: &[usize], rows: usize) -> Option<Cells> {
        let cells = lengths.iter().try_fold(1usize, |cells, &length| cells.checked_mul(length + 1))?;
        let widths = lengths.iter().map(|&length| u32::try_from(length + 1)).collect::<Result<_, _>>().ok()?;
        (cells <= rows && !lengths.is_empty()).then(|| Cells { widths, seen: vec![false; cells] })
    }

    /// The number of each of `rows` rows.
    pub(super) fn numbers<'k>(&self, keys: &[&'k Codes], rows: usize) -> Cow<'k, [u32]> {
        match keys {
            [Codes::Rows(codes)] => Cow::Borrowed(&codes[..]),
            _ => {
                let mut numbers = vec![1u32; rows];
                for (key, (codes, &width)) in keys.iter().zip(&self.widths).enumerate() {
                    let cell = |before: u32, code: u32| match (key, before != 0 && code != 0) {
                        (0, true) => code,
                        (_, true) => before * width + code,
                        _ => 0,
                    };
                    match codes {
                        Codes::Const(code) => numbers.iter_mut().for_each(|number| *number = cell(*number, *code)),
                        Codes::Rows(codes) => {
                            numbers
                                .iter_mut()
                                .zip(codes.iter())
                                .for_each(|(number, &code)| *number = cell(*number, code));
                        }
                    }
                }
                Cow::Owned(numbers)
            }
        }
    }

    fn assign<'k>(&mut self, keys: &[&'k Codes], rows: usize) -> Cow<'k, [u32]> {
        let numbers = self.numbers(keys, rows);
        numbers.iter().for_each(|&number| self.seen[number as usize] = true);
        numbers
    }

    /// The highest number that a group may have.
    pub(super) fn len(&self) -> usize {
        self.seen.len() - 1
    }

    fn met(&self) -> Vec<u32> {
        (1..self.seen.len() as u32).filter(|&number| self.seen[number as usize]).collect()
    }

    fn codes_of(&self, mut numbers: Vec<u32>) -> Vec<Vec<u32>> {
        if self.widths.len() == 1 {
            return vec![numbers];
        }
        let mut keys = vec![Vec::new(); self.widths.len()];
        for (key, &width) in keys.iter_mut().zip(&self.widths).rev() {
            *key = numbers.iter().map(|&number| number % width).collect();
            numbers.iter_mut().for_each(|number| *number /= width);
        }
        keys
    }
}

impl Numbering {
    /// For so many rows with keys from dictionaries of these lengths; `gapless`: the numbers are 1 and up, in the order in which they
    /// are met.
    pub(super) fn new(lengths: &[usize], rows: usize, gapless: bool) -> Numbering {
        match Cells::new(lengths, rows).filter(|_| !gapless) {
            Some(cells) => Numbering::Cells(cells),
            None => Numbering::Met(Grouper::new(lengths, rows)),
        }
    }

    /// How many such numberings fit a fair share of memory and cache.
    pub(super) fn affordable(lengths: &[usize], rows: usize, gapless: bool) -> usize {
        match Cells::new(lengths, rows).filter(|_| !gapless) {
            Some(_) => usize::MAX,
            None => affordable(lengths, rows),
        }
    }

    /// The group of each of `rows` rows.
    pub(super) fn assign<'k>(&mut self, keys: &[&'k Codes], rows: usize) -> Cow<'k, [u32]> {
        match self {
            Numbering::Met(grouper) => Cow::Owned(grouper.assign(keys, rows)),
            Numbering::Cells(cells) => cells.assign(keys, rows),
        }
    }

    /// Takes in the groups of later rows; for each of them, its number here.
    pub(super) fn absorb(&mut self, later: &Numbering) -> Vec<u32> {
        match (self, later) {
            (Numbering::Met(ours), Numbering::Met(theirs)) => ours.absorb(theirs),
            (Numbering::Cells(ours), Numbering::Cells(theirs)) => {
                ours.seen.iter_mut().zip(&theirs.seen).for_each(|(ours, theirs)| *ours |= theirs);
                (0..theirs.seen.len() as u32).collect()
            }
            // Parts of one aggregation are numbered in the same way.
            (_, later) => vec![0; later.len() + 1],
        }
    }

    /// The highest number that a group may have.
    pub(super) fn len(&self) -> usize {
        match self {
            Numbering::Met(grouper) => grouper.len(),
            Numbering::Cells(cells) => cells.len(),
        }
    }

    /// How many groups there are.
    pub(super) fn count(&self) -> usize {
        match self {
            Numbering::Met(grouper) => grouper.len(),
            Numbering::Cells(cells) => cells.seen[1..].iter().filter(|&&seen| seen).count(),
        }
    }

    /// Whether there is a group of this number, which is no higher than [the highest](Self::len).
    pub(super) fn has(&self, number: u32) -> bool {
        match self {
            Numbering::Met(_) => number > 0,
            Numbering::Cells(cells) => number > 0 && cells.seen[number as usize],
        }
    }

    /// The numbers of the groups that there are, and for each key the code of each of them.
    pub(super) fn groups(&self) -> (Vec<u32>, Vec<Vec<u32>>) {
        let numbers = match self {
            Numbering::Met(grouper) => (1..=grouper.len() as u32).collect(),
            Numbering::Cells(cells) => cells.met(),
        };
        let codes = self.codes_of(numbers.clone());
        (numbers, codes)
    }

    /// For each key, the code of each of these groups.
    pub(super) fn codes_of(&self, numbers: Vec<u32>) -> Vec<Vec<u32>> {
        match self {
            Numbering::Met(grouper) => grouper.codes_of(numbers),
            Numbering::Cells(cells) => cells.codes_of(numbers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_the_groups_that_are_met() {
        let codes = |factor: u32, width: u32| Codes::Rows((0..500).map(|row| row * factor % width).collect());
        let keys = [codes(7, 5), codes(11, 9), codes(3, 4)];
        for some in [&keys[..1], &keys[..2], &keys[..]] {
            let (lengths, some) = ([4, 8, 3], some.iter().collect::<Vec<_>>());
            let mut numberings = [true, false].map(|gapless| Numbering::new(&lengths[..some.len()], 500, gapless));
            assert!(matches!(numberings, [Numbering::Met(_), Numbering::Cells(_)]));
            let rows = numberings.each_mut().map(|numbering| numbering.assign(&some, 500).into_owned());
            let [met, cells] = numberings.each_ref().map(|numbering| {
                let (numbers, keys) = numbering.groups();
                let of = |number: u32| {
                    let at = numbers.iter().position(|&n| n == number)?;
                    Some(keys.iter().map(|codes| codes[at]).collect::<Vec<_>>())
                };
                (numbers.len(), (0..=numbering.len() as u32).map(of).collect::<Vec<_>>())
            });
            assert_eq!(met.0, cells.0);
            assert!(rows[0].iter().zip(&rows[1]).all(|(&a, &b)| met.1[a as usize] == cells.1[b as usize]));
        }
    }
}
