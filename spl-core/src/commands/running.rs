//! What the commands share that compute a field of each row from a field of the rows up to it: accum, delta, autoregress, trendline.

use super::prelude::*;
use super::stats::clause::declare;
use crate::table::{Bitmap, NumColumn};

/// Columns from the column of one field, all rows in order.
pub(super) type Compute = dyn Fn(&Column) -> Vec<Column> + Send + Sync;

/// Fields computed from another field, row after row.
pub(super) struct Running {
    pub(super) describe: String,
    pub(super) field: String,
    /// The fields written, in the order of what `compute` gives.
    pub(super) targets: Vec<String>,
    pub(super) compute: Arc<Compute>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.describe)
    }
}

impl CommandNode for Running {
    fn describe(&self) -> String {
        self.describe.clone()
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        let mut set = wanted.clone();
        self.targets.iter().for_each(|target| set.remove(target));
        set.insert(&self.field);
        set
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let mut fields = input.declared_fields().map(<[_]>::to_vec);
        let mut batches = input.into_batches();
        let column = column_of(&batches, &self.field);
        for (target, column) in self.targets.iter().zip((self.compute)(&column)) {
            set_column(&mut batches, target, &column);
            if let Some(fields) = &mut fields {
                declare(fields, target);
            }
        }
        Ok(Table::in_order(batches).with_declared(fields))
    }
}

/// A field's values in all rows.
pub(super) fn column_of(batches: &[Batch], field: &str) -> Column {
    Column::concat(&batches.iter().map(|batch| batch.column_or_null(field)).collect::<Vec<_>>())
}

/// Gives a field's values back to the batches.
pub(super) fn set_column(batches: &mut [Batch], field: &str, column: &Column) {
    let mut from = 0;
    for batch in batches {
        let to = from + batch.rows();
        batch.set(field, column.slice(from..to));
        from = to;
    }
}

/// The number in each row, NaN where there is none.
pub(super) fn numbers_of(column: &Column) -> Vec<f64> {
    (0..column.len()).map(|row| column.get(row).number().unwrap_or(f64::NAN)).collect()
}

/// Numbers as a column; NaN is none.
pub(super) fn optional_numbers(values: Vec<f64>) -> Column {
    let valid = Bitmap::from_fn(values.len(), |row| !values[row].is_nan());
    let valid = (!valid.all()).then_some(valid);
    Column::Num(Arc::new(NumColumn::new(values, valid, None)))
}
