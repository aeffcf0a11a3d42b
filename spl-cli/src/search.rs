//! `spl search`: one search over files.

use std::io::{self, Read};
use std::path::Path;

use crate::args::{QueryArgs, SearchArgs};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::explain::count_scans;
use crate::inputs;
use crate::job::Job;
use crate::output::{self, Look};

pub(crate) fn run(args: &SearchArgs, console: Console) -> Result<Exit, Failure> {
    let job = Job::start(&args.time, &args.resources, console)?;
    let text = query(&args.query)?;
    let mut engine = job.engine(&args.knowledge)?;
    // A search that is wrong fails before any file is read.
    let scans = count_scans(engine.compile(&text)?.plan());
    if scans > 0 && args.events.data.is_empty() {
        console.warn("no --data is given, so there are no events to search");
    }
    let mut exit = job.attach(&mut engine, &args.events, scans)?;
    let results = job.run(&engine.compile(&text)?, None)?;
    if results.damaged {
        exit = exit.max(Exit::Data);
    }
    let look = Look { format: args.format, color: console.results_color(), zone: job.settings.zone };
    output::write_results(&results, look, &mut io::stdout().lock())?;
    if results.table.rows() == 0 {
        console.note("no results");
    }
    Ok(exit)
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
