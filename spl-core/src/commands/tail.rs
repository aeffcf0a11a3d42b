//! `tail`: the last rows, the very last first.

use super::prelude::*;
use super::reverse::Reverse;
use crate::exec::{Gather, Reduce};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "tail",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "tail [<N>]",
    summary: "Keeps the last 10 rows, or the last N, the very last first.",
    examples: &[Example { spl: "| makeresults format=csv data=\"n\n1\n2\n3\" | tail 2", result: "n\n3\n2" }],
    parse: |args| {
        let rows = match args.is_empty() {
            true => 10,
            false => {
                let count = args.int("a count")?;
                match u64::try_from(count.node) {
                    Ok(rows) => rows,
                    Err(_) => bail!(Argument, count.span, "tail needs a count from 0 on, not `{}`", count.node),
                }
            }
        };
        args.end()?;
        Ok(Box::new(Tail { rows }))
    },
};

#[derive(Clone, Debug)]
struct Tail {
    rows: u64,
}

impl Command for Tail {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(self.clone()))
    }
}

impl Tail {
    /// The last rows, as they stand.
    fn last(&self, table: Table) -> Table {
        let picks = table.picks();
        let first = picks.len().saturating_sub(usize::try_from(self.rows).unwrap_or(usize::MAX));
        table.filter_picks(&picks[first..])
    }
}

impl CommandNode for Tail {
    fn describe(&self) -> String {
        format!("tail {}", self.rows)
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone()
    }

    fn ordered(&self) -> bool {
        false
    }

    fn gather(&self) -> Option<Box<dyn Gather + '_>> {
        Some(Box::new(Reduce::new(|table| self.last(table), |table, cx| self.run(table, cx))))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        Reverse.run(self.last(input).into_ordered(), cx)
    }
}
