//! Lookup tables: their definitions, their contents, and finding rows in them ([`Lookups`]).
//!
//! Definitions come from `transforms.conf` and from content packs' YAML; contents are CSV, read when first asked for. Writing goes
//! through a [`LookupWriter`] that the caller gives, or is refused. Opens no file.
//!
//! Source: Admin Manual, `transforms.conf` ("Lookup tables"); Search Reference, `lookup`, `inputlookup`, `outputlookup`.

mod csv;
mod definition;
mod index;
mod join;
mod probe;
mod table;

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use indexmap::IndexMap;

use super::Conf;
use crate::error::{Diagnostic, ErrorKind, Result, bail, did_you_mean};
use crate::functions::LookupRows;
use crate::table::Table;

pub use definition::{Definition, MatchType};
pub use join::{FieldPairs, LookupJoin};
pub use probe::Probe;
pub use table::LookupTable;

/// Where the content of a lookup comes from, when it is asked for.
pub type LookupContent = Arc<dyn Fn() -> Result<Vec<u8>> + Send + Sync>;

/// Where `outputlookup` may write. Only plain file names are asked for.
pub trait LookupWriter: Send + Sync {
    /// Replaces the content of a file.
    fn write(&self, file: &str, csv: &[u8]) -> Result<()>;

    /// Deletes a file.
    fn remove(&self, file: &str) -> Result<()>;
}

/// Lookup definitions and tables by name, names as in Splunk with case counting.
#[derive(Default)]
pub struct Lookups {
    definitions: IndexMap<String, Arc<Definition>>,
    files: RwLock<IndexMap<String, Arc<File>>>,
    writer: Option<Arc<dyn LookupWriter>>,
}

/// A table, perhaps not yet read.
struct File {
    content: LookupContent,
    table: OnceLock<Result<Arc<LookupTable>>>,
}

impl File {
    fn table(&self) -> Result<Arc<LookupTable>> {
        self.table.get_or_init(|| Ok(Arc::new(csv::read(&(self.content)()?)))).clone()
    }
}

/// A lookup by its name: how it is asked, and what it holds now.
#[derive(Clone)]
pub struct Lookup {
    /// How it is asked.
    pub definition: Arc<Definition>,
    /// What it holds.
    pub table: Arc<LookupTable>,
}

impl LookupRows for Lookups {
    fn matching(&self, table: &str, keys: &[(String, String)], outputs: &[String]) -> Result<Vec<Vec<String>>> {
        probe::matching(self.find(table)?, keys, outputs)
    }
}

/// How `outputlookup` is to write.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// Behind the rows that are there, under the columns that are there.
    pub append: bool,
    /// Rows with the same value in this field are replaced.
    pub key_field: Option<String>,
    /// Without rows nothing is created.
    pub create_empty: bool,
    /// Without rows what is there is deleted.
    pub override_if_empty: bool,
    /// Multivalues are kept apart in columns of their own.
    pub multivalues: bool,
}

impl std::fmt::Debug for Lookups {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lookups").field("names", &self.names()).finish_non_exhaustive()
    }
}

impl Lookups {
    /// Adds a CSV file's content under the file's name.
    pub fn add_csv(&mut self, file: &str, content: impl Into<Vec<u8>>) {
        let content: Arc<[u8]> = content.into().into();
        self.add_content(file, Arc::new(move || Ok(content.to_vec())));
    }

    /// Adds a CSV file whose content is read when it is first asked for.
    pub fn add_content(&mut self, file: &str, content: LookupContent) {
        let file_ = Arc::new(File { content, table: OnceLock::new() });
        self.files.get_mut().unwrap_or_else(PoisonError::into_inner).insert(file.to_owned(), file_);
    }

    /// Adds a table under a name.
    pub fn add_table(&mut self, name: &str, table: &Table) {
        self.put(name, Arc::new(LookupTable::from_table(table)));
    }

    /// Adds a definition, in place of one of the same name.
    pub fn define(&mut self, definition: Definition) {
        self.definitions.insert(definition.name.clone(), Arc::new(definition));
    }

    /// Adds the lookups of a `transforms.conf`; what is wrong with them.
    pub fn add_transforms(&mut self, conf: &Conf) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        for stanza in conf.stanzas.keys() {
            match Definition::from_stanza(stanza, conf) {
                Ok(Some(definition)) => self.define(definition),
                Ok(None) => {}
                Err(problem) => problems.push(*problem),
            }
        }
        problems
    }

    /// Adds the lookup of a content pack's YAML file.
    pub fn add_yaml(&mut self, text: &str) -> Result<()> {
        self.define(Definition::from_yaml(text)?);
        Ok(())
    }

    /// Sets where may be written.
    pub fn set_writer(&mut self, writer: Arc<dyn LookupWriter>) {
        self.writer = Some(writer);
    }

    /// The names of definitions and of files.
    pub fn names(&self) -> Vec<String> {
        let files = self.files.read().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<String> = self.definitions.keys().cloned().collect();
        names.extend(files.keys().filter(|file| !self.definitions.contains_key(*file)).cloned());
        names
    }

    /// The definition of a name: its own, or that of a file asked for directly.
    pub fn definition(&self, name: &str) -> Option<Arc<Definition>> {
        if let Some(definition) = self.definitions.get(name) {
            return Some(definition.clone());
        }
        let file = [name.to_owned(), format!("{name}.csv")].into_iter().find(|file| self.file(file).is_some())?;
        Some(Arc::new(Definition { name: name.to_owned(), file: Some(file), ..Definition::default() }))
    }

    fn file(&self, name: &str) -> Option<Arc<File>> {
        self.files.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The lookup of a name, with its content.
    pub fn find(&self, name: &str) -> Result<Lookup> {
        let Some(definition) = self.definition(name) else {
            let names = self.names();
            match did_you_mean(name, names.iter().map(String::as_str)) {
                Some(near) => bail!(Missing, "there is no lookup `{name}`"; hint: "did you mean `{near}`?"),
                None => bail!(Missing, "there is no lookup `{name}`"),
            }
        };
        let table = match &definition.file {
            Some(file) => match self.file(file) {
                Some(file) => file.table()?,
                None => bail!(Missing, "the file `{file}` of the lookup `{name}` is not there"),
            },
            // A collection holds what has been written to it.
            None => match self.file(&definition.name) {
                Some(file) => file.table()?,
                None => Arc::new(LookupTable::empty(&definition.fields)),
            },
        };
        let table = match &definition.filter {
            Some(filter) => Arc::new(table.filtered(filter)),
            None => table,
        };
        Ok(Lookup { definition, table })
    }

    fn put(&self, file: &str, table: Arc<LookupTable>) {
        let content: LookupContent = Arc::new(|| Ok(Vec::new()));
        let known = Arc::new(File { content, table: OnceLock::from(Ok(table)) });
        self.files.write().unwrap_or_else(PoisonError::into_inner).insert(file.to_owned(), known);
    }

    /// Whether [`Lookups::write`] may write at all.
    pub fn can_write(&self) -> Result<()> {
        if self.writer.is_none() {
            let message = "lookups cannot be written here: no place for them is given";
            return Err(Box::new(Diagnostic::new(ErrorKind::Unsupported, message)));
        }
        Ok(())
    }

    /// The file that a name stands for when it is written.
    pub fn target(&self, name: &str) -> Result<String> {
        let file = match self.definitions.get(name) {
            Some(definition) => definition.file.clone().unwrap_or_else(|| name.to_owned()),
            None => name.to_owned(),
        };
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
        if file.is_empty() || file.starts_with('.') || !file.chars().all(plain) {
            bail!(Argument, "`{file}` is no name for a lookup's file"; hint: "letters, digits, `_`, `-` and points");
        }
        Ok(file)
    }

    /// Writes rows; later searches see them.
    pub fn write(&self, name: &str, rows: &Table, options: &WriteOptions) -> Result<()> {
        self.can_write()?;
        let Some(writer) = &self.writer else { return Ok(()) };
        let file = self.target(name)?;
        let known = self.file(&file);
        if rows.rows() == 0 && !options.append && options.key_field.is_none() {
            if options.override_if_empty && known.is_some() {
                writer.remove(&file)?;
                self.files.write().unwrap_or_else(PoisonError::into_inner).shift_remove(&file);
            }
            let is_known = known.is_some() && !options.override_if_empty;
            if is_known || !options.create_empty {
                return Ok(());
            }
        }
        let new = LookupTable::from_table(rows);
        let old =
            known.filter(|_| options.append || options.key_field.is_some()).map(|file| file.table()).transpose()?;
        let table = match (old, &options.key_field) {
            (Some(old), Some(key)) => old.updated(&new, key),
            (Some(old), None) => old.appended(&new),
            (None, _) => new,
        };
        writer.write(&file, &csv::write(&table, options.multivalues))?;
        self.put(&file, Arc::new(table));
        Ok(())
    }
}
