//! `concurrency`: how many events are under way when an event begins.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::prelude::*;
use crate::table::{Bitmap, NumColumn};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "concurrency",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "concurrency duration=<field> [start=<field>] [output=<field>]",
    summary: "Counts for each event those that are under way at its start, itself included.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"t,d\n0,10\n5,10\n12,1\n20,5\" | concurrency start=t duration=d",
        result: "t  | d  | concurrency\n0  | 10 | 1\n5  | 10 | 2\n12 | 1  | 2\n20 | 5  | 1",
    }],
    parse: |args| {
        let duration = args.option("duration")?.string()?;
        let start = args.option("start")?.string()?.unwrap_or_else(|| "_time".to_owned());
        let output = args.option("output")?.string()?.unwrap_or_else(|| "concurrency".to_owned());
        args.end()?;
        let Some(duration) = duration else { bail!(Syntax, args.here(), "concurrency needs duration=<field>") };
        Ok(Box::new(Concurrency(Arc::new(Node { duration, start, output }))))
    },
};

#[derive(Debug)]
struct Concurrency(Arc<Node>);

#[derive(Debug)]
struct Node {
    duration: String,
    start: String,
    output: String,
}

impl Command for Concurrency {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

/// A number without NaN, to be ordered.
#[derive(Clone, Copy, PartialEq)]
struct Moment(f64);

impl Eq for Moment {}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Moment) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Moment) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("concurrency start={} duration={}", self.start, self.duration)
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of([&self.start, &self.duration]))
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let mut events: Vec<(Moment, u32, u32, f64)> = Vec::new();
        for (b, batch) in input.batches().iter().enumerate() {
            for row in 0..batch.rows() {
                let (start, duration) = (batch.get(&self.start, row).number(), batch.get(&self.duration, row).number());
                if let (Some(start), Some(duration)) = (start, duration)
                    && !start.is_nan()
                {
                    events.push((Moment(start), b as u32, row as u32, duration));
                }
            }
        }
        // Of events that begin together the earlier in the input counts as the first.
        events.sort_by_key(|event| event.0);
        let mut counts: Vec<Vec<f64>> = input.batches().iter().map(|b| vec![0.0; b.rows()]).collect();
        // Ends of events under way, and how many began at this very moment.
        let mut ends: BinaryHeap<Reverse<Moment>> = BinaryHeap::new();
        let mut together: Vec<Moment> = Vec::new();
        let mut now = None;
        for (start, b, row, duration) in events {
            if now != Some(start) {
                now = Some(start);
                ends.extend(together.drain(..).map(Reverse));
                while ends.peek().is_some_and(|end| end.0 <= start) {
                    ends.pop();
                }
            }
            counts[b as usize][row as usize] = (ends.len() + together.len() + 1) as f64;
            together.push(Moment(start.0 + duration.max(0.0)));
        }
        let batches = input.into_batches().into_iter().zip(counts).map(|(mut batch, values)| {
            let valid = Bitmap::from_fn(values.len(), |row| values[row] > 0.0);
            let valid = (!valid.all()).then_some(valid);
            batch.set(&self.output, Column::Num(Arc::new(NumColumn::new(values, valid, None))));
            batch
        });
        Ok(Table::in_order(batches.collect()).with_fields_after(declared))
    }
}
