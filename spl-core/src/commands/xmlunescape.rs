//! `xmlunescape`: XML entities in `_raw` as the characters they mean.

use super::lower::{self, each};
use super::prelude::*;
use crate::xml::entities;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "xmlunescape",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "xmlunescape [maxinputs=<int>]",
    summary: "Replaces XML entities in _raw by the characters they mean.",
    examples: &[Example {
        spl: "| makeresults | eval _raw=\"a &lt; b &amp; c\" | xmlunescape | table _raw",
        result: "_raw\na < b & c",
    }],
    parse: |args| {
        args.option("maxinputs")?.int()?;
        args.end()?;
        Ok(Box::new(Xmlunescape))
    },
};

#[derive(Debug)]
struct Xmlunescape;

impl Command for Xmlunescape {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        let assignment = lower::assign("_raw", "xmlunescape(_raw)", &["_raw"], |values, _| {
            Ok(each(&values[0], |value| Value::from(entities(&value.text()).into_owned())))
        });
        Ok(lower::extend(input, [assignment]))
    }
}
