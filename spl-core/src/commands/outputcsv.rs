//! `outputcsv`: writes the results to a CSV file, and passes them on. Files are those that lookups are kept in, so that `inputcsv` finds them.
//!
//! Source: Search Reference, "outputcsv".

use super::outputlookup::Write;
use super::prelude::*;
use crate::knowledge::WriteOptions;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "outputcsv",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "outputcsv [append=<bool>] [create_empty=<bool>] [override_if_empty=<bool>] [dispatch=<bool>] [usexml=<bool>] [singlefile=<bool>] <filename>",
    summary: "Writes the results to a CSV file.",
    examples: &[],
    parse: |args| {
        let options = WriteOptions {
            append: args.option("append")?.bool()?.unwrap_or(false),
            create_empty: args.option("create_empty")?.bool()?.unwrap_or(false),
            override_if_empty: args.option("override_if_empty")?.bool()?.unwrap_or(true),
            multivalues: false,
            key_field: None,
        };
        for name in ["dispatch", "singlefile"] {
            args.option(name)?.bool()?;
        }
        let xml = args.option("usexml")?;
        let xml_span = xml.span();
        if xml.bool()?.unwrap_or(false) {
            bail!(Unsupported, xml_span.unwrap_or(args.span()), "outputcsv writes no XML");
        }
        let name = args.string("a file's name")?;
        args.end()?;
        Ok(Box::new(Outputcsv { name, options }))
    },
};

#[derive(Debug)]
struct Outputcsv {
    name: Spanned<String>,
    options: WriteOptions,
}

impl Command for Outputcsv {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        // The extension may be left out.
        let name = &self.name.node;
        let name = if name.ends_with(".csv") { name.clone() } else { format!("{name}.csv") };
        let located = |e: Box<crate::error::Diagnostic>| Box::new((*e).at(self.name.span));
        let lookups = cx.catalog.lookups();
        lookups.can_write().and_then(|()| lookups.target(&name)).map_err(located)?;
        let write = Write { name, max: usize::MAX, options: self.options.clone() };
        Ok(input.command(Outward(write)))
    }
}

/// Writes the fields that are not internal.
#[derive(Debug)]
struct Outward(Write);

impl CommandNode for Outward {
    fn describe(&self) -> String {
        format!("outputcsv {}", self.0.name)
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let shown = |field: &FieldName| !field.starts_with('_') || matches!(&**field, "_raw" | "_time");
        let fields: Vec<FieldName> = input.fields().into_iter().filter(shown).collect();
        self.0.run(input.clone().with_fields(fields), cx)?;
        Ok(input)
    }
}
