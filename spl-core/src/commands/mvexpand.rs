//! `mvexpand`: a row for each value of a multivalue.

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "mvexpand",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "mvexpand <field> [limit=<int>]",
    summary: "Makes a row for each value of a field, the other fields copied; rows without the field stay.",
    examples: &[Example {
        spl: "| makeresults | eval a=1, x=\"u,v\" | makemv delim=\",\" x | mvexpand x | table a x",
        result: "a | x\n1 | u\n1 | v",
    }],
    parse: |args| {
        let limit = args.option("limit")?.count()?.unwrap_or(0);
        let field = args.field()?.node;
        args.end()?;
        Ok(Box::new(Mvexpand(Arc::new(Node { field, limit }))))
    },
};

#[derive(Debug)]
struct Mvexpand(Arc<Node>);

/// `limit` values of each row at most; 0 takes all.
#[derive(Debug)]
struct Node {
    field: String,
    limit: usize,
}

impl Command for Mvexpand {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        // Internal fields hold one value.
        if self.0.field.starts_with('_') {
            return Ok(input);
        }
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("mvexpand {}", self.field)
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of([&self.field]))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let most = if self.limit == 0 { usize::MAX } else { self.limit };
        let mut left = usize::try_from(cx.limits.rows).unwrap_or(usize::MAX);
        let mut expanded = Vec::new();
        for batch in input.into_batches() {
            cx.check()?;
            let batch = expand(batch, &self.field, most);
            left = match left.checked_sub(batch.rows()) {
                Some(left) => left,
                None => bail!(Limit, "mvexpand gives more than the limit of {} rows", cx.limits.rows),
            };
            expanded.push(batch);
        }
        Ok(Table::in_order(expanded).with_fields_after(declared))
    }
}

fn expand(batch: Batch, field: &str, most: usize) -> Batch {
    let Some(column) = batch.column(field) else { return batch };
    if matches!(column, Column::Dict(..) | Column::Text(_) | Column::Num(_) | Column::Bool(_)) {
        return batch;
    }
    let (mut rows, mut values) = (Vec::new(), crate::table::ColumnBuilder::default());
    for row in 0..batch.rows() {
        match column.get(row) {
            ValueRef::Multi(parts) => {
                for part in parts.iter().take(most) {
                    rows.push(row as u32);
                    values.push(part.to_value());
                }
            }
            single => {
                rows.push(row as u32);
                values.push(single.to_value());
            }
        }
    }
    let mut expanded = batch.take(&rows);
    expanded.set(field, values.finish());
    expanded
}
