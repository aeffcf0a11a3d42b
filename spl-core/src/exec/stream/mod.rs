//! Searches over events that come in chunks and need not all fit into memory: what works row by row is done to each chunk, what needs all
//! rows takes in one chunk after the other ([`Gather`]) and keeps little of them, if it can; the rest of a plan runs over its result.
//!
//! Which result it is does not depend on how the events were cut, but for the last digits of sums of fractions.

mod chunk;
mod gather;
mod pipeline;

pub use chunk::Chunk;
pub use gather::Gather;
pub(crate) use gather::Reduce;
pub(crate) use pipeline::Pipeline;
