//! `bin`: values into bins of equal width, of time or of numbers.

pub(super) mod options;
pub(super) mod values;

use super::prelude::*;
use crate::plan::TimeRange;
use options::BinOptions;

/// Bins when nothing is said.
const BINS: usize = 100;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "bin",
    aliases: &["bucket", "discretize"],
    kind: Kind::DistributableStreaming,
    syntax: "bin [bins=<int>] [minspan=<span>] [span=<span>|<log-span>] [start=<num>] [end=<num>] [aligntime=earliest|latest|<time>] <field> [AS <newfield>]",
    summary: "Puts the times or numbers of a field into bins.",
    examples: &[
        Example { spl: "| makeresults | eval n=23 | bin span=10 n | table n", result: "n\n20-30" },
        Example {
            spl: "| makeresults | eval _time=3725 | bin span=1h _time AS hour | table hour",
            result: "hour\n3600",
        },
    ],
    parse: |args| {
        let options = BinOptions::of(args)?;
        let field = args.field()?;
        if field.node.contains('*') {
            bail!(Argument, field.span, "bin takes one field, not a pattern");
        }
        let target = if args.keyword("as") { args.field()?.node } else { field.node.clone() };
        args.end()?;
        Ok(Box::new(Bin { field: field.node, target, options }))
    },
};

#[derive(Debug)]
struct Bin {
    field: String,
    target: String,
    options: BinOptions,
}

impl Command for Bin {
    fn kind(&self) -> Kind {
        if self.options.span.is_some() { Kind::DistributableStreaming } else { Kind::DatasetProcessing }
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(binned(input, &self.field, &self.target, self.options.clone()))
    }
}

/// The plan with the bin of `field` in `target`.
pub(super) fn binned(input: Plan, field: &str, target: &str, options: BinOptions) -> Plan {
    let range = search_time(&input);
    input.command(Node { field: field.to_owned(), target: target.to_owned(), options, range })
}

/// The time range of the search that a plan's rows come from, as far as it is known.
pub(super) fn search_time(plan: &Plan) -> TimeRange {
    match plan {
        Plan::Scan(scan) => scan.time,
        other => match &other.inputs()[..] {
            [input] => search_time(input),
            _ => TimeRange::default(),
        },
    }
}

#[derive(Debug)]
struct Node {
    field: String,
    target: String,
    options: BinOptions,
    range: TimeRange,
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("bin {} AS {}", self.field, self.target)
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        let mut set = wanted.clone();
        set.remove(&self.target);
        set.insert(&self.field);
        set
    }

    fn keeps_rows(&self) -> bool {
        // Otherwise other rows decide on the bins.
        self.options.span.is_some() && self.options.aligntime.is_none()
    }

    fn writes(&self) -> FieldSet {
        FieldSet::of([&self.target])
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let mut fields = input.declared_fields().map(<[_]>::to_vec);
        let batches = input.into_batches();
        let columns: Vec<Column> = batches.iter().map(|b| b.column_or_null(&self.field)).collect();
        let (low, high) = values::range(&columns);
        let binned: Vec<Column> = if self.field == "_time" {
            let span = self.options.time_span(low, high, BINS);
            let align = self.options.align(self.range, low, high, &cx.functions)?;
            columns.iter().map(|column| values::times(column, span, align, cx.functions.zone)).collect()
        } else {
            let span = self.options.number_span(low, high, BINS);
            values::numbers(&columns, span)
        };
        if let Some(fields) = &mut fields {
            super::stats::clause::declare(fields, &self.target);
        }
        let batches = batches.into_iter().zip(binned).map(|(mut batch, column)| {
            batch.set(&self.target, column);
            batch
        });
        Ok(Table::new(batches.collect()).with_declared(fields))
    }
}
