//! What every event has besides its own fields: `index`, `source`, `sourcetype` and `host`, which cost next to nothing when they
//! are the same for many events.

use super::{Origin, ReadRequest};
use crate::table::TableBuilder;

const NONE: u32 = u32::MAX;

/// The default fields of the events of one input, as codes.
pub(super) struct Defaults {
    index: (u32, u32),
    pub(super) source: DefaultField,
    pub(super) sourcetype: DefaultField,
    pub(super) host: DefaultField,
}

impl Defaults {
    /// As the origin says.
    pub(super) fn new(origin: &Origin, request: &ReadRequest, into: &mut TableBuilder) -> Self {
        let index = if request.wants("index") {
            let slot = into.slot("index");
            (slot, into.intern(slot, origin.index.as_deref().unwrap_or("main")))
        } else {
            (NONE, 0)
        };
        let mut field = |name: &str, given: &Option<String>| DefaultField::new(name, given.as_deref(), request, into);
        Defaults {
            index,
            source: field("source", &origin.source),
            sourcetype: field("sourcetype", &origin.sourcetype),
            host: field("host", &origin.host),
        }
    }

    /// Forgets what was worked out for the event before.
    pub(super) fn reset(&mut self) {
        self.source.reset();
        self.sourcetype.reset();
        self.host.reset();
    }

    /// Gives the current event the default fields that it has not got yet.
    pub(super) fn put(&self, into: &mut TableBuilder) {
        if self.index.0 != NONE {
            into.put_code(self.index.0, self.index.1);
        }
        self.source.put(into);
        self.sourcetype.put(into);
        self.host.put(into);
    }
}

/// One of them: the origin's value, or one worked out from a value of the event.
pub(super) struct DefaultField {
    slot: u32,
    given: u32,
    /// The code for the current event; 0 is none.
    current: u32,
    /// What event values led to before: the bytes, their hash and the code.
    known: Vec<(Box<[u8]>, u32)>,
    last: usize,
}

impl DefaultField {
    fn new(name: &str, given: Option<&str>, request: &ReadRequest, into: &mut TableBuilder) -> Self {
        let mut field = DefaultField { slot: NONE, given: 0, current: 0, known: Vec::new(), last: 0 };
        if request.wants(name) {
            field.slot = into.slot(name);
            field.given = given.map_or(0, |given| into.intern(field.slot, given));
            field.current = field.given;
        }
        field
    }

    /// The field's handle, if the event's own values can matter.
    pub(super) fn open(&self) -> Option<u32> {
        (self.slot != NONE && self.given == 0).then_some(self.slot)
    }

    /// Gives the current event `text`, unless the origin says otherwise.
    pub(super) fn set(&mut self, text: &[u8], into: &mut TableBuilder) {
        if let Some(slot) = self.open() {
            self.current = into.intern(slot, text);
        }
    }

    /// As `set`, with text made from an event's value that takes few values.
    pub(super) fn derive(&mut self, from: &[u8], into: &mut TableBuilder, make: impl FnOnce(&[u8]) -> Vec<u8>) {
        if self.open().is_none() {
            return;
        }
        if self.known.get(self.last).is_none_or(|(known, _)| **known != *from) {
            self.last = match self.known.iter().position(|(known, _)| **known == *from) {
                Some(at) => at,
                None => {
                    if self.known.len() > 64 {
                        self.known.clear();
                    }
                    let code = into.intern(self.slot, make(from));
                    self.known.push((from.into(), code));
                    self.known.len() - 1
                }
            };
        }
        self.current = self.known[self.last].1;
    }

    fn reset(&mut self) {
        self.current = self.given;
    }

    fn put(&self, into: &mut TableBuilder) {
        if self.current != 0 {
            into.put_code(self.slot, self.current);
        }
    }
}

/// Ends the current event, or drops it if its time is not wanted.
pub(super) fn end(request: &ReadRequest, into: &mut TableBuilder) {
    if (request.earliest.is_some() || request.latest.is_some()) && !request.wants_time(into.current_time()) {
        into.discard();
    } else {
        into.end();
    }
}
