//! A session: events that stay loaded, what was set, and the last results. Carries out what was typed; does not know how it was typed.

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use spl_core::error::{ErrorKind, did_you_mean};
use spl_core::exec::TableSource;
use spl_core::formats::ReadRequest;
use spl_core::{Engine, Results, RunOptions};

use super::complete::Names;
use super::line::{self, Command, Line};
use crate::args::{DataArg, EventArgs, Format, ReplArgs};
use crate::chart::{self, Chart};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::job::Job;
use crate::output::{self, Look};
use crate::search::{amount, time};
use crate::{catalogue, highlight, inputs};

/// Events that tell which fields searches can ask for.
const SAMPLE: &str = "* | head 1000";

pub(super) struct Session {
    job: Job,
    engine: Engine,
    /// Whether `now` is the clock's.
    clock: bool,
    look: Look,
    timed: bool,
    last: Option<(String, Results)>,
    pub(super) names: Rc<RefCell<Names>>,
}

/// What comes after a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Go,
    Quit,
}

impl Session {
    pub(super) fn start(args: &ReplArgs, console: Console) -> Result<(Self, Exit), Failure> {
        if args.events.data.iter().any(|data| data.path.as_os_str() == "-") {
            return Err(Failure::usage("standard input is where the searches come from, so --data cannot be -"));
        }
        let job = Job::session(&args.time, &args.resources, console)?;
        let engine = job.engine(&args.knowledge)?;
        let look = Look::new(args.format, console, job.settings.zone);
        let clock = args.time.now.is_none();
        let names = Rc::new(RefCell::new(known(&engine)));
        let mut session = Session { job, engine, clock, look, timed: false, last: None, names };
        let exit = session.load(&args.events)?;
        Ok((session, exit))
    }

    fn console(&self) -> Console {
        self.job.console
    }

    /// Loads events beside those that are there.
    fn load(&mut self, events: &EventArgs) -> Result<Exit, Failure> {
        if events.data.is_empty() {
            return Ok(Exit::Done);
        }
        let started = Instant::now();
        let guard = &self.job.guard;
        guard.rearm();
        let (now, cancel) = (Some(self.job.settings.now), guard.cancel().clone());
        let rules = self.engine.catalog().knowledge().input_rules();
        let request = ReadRequest { now, cancel, rules, ..ReadRequest::default() };
        let (table, exit) = guard.run(|| inputs::open(events, self.console())?.load(&request, self.console()))?;
        let rows = table.rows();
        let knowledge = self.engine.catalog().knowledge().clone();
        self.engine.catalog_mut().add_source(Arc::new(TableSource::new(table, knowledge)));
        // Long for much text: its fields are found now.
        let options = RunOptions { cancel: Some(self.job.guard.cancel()), profile: None };
        let sample = self.job.guard.run(|| self.engine.compile(SAMPLE)?.run_with(options));
        if let Ok(sample) = sample {
            self.learn(&sample);
        }
        self.console().note(format!("{} loaded in {}", amount(rows, "event"), time(started.elapsed())));
        Ok(exit)
    }

    /// Keeps the names of a result's fields for completion.
    fn learn(&self, results: &Results) {
        let fields = results.table.fields();
        self.names.borrow_mut().fields.extend(fields.iter().map(|field| field.to_string()));
    }

    /// Carries out what was typed; failures are told, none of them ends the session.
    pub(super) fn line(&mut self, text: &str) -> (Next, Exit) {
        let done = match line::read(text) {
            Ok(Line::Empty) => Ok(Exit::Done),
            Ok(Line::Search(text)) => self.search(text),
            Ok(Line::Command(Command::Quit)) => return (Next::Quit, Exit::Done),
            Ok(Line::Command(command)) => self.command(&command),
            Err(message) => Err(Failure::usage(message)),
        };
        let exit = done.unwrap_or_else(|failure| {
            failure.diagnostic.iter().for_each(|diagnostic| match diagnostic.kind {
                ErrorKind::Cancelled => self.console().note("interrupted"),
                _ => self.console().error(diagnostic),
            });
            failure.exit
        });
        (Next::Go, exit)
    }

    /// The engine at this moment.
    fn engine(&self) -> Engine {
        if self.clock { self.engine.at(crate::settings::clock()) } else { self.engine.clone() }
    }

    fn search(&mut self, text: &str) -> Result<Exit, Failure> {
        let engine = self.engine();
        self.job.guard.rearm();
        let search = engine.compile(text)?;
        let started = Instant::now();
        let results = self.job.run(&search, None)?;
        let took = started.elapsed();
        self.learn(&results);
        let (guard, look) = (&self.job.guard, self.look);
        // What is printed can be interrupted, too.
        guard.run(|| output::write_results(&results, look, &mut guard.stoppable(io::stdout().lock())))?;
        self.tell(results.table.rows(), took);
        let exit = if results.damaged { Exit::Data } else { Exit::Done };
        self.last = Some((text.to_owned(), results));
        Ok(exit)
    }

    /// A line below the results, where there is somebody to read it.
    fn tell(&self, rows: usize, took: Duration) {
        let results = amount(rows, "result");
        match (self.timed, self.look.terminal) {
            (true, _) => self.console().aside(&format!("{results} in {}", time(took))),
            (false, Some(_)) if self.look.format == Format::Table => self.console().aside(&results),
            (false, _) => {}
        }
    }

    fn command(&mut self, command: &Command<'_>) -> Result<Exit, Failure> {
        match *command {
            Command::Load(path) => {
                let data = DataArg { path: PathBuf::from(unquoted(path)), ..DataArg::default() };
                return self.load(&EventArgs { data: vec![data], ..EventArgs::default() });
            }
            Command::Format(name) => match Format::from_str(name, true) {
                Ok(format) => self.look.format = format,
                Err(_) => {
                    let known = ["table", "json", "ndjson", "csv", "raw"];
                    let hint = did_you_mean(name, known).map(|near| format!("; did you mean `{near}`?"));
                    let hint = hint.unwrap_or_else(|| format!("; there are {}", known.join(", ")));
                    return Err(Failure::usage(format!("there is no format `{name}`{hint}")));
                }
            },
            Command::Time(on) => self.timed = on,
            Command::Wide(on) => self.look.whole = on,
            Command::Explain(text) => output::write_text(&self.engine().explain(text)?)?,
            Command::Chart => self.draw()?,
            Command::Fields(part) => {
                let names = self.names.borrow();
                let part = part.to_lowercase();
                let found = names.fields.iter().filter(|field| field.to_lowercase().contains(&part));
                output::write_text(&columns(found.map(String::as_str), self.look.terminal.unwrap_or(100)))?;
            }
            Command::Macros("") => self.document(&catalogue::macro_list(&self.engine))?,
            Command::Macros(name) => {
                self.document(&catalogue::document(&format!("`{}`", name.trim_matches('`')), &self.engine)?)?;
            }
            Command::Doc(name) => self.document(&catalogue::document(name, &self.engine)?)?,
            Command::Help => output::write_text(&line::help())?,
            Command::Quit => {}
        }
        Ok(Exit::Done)
    }

    fn document(&self, text: &str) -> io::Result<()> {
        if self.look.color { output::write_text(&highlight::document(text)) } else { output::write_text(text) }
    }

    fn draw(&self) -> Result<(), Failure> {
        let Some((text, results)) = &self.last else { return Err(Failure::usage("there are no results to draw")) };
        let keys = chart::keys(&self.engine, text);
        let chart = Chart::of(results.shown(), &keys, text, self.look.zone)
            .map_err(|why| Failure::usage(format!("no chart: {why}")))?;
        Ok(output::write_text(&chart::draw(&chart, self.look.canvas()))?)
    }
}

/// The names that do not depend on events.
fn known(engine: &Engine) -> Names {
    let catalog = engine.catalog();
    Names {
        macros: catalog.macros().iter().map(|known| (known.name.clone(), known.args.len())).collect(),
        lookups: catalog.lookups().names().into_iter().collect(),
        models: catalog.data_models().names().map(str::to_owned).collect(),
        ..Names::default()
    }
}

/// A path as shells let people write it.
fn unquoted(path: &str) -> &str {
    let inside = |quote: char| path.strip_prefix(quote).and_then(|path| path.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(path)
}

/// Names in columns of one width.
fn columns<'a>(names: impl Iterator<Item = &'a str>, width: usize) -> String {
    let names: Vec<&str> = names.collect();
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0) + 2;
    let (mut text, mut column) = (String::new(), 0);
    for (n, name) in names.iter().enumerate() {
        if n > 0 && column + widest > width {
            text = text.trim_end().to_owned() + "\n";
            column = 0;
        }
        text.push_str(&format!("{name:widest$}"));
        column += widest;
    }
    if names.is_empty() { text } else { text.trim_end().to_owned() + "\n" }
}
