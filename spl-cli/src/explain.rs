//! `spl explain`: the kinds of a search's commands, its plan before and after the optimizer, what it reads, and with `--analyze` where the
//! time goes.

use std::fmt::Write;
use std::time::{Duration, Instant};

use spl_core::commands::{Kind, find_command};
use spl_core::exec::{Profile, ProfileNode};
use spl_core::plan::{FieldSet, Plan, Predicate, Scan};
use spl_core::syntax::Args;
use spl_core::syntax::ast::{Pipeline, StageKind};

use crate::args::ExplainArgs;
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::job::Job;
use crate::output;
use crate::search::query;
use crate::stages::kind_name;

pub(crate) fn run(args: &ExplainArgs, console: Console) -> Result<Exit, Failure> {
    let job = Job::start(&args.time, &args.resources, console)?;
    let text = query(&args.query)?;
    let mut engine = job.engine(&args.knowledge)?;
    // Errors come with their place in the search from here.
    engine.compile(&text)?;
    let expanded = engine.expand(&text)?.text;
    let pipeline = engine.parse(&expanded)?;
    let plan = engine.plan(&pipeline)?;
    let mut report = format!("Commands:\n{}\nPlan as written:\n{}", kinds(&pipeline), plan.explain());
    let plan = engine.optimize(plan);
    let _ = write!(report, "\nPlan as run:\n{}\nFields read: {}\n", plan.explain(), fields_read(&plan));
    let mut exit = Exit::Done;
    if args.analyze {
        exit = job.attach(&mut engine, &args.events, count_scans(&plan))?;
        let profile = Profile::default();
        let started = Instant::now();
        let search = engine.compile(&text)?;
        let planned = started.elapsed();
        let rows = job.run(&search, Some(&profile))?.table.rows();
        report.push_str(&analysis(&profile.nodes(), planned, started.elapsed(), rows));
    }
    output::write_text(&report)?;
    Ok(exit)
}

/// The commands with their kinds, which depend on the arguments for some.
fn kinds(pipeline: &Pipeline) -> String {
    let mut text = String::new();
    for (n, stage) in pipeline.stages.iter().enumerate() {
        let StageKind::Command { name, .. } = &stage.kind else { continue };
        let Some(spec) = find_command(&name.node) else { continue };
        let parsed = Args::of(stage).and_then(|mut args| (spec.parse)(&mut args).ok());
        let kind = match parsed {
            // What begins a search reads events from the indexes.
            Some(command) if n > 0 || spec.kind != Kind::Generating => command.kind(),
            _ => spec.kind,
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{:<14} {}", name.node, kind_name(kind));
    }
    text
}

/// What the scans of a plan are asked for, conditions included.
fn fields_read(plan: &Plan) -> String {
    let mut scans = Vec::new();
    collect_scans(plan, &mut scans);
    if scans.is_empty() {
        return "none".to_owned();
    }
    let of_scan = |scan: &&Scan| {
        let tested = scan.predicate.as_ref().map_or(Some(FieldSet::none()), Predicate::reads);
        scan.fields.clone().union(&tested.unwrap_or_else(FieldSet::all))
    };
    let all = scans.iter().map(of_scan).fold(FieldSet::none(), |all, fields| all.union(&fields));
    if all.is_all() {
        return "all".to_owned();
    }
    let mut names: Vec<&str> = all.names().map(|name| &**name).collect();
    names.sort_unstable();
    names.join(", ")
}

/// How often a plan reads events.
pub(crate) fn count_scans(plan: &Plan) -> usize {
    let mut scans = Vec::new();
    collect_scans(plan, &mut scans);
    scans.len()
}

/// The reads of events in a plan, subsearches included.
fn collect_scans<'p>(plan: &'p Plan, into: &mut Vec<&'p Scan>) {
    if let Plan::Scan(scan) = plan {
        into.push(scan);
    }
    plan.inputs().into_iter().for_each(|input| collect_scans(input, into));
    plan.subplans().into_iter().for_each(|(_, plan)| collect_scans(plan, into));
}

/// Rows and time of each node, the last one first. The times of all lines add up to the whole.
fn analysis(nodes: &[ProfileNode], planned: Duration, wall: Duration, rows: usize) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let mut lines: Vec<(usize, Duration, String)> = Vec::new();
    // Inputs end before their node does: those that no node has claimed yet and that stand one deeper are its inputs.
    let mut open: Vec<&ProfileNode> = Vec::new();
    for node in nodes {
        let mut inputs = Duration::ZERO;
        while let Some(input) = open.pop_if(|other| other.depth > node.depth) {
            inputs += if input.depth == node.depth + 1 { input.total } else { Duration::ZERO };
        }
        open.push(node);
        let name = format!("{:indent$}{}", "", node.name, indent = node.depth * 2);
        lines.push((node.rows, node.total.saturating_sub(inputs), name));
    }
    let run: Duration = open.iter().map(|node| node.total).sum();
    lines.reverse();
    lines.insert(0, (rows, wall.saturating_sub(planned + run), "results in order".to_owned()));
    lines.push((0, planned, "expand, parse, plan, optimize".to_owned()));
    let mut text = String::from("\nAnalysis:\n        rows         ms       %\n");
    for (rows, time, name) in &lines {
        let share = 100.0 * time.as_secs_f64() / wall.as_secs_f64().max(f64::MIN_POSITIVE);
        let _ = writeln!(text, "{rows:>12} {:>10.3} {share:>7.1}  {name}", ms(*time));
    }
    let _ = writeln!(text, "{:>12} {:>10.3} {:>7.1}  in all", "", ms(wall), 100.0);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_add_up() {
        let node = |name: &str, depth, rows, ms| ProfileNode {
            name: name.to_owned(),
            depth,
            rows,
            total: Duration::from_millis(ms),
        };
        let nodes = [node("Scan", 2, 9, 10), node("Scan", 2, 5, 5), node("Union", 1, 14, 20), node("Limit", 0, 3, 21)];
        let text = analysis(&nodes, Duration::from_millis(1), Duration::from_millis(25), 3);
        let times: Vec<f64> =
            text.lines().skip(3).filter_map(|line| line.split_whitespace().nth(1)?.parse().ok()).collect();
        assert_eq!(times[..times.len() - 1], [3.0, 1.0, 5.0, 5.0, 10.0, 1.0]);
    }
}
