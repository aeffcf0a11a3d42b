//! `eventstats`: the aggregates of its group for every row.

use super::prelude::*;
use super::stats::clause::{self, Settings, Term};
use crate::exec::{Sift, aggregate_groups, expand_calls, group_rows_anyhow, small_in_order};
use crate::expr::all_numbers;
use crate::plan::AggregateCall;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "eventstats",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "eventstats [allnum=<bool>] <stats-agg-term>... [BY <field-list>]",
    summary: "Gives every row the aggregates of its group as fields.",
    examples: &[Example {
        spl: "| makeresults count=3 | streamstats count AS n | eventstats sum(n) AS total | table n total",
        result: "n | total\n1 | 6\n2 | 6\n3 | 6",
    }],
    parse: |args| {
        let all_numeric = args.option("allnum")?.bool()?.unwrap_or(false);
        let terms = clause::terms(args, &["by"])?;
        let by = clause::by(args, &[])?;
        args.end()?;
        Ok(Box::new(Eventstats { terms, by, all_numeric }))
    },
};

#[derive(Debug)]
struct Eventstats {
    terms: Vec<Term>,
    by: Vec<FieldName>,
    all_numeric: bool,
}

impl Command for Eventstats {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let settings = Settings { all_numeric: self.all_numeric, ..Settings::default() };
        let (plan, calls, temporaries) = clause::lower(&self.terms, settings, input, cx)?;
        Ok(clause::without(temporaries, plan.command(Node { by: self.by.clone(), calls, sift: None })))
    }
}

#[derive(Clone, Debug)]
struct Node {
    by: Vec<FieldName>,
    calls: Vec<AggregateCall>,
    sift: Option<Sift>,
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        let sift = self.sift.as_ref().map(Sift::describe).unwrap_or_default();
        clause::describe("eventstats", &self.calls, &self.by) + &sift
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        let wanted = self.sift.as_ref().map_or_else(|| wanted.clone(), |sift| sift.reads(wanted));
        clause::reads(&self.calls, &self.by, &wanted)
    }

    fn sifted(&self, predicate: &Predicate, wanted: &FieldSet) -> Option<Arc<dyn CommandNode>> {
        let sift = Sift::of(predicate, wanted).filter(|_| self.sift.is_none())?;
        Some(Arc::new(Node { sift: Some(sift), ..self.clone() }))
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let table = small_in_order(input, &self.calls);
        let calls = expand_calls(&self.calls, &table, &self.by);
        let mut fields = table.declared_fields().map(<[_]>::to_vec);
        let batches = table.into_batches();
        let groups = group_rows_anyhow(&batches, &self.by);
        let columns = aggregate_groups(&batches, &groups, &calls, cx)?;
        if let Some(fields) = &mut fields {
            calls.iter().for_each(|call| clause::declare(fields, &call.output));
        }
        let number = |field: &str| match calls.iter().rposition(|call| *call.output == *field) {
            Some(call) => matches!(columns[call], Column::Num(_)),
            None => all_numbers(&batches, field),
        };
        let at_hand = self.sift.as_ref().filter(|sift| sift.is_rowwise(&number));
        let batches = cx.for_each(batches.into_iter().zip(groups.groups).collect(), |(mut batch, groups)| {
            // Rows that belong to no group get no value.
            let rows: Vec<u32> = groups.iter().map(|&group| if group == 0 { u32::MAX } else { group }).collect();
            for (call, column) in calls.iter().zip(&columns) {
                // Without BY all rows are in one group.
                let column = match self.by.is_empty() {
                    true => Column::Const(column.value(1), batch.rows()),
                    false => column.take_or_null(&rows),
                };
                batch.set(&call.output, column);
            }
            match at_hand {
                Some(sift) => sift.batch(batch, cx),
                None => Ok(vec![batch]),
            }
        })?;
        let table = Table::new(batches.into_iter().flatten().collect());
        let kept = match self.sift.as_ref().filter(|_| at_hand.is_none()) {
            Some(sift) => sift.table(table, cx)?,
            None => table,
        };
        Ok(kept.with_declared(fields))
    }
}
