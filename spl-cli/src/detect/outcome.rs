//! What running one detection came to, and how it is written.

use std::fmt::Write as _;
use std::time::Instant;

use serde_json::json;
use spl_core::detection::{Detection, Run, rows};
use spl_core::error::Diagnostic;
use spl_core::plan::TimeRange;
use spl_core::value::ValueRef;
use spl_core::{Engine, Results, RunOptions};

use super::closer::Closer;
use super::{contained, count};
use crate::args::{DetectArgs, Format};
use crate::job::Job;
use crate::output::{self, Keys, Look, each_line};
use crate::pack::PackSearch;

/// What running a detection came to.
pub(super) struct Outcome<'p> {
    pub(super) search: &'p PackSearch,
    pub(super) count: usize,
    ms: f64,
    pub(super) error: Option<Box<Diagnostic>>,
    /// Of the drill-downs.
    closer_errors: Vec<Diagnostic>,
    pub(super) warnings: Vec<String>,
    pub(super) damaged: bool,
    /// Until they are written.
    pub(super) results: Option<Results>,
    /// The time over which it looked.
    pub(super) time: TimeRange,
    /// As it is written.
    pub(super) text: String,
}

impl<'p> Outcome<'p> {
    pub(super) fn of(search: &'p PackSearch, engine: &Engine, job: &Job) -> Self {
        let started = Instant::now();
        let options = RunOptions { cancel: Some(job.guard.cancel()), profile: None };
        let ran = contained(|| {
            let compiled = engine.compile(&search.text)?;
            Ok((compiled.run_with(options)?, compiled.time_range()))
        });
        let ms = (started.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        let mut outcome = Outcome {
            search,
            count: 0,
            ms,
            error: None,
            closer_errors: Vec::new(),
            warnings: Vec::new(),
            damaged: false,
            results: None,
            time: TimeRange::default(),
            text: String::new(),
        };
        match ran {
            Ok((mut results, time)) => {
                outcome.damaged = results.damaged;
                outcome.count = results.table.rows();
                outcome.warnings = std::mem::take(&mut results.warnings);
                outcome.time = time;
                outcome.results = Some(results);
            }
            Err(error) => outcome.error = Some(error),
        }
        outcome
    }

    /// Puts it into words, for which the results are used up.
    pub(super) fn write(&mut self, args: &DetectArgs, look: Look, closer: Option<Closer>) {
        let results = self.results.take();
        self.text = match results {
            Some(results) if !args.summary => self.findings(&results, look, closer.as_ref()),
            _ if args.summary => self.summary(look),
            _ => self.complaint(args, look),
        };
        if let Some(closer) = closer {
            self.closer_errors.extend(closer.errors().cloned());
            self.warnings.extend(closer.warnings);
        }
    }

    /// The run that the results are of.
    pub(super) fn run(&self, job: &Job) -> Run {
        Run::at(job.settings.now).over(self.time.earliest, self.time.latest)
    }

    /// Everything that went wrong.
    pub(super) fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.error.as_deref().into_iter().chain(&self.closer_errors)
    }

    pub(super) fn name(&self) -> &str {
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
                &self.count.to_string(),
                &self.ms.to_string(),
                self.message().unwrap_or_default(),
            ]),
            Format::Table => {
                let error = self.message().map(|message| format!("  error: {message}")).unwrap_or_default();
                format!("{:>9} {:>10.3}  {}{error}\n", self.count, self.ms, self.name())
            }
            Format::Raw => String::new(),
            Format::Json | Format::Ndjson => {
                let line = json!({
                    "detection": self.name(),
                    "file": self.file(),
                    "results": self.count,
                    "ms": self.ms,
                    "error": self.message(),
                });
                line.to_string() + if look.format == Format::Json { "" } else { "\n" }
            }
        }
    }

    /// Why it could not run.
    fn complaint(&self, args: &DetectArgs, look: Look) -> String {
        let Some(error) = &self.error else { return String::new() };
        match look.format {
            Format::Table => format!("{} could not run: {error}\n\n", self.name()),
            Format::Raw => String::new(),
            Format::Csv => {
                let (name, file) = (self.name(), self.file());
                let mut cells = vec![name, &file, "", "", "", ""];
                cells.extend(args.drilldowns.then_some(""));
                cells.push(&error.message);
                csv_line(&cells)
            }
            Format::Json | Format::Ndjson => {
                let line = json!({ "detection": self.name(), "file": self.file(), "error": error.message });
                line.to_string() + if look.format == Format::Json { "" } else { "\n" }
            }
        }
    }

    /// All its results.
    fn findings(&self, results: &Results, look: Look, closer: Option<&Closer>) -> String {
        match look.format {
            Format::Table => self.picture(results, look, closer),
            Format::Raw => rendered(results, look),
            _ => self.lines(results, look.format, closer),
        }
    }

    /// A line for each result, with what the detection says of it.
    fn lines(&self, results: &Results, format: Format, closer: Option<&Closer>) -> String {
        let keys = Keys::of(&results.table);
        let default = Detection::default();
        let detection = self.search.detection.as_ref().unwrap_or(&default);
        let head = format!("{{\"detection\":{},\"file\":{},\"result\":", json!(self.name()), json!(self.file()));
        let mut text = String::new();
        let mut rows = rows(&results.table);
        let Ok(()) = each_line(&results.table, |line| {
            let Some(row) = rows.next() else { return Ok::<(), std::convert::Infallible>(()) };
            let (message, risk, threat) = (detection.message(row), detection.risk(row), detection.threats(row));
            let (risk, threat) = (json!(risk), json!(threat));
            let closer = closer.map(|closer| closer.to_json(row.number));
            if format == Format::Csv {
                let mut result = String::new();
                keys.write_object(&mut result, line);
                let (file, risk, threat) = (self.file(), risk.to_string(), threat.to_string());
                let mut cells = vec![self.name(), &file, &result, &message, &risk, &threat];
                cells.extend(closer.as_deref());
                cells.push("");
                text.push_str(&csv_line(&cells));
                return Ok(());
            }
            if format == Format::Json && line.number > 0 {
                text.push_str(",\n");
            }
            text.push_str(&head);
            keys.write_object(&mut text, line);
            // Writing to a string does not fail.
            let _ = write!(text, ",\"message\":{},\"risk\":{risk},\"threat\":{threat}", json!(message));
            if let Some(closer) = closer {
                text.extend([",\"drilldowns\":", &closer]);
            }
            text.push_str(if format == Format::Json { "}" } else { "}\n" });
            Ok(())
        });
        text
    }

    /// For people: a title, the results, their messages, what drill-downs found.
    fn picture(&self, results: &Results, look: Look, closer: Option<&Closer>) -> String {
        if self.count == 0 {
            return String::new();
        }
        let mut text = format!("{}: {}\n{}", self.name(), count(self.count, "result"), rendered(results, look));
        if let Some(detection) = &self.search.detection {
            for row in rows(&results.table) {
                let message = detection.message(row);
                if !message.is_empty() {
                    text.push_str("- ");
                    // What a log holds must not move the cursor.
                    text.extend(message.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }));
                    text.push('\n');
                }
            }
        }
        if let Some(closer) = closer {
            text.push_str(&closer.picture(look));
        }
        text.push('\n');
        text
    }
}

/// Results as text.
pub(super) fn rendered(results: &Results, look: Look) -> String {
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = output::write_results(results, look, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn csv_line(cells: &[&str]) -> String {
    let mut line = String::new();
    output::write_csv_line(&mut line, cells.iter().map(|cell| ValueRef::Str(cell)));
    line
}
