//! `spl pack`: all events in one Parquet file.

use spl_core::formats::{Packing, ReadRequest, write_parquet};

use crate::args::{KnowledgeArgs, PackArgs, TimeArgs};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::inputs;
use crate::job::Job;
use crate::writer::replace_with;

pub(crate) fn run(args: &PackArgs, console: Console) -> Result<Exit, Failure> {
    let time = TimeArgs { now: args.now.clone(), tz: "UTC".into(), ..TimeArgs::default() };
    let job = Job::start(&time, &args.resources, console)?;
    let engine = job.engine(&KnowledgeArgs { app: args.app.clone(), ..KnowledgeArgs::default() })?;
    let rules = engine.catalog().knowledge().input_rules();
    let request = ReadRequest { now: Some(job.settings.now), rules, ..ReadRequest::default() };
    let (table, exit) = inputs::open(&args.events, console)?.load(&request, console)?;
    let packing = if args.lean { Packing::LeanEvents } else { Packing::Events };
    replace_with(&args.output, |file| write_parquet(&table, packing, file).map_err(Failure::from)).map_err(
        |failure| match failure.diagnostic {
            Some(mut diagnostic) => {
                diagnostic.message = format!("{}: {}", args.output.display(), diagnostic.message);
                Failure::from(diagnostic)
            }
            None => failure,
        },
    )?;
    let size = std::fs::metadata(&args.output).map_or(0, |meta| meta.len());
    console.note(format!("{} events in {} MB", table.rows(), size.div_ceil(1 << 20)));
    Ok(exit)
}
