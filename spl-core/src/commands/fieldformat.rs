//! `fieldformat`: how a field is shown, its value unchanged.

use super::prelude::*;
use crate::syntax::ast::Expr;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "fieldformat",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "fieldformat <field>=<expression>",
    summary: "Shows a field as an expression says, once the search is done; later commands see its value.",
    examples: &[Example {
        spl: "| makeresults | eval n=1234 | fieldformat n=tostring(n, \"commas\") | eval twice=n*2 | table n twice",
        result: "n     | twice\n1,234 | 2468",
    }],
    parse: |args| {
        let (field, expr) = args.assignment()?;
        args.end()?;
        Ok(Box::new(Fieldformat { field, expr }))
    },
};

#[derive(Debug)]
struct Fieldformat {
    field: Spanned<String>,
    expr: Expr,
}

impl Command for Fieldformat {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let format = Arc::new(cx.bind(&self.expr)?);
        // What a subsearch shows nobody sees.
        if cx.is_outermost() {
            let field = field_name(&self.field.node);
            cx.formats.retain(|(known, _)| *known != field);
            cx.formats.push((field, format));
        }
        Ok(input)
    }
}
