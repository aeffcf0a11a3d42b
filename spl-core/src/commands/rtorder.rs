//! `rtorder`: events in the order of time.

use super::multisearch::newest_first;
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "rtorder",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "rtorder [discard=<bool>] [buffer_span=<span>] [max_buffer_size=<int>]",
    summary: "Puts events in the order of time, newest first; buffers matter to real-time searches only.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"_time,n\n1,a\n3,c\n2,b\" | rtorder | table n",
        result: "n\nc\nb\na",
    }],
    parse: |args| {
        args.option("discard")?.bool()?;
        args.option("buffer_span")?.string()?;
        args.option("max_buffer_size")?.int()?;
        args.end()?;
        Ok(Box::new(Rtorder))
    },
};

#[derive(Debug)]
struct Rtorder;

impl Command for Rtorder {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(newest_first(vec![input]))
    }
}
