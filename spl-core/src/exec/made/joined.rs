//! What several cores have made, put together: [`joined`].

use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexSet;
use rayon::prelude::*;

use super::{Columns, KEEP, Made, Output, Rows, Texts};
use crate::cores::each;
use crate::table::{Column, FieldName, Interned, TextList};

/// What one core has made of the entries that it took, piece by piece.
pub(in crate::exec) struct Taken {
    pub(in crate::exec) pieces: Vec<Range<usize>>,
    pub(in crate::exec) made: Made,
}

/// Rows of a core's outputs.
type Stretch = (usize, Range<usize>);

/// A field of all cores.
struct Field {
    name: FieldName,
    /// Its slot for each core that has it.
    slots: Vec<Option<usize>>,
    outputs: Vec<Option<Output>>,
}

/// What all cores have made, in the order of the entries, whichever core took them.
pub(in crate::exec) fn joined(mut taken: Vec<Taken>, known: &[FieldName]) -> Columns {
    taken.iter_mut().for_each(|taken| taken.made.fill());
    let stretches = stretches(&taken);
    let join = |Field { name, slots, outputs }: Field| {
        let codes = codes_of(&outputs, &stretches);
        // The first row that sets it, and the slot that it has for the core of that row.
        let first = codes.iter().position(|&code| code != KEEP).and_then(|row| {
            let mut end = 0;
            let has = |(_, rows): &&Stretch| {
                end += rows.len();
                row < end
            };
            stretches.iter().find(has).map(|(core, _)| (row, slots[*core]))
        });
        // Fields that nobody knew of come in the order in which the entries made them.
        let order = match known.iter().position(|known| *known == name) {
            Some(place) => (0, Some(place)),
            None => first.map_or((usize::MAX, None), |(row, slot)| (row + 1, slot)),
        };
        let column = texts(&codes, &outputs, &stretches).unwrap_or_else(|| values(outputs, &stretches));
        (order, (name, column, Rows(codes)))
    };
    let mut columns: Vec<_> = fields(taken).into_par_iter().map(join).collect();
    columns.sort_by_key(|(order, _)| *order);
    columns.into_iter().map(|(_, column)| column).collect()
}

/// The fields that any core has made.
fn fields(mut taken: Vec<Taken>) -> Vec<Field> {
    let names: IndexSet<FieldName> = taken.iter().flat_map(|taken| taken.made.outputs.keys().cloned()).collect();
    let slots = |name: FieldName| {
        let slots = taken.iter().map(|taken| taken.made.outputs.get_index_of(&name)).collect();
        Field { name, slots, outputs: Vec::new() }
    };
    let mut fields: Vec<Field> = names.into_iter().map(slots).collect();
    for field in &mut fields {
        field.outputs = taken.iter_mut().map(|taken| taken.made.outputs.swap_remove(&field.name)).collect();
    }
    fields
}

/// The rows of the cores' outputs in the order of the entries.
fn stretches(taken: &[Taken]) -> Vec<Stretch> {
    let mut pieces: Vec<(Range<usize>, usize)> = Vec::new();
    for (core, taken) in taken.iter().enumerate() {
        pieces.extend(taken.pieces.iter().cloned().map(|piece| (piece, core)));
    }
    pieces.sort_unstable_by_key(|(piece, _)| piece.start);
    let mut next = vec![0; taken.len()];
    let rows = |(piece, core): (Range<usize>, usize)| {
        let start = next[core];
        next[core] += piece.len();
        (core, start..next[core])
    };
    pieces.into_iter().map(rows).collect()
}

/// Which rows have what, in this order.
fn codes_of(outputs: &[Option<Output>], stretches: &[Stretch]) -> Vec<u32> {
    let mut codes = Vec::with_capacity(stretches.iter().map(|(_, rows)| rows.len()).sum());
    for (core, rows) in stretches {
        match &outputs[*core] {
            Some(output) => codes.extend_from_slice(&output.codes[rows.clone()]),
            None => codes.resize(codes.len() + rows.len(), KEEP),
        }
    }
    codes
}

/// The column, if no row has anything but a text: all cores give the texts their codes.
fn texts(codes: &[u32], outputs: &[Option<Output>], stretches: &[Stretch]) -> Option<Column> {
    if outputs.iter().flatten().any(|output| !output.others.is_empty()) {
        return None;
    }
    let none = TextList::default();
    let list = |(core, rows): &Stretch| match outputs[*core].as_ref().map(|output| &output.texts) {
        Some(Texts::Listed(list)) => (list, rows.start as u32..rows.end as u32),
        _ => (&none, 0..0),
    };
    let lists: Vec<(&TextList, Range<u32>)> = stretches.iter().map(list).collect();
    let interned = Interned::new(&lists);
    let mut codes: Vec<u32> = codes.iter().map(|&code| if code == KEEP { 0 } else { code }).collect();
    let mut rest = &mut codes[..];
    let cut = |(_, rows): &Stretch| rest.split_off_mut(..rows.len()).unwrap_or_default();
    let cut: Vec<&mut [u32]> = stretches.iter().map(cut).collect();
    each(cut.into_iter().enumerate().collect(), |(stretch, codes)| interned.fill(stretch, codes));
    let dictionary = interned.dictionary();
    Some(Column::Dict(Arc::new(dictionary), codes.into()))
}

/// The column, whatever its values are.
fn values(outputs: Vec<Option<Output>>, stretches: &[Stretch]) -> Column {
    let columns: Vec<Option<Column>> =
        outputs.into_par_iter().map(|output| output.map(|output| output.finish().0)).collect();
    let picks = |(core, rows): &Stretch| {
        let core = *core as u32;
        (rows.start as u32..rows.end as u32).map(move |row| (core, row))
    };
    let columns: Vec<Option<&Column>> = columns.iter().map(Option::as_ref).collect();
    Column::pick(&columns, &stretches.iter().flat_map(picks).collect::<Vec<_>>())
}
