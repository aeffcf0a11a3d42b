//! Bound expressions of both languages of SPL: [`Expression`] (`eval`, `where`) and [`SearchPredicate`] (`search`).
//!
//! An expression is evaluated over all batches of a table at once, so that what depends on one dictionary-coded field is computed once
//! for each distinct value and mapped through the codes, on all cores. Knows no plan and no command.

mod bind;
mod distinct;
mod eval;
mod forms;
mod lazy;
mod ops;
mod search;
mod select;
mod sigfig;
mod special;
mod term;
mod wildcard;

pub use bind::{Bound, Copied, Expression, StaticType};
pub(crate) use eval::all_numbers;
pub use forms::{FORMS, Form};
pub use search::{FieldTest, SearchPredicate};
pub(crate) use term::is_major as is_major_breaker;
pub use wildcard::{Wildcard, wildcard_match};
