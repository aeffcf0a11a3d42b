//! `anomalydetection`: events whose values are rare together.

use super::outlier::{self, quantile};
use super::prelude::*;
use crate::exec::{KeyColumn, fields_or_all};
use crate::table::{Bitmap, NumColumn};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "anomalydetection",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "anomalydetection [method=histogram|iqr] [action=filter|annotate|summary|remove|transform] [pthresh=<num>] [cutoff=<bool>] [<field-list>]",
    summary: "Finds events with improbable values: the product of how often each field's value, or its bin, occurs.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"u\na\na\na\na\na\na\na\na\nb\" | anomalydetection u | table u probable_cause",
        result: "u | probable_cause\nb | u",
    }],
    parse: |args| {
        let method = args.option("method")?;
        let span = method.span();
        let histogram = match method.one_of(&["histogram", "zscore", "iqr"])? {
            Some("zscore") => {
                bail!(Unsupported, span.unwrap_or(args.span()), "method `zscore` of anomalydetection is not supported"; hint: "histogram or iqr")
            }
            Some("iqr") => false,
            _ => true,
        };
        let action = args.option("action")?;
        let action_span = action.span().unwrap_or(args.span());
        let known: &[&str] =
            if histogram { &["filter", "annotate", "summary"] } else { &["remove", "rm", "transform", "tf"] };
        let action = action.one_of(known)?;
        let threshold = args.option("pthresh")?.float()?;
        if threshold.is_some_and(|t| !(0.0..=1.0).contains(&t)) {
            bail!(Argument, action_span, "pthresh must be from 0 to 1");
        }
        let cutoff = args.option("cutoff")?.bool()?.unwrap_or(true);
        let fields: Vec<String> = args.fields_if_any(&[])?.into_iter().map(|f| f.node).collect();
        args.end()?;
        if !histogram {
            return Ok(Box::new(Anomalydetection::Range {
                remove: action.is_some_and(|a| a.starts_with('r')),
                fields,
            }));
        }
        let action = match action {
            Some("annotate") => Action::Annotate,
            Some("summary") => Action::Summary,
            _ => Action::Filter,
        };
        Ok(Box::new(Anomalydetection::Histogram(Arc::new(Node { action, threshold, cutoff, fields }))))
    },
};

#[derive(Debug)]
enum Anomalydetection {
    Histogram(Arc<Node>),
    /// As `outlier` does.
    Range {
        remove: bool,
        fields: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Filter,
    Annotate,
    Summary,
}

#[derive(Debug)]
struct Node {
    action: Action,
    threshold: Option<f64>,
    cutoff: bool,
    fields: Vec<String>,
}

impl Command for Anomalydetection {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(match self {
            Anomalydetection::Histogram(node) => Plan::Command(Box::new(input), node.clone()),
            Anomalydetection::Range { remove, fields } => input.command(outlier::Node::new(*remove, fields.clone())),
        })
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("anomalydetection {}", self.fields.join(", ")).trim_end().to_owned()
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        if self.fields.is_empty() { FieldSet::all() } else { wanted.clone().union(&FieldSet::of(&self.fields)) }
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let fields = fields_or_all(&self.fields, input.fields());
        let mut batch = input.into_single();
        let rows = batch.rows();
        let mut logs = vec![0.0; rows];
        // The rarest field of each row, with how often its value and its commonest value occur.
        let mut causes: Vec<(usize, f64, f64)> = vec![(usize::MAX, f64::INFINITY, 0.0); rows];
        for (index, field) in fields.iter().enumerate() {
            cx.check()?;
            let frequencies = frequencies(&batch, field);
            let commonest = frequencies.iter().copied().fold(0.0, f64::max);
            for (row, &frequency) in frequencies.iter().enumerate() {
                logs[row] += frequency.ln();
                if frequency < causes[row].1 {
                    causes[row] = (index, frequency, commonest);
                }
            }
        }
        let mut sorted = logs.clone();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = (quantile(&sorted, 0.25), quantile(&sorted, 0.75));
        let limit = match self.threshold {
            Some(threshold) => threshold.ln(),
            None => low - if self.cutoff { 2.5 } else { 2.0 } * (high - low),
        };
        let anomalous = Bitmap::from_fn(rows, |row| logs[row] < limit);
        if self.action == Action::Summary {
            let names = ["num_anomalies", "thresh", "max_logprob", "min_logprob", "1st_quartile", "3rd_quartile"];
            let number = |n: f64| if n.is_finite() { Value::Num(n) } else { Value::Null };
            let values = vec![
                Value::Num(anomalous.count() as f64),
                number(limit),
                number(sorted.last().copied().unwrap_or(f64::NAN)),
                number(sorted.first().copied().unwrap_or(f64::NAN)),
                number(low),
                number(high),
            ];
            return Ok(Table::from_rows(&names.map(field_name), vec![values]));
        }
        let numbers = |of: &dyn Fn(usize) -> f64| {
            let valid = (!anomalous.all()).then(|| anomalous.clone());
            Column::Num(Arc::new(NumColumn::new((0..rows).map(of).collect(), valid, None)))
        };
        let cause = |row: usize| match fields.get(causes[row].0) {
            Some(field) if anomalous.get(row) => Value::str(field),
            _ => Value::Null,
        };
        batch.set("log_event_prob", numbers(&|row| logs[row]));
        batch.set("probable_cause", Column::from_values((0..rows).map(cause).collect()));
        batch.set("probable_cause_freq", numbers(&|row| causes[row].1));
        batch.set("max_freq", numbers(&|row| causes[row].2));
        let batch = if self.action == Action::Filter { batch.filter(&anomalous) } else { batch };
        Ok(Table::in_order(vec![batch]).with_fields_after(declared))
    }
}

/// How often each row's value occurs, as a part of all rows: of a numeric field its bin, of others the value itself; no value is one too.
fn frequencies(batch: &Batch, field: &str) -> Vec<f64> {
    let rows = batch.rows();
    let column = batch.column_or_null(field);
    let numbers: Vec<Option<f64>> = (0..rows).map(|row| column.get(row).number().filter(|n| n.is_finite())).collect();
    let numeric =
        (0..rows).all(|row| numbers[row].is_some() || column.is_null(row)) && numbers.iter().any(Option::is_some);
    let bins: Vec<u32> = if numeric {
        let known = numbers.iter().flatten();
        let (least, most) = known.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), n| (a.min(*n), b.max(*n)));
        // Sturges' rule.
        let count = ((rows as f64).log2().ceil() + 1.0).max(1.0);
        let width = (most - least) / count;
        let bin = |n: f64| if width > 0.0 { ((n - least) / width).floor().min(count - 1.0) as u32 + 1 } else { 1 };
        numbers.iter().map(|n| n.map_or(0, bin)).collect()
    } else {
        let key = KeyColumn::new(std::slice::from_ref(batch), field);
        (0..rows).map(|row| key.codes[0].get(row)).collect()
    };
    let mut counts = vec![0usize; bins.iter().copied().max().map_or(1, |most| most as usize + 1)];
    bins.iter().for_each(|&bin| counts[bin as usize] += 1);
    bins.into_iter().map(|bin| counts[bin as usize] as f64 / rows as f64).collect()
}
