//! `spl search`: one search over files.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use spl_core::Engine;
use spl_core::exec::TableSource;
use spl_core::formats::ReadRequest;

use crate::args::{QueryArgs, SearchArgs};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::inputs;
use crate::output::{self, Look};
use crate::settings::{Settings, start_threads};

pub(crate) fn run(args: &SearchArgs, console: Console) -> Result<Exit, Failure> {
    start_threads(&args.resources)?;
    let settings = Settings::new(&args.time)?;
    let text = query(&args.query)?;
    let mut engine = settings.engine().build()?;
    // A search that is wrong fails before any file is read.
    engine.compile(&text)?;
    let exit = load(&mut engine, &args.events, console)?;
    let results = engine.search(&text)?;
    results.warnings.iter().for_each(|warning| console.warn(warning));
    let look = Look { format: args.format, color: console.results_color(), zone: settings.zone };
    output::write(&results.table, look, &mut io::stdout().lock())?;
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

/// Loads all events into the engine.
pub(crate) fn load(engine: &mut Engine, events: &crate::args::EventArgs, console: Console) -> Result<Exit, Failure> {
    let inputs = inputs::open(events, console)?;
    let (table, exit) = inputs.load(&ReadRequest::default(), console)?;
    let knowledge = engine.catalog().knowledge().clone();
    engine.catalog_mut().add_source(Arc::new(TableSource::new(table, knowledge)));
    Ok(exit)
}
