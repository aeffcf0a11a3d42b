//! `cofilter`: how many users two items have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "cofilter",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "cofilter <user-field> <item-field>",
    summary: "Counts for each pair of the second field's values how many of the first field's values have both.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"u,i\na,x\na,y\nb,x\nb,y\nc,x\" | cofilter u i",
        result: "Item 1 | Item 1 user count | Item 2 | Item 2 user count | Pair count\nx      | 3                 | y      | 2                 | 2",
    }],
    parse: |args| {
        let user = args.field()?.node;
        while args.punct(",") {}
        let item = args.field()?.node;
        args.end()?;
        Ok(Box::new(Cofilter(Arc::new(Node { user, item }))))
    },
};

#[derive(Debug)]
struct Cofilter(Arc<Node>);

#[derive(Debug)]
struct Node {
    user: String,
    item: String,
}

impl Command for Cofilter {
    fn kind(&self) -> Kind {
        Kind::Transforming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("cofilter {} {}", self.user, self.item)
    }

    fn reads(&self, _: &FieldSet) -> FieldSet {
        FieldSet::of([&self.user, &self.item])
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let mut items: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for batch in input.batches() {
            for row in 0..batch.rows() {
                let item = batch.get(&self.item, row);
                batch.get(&self.user, row).for_each(|user| {
                    item.for_each(|item| {
                        items.entry(item.text().into_owned()).or_default().insert(user.text().into_owned());
                    });
                });
            }
        }
        let names = ["Item 1", "Item 1 user count", "Item 2", "Item 2 user count", "Pair count"].map(field_name);
        let mut rows = Vec::new();
        let count = |n: usize| Value::Num(n as f64);
        for (first, first_users) in &items {
            cx.check()?;
            for (second, second_users) in
                items.range::<String, _>((std::ops::Bound::Excluded(first), std::ops::Bound::Unbounded))
            {
                let both = first_users.intersection(second_users).count();
                if both > 0 {
                    rows.push(vec![
                        Value::str(first),
                        count(first_users.len()),
                        Value::str(second),
                        count(second_users.len()),
                        count(both),
                    ]);
                }
            }
            if rows.len() as u64 > cx.limits.rows {
                bail!(Limit, "cofilter gives more than the limit of {} rows", cx.limits.rows);
            }
        }
        Ok(Table::from_rows(&names, rows))
    }
}
