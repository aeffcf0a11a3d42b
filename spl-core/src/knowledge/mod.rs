//! Knowledge objects, read from Splunk's own files: [`Conf`] for `*.conf`, [`Macros`], [`Knowledge`] of source types. Opens no file; text comes in from outside.

mod conf;
mod macros;
mod search_time;

pub use conf::Conf;
pub use macros::{Macro, Macros};
pub use search_time::Knowledge;
