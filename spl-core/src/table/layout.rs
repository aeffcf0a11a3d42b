//! `_raw` without keeping it: where an event's text is its fields with the same words between them, the words are kept once, and the
//! text is put together again when somebody asks for it.

use std::sync::{Arc, OnceLock};

use super::{Column, MultiRef, NumColumn};
use crate::json::{write_inside, write_string};
use crate::value::{ValueRef, number_text};

/// The text of many events, less their values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Layout {
    words: String,
    pieces: Vec<Piece>,
}

/// A value, and how far the words go that stand before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Piece {
    until: u32,
    slot: u32,
    form: Form,
}

/// How the text of an event writes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// As it is.
    Plain,
    /// With a backslash before each quote and each backslash.
    Escaped,
    /// As JSON writes text, quotes included; a multivalue as an array.
    Quoted,
    /// As it is; a multivalue as an array.
    Bare,
    /// It is the event's `_time`, as a number.
    Time,
    /// As JSON writes text, without the quotes.
    Inside,
    /// Each of its values as JSON writes text, with commas between them.
    Texts,
    /// Each of its values as it is, with commas between them.
    Values,
}

#[cfg(feature = "parquet")]
impl Form {
    /// All forms, under the numbers that files have for them.
    const ALL: [Form; 8] =
        [Form::Plain, Form::Escaped, Form::Time, Form::Quoted, Form::Bare, Form::Inside, Form::Texts, Form::Values];
}

impl Layout {
    /// Adds words, and the value of a field behind them.
    pub fn push(&mut self, words: &str, slot: u32, form: Form) {
        self.words.push_str(words);
        self.pieces.push(Piece { until: self.words.len() as u32, slot, form });
    }

    /// Adds words.
    pub fn add(&mut self, words: &str) {
        self.words.push_str(words);
    }

    /// Adds the words at the end. Whether the text can be put together again: not so when two values go into the same field.
    #[must_use]
    pub fn close(&mut self, words: &str) -> bool {
        self.words.push_str(words);
        let mut slots: Vec<u32> = self.pieces.iter().map(|piece| piece.slot).collect();
        slots.sort_unstable();
        slots.windows(2).all(|pair| pair[0] != pair[1]) && u32::try_from(self.words.len()).is_ok()
    }

    /// The same layout for values of which some have line breaks and tabs in them.
    pub fn with_breaks(&self) -> Layout {
        let mut other = self.clone();
        for piece in &mut other.pieces {
            if piece.form == Form::Escaped {
                piece.form = Form::Inside;
            }
        }
        other
    }

    /// The words between the values.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// The layout as a text that [`Layout::from_text`] reads, with the names of its fields.
    #[cfg(feature = "parquet")]
    fn to_text(&self, names: &[super::FieldName]) -> String {
        // A field that its events do not have leaves nothing between its words.
        let is_there = |(piece, name): &(&Piece, &super::FieldName)| piece.form == Form::Time || !name.is_empty();
        let pieces = self.pieces.iter().zip(names).filter(is_there).map(|(piece, name)| {
            let form = Form::ALL.iter().position(|form| *form == piece.form).unwrap_or(0);
            serde_json::json!([piece.until, form, &**name])
        });
        let pieces: Vec<_> = pieces.collect();
        serde_json::json!([self.words, pieces]).to_string()
    }

    /// What [`Layout`]'s text says, with the handles of its fields.
    #[cfg(feature = "parquet")]
    pub(crate) fn from_text(text: &str, mut slot: impl FnMut(&str) -> u32) -> Option<Layout> {
        let (words, written): (String, Vec<(u32, usize, String)>) = serde_json::from_str(text).ok()?;
        let (mut pieces, mut from) = (Vec::new(), 0);
        for (until, form, name) in written {
            words.get(from as usize..until as usize)?;
            let form = *Form::ALL.get(form)?;
            let slot = if form == Form::Time { TIME_SLOT } else { slot(&name) };
            pieces.push(Piece { until, slot, form });
            from = until;
        }
        let mut layout = Layout { words, pieces };
        layout.close("").then_some(layout)
    }

    /// The same layout over other handles.
    pub(super) fn with_slots(&self, slots: &[u32]) -> Layout {
        let mut other = self.clone();
        for piece in &mut other.pieces {
            piece.slot = slots.get(piece.slot as usize).copied().unwrap_or(piece.slot);
        }
        other
    }
}

/// The slot of a [`Form::Time`] piece.
pub const TIME_SLOT: u32 = u32::MAX;

const BLOCK: usize = 64;

/// The `_raw` of a batch's rows, put together block by block as they are asked for.
pub(super) struct Rendered {
    rows: usize,
    /// The layout of each row, as a place in `layouts`, unless all have the same.
    places: Option<Box<[u32]>>,
    layouts: Vec<Option<Resolved>>,
    times: Option<Arc<NumColumn>>,
    blocks: Box<[OnceLock<Block>]>,
}

/// A layout with the columns of its pieces.
struct Resolved {
    layout: Arc<Layout>,
    columns: Vec<Option<Column>>,
    /// The fields of its pieces.
    #[cfg(feature = "parquet")]
    names: Vec<super::FieldName>,
}

struct Block {
    text: String,
    ends: Vec<u32>,
}

impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rendered").field("rows", &self.rows).field("layouts", &self.layouts.len()).finish()
    }
}

impl Rendered {
    /// The texts of rows that have these layouts (numbers from 1; 0 is no text). `column` gives the values of a slot.
    pub(super) fn new(
        codes: &[u32],
        layouts: &[Arc<Layout>],
        times: Option<Arc<NumColumn>>,
        column: impl Fn(u32) -> Option<(super::FieldName, Column)>,
    ) -> Self {
        let mut used: Vec<u32> = codes.to_vec();
        used.sort_unstable();
        used.dedup();
        let resolve = |&code: &u32| {
            let layout = layouts.get((code as usize).checked_sub(1)?)?.clone();
            let found: Vec<_> = layout.pieces.iter().map(|piece| column(piece.slot)).collect();
            Some(Resolved {
                layout,
                #[cfg(feature = "parquet")]
                names: found.iter().map(|found| found.as_ref().map_or_else(|| "".into(), |f| f.0.clone())).collect(),
                columns: found.into_iter().map(|found| Some(found?.1)).collect(),
            })
        };
        let resolved = used.iter().map(resolve).collect();
        let place = |code| used.binary_search(code).unwrap_or(0) as u32;
        let places = (used.len() > 1).then(|| codes.iter().map(place).collect());
        let blocks = (0..codes.len().div_ceil(BLOCK)).map(|_| OnceLock::new()).collect();
        Rendered { rows: codes.len(), places, layouts: resolved, times, blocks }
    }

    pub(super) fn len(&self) -> usize {
        self.rows
    }

    fn layout(&self, row: usize) -> Option<&Resolved> {
        self.layouts[self.places.as_ref().map_or(0, |places| places[row] as usize)].as_ref()
    }

    pub(super) fn has(&self, row: usize) -> bool {
        self.layout(row).is_some()
    }

    /// What tells the row's layout from others, and the layout as text.
    #[cfg(feature = "parquet")]
    pub(super) fn layout_text(&self, row: usize) -> Option<(*const (), impl FnOnce() -> String)> {
        let resolved = self.layout(row)?;
        Some((std::ptr::from_ref(resolved).cast(), || resolved.layout.to_text(&resolved.names)))
    }

    /// The row's text, kept from now on with that of its neighbours.
    pub(super) fn get(&self, row: usize) -> Option<&str> {
        if !self.has(row) {
            return None;
        }
        let block = self.blocks[row / BLOCK].get_or_init(|| self.block(row / BLOCK));
        let at = row % BLOCK;
        let start = if at == 0 { 0 } else { block.ends[at - 1] };
        Some(&block.text[start as usize..block.ends[at] as usize])
    }

    fn block(&self, block: usize) -> Block {
        let (mut text, mut ends) = (String::new(), Vec::with_capacity(BLOCK));
        for row in block * BLOCK..self.rows.min((block + 1) * BLOCK) {
            self.render(row, &mut text);
            ends.push(text.len() as u32);
        }
        text.shrink_to_fit();
        Block { text, ends }
    }

    /// Appends the row's text.
    pub(super) fn render(&self, row: usize, text: &mut String) {
        let Some(Resolved { layout, columns, .. }) = self.layout(row) else { return };
        let mut from = 0;
        for (piece, column) in layout.pieces.iter().zip(columns) {
            text.push_str(&layout.words[from..piece.until as usize]);
            from = piece.until as usize;
            let value = column.as_ref().map_or(ValueRef::Null, |column| column.get(row));
            match (piece.form, value) {
                (Form::Time, _) => {
                    if let Some(times) = &self.times {
                        text.push_str(&number_text(times.values[row]));
                    }
                }
                (Form::Escaped, ValueRef::Str(value)) => escape(value, text),
                (Form::Inside, ValueRef::Str(value)) => write_inside(text, value),
                (Form::Quoted | Form::Texts, ValueRef::Str(value)) => write_string(text, value),
                (Form::Quoted | Form::Bare, ValueRef::Multi(values)) => {
                    text.push('[');
                    each(values, piece.form == Form::Quoted, text);
                    text.push(']');
                }
                (Form::Texts | Form::Values, ValueRef::Multi(values)) => each(values, piece.form == Form::Texts, text),
                (_, ValueRef::Str(value)) => text.push_str(value),
                _ => {}
            }
        }
        text.push_str(&layout.words[from..]);
    }

    pub(super) fn bytes(&self) -> usize {
        let block = |block: &OnceLock<Block>| block.get().map_or(0, |b| b.text.capacity() + b.ends.capacity() * 4);
        let places = self.places.as_ref().map_or(0, |places| places.len() * 4);
        places + self.blocks.iter().map(|b| size_of::<OnceLock<Block>>() + block(b)).sum::<usize>()
    }
}

/// Appends values with commas between them.
fn each(values: MultiRef<'_>, quoted: bool, text: &mut String) {
    for (n, value) in values.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        match value {
            ValueRef::Str(value) if quoted => write_string(text, value),
            value => value.write_text(text),
        }
    }
}

fn escape(value: &str, text: &mut String) {
    let mut rest = value;
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        text.push('\\');
        text.push_str(&rest[at..=at]);
        rest = &rest[at + 1..];
    }
    text.push_str(rest);
}
