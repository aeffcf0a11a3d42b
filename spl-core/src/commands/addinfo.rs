//! `addinfo`: when the search ran, and over what time.

use super::lower;
use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "addinfo",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "addinfo",
    summary: "Adds the bounds of the search's time range, its id and its start to every row.",
    examples: &[Example {
        spl: "| makeresults | addinfo | table info_min_time info_max_time",
        result: "info_min_time | info_max_time\n0.000 | +Infinity",
    }],
    parse: |args| {
        args.end()?;
        Ok(Box::new(Addinfo))
    },
};

#[derive(Debug)]
struct Addinfo;

impl Command for Addinfo {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        let range = input.scanned_time().unwrap_or(cx.time);
        let now = cx.functions.now;
        let latest = match (range.latest, range.earliest) {
            (Some(latest), _) => Value::Fixed(latest, 3),
            // A search that says only when to begin ends now.
            (None, Some(_)) => Value::Fixed(now, 3),
            (None, None) => Value::str("+Infinity"),
        };
        let fields = [
            ("info_min_time", Value::Fixed(range.earliest.unwrap_or(0.0), 3)),
            ("info_max_time", latest),
            ("info_sid", Value::Fixed(now, 3)),
            ("info_search_time", Value::Fixed(now, 3)),
        ];
        Ok(lower::extend(input, fields.map(|(name, value)| lower::constant(name, value))))
    }
}
