//! What commands with a subsearch share: its options, and how many of its rows count.

use super::prelude::*;
use crate::exec::first_rows;
use crate::syntax::ast::Pipeline;

/// Reads the options that `append`, `appendcols` and `union` have for their subsearches; what they say of rows.
pub(super) fn options(args: &mut Args<'_>) -> Result<Option<u64>> {
    // A search here has no time limit of its own, and its time range is not changed by what it is appended to.
    args.option("extendtimerange")?.bool()?;
    args.option("maxtime")?.int()?;
    args.option("timeout")?.int()?;
    let maxout = args.option("maxout")?.int()?;
    Ok(maxout.and_then(|rows| u64::try_from(rows).ok()).filter(|&rows| rows > 0))
}

/// The plan of a subsearch of `command`, of which at most `maxout` rows are used.
pub(super) fn plan(
    command: &'static str,
    pipeline: &Pipeline,
    maxout: Option<u64>,
    cx: &mut PlanContext<'_>,
) -> Result<Plan> {
    Ok(cx.subsearch(pipeline)?.command(Most { command, maxout }))
}

/// The first rows of a subsearch, with a warning when there are more.
#[derive(Debug)]
struct Most {
    command: &'static str,
    maxout: Option<u64>,
}

impl CommandNode for Most {
    fn describe(&self) -> String {
        let rows = self.maxout.map(|rows| format!(" maxout={rows}")).unwrap_or_default();
        format!("rows for {}{rows}", self.command)
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone()
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let most = self.maxout.unwrap_or(u64::MAX).min(cx.limits.append_rows);
        if input.rows() as u64 <= most {
            return Ok(input);
        }
        cx.warn(format!("a subsearch of {} gave {} rows; the first {most} are used", self.command, input.rows()));
        Ok(first_rows(input, most))
    }
}
