//! How an object is written, so that its text need not be kept: as long as it can be written again from its fields.

use hashbrown::HashMap;

use super::text::bare_end;
use crate::table::{Form, Layout, TIME_SLOT, TableBuilder};

/// How a value is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Written {
    /// A number or a truth value.
    Bare,
    Quoted,
    Null,
    /// An array of texts, or of nothing, without blanks.
    Texts,
    /// An array of numbers and truth values, without blanks.
    Values,
    /// Another array, or an object: not to be written again from the fields.
    Otherwise,
}

impl Written {
    /// Of the value that the text begins with.
    pub(super) fn of(text: &[u8]) -> Written {
        match text.first() {
            Some(b'"') => Written::Quoted,
            Some(b'n') => Written::Null,
            Some(b'[') => list(text).unwrap_or(Written::Otherwise),
            Some(b'{') => Written::Otherwise,
            _ => Written::Bare,
        }
    }

    /// How many bytes of a value are the same for all that are written so. They are part of the literal in front of it, by which a text and a
    /// number, say, are told apart.
    pub(super) fn mark(self) -> usize {
        usize::from(self != Written::Bare)
    }

    /// Whether this array or object is written in the same way.
    pub(super) fn is_of(self, nested: &[u8]) -> bool {
        match self {
            Written::Texts | Written::Values => nested == b"[]" || list(nested) == Some(self),
            _ => false,
        }
    }

    pub(super) fn is_list(self) -> bool {
        matches!(self, Written::Texts | Written::Values)
    }
}

/// How the array that the text begins with is written; `None` if it cannot be written again.
fn list(text: &[u8]) -> Option<Written> {
    let written = match text.get(1)? {
        b']' => return Some(Written::Texts),
        b'"' => Written::Texts,
        _ => Written::Values,
    };
    let mut at = 1;
    loop {
        at = if written == Written::Texts { text_end(text, at)? } else { value_end(text, at)? };
        match text.get(at)? {
            b',' => at += 1,
            b']' => return Some(written),
            _ => return None,
        }
    }
}

/// Where a text ends that is to be written again.
fn text_end(text: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += match text.get(at)? {
            _ if text[open] != b'"' => return None,
            b'"' => return Some(at + 1),
            b'\\' if is_regular(*text.get(at + 1)?) => 2,
            b'\\' | 0..b' ' => return None,
            _ => 1,
        };
    }
}

/// Whether the escape of this letter is the one that is written for its character.
fn is_regular(letter: u8) -> bool {
    matches!(letter, b'"' | b'\\' | b'n' | b'r' | b't')
}

/// Where a number or truth value ends.
fn value_end(text: &[u8], start: usize) -> Option<usize> {
    match text.get(start)? {
        b'0'..=b'9' | b'-' | b't' | b'f' => bare_end(text, start).ok(),
        _ => None,
    }
}

/// The layout of an object, as far as there is one.
pub(super) struct LayoutBuilder(Option<Layout>);

impl LayoutBuilder {
    pub(super) fn new(wanted: bool) -> Self {
        LayoutBuilder(wanted.then(Layout::default))
    }

    /// Adds the words in front of a value, and the value, which goes to a field if that is wanted.
    pub(super) fn push(&mut self, words: &[u8], written: Written, slot: Option<u32>) {
        let (Some(layout), Ok(words)) = (&mut self.0, std::str::from_utf8(words)) else {
            self.0 = None;
            return;
        };
        let (open, form, close) = match written {
            Written::Null => return layout.add(&[words, "null"].concat()),
            Written::Bare if slot == Some(TIME_SLOT) => ("", Form::Time, ""),
            Written::Bare => ("", Form::Plain, ""),
            Written::Quoted => ("\"", Form::Escaped, "\""),
            Written::Texts => ("[", Form::Texts, "]"),
            Written::Values => ("[", Form::Values, "]"),
            Written::Otherwise => return self.0 = None,
        };
        match slot {
            Some(slot) if slot != TIME_SLOT || form == Form::Time => {
                layout.push(&[words, open].concat(), slot, form);
                layout.add(close);
            }
            _ => self.0 = None,
        }
    }

    /// The number of the layout, which ends with these words.
    pub(super) fn finish(self, words: &[u8], into: &mut TableBuilder) -> Option<u32> {
        let (mut layout, words) = (self.0?, std::str::from_utf8(words).ok()?);
        layout.close(words).then(|| into.layout(layout))
    }
}

/// The layouts of objects that have line breaks or tabs in their texts, by the layout of those that have none.
#[derive(Default)]
pub(super) struct WithBreaks(HashMap<u32, (u32, usize)>);

impl WithBreaks {
    /// The layout of this object; `None` if control characters stand in its texts as they are.
    pub(super) fn of(&mut self, layout: u32, object: &[u8], into: &mut TableBuilder) -> Option<u32> {
        let (own, controls) = self.0.entry(layout).or_insert_with(|| {
            let own = into.layout_of(layout).with_breaks();
            let controls = count_controls(own.words().as_bytes());
            (into.layout(own), controls)
        });
        (count_controls(object) == *controls).then_some(*own)
    }
}

fn count_controls(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte < b' ').count()
}
