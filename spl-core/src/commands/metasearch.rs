//! `metasearch`: what is known of events without their text.

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "metasearch",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "metasearch [<logical-expression>]",
    summary: "Gives time, host, source, source type, index and server of the events that match.",
    examples: &[Example { spl: "| metasearch index=none | stats count", result: "count\n0" }],
    parse: |args| {
        let text = crate::syntax::print_tokens(args.rest());
        Ok(Box::new(Metasearch { text }))
    },
};

#[derive(Debug)]
struct Metasearch {
    text: String,
}

impl Command for Metasearch {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !input.is_nothing() {
            bail!(Syntax, "metasearch must be the first command of a search");
        }
        cx.plan_text(&format!("search {} | table _time host index source sourcetype splunk_server", self.text))
    }
}
