//! `savedsearch`: a search by its name.

use super::prelude::*;
use crate::catalog::Catalog;
use crate::error::{Span, did_you_mean};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "savedsearch",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "savedsearch <name> [<key>=<value>]... [nosubstitution=<bool>]",
    summary: "Runs a saved search; $key$ in it stands for the value given.",
    // What is saved differs from engine to engine.
    examples: &[],
    parse: |args| {
        let substitute = !args.option("nosubstitution")?.bool()?.unwrap_or(false);
        let name = if args.at_option() { None } else { Some(args.string("the name of a saved search")?) };
        let mut values = Vec::new();
        while let Some((key, value)) = args.next_option()? {
            values.push((key.node.to_owned(), value.text()?));
            while args.punct(",") {}
        }
        let name = match name {
            Some(name) => name,
            None => args.string("the name of a saved search")?,
        };
        args.end()?;
        Ok(Box::new(Savedsearch { name, values: if substitute { values } else { Vec::new() } }))
    },
};

#[derive(Debug)]
struct Savedsearch {
    name: Spanned<String>,
    values: Vec<(String, String)>,
}

impl Command for Savedsearch {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !input.is_nothing() {
            bail!(Syntax, "savedsearch must be the first command of a search");
        }
        let mut text = saved_text(cx.catalog, &self.name.node, self.name.span)?;
        for (key, value) in &self.values {
            text = text.replace(&format!("${key}$"), value);
        }
        cx.plan_text(&text)
    }
}

/// The text of the saved search called `name`.
pub(super) fn saved_text(catalog: &Catalog, name: &str, span: Span) -> Result<String> {
    match catalog.saved_search(name) {
        Some(text) => Ok(text.to_owned()),
        None => match did_you_mean(name, catalog.saved_searches()) {
            Some(near) => bail!(Missing, span, "there is no saved search `{name}`"; hint: "did you mean `{near}`?"),
            None => bail!(Missing, span, "there is no saved search `{name}`"),
        },
    }
}
