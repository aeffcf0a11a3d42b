//! `timewrap`: the periods of a timechart side by side.

use super::bin::search_time;
use super::prelude::*;
use super::stats::clause::declare;
use crate::plan::TimeRange;
use crate::time::{RelativeTime, TimeSpan, TimeUnit, strftime};
use crate::value::number_text;

/// Periods that there may be.
const MOST_PERIODS: i64 = 100_000;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "timewrap",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "timewrap [<int>]<timescale> [align=now|end] [series=relative|exact|short] [time_format=<string>]",
    summary: "Lays the periods of a timechart side by side, a column for each.",
    examples: &[Example {
        spl: "| makeresults count=4 | streamstats count AS n | eval _time=43200*n | timechart span=12h sum(n) AS s | timewrap 1d series=short",
        result: "_time | s1 | s0\n129600 | 1 | 3\n172800 | 2 | 4",
    }],
    parse: |args| {
        let align = args.option("align")?.one_of(&["now", "end"])?.unwrap_or("end") == "now";
        let series = match args.option("series")?.one_of(&["relative", "exact", "short"])? {
            Some("exact") => Names::Exact,
            Some("short") => Names::Short,
            _ => Names::Relative,
        };
        let format = args.option("time_format")?.string()?;
        let period = args.string("a period such as 1week")?;
        let period = TimeSpan::parse(&period.node).map_err(|e| Box::new((*e).at(period.span)))?;
        args.end()?;
        Ok(Box::new(Timewrap { period, now: align, series, format }))
    },
};

/// How series are named.
#[derive(Clone, Copy, Debug)]
enum Names {
    Relative,
    Exact,
    Short,
}

#[derive(Clone, Debug)]
struct Timewrap {
    period: TimeSpan,
    /// Periods end with the present, not with the search's range.
    now: bool,
    series: Names,
    format: Option<String>,
}

impl Command for Timewrap {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        let range = search_time(&input);
        Ok(input.command(Node { wrap: self.clone(), range }))
    }
}

#[derive(Debug)]
struct Node {
    wrap: Timewrap,
    range: TimeRange,
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("timewrap {}{}", self.wrap.period.count, self.wrap.period.unit.symbol())
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let data: Vec<FieldName> = input.fields().into_iter().filter(|field| !field.starts_with('_')).collect();
        let batch = input.into_single();
        let column = batch.column_or_null("_time");
        let times: Vec<Option<f64>> = (0..batch.rows()).map(|row| column.get(row).number()).collect();
        let mut known: Vec<f64> = times.iter().flatten().copied().filter(|time| time.is_finite()).collect();
        known.sort_by(f64::total_cmp);
        let (Some(&first), Some(&last)) = (known.first(), known.last()) else {
            return Ok(Table::default());
        };
        let step =
            known.windows(2).map(|pair| pair[1] - pair[0]).filter(|&step| step > 0.0).fold(f64::INFINITY, f64::min);
        let step = if step.is_finite() { step } else { 1.0 };
        let end = if self.wrap.now { cx.functions.now } else { self.range.latest.unwrap_or(last + step) };
        let end = if end > last { end } else { last + step };
        // The starts of the periods, the latest first.
        let mut starts = Vec::new();
        for back in 1.. {
            let start = self.back(end, back, cx)?;
            starts.push(start);
            if start <= first {
                break;
            }
            if back > MOST_PERIODS {
                bail!(Limit, "timewrap would make more than {MOST_PERIODS} periods");
            }
        }
        // A row for each distance from a period's start, a column for each period.
        let mut offsets: Vec<i64> = Vec::new();
        let mut cells: Vec<Option<(usize, i64)>> = Vec::with_capacity(times.len());
        for time in &times {
            cells.push(time.and_then(|time| {
                let period = starts.partition_point(|&start| start > time);
                let start = starts.get(period)?;
                let offset = ((time - start) * 1e6).round() as i64;
                offsets.push(offset);
                Some((period, offset))
            }));
        }
        offsets.sort_unstable();
        offsets.dedup();
        let latest = starts[0];
        let mut result = Batch::new(offsets.len());
        let mut fields = vec![field_name("_time")];
        result.set("_time", Column::from_numbers(offsets.iter().map(|&offset| latest + offset as f64 / 1e6).collect()));
        let mut periods: Vec<usize> = cells.iter().flatten().map(|cell| cell.0).collect();
        periods.sort_unstable();
        periods.dedup();
        for field in &data {
            let values = batch.column_or_null(field);
            for &period in periods.iter().rev() {
                let mut picks = vec![u32::MAX; offsets.len()];
                for (row, cell) in cells.iter().enumerate() {
                    if let Some((at, offset)) = cell
                        && *at == period
                        && let Ok(place) = offsets.binary_search(offset)
                    {
                        picks[place] = row as u32;
                    }
                }
                let name = self.name(period, starts[period], cx);
                let name = if data.len() == 1 { name } else { format!("{field}_{name}") };
                result.set(&name, values.take_or_null(&picks));
                declare(&mut fields, &name);
            }
        }
        Ok(Table::in_order(vec![result]).with_fields(fields))
    }
}

impl Node {
    /// The moment so many periods before another.
    fn back(&self, end: f64, periods: i64, cx: &RunContext<'_>) -> Result<f64> {
        let count = self.wrap.period.count.saturating_mul(periods);
        Ok(RelativeTime::parse(&format!("-{count}{}", self.wrap.period.unit.symbol()))?.apply(end, cx.functions.zone))
    }

    /// `latest_week`, `1week_before`; `s0`, `s1`; or the period's start in a format.
    fn name(&self, period: usize, start: f64, cx: &RunContext<'_>) -> String {
        let count = self.wrap.period.count;
        match self.wrap.series {
            Names::Short => format!("s{period}"),
            Names::Exact => {
                let format = self.wrap.format.as_deref().unwrap_or("%Y-%m-%d %H:%M:%S");
                strftime(start, format, cx.functions.zone).unwrap_or_else(|| number_text(start))
            }
            Names::Relative => {
                let word = unit_name(self.wrap.period.unit);
                match (period as i64 * count, count) {
                    (0, 1) => format!("latest_{word}"),
                    (0, count) => format!("latest_{count}{word}s"),
                    (1, _) => format!("1{word}_before"),
                    (back, _) => format!("{back}{word}s_before"),
                }
            }
        }
    }
}

fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Minute => "minute",
        TimeUnit::Hour => "hour",
        TimeUnit::Day => "day",
        TimeUnit::Week => "week",
        TimeUnit::Month => "month",
        TimeUnit::Quarter => "quarter",
        TimeUnit::Year => "year",
        _ => "second",
    }
}
