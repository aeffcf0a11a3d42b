//! `spl detect`: detection documents over events, all over the same loaded table, in parallel; what is written keeps their order.

mod closer;
mod outcome;

use std::io::{self, Write as _};
use std::path::Path;

use indexmap::IndexMap;
use rayon::prelude::*;
use spl_core::Engine;
use spl_core::error::{Diagnostic, ErrorKind};
use spl_core::table::Table;

use crate::args::{DetectArgs, Format};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::explain::count_scans;
use crate::job::Job;
use crate::output::{self, Look};
use crate::pack::{Pack, PackSearch};
use crate::writer;
use closer::{Closer, opening_time};
use outcome::Outcome;

pub(crate) fn run(args: &DetectArgs, console: Console) -> Result<Exit, Failure> {
    if args.risk == Some(None) && (args.drilldowns || args.summary) {
        let besides = if args.drilldowns { "--drilldowns" } else { "--summary" };
        return Err(Failure::usage(format!(
            "--risk stands in place of what {besides} writes; give it a file: --risk=FILE"
        )));
    }
    let job = Job::start(&args.time, &args.resources, console)?;
    let opened = opening_time(args, &job)?;
    let pack = Pack::read(&args.paths, console);
    pack.tell_failures(console);
    if pack.searches.is_empty() {
        return Err(Failure::data("there is no detection in the files given"));
    }
    let mut engine = job.engine_for(&pack, &args.knowledge)?;
    // Searches that cannot be planned read nothing. How many drill-downs there will be, nobody knows.
    let scans = |search: &PackSearch| engine.compile(&search.text).map_or(0, |compiled| count_scans(compiled.plan()));
    let scans = if args.drilldowns { usize::MAX } else { pack.searches.iter().map(scans).sum() };
    let mut exit = job.attach(&mut engine, &args.events, scans)?;
    if !pack.failures.is_empty() {
        exit = exit.max(Exit::Data);
    }
    let look = Look::new(args.format, console, job.settings.zone);
    let follows = args.drilldowns || args.risk.is_some();
    let (outcomes, risk) = job.guard.run(|| {
        let of = |search| {
            let mut outcome = Outcome::of(search, &engine, &job);
            // Results that nobody asks for again are not kept.
            if !follows {
                outcome.write(args, look, None);
            }
            outcome
        };
        engine.catalog().prepare();
        let mut outcomes: Vec<Outcome<'_>> = pack.searches.par_iter().map(of).collect();
        let risk = if follows { follow(&mut outcomes, &engine, &job, args, look, opened) } else { Table::default() };
        job.guard.check().map(|()| (outcomes, risk))
    })?;
    tell_warnings(&outcomes, console);
    if outcomes.iter().any(|outcome| outcome.damaged) {
        exit = exit.max(Exit::Data);
    }
    for error in outcomes.iter().flat_map(Outcome::errors) {
        exit = exit.max(error.kind.into());
    }
    if let Some(Some(file)) = &args.risk {
        write_risk(&risk, file, look)?;
    }
    match &args.risk {
        Some(None) => output::write(&risk, look, &mut io::stdout().lock())?,
        _ => write_outcomes(&outcomes, args)?,
    }
    let results: usize = outcomes.iter().map(|outcome| outcome.count).sum();
    let failed = outcomes.iter().filter(|outcome| outcome.error.is_some()).count();
    let failed = if failed == 0 { String::new() } else { format!("; {failed} could not run") };
    console.note(format!("{}, {}{failed}", count(outcomes.len(), "detection"), count(results, "result")));
    Ok(exit)
}

/// Makes risk events of the results, and of both what drill-downs find; puts all into words.
fn follow(
    outcomes: &mut [Outcome<'_>],
    engine: &Engine,
    job: &Job,
    args: &DetectArgs,
    look: Look,
    opened: f64,
) -> Table {
    let risk = risk_events(outcomes, job);
    if args.drilldowns {
        closer::tell_of_old_events(&risk, opened, job);
        let engine = engine.with_events(risk.clone()).at(opened);
        engine.catalog().prepare();
        outcomes.par_iter_mut().for_each(|outcome| {
            let closer = Closer::of(outcome, &engine, job);
            outcome.write(args, look, Some(closer));
        });
    } else {
        outcomes.par_iter_mut().for_each(|outcome| outcome.write(args, look, None));
    }
    risk
}

/// The risk events of all detections, newest first.
fn risk_events(outcomes: &[Outcome<'_>], job: &Job) -> Table {
    let tables = outcomes.par_iter().filter_map(|outcome| {
        let (detection, results) = (outcome.search.detection.as_ref()?, outcome.results.as_ref()?);
        Some(detection.risk_events(&results.table, &outcome.run(job)))
    });
    let tables: Vec<Table> = tables.collect();
    let mut fields: Vec<_> = tables.iter().flat_map(Table::fields).collect();
    let first = ["_time", "_raw", "index", "source", "sourcetype"];
    let place = |field: &str| first.iter().position(|own| *own == field).unwrap_or(first.len());
    fields.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.cmp(b)));
    fields.dedup();
    let mut batches: Vec<_> = tables.into_iter().flat_map(Table::into_batches).collect();
    batches.retain(|batch| batch.rows() > 0);
    Table::in_order(batches).with_fields(fields)
}

/// Writes risk events into a file, an object a line: the file is whole or not there.
fn write_risk(risk: &Table, file: &Path, look: Look) -> Result<(), Failure> {
    let mut lines = Vec::new();
    output::write(risk, Look { format: Format::Ndjson, ..look }, &mut lines)?;
    writer::replace(file, &lines).map_err(|error| Failure::data(format!("cannot write {}: {error}", file.display())))
}

fn write_outcomes(outcomes: &[Outcome<'_>], args: &DetectArgs) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(before(args).as_bytes())?;
    let mut first = true;
    for outcome in outcomes.iter().filter(|outcome| !outcome.text.is_empty()) {
        if args.format == Format::Json && !std::mem::take(&mut first) {
            out.write_all(b",\n")?;
        }
        out.write_all(outcome.text.as_bytes())?;
    }
    out.write_all(if args.format == Format::Json { b"\n]\n" } else { b"" })?;
    out.flush()?;
    Ok(())
}

/// What comes before the first outcome.
fn before(args: &DetectArgs) -> &'static str {
    match (args.format, args.summary) {
        (Format::Json, _) => "[\n",
        (Format::Csv, true) => "detection,file,results,ms,error\n",
        (Format::Csv, false) if args.drilldowns => "detection,file,result,message,risk,threat,drilldowns,error\n",
        (Format::Csv, false) => "detection,file,result,message,risk,threat,error\n",
        (Format::Table, true) => "  results         ms  detection\n",
        _ => "",
    }
}

/// Warnings, each once.
fn tell_warnings(outcomes: &[Outcome<'_>], console: Console) {
    let mut warnings: IndexMap<&str, usize> = IndexMap::new();
    outcomes.iter().flat_map(|outcome| &outcome.warnings).for_each(|text| *warnings.entry(text).or_default() += 1);
    for (text, count) in warnings {
        console.warn(if count == 1 { text.to_owned() } else { format!("{text} (in {count} detections)") });
    }
}

/// `1 result`, `2 results`.
fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// A fault of ours in one detection is an error of this detection, and does not cost the results of the others.
fn contained<T>(work: impl FnOnce() -> Result<T, Box<Diagnostic>>) -> Result<T, Box<Diagnostic>> {
    // What the engine shares between searches is not left half changed: its locks are for whole values.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let message = "the engine failed on this search; this is a bug, please report it";
        Err(Box::new(Diagnostic::new(ErrorKind::Unsupported, message)))
    })
}
