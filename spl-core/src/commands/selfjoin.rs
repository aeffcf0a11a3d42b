//! `selfjoin`: rows put together with other rows of the same table that agree in fields.

use super::prelude::*;
use crate::exec::group_rows;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "selfjoin",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "selfjoin [overwrite=<bool>] [max=<int>] [keepsingle=<bool>] <field-list>",
    summary: "Joins the first row of each group of rows that agree in the fields listed with the next of the group.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"id,a,b\n1,x,\n2,y,\n1,,z\" | selfjoin id",
        result: "id | a | b\n1  | x | z",
    }],
    parse: |args| {
        let overwrite = args.option("overwrite")?.bool()?.unwrap_or(true);
        let max = args.option("max")?.count()?.unwrap_or(1);
        let keepsingle = args.option("keepsingle")?.bool()?.unwrap_or(false);
        let fields = args.field_list(&[])?.into_iter().map(|f| field_name(f.node)).collect();
        args.end()?;
        Ok(Box::new(Selfjoin(Arc::new(Node { fields, overwrite, max, keepsingle }))))
    },
};

#[derive(Debug)]
struct Selfjoin(Arc<Node>);

#[derive(Debug)]
struct Node {
    fields: Vec<FieldName>,
    /// Whether the later row's values count where both have one.
    overwrite: bool,
    /// Later rows joined at most; 0 for all.
    max: usize,
    keepsingle: bool,
}

impl Command for Selfjoin {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("selfjoin {}", self.fields.join(", "))
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of(self.fields.iter()))
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let grouping = group_rows(input.batches(), &self.fields);
        let mut members: Vec<Vec<(u32, u32)>> = vec![Vec::new(); grouping.count];
        for (b, groups) in grouping.groups.iter().enumerate() {
            for (row, &group) in groups.iter().enumerate().filter(|(_, group)| **group != 0) {
                members[group as usize - 1].push((b as u32, row as u32));
            }
        }
        let (mut firsts, mut others) = (Vec::new(), Vec::new());
        for rows in members {
            match &rows[..] {
                [] => {}
                [single] => {
                    if self.keepsingle {
                        firsts.push(*single);
                        others.push(*single);
                    }
                }
                [first, rest @ ..] => {
                    let most = if self.max == 0 { rest.len() } else { self.max };
                    for other in rest.iter().take(most) {
                        firsts.push(*first);
                        others.push(*other);
                    }
                }
            }
        }
        let (mut joined, other) = (input.gather(&firsts).into_single(), input.gather(&others).into_single());
        for (field, new) in other.columns().filter(|(field, _)| !self.fields.contains(field)) {
            let column = match joined.column(field) {
                Some(old) if self.overwrite => new.or(old),
                Some(old) => old.or(new),
                None => new.clone(),
            };
            joined.set(field, column);
        }
        Ok(Table::in_order(vec![joined]).with_fields_after(declared))
    }
}
