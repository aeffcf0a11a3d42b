//! `require`: a search without rows is an error.

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "require",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "require",
    summary: "Ends the search with an error when there are no rows.",
    examples: &[Example { spl: "| makeresults | eval a=1 | require | table a", result: "a\n1" }],
    parse: |args| {
        args.end()?;
        Ok(Box::new(Require))
    },
};

#[derive(Debug)]
struct Require;

impl Command for Require {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(Require))
    }
}

impl CommandNode for Require {
    fn describe(&self) -> String {
        "require".to_owned()
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone()
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        if input.rows() == 0 {
            bail!(Data, "the search gives no rows, but `require` wants some");
        }
        Ok(input)
    }
}
