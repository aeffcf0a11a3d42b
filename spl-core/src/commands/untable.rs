//! `untable`: a table as rows of (x, name, value), a row for each cell that has a value.

use super::prelude::*;
use crate::table::DictionaryBuilder;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "untable",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "untable <x-field> <y-name-field> <y-data-field>",
    summary: "Turns a table into results: a row for each cell, with its column's name and its value.",
    examples: &[Example {
        spl: "| makeresults | eval x=1, a=2, b=3 | table x a b | untable x name value",
        result: "x | name | value\n1 | a | 2\n1 | b | 3",
    }],
    parse: |args| {
        let (x, name, data) = (args.field()?, comma_field(args)?, comma_field(args)?);
        args.end()?;
        Ok(Box::new(Untable { x: field_name(x.node), name: field_name(name), data: field_name(data) }))
    },
};

fn comma_field(args: &mut Args<'_>) -> Result<String> {
    while args.punct(",") {}
    Ok(args.field()?.node)
}

#[derive(Clone, Debug)]
struct Untable {
    x: FieldName,
    name: FieldName,
    data: FieldName,
}

impl Command for Untable {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(self.clone()))
    }
}

impl CommandNode for Untable {
    fn describe(&self) -> String {
        format!("untable {} {} {}", self.x, self.name, self.data)
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let shown = vec![self.x.clone(), self.name.clone(), self.data.clone()];
        let columns: Vec<FieldName> =
            input.fields().into_iter().filter(|field| *field != self.x && !field.starts_with('_')).collect();
        let mut names = DictionaryBuilder::default();
        let codes: Vec<u32> = columns.iter().map(|column| names.intern(column)).collect();
        let names = Arc::new(names.finish());
        let spread = |batch: &Batch| {
            let cells: Vec<Option<&Column>> = columns.iter().map(|field| batch.column(field)).collect();
            // For each cell with a value its row, its column's name, and its place in the values laid end to end.
            let (mut rows, mut named, mut places) = (Vec::new(), Vec::new(), Vec::new());
            for row in 0..batch.rows() {
                for (at, column) in cells.iter().enumerate() {
                    if column.is_some_and(|column| !column.is_null(row)) {
                        rows.push(row as u32);
                        named.push(codes[at]);
                        places.push((at * batch.rows() + row) as u32);
                    }
                }
            }
            let values = Column::concat(
                &cells.iter().map(|c| c.cloned().unwrap_or_else(|| Column::null(batch.rows()))).collect::<Vec<_>>(),
            );
            let mut result = Batch::new(rows.len());
            result.set(&self.x, batch.column_or_null(&self.x).take(&rows));
            result.set(&self.name, Column::Dict(names.clone(), named.into()));
            result.set(&self.data, values.take(&places));
            result
        };
        let batches = input.batches().iter().map(spread).collect();
        Ok(Table::in_order(batches).with_fields(shown))
    }
}
