//! `loadjob`: the results of a saved search. Jobs are not kept here, so the search is run.

use super::prelude::*;
use super::savedsearch::saved_text;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "loadjob",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "loadjob savedsearch=\"<user>:<app>:<name>\" [events=<bool>] [job_delegate=<string>] [artifact_offset=<int>] [ignore_running=<bool>]",
    summary: "Gives the results of a saved search, which is run for it; jobs by their id are not known.",
    // What is saved differs from engine to engine.
    examples: &[],
    parse: |args| {
        let saved = args.option("savedsearch")?.spanned()?;
        args.option("events")?.bool()?;
        args.option("job_delegate")?.string()?;
        args.option("artifact_offset")?.int()?;
        args.option("ignore_running")?.bool()?;
        let Some(saved) = saved else {
            let id = args.string("savedsearch=\"<user>:<app>:<name>\"")?;
            bail!(Missing, id.span, "there is no job `{}`: no results are kept", id.node; hint: "savedsearch=\"<user>:<app>:<name>\" runs a saved search");
        };
        args.end()?;
        Ok(Box::new(Loadjob { saved }))
    },
};

#[derive(Debug)]
struct Loadjob {
    saved: Spanned<String>,
}

impl Command for Loadjob {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !input.is_nothing() {
            bail!(Syntax, "loadjob must be the first command of a search");
        }
        // The user and the app say nothing here.
        let name = self.saved.node.splitn(3, ':').last().unwrap_or_default();
        cx.plan_text(&saved_text(cx.catalog, name, self.saved.span)?)
    }
}
