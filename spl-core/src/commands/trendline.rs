//! `trendline`: moving averages.

use std::collections::VecDeque;

use super::prelude::*;
use super::running::{Running, numbers_of, optional_numbers};
use crate::error::{Span, did_you_mean};

/// Shortest and longest period.
const PERIODS: std::ops::RangeInclusive<usize> = 2..=10_000;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "trendline",
    aliases: &[],
    kind: Kind::CentralizedStreaming,
    syntax: "trendline (sma|ema|wma)<period>(<field>) [AS <newfield>] ...",
    summary: "Moving averages of fields: simple, exponential, or weighted.",
    examples: &[Example {
        spl: "| makeresults count=4 | streamstats count AS n | trendline sma2(n) AS mean | table n mean",
        result: "n | mean\n1 | null\n2 | 1.5\n3 | 2.5\n4 | 3.5",
    }],
    parse: |args| {
        let mut trends = Vec::new();
        while !args.is_empty() {
            trends.push(trend(args)?);
            while args.punct(",") {}
        }
        if trends.is_empty() {
            bail!(Syntax, args.here(), "trendline needs a trend"; hint: "such as sma5(count)");
        }
        Ok(Box::new(Trendline { trends }))
    },
};

/// How the values of a period are weighted.
#[derive(Clone, Copy, Debug)]
enum Weights {
    Simple,
    Exponential,
    Weighted,
}

#[derive(Debug)]
struct Trend {
    weights: Weights,
    period: usize,
    field: String,
    target: String,
}

#[derive(Debug)]
struct Trendline {
    trends: Vec<Trend>,
}

/// `sma5(field) AS name`.
fn trend(args: &mut Args<'_>) -> Result<Trend> {
    let here = args.here();
    let Some(word) = args.word() else {
        bail!(Syntax, here, "trendline needs a trend here"; hint: "such as sma5(count)");
    };
    let digits = word.node.find(|c: char| c.is_ascii_digit()).unwrap_or(word.node.len());
    let (name, period) = word.node.split_at(digits);
    let weights = match name.to_ascii_lowercase().as_str() {
        "sma" => Weights::Simple,
        "ema" => Weights::Exponential,
        "wma" => Weights::Weighted,
        other => return unknown(other, word.span),
    };
    let period = match period.parse::<usize>() {
        Ok(period) if PERIODS.contains(&period) => period,
        _ => bail!(Argument, word.span, "the period of a trend lies between 2 and 10000, as in sma5(count)"),
    };
    let Some(mut inside) = args.group() else {
        bail!(Syntax, args.here(), "`{}` needs a field in parentheses", word.node);
    };
    let field = inside.field()?.node;
    inside.end()?;
    let target = if args.keyword("as") { args.field()?.node } else { format!("{}({field})", word.node) };
    Ok(Trend { weights, period, field, target })
}

fn unknown<T>(name: &str, span: Span) -> Result<T> {
    match did_you_mean(name, ["sma", "ema", "wma"]) {
        Some(near) => bail!(Unknown, span, "there is no trend `{name}`"; hint: "did you mean `{near}`?"),
        None => bail!(Unknown, span, "there is no trend `{name}`"; hint: "sma, ema, wma"),
    }
}

impl Command for Trendline {
    fn kind(&self) -> Kind {
        Kind::CentralizedStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(self.trends.iter().fold(input, |plan, trend| {
            let (weights, period) = (trend.weights, trend.period);
            plan.command(Running {
                describe: format!("trendline {:?} {period} {} AS {}", weights, trend.field, trend.target),
                field: trend.field.clone(),
                targets: vec![trend.target.clone()],
                compute: Arc::new(move |column| vec![averages(&numbers_of(column), weights, period)]),
            })
        }))
    }
}

/// The average of each row, from the row on with which the period is full. A row without a number has that of the period as it was before, as
/// if its last number had come again where averages are exponential.
fn averages(numbers: &[f64], weights: Weights, period: usize) -> Column {
    let mut last: VecDeque<f64> = VecDeque::with_capacity(period + 1);
    let alpha = 2.0 / (period as f64 + 1.0);
    // The first average of a full period is its last number.
    let mut smooth: Option<f64> = None;
    let average = |&n: &f64| {
        if !n.is_nan() {
            last.push_back(n);
        }
        if last.len() > period {
            last.pop_front();
        }
        let newest = last.back().filter(|_| last.len() == period)?;
        Some(match weights {
            Weights::Simple => last.iter().sum::<f64>() / period as f64,
            Weights::Exponential => {
                let next = smooth.map_or(*newest, |smooth| alpha * newest + (1.0 - alpha) * smooth);
                *smooth.insert(next)
            }
            Weights::Weighted => {
                let weighted = last.iter().zip(1u32..).map(|(n, weight)| n * f64::from(weight)).sum::<f64>();
                weighted / (period * (period + 1) / 2) as f64
            }
        })
    };
    optional_numbers(numbers.iter().map(average).map(|average| average.unwrap_or(f64::NAN)).collect())
}
