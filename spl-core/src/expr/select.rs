//! Asking a [`SearchPredicate`] of all batches: term by term over the batches still in question, by truth tables over dictionaries.

use std::sync::Arc;

use rayon::prelude::*;

use super::search::{FieldTest, SearchPredicate};
use super::wildcard::Wildcard;
use crate::cores::each;
use crate::error::Notes;
use crate::table::{Batch, Bitmap, Column, Dictionary, dictionaries_of};
use crate::value::ValueRef;

/// Fewer texts are not worth telling another core.
const FEW: usize = 2_048;

impl SearchPredicate {
    /// The rows of each batch that fulfil it. Once the run is ending none do.
    pub fn select(&self, batches: &[Batch], notes: &Notes) -> Vec<Bitmap> {
        self.select_among(&batches.iter().collect::<Vec<_>>(), notes)
    }

    fn select_among(&self, batches: &[&Batch], notes: &Notes) -> Vec<Bitmap> {
        match self {
            SearchPredicate::Always(value) => batches.iter().map(|b| Bitmap::filled(b.rows(), *value)).collect(),
            SearchPredicate::Not(inner) => {
                let mut selected = inner.select_among(batches, notes);
                selected.iter_mut().for_each(Bitmap::negate);
                selected
            }
            SearchPredicate::And(parts) => {
                let mut selected: Vec<Bitmap> = batches.iter().map(|b| Bitmap::filled(b.rows(), true)).collect();
                for part in parts {
                    // Batches that are out already are not looked at again.
                    let live: Vec<usize> = (0..batches.len()).filter(|&b| !selected[b].none()).collect();
                    let asked: Vec<&Batch> = live.iter().map(|&b| batches[b]).collect();
                    for (&b, found) in live.iter().zip(part.select_among(&asked, notes)) {
                        selected[b].and(&found);
                    }
                }
                selected
            }
            SearchPredicate::Or(parts) => {
                let mut selected: Vec<Bitmap> = batches.iter().map(|b| Bitmap::filled(b.rows(), false)).collect();
                for part in parts {
                    let open: Vec<usize> = (0..batches.len()).filter(|&b| !selected[b].all()).collect();
                    let asked: Vec<&Batch> = open.iter().map(|&b| batches[b]).collect();
                    for (&b, found) in open.iter().zip(part.select_among(&asked, notes)) {
                        selected[b].or(&found);
                    }
                }
                selected
            }
            SearchPredicate::Field(name, test) => {
                let columns: Vec<(usize, Option<&Column>)> =
                    batches.iter().map(|b| (b.rows(), b.column(name))).collect();
                test.select(&columns, notes)
            }
            SearchPredicate::Term(term) => {
                let raw_matches = |batch: &&Batch| match batch.column("_raw") {
                    None => Bitmap::filled(batch.rows(), false),
                    Some(_) if notes.is_ending() => Bitmap::filled(batch.rows(), false),
                    Some(raw) => Bitmap::from_fn(batch.rows(), |row| match raw.get(row) {
                        ValueRef::Null => false,
                        value => term.matches(&value.text()),
                    }),
                };
                each(batches.iter().collect(), raw_matches)
            }
        }
    }
}

impl FieldTest {
    /// The rows of each column that pass; an absent column has none.
    fn select(&self, columns: &[(usize, Option<&Column>)], notes: &Notes) -> Vec<Bitmap> {
        let dictionaries = dictionaries_of(columns.iter().map(|(_, column)| *column));
        let truths: Vec<Option<Vec<bool>>> = dictionaries
            .par_iter()
            .map(|(dictionary, rows)| {
                let pays = dictionary.len() <= 4 * rows + 64 && !matches!(self, FieldTest::Exists);
                pays.then(|| self.truth(dictionary))
            })
            .collect();
        let one = |(rows, column): &(usize, Option<&Column>)| match column {
            None => Bitmap::filled(*rows, false),
            Some(_) if notes.is_ending() => Bitmap::filled(*rows, false),
            Some(Column::Const(value, rows)) => Bitmap::filled(*rows, self.accepts(value.as_ref())),
            Some(Column::Dict(_, codes)) if matches!(self, FieldTest::Exists) => {
                Bitmap::from_values(codes, |code| code != 0)
            }
            Some(Column::Dict(dictionary, codes)) => {
                let known = dictionaries.iter().position(|(d, _)| Arc::ptr_eq(d, dictionary));
                match known.and_then(|i| truths[i].as_ref()) {
                    Some(truth) => Bitmap::from_truth(codes, truth),
                    None => {
                        Bitmap::from_fn(*rows, |row| dictionary.get(codes[row]).is_some_and(|t| self.accepts_text(t)))
                    }
                }
            }
            Some(column) => Bitmap::from_fn(*rows, |row| self.accepts(column.get(row))),
        };
        if columns.len() > 3 { each(columns.iter().collect(), one) } else { columns.iter().map(one).collect() }
    }

    /// Whether each code of a dictionary passes; index 0 is no value.
    fn truth(&self, dictionary: &Dictionary) -> Vec<bool> {
        match self {
            FieldTest::Matches(wildcard) => wildcard.truth(dictionary),
            FieldTest::Differs(inner) => {
                let mut truth = inner.truth(dictionary);
                truth.iter_mut().skip(1).for_each(|t| *t = !*t);
                truth
            }
            FieldTest::Any(tests) => {
                let (mut wildcards, mut truth) = (Vec::new(), vec![false; dictionary.len() + 1]);
                for test in tests {
                    match test {
                        FieldTest::Matches(wildcard) => wildcards.push(wildcard),
                        other => truth.iter_mut().zip(other.truth(dictionary)).for_each(|(any, own)| *any |= own),
                    }
                }
                Wildcard::mark_any(&wildcards, dictionary, &mut truth);
                truth
            }
            _ => {
                let accepts = |code: u32| dictionary.get(code).is_some_and(|text| self.accepts_text(text));
                (0..dictionary.len() as u32 + 1).into_par_iter().with_min_len(FEW).map(accepts).collect()
            }
        }
    }
}
