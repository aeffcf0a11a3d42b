//! The shapes that search text parses to. Every node carries the span of the text it came from.
//!
//! No command is known by name here: a stage keeps its arguments as tokens, and the command's leaf reads them through
//! [`Args`](super::args::Args). Only the two expression languages of SPL (the `search` command's and `eval`'s) have trees of their own.

use crate::error::{Span, Spanned};

/// A search: stages between `|`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// The stages in order; the first is `search` when the text does not begin with `|`.
    pub stages: Vec<Stage>,
    /// The whole text.
    pub span: Span,
}

/// One command with its arguments, or an unexpanded macro standing for one or more stages.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// What stands there.
    pub kind: StageKind,
    /// From the command's name to the end of its arguments.
    pub span: Span,
}

/// What stands between two pipes.
#[derive(Clone, Debug, PartialEq)]
pub enum StageKind {
    /// A command. `name` is lower-cased; it is `search` with an empty span when implied. Where a macro stands for the name and
    /// arguments follow it, `name` is the macro as written, backquotes included.
    Command {
        /// The command's name.
        name: Spanned<String>,
        /// Its arguments, as tokens.
        args: Vec<Token>,
    },
    /// `` `macro(args)` `` alone in its stage.
    Macro(MacroCall),
}

/// A piece of a command's arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands, quotes included.
    pub span: Span,
    /// Whether blank space stands before it.
    pub spaced: bool,
}

/// The kinds of token that command arguments are made of.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenKind {
    /// A run of characters that are neither space nor one of `, = ( ) [ ] " ' | < > !` (and backquote); `*`, `-`, `+`, `:`, `.` and `/` belong to words.
    /// So do `\|`, `\"` and their like (kept as written), the tokens of `foreach` (`<<FIELD>>`) and an apostrophe behind a letter (`don't`).
    Word(String),
    /// `"..."`: the text with the quotes removed and `\"`, `\\`, `\|` resolved; `raw` as written between the quotes.
    Quoted {
        /// Escapes resolved.
        text: String,
        /// As written, without the quotes.
        raw: String,
    },
    /// `'...'`, quotes removed.
    SingleQuoted(String),
    /// One of `, = ( ) < > !` or a two-character operator `!= <= >= ==`.
    Punct(String),
    /// `[ ... ]`.
    Subsearch(Box<Pipeline>),
    /// `` `name(args)` ``.
    Macro(MacroCall),
}

/// `` `name(args)` `` as written.
#[derive(Clone, Debug, PartialEq)]
pub struct MacroCall {
    /// The macro's name.
    pub name: String,
    /// Its arguments, as written (blanks trimmed).
    pub args: Vec<String>,
    /// From backquote to backquote.
    pub span: Span,
}

/// An `eval` or `where` expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an eval expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A number; the text as written, which `eval a=7.0` must show again.
    Number(f64, String),
    /// `"..."`, escapes resolved.
    Text(String),
    /// A field: a bare word, `'...'`, or `$token$` text kept as it is.
    Field(String),
    /// `-x`, `+x`.
    Negate(Box<Expr>),
    /// `NOT x`, `!x`.
    Not(Box<Expr>),
    /// `a op b`.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `x IN (a, b)`; also `in(x, a, b)`.
    In(Box<Expr>, Vec<Expr>),
    /// `name(args)`, name lower-cased.
    Call(Spanned<String>, Vec<Expr>),
    /// `[ ... ]`: replaced by the subsearch's text before it is bound.
    Subsearch(Box<Pipeline>),
    /// An unexpanded macro as an operand.
    Macro(MacroCall),
}

/// The operators of an eval expression, lowest to highest: XOR, OR, AND, comparisons and LIKE, `.`/`+`/`-`, `*`/`/`/`%`.
///
/// All group to the left, but AND and OR: a chain of them is a balanced tree, so that thousands of terms are no deep tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Concat,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Like,
    And,
    Or,
    Xor,
}

/// The boolean part of the `search` command (also of `inputlookup ... where`, `tstats ... where`, `searchmatch`).
#[derive(Clone, Debug, PartialEq)]
pub struct SearchExpr {
    /// What it is.
    pub kind: SearchExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a search expression.
#[derive(Clone, Debug, PartialEq)]
pub enum SearchExprKind {
    /// Nothing: matches every event.
    All,
    /// Terms that must all match; `OR` binds tighter than this.
    And(Vec<SearchExpr>),
    /// Terms of which one must match.
    Or(Vec<SearchExpr>),
    /// `NOT x`: true also when a field is missing.
    Not(Box<SearchExpr>),
    /// `field op value`.
    Compare {
        /// Field name, quotes removed.
        field: String,
        /// The operator.
        op: CompareOp,
        /// The right side.
        value: SearchValue,
    },
    /// `field IN (v, w*)`.
    In {
        /// Field name.
        field: String,
        /// The list.
        values: Vec<SearchValue>,
    },
    /// A bare word, phrase, `TERM(x)` or `CASE(x)`, looked for in `_raw`.
    Term(SearchValue),
    /// `earliest=`, `latest=`, `starttime=`, `endtime=`, `starthoursago=`, `timeformat=` ... (only in lower case; `startTime=` is a field).
    Modifier {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// `[ ... ]`: replaced by the subsearch's text.
    Subsearch(Box<Pipeline>),
    /// An unexpanded macro.
    Macro(MacroCall),
}

/// A literal of the `search` command.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchValue {
    /// The text, escapes resolved; `*` is a wildcard.
    pub text: String,
    /// Whether it stood in double quotes.
    pub quoted: bool,
    /// How it is to be looked for.
    pub form: TermForm,
    /// Where it stands.
    pub span: Span,
}

/// `x`, `TERM(x)`, `CASE(x)`, or text that is not known yet.
#[derive(Clone, Debug, PartialEq)]
pub enum TermForm {
    /// Case-insensitive, minor breakers split it.
    Plain,
    /// `TERM(x)`: one whole major token.
    Term,
    /// `CASE(x)`: case counts.
    Case,
    /// `field=[ ... ]`, `field IN ([ ... ])`: the text of the subsearch stands here later; `text` is empty.
    Subsearch(Box<Pipeline>),
    /// An unexpanded macro in place of a value; `text` is empty.
    Macro(MacroCall),
}

/// The comparisons of the `search` command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum CompareOp {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}
