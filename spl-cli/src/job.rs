//! What all subcommands that plan or run searches share: [`Job`]: settings, console, guard, and engines made from the options.

use std::sync::Arc;

use spl_core::exec::{Limits, Profile, RawSource, TableSource};
use spl_core::formats::ReadRequest;
use spl_core::knowledge::Macros;
use spl_core::{Engine, EngineBuilder, Results, RunOptions, Search};

use crate::args::{EventArgs, KnowledgeArgs, ResourceArgs, TimeArgs};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::guard::Guard;
use crate::settings::Settings;
use crate::{inputs, knowledge, settings};

/// Scans that are cheaper than loading everything once: a scan decodes only what its search reads.
const RAW_SCANS: usize = 2;

/// One use of the program.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) console: Console,
    pub(crate) settings: Settings,
    pub(crate) guard: Guard,
    limits: Limits,
}

impl Job {
    /// Reads the clock, starts the threads and watches for interrupts.
    pub(crate) fn start(time: &TimeArgs, resources: &ResourceArgs, console: Console) -> Result<Self, Failure> {
        let settings = Settings::new(time)?;
        settings::start_threads(resources)?;
        let limits = Limits { memory: resources.max_memory, ..Limits::default() };
        Ok(Job { console, settings, guard: Guard::start(resources.max_memory, console), limits })
    }

    /// An engine that knows what the options say, but no events.
    pub(crate) fn engine(&self, args: &KnowledgeArgs) -> Result<EngineBuilder, Failure> {
        self.engine_with(args, Macros::default())
    }

    /// As [`Job::engine`], with macros that those of the options are laid over.
    pub(crate) fn engine_with(&self, args: &KnowledgeArgs, macros: Macros) -> Result<EngineBuilder, Failure> {
        let Settings { now, zone, earliest, latest } = self.settings;
        let builder = Engine::builder().now(now).zone(zone).time_range(earliest, latest).limits(self.limits.clone());
        knowledge::add(builder, args, macros, self.console)
    }

    /// Gives the engine all events, to be read by plans that scan them so many times in all. Few scans read the files anew, each only
    /// what it needs; for many, everything is loaded first.
    pub(crate) fn attach(&self, engine: &mut Engine, events: &EventArgs, scans: usize) -> Result<Exit, Failure> {
        if scans > RAW_SCANS {
            return self.load(engine, events);
        }
        let inputs = inputs::open(events, self.console)?;
        let exit = inputs.exit;
        let knowledge = engine.catalog().knowledge().clone();
        engine.catalog_mut().add_source(Arc::new(RawSource::new(inputs.into_raw(), knowledge)));
        Ok(exit)
    }

    /// Loads all events into the engine.
    pub(crate) fn load(&self, engine: &mut Engine, events: &EventArgs) -> Result<Exit, Failure> {
        let inputs = inputs::open(events, self.console)?;
        let (table, exit) =
            inputs.load(&ReadRequest { now: Some(self.settings.now), ..ReadRequest::default() }, self.console)?;
        let knowledge = engine.catalog().knowledge().clone();
        engine.catalog_mut().add_source(Arc::new(TableSource::new(table, knowledge)));
        Ok(exit)
    }

    /// Runs a search; tells its warnings.
    pub(crate) fn run(&self, search: &Search<'_>, profile: Option<&Profile>) -> Result<Results, Failure> {
        let options = RunOptions { cancel: Some(self.guard.stop()), profile };
        let results = self.guard.run(|| search.run_with(options))?;
        results.warnings.iter().for_each(|warning| self.console.warn(warning));
        Ok(results)
    }
}
