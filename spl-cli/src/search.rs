//! `spl search`: one search over files.

use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use spl_core::Results;
use spl_core::error::{Diagnostic, ErrorKind};
use spl_core::formats::{Packing, write_parquet};

use crate::args::{Format, QueryArgs, SearchArgs, SearchFormat};
use crate::chart::{self, Chart};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::explain::count_scans;
use crate::inputs;
use crate::job::Job;
use crate::output::{self, Look};
use crate::writer::replace_with;

pub(crate) fn run(args: &SearchArgs, console: Console) -> Result<Exit, Failure> {
    let job = Job::start(&args.time, &args.resources, console)?;
    let text = query(&args.query)?;
    if args.chart && args.format.rows().is_some_and(|format| format != Format::Table) {
        return Err(Failure::usage("--chart draws for people; for a picture there are --format svg and --format html"));
    }
    let mut engine = job.engine(&args.knowledge)?;
    // A search that is wrong fails before any file is read.
    let scans = count_scans(engine.compile(&text)?.plan());
    if scans > 0 && args.events.data.is_empty() {
        console.warn("no --data is given, so there are no events to search");
    }
    let mut exit = job.attach(&mut engine, &args.events, scans)?;
    let started = Instant::now();
    let results = job.run(&engine.compile(&text)?, None)?;
    let took = started.elapsed();
    if results.damaged {
        exit = exit.max(Exit::Data);
    }
    let zone = job.settings.zone;
    let mut look = Look { whole: args.wide, ..Look::new(args.format.rows().unwrap_or_default(), console, zone) };
    if args.output.is_some() {
        (look.color, look.terminal) = (false, None);
    }
    let chart = match args.chart || args.format.rows().is_none() {
        true => Some(Chart::of(results.shown(), &chart::keys(&engine, &text), text.trim(), zone)),
        false => None,
    };
    if let Some(Err(why)) = chart.as_ref().filter(|_| args.format.rows().is_some()) {
        console.note(format!("no chart: {why}"));
    }
    let write = |out: &mut dyn Write| write(&results, (args.format, chart), (&text, look), out);
    match &args.output {
        None => write(&mut io::stdout().lock())?,
        Some(path) if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet")) => {
            replace_with(path, |file| write_parquet(&results.table, Packing::Rows, file).map_err(Failure::from))?;
        }
        Some(path) => replace_with(path, |file| write(&mut io::BufWriter::new(file)))?,
    }
    tell_count(&results, took, look, console);
    Ok(exit)
}

/// Writes the results, as rows, a chart or a picture.
fn write(
    results: &Results,
    (format, chart): (SearchFormat, Option<Result<Chart, String>>),
    (search, look): (&str, Look),
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let text = match (format, chart) {
        (SearchFormat::Html, chart) => {
            let chart = chart.and_then(Result::ok);
            chart::page(results.shown(), chart.as_ref(), search, look.zone)
        }
        (SearchFormat::Svg, Some(chart)) => {
            let chart = chart.map_err(|why| Diagnostic::new(ErrorKind::Argument, format!("no chart: {why}")))?;
            chart::picture(&chart)
        }
        (SearchFormat::Table, Some(Ok(chart))) => chart::draw(&chart, look.canvas()),
        _ => return Ok(output::write_results(results, look, out)?),
    };
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// A line below the results: how many there are; on a terminal also how long they took.
fn tell_count(results: &Results, took: Duration, look: Look, console: Console) {
    match results.table.rows() {
        0 => console.note("no results"),
        rows if look.terminal.is_some() && look.format == Format::Table => {
            console.aside(&format!("{} in {}", amount(rows, "result"), time(took)));
        }
        _ => {}
    }
}

/// A number of things.
pub(crate) fn amount(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// As people write how long something took.
pub(crate) fn time(took: Duration) -> String {
    match took.as_secs_f64() {
        seconds if seconds < 0.01 => format!("{:.1} ms", seconds * 1e3),
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}

/// The search's text.
pub(crate) fn query(args: &QueryArgs) -> Result<String, Failure> {
    match (&args.spl, &args.file) {
        (Some(text), _) => Ok(text.clone()),
        (None, Some(path)) => read_text(path),
        (None, None) => Err(Failure::usage("there is no search")),
    }
}

/// A text file; `-` is standard input.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = match path.as_os_str() == "-" {
        true => io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes),
        false => std::fs::read(path),
    };
    let bytes = read.map_err(|error| inputs::cannot_read(path, &error))?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::data(format!("{} is not UTF-8 text", path.display())))?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}
