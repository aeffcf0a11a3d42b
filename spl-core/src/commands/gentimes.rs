//! `gentimes`: a row for each span of time.

use super::prelude::*;
use crate::time::{Civil, Zone, local_epoch, strftime, strptime};

/// Rows made at most.
const MOST: usize = 100_000;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "gentimes",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "gentimes start=<timestamp> [end=<timestamp>] [increment=<int>(s|m|h|d)]",
    summary: "Makes a row for each day, or other span, between two times; -N means N days ago.",
    examples: &[Example {
        spl: "| gentimes start=10/01/2018 end=10/03/2018 | table starttime endtime",
        result: "starttime  | endtime\n1538352000 | 1538438399\n1538438400 | 1538524799",
    }],
    parse: |args| {
        let start = args.option("start")?.spanned()?;
        let end = args.option("end")?.spanned()?;
        let step = match args.option("increment")?.spanned()? {
            None => Step::Days(1),
            Some(text) => match step(&text.node) {
                Some(step) => step,
                None => bail!(Argument, text.span, "`{}` is no increment", text.node; hint: "such as 6h or 1d"),
            },
        };
        args.end()?;
        let Some(start) = start else { bail!(Syntax, args.here(), "gentimes needs start=<timestamp>") };
        Ok(Box::new(Gentimes { start, end, step }))
    },
};

#[derive(Clone, Copy, Debug)]
enum Step {
    Seconds(i64),
    /// By the calendar, for days are not equally long.
    Days(i64),
}

fn step(text: &str) -> Option<Step> {
    let (count, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let count: i64 = count.parse().ok().filter(|count| (1..=1_000_000_000).contains(count))?;
    match unit {
        "s" => Some(Step::Seconds(count)),
        "m" => Some(Step::Seconds(count * 60)),
        "h" => Some(Step::Seconds(count * 3_600)),
        "d" | "" => Some(Step::Days(count)),
        _ => None,
    }
}

#[derive(Debug)]
struct Gentimes {
    start: Spanned<String>,
    end: Option<Spanned<String>>,
    step: Step,
}

impl Command for Gentimes {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !input.is_nothing() {
            bail!(Syntax, "gentimes must be the first command of a search");
        }
        let (now, zone) = (cx.functions.now, cx.functions.zone);
        let read = |text: &Spanned<String>| match timestamp(&text.node, now, zone) {
            Some(time) => Ok(time),
            None => {
                bail!(Argument, text.span, "`{}` is no time", text.node; hint: "such as 10/01/2018:06:00:00, or -7 for seven days ago")
            }
        };
        let start = read(&self.start)?;
        let end = self.end.as_ref().map(read).transpose()?.unwrap_or_else(|| midnight(now, 0, zone));
        let human = |time: f64| Value::from(strftime(time, "%a %b %d %H:%M:%S %Y", zone));
        let (mut rows, mut time) = (Vec::new(), start);
        while time < end {
            let next = match self.step {
                Step::Seconds(seconds) => time + seconds as f64,
                Step::Days(days) => later(time, days, zone),
            };
            // The calendar ends somewhere.
            if next <= time {
                break;
            }
            if rows.len() == MOST {
                bail!(Limit, "gentimes makes more than {MOST} rows");
            }
            rows.push(vec![Value::Num(time), human(time), Value::Num(next - 1.0), human(next - 1.0)]);
            time = next;
        }
        let fields = ["starttime", "starthuman", "endtime", "endhuman"].map(field_name);
        Ok(Plan::Values(Arc::new(Table::from_rows(&fields, rows))))
    }
}

/// A date, with or without a time of day; or days back from today.
fn timestamp(text: &str, now: f64, zone: Zone) -> Option<f64> {
    if let Ok(days) = text.parse::<i32>() {
        return Some(midnight(now, i64::from(days), zone));
    }
    let year = text.split(['/', ':']).nth(2)?;
    let date = if year.len() == 2 { "%m/%d/%y" } else { "%m/%d/%Y" };
    let format = if text.contains(':') { format!("{date}:%H:%M:%S") } else { date.to_owned() };
    strptime(text, &format, zone, now)
}

/// The beginning of the day so many days from now.
fn midnight(now: f64, days: i64, zone: Zone) -> f64 {
    let Some(civil) = Civil::at(now, zone) else { return now };
    local_epoch((civil.days() + days) * 86_400, zone) as f64
}

/// The same time of day, days later.
fn later(time: f64, days: i64, zone: Zone) -> f64 {
    let Some(civil) = Civil::at(time, zone) else { return time };
    let of_day = i64::from(civil.hour) * 3_600 + i64::from(civil.minute) * 60 + i64::from(civil.second);
    local_epoch((civil.days() + days) * 86_400 + of_day, zone) as f64
}
