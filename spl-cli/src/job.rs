//! What all subcommands that plan or run searches share: [`Job`]: settings, console, guard, and engines made from the options.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use spl_core::exec::{Limits, Profile, RawSource, StreamSource, TableSource};
use spl_core::formats::ReadRequest;
use spl_core::knowledge::{LookupWriter, Macros};
use spl_core::{Engine, EngineBuilder, Results, RunOptions, Search};

use crate::args::{EventArgs, KnowledgeArgs, ResourceArgs, TimeArgs};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::guard::{Guard, Interrupts};
use crate::pack::Pack;
use crate::settings::Settings;
use crate::writer::NeverWrites;
use crate::{inputs, knowledge, memory, settings};

/// Scans that are cheaper than loading everything once: a scan decodes only what its search reads.
const RAW_SCANS: usize = 2;
/// Scans of inputs larger than memory that are worth the time that it takes to read them so often.
const STREAMED_SCANS: usize = 8;

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
        Self::start_with(time, resources, Interrupts::EndProgram, console)
    }

    /// As [`Job::start`], for a program that goes on when a run was interrupted.
    pub(crate) fn session(time: &TimeArgs, resources: &ResourceArgs, console: Console) -> Result<Self, Failure> {
        // Who waits for lines from a program wants the program to end.
        let interrupts = if io::stdin().is_terminal() { Interrupts::EndRun } else { Interrupts::EndProgram };
        Self::start_with(time, resources, interrupts, console)
    }

    fn start_with(
        time: &TimeArgs,
        resources: &ResourceArgs,
        interrupts: Interrupts,
        console: Console,
    ) -> Result<Self, Failure> {
        let settings = Settings::new(time)?;
        settings::start_threads(resources)?;
        let limits = Limits { memory: resources.max_memory, ..Limits::default() };
        Ok(Job { console, settings, guard: Guard::start(resources.max_memory, interrupts, console), limits })
    }

    /// An engine that knows what the options say, but no events.
    pub(crate) fn engine(&self, args: &KnowledgeArgs) -> Result<Engine, Failure> {
        self.engine_without(args, &[])
    }

    /// As [`Job::engine`], with optimizer rules switched off.
    pub(crate) fn engine_without(&self, args: &KnowledgeArgs, rules: &[&str]) -> Result<Engine, Failure> {
        let builder = knowledge::add(self.builder(), args, Macros::default(), None, self.console)?;
        self.build(builder.without_rules(rules.iter().copied()))
    }

    /// As [`Job::engine`], for a pack: its macros are known, and each of its detections' filter macros.
    pub(crate) fn engine_for(&self, pack: &Pack, args: &KnowledgeArgs) -> Result<Engine, Failure> {
        self.pack_engine(pack, args, None)
    }

    /// As [`Job::engine_for`], for a pack that is only planned.
    pub(crate) fn engine_to_plan(&self, pack: &Pack, args: &KnowledgeArgs) -> Result<Engine, Failure> {
        self.pack_engine(pack, args, Some(Arc::new(NeverWrites)))
    }

    fn pack_engine(
        &self,
        pack: &Pack,
        args: &KnowledgeArgs,
        writer: Option<Arc<dyn LookupWriter>>,
    ) -> Result<Engine, Failure> {
        let builder = knowledge::add(self.builder(), args, pack.macros.clone(), writer, self.console)?;
        let mut engine = self.build(builder)?;
        pack.define_filters(engine.catalog_mut().macros_mut());
        Ok(engine)
    }

    fn builder(&self) -> EngineBuilder {
        let Settings { now, zone, earliest, latest } = self.settings;
        Engine::builder().now(now).zone(zone).time_range(earliest, latest).limits(self.limits.clone())
    }

    fn build(&self, builder: EngineBuilder) -> Result<Engine, Failure> {
        let engine = builder.build()?;
        engine.problems().iter().for_each(|problem| self.console.warn(problem.to_string()));
        Ok(engine)
    }

    /// Gives the engine all events, to be read by plans that scan them so many times in all. Few scans read the files anew, each only
    /// what it needs; for many, everything is loaded first, if it fits into memory.
    pub(crate) fn attach(&self, engine: &mut Engine, events: &EventArgs, scans: usize) -> Result<Exit, Failure> {
        let found = inputs::find(events, self.console)?;
        if self.streams(found.bytes(), scans) {
            let (columnar, found) = found.split_columnar();
            let knowledge = engine.catalog().knowledge().clone();
            let memory = self.limits.memory.unwrap_or(u64::MAX);
            let mut exit = Exit::Done;
            if !columnar.is_empty() {
                let inputs = columnar.open()?;
                exit = inputs.exit;
                let source = RawSource::new(inputs.into_raw(), knowledge.clone()).within(memory);
                engine.catalog_mut().add_source(Arc::new(source));
            }
            if !found.is_empty() {
                let (inputs, others) = found.into_streams()?;
                exit = exit.max(others);
                engine.catalog_mut().add_source(Arc::new(StreamSource::new(inputs, knowledge).within(memory)));
            }
            return Ok(exit);
        }
        if scans > RAW_SCANS {
            return self.load(engine, events);
        }
        let inputs = found.open()?;
        let exit = inputs.exit;
        let knowledge = engine.catalog().knowledge().clone();
        engine.catalog_mut().add_source(Arc::new(RawSource::new(inputs.into_raw(), knowledge)));
        Ok(exit)
    }

    /// Whether inputs of about so many bytes are read as streams, a little at a time.
    fn streams(&self, bytes: Option<u64>, scans: usize) -> bool {
        match (bytes, self.limits.memory.or_else(memory::available)) {
            // Nobody knows how much will come out of a pipe, and it comes once.
            (None, _) => scans <= 1,
            (Some(bytes), Some(memory)) => scans <= STREAMED_SCANS && bytes > memory / 4,
            (Some(_), None) => false,
        }
    }

    /// Loads all events into the engine.
    pub(crate) fn load(&self, engine: &mut Engine, events: &EventArgs) -> Result<Exit, Failure> {
        let inputs = inputs::open(events, self.console)?;
        let knowledge = engine.catalog().knowledge().clone();
        let (now, rules) = (Some(self.settings.now), knowledge.input_rules());
        let (table, exit) = inputs.load(&ReadRequest { now, rules, ..ReadRequest::default() }, self.console)?;
        engine.catalog_mut().add_source(Arc::new(TableSource::new(table, knowledge)));
        Ok(exit)
    }

    /// Runs a search; tells its warnings.
    pub(crate) fn run(&self, search: &Search<'_>, profile: Option<&Profile>) -> Result<Results, Failure> {
        let options = RunOptions { cancel: Some(self.guard.cancel()), profile };
        let results = self.guard.run(|| search.run_with(options))?;
        results.warnings.iter().for_each(|warning| self.console.warn(warning));
        Ok(results)
    }
}
