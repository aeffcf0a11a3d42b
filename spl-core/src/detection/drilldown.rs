//! Drill-downs: a document's searches that look closer at one result, made ready to run.

use super::document::{Detection, Drilldown};
use super::fill::fill_search;
use super::message::fill;
use super::risk::Run;
use super::row::Row;
use crate::engine::{Engine, Results, RunOptions};
use crate::error::{Result, bail};
use crate::plan::TimeRange;
use crate::time::{DEFAULT_TIME_FORMAT, RelativeTime, Zone, parse_time_modifier};
use crate::value::Value;

/// What stands for the detection's own search.
const ORIGINAL: &str = "%original_detection_search%";

/// A drill-down for one result.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct OpenDrilldown {
    /// What it shows.
    pub name: String,
    /// The search.
    pub search: String,
    /// The time over which it is run.
    pub time: TimeRange,
    /// Fields that it names and the result lacks; they stay as they are written, so that nothing is found by them.
    pub missing: Vec<String>,
}

impl Detection {
    /// The document's drill-downs for a result of a run. Offsets of time are counted in UTC from the result's time, or from when the
    /// detection ran.
    ///
    /// # Errors
    ///
    /// An offset that is no time.
    pub fn drilldowns(&self, row: Row<'_>, run: &Run) -> Result<Vec<OpenDrilldown>> {
        self.drilldown_searches.iter().map(|drilldown| self.open(drilldown, row, run)).collect()
    }

    fn open(&self, drilldown: &Drilldown, row: Row<'_>, run: &Run) -> Result<OpenDrilldown> {
        let info = run.info();
        let values = |field: &str| match info.iter().find(|(name, _)| *name == field) {
            Some((_, value)) => vec![value.text().into_owned()],
            None => row.texts(field),
        };
        // The detection's own search is no template: what looks like a token in it is its own.
        let parts = drilldown.search.split(ORIGINAL).map(|part| fill_search(part, &values));
        let parts = parts.collect::<Result<Vec<_>>>()?;
        let texts: Vec<&str> = parts.iter().map(|(text, _)| text.trim()).collect();
        let search = texts.join(&format!(" {} ", self.search)).trim().to_owned();
        let mut missing: Vec<String> = parts.into_iter().flat_map(|(_, missing)| missing).collect();
        missing.sort();
        missing.dedup();
        let time = TimeRange {
            earliest: bound(drilldown.earliest_offset.as_deref().unwrap_or("$info_min_time$"), false, row, run)?,
            latest: bound(drilldown.latest_offset.as_deref().unwrap_or("$info_max_time$"), true, row, run)?,
        };
        Ok(OpenDrilldown { name: fill(&drilldown.name, row).0, search, time, missing })
    }
}

impl OpenDrilldown {
    /// Runs it. That the risk events of the detection are there, and when it is now, is the engine's to know:
    /// [`Engine::with_events`], [`Engine::at`].
    ///
    /// # Errors
    ///
    /// As [`Engine::search`].
    pub fn run(&self, engine: &Engine, options: RunOptions<'_>) -> Result<Results> {
        engine.over(self.time).compile(&self.search)?.run_with(options)
    }
}

/// One end of the range: a bound of the run's own range, a moment, or so long before or after the result.
fn bound(offset: &str, latest: bool, row: Row<'_>, run: &Run) -> Result<Option<f64>> {
    let offset = offset.trim();
    match offset {
        "$info_min_time$" => return Ok(run.earliest),
        "$info_max_time$" => return Ok(run.info()[1].1.number()),
        _ => {}
    }
    let result = row.get("_time").number().unwrap_or(run.now);
    let filled =
        offset.strip_prefix('$').and_then(|rest| rest.strip_suffix('$')).map(|field| row.get(field).to_value());
    if let Some(value) = filled {
        return match value.number() {
            Some(time) => Ok(Some(time)),
            None if value == Value::str("+Infinity") => Ok(None),
            None => bail!(Argument, "`{offset}` is no time in this result"),
        };
    }
    // Up to and with the second of the result.
    let end = |time: f64| Some(if latest { time.floor() + 1.0 } else { time });
    if offset.parse::<f64>() == Ok(0.0) {
        return Ok(end(result));
    }
    if offset.starts_with(|c: char| c.is_ascii_digit())
        && let Ok(duration) = RelativeTime::parse(&format!("{}{offset}", if latest { '+' } else { '-' }))
        && offset.parse::<f64>().is_err()
    {
        return Ok(end(duration.apply(result, Zone::UTC)));
    }
    parse_time_modifier(offset, result, Zone::UTC, DEFAULT_TIME_FORMAT).map(Some)
}
