//! `table`: exactly these fields, in this order.

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "table",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "table <wc-field-list>",
    summary: "Keeps exactly the fields listed, in the order given.",
    examples: &[Example { spl: "| makeresults | eval b=2, a=1 | table a b c", result: "a | b | c\n1 | 2 | null" }],
    parse: |args| {
        let list = args.field_list(&[])?;
        args.end()?;
        Ok(Box::new(TableOf { list: list.into_iter().map(|f| f.node).collect() }))
    },
};

#[derive(Debug)]
struct TableOf {
    list: Arc<[String]>,
}

impl Command for TableOf {
    fn kind(&self) -> Kind {
        Kind::Transforming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Project(Box::new(input), Projection::Exactly(self.list.clone())))
    }
}
