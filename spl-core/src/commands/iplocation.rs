//! `iplocation`: where addresses are.

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "iplocation",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "iplocation [prefix=<string>] [allfields=<bool>] [lang=<string>] <ip-field>",
    summary: "Adds city, country, region and position of an address, as far as a database knows them; there is none here, so it adds nothing and says so.",
    examples: &[Example {
        spl: "| makeresults | eval ip=\"10.0.0.1\" | iplocation ip | table ip Country",
        result: "ip       | Country\n10.0.0.1 | null",
    }],
    parse: |args| {
        args.option("prefix")?.string()?;
        args.option("allfields")?.bool()?;
        args.option("lang")?.string()?;
        args.field()?;
        args.end()?;
        Ok(Box::new(Iplocation))
    },
};

#[derive(Debug)]
struct Iplocation;

impl Command for Iplocation {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        cx.functions.notes.warn("iplocation has no database of addresses; its fields stay empty");
        Ok(input)
    }
}
