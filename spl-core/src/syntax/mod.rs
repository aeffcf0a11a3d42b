//! Text to syntax tree and back. Knows no command by name.

pub mod ast;
