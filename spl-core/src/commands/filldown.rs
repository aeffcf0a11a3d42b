//! `filldown`: the last value above for rows without one.

use super::prelude::*;
use super::running::{column_of, set_column};
use crate::exec::expand_fields;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "filldown",
    aliases: &[],
    kind: Kind::CentralizedStreaming,
    syntax: "filldown [<wc-field-list>]",
    summary: "Fills missing values with the last value above them, in the fields listed or in all.",
    examples: &[Example {
        spl: "| makeresults count=3 | streamstats count AS n | eval x=if(n=2, null(), n) | filldown x | table n x",
        result: "n | x\n1 | 1\n2 | 1\n3 | 3",
    }],
    parse: |args| {
        let fields = args.fields_if_any(&[])?;
        args.end()?;
        Ok(Box::new(Filldown { fields: fields.into_iter().map(|field| field.node).collect() }))
    },
};

#[derive(Clone, Debug)]
struct Filldown {
    fields: Vec<String>,
}

impl Command for Filldown {
    fn kind(&self) -> Kind {
        Kind::CentralizedStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(self.clone()))
    }
}

impl CommandNode for Filldown {
    fn describe(&self) -> String {
        format!("filldown {}", self.fields.join(", "))
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        // What a field is filled with comes from the field itself.
        wanted.clone()
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let present = input.fields();
        let fields = if self.fields.is_empty() { present.clone() } else { expand_fields(&self.fields, &present) };
        let mut batches = input.into_batches();
        for field in fields.iter().filter(|field| present.contains(field)) {
            let column = column_of(&batches, field);
            let has = column.present();
            if has.all() || has.none() {
                continue;
            }
            let mut last = u32::MAX;
            let from = |row: usize| {
                if has.get(row) {
                    last = row as u32;
                }
                last
            };
            let filled = column.take_or_null(&(0..column.len()).map(from).collect::<Vec<_>>());
            set_column(&mut batches, field, &filled);
        }
        Ok(Table::in_order(batches).with_declared(declared))
    }
}
