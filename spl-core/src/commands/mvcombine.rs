//! `mvcombine`: rows that agree in every other field become one.

use super::prelude::*;
use crate::exec::group_rows_exactly;
use crate::table::ColumnBuilder;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "mvcombine",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "mvcombine [delim=<string>] <field>",
    summary: "Makes one row of rows that are equal but for one field, which gets all their values.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"ip,port\n10.0.0.1,80\n10.0.0.1,443\n10.0.0.7,22\" | mvcombine port",
        result: "ip       | port\n10.0.0.1 | (80; 443)\n10.0.0.7 | 22",
    }],
    parse: |args| {
        let delim = args.option("delim")?.string()?.unwrap_or_else(|| " ".to_owned());
        let field = args.field()?.node;
        args.end()?;
        Ok(Box::new(Mvcombine { field, delim }))
    },
};

#[derive(Debug)]
struct Mvcombine {
    field: String,
    delim: String,
}

impl Command for Mvcombine {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        cx.multivalue_delims.insert(self.field.clone(), self.delim.clone());
        Ok(input.command(Node { field: self.field.clone() }))
    }
}

#[derive(Debug)]
struct Node {
    field: String,
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("mvcombine {}", self.field)
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let fields = input.fields();
        if !fields.iter().any(|f| **f == *self.field) {
            return Ok(input);
        }
        let others: Vec<FieldName> = fields.into_iter().filter(|f| **f != *self.field).collect();
        let grouping = group_rows_exactly(input.batches(), &others);
        if grouping.count == input.rows() {
            return Ok(input);
        }
        // The first row of each group stands for it, with the values of all.
        let mut picks = Vec::with_capacity(grouping.count);
        let mut values: Vec<Vec<Value>> = vec![Vec::new(); grouping.count];
        for (b, (batch, groups)) in input.batches().iter().zip(&grouping.groups).enumerate() {
            for (row, &group) in groups.iter().enumerate() {
                if group as usize > picks.len() {
                    picks.push((b as u32, row as u32));
                }
                batch.get(&self.field, row).for_each(|value| values[group as usize - 1].push(value.to_value()));
            }
        }
        let mut values = values.into_iter();
        let combined = input.gather(&picks).into_batches().into_iter().map(|mut batch| {
            let mut column = ColumnBuilder::default();
            values.by_ref().take(batch.rows()).for_each(|values| column.push(Value::multi(values)));
            batch.set(&self.field, column.finish());
            batch
        });
        Ok(Table::in_order(combined.collect()).with_fields_after(declared))
    }
}
