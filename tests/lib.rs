//! What the test targets share: golden files ([`case`]), running their cases ([`run`]), tables as text ([`cells`]).

pub mod case;
pub mod cells;
pub mod run;
