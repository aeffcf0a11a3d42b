//! `eval`: fields from expressions.

use rayon::prelude::*;

use super::run::RunContext;
use crate::plan::Assignment;
use crate::table::{Batch, Bitmap, Column, Table, field_name};
use crate::value::{Value, ValueRef};

/// Rows from which on it is worth telling other cores.
const MANY: usize = 4_096;

/// Each assignment over all batches, left to right.
pub(super) fn extend(table: Table, assignments: &[Assignment], cx: &RunContext<'_>) -> Table {
    let fields = table.declared_fields().map(<[_]>::to_vec);
    let many = table.rows() >= MANY;
    let mut batches = table.into_batches();
    let mut rest = assignments;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(if many { independent(rest) } else { 1 });
        let columns: Vec<Vec<Column>> = match now {
            [only] => vec![only.value.eval(&batches, &cx.functions)],
            // What one does on a single core goes on beside another.
            _ => now.par_iter().map(|assignment| assignment.value.eval(&batches, &cx.functions)).collect(),
        };
        for (assignment, columns) in now.iter().zip(columns) {
            for (batch, column) in batches.iter_mut().zip(columns) {
                let column = storable(column);
                if assignment.is_named_by_rows() {
                    set_named_by_rows(batch, assignment, &column)
                } else {
                    batch.set(&assignment.target, column)
                }
            }
        }
        rest = later;
    }
    Table::new(batches).with_fields_after(fields)
}

/// How many of the assignments, from the first on, read nothing that another of them writes.
fn independent(assignments: &[Assignment]) -> usize {
    let alone = |assignment: &Assignment| {
        let value = &assignment.value;
        assignment.is_named_by_rows() || value.is_volatile() || value.fields().iter().any(|field| field.contains('*'))
    };
    let reads = |assignment: &Assignment, written: &[Assignment]| {
        assignment.value.fields().iter().any(|field| written.iter().any(|earlier| earlier.target == *field))
    };
    let joins = |at: usize| !alone(&assignments[at]) && !reads(&assignments[at], &assignments[..at]);
    if joins(0) { (1..assignments.len()).take_while(|&at| joins(at)).count() + 1 } else { 1 }
}

/// Truth values as the text they show, since no field can hold them.
fn storable(column: Column) -> Column {
    match &column {
        Column::Bool(_) | Column::Const(Value::Bool(_), _) => {
            let text = |value: ValueRef<'_>| match value {
                ValueRef::Null => Value::Null,
                other => Value::str(other.text()),
            };
            Column::from_values((0..column.len()).map(|row| text(column.get(row))).collect())
        }
        _ => column,
    }
}

/// `eval {name}=...`: the target's name is made from the row's values.
fn set_named_by_rows(batch: &mut Batch, assignment: &Assignment, column: &Column) {
    let parts = assignment.named_parts();
    let end = parts.iter().map(|(text, name)| text.len() + name.len() + 2).sum();
    let name_of = |batch: &Batch, row: usize| -> Option<String> {
        let mut name = String::new();
        for (text, field) in &parts {
            name.push_str(text);
            match batch.get(field, row) {
                ValueRef::Null => return None,
                value => name.push_str(&value.text()),
            }
        }
        name.push_str(&assignment.target[end..]);
        Some(name)
    };
    let names: Vec<Option<String>> = (0..batch.rows()).map(|row| name_of(batch, row)).collect();
    let mut distinct: Vec<&String> = names.iter().flatten().collect();
    distinct.sort_unstable();
    distinct.dedup();
    for target in distinct {
        let here = Bitmap::from_fn(batch.rows(), |row| names[row].as_ref() == Some(target));
        let old = batch.column_or_null(target);
        let values =
            (0..batch.rows()).map(|row| if here.get(row) { column.value(row) } else { old.value(row) }).collect();
        batch.set(field_name(target), Column::from_values(values));
    }
}
