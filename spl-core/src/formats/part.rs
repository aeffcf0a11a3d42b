//! [`Part`]: what a format reads from, and how formats from outside end their events.

use super::scan::Scanner;
use super::{InputSettings, Origin, ReadRequest};
use crate::table::TableBuilder;

/// A stretch of an input: the events that begin in `start..end`. The bytes around it are there to be looked at.
pub struct Part<'a> {
    /// The input, as much of it as is there.
    pub bytes: &'a [u8],
    /// Whether these bytes are all of the input.
    pub complete: bool,
    /// Where the stretch begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What the events are said to come from.
    pub origin: &'a Origin,
    /// What is said of how the input is read, where something is.
    pub settings: Option<&'a InputSettings>,
    /// What of them is wanted. A format may give more.
    pub request: &'a ReadRequest,
}

impl<'a> Part<'a> {
    /// The stretch itself.
    pub fn content(&self) -> &'a [u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether nobody wants the events any more. Formats ask before each of them.
    pub fn is_cancelled(&self) -> bool {
        self.request.cancel.is_cancelled()
    }

    /// What looks for candidates in the stretch, whose values are `written` so; none when all events are, or when settings make of them
    /// what does not stand in the text, or what depends on the others.
    pub(super) fn scanner(&self, written: fn(&str) -> Vec<u8>) -> Option<Scanner> {
        if self.settings.is_some_and(|settings| settings.rules.changes_events()) {
            return None;
        }
        Scanner::new(&self.request.candidates, self.content(), written)
    }

    /// Ends the current event of `into`: sets its time (NaN is none), and those of the fields `index`, `source`, `sourcetype` and `host` that it
    /// has not got yet, as the origin says, else as all formats do: `main`, the input's name, `sourcetype` as given, and no host. Events of
    /// times that are not wanted are dropped.
    pub fn end(&self, time: f64, sourcetype: &str, into: &mut TableBuilder) {
        let (origin, request) = (self.origin, self.request);
        if (request.earliest.is_some() || request.latest.is_some()) && !request.wants_time(time) {
            return into.discard();
        }
        into.time(time);
        let given = [
            ("index", Some(origin.index.as_deref().unwrap_or("main"))),
            ("source", Some(origin.source.as_deref().unwrap_or(&origin.name))),
            ("sourcetype", Some(origin.sourcetype.as_deref().unwrap_or(sourcetype))),
            ("host", origin.host.as_deref()),
        ];
        for (name, value) in given {
            if let Some(value) = value.filter(|value| !value.is_empty() && request.wants(name) && !into.has(name)) {
                into.field(name, value);
            }
        }
        if let Some(progress) = &request.progress {
            progress.add_events(1);
        }
        into.end();
    }
}
