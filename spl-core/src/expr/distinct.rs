//! Evaluation once for each distinct value: what depends on one dictionary-coded field is computed over the dictionary's entries and
//! mapped through the codes.

use std::sync::Arc;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::bind::{Bound, Node};
use super::eval::Frame;
use crate::cores::each;
use crate::functions::Shape;
use crate::table::{Batch, Bitmap, Column, Dictionary, NumColumn, dictionaries_of};
use crate::value::Value;

/// Entries evaluated as one piece.
const PIECE: usize = 1_024;

impl Bound {
    /// The field to evaluate by distinct value, when there is exactly one and the rest does not vary.
    pub(super) fn distinct_field(&self) -> Option<&str> {
        match &self.fields[..] {
            [field] if !self.volatile && !matches!(self.node, Node::Field(_)) => Some(field),
            _ => None,
        }
    }

    /// Whether it is what a dictionary knows of each of its texts.
    fn is_measure(&self) -> bool {
        matches!(&self.node, Node::Call(function, arguments)
            if matches!(function.shape, Shape::Measure(..)) && matches!(arguments[..], [Bound { node: Node::Field(_), .. }]))
    }

    /// The columns for all batches, by distinct value of `field` where its column is coded or constant.
    pub(super) fn eval_distinct(&self, field: &str, frame: &Frame<'_>) -> Vec<Column> {
        let columns: Vec<Option<&Column>> = frame.batches.iter().map(|b| b.column(field)).collect();
        let dictionaries = dictionaries_of(columns.iter().copied());
        let known_already = self.is_measure();
        let mapped: Vec<Option<Column>> = dictionaries
            .iter()
            .map(|(dictionary, rows)| {
                let worth = !known_already && dictionary.len() <= 2 * rows + 64;
                worth.then(|| self.over_entries(field, dictionary, frame))
            })
            .collect();
        let constant = |value: &Value, rows: usize| {
            let single = one_column(field, Column::Const(value.clone(), 1));
            let result = self.eval_plain(&frame.with(std::slice::from_ref(&single)));
            Column::Const(result[0].value(0), rows)
        };
        let one = |batch: &Batch, column: &Option<&Column>| match column {
            None => constant(&Value::Null, batch.rows()),
            Some(Column::Const(value, rows)) => constant(value, *rows),
            Some(Column::Dict(dictionary, codes)) if !known_already => {
                let known = dictionaries.iter().position(|(d, _)| Arc::ptr_eq(d, dictionary));
                match known.and_then(|i| mapped[i].as_ref()) {
                    Some(entries) => map_codes(entries, codes),
                    None => self.over_used(field, dictionary, codes, frame),
                }
            }
            Some(_) => {
                let mut result = self.eval_plain(&frame.with(std::slice::from_ref(batch)));
                result.swap_remove(0)
            }
        };
        each(frame.batches.iter().zip(&columns).collect(), |(batch, column)| one(batch, column))
    }

    /// The value for every entry of a dictionary; row `code` of the result belongs to that code, row 0 to null.
    fn over_entries(&self, field: &str, dictionary: &Arc<Dictionary>, frame: &Frame<'_>) -> Column {
        let codes: Vec<u32> = (0..=dictionary.len() as u32).collect();
        let pieces: Vec<Batch> = codes
            .chunks(PIECE)
            .map(|chunk| one_column(field, Column::Dict(dictionary.clone(), chunk.into())))
            .collect();
        let results: Vec<Column> = if pieces.len() == 1 {
            self.eval_plain(&frame.with(&pieces))
        } else {
            pieces
                .par_iter()
                .map(|piece| self.eval_plain(&frame.with(std::slice::from_ref(piece))).swap_remove(0))
                .collect()
        };
        tighten(concat(results))
    }

    /// A call whose only argument that varies is numbers that repeat, as times do, over all batches: once for each of them. `columns` are the
    /// arguments, each with its batches. Nothing when numbers hardly repeat, or when looking one up costs more than the call.
    pub(super) fn combine_numbers(&self, columns: &[Vec<Column>], frame: &Frame<'_>) -> Option<Vec<Column>> {
        let costly = match &self.node {
            Node::Prepared(..) => true,
            Node::Call(function, _) => matches!(function.shape, Shape::Row(_) | Shape::Text1(_) | Shape::Measure(..)),
            _ => false,
        };
        if !costly || self.volatile {
            return None;
        }
        let literal = |argument: &Vec<Column>| match argument.first() {
            Some(Column::Const(value, _)) => {
                let same = |c: &Column| matches!(c, Column::Const(other, _) if other == value);
                argument.iter().all(same).then(|| value.clone())
            }
            _ => None,
        };
        let literals: Vec<Option<Value>> = columns.iter().map(literal).collect();
        let mut varying = (0..columns.len()).filter(|&i| literals[i].is_none());
        let (Some(at), None) = (varying.next(), varying.next()) else { return None };
        let batches = &columns[at];
        let (numbers, codes) = number_codes(batches)?;
        let entries: Vec<Column> = numbers
            .par_chunks(PIECE)
            .map(|piece| {
                let args: Vec<Column> = literals
                    .iter()
                    .map(|literal| match literal {
                        Some(value) => Column::Const(value.clone(), piece.len()),
                        None => number_column(piece, batches),
                    })
                    .collect();
                self.combine(&args.iter().collect::<Vec<_>>(), piece.len(), frame.cx)
            })
            .collect();
        let entries = tighten(concat(entries));
        Some(codes.par_iter().map(|codes| map_codes(&entries, codes)).collect())
    }

    /// As `over_entries`, but only for the codes that these rows use: the dictionary is far larger than the rows.
    fn over_used(&self, field: &str, dictionary: &Arc<Dictionary>, codes: &[u32], frame: &Frame<'_>) -> Column {
        let mut used: Vec<u32> = codes.to_vec();
        used.sort_unstable();
        used.dedup();
        let batch = one_column(field, Column::Dict(dictionary.clone(), used.as_slice().into()));
        let result = tighten(self.eval_plain(&frame.with(std::slice::from_ref(&batch))).swap_remove(0));
        let places: Vec<u32> = codes.iter().map(|code| used.binary_search(code).unwrap_or(0) as u32).collect();
        map_codes(&result, &places)
    }
}

/// The distinct numbers of some columns, and each row's place among them; the first stands for no value. Nothing when a column holds something
/// else, prints otherwise than the others, or when more than a quarter of the numbers differ.
fn number_codes(columns: &[Column]) -> Option<(Vec<f64>, Vec<Vec<u32>>)> {
    let mut kinds = columns.iter().map(|column| match column {
        Column::Num(numbers) => Some(numbers.decimals),
        _ => None,
    });
    let first = kinds.next()??;
    let rows: usize = columns.iter().map(Column::len).sum();
    if rows < 64 || !kinds.all(|kind| kind == Some(first)) {
        return None;
    }
    let mut known: HashMap<u64, u32, foldhash::fast::FixedState> = HashMap::default();
    let mut distinct = vec![f64::NAN];
    let mut codes = Vec::with_capacity(columns.len());
    for column in columns {
        let Column::Num(numbers) = column else { return None };
        let mut last = (0, 0);
        let mut own = Vec::with_capacity(numbers.values.len());
        for (row, number) in numbers.values.iter().enumerate() {
            if numbers.valid.as_ref().is_some_and(|valid| !valid.get(row)) {
                own.push(0);
                continue;
            }
            let bits = number.to_bits();
            if last.1 == 0 || last.0 != bits {
                let code = *known.entry(bits).or_insert_with(|| {
                    distinct.push(*number);
                    distinct.len() as u32 - 1
                });
                if number.is_nan() || distinct.len() > rows / 4 {
                    return None;
                }
                last = (bits, code);
            }
            own.push(last.1);
        }
        codes.push(own);
    }
    Some((distinct, codes))
}

/// Numbers as a column that prints as those of `like` do; what is the placeholder for no value has none.
fn number_column(numbers: &[f64], like: &[Column]) -> Column {
    let decimals = match like.first() {
        Some(Column::Num(numbers)) => numbers.decimals,
        _ => None,
    };
    let valid = Some(Bitmap::from_fn(numbers.len(), |row| !numbers[row].is_nan()));
    Column::Num(Arc::new(NumColumn::new(numbers.to_vec(), valid, decimals)))
}

fn one_column(field: &str, column: Column) -> Batch {
    let mut batch = Batch::new(column.len());
    batch.set(field, column);
    batch
}

/// Columns end to end.
fn concat(mut columns: Vec<Column>) -> Column {
    if columns.len() == 1 {
        return columns.swap_remove(0);
    }
    if columns.iter().all(|c| matches!(c, Column::Bool(_))) {
        let rows = columns.iter().map(Column::len).sum();
        let (mut truth, mut known) = (Bitmap::filled(rows, false), Bitmap::filled(rows, false));
        let mut at = 0;
        for column in &columns {
            if let Column::Bool(bits) = column {
                for row in 0..column.len() {
                    truth.set(at + row, bits.0.get(row));
                    known.set(at + row, bits.1.get(row));
                }
            }
            at += column.len();
        }
        return Column::Bool(Arc::new((truth, known)));
    }
    Column::concat_coded(&columns)
}

/// Texts become a dictionary, so that mapping them is copying codes.
fn tighten(column: Column) -> Column {
    match &column {
        Column::Mixed(values) if values.iter().all(|v| matches!(v, Value::Str(_) | Value::Null)) => {
            match column.encode() {
                Some((dictionary, codes)) => Column::Dict(dictionary, codes),
                None => column,
            }
        }
        Column::Text(_) => match column.encode() {
            Some((dictionary, codes)) => Column::Dict(dictionary, codes),
            None => column,
        },
        _ => column,
    }
}

/// The rows `codes` of `entries`.
fn map_codes(entries: &Column, codes: &[u32]) -> Column {
    match entries {
        Column::Bool(bits) => {
            let table = |bits: &Bitmap| -> Vec<bool> { (0..bits.len()).map(|i| bits.get(i)).collect() };
            Column::Bool(Arc::new((
                Bitmap::from_truth(codes, &table(&bits.0)),
                if bits.1.all() {
                    Bitmap::filled(codes.len(), true)
                } else {
                    Bitmap::from_truth(codes, &table(&bits.1))
                },
            )))
        }
        other => other.take(codes),
    }
}
