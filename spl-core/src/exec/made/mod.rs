//! Fields under construction, made of one value after the other: by one core ([`Made`]), or by several that have them put together
//! ([`joined`]).

mod joined;

use std::sync::Arc;

use indexmap::IndexMap;

use super::per_value::Maker;
use crate::error::Result;
use crate::table::{Column, DictionaryBuilder, Entries, FieldName, Interned, TextList, field_name};
use crate::value::{Value, ValueRef};

pub(super) use joined::{Taken, joined};

/// The row leaves the field as it is.
const KEEP: u32 = u32::MAX;
/// Marks a code that is a place in the list of other values.
const OTHER: u32 = 1 << 31;
/// The row has the next text of those that have no codes yet.
const LISTED: u32 = 1;

/// The fields made of a list of values, with the rows that set them.
pub(super) type Columns = Vec<(FieldName, Column, Rows)>;

/// What rows have been given, as codes of [`Made`].
pub(super) struct Rows(Vec<u32>);

impl Rows {
    /// Whether the row sets the field.
    pub(super) fn sets(&self, row: usize) -> bool {
        self.0[row] != KEEP
    }
}

/// Takes the fields that are made of one value after the other.
pub(crate) struct Made {
    outputs: IndexMap<FieldName, Output, foldhash::fast::FixedState>,
    /// Whether texts get their codes later.
    later: bool,
    /// Values that have had their turn.
    done: usize,
    /// The number of the value whose turn it is.
    row: usize,
}

/// One field under construction: texts by code or in a list, anything else in another.
struct Output {
    texts: Texts,
    codes: Vec<u32>,
    others: Vec<Other>,
}

/// The texts of a field.
enum Texts {
    Coded(DictionaryBuilder),
    /// For codes that cores give together.
    Listed(TextList),
}

enum Other {
    Value(Value),
    List(Vec<Value>),
}

impl Made {
    /// For fields some of which are known already: they have the slots from 0 on.
    pub(super) fn new(known: &[FieldName]) -> Made {
        Made::with(known, false)
    }

    /// The same for one of several cores.
    pub(super) fn of_core(known: &[FieldName]) -> Made {
        Made::with(known, true)
    }

    fn with(known: &[FieldName], later: bool) -> Made {
        let outputs = known.iter().map(|name| (name.clone(), Output::new(later))).collect();
        Made { outputs, later, done: 0, row: 0 }
    }

    /// The slot of a field.
    pub(crate) fn slot(&mut self, name: &str) -> usize {
        match self.outputs.get_index_of(name) {
            Some(slot) => slot,
            None => self.outputs.insert_full(field_name(name), Output::new(self.later)).0,
        }
    }

    /// Whether this value has made the field already.
    pub(crate) fn has(&self, slot: usize) -> bool {
        self.outputs[slot].codes.len() > self.row
    }

    /// Sets a field to a text.
    pub(crate) fn text(&mut self, slot: usize, text: &str) {
        self.outputs[slot].set_text(self.row, text);
    }

    /// Sets a field to a value; null takes it away.
    pub(crate) fn value(&mut self, slot: usize, value: Value) {
        let output = &mut self.outputs[slot];
        match value {
            Value::Null => output.put(self.row, 0),
            Value::Str(text) => output.set_text(self.row, &text),
            other => output.set_other(self.row, Other::Value(other)),
        }
    }

    /// Adds a text to what this value has made of the field so far.
    #[inline]
    pub(crate) fn append(&mut self, slot: usize, text: &str) {
        let output = &mut self.outputs[slot];
        match output.codes.get(self.row) {
            None => output.set_text(self.row, text),
            Some(&code) => match output.others.get_mut((code & !OTHER) as usize).filter(|_| code & OTHER != 0) {
                Some(Other::List(list)) => list.push(Value::str(text)),
                _ => {
                    let list = vec![output.last(code), Value::str(text)];
                    output.set_other(self.row, Other::List(list));
                }
            },
        }
    }

    /// Says which of the texts at hand the setters are about: later ones follow earlier ones.
    pub(crate) fn turn_to(&mut self, text: usize) {
        self.row = self.done + text;
    }

    /// Takes in what the next value makes.
    pub(super) fn take(&mut self, value: ValueRef<'_>, maker: &dyn Maker) -> Result<()> {
        if !value.is_null() {
            maker.of_value(value, self)?;
        }
        self.pass(1);
        Ok(())
    }

    /// Takes in what the next texts make.
    pub(super) fn take_texts(&mut self, texts: Entries<'_>, maker: &dyn Maker) -> Result<()> {
        maker.of_texts(texts, self)?;
        self.pass(texts.len());
        Ok(())
    }

    fn pass(&mut self, values: usize) {
        self.done += values;
        self.row = self.done;
    }

    /// The fields that any value has set.
    pub(super) fn finish(mut self) -> Columns {
        self.fill();
        let finish = |(name, output): (FieldName, Output)| {
            let (column, rows) = output.finish();
            (name, column, rows)
        };
        self.outputs.into_iter().map(finish).collect()
    }

    /// Drops the fields that no value has set; the others get to know of all values.
    fn fill(&mut self) {
        self.outputs.retain(|_, output| !output.codes.is_empty());
        self.outputs.values_mut().for_each(|output| output.codes.resize(self.done, KEEP));
    }
}

impl Output {
    fn new(later: bool) -> Output {
        let texts = if later { Texts::Listed(TextList::default()) } else { Texts::Coded(DictionaryBuilder::default()) };
        Output { texts, codes: Vec::new(), others: Vec::new() }
    }

    #[inline]
    fn set_text(&mut self, row: usize, text: &str) {
        match &mut self.texts {
            Texts::Coded(texts) => {
                let code = texts.intern(text);
                self.place(row, code);
            }
            Texts::Listed(_) => {
                self.put(row, LISTED);
                if let Texts::Listed(texts) = &mut self.texts {
                    texts.push(row as u32, text);
                }
            }
        }
    }

    fn set_other(&mut self, row: usize, other: Other) {
        self.put(row, OTHER | self.others.len() as u32);
        self.others.push(other);
    }

    /// Sets the row's code, in place of the one that it has.
    fn put(&mut self, row: usize, code: u32) {
        if let (Texts::Listed(texts), Some(&LISTED)) = (&mut self.texts, self.codes.get(row)) {
            texts.pop();
        }
        self.place(row, code);
    }

    #[inline]
    fn place(&mut self, row: usize, code: u32) {
        self.codes.resize(row, KEEP);
        self.codes.push(code);
    }

    /// The value of the last row, which has this code.
    fn last(&self, code: u32) -> Value {
        match &self.texts {
            Texts::Listed(texts) if code == LISTED => Value::str(texts.last()),
            Texts::Coded(texts) if code != 0 => value_of(code, |code| Value::str(texts.get(code)), &self.others),
            _ => value_of(code, |_| Value::Null, &self.others),
        }
    }

    /// The column, and what its rows have been given; every value has had its turn.
    fn finish(self) -> (Column, Rows) {
        let Output { texts, codes, others } = self;
        let mut coded: Vec<u32> = codes.iter().map(|&code| if code == KEEP { 0 } else { code }).collect();
        let dictionary = match texts {
            Texts::Coded(texts) => texts.finish(),
            Texts::Listed(list) => {
                let all = [(&list, 0..codes.len() as u32)];
                let interned = Interned::new(&all);
                interned.fill(0, &mut coded);
                interned.dictionary()
            }
        };
        let column = if others.is_empty() {
            Column::Dict(Arc::new(dictionary), coded.into())
        } else {
            let text = |code| dictionary.get(code).map_or(Value::Null, Value::str);
            Column::from_values(coded.iter().map(|&code| value_of(code, text, &others)).collect())
        };
        (column, Rows(codes))
    }
}

/// The value of a code.
fn value_of(code: u32, text: impl Fn(u32) -> Value, others: &[Other]) -> Value {
    match others.get((code & !OTHER) as usize).filter(|_| code & OTHER != 0) {
        Some(Other::Value(value)) => value.clone(),
        Some(Other::List(list)) => Value::multi(list.iter().cloned()),
        None => text(code),
    }
}
