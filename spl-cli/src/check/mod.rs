//! `spl check`: which of many searches can be parsed, expanded and planned, and what the others lack. Nothing runs.

mod needs;

use std::collections::BTreeMap;
use std::fmt::Write;

use rayon::prelude::*;
use serde_json::{Value, json};
use spl_core::Engine;
use spl_core::error::{Diagnostic, ErrorKind};
use spl_core::expand;
use spl_core::syntax::ast::Pipeline;

use crate::args::{CheckArgs, CheckFormat};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::job::Job;
use crate::output;
use crate::pack::{Pack, PackSearch};

use needs::Needs;

pub(crate) fn run(args: &CheckArgs, console: Console) -> Result<Exit, Failure> {
    let job = Job::start(&args.time, &args.resources, console)?;
    let pack = Pack::read(&args.paths, console);
    let engine = job.engine_to_plan(&pack, &args.knowledge)?;
    let findings: Vec<Finding<'_>> = pack.searches.par_iter().map(|search| Finding::of(search, &engine)).collect();
    pack.tell_failures(console);
    match args.format {
        CheckFormat::Ndjson => {
            output::write_text(&findings.iter().map(|f| f.to_json().to_string() + "\n").collect::<String>())
        }
        CheckFormat::Json => output::write_line(&Totals::of(&findings).to_json(&findings, &pack).to_string()),
        CheckFormat::Text => output::write_text(&Totals::of(&findings).to_text(&findings)),
    }?;
    let wrong = if findings.iter().all(|finding| finding.failure.is_none()) { Exit::Done } else { Exit::Search };
    Ok(if pack.failures.is_empty() { wrong } else { Exit::Data })
}

/// What a search comes to.
struct Finding<'p> {
    search: &'p PackSearch,
    /// The stage that failed, and why.
    failure: Option<(Stage, Box<Diagnostic>)>,
    missing: Missing,
    /// Commands that the engine does not have or does not run.
    unsupported: Vec<String>,
}

/// The stages that are looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Parsed,
    Expanded,
    Planned,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Stage::Parsed => "parsed",
            Stage::Expanded => "expanded",
            Stage::Planned => "planned",
        }
    }
}

/// Knowledge objects that nobody defined.
#[derive(Default)]
struct Missing {
    macros: Vec<String>,
    lookups: Vec<String>,
    data_models: Vec<String>,
}

impl<'p> Finding<'p> {
    fn of(search: &'p PackSearch, engine: &Engine) -> Self {
        let mut finding = Finding { search, failure: None, missing: Missing::default(), unsupported: Vec::new() };
        finding.missing.macros = expand::missing(&search.text, engine.catalog().macros());
        if let Err((stage, error)) = finding.look(engine) {
            finding.failure = Some((stage, error));
        }
        finding
    }

    fn look(&mut self, engine: &Engine) -> Result<(), (Stage, Box<Diagnostic>)> {
        let text = &self.search.text;
        let written = engine.parse(text).map_err(|error| (Stage::Parsed, error))?;
        let expanded = match engine.expand(text) {
            Ok(expanded) => expanded,
            Err(error) => {
                self.note_needs(&written, engine);
                return Err((Stage::Expanded, error));
            }
        };
        let located = |error| (Stage::Planned, expand::explain(error, &expanded.map));
        let pipeline = engine.parse(&expanded.text).map_err(located)?;
        self.note_needs(&pipeline, engine);
        engine.plan(&pipeline).map_err(located)?;
        Ok(())
    }

    /// Notes the commands that the engine does not run, and the knowledge objects that it does not have.
    fn note_needs(&mut self, pipeline: &Pipeline, engine: &Engine) {
        let needs = Needs::of(pipeline);
        let (models, lookups) = (engine.catalog().data_models(), engine.catalog().lookups());
        let is_missing =
            |found: Result<(), Box<Diagnostic>>| found.is_err_and(|error| error.kind == ErrorKind::Missing);
        self.missing.data_models =
            needs.data_models.into_iter().filter(|name| is_missing(models.view(name).map(drop))).collect();
        self.missing.lookups =
            needs.lookups.into_iter().filter(|name| is_missing(lookups.find(name).map(drop))).collect();
        self.unsupported = needs.unsupported.into_iter().collect();
    }

    fn reached(&self, stage: Stage) -> bool {
        self.failure.as_ref().is_none_or(|(failed, _)| stage < *failed)
    }

    fn message(&self) -> Option<&str> {
        self.failure.as_ref().map(|(_, error)| &*error.message)
    }

    fn to_json(&self) -> Value {
        json!({
            "file": self.search.file,
            "id": self.search.id,
            "parsed": self.reached(Stage::Parsed),
            "expanded": self.reached(Stage::Expanded),
            "planned": self.reached(Stage::Planned),
            "message": self.message(),
            "missing": {
                "macros": self.missing.macros,
                "lookups": self.missing.lookups,
                "datamodels": self.missing.data_models,
            },
            "unsupported": self.unsupported,
        })
    }
}

/// Counts over all searches.
#[derive(Default)]
struct Totals {
    reached: [usize; 3],
    macros: BTreeMap<String, usize>,
    lookups: BTreeMap<String, usize>,
    data_models: BTreeMap<String, usize>,
    unsupported: BTreeMap<String, usize>,
}

impl Totals {
    fn of(findings: &[Finding<'_>]) -> Self {
        let mut totals = Totals::default();
        let count = |names: &[String], into: &mut BTreeMap<String, usize>| {
            names.iter().for_each(|name| *into.entry(name.clone()).or_default() += 1);
        };
        for finding in findings {
            for stage in [Stage::Parsed, Stage::Expanded, Stage::Planned] {
                totals.reached[stage as usize] += usize::from(finding.reached(stage));
            }
            count(&finding.missing.macros, &mut totals.macros);
            count(&finding.missing.lookups, &mut totals.lookups);
            count(&finding.missing.data_models, &mut totals.data_models);
            count(&finding.unsupported, &mut totals.unsupported);
        }
        totals
    }

    fn to_json(&self, findings: &[Finding<'_>], pack: &Pack) -> Value {
        let unread = pack
            .failures
            .iter()
            .map(|(file, failure)| json!({ "file": file, "id": null, "stage": "read", "message": failure.message }));
        let failed = findings.iter().filter_map(|finding| {
            let (stage, error) = finding.failure.as_ref()?;
            let (file, id) = (&finding.search.file, &finding.search.id);
            Some(json!({ "file": file, "id": id, "stage": stage.name(), "message": error.message }))
        });
        json!({
            "searches": findings.len(),
            "parsed": self.reached[0],
            "expanded": self.reached[1],
            "planned": self.reached[2],
            "missing_macros": self.macros,
            "missing_lookups": self.lookups,
            "missing_datamodels": self.data_models,
            "unsupported": self.unsupported,
            "failures": unread.chain(failed).collect::<Vec<_>>(),
        })
    }

    fn to_text(&self, findings: &[Finding<'_>]) -> String {
        let mut text = String::new();
        for finding in findings {
            if let Some((stage, error)) = &finding.failure {
                // Writing to a string does not fail.
                let _ =
                    writeln!(text, "{}: {}: not {}: {error}\n", finding.search.file, finding.search.id, stage.name());
            }
        }
        let [parsed, expanded, planned] = self.reached;
        let all = findings.len();
        let _ = writeln!(text, "{all} searches, {parsed} parsed, {expanded} expanded, {planned} planned");
        let lists = [
            ("Missing macros", &self.macros),
            ("Missing lookups", &self.lookups),
            ("Missing data models", &self.data_models),
            ("Unsupported commands", &self.unsupported),
        ];
        for (title, counts) in lists.into_iter().filter(|(_, counts)| !counts.is_empty()) {
            let mut sorted: Vec<_> = counts.iter().collect();
            sorted.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
            let parts: Vec<String> = sorted.iter().map(|(name, count)| format!("{name} ({count})")).collect();
            let _ = writeln!(text, "{title}: {}", parts.join(", "));
        }
        text
    }
}
