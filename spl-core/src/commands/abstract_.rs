//! `abstract`: the lines of an event that matter most.

use super::lower;
use super::prelude::*;
use crate::plan::Scan;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "abstract",
    aliases: &["excerpt"],
    kind: Kind::DistributableStreaming,
    syntax: "abstract [maxterms=<int>] [maxlines=<int>]",
    summary: "Shortens _raw to the 10 lines, or as many as given, that hold most of the words searched for.",
    examples: &[Example {
        spl: "| makeresults | eval _raw=\"one\ntwo\nthree\" | abstract maxlines=2 | table _raw",
        result: "_raw\n\"one\\ntwo\"",
    }],
    parse: |args| {
        let terms = within(args.option("maxterms")?.int()?.unwrap_or(1_000), 1_000, "maxterms", args)?;
        let lines = within(args.option("maxlines")?.int()?.unwrap_or(10), 500, "maxlines", args)?;
        args.end()?;
        Ok(Box::new(Abstract { terms, lines }))
    },
};

fn within(given: i64, most: usize, name: &str, args: &Args<'_>) -> Result<usize> {
    match usize::try_from(given) {
        Ok(count) if (1..=most).contains(&count) => Ok(count),
        _ => bail!(Argument, args.span(), "`{name}` must be from 1 to {most}, not {given}"),
    }
}

#[derive(Debug)]
struct Abstract {
    terms: usize,
    lines: usize,
}

impl Command for Abstract {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        let mut terms = searched(&input);
        terms.truncate(self.terms);
        let lines = self.lines;
        let assignment = lower::assign("_raw", "abstract(_raw)", &["_raw"], move |values, _| {
            Ok(lower::each(&values[0], |value| Value::from(shortened(&value.text(), &terms, lines))))
        });
        Ok(lower::extend(input, [assignment]))
    }
}

/// The words that the plan's events were searched for, in lower case.
fn searched(plan: &Plan) -> Vec<String> {
    let of = |predicate: &Predicate| predicate.literals(&|_, _| true).into_iter().flatten().collect();
    match plan {
        Plan::Scan(Scan { predicate: Some(predicate), .. }) => of(predicate),
        Plan::Filter(input, predicate, _) => {
            let mut terms: Vec<String> = of(predicate);
            terms.extend(searched(input));
            terms
        }
        other => other.inputs().into_iter().flat_map(searched).collect(),
    }
}

/// The lines with most of the terms, in their order; of equals the earlier ones.
fn shortened(text: &str, terms: &[String], most: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= most {
        return text.to_owned();
    }
    let score = |line: &str| {
        let line = line.to_lowercase();
        terms.iter().filter(|term| line.contains(&***term)).count()
    };
    let mut ranked: Vec<(usize, usize)> = lines.iter().enumerate().map(|(at, line)| (score(line), at)).collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut kept: Vec<usize> = ranked.into_iter().take(most).map(|(_, at)| at).collect();
    kept.sort_unstable();
    kept.into_iter().map(|at| lines[at]).collect::<Vec<_>>().join("\n")
}
