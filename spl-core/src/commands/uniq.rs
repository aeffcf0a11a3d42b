//! `uniq`: rows that differ from the one before.

use super::prelude::*;
use crate::exec::{Codes, KeyColumn};
use crate::table::Bitmap;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "uniq",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "uniq",
    summary: "Drops rows that are equal in every field to the row before.",
    examples: &[Example { spl: "| makeresults format=csv data=\"n\n1\n1\n2\n1\" | uniq", result: "n\n1\n2\n1" }],
    parse: |args| {
        args.end()?;
        Ok(Box::new(Uniq))
    },
};

#[derive(Debug)]
struct Uniq;

impl Command for Uniq {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(Uniq))
    }
}

impl CommandNode for Uniq {
    fn describe(&self) -> String {
        "uniq".to_owned()
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let keys: Vec<KeyColumn> = input.fields().iter().map(|f| KeyColumn::new(input.batches(), f)).collect();
        // The last row of the batch before.
        let mut before: Option<(usize, usize)> = None;
        let mut kept = Vec::new();
        for (b, batch) in input.batches().iter().enumerate() {
            let codes: Vec<&Codes> = keys.iter().map(|k| &k.codes[b]).collect();
            kept.push(batch.filter(&Bitmap::from_fn(batch.rows(), |row| match (row, before) {
                (0, None) => true,
                (0, Some((b, last))) => keys.iter().zip(&codes).any(|(k, c)| k.codes[b].get(last) != c.get(0)),
                (row, _) => codes.iter().any(|c| c.get(row - 1) != c.get(row)),
            })));
            before = batch.rows().checked_sub(1).map(|last| (b, last)).or(before);
        }
        Ok(Table::in_order(kept).with_fields_after(declared))
    }
}
