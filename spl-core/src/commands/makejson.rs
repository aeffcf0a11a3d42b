//! `makejson`: some fields of each row as a JSON object.

use super::prelude::*;
use super::tojson;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "makejson",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "makejson [<wc-field-list>] output=<field>",
    summary: "Writes fields of each row, or all, as a JSON object into another field.",
    examples: &[Example {
        spl: "| makeresults | eval a=1, b=\"x\", c=2 | makejson a b output=j | table j",
        result: "j\n\"{\\\"a\\\":1,\\\"b\\\":\\\"x\\\"}\"",
    }],
    parse: |args| {
        let mut output = args.option("output")?.string()?;
        let fields = if args.is_empty() || args.at_option() { Vec::new() } else { args.field_list(&[])? };
        if let Some(behind) = args.option("output")?.string()? {
            output = Some(behind);
        }
        args.end()?;
        let Some(output) = output else {
            bail!(Syntax, args.here(), "makejson needs the name of its field"; hint: "output=<field>");
        };
        Ok(tojson::of_fields(fields.into_iter().map(|field| field.node).collect(), output))
    },
};
