//! The rows of a table, one after the other, rendered on all cores when they are many.

use std::io::{self, Write};
use std::ops::Range;

use rayon::prelude::*;
use spl_core::table::{Column, Table};
use spl_core::value::ValueRef;

/// Rows that are rendered at a time.
const CHUNK: usize = 1024;

/// One row, its values in the order of the table's fields.
#[derive(Clone, Copy)]
pub(crate) struct Line<'t> {
    columns: &'t [Option<&'t Column>],
    row: usize,
    /// The row's number in the table, from 0.
    pub(crate) number: usize,
}

impl<'t> Line<'t> {
    /// The value of the table's field at this place.
    pub(crate) fn value(self, at: usize) -> ValueRef<'t> {
        self.columns[at].map_or(ValueRef::Null, |column| column.get(self.row))
    }

    /// The values, null where a field is missing.
    pub(crate) fn values(self) -> impl Iterator<Item = ValueRef<'t>> {
        (0..self.columns.len()).map(move |at| self.value(at))
    }
}

/// Some rows of one batch.
struct Chunk<'t> {
    columns: Vec<Option<&'t Column>>,
    rows: Range<usize>,
    first: usize,
}

impl Chunk<'_> {
    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.rows.clone().enumerate().map(|(n, row)| Line { columns: &self.columns, row, number: self.first + n })
    }
}

fn chunks(table: &Table) -> impl Iterator<Item = Chunk<'_>> {
    let fields = table.fields();
    let mut first = 0;
    table.batches().iter().flat_map(move |batch| {
        let columns: Vec<Option<&Column>> = fields.iter().map(|field| batch.column(field)).collect();
        let start = first;
        first += batch.rows();
        (0..batch.rows()).step_by(CHUNK).map(move |row| Chunk {
            columns: columns.clone(),
            rows: row..batch.rows().min(row + CHUNK),
            first: start + row,
        })
    })
}

/// Calls `each` with every row.
pub(crate) fn each_line<E>(table: &Table, mut each: impl FnMut(Line<'_>) -> Result<(), E>) -> Result<(), E> {
    chunks(table).try_for_each(|chunk| chunk.lines().try_for_each(&mut each))
}

/// Writes what `render` makes of every row, in order.
pub(super) fn write_rows(
    table: &Table,
    out: &mut dyn Write,
    render: impl Fn(Line<'_>, &mut String) + Sync,
) -> io::Result<()> {
    let text = |chunk: &Chunk<'_>| {
        let mut text = String::with_capacity(CHUNK * 64);
        chunk.lines().for_each(|line| render(line, &mut text));
        text
    };
    if table.rows() <= CHUNK {
        return chunks(table).try_for_each(|chunk| out.write_all(text(&chunk).as_bytes()));
    }
    // So many at a time that all cores are busy, and so few that the text stays small.
    let at_once = 8 * rayon::current_num_threads();
    let mut chunks = chunks(table);
    loop {
        let group: Vec<Chunk<'_>> = chunks.by_ref().take(at_once).collect();
        if group.is_empty() {
            return Ok(());
        }
        let texts: Vec<String> = group.par_iter().map(text).collect();
        texts.iter().try_for_each(|text| out.write_all(text.as_bytes()))?;
    }
}
