//! `lookup`: fields from the rows of a lookup table that match.
//!
//! Source: Search Reference, "lookup".

use super::prelude::*;
use crate::knowledge::LookupJoin;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "lookup",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "lookup [local=<bool>] [update=<bool>] [event_time_field=<field>] <lookup-table> <lookup-field> [AS <event-field>]... [OUTPUT|OUTPUTNEW <lookup-destfield> [AS <event-destfield>]...]",
    summary: "Adds fields from the rows of a lookup table that match fields of the events.",
    examples: &[],
    parse: |args| Ok(Box::new(LookupCommand::parse(args)?)),
};

#[derive(Debug)]
struct LookupCommand {
    table: Spanned<String>,
    /// Pairs of (the table's column, the event's field).
    keys: Vec<(String, String)>,
    /// The same; all columns that are no keys when not given.
    outputs: Option<Vec<(String, String)>>,
    /// `OUTPUTNEW`: a value that is there stays.
    only_new: bool,
    time_field: Option<String>,
}

impl LookupCommand {
    fn parse(args: &mut Args<'_>) -> Result<Self> {
        // Where and when the table is read does not change what it says.
        args.option("local")?.bool()?;
        args.option("update")?.bool()?;
        let time_field = args.option("event_time_field")?.string()?;
        let table = args.string("the name of a lookup")?;
        let keys = pairs(args)?;
        if keys.is_empty() {
            bail!(Syntax, args.here(), "lookup needs a column to look up by"; hint: "lookup <table> <column> AS <field> OUTPUT <column>");
        }
        let only_new = args.keyword("outputnew");
        let outputs = if only_new || args.keyword("output") { Some(pairs(args)?) } else { None };
        if outputs.as_ref().is_some_and(Vec::is_empty) {
            bail!(Syntax, args.here(), "lookup needs a column to give");
        }
        args.end()?;
        Ok(LookupCommand { table, keys, outputs, only_new, time_field })
    }
}

/// `column [AS field]`, several.
fn pairs(args: &mut Args<'_>) -> Result<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    loop {
        while args.punct(",") {}
        if args.is_empty() || args.at_keyword("output") || args.at_keyword("outputnew") {
            return Ok(pairs);
        }
        let column = args.field()?.node;
        let field = if args.keyword("as") { args.field()?.node } else { column.clone() };
        pairs.push((column, field));
    }
}

impl Command for LookupCommand {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let (name, outputs) = (&self.table.node, self.outputs.clone());
        let join = LookupJoin::new(cx.catalog.lookups(), name, &self.keys, outputs, self.only_new, &cx.functions)
            .map_err(|e| Box::new((*e).at(self.table.span)))?;
        let join = match &self.time_field {
            Some(field) => join.with_time_field(field),
            None => join,
        };
        Ok(input.command(LookupNode { join }))
    }
}

#[derive(Debug)]
struct LookupNode {
    join: LookupJoin,
}

impl CommandNode for LookupNode {
    fn describe(&self) -> String {
        format!("{:?}", self.join)
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        let mut set = wanted.clone();
        if !self.join.only_new() {
            self.join.outputs().iter().for_each(|field| set.remove(field));
        }
        self.join.reads().for_each(|field| set.insert(field));
        set
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn writes(&self) -> FieldSet {
        FieldSet::of(self.join.outputs())
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let mut batches = input.into_batches();
        self.join.apply(&mut batches, &cx.functions.notes);
        cx.check()?;
        let table = Table::new(batches);
        Ok(match declared {
            Some(mut fields) => {
                self.join.outputs().iter().for_each(|field| super::stats::clause::declare(&mut fields, field));
                table.with_fields(fields)
            }
            None => table,
        })
    }
}
