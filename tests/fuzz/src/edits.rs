//! Whole files, edited: most edits leave a file that is one, with damage at few places.

/// A file to edit, and the places of it that are worth an edit.
pub(crate) struct Seed {
    bytes: Vec<u8>,
    places: Vec<usize>,
}

/// Zeroes so far from any other byte are of no interest.
const NEAR: usize = 8;

impl Seed {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        let mut near = vec![false; bytes.len()];
        for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte != 0) {
            near[at.saturating_sub(NEAR)..(at + NEAR).min(bytes.len())].fill(true);
        }
        let places = (0..bytes.len()).filter(|&at| near[at]).collect();
        Seed { bytes, places }
    }

    /// The file after edits of four bytes each: what is done, where (two bytes), and with which byte.
    pub(crate) fn edited(&self, edits: &[u8]) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        for &[what, low, high, byte] in edits.as_chunks::<4>().0.iter().take(16) {
            let place = self.places[usize::from(u16::from_le_bytes([low, high])) % self.places.len()];
            let at = place.min(bytes.len());
            let run = usize::from(byte);
            match what % 8 {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..(at + run).min(bytes.len()))),
                2 => drop(bytes.splice(at..at, std::iter::repeat_n(what, run))),
                3 => bytes.iter_mut().skip(at).take(4).for_each(|at| *at = byte),
                4 => bytes.extend_from_within(at..(at + 16 * run).min(bytes.len())),
                5 => bytes.iter_mut().skip(at).take(1).for_each(|at| *at = at.wrapping_add(byte)),
                _ => bytes.iter_mut().skip(at).take(1).for_each(|at| *at = byte),
            }
        }
        bytes
    }
}

/// What a target's input is: four bytes that say what is asked for, one that says which file is edited, and edits; or any bytes.
pub(crate) fn file(seeds: &[Seed], data: &[u8]) -> Option<([u8; 4], Vec<u8>)> {
    let (&choice, data) = data.split_first_chunk::<4>()?;
    let (which, rest) = data.split_first()?;
    let bytes = match seeds.get(usize::from(*which) % (seeds.len() + 1)) {
        Some(seed) => seed.edited(rest),
        None => rest.to_vec(),
    };
    Some((choice, bytes))
}
