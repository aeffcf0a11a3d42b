//! `outputlookup`: writes the results to a lookup table, and passes them on.
//!
//! Source: Search Reference, "outputlookup".

use super::prelude::*;
use crate::knowledge::WriteOptions;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "outputlookup",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "outputlookup [append=<bool>] [create_empty=<bool>] [override_if_empty=<bool>] [max=<int>] [key_field=<field>] [allow_updates=<bool>] [createinapp=<bool>] [create_context=app|user|system] [output_format=splunk_sv_csv|splunk_mv_csv] <filename>|<tablename>",
    summary: "Writes the results to a lookup table.",
    examples: &[],
    parse: |args| {
        let key_field = args.option("key_field")?.string()?;
        let options = WriteOptions {
            append: args.option("append")?.bool()?.unwrap_or(false),
            create_empty: args.option("create_empty")?.bool()?.unwrap_or(false),
            override_if_empty: args.option("override_if_empty")?.bool()?.unwrap_or(true),
            multivalues: args.option("output_format")?.one_of(&["splunk_sv_csv", "splunk_mv_csv"])?
                == Some("splunk_mv_csv"),
            key_field,
        };
        let max = args.option("max")?.count()?.unwrap_or(usize::MAX);
        // Where in Splunk the file would belong.
        args.option("createinapp")?.bool()?;
        args.option("create_context")?.one_of(&["app", "user", "system"])?;
        args.option("allow_updates")?.bool()?;
        let name = args.string("a lookup's name")?;
        args.end()?;
        Ok(Box::new(Outputlookup { name, max, options }))
    },
};

#[derive(Debug)]
struct Outputlookup {
    name: Spanned<String>,
    max: usize,
    options: WriteOptions,
}

impl Command for Outputlookup {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let located = |e: Box<crate::error::Diagnostic>| Box::new((*e).at(self.name.span));
        let lookups = cx.catalog.lookups();
        lookups.can_write().and_then(|()| lookups.target(&self.name.node)).map_err(located)?;
        let (name, max, options) = (self.name.node.clone(), self.max, self.options.clone());
        Ok(input.command(Write { name, max, options }))
    }
}

/// Writes rows to a lookup's file.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) name: String,
    pub(super) max: usize,
    pub(super) options: WriteOptions,
}

impl CommandNode for Write {
    fn describe(&self) -> String {
        format!("outputlookup {}", self.name)
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let input = input.into_ordered();
        let rows = if input.rows() > self.max {
            crate::exec::first_rows(input.clone(), self.max as u64)
        } else {
            input.clone()
        };
        cx.catalog.lookups().write(&self.name, &rows, &self.options)?;
        Ok(input)
    }
}
