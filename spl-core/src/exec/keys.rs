//! Group-by keys as codes: the columns of one field, over all batches, through one dictionary.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::table::{Batch, Column, Dictionary, DictionaryBuilder};
use crate::value::{Value, ValueRef, number_text};

/// The codes of one batch.
#[derive(Clone)]
pub(crate) enum Codes {
    /// Every row has the same.
    Const(u32),
    /// One a row.
    Rows(Arc<[u32]>),
}

impl Codes {
    /// The code of a row.
    pub(crate) fn get(&self, row: usize) -> u32 {
        match self {
            Codes::Const(code) => *code,
            Codes::Rows(codes) => codes[row],
        }
    }

    /// Every code replaced by its entry.
    pub(crate) fn map(&self, entries: &[u32]) -> Codes {
        match self {
            Codes::Const(code) => Codes::Const(entries[*code as usize]),
            Codes::Rows(codes) => Codes::Rows(codes.iter().map(|&code| entries[code as usize]).collect()),
        }
    }
}

/// One key: a dictionary and, for each batch, codes into it. 0 is no value.
pub(crate) struct KeyColumn {
    pub(crate) dictionary: Arc<Dictionary>,
    pub(crate) codes: Vec<Codes>,
}

/// The codes of one key without their texts.
pub(crate) struct KeyCodes<'a> {
    /// The largest code there may be.
    pub(crate) len: usize,
    /// For each batch.
    pub(crate) codes: &'a [Codes],
}

impl KeyColumn {
    pub(crate) fn codes(&self) -> KeyCodes<'_> {
        KeyCodes { len: self.dictionary.len(), codes: &self.codes }
    }

    /// The field's values as codes. A multivalue counts by its joined text.
    pub(crate) fn new(batches: &[Batch], field: &str) -> KeyColumn {
        let columns: Vec<Option<&Column>> = batches.iter().map(|b| b.column(field)).collect();
        let shared = columns.iter().find_map(|c| match c {
            Some(Column::Dict(dictionary, _)) => Some(dictionary.clone()),
            _ => None,
        });
        // Mostly all batches share the field's dictionary, and constants come from it too.
        if let Some(dictionary) = shared {
            let codes: Option<Vec<Codes>> = columns
                .iter()
                .map(|column| match column {
                    None | Some(Column::Const(Value::Null, _)) => Some(Codes::Const(0)),
                    Some(Column::Dict(d, codes)) if Arc::ptr_eq(d, &dictionary) => Some(Codes::Rows(codes.clone())),
                    Some(Column::Const(Value::Str(text), _)) => dictionary.code(text).map(Codes::Const),
                    Some(_) => None,
                })
                .collect();
            if let Some(codes) = codes {
                return KeyColumn { dictionary, codes };
            }
        }
        let mut builder = DictionaryBuilder::default();
        let codes = columns.iter().map(|column| column.map_or(Codes::Const(0), |c| merge(c, &mut builder))).collect();
        KeyColumn { dictionary: Arc::new(builder.finish()), codes }
    }
}

impl KeyColumn {
    /// The same with codes one higher, so that 1 stands for rows without a value.
    pub(crate) fn with_missing(mut self) -> KeyColumn {
        let higher = |codes: &Codes| match codes {
            Codes::Const(code) => Codes::Const(code + 1),
            Codes::Rows(codes) => Codes::Rows(codes.iter().map(|code| code + 1).collect()),
        };
        self.codes = self.codes.iter().map(higher).collect();
        self
    }
}

/// A column's codes in a dictionary under construction.
fn merge(column: &Column, builder: &mut DictionaryBuilder) -> Codes {
    match column {
        Column::Const(value, _) => Codes::Const(if value.is_null() { 0 } else { builder.intern(&value.text()) }),
        Column::Dict(dictionary, codes) => {
            let mut map = vec![0; dictionary.len() + 1];
            let code = |&code: &u32| {
                if map[code as usize] == 0
                    && let Some(text) = dictionary.get(code)
                {
                    map[code as usize] = builder.intern(text);
                }
                map[code as usize]
            };
            Codes::Rows(codes.iter().map(code).collect())
        }
        Column::Num(numbers) if numbers.decimals.is_none() => {
            // Numbers repeat (bins of time): their text is made once for each distinct one.
            let mut known: HashMap<u64, u32, foldhash::fast::FixedState> = HashMap::default();
            let mut code =
                |number: f64| *known.entry(number.to_bits()).or_insert_with(|| builder.intern(&number_text(number)));
            let values = &numbers.values;
            let mut codes = Vec::with_capacity(values.len());
            while let Some(&number) = values.get(codes.len()) {
                match &numbers.valid {
                    Some(valid) if !valid.get(codes.len()) => codes.push(0),
                    Some(_) => codes.push(code(number)),
                    None => codes.resize(numbers.rows_alike(codes.len()), code(number)),
                }
            }
            match codes[..] {
                [first, ..] if numbers.valid.is_none() && known.len() == 1 => Codes::Const(first),
                _ => Codes::Rows(codes.into()),
            }
        }
        other => {
            let code = |row: usize| match other.get(row) {
                ValueRef::Null => 0,
                value => builder.intern(&value.text()),
            };
            Codes::Rows((0..other.len()).map(code).collect())
        }
    }
}
