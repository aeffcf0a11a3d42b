//! `localize`: the spans of time in which events lie.

use super::prelude::*;
use crate::time::TimeSpan;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "localize",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "localize [maxpause=<span>] [timeafter=<span>] [timebefore=<span>]",
    summary: "Gives the spans of time around events that are no further apart than a pause, newest first.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"_time\n1000\n990\n500\" | localize maxpause=1m timeafter=10s timebefore=5s",
        result: "starttime | endtime\n985       | 1010\n495       | 510",
    }],
    parse: |args| {
        let mut seconds = |name: &'static str, default: f64| -> Result<f64> {
            match args.option(name)?.spanned()? {
                None => Ok(default),
                Some(text) => match TimeSpan::parse(&text.node) {
                    Ok(span) => Ok(span.seconds()),
                    Err(error) => Err(Box::new((*error).at(text.span))),
                },
            }
        };
        let pause = seconds("maxpause", 60.0)?;
        let after = seconds("timeafter", 30.0)?;
        let before = seconds("timebefore", 30.0)?;
        args.end()?;
        Ok(Box::new(Localize(Arc::new(Node { pause, after, before }))))
    },
};

#[derive(Debug)]
struct Localize(Arc<Node>);

#[derive(Debug)]
struct Node {
    pause: f64,
    after: f64,
    before: f64,
}

impl Command for Localize {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        "localize".to_owned()
    }

    fn reads(&self, _: &FieldSet) -> FieldSet {
        FieldSet::of(["_time"])
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let mut times: Vec<f64> = Vec::new();
        for batch in input.batches() {
            let column = batch.column_or_null("_time");
            times.extend((0..batch.rows()).filter_map(|row| column.get(row).number()).filter(|t| t.is_finite()));
        }
        times.sort_by(|a, b| b.total_cmp(a));
        let mut spans: Vec<(f64, f64)> = Vec::new();
        for time in times {
            match spans.last_mut() {
                Some((earliest, _)) if *earliest - time <= self.pause => *earliest = time,
                _ => spans.push((time, time)),
            }
        }
        let row =
            |(earliest, latest): (f64, f64)| vec![Value::Num(earliest - self.before), Value::Num(latest + self.after)];
        Ok(Table::from_rows(&["starttime", "endtime"].map(field_name), spans.into_iter().map(row).collect()))
    }
}
