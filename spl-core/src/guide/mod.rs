//! How to use the library, in four short chapters. Their code runs as tests.

#[doc = include_str!("embedding.md")]
pub mod embedding {}

#[doc = include_str!("plans.md")]
pub mod plans {}

#[doc = include_str!("words.md")]
pub mod words {}

#[doc = include_str!("semantics.md")]
pub mod semantics {}
