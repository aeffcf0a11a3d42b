//! What the test targets share: golden files ([`case`]), running their cases ([`run`]), tables as text ([`cells`]), events read from bytes
//! ([`events`]) and by settings ([`inputs`]), Windows event log files ([`evtx_file`]), archives ([`archive`]), syntax trees without places ([`tree`]).

pub mod archive;
pub mod case;
pub mod cells;
pub mod chunks;
pub mod events;
pub mod evtx_file;
pub mod inputs;
pub mod run;
pub mod tree;
