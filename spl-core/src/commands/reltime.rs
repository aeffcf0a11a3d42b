//! `reltime`: times as people say them.

use super::lower::{self, each};
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "reltime",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "reltime [timefield=<field-list>] [prefix=<string>]",
    summary: "Adds how long ago the times of fields were, such as 2 days ago.",
    examples: &[Example {
        spl: "| makeresults | eval _time=_time-180 | reltime | table reltime",
        result: "reltime\n3 minutes ago",
    }],
    parse: |args| {
        let fields = args.option("timefield")?.string()?.unwrap_or_else(|| "_time".to_owned());
        let prefix = args.option("prefix")?.string()?;
        args.end()?;
        let fields: Vec<String> = fields.split([',', ' ']).filter(|f| !f.is_empty()).map(str::to_owned).collect();
        Ok(Box::new(Reltime { fields, prefix }))
    },
};

#[derive(Debug)]
struct Reltime {
    fields: Vec<String>,
    prefix: Option<String>,
}

impl Command for Reltime {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        let target = |field: &str| match (&self.prefix, self.fields.len()) {
            (Some(prefix), _) => format!("{prefix}{field}"),
            (None, 1) => "reltime".to_owned(),
            (None, _) => format!("reltime_{field}"),
        };
        let assignments = self.fields.iter().map(|field| {
            lower::assign(&target(field), format!("reltime({field})"), &[field], |values, cx| {
                let ago = |value: &Value| value.number().map(|time| ago(cx.now - time)).into();
                Ok(each(&values[0], ago))
            })
        });
        Ok(lower::extend(input, assignments))
    }
}

/// The largest unit of which there is at least one.
fn ago(seconds: f64) -> String {
    const UNITS: &[(f64, &str)] = &[
        (31_536_000.0, "year"),
        (2_592_000.0, "month"),
        (86_400.0, "day"),
        (3_600.0, "hour"),
        (60.0, "minute"),
        (1.0, "second"),
    ];
    let distance = seconds.abs();
    let Some((width, unit)) = UNITS.iter().find(|(width, _)| distance >= *width) else { return "now".to_owned() };
    let count = (distance / width).floor();
    let plural = if count == 1.0 { "" } else { "s" };
    let count = crate::value::number_text(count);
    match seconds < 0.0 {
        true => format!("{count} {unit}{plural} from now"),
        false => format!("{count} {unit}{plural} ago"),
    }
}
