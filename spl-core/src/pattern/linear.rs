//! The linear-time engine, with what makes it start late and spares it the groups.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use regex::Regex;

use super::Locations;
use super::lead::{Begin, Lead};
use super::outline::Outline;
use super::per_core::PerCore;
use crate::table::Entries;

/// A compiled pattern of the linear engine.
#[derive(Clone, Debug)]
pub(super) struct Linear {
    regex: PerCore,
    /// Made by the first search.
    lead: Arc<OnceLock<Option<Lead>>>,
    /// Made by the first search for groups.
    outline: Arc<OnceLock<Option<Outline>>>,
}

impl Linear {
    pub(super) fn new(regex: Regex) -> Self {
        Linear { regex: PerCore::new(regex), lead: Arc::default(), outline: Arc::default() }
    }

    /// The engine's own.
    pub(super) fn regex(&self) -> &Regex {
        self.regex.own()
    }

    fn lead(&self) -> Option<&Lead> {
        self.lead.get_or_init(|| Lead::of(self.regex().as_str())).as_ref()
    }

    /// Where the groups are, if the match tells.
    fn outline(&self) -> Option<&Outline> {
        self.outline.get_or_init(|| Outline::of(self.regex().as_str())).as_ref()
    }

    /// Where the first match at or behind `start` can begin; that of a pattern without a lead may be anywhere behind.
    fn begin(&self, text: &str, start: usize) -> Option<Begin> {
        self.lead().map_or(Some(Begin::unknown(start)), |lead| lead.find_at(text, start))
    }

    /// Whether it matches anywhere.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.begin(text, 0).is_some_and(|begin| self.regex().is_match_at(text, begin.at))
    }

    /// The first match at or behind `start`.
    pub(super) fn find_at(&self, text: &str, start: usize) -> Option<Range<usize>> {
        self.find_from(text, self.begin(text, start)?)
    }

    #[inline]
    fn find_from(&self, text: &str, begin: Begin) -> Option<Range<usize>> {
        let whole = self.lead().and_then(|lead| lead.whole(text, &begin));
        whole.or_else(|| self.regex().find_at(text, begin.at).map(|found| found.range()))
    }

    /// Room for the groups of a match.
    pub(super) fn locations(&self) -> Locations {
        match self.outline() {
            Some(_) => Locations::Ranges(Vec::new()),
            None => Locations::Linear(self.regex().capture_locations()),
        }
    }

    /// The groups of the first match at or behind `start`; false when there is none.
    pub(super) fn captures_at(&self, text: &str, start: usize, groups: &mut Locations) -> bool {
        self.begin(text, start).is_some_and(|begin| self.captures_from(text, begin, groups))
    }

    /// The same, where the first match begins there, if any does.
    #[inline]
    pub(super) fn captures_from(&self, text: &str, begin: Begin, groups: &mut Locations) -> bool {
        match (groups, self.outline()) {
            (Locations::Linear(locations), _) => self.regex().captures_read_at(locations, text, begin.at).is_some(),
            (Locations::Ranges(ranges), Some(outline)) => {
                ranges.clear();
                let Some(found) = self.find_from(text, begin) else { return false };
                ranges.extend(outline.groups(found).map(Some));
                true
            }
            // Not this pattern's groups.
            (Locations::Ranges(_), None) => false,
        }
    }

    /// Where the first match of each text can begin, with the number of the text: found in one walk over the bytes of all. `None` when the
    /// pattern does not tell.
    pub(super) fn sweep<'a>(&'a self, texts: Entries<'a>) -> Option<impl Iterator<Item = (usize, Begin)> + 'a> {
        self.lead()?.sweep(texts)
    }
}
