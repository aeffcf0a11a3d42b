//! `outputtext`: `_raw` as escaped XML text.

use super::lower::{self, each};
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "outputtext",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "outputtext [usexml=<bool>]",
    summary: "Puts _raw into the field _xml, its special characters as XML entities unless usexml is false.",
    examples: &[Example {
        spl: "| makeresults | eval _raw=\"a < b & c\" | outputtext | table _xml",
        result: "_xml\n\"a &lt; b &amp; c\"",
    }],
    parse: |args| {
        let xml = args.option("usexml")?.bool()?.unwrap_or(true);
        args.end()?;
        Ok(Box::new(Outputtext { xml }))
    },
};

#[derive(Debug)]
struct Outputtext {
    xml: bool,
}

impl Command for Outputtext {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        let xml = self.xml;
        let assignment = lower::assign("_xml", "outputtext(_raw)", &["_raw"], move |values, _| {
            Ok(each(&values[0], |value| if xml { Value::from(escape(&value.text())) } else { value.clone() }))
        });
        Ok(lower::extend(input, [assignment]))
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            c => escaped.push(c),
        }
    }
    escaped
}
