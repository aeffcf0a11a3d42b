//! `setfields`: the same values in every row.

use super::lower;
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "setfields",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "setfields <field>=<string> [, <field>=<string>]...",
    summary: "Sets fields of every row to the texts given.",
    examples: &[Example {
        spl: "| makeresults | setfields ip=\"10.10.10.10\", foo=\"foo bar\" | table ip foo",
        result: "ip          | foo\n10.10.10.10 | foo bar",
    }],
    parse: |args| {
        let mut fields = Vec::new();
        while let Some((name, value)) = args.next_option()? {
            fields.push((name.node.to_owned(), value.text()?));
            while args.punct(",") {}
        }
        args.end()?;
        if fields.is_empty() {
            bail!(Syntax, args.here(), "setfields needs a field"; hint: "such as: setfields owner=\"none\"");
        }
        Ok(Box::new(Setfields { fields }))
    },
};

#[derive(Debug)]
struct Setfields {
    fields: Vec<(String, String)>,
}

impl Command for Setfields {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(lower::extend(input, self.fields.iter().map(|(name, value)| lower::constant(name, Value::str(value)))))
    }
}
