//! [`Catalog`]: everything a search may refer to. The engine asks it; it opens no file.

use std::sync::Arc;

use crate::exec::Source;
use crate::knowledge::{DataModels, Knowledge, Lookups, Macros};

/// Events and knowledge objects by name.
#[derive(Default)]
pub struct Catalog {
    sources: Vec<Arc<dyn Source>>,
    macros: Macros,
    knowledge: Arc<Knowledge>,
    data_models: DataModels,
    lookups: Arc<Lookups>,
}

impl Catalog {
    /// Nothing but these macros and this knowledge.
    pub fn new(macros: Macros, knowledge: Arc<Knowledge>) -> Self {
        Catalog { sources: Vec::new(), macros, knowledge, data_models: DataModels::default(), lookups: Arc::default() }
    }

    /// Adds events.
    pub fn add_source(&mut self, source: Arc<dyn Source>) {
        self.sources.push(source);
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
        &mut self.macros
    }

    /// The data models.
    pub fn data_models(&self) -> &DataModels {
        &self.data_models
    }

    /// Sets the data models.
    pub fn set_data_models(&mut self, data_models: DataModels) {
        self.data_models = data_models;
    }

    /// The lookups.
    pub fn lookups(&self) -> &Arc<Lookups> {
        &self.lookups
    }

    /// Sets the lookups.
    pub fn set_lookups(&mut self, lookups: Arc<Lookups>) {
        self.lookups = lookups;
    }

    /// What is known of source types.
    pub fn knowledge(&self) -> &Arc<Knowledge> {
        &self.knowledge
    }
}
