//! A regular expression for each core: each keeps the memory that a search needs at hand for one thread, and others have to queue for it.

use std::sync::{Arc, OnceLock};

use regex::Regex;

/// Copies of one regular expression; they share what was compiled.
#[derive(Clone, Debug)]
pub(super) struct PerCore {
    first: Regex,
    /// Made when a second thread asks.
    others: Arc<OnceLock<Box<[Regex]>>>,
}

impl PerCore {
    pub(super) fn new(regex: Regex) -> Self {
        PerCore { first: regex, others: Arc::default() }
    }

    /// The one of this thread.
    #[inline]
    pub(super) fn own(&self) -> &Regex {
        let other = rayon::current_thread_index().and_then(|thread| thread.checked_sub(1));
        let others =
            || self.others.get_or_init(|| (1..rayon::current_num_threads()).map(|_| self.first.clone()).collect());
        other.and_then(|other| others().get(other)).unwrap_or(&self.first)
    }
}
