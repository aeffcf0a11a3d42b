//! `spl detect`: detection documents over events, all over the same loaded table, in parallel; what is written keeps their order.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Instant;

use indexmap::IndexMap;
use rayon::prelude::*;
use serde_json::{Value, json};
use spl_core::error::{Diagnostic, ErrorKind};
use spl_core::table::{FieldName, Table};
use spl_core::value::ValueRef;
use spl_core::{Engine, Results, RunOptions};

use crate::args::{DetectArgs, Format};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::explain::count_scans;
use crate::job::Job;
use crate::output::{self, Keys, Line, Look, each_line};
use crate::pack::{Detection, Pack, PackSearch};

pub(crate) fn run(args: &DetectArgs, console: Console) -> Result<Exit, Failure> {
    let job = Job::start(&args.time, &args.resources, console)?;
    let pack = Pack::read(&args.paths, console);
    pack.tell_failures(console);
    if pack.searches.is_empty() {
        return Err(Failure::data("there is no detection in the files given"));
    }
    let mut engine = job.engine_for(&pack, &args.knowledge)?;
    // Searches that cannot be planned read nothing.
    let scans = |search: &PackSearch| engine.compile(&search.text).map_or(0, |compiled| count_scans(compiled.plan()));
    let scans = pack.searches.iter().map(scans).sum();
    let mut exit = job.attach(&mut engine, &args.events, scans)?;
    if !pack.failures.is_empty() {
        exit = exit.max(Exit::Data);
    }
    let look = Look { format: args.format, color: console.results_color(), zone: job.settings.zone };
    let outcomes = job.guard.run(|| {
        let outcomes: Vec<Outcome<'_>> =
            pack.searches.par_iter().map(|s| Outcome::of(s, &engine, &job, args, look)).collect();
        job.guard.check().map(|()| outcomes)
    })?;
    tell_warnings(&outcomes, console);
    if outcomes.iter().any(|outcome| outcome.damaged) {
        exit = exit.max(Exit::Data);
    }
    let mut out = io::stdout().lock();
    out.write_all(before(args).as_bytes())?;
    for (n, outcome) in outcomes.iter().enumerate() {
        if let Some(error) = &outcome.error {
            exit = exit.max(error.kind.into());
        }
        if n > 0 && args.format == Format::Json && !outcome.text.is_empty() {
            out.write_all(b",\n")?;
        }
        out.write_all(outcome.text.as_bytes())?;
    }
    out.write_all(if args.format == Format::Json { b"\n]\n" } else { b"" })?;
    out.flush()?;
    let results: usize = outcomes.iter().map(|outcome| outcome.results).sum();
    let failed = outcomes.iter().filter(|outcome| outcome.error.is_some()).count();
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let failed = if failed == 0 { String::new() } else { format!("; {failed} could not run") };
    console.note(format!("{}, {}{failed}", count(outcomes.len(), "detection"), count(results, "result")));
    Ok(exit)
}

/// What comes before the first outcome.
fn before(args: &DetectArgs) -> &'static str {
    match (args.format, args.summary) {
        (Format::Json, _) => "[\n",
        (Format::Csv, true) => "detection,file,results,ms,error\n",
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

/// What running a detection came to.
struct Outcome<'p> {
    search: &'p PackSearch,
    results: usize,
    ms: f64,
    error: Option<Box<Diagnostic>>,
    warnings: Vec<String>,
    damaged: bool,
    /// As it is written.
    text: String,
}

impl<'p> Outcome<'p> {
    fn of(search: &'p PackSearch, engine: &Engine, job: &Job, args: &DetectArgs, look: Look) -> Self {
        let started = Instant::now();
        let options = RunOptions { cancel: Some(job.guard.stop()), profile: None };
        let ran = contained(|| engine.compile(&search.text).and_then(|compiled| compiled.run_with(options)));
        let ms = (started.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        let mut outcome =
            Outcome { search, results: 0, ms, error: None, warnings: Vec::new(), damaged: false, text: String::new() };
        let mut results = None;
        match ran {
            Ok(mut ran) => {
                outcome.damaged = ran.damaged;
                outcome.results = ran.table.rows();
                outcome.warnings = std::mem::take(&mut ran.warnings);
                results = Some(ran);
            }
            Err(error) => outcome.error = Some(error),
        }
        outcome.text = match results {
            Some(results) if !args.summary => outcome.findings(&results, look),
            _ if args.summary => outcome.summary(look),
            _ => outcome.complaint(look),
        };
        outcome
    }

    fn name(&self) -> &str {
        self.search.detection.as_ref().map_or(&self.search.id, |detection| &detection.name)
    }

    fn file(&self) -> String {
        self.search.path.display().to_string()
    }

    fn message(&self) -> Option<&str> {
        self.error.as_ref().map(|error| &*error.message)
    }

    /// One line about it.
    fn summary(&self, look: Look) -> String {
        match look.format {
            Format::Csv => csv_line(&[
                self.name(),
                &self.file(),
                &self.results.to_string(),
                &self.ms.to_string(),
                self.message().unwrap_or_default(),
            ]),
            Format::Table => {
                let error = self.message().map(|message| format!("  error: {message}")).unwrap_or_default();
                format!("{:>9} {:>10.3}  {}{error}\n", self.results, self.ms, self.name())
            }
            Format::Raw => String::new(),
            Format::Json | Format::Ndjson => {
                let line = json!({
                    "detection": self.name(),
                    "file": self.file(),
                    "results": self.results,
                    "ms": self.ms,
                    "error": self.message(),
                });
                line.to_string() + if look.format == Format::Json { "" } else { "\n" }
            }
        }
    }

    /// Why it could not run.
    fn complaint(&self, look: Look) -> String {
        let Some(error) = &self.error else { return String::new() };
        match look.format {
            Format::Table => format!("{} could not run: {error}\n\n", self.name()),
            Format::Raw => String::new(),
            Format::Csv => csv_line(&[self.name(), &self.file(), "", "", "", "", &error.message]),
            Format::Json | Format::Ndjson => {
                let line = json!({ "detection": self.name(), "file": self.file(), "error": error.message });
                line.to_string() + if look.format == Format::Json { "" } else { "\n" }
            }
        }
    }

    /// All its results.
    fn findings(&self, results: &Results, look: Look) -> String {
        match look.format {
            Format::Table => self.picture(results, look),
            Format::Raw => rendered(results, look),
            _ => self.lines(&results.table, look.format),
        }
    }

    /// A line for each result, with what the detection says of it.
    fn lines(&self, table: &Table, format: Format) -> String {
        let (fields, keys) = (Places::of(table), Keys::of(table));
        let default = Detection::default();
        let detection = self.search.detection.as_ref().unwrap_or(&default);
        let head = format!("{{\"detection\":{},\"file\":{},\"result\":", json!(self.name()), json!(self.file()));
        let mut text = String::new();
        let Ok(()) = each_line(table, |line| {
            let field = |name: &str| fields.value(line, name);
            let (message, risk, threat) = (detection.message(&field), detection.risk(&field), detection.threat(&field));
            if format == Format::Csv {
                let mut result = String::new();
                keys.write_object(&mut result, line);
                let (risk, threat) = (Value::from(risk).to_string(), Value::from(threat).to_string());
                text.push_str(&csv_line(&[self.name(), &self.file(), &result, &message, &risk, &threat, ""]));
                return Ok::<(), std::convert::Infallible>(());
            }
            if format == Format::Json && line.number > 0 {
                text.push_str(",\n");
            }
            text.push_str(&head);
            keys.write_object(&mut text, line);
            // Writing to a string does not fail.
            let _ = write!(
                text,
                ",\"message\":{},\"risk\":{},\"threat\":{}}}",
                json!(message),
                Value::from(risk),
                Value::from(threat)
            );
            text.push_str(if format == Format::Json { "" } else { "\n" });
            Ok(())
        });
        text
    }

    /// For people: a title, the results, their messages.
    fn picture(&self, results: &Results, look: Look) -> String {
        if self.results == 0 {
            return String::new();
        }
        let count = if self.results == 1 { "1 result".to_owned() } else { format!("{} results", self.results) };
        let mut text = format!("{}: {count}\n{}", self.name(), rendered(results, look));
        if let Some(detection) = &self.search.detection {
            let fields = Places::of(&results.table);
            let Ok(()) = each_line(&results.table, |line| {
                let message = detection.message(&|name| fields.value(line, name));
                text.push_str(&if message.is_empty() { message } else { format!("- {message}\n") });
                Ok::<(), std::convert::Infallible>(())
            });
        }
        text.push('\n');
        text
    }
}

/// A fault of ours in one detection is an error of this detection, and does not cost the results of the others.
fn contained<T>(work: impl FnOnce() -> Result<T, Box<Diagnostic>>) -> Result<T, Box<Diagnostic>> {
    // What the engine shares between searches is not left half changed: its locks are for whole values.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let message = "the engine failed on this search; this is a bug, please report it";
        Err(Box::new(Diagnostic::new(ErrorKind::Unsupported, message)))
    })
}

/// Results as text.
fn rendered(results: &Results, look: Look) -> String {
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = output::write_results(results, look, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Where each field stands in a table's lines.
struct Places(HashMap<FieldName, usize>);

impl Places {
    fn of(table: &Table) -> Self {
        Places(table.fields().into_iter().enumerate().map(|(at, field)| (field, at)).collect())
    }

    fn value<'t>(&self, line: Line<'t>, field: &str) -> Option<ValueRef<'t>> {
        self.0.get(field).map(|&at| line.value(at))
    }
}

fn csv_line(cells: &[&str]) -> String {
    let mut line = String::new();
    output::write_csv_line(&mut line, cells.iter().map(|cell| ValueRef::Str(cell)));
    line
}
