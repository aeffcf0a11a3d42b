//! [`Catalog`]: everything a search may refer to. The engine asks it; it opens no file.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::commands::CommandSpec;
use crate::exec::Source;
use crate::formats::FormatSpec;
use crate::functions::Function;
use crate::knowledge::{DataModels, Knowledge, Lookups, Macros};

/// Events and knowledge objects by name. Clones share them.
#[derive(Clone, Default)]
pub struct Catalog {
    sources: Vec<Arc<dyn Source>>,
    macros: Arc<Macros>,
    knowledge: Arc<Knowledge>,
    data_models: Arc<DataModels>,
    lookups: Arc<Lookups>,
    saved_searches: BTreeMap<String, String>,
    commands: Vec<&'static CommandSpec>,
    functions: Vec<&'static Function>,
    formats: Vec<&'static FormatSpec>,
}

impl Catalog {
    /// Nothing but these macros and this knowledge.
    pub fn new(macros: Macros, knowledge: Arc<Knowledge>) -> Self {
        Catalog { macros: Arc::new(macros), knowledge, ..Catalog::default() }
    }

    /// Adds events.
    pub fn add_source(&mut self, source: Arc<dyn Source>) {
        self.sources.push(source);
    }

    /// Gets the events ready for searches that are to run side by side, so that these need not do it each: gives those of plain text their
    /// fields, for one.
    pub fn prepare(&self) {
        self.sources.iter().for_each(|source| source.prepare());
    }

    /// Where events come from.
    pub fn sources(&self) -> &[Arc<dyn Source>] {
        &self.sources
    }

    /// The macros.
    pub fn macros(&self) -> &Macros {
        &self.macros
    }

    /// The macros, to add some.
    pub fn macros_mut(&mut self) -> &mut Macros {
        Arc::make_mut(&mut self.macros)
    }

    /// The data models.
    pub fn data_models(&self) -> &DataModels {
        &self.data_models
    }

    /// Sets the data models.
    pub fn set_data_models(&mut self, data_models: DataModels) {
        self.data_models = Arc::new(data_models);
    }

    /// The lookups.
    pub fn lookups(&self) -> &Arc<Lookups> {
        &self.lookups
    }

    /// Sets the lookups.
    pub fn set_lookups(&mut self, lookups: Arc<Lookups>) {
        self.lookups = lookups;
    }

    /// The text of a saved search.
    pub fn saved_search(&self, name: &str) -> Option<&str> {
        self.saved_searches.get(name).map(String::as_str)
    }

    /// The names of the saved searches.
    pub fn saved_searches(&self) -> impl Iterator<Item = &str> {
        self.saved_searches.keys().map(String::as_str)
    }

    /// Adds a saved search, or replaces the one of that name.
    pub fn set_saved_search(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.saved_searches.insert(name.into(), text.into());
    }

    /// Commands besides those of the language.
    pub fn commands(&self) -> &[&'static CommandSpec] {
        &self.commands
    }

    /// Adds a command; it hides one of the language that has its name.
    pub fn add_command(&mut self, spec: &'static CommandSpec) {
        self.commands.insert(0, spec);
    }

    /// Eval functions besides those of the language.
    pub fn functions(&self) -> &[&'static Function] {
        &self.functions
    }

    /// Adds a function for the expressions of searches; it hides one of the language that has its name.
    pub fn add_function(&mut self, function: &'static Function) {
        self.functions.insert(0, function);
    }

    /// Formats besides those that are built in.
    pub fn formats(&self) -> &[&'static FormatSpec] {
        &self.formats
    }

    /// Adds a format for what sources read; it is asked before those that are there.
    pub fn add_format(&mut self, format: &'static FormatSpec) {
        self.formats.insert(0, format);
    }

    /// What is known of source types.
    pub fn knowledge(&self) -> &Arc<Knowledge> {
        &self.knowledge
    }
}
