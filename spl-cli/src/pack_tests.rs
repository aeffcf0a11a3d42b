//! `spl test`: the tests that detections bring along, over data in local folders.

use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;
use serde_json::{Value, json};
use spl_core::detection::{AttackData, Test};
use spl_core::error::Diagnostic;
use spl_core::{Engine, RunOptions};

use crate::args::{CheckFormat, DataArg, EventArgs, TestArgs};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::job::Job;
use crate::output;
use crate::pack::{Pack, PackSearch};

pub(crate) fn run(args: &TestArgs, console: Console) -> Result<Exit, Failure> {
    let job = Job::start(&args.time, &args.resources, console)?;
    let pack = Pack::read(&args.paths, console);
    pack.tell_failures(console);
    if let Some(missing) = args.attack_data.iter().find(|folder| !folder.is_dir()) {
        return Err(Failure::data(format!("{} is no folder of attack data", missing.display())));
    }
    let tests: Vec<(&PackSearch, &Test)> = pack
        .searches
        .iter()
        .flat_map(|search| search.detection.iter().flat_map(move |d| d.tests.iter().map(move |test| (search, test))))
        .collect();
    let outcomes = job.guard.run(|| {
        let outcomes: Result<Vec<Outcome<'_>>, Failure> =
            tests.par_iter().map(|(search, test)| Outcome::of(search, test, &pack, args, &job)).collect();
        job.guard.check()?;
        outcomes
    })?;
    let count = |status: Status| outcomes.iter().filter(|outcome| outcome.status == status).count();
    let [passed, failed, skipped] = [Status::Passed, Status::Failed, Status::Skipped].map(count);
    let text = match args.format {
        CheckFormat::Text => {
            let lines: String = outcomes.iter().map(Outcome::line).collect();
            format!("{lines}{} tests: {passed} passed, {failed} failed, {skipped} skipped\n", outcomes.len())
        }
        CheckFormat::Ndjson => outcomes.iter().map(|outcome| outcome.to_json().to_string() + "\n").collect(),
        CheckFormat::Json => {
            let all: Vec<Value> = outcomes.iter().map(Outcome::to_json).collect();
            json!({ "passed": passed, "failed": failed, "skipped": skipped, "tests": all }).to_string() + "\n"
        }
    };
    output::write_text(&text)?;
    if failed > 0 {
        return Ok(Exit::Test);
    }
    if passed == 0 {
        console.warn("no test was run: their data are not in the folders given");
        return Ok(Exit::Data);
    }
    Ok(if pack.failures.is_empty() { Exit::Done } else { Exit::Data })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Passed,
    Failed,
    Skipped,
}

/// How a test ended.
struct Outcome<'p> {
    search: &'p PackSearch,
    test: &'p Test,
    status: Status,
    results: usize,
    ms: f64,
    /// Why it did not pass.
    reason: Option<String>,
}

impl<'p> Outcome<'p> {
    fn of(search: &'p PackSearch, test: &'p Test, pack: &Pack, args: &TestArgs, job: &Job) -> Result<Self, Failure> {
        let mut outcome = Outcome { search, test, status: Status::Skipped, results: 0, ms: 0.0, reason: None };
        outcome.reason = search.detection.as_ref().and_then(|detection| detection.tags.manual_test.clone());
        if outcome.reason.is_some() {
            return Ok(outcome);
        }
        let mut events = EventArgs::default();
        for data in &test.attack_data {
            match find(data, &args.attack_data) {
                Some(path) => events.data.push(DataArg {
                    path,
                    format: None,
                    index: data.custom_index.clone(),
                    source: data.source.clone(),
                    sourcetype: data.sourcetype.clone(),
                    host: data.host.clone(),
                }),
                None => {
                    outcome.reason = Some(format!("{} is not there", data.data));
                    return Ok(outcome);
                }
            }
        }
        if events.data.is_empty() {
            outcome.reason = Some("it names no data".to_owned());
            return Ok(outcome);
        }
        let mut engine = job.engine_for(pack, &args.knowledge)?;
        job.attach(&mut engine, &events, 1)?;
        let started = Instant::now();
        let ran = results(&engine, &search.text, job);
        outcome.ms = (started.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        (outcome.status, outcome.results, outcome.reason) = match ran {
            Ok(0) => (Status::Failed, 0, Some("there are no results".to_owned())),
            Ok(results) => (Status::Passed, results, None),
            Err(error) => (Status::Failed, 0, Some(error.message)),
        };
        Ok(outcome)
    }

    fn name(&self) -> &str {
        self.search.detection.as_ref().map_or(&self.search.id, |detection| &detection.name)
    }

    fn status(&self) -> &'static str {
        match self.status {
            Status::Passed => "passed",
            Status::Failed => "failed",
            Status::Skipped => "skipped",
        }
    }

    fn line(&self) -> String {
        let told = match &self.reason {
            Some(reason) => reason.clone(),
            None => format!("{} results in {:.3} ms", self.results, self.ms),
        };
        format!("{:<8} {}, {}: {told}\n", self.status(), self.name(), self.test.name)
    }

    fn to_json(&self) -> Value {
        json!({
            "detection": self.name(),
            "file": self.search.path.display().to_string(),
            "test": self.test.name,
            "status": self.status(),
            "results": self.results,
            "ms": self.ms,
            "message": self.reason,
        })
    }
}

fn results(engine: &Engine, text: &str, job: &Job) -> Result<usize, Diagnostic> {
    let options = RunOptions { cancel: Some(job.guard.cancel()), profile: None };
    let ran = engine.compile(text).and_then(|search| search.run_with(options));
    ran.map(|results| results.table.rows()).map_err(|error| *error)
}

/// The local copy of a test's data: what stands behind `datasets/` in its address, below one of the folders.
fn find(data: &AttackData, folders: &[PathBuf]) -> Option<PathBuf> {
    let below = data.data.rsplit_once("/datasets/").map_or(&*data.data, |(_, below)| below);
    let below = below.split(['?', '#']).next().unwrap_or(below).trim_start_matches('/');
    // Nothing outside the folders is read, whatever a document says.
    if below.is_empty() || Path::new(below).components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
        return None;
    }
    let places = folders.iter().flat_map(|folder| [folder.join(below), folder.join("datasets").join(below)]);
    places.into_iter().find_map(|place| {
        let packed = ["", ".gz", ".zst", ".zip"].into_iter().map(|extension| {
            let mut name = place.clone().into_os_string();
            name.push(extension);
            PathBuf::from(name)
        });
        packed.into_iter().find(|path| path.is_file())
    })
}
