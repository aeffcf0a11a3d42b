//! [`Engine`]: text to results, every stage callable alone: expand, parse, plan, optimize, run.

mod stream;

use std::sync::Arc;

use crate::catalog::Catalog;
use crate::commands::CommandSpec;
use crate::cores::awake;
use crate::error::{Cancel, Diagnostic, Notes, Result, bail};
use crate::exec::{self, Limits, Profile, RunContext, Source, TableSource};
use crate::expand::{self, Expanded};
use crate::expr::Expression;
use crate::formats::{self, FormatSpec, Input, Loaded, ReadRequest};
use crate::functions::{Context, Function};
use crate::knowledge::{DataModels, Knowledge, Lookups, Macros};
use crate::optimize;
use crate::plan::{Plan, PlanContext, TimeRange};
use crate::syntax::ast::{Expr, Pipeline};
use crate::table::{Batch, FieldName, Table};
use crate::time::Zone;
use crate::value::Value;

pub use stream::Stream;

/// Runs searches over the events and knowledge objects it was built with. `Send + Sync`; one engine serves any number of searches at once.
/// A clone shares all of it.
#[derive(Clone)]
pub struct Engine {
    catalog: Catalog,
    settings: Settings,
    pool: Option<Arc<rayon::ThreadPool>>,
    problems: Vec<Diagnostic>,
}

#[derive(Clone, Debug)]
struct Settings {
    now: f64,
    zone: Zone,
    time: TimeRange,
    limits: Limits,
    without_rules: Vec<String>,
}

/// Collects what an [`Engine`] is to know.
pub struct EngineBuilder {
    tables: Vec<Table>,
    sources: Vec<Arc<dyn Source>>,
    macros: Macros,
    knowledge: Knowledge,
    data_models: DataModels,
    lookups: Lookups,
    saved_searches: Vec<(String, String)>,
    commands: Vec<&'static CommandSpec>,
    functions: Vec<&'static Function>,
    formats: Vec<&'static FormatSpec>,
    settings: Settings,
    threads: Option<usize>,
}

/// A search that is ready to run, any number of times.
pub struct Search<'e> {
    engine: &'e Engine,
    plan: Plan,
    time: TimeRange,
    formats: Formats,
    warnings: Vec<String>,
}

/// How fields are to be shown, by `fieldformat`.
type Formats = Vec<(FieldName, Arc<Expression>)>;

/// What a search gave.
#[derive(Debug)]
pub struct Results {
    /// The rows.
    pub table: Table,
    /// What the user should know about them: limits that were hit, options without effect.
    pub warnings: Vec<String>,
    /// Whether some of the data could not be read; the warnings say what.
    pub damaged: bool,
    shown: Option<Table>,
}

impl Results {
    /// The rows as they are to be shown to people: as `fieldformat` wants it, where the table has the values themselves.
    pub fn shown(&self) -> &Table {
        self.shown.as_ref().unwrap_or(&self.table)
    }
}

/// How one run differs from another of the same search.
#[derive(Default, Clone, Copy)]
pub struct RunOptions<'a> {
    /// Ends the run with [`ErrorKind::Cancelled`](crate::error::ErrorKind::Cancelled), from any thread.
    pub cancel: Option<&'a Cancel>,
    /// Counts rows and time of each node.
    pub profile: Option<&'a Profile>,
}

impl Engine {
    /// A builder without events, macros or knowledge; `now` is 0, the zone UTC.
    pub fn builder() -> EngineBuilder {
        EngineBuilder {
            tables: Vec::new(),
            sources: Vec::new(),
            macros: Macros::default(),
            knowledge: Knowledge::default(),
            data_models: DataModels::default(),
            lookups: Lookups::default(),
            saved_searches: Vec::new(),
            commands: Vec::new(),
            functions: Vec::new(),
            formats: Vec::new(),
            settings: Settings {
                now: 0.0,
                zone: Zone::UTC,
                time: TimeRange::default(),
                limits: Limits::default(),
                without_rules: Vec::new(),
            },
            threads: None,
        }
    }

    /// The same engine at another time, epoch seconds.
    #[must_use]
    pub fn at(&self, now: f64) -> Engine {
        let mut engine = self.clone();
        engine.settings.now = now;
        engine
    }

    /// The same engine with another time range for searches that name none.
    #[must_use]
    pub fn over(&self, time: TimeRange) -> Engine {
        let mut engine = self.clone();
        engine.settings.time = time;
        engine
    }

    /// The same engine with more events, such as those that a detection has just made.
    #[must_use]
    pub fn with_events(&self, table: Table) -> Engine {
        let mut engine = self.clone();
        let knowledge = engine.catalog.knowledge().clone();
        engine.catalog.add_source(Arc::new(TableSource::new(table, knowledge)));
        engine
    }

    /// Reads events with the formats and the clock of this engine; [`formats::load`] says how, and takes more wishes.
    pub fn load(&self, inputs: &[Input<'_>]) -> Result<Loaded> {
        let formats = self.catalog.formats().to_vec();
        let request = ReadRequest {
            now: Some(self.settings.now),
            rules: self.catalog.knowledge().input_rules(),
            formats,
            ..ReadRequest::default()
        };
        self.on_threads(|| formats::load(inputs, &request))
    }

    /// Expands, parses, plans, optimizes and runs.
    ///
    /// # Errors
    ///
    /// Anything that is wrong with the text, before any of it runs; a limit that was hit while it ran.
    ///
    /// ```
    /// let engine = spl_core::Engine::builder().build()?;
    /// let error = engine.search("| makeresults | evla x=1").unwrap_err();
    /// assert_eq!(error.message, "there is no command `evla`");
    /// assert_eq!(error.hint.as_deref(), Some("did you mean `eval`?"));
    /// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
    /// ```
    pub fn search(&self, text: &str) -> Result<Results> {
        self.compile(text)?.run()
    }

    /// Everything but the run, for searches that run more than once.
    ///
    /// ```
    /// let engine = spl_core::Engine::builder().now(1_700_000_000.0).build()?;
    /// let search = engine.compile("| makeresults | eval day=strftime(_time,\"%F\") | table day")?;
    /// for _ in 0..2 {
    ///     assert_eq!(search.run()?.table.batches()[0].get("day", 0).text(), "2023-11-14");
    /// }
    /// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
    /// ```
    pub fn compile(&self, text: &str) -> Result<Search<'_>> {
        let expanded = self.expand(text)?;
        let located = |e: Box<Diagnostic>| expand::explain(e, &expanded.map);
        let pipeline = self.parse(&expanded.text).map_err(located)?;
        let cx = self.context();
        let (plan, formats) = self.plan_in(&pipeline, &cx).map_err(located)?;
        let time = plan.scanned_time().unwrap_or(self.settings.time);
        let plan = self.optimize(plan);
        Ok(Search { engine: self, plan, time, formats, warnings: cx.notes.take_warnings() })
    }

    /// Runs a pipeline such as `| where x>1 | stats count` over a table of the caller's instead of the engine's events.
    ///
    /// ```
    /// use spl_core::{Engine, table::{Table, field_name}, value::Value};
    ///
    /// let fields = ["user", "bytes"].map(field_name);
    /// let row = |user: &str, bytes: f64| vec![Value::str(user), Value::Num(bytes)];
    /// let table = Table::from_rows(&fields, vec![row("ann", 5.0), row("bob", 7.0), row("ann", 2.0)]);
    /// let results = Engine::builder().build()?.search_over(table, "| where bytes>2 | stats sum(bytes) AS n BY user")?;
    /// let batch = &results.table.batches()[0];
    /// assert_eq!((batch.get("user", 1).text(), batch.get("n", 1).text()), ("bob".into(), "7".into()));
    /// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
    /// ```
    pub fn search_over(&self, table: Table, text: &str) -> Result<Results> {
        let expanded = self.expand(text)?;
        let located = |e: Box<Diagnostic>| expand::explain(e, &expanded.map);
        let pipeline = self.parse(&expanded.text).map_err(located)?;
        let cx = self.context();
        let mut planner = PlanContext::new(&self.catalog, cx.clone(), self.settings.time);
        let plan = planner.plan_onto(Plan::Values(Arc::new(table)), &pipeline).map_err(located)?;
        let formats = std::mem::take(&mut planner.formats);
        let time = self.settings.time;
        Search { engine: self, plan: self.optimize(plan), time, formats, warnings: cx.notes.take_warnings() }.run()
    }

    /// The text with its macros expanded.
    pub fn expand(&self, text: &str) -> Result<Expanded> {
        expand::expand(text, self.catalog.macros(), &|expr, args| self.eval_macro(expr, args))
    }

    /// The syntax tree of a text. Macros that are not expanded stay as nodes.
    pub fn parse(&self, text: &str) -> Result<Pipeline> {
        crate::syntax::parse(text).map_err(|e| Box::new((*e).in_text(text)))
    }

    /// The plan of a syntax tree, as written.
    pub fn plan(&self, pipeline: &Pipeline) -> Result<Plan> {
        self.plan_in(pipeline, &self.context()).map(|(plan, _)| plan)
    }

    fn plan_in(&self, pipeline: &Pipeline, cx: &Context) -> Result<(Plan, Formats)> {
        let mut planner = PlanContext::new(&self.catalog, cx.clone(), self.settings.time);
        let plan = planner.plan(pipeline)?;
        Ok((plan, planner.formats))
    }

    /// The plan with the optimizer's rules applied.
    pub fn optimize(&self, plan: Plan) -> Plan {
        optimize::optimize(plan, &self.settings.without_rules, &self.context())
    }

    /// Carries out a plan.
    pub fn run(&self, plan: &Plan, options: RunOptions<'_>) -> Result<Results> {
        let cx = self.run_context(options);
        let events = self.catalog.sources().iter().filter_map(|source| source.events()).sum();
        let run = || exec::run(plan, &cx).map(|table| presentable(table.into_ordered()));
        let table = self.on_threads(|| awake(events, run))?;
        let notes = &cx.functions.notes;
        Ok(Results { table, warnings: notes.take_warnings(), damaged: notes.is_damaged(), shown: None })
    }

    /// The plan before and after the optimizer, as text.
    ///
    /// ```
    /// let engine = spl_core::Engine::builder().build()?;
    /// assert!(engine.explain("index=a | where b=1 | head 3")?.contains("Scan search(index=\"a\") AND where(b = 1)"));
    /// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
    /// ```
    pub fn explain(&self, text: &str) -> Result<String> {
        let expanded = self.expand(text)?;
        let located = |e: Box<Diagnostic>| expand::explain(e, &expanded.map);
        let plan = self.plan(&self.parse(&expanded.text).map_err(located)?).map_err(located)?;
        let before = plan.explain();
        Ok(format!("Plan as written:\n{before}\nPlan as run:\n{}", self.optimize(plan).explain()))
    }

    /// The events and knowledge objects.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// What is wrong with event types and automatic lookups, which have no effect.
    pub fn problems(&self) -> &[Diagnostic] {
        &self.problems
    }

    /// The events and knowledge objects, to add some.
    pub fn catalog_mut(&mut self) -> &mut Catalog {
        &mut self.catalog
    }

    fn run_context<'s>(&'s self, options: RunOptions<'s>) -> RunContext<'s> {
        RunContext {
            catalog: &self.catalog,
            functions: Context {
                notes: Arc::new(Notes::cancelled_by(options.cancel.cloned().unwrap_or_default())),
                ..self.context()
            },
            limits: self.settings.limits.clone(),
            profile: options.profile,
        }
    }

    /// Does work on the threads that the engine may use.
    fn on_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    fn context(&self) -> Context {
        Context {
            now: self.settings.now,
            zone: self.settings.zone,
            notes: Arc::new(Notes::default()),
            lookups: self.catalog.lookups().clone(),
        }
    }

    /// The value of a macro's `iseval` definition or validation over its arguments, which are texts.
    fn eval_macro(&self, expr: &Expr, args: &[(String, String)]) -> Result<Value> {
        let expression = Expression::bind(expr)?;
        let mut batch = Batch::new(1);
        for (name, text) in args {
            batch.set(name, crate::table::Column::Const(Value::str(text), 1));
        }
        let cx = self.context();
        let value = expression.eval(&[batch], &cx)[0].value(0);
        cx.notes.check()?;
        Ok(value)
    }
}

/// Fields in the order in which results show them: as a command declared, else internal fields first and the rest by name. Fields
/// without any value are shown only when declared.
fn presentable(table: Table) -> Table {
    if table.declared_fields().is_some() {
        return table;
    }
    let mut fields = table.fields();
    fields.retain(|field| table.batches().iter().any(|b| b.column(field).is_some_and(|c| !c.all_null())));
    fields.sort_by_key(|field| (!field.starts_with('_'), field.clone()));
    table.with_fields(fields)
}

impl Search<'_> {
    /// Runs it.
    pub fn run(&self) -> Result<Results> {
        self.run_with(RunOptions::default())
    }

    /// Runs it, cancellable and counted.
    pub fn run_with(&self, options: RunOptions<'_>) -> Result<Results> {
        let mut results = self.engine.run(&self.plan, options)?;
        results.warnings.splice(0..0, self.warnings.iter().cloned());
        results.shown = self.show(&results.table)?;
        Ok(results)
    }

    /// The table with the formats of its fields applied, if there are any. Where a format has no value the field's own is shown.
    fn show(&self, table: &Table) -> Result<Option<Table>> {
        let fields = table.fields();
        let formats: Vec<_> = self.formats.iter().filter(|(field, _)| fields.contains(field)).collect();
        if formats.is_empty() {
            return Ok(None);
        }
        let cx = self.engine.context();
        let mut batches = table.batches().to_vec();
        for (field, format) in formats {
            let shown = format.eval(&batches, &cx);
            for (batch, shown) in batches.iter_mut().zip(shown) {
                batch.set(field, shown.or(&batch.column_or_null(field)));
            }
        }
        cx.notes.check()?;
        Ok(Some(Table::new(batches).with_fields(fields)))
    }

    /// The time over which it looks: its own, or the one given from outside.
    pub fn time_range(&self) -> TimeRange {
        self.time
    }

    /// The plan that runs.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
}

impl EngineBuilder {
    /// Adds events. Rows without a field `index` belong to none; put one on with [`EngineBuilder::index`].
    #[must_use]
    pub fn events(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }

    /// Adds events as those of a named index.
    #[must_use]
    pub fn index(self, name: &str, table: Table) -> Self {
        let named = table.into_batches().into_iter().map(|mut batch| {
            if batch.column("index").is_none() {
                batch.set("index", crate::table::Column::Const(Value::str(name), batch.rows()));
            }
            batch
        });
        let table = Table::new(named.collect());
        self.events(table)
    }

    /// Adds somewhere that events come from.
    #[must_use]
    pub fn source(mut self, source: Arc<dyn Source>) -> Self {
        self.sources.push(source);
        self
    }

    /// Sets the macros.
    #[must_use]
    pub fn macros(mut self, macros: Macros) -> Self {
        self.macros = macros;
        self
    }

    /// Sets what is known of source types.
    #[must_use]
    pub fn knowledge(mut self, knowledge: Knowledge) -> Self {
        self.knowledge = knowledge;
        self
    }

    /// Sets the lookups.
    #[must_use]
    pub fn lookups(mut self, lookups: Lookups) -> Self {
        self.lookups = lookups;
        self
    }

    /// Adds a lookup table under a name.
    #[must_use]
    pub fn lookup(mut self, name: &str, table: &Table) -> Self {
        self.lookups.add_table(name, table);
        self
    }

    /// Sets the data models.
    #[must_use]
    pub fn data_models(mut self, data_models: DataModels) -> Self {
        self.data_models = data_models;
        self
    }

    /// Adds a command of the caller's own; it hides one of the language that has its name. `examples/own_command.rs` is one.
    #[must_use]
    pub fn command(mut self, spec: &'static CommandSpec) -> Self {
        self.commands.push(spec);
        self
    }

    /// Adds an eval function of the caller's own, for the expressions of searches; it hides one of the language that has its name.
    ///
    /// ```
    /// use spl_core::{Engine, functions::{Function, Shape}, value::Value};
    ///
    /// static REVERSED: Function = Function {
    ///     name: "reversed",
    ///     syntax: "reversed(<str>)",
    ///     shape: Shape::Text1(|text| Value::from(text.chars().rev().collect::<String>())),
    ///     ..Function::BLANK
    /// };
    /// let engine = Engine::builder().function(&REVERSED).build()?;
    /// let results = engine.search("| makeresults | eval x=reversed(\"abc\") | table x")?;
    /// assert_eq!(results.table.batches()[0].get("x", 0).text(), "cba");
    /// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
    /// ```
    #[must_use]
    pub fn function(mut self, function: &'static Function) -> Self {
        self.functions.push(function);
        self
    }

    /// Adds a format of the caller's own, which [`Engine::load`] and all sources of this engine ask before those that are built in.
    ///
    /// ```
    /// use spl_core::{Engine, formats::{FormatSpec, Input, Origin}};
    ///
    /// static PAIRS: FormatSpec = FormatSpec {
    ///     name: "pairs",
    ///     extensions: &["pairs"],
    ///     read: |part, into, _| {
    ///         for line in part.content().split(|&b| b == b'\n').filter(|line| !line.is_empty()) {
    ///             for pair in String::from_utf8_lossy(line).split(';') {
    ///                 let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    ///                 into.field(name, value);
    ///             }
    ///             into.raw(line);
    ///             part.end(f64::NAN, "pairs", into);
    ///         }
    ///     },
    ///     ..FormatSpec::BLANK
    /// };
    /// let mut engine = Engine::builder().format(&PAIRS).build()?;
    /// let origin = Origin { name: "door.pairs".into(), ..Origin::default() };
    /// let events = engine.load(&[Input { bytes: b"user=ann;door=3\nuser=bob;door=5\n", format: None, origin }])?.table;
    /// let results = engine.with_events(events).search("door=5 | table user sourcetype")?;
    /// let batch = &results.table.batches()[0];
    /// assert_eq!((batch.get("user", 0).text(), batch.get("sourcetype", 0).text()), ("bob".into(), "pairs".into()));
    /// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
    /// ```
    #[must_use]
    pub fn format(mut self, format: &'static FormatSpec) -> Self {
        self.formats.push(format);
        self
    }

    /// Adds a saved search.
    #[must_use]
    pub fn saved_search(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.saved_searches.push((name.into(), text.into()));
        self
    }

    /// Sets the time at which searches start, epoch seconds.
    #[must_use]
    pub fn now(mut self, now: f64) -> Self {
        self.settings.now = now;
        self
    }

    /// Sets the time zone of searches.
    #[must_use]
    pub fn zone(mut self, zone: Zone) -> Self {
        self.settings.zone = zone;
        self
    }

    /// Sets the time range of searches that name none, epoch seconds.
    #[must_use]
    pub fn time_range(mut self, earliest: Option<f64>, latest: Option<f64>) -> Self {
        self.settings.time = TimeRange { earliest, latest };
        self
    }

    /// Sets what a search may use.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Switches optimizer rules off by name, for tests and comparisons.
    #[must_use]
    pub fn without_rules(mut self, rules: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.without_rules = rules.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the number of threads that a search may use; the default is one for each core. While a search over many events runs, those without
    /// work wait for some without sleeping, for up to half a millisecond.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// The engine.
    pub fn build(mut self) -> Result<Engine> {
        let pool = match self.threads {
            None => None,
            Some(threads) => match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
                Ok(pool) => Some(Arc::new(pool)),
                Err(error) => bail!(Limit, "cannot start {threads} threads: {error}"),
            },
        };
        let lookups = Arc::new(self.lookups);
        let settings = &self.settings;
        let (now, zone) = (settings.now, settings.zone);
        let cx = Context { now, zone, notes: Arc::default(), lookups: lookups.clone() };
        let no_eval = |_: &Expr, _: &[(String, String)]| {
            bail!(Unsupported, "a macro with iseval cannot stand in the search of an event type")
        };
        let macros = &self.macros;
        let expand = |text: &str| Ok(expand::expand(text, macros, &no_eval)?.text);
        let problems = self.knowledge.bind(&lookups, &expand, &cx);
        let knowledge = Arc::new(self.knowledge);
        let mut catalog = Catalog::new(self.macros, knowledge.clone());
        catalog.set_data_models(self.data_models);
        catalog.set_lookups(lookups);
        self.saved_searches.into_iter().for_each(|(name, text)| catalog.set_saved_search(name, text));
        self.commands.into_iter().for_each(|spec| catalog.add_command(spec));
        self.functions.into_iter().for_each(|function| catalog.add_function(function));
        self.formats.into_iter().for_each(|format| catalog.add_format(format));
        for table in self.tables {
            catalog.add_source(Arc::new(TableSource::new(table, knowledge.clone())));
        }
        self.sources.into_iter().for_each(|source| catalog.add_source(source));
        Ok(Engine { catalog, settings: self.settings, pool, problems })
    }
}
