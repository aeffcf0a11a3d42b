//! `--drilldowns`: a document's drill-downs for each of its results, over the events and the risk events that have just been made.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use spl_core::detection::{OpenDrilldown, rows};
use spl_core::error::Diagnostic;
use spl_core::table::Table;
use spl_core::time::{DEFAULT_TIME_FORMAT, parse_time_modifier, strftime};
use spl_core::value::number_text;
use spl_core::{Engine, Results, RunOptions};

use super::outcome::{Outcome, rendered};
use super::{contained, count};
use crate::args::DetectArgs;
use crate::exit::Failure;
use crate::job::Job;
use crate::output::{Keys, Look, each_line};

/// So many different drill-downs of one detection are run.
const MOST: usize = 200;
/// How long after the detection drill-downs are opened: those that leave out the last hour see what it made.
const LATER: f64 = 2.0 * 3600.0;
/// How far back the drill-downs of published detections look.
const WEEK: f64 = 7.0 * 86_400.0;

/// When drill-downs are opened.
pub(super) fn opening_time(args: &DetectArgs, job: &Job) -> Result<f64, Failure> {
    let Some(text) = &args.drilldowns_at else { return Ok(job.settings.now + LATER) };
    parse_time_modifier(text, job.settings.now, job.settings.zone, DEFAULT_TIME_FORMAT)
        .map_err(|error| Failure::usage(format!("--drilldowns-at: {error}")))
}

/// Says so when risk events are older than drill-downs look: results that have a time keep it.
pub(super) fn tell_of_old_events(risk: &Table, opened: f64, job: &Job) {
    let times = rows(risk).filter_map(|row| row.get("_time").number()).filter(|time| *time < opened - WEEK);
    let (old, newest) = times.fold((0, f64::MIN), |(count, newest), time| (count + 1, newest.max(time)));
    if old > 0 {
        let (all, day) = (risk.rows(), strftime(newest, "%F", job.settings.zone).unwrap_or_default());
        let which = if old == all { "all".to_owned() } else { format!("{old} of {all}") };
        job.console.note(format!(
            "{which} risk events are more than a week old (the newest of them of {day}), and drill-downs often look back a week only; \
             --now sets the time to look back from"
        ));
    }
}

/// The drill-downs of a detection.
pub(super) struct Closer {
    /// Each once, in the order of the results, with the number of the first result that has it.
    opened: Vec<(OpenDrilldown, Result<Results, Box<Diagnostic>>, usize)>,
    /// Which of them each result has.
    of_rows: Vec<Vec<usize>>,
    pub(super) warnings: Vec<String>,
    /// Why there are none.
    broken: Option<Box<Diagnostic>>,
}

impl Closer {
    /// Runs them. Results that differ in what no drill-down asks for share theirs.
    pub(super) fn of(outcome: &Outcome<'_>, engine: &Engine, job: &Job) -> Closer {
        let mut closer = Closer { opened: Vec::new(), of_rows: Vec::new(), warnings: Vec::new(), broken: None };
        let (Some(detection), Some(results)) = (&outcome.search.detection, &outcome.results) else { return closer };
        let run = outcome.run(job);
        let mut known: HashMap<(String, String), usize> = HashMap::new();
        let mut left_out = 0;
        for row in rows(&results.table) {
            let open = match detection.drilldowns(row, &run) {
                Ok(open) => open,
                Err(error) => {
                    closer.broken = Some(error);
                    break;
                }
            };
            let mut of_row = Vec::new();
            for drilldown in open {
                let key = (drilldown.search.clone(), format!("{:?}", drilldown.time));
                if let Some(&number) = known.get(&key) {
                    of_row.push(number);
                } else if known.len() == MOST {
                    left_out += 1;
                } else {
                    let options = RunOptions { cancel: Some(job.guard.cancel()), profile: None };
                    let mut ran = contained(|| drilldown.run(engine, options));
                    if let Ok(results) = &mut ran {
                        closer.warnings.append(&mut results.warnings);
                    }
                    known.insert(key, closer.opened.len());
                    of_row.push(closer.opened.len());
                    closer.opened.push((drilldown, ran, row.number));
                }
            }
            closer.of_rows.push(of_row);
        }
        if left_out > 0 {
            let name = outcome.name();
            closer.warnings.push(format!("of the drill-downs of {name} {MOST} are run, {left_out} more are not"));
        }
        closer.warnings.sort();
        closer.warnings.dedup();
        closer
    }

    pub(super) fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        let failed = self.opened.iter().filter_map(|(_, ran, _)| ran.as_ref().err());
        failed.chain(&self.broken).map(|error| &**error)
    }

    /// Those of a result, as a list of objects. What a drill-down found stands with the first result that has it.
    pub(super) fn to_json(&self, row: usize) -> String {
        if let Some(error) = &self.broken {
            return json!([{ "error": error.message }]).to_string();
        }
        let of_row = self.of_rows.get(row).into_iter().flatten();
        let objects: Vec<String> = of_row.map(|&number| self.object(number, row)).collect();
        format!("[{}]", objects.join(","))
    }

    fn object(&self, number: usize, row: usize) -> String {
        let (open, ran, first) = &self.opened[number];
        let mut head = Map::new();
        head.insert("name".to_owned(), json!(open.name));
        head.insert("search".to_owned(), json!(open.search));
        let bounds = [("earliest", open.time.earliest), ("latest", open.time.latest)];
        for (name, time) in bounds.into_iter().filter_map(|(name, time)| Some((name, time?))) {
            head.insert(name.to_owned(), json!(number_text(time)));
        }
        if !open.missing.is_empty() {
            head.insert("missing".to_owned(), json!(open.missing));
        }
        if *first != row {
            head.insert("same_as_result".to_owned(), json!(first + 1));
            return Value::Object(head).to_string();
        }
        match ran {
            Err(error) => {
                head.insert("error".to_owned(), json!(error.message));
                Value::Object(head).to_string()
            }
            Ok(results) => {
                let mut text = Value::Object(head).to_string();
                text.pop();
                text.push_str(",\"results\":[");
                let keys = Keys::of(&results.table);
                let Ok(()) = each_line(&results.table, |line| {
                    if line.number > 0 {
                        text.push(',');
                    }
                    keys.write_object(&mut text, line);
                    Ok::<(), std::convert::Infallible>(())
                });
                text.push_str("]}");
                text
            }
        }
    }

    /// For people: a title and the results of each.
    pub(super) fn picture(&self, look: Look) -> String {
        if let Some(error) = &self.broken {
            return format!("\n> the drill-downs cannot be opened: {error}\n");
        }
        let mut text = String::new();
        for (open, ran, _) in &self.opened {
            let missing = match &*open.missing {
                [] => String::new(),
                [one] => format!(" (the result has no field `{one}`)"),
                several => format!(" (the result has none of the fields `{}`)", several.join("`, `")),
            };
            match ran {
                Ok(results) => {
                    let count = count(results.table.rows(), "result");
                    text.push_str(&format!("\n> {}: {count}{missing}\n{}", open.name, rendered(results, look)));
                }
                Err(error) => text.push_str(&format!("\n> {} could not run: {error}{missing}\n", open.name)),
            }
        }
        text
    }
}
