//! `typer`: the names of the event types that rows match.
//!
//! Source: Search Reference, "typer".

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "typer",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "typer [eventtypes=<string>] [maxlen=<uint>]",
    summary: "Adds the field eventtype, with the names of the event types that a row matches.",
    examples: &[Example { spl: "| makeresults | eval a=1 | typer | table a", result: "a\n1" }],
    parse: |args| {
        let only = args.option("eventtypes")?.string()?;
        // How much of `_raw` is looked at: here, all of it.
        args.option("maxlen")?.count()?;
        args.end()?;
        let only = only.map(|list| list.split(',').map(|name| name.trim().to_owned()).collect());
        Ok(Box::new(Typer { only }))
    },
};

#[derive(Clone, Debug)]
struct Typer {
    only: Option<Vec<String>>,
}

impl Command for Typer {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let reads = cx.catalog.knowledge().event_type_inputs();
        Ok(input.command(TyperNode { only: self.only.clone(), reads }))
    }
}

#[derive(Debug)]
struct TyperNode {
    only: Option<Vec<String>>,
    reads: FieldSet,
}

impl CommandNode for TyperNode {
    fn describe(&self) -> String {
        "typer".to_owned()
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        let mut set = wanted.clone();
        set.remove("eventtype");
        set.union(&self.reads)
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn writes(&self) -> FieldSet {
        FieldSet::of(["eventtype"])
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let mut batches = input.into_batches();
        cx.catalog.knowledge().give_event_types(&mut batches, self.only.as_deref(), &cx.functions.notes);
        let table = Table::new(batches);
        Ok(table.with_fields_after(declared))
    }
}
