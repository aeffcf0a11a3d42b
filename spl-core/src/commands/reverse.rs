//! `reverse`: the last row first.

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "reverse",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "reverse",
    summary: "Puts the rows in the opposite order.",
    examples: &[Example { spl: "| makeresults format=csv data=\"n\n1\n2\n3\" | reverse", result: "n\n3\n2\n1" }],
    parse: |args| {
        args.end()?;
        Ok(Box::new(Reverse))
    },
};

/// Also a node of plans: what [`Plan::command`] takes.
#[derive(Debug)]
pub(super) struct Reverse;

impl Command for Reverse {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(Reverse))
    }
}

impl CommandNode for Reverse {
    fn describe(&self) -> String {
        "reverse".to_owned()
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone()
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let turned = |batch: Batch| batch.take(&(0..batch.rows() as u32).rev().collect::<Vec<_>>());
        let batches = input.into_batches().into_iter().rev().map(turned).collect();
        Ok(Table::in_order(batches).with_fields_after(declared))
    }
}
