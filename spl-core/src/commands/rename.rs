//! `rename`: fields under new names.

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "rename",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "rename <wc-field> AS <wc-field> [, <wc-field> AS <wc-field>]...",
    summary: "Gives fields new names; a name that exists already is replaced.",
    examples: &[Example {
        spl: "| makeresults | eval a1=1, a2=2 | rename a* AS b* | table b1 b2",
        result: "b1 | b2\n1  | 2",
    }],
    parse: |args| {
        let mut pairs: Vec<(String, String)> = Vec::new();
        while !args.is_empty() {
            let old = args.field()?;
            args.expect_keyword("as")?;
            let new = args.field()?;
            let stars = |name: &str| name.matches('*').count();
            if stars(&new.node) != stars(&old.node) {
                bail!(
                    Argument,
                    old.span.to(new.span),
                    "`{}` and `{}` do not hold the same number of wildcards",
                    old.node,
                    new.node
                );
            }
            if pairs.iter().any(|(known, _)| *known == old.node) {
                bail!(Argument, old.span, "`{}` cannot get two names", old.node);
            }
            pairs.push((old.node, new.node));
            while args.punct(",") {}
        }
        if pairs.is_empty() {
            bail!(Syntax, args.here(), "rename needs a field"; hint: "rename <old> AS <new>");
        }
        Ok(Box::new(Rename { pairs: pairs.into() }))
    },
};

#[derive(Debug)]
struct Rename {
    pairs: Arc<[(String, String)]>,
}

impl Command for Rename {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Rename(Box::new(input), self.pairs.clone()))
    }
}
