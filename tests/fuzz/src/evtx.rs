//! Windows event log files in any state, with checksums that are right or not.

use std::sync::LazyLock;

use crate::edits::{Seed, file};
use crate::evtx_file::{file_of_chunks, samples, seal};
use crate::formats::check_file;

static SEEDS: LazyLock<[Seed; 2]> =
    LazyLock::new(|| [(3, 3), (5, 2)].map(|(count, most)| Seed::new(file_of_chunks(&samples(count), most))));

/// Reads an edited log.
pub fn check(data: &[u8]) {
    let Some((choice, mut bytes)) = file(&*SEEDS, data) else { return };
    if choice[3] % 4 != 0 {
        seal(&mut bytes);
    }
    check_file("evtx", choice, &bytes);
}
