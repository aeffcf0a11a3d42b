//! [`Macros`]: search macros by name and number of arguments, from `macros.conf` and from content packs' YAML. Does not expand them.

use indexmap::IndexMap;

use super::conf::Conf;
use crate::error::{Diagnostic, ErrorKind, Result};

/// A search macro: text that stands in for `` `name(args)` ``.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Macro {
    /// The name, without the number of arguments.
    pub name: String,
    /// The names of its arguments.
    pub args: Vec<String>,
    /// The text, in which `$arg$` stands for an argument.
    pub definition: String,
    /// Whether the definition is an eval expression whose text is the expansion.
    pub iseval: bool,
    /// An eval expression over the arguments that must hold.
    pub validation: Option<String>,
    /// What to say when it does not.
    pub errormsg: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Where it was defined, such as a file's name.
    pub origin: Option<String>,
}

impl Macro {
    /// A macro that is plain text.
    pub fn new(name: impl Into<String>, args: &[&str], definition: impl Into<String>) -> Self {
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        Macro { name: name.into(), args, definition: definition.into(), ..Macro::default() }
    }

    /// `name` or `name(2)`, as `macros.conf` has it.
    pub fn title(&self) -> String {
        match self.args.len() {
            0 => self.name.clone(),
            arity => format!("{}({arity})", self.name),
        }
    }
}

/// A set of macros. Those of one name differ in their number of arguments.
///
/// ```
/// use spl_core::knowledge::{Macro, Macros};
///
/// let mut macros = Macros::from_conf("[failed(1)]\nargs = user\ndefinition = action=failure user=$user$")?;
/// macros.insert(Macro::new("web", &[], "sourcetype=access_combined"));
/// assert_eq!(macros.get("failed", 1).map(|found| found.args.len()), Some(1));
/// assert!(macros.get("failed", 0).is_none());
/// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Macros {
    all: IndexMap<String, Vec<Macro>>,
}

impl Macros {
    /// The macros of a `macros.conf`.
    pub fn from_conf(text: &str) -> Result<Macros> {
        let conf = Conf::parse(text);
        match conf.problems.first() {
            Some(problem) => Err(Box::new(problem.clone())),
            None => Ok(Macros::from_stanzas(&conf)),
        }
    }

    /// The macros of `macros.conf` files laid over each other. Stanzas that are disabled or lack a definition make none.
    pub fn from_stanzas(conf: &Conf) -> Macros {
        let mut macros = Macros::default();
        for stanza in conf.stanzas.keys().filter(|name| *name != "default") {
            let disabled = conf.get_bool(stanza, "disabled").unwrap_or(false);
            let Some(definition) = conf.get(stanza, "definition").filter(|_| !disabled) else { continue };
            let owned = |key: &str| conf.get(stanza, key).map(str::to_owned).filter(|value| !value.is_empty());
            macros.insert(Macro {
                name: base_name(stanza).to_owned(),
                args: conf.get(stanza, "args").map(names).unwrap_or_default(),
                definition: definition.to_owned(),
                iseval: conf.get_bool(stanza, "iseval").unwrap_or(false),
                validation: owned("validation"),
                errormsg: owned("errormsg"),
                description: owned("description"),
                origin: None,
            });
        }
        macros
    }

    /// The macro of a content pack's YAML file: `name`, `definition`, `arguments`, `description`.
    pub fn from_yaml(text: &str) -> Result<Macros> {
        let file: MacroFile = serde_saphyr::from_str(text).map_err(|error| {
            Box::new(Diagnostic::new(ErrorKind::Data, format!("this is not a macro in YAML: {error}")))
        })?;
        let mut macros = Macros::default();
        macros.insert(Macro {
            name: base_name(&file.name).to_owned(),
            args: file.arguments.unwrap_or_default(),
            definition: file.definition.trim().to_owned(),
            iseval: file.iseval,
            validation: file.validation,
            errormsg: file.errormsg,
            description: file.description,
            origin: None,
        });
        Ok(macros)
    }

    /// Says of all macros where they were defined, unless that is known.
    #[must_use]
    pub fn with_origin(mut self, origin: &str) -> Self {
        for found in self.all.values_mut().flatten() {
            found.origin.get_or_insert_with(|| origin.to_owned());
        }
        self
    }

    /// Adds a macro, in place of one with the same name and number of arguments.
    pub fn insert(&mut self, new: Macro) {
        let same = self.all.entry(new.name.clone()).or_default();
        match same.iter_mut().find(|old| old.args.len() == new.args.len()) {
            Some(old) => *old = new,
            None => same.push(new),
        }
    }

    /// Adds the macros of another set, in place of those with the same name and number of arguments.
    pub fn extend(&mut self, over: Macros) {
        over.all.into_values().flatten().for_each(|new| self.insert(new));
    }

    /// The macro of that name with that many arguments.
    pub fn get(&self, name: &str, arity: usize) -> Option<&Macro> {
        self.named(name).find(|found| found.args.len() == arity)
    }

    /// All macros of a name, whatever their number of arguments.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Macro> {
        self.all.get(name).into_iter().flatten()
    }

    /// All macros, in the order in which their names came.
    pub fn iter(&self) -> impl Iterator<Item = &Macro> {
        self.all.values().flatten()
    }

    /// The names, each once.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.all.keys().map(String::as_str)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.values().map(Vec::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

#[derive(serde::Deserialize)]
struct MacroFile {
    name: String,
    definition: String,
    arguments: Option<Vec<String>>,
    description: Option<String>,
    #[serde(default)]
    iseval: bool,
    validation: Option<String>,
    errormsg: Option<String>,
}

/// `name(2)` without the number.
fn base_name(title: &str) -> &str {
    match title.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
        Some((name, arity)) if arity.bytes().all(|b| b.is_ascii_digit()) => name.trim(),
        _ => title.trim(),
    }
}

fn names(list: &str) -> Vec<String> {
    list.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}
