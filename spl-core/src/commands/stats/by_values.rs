//! `dedup_splitvals=true`: each value of a multivalue BY field once in a row.

use super::super::prelude::*;

/// Multivalues of these fields without their repetitions.
#[derive(Debug)]
pub(in crate::commands) struct DistinctValues {
    pub(in crate::commands) fields: Vec<FieldName>,
}

impl CommandNode for DistinctValues {
    fn describe(&self) -> String {
        format!("dedup_splitvals {}", self.fields.join(", "))
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of(&self.fields))
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn writes(&self) -> FieldSet {
        FieldSet::of(&self.fields)
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let fields = input.declared_fields().map(<[_]>::to_vec);
        let table = cx.map_batches(input, |mut batch| {
            for field in &self.fields {
                if let Some(column) = batch.column(field).filter(|c| may_be_multivalue(c)) {
                    let values = (0..batch.rows()).map(|row| distinct(column.value(row))).collect();
                    batch.set(field, Column::from_values(values));
                }
            }
            Ok(batch)
        })?;
        Ok(table.with_declared(fields))
    }
}

fn may_be_multivalue(column: &Column) -> bool {
    matches!(column, Column::Multi(_) | Column::Mixed(_) | Column::Const(Value::Multi(_), _))
}

fn distinct(value: Value) -> Value {
    let mut kept: Vec<Value> = Vec::new();
    for part in value.values() {
        if !kept.iter().any(|k| k.text() == part.text()) {
            kept.push(part.clone());
        }
    }
    Value::multi(kept)
}
