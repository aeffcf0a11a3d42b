//! [`Stream`]: a search over events that the caller brings, table by table, as they come.

use std::sync::Arc;

use super::{Results, RunOptions, Search, presentable};
use crate::error::{Result, bail};
use crate::exec::{self, Pipeline, RunContext};
use crate::plan::Plan;
use crate::table::Table;

/// A search under way, made by [`Search::stream`].
///
/// Events are given by [`Stream::push`]; like those of an index they are ordered newest first by `_time`, and events of the same time as they
/// came. A search all of whose commands work row by row gives its results at once; others give them in the end. What is kept in between is
/// little where commands allow it: the groups of `stats`, the rows of `head`, the combinations of `dedup`.
///
/// Subsearches, and whatever else the search reads besides its own events, are about the events of the engine.
pub struct Stream<'s> {
    search: &'s Search<'s>,
    pipeline: Pipeline<'s>,
    cx: RunContext<'s>,
    /// Whether every push gives results.
    at_once: bool,
}

impl<'e> Search<'e> {
    /// Begins to run it over events to come, instead of those of the engine.
    ///
    /// # Errors
    ///
    /// The search reads no events, or one of its subsearches fails.
    ///
    /// ```
    /// use spl_core::{Engine, RunOptions, formats::{Origin, ReadRequest, load_reader}};
    ///
    /// let engine = Engine::builder().build()?;
    /// let search = engine.compile("action=login | stats count BY user")?;
    /// let mut stream = search.stream(RunOptions::default())?;
    /// for line in [r#"{"user":"ann","action":"login"}"#, r#"{"user":"bob","action":"logout"}"#, r#"{"user":"ann","action":"login"}"#] {
    ///     stream.push(load_reader(line.as_bytes(), Origin::default(), &ReadRequest::default())?.table)?;
    /// }
    /// let results = stream.finish()?;
    /// let row = &results.table.batches()[0];
    /// assert_eq!((row.get("user", 0).text(), row.get("count", 0).text()), ("ann".into(), "2".into()));
    /// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
    /// ```
    pub fn stream<'s>(&'s self, options: RunOptions<'s>) -> Result<Stream<'s>> {
        let mut node = &self.plan;
        let mut pipeline = loop {
            match (Pipeline::of(node), node.inputs().first()) {
                (Some(pipeline), _) => break pipeline,
                (None, Some(input)) => node = input,
                (None, None) => bail!(Unsupported, "the search reads no events, so none can be given to it"),
            }
        };
        let cx = self.engine.run_context(options);
        self.engine.on_threads(|| pipeline.prepare(&cx))?;
        let at_once = std::ptr::eq(pipeline.node(), &self.plan) && pipeline.is_row_by_row();
        Ok(Stream { search: self, pipeline, cx, at_once })
    }
}

impl Stream<'_> {
    /// Takes in events. The results that they lead to now, if each event leads to results of its own; none else.
    pub fn push(&mut self, events: Table) -> Result<Results> {
        let engine = self.search.engine;
        let table = engine.on_threads(|| -> Result<Table> {
            let rows = self.pipeline.rows_of(events, &self.cx)?;
            if self.at_once {
                return Ok(presentable(rows.table().clone().into_ordered()));
            }
            self.pipeline.take(rows, &self.cx)?;
            Ok(Table::default())
        })?;
        self.results(table)
    }

    /// The results that have not been given yet.
    pub fn finish(mut self) -> Result<Results> {
        let mut results = match self.at_once {
            true => self.results(Table::default())?,
            false => {
                let (search, cx) = (self.search, &self.cx);
                let table = search.engine.on_threads(|| {
                    let node = self.pipeline.node();
                    let rest = with_result(&search.plan, node, &Arc::new(self.pipeline.finish(cx)?));
                    exec::run(&rest, cx).map(|table| presentable(table.into_ordered()))
                })?;
                Results { shown: search.show(&table)?, ..results_of(table, cx) }
            }
        };
        results.warnings.splice(0..0, self.search.warnings.iter().cloned());
        Ok(results)
    }

    fn results(&mut self, table: Table) -> Result<Results> {
        Ok(Results { shown: self.search.show(&table)?, ..results_of(table, &self.cx) })
    }
}

fn results_of(table: Table, cx: &RunContext<'_>) -> Results {
    let notes = &cx.functions.notes;
    Results { table, warnings: notes.take_warnings(), damaged: notes.is_damaged(), shown: None }
}

/// The plan with a table in place of one of its nodes, which is found among the first inputs.
fn with_result(plan: &Plan, node: &Plan, result: &Arc<Table>) -> Plan {
    if std::ptr::eq(plan, node) {
        return Plan::Values(result.clone());
    }
    let mut first = plan.inputs().into_iter().next();
    plan.clone().map_inputs(&mut |input| match first.take() {
        Some(first) => with_result(first, node, result),
        None => input,
    })
}
