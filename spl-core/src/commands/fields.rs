//! `fields`: which fields go on.

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "fields",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "fields [+|-] <wc-field-list>",
    summary: "Keeps the fields listed and the internal ones, or drops the fields listed.",
    examples: &[Example { spl: "| makeresults | eval a=1, b=2 | fields - _time b", result: "a\n1" }],
    parse: |args| {
        let mut list = Vec::new();
        let mut drop = false;
        let mut first = true;
        for field in args.field_list(&[])? {
            let mut name = field.node;
            if first {
                // The sign may stand alone or right before the first field.
                first = false;
                if let Some(rest) = name.strip_prefix(['-', '+']) {
                    drop = name.starts_with('-');
                    name = rest.to_owned();
                    if name.is_empty() {
                        continue;
                    }
                }
            }
            list.push(name);
        }
        args.end()?;
        if list.is_empty() {
            bail!(Syntax, args.here(), "fields needs a field");
        }
        Ok(Box::new(Fields { list: list.into(), drop }))
    },
};

#[derive(Debug)]
struct Fields {
    list: Arc<[String]>,
    drop: bool,
}

impl Command for Fields {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        let list = self.list.clone();
        Ok(Plan::Project(Box::new(input), if self.drop { Projection::Drop(list) } else { Projection::Keep(list) }))
    }
}
