//! `metadata`: hosts, sources or source types, with their first and last times.

use super::prelude::*;
use super::template::quoted;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "metadata",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "metadata type=hosts|sources|sourcetypes [index=<wc-index>]... [splunk_server=<wc-string>] [datatype=event]",
    summary: "Lists the hosts, sources or source types of events, with their number and first and last times.",
    examples: &[Example { spl: "| metadata type=hosts | stats count", result: "count\n0" }],
    parse: |args| {
        let kind = args.option("type")?.one_of(&["hosts", "sources", "sourcetypes"])?;
        args.option_of(&["splunk_server", "splunk_server_group"])?;
        args.option("datatype")?.one_of(&["event"])?;
        let indexes = indexes(args)?;
        args.end()?;
        let Some(kind) = kind else { bail!(Syntax, args.here(), "metadata needs type=hosts, sources or sourcetypes") };
        Ok(Box::new(Metadata { kind, indexes }))
    },
};

/// `index=a index=b` as a search expression.
pub(super) fn indexes(args: &mut Args<'_>) -> Result<String> {
    let mut indexes = Vec::new();
    while let Some((name, value)) = args.next_option()? {
        if !name.node.eq_ignore_ascii_case("index") {
            bail!(Unknown, name.span, "{} has no option `{}`", args.command(), name.node);
        }
        indexes.push(format!("index={}", quoted(&value.text()?)));
        while args.punct(",") || args.keyword("or") {}
    }
    Ok(indexes.join(" OR "))
}

#[derive(Debug)]
struct Metadata {
    kind: &'static str,
    indexes: String,
}

impl Command for Metadata {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !input.is_nothing() {
            bail!(Syntax, "metadata must be the first command of a search");
        }
        let (kind, field) = (self.kind, self.kind.trim_end_matches('s'));
        cx.plan_text(&format!(
            "search {} | stats min(_time) AS firstTime max(_time) AS lastTime max(_indextime) AS recentTime count AS totalCount BY {field} | eval recentTime=coalesce(recentTime, lastTime), type=\"{kind}\" | table firstTime {field} lastTime recentTime totalCount type",
            self.indexes
        ))
    }
}
