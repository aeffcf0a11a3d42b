//! `nomv`: a multivalue as one text.

use super::lower;
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "nomv",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "nomv <field>",
    summary: "Joins the values of a field: by newlines, or by the delimiter that mvcombine or makemv was given.",
    examples: &[Example {
        spl: "| makeresults | eval x=\"a,b\" | makemv delim=\",\" x | nomv x | table x",
        result: "x\na,b",
    }],
    parse: |args| {
        let field = args.field()?.node;
        args.end()?;
        Ok(Box::new(Nomv { field }))
    },
};

#[derive(Debug)]
struct Nomv {
    field: String,
}

impl Command for Nomv {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let delim = cx.multivalue_delims.remove(&self.field).unwrap_or_else(|| "\n".to_owned());
        let field = &self.field;
        let assignment = lower::assign(field, format!("nomv({field})"), &[field], move |values, _| match &values[0] {
            Value::Multi(values) => {
                let texts: Vec<_> = values.iter().map(Value::text).collect();
                Ok(Value::from(texts.join(&*delim)))
            }
            single => Ok(single.clone()),
        });
        Ok(lower::extend(input, [assignment]))
    }
}
