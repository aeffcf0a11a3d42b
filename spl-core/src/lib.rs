//! SPL, the search language of Splunk, as a library.

pub mod error;
pub mod formats;
pub mod functions;
pub mod pattern;
pub mod syntax;
pub mod table;
pub mod time;
pub mod value;
