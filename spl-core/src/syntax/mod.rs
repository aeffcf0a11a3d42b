//! Text to syntax tree and back. Knows no command by name.
//!
//! [`parse`] cuts a search into stages whose arguments stay tokens; a command reads its own through [`Args`], which also
//! parses the two expression languages: `eval`'s ([`parse_expr`]) and the `search` command's ([`parse_search_expr`]).
//! [`print()`] turns a tree back into text; [`marks()`] tells the parts of a text that is still being written.

pub mod args;
pub mod ast;
mod expr;
mod expr_lexer;
pub(crate) mod lexer;
mod marks;
mod pipeline;
mod print;
mod search_expr;

pub use args::Args;
pub use expr::parse_expr;
pub(crate) use expr_lexer::is_bare_field;
pub use marks::{Mark, MarkKind, Marks, Open, marks};
pub use pipeline::parse;
pub use print::{print, print_expr, print_search_expr, print_tokens};
pub use search_expr::parse_search_expr;
