//! The functions of `eval` and `where`, one file for each family of Splunk's own reference, as rows of tables.
//!
//! A [`Function`] says how one row's arguments become a value; `lift` alone turns that into loops over columns, and `expr` sees to it
//! that it is asked once for each distinct value where that is fewer. Forms that do not evaluate all their arguments
//! (`if`, `case`, `mvmap`, ...) live in `expr::special`.

mod args;
mod bitwise;
mod conditional;
mod conversion;
mod crypto;
mod datetime;
mod informational;
mod json;
mod json_value;
pub(crate) mod lift;
mod like;
mod lookup;
mod math;
mod multivalue;
mod printf;
pub mod spath;
mod statistical;
mod text;
mod trig;

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::{Notes, Result, Span};
use crate::table::Dictionary;
use crate::time::Zone;
use crate::value::Value;

/// What a function may ask about the search it runs in.
#[derive(Clone, Debug)]
pub struct Context {
    /// The search's start, epoch seconds.
    pub now: f64,
    /// The search's time zone.
    pub zone: Zone,
    /// Where warnings and failures in the middle of columns go.
    pub notes: Arc<Notes>,
    /// What `lookup()` asks.
    pub lookups: Arc<dyn LookupRows>,
}

/// Lookup tables, as far as functions ask them.
pub trait LookupRows: std::fmt::Debug + Send + Sync {
    /// The cells of some columns of the rows whose key columns have these values: for each output its values, row by row.
    fn matching(&self, table: &str, keys: &[(String, String)], outputs: &[String]) -> Result<Vec<Vec<String>>>;
}

/// A function of the language.
pub struct Function {
    /// As written, lower case.
    pub name: &'static str,
    /// Other names for the same.
    pub aliases: &'static [&'static str],
    /// As the Search Reference writes it.
    pub syntax: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Expressions with the text of their result (`null` for no value, `a; b` for a multivalue); all of them run as tests.
    pub examples: &'static [(&'static str, &'static str)],
    /// Fewest and most arguments.
    pub arity: (usize, usize),
    /// Whether the result is true or false, which no field can hold.
    pub boolean: bool,
    /// Whether each value of the result is a stretch of the first argument's text, but for case.
    pub excerpt: bool,
    /// How it is computed.
    pub shape: Shape,
}

impl Function {
    /// Whether this is its name, or one of them; case does not count.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name) || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    }

    /// What most functions share; each of them gives the rest.
    pub const BLANK: Function = Function {
        name: "",
        aliases: &[],
        syntax: "",
        summary: "",
        examples: &[],
        arity: (1, 1),
        boolean: false,
        excerpt: false,
        shape: Shape::Row(|_, _| Value::Null),
    };
}

/// How a function is computed from one row's arguments.
#[derive(Clone, Copy)]
pub enum Shape {
    /// A number from a number; other arguments (also multivalues) give null.
    Num1(fn(f64) -> Option<f64>),
    /// A number from two.
    Num2(fn(f64, f64) -> Option<f64>),
    /// A value from one text; null gives null; a multivalue is mapped value by value.
    Text1(fn(&str) -> Value),
    /// As `Text1`, but a number, which a dictionary knows of all its texts (index 0 is for null, and NaN).
    Measure(fn(&str) -> f64, fn(&Dictionary) -> &[f64]),
    /// Anything from the values of all arguments.
    Row(fn(&[Value], &Context) -> Value),
    /// As `Row`, but the literal arguments are looked at once, before any row: patterns are compiled, bad literals are errors with a place.
    Prepared(fn(&[Argument]) -> Result<Ready>),
    /// As `Row`, but a new value for each row even from the same arguments: `random()`, `time()`.
    Volatile(fn(&[Value], &Context) -> Value),
}

/// The function called `name`, case not counting.
pub fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.is_called(name))
}

/// All functions, family by family, each family sorted by name.
pub fn all() -> impl Iterator<Item = &'static Function> {
    families().flat_map(|(_, functions)| functions)
}

/// The families under the names they have in Splunk's Search Reference.
pub fn families() -> impl Iterator<Item = (&'static str, &'static [Function])> {
    FAMILIES.iter().copied()
}

static FAMILIES: &[(&str, &[Function])] = &[
    ("Bitwise functions", bitwise::FUNCTIONS),
    ("Comparison and Conditional functions", conditional::FUNCTIONS),
    ("Conversion functions", conversion::FUNCTIONS),
    ("Cryptographic functions", crypto::FUNCTIONS),
    ("Date and Time functions", datetime::FUNCTIONS),
    ("Informational functions", informational::FUNCTIONS),
    ("JSON functions", json::FUNCTIONS),
    ("Comparison and Conditional functions", lookup::FUNCTIONS),
    ("Mathematical functions", math::FUNCTIONS),
    ("Multivalue eval functions", multivalue::FUNCTIONS),
    ("Statistical eval functions", statistical::FUNCTIONS),
    ("Text functions", text::FUNCTIONS),
    ("Trig and Hyperbolic functions", trig::FUNCTIONS),
];

/// A function with its literals looked at. An error ends the search: a limit was hit, never merely a value of the wrong kind.
pub type RowFunction = Arc<dyn Fn(&[Value], &Context) -> Result<Value> + Send + Sync>;

/// What a text becomes.
pub type TextEdit = Arc<dyn for<'a> Fn(&'a str) -> Result<Cow<'a, str>> + Send + Sync>;

/// What a text is asked.
pub type TextTest = Arc<dyn Fn(&str) -> Result<bool> + Send + Sync>;

/// A function with its literals looked at, in the narrowest form that holds it.
#[derive(Clone)]
pub enum Ready {
    /// Anything from the values of all arguments.
    Row(RowFunction),
    /// A text from the first argument's, the others being literals; null of null, a multivalue is mapped value by value, and what is
    /// left alone stays the value it was.
    Edit(TextEdit),
    /// Truth from the first argument's text, the others being literals; null of null, of a multivalue whether any value has it.
    Test(TextTest),
}

impl Ready {
    /// From a closure over the values of all arguments.
    pub fn row(f: impl Fn(&[Value], &Context) -> Result<Value> + Send + Sync + 'static) -> Ready {
        Ready::Row(Arc::new(f))
    }
}

/// An argument as it is known before any row.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Its value, when it is a literal (or folds to one).
    pub literal: Option<Value>,
    /// Whether it is a quoted text in the search.
    pub quoted: bool,
    /// Whether it is a field as it stands: its text counts as a number if it looks like one.
    pub field: bool,
    /// Where it stands.
    pub span: Span,
}
