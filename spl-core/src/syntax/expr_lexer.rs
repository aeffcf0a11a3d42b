//! A command's tokens cut finer, for expressions: `a.b+1` is one word of a command, but five pieces of an expression.

use std::collections::VecDeque;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{char, digit1, one_of, satisfy};
use nom::combinator::{opt, peek, recognize};
use nom::multi::many0_count;
use nom::sequence::{delimited, pair, preceded};
use nom::{IResult, Parser};

use super::ast::{MacroCall, Pipeline, Token, TokenKind};
use super::lexer::unescape_by;
use crate::error::Span;

/// What an expression is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PieceKind<'a> {
    /// As written.
    Number(&'a str),
    Text(String),
    /// A bare word: a field, a function or an operator such as `AND`.
    Name(&'a str),
    /// `'...'`.
    Field(&'a str),
    /// `+`, `<=`, `(`, `,` ...
    Symbol(&'a str),
    Subsearch(&'a Pipeline),
    Macro(&'a MacroCall),
    /// Text that means nothing in an expression.
    Stray(&'a str),
}

/// A piece, where it stands, and which token it is the beginning of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece<'a> {
    pub(super) kind: PieceKind<'a>,
    pub(super) span: Span,
    /// The token's index, unless the piece stands within one.
    pub(super) token: Option<usize>,
}

/// Cuts tokens when they are asked for, since an expression may end long before its command does.
pub(super) struct Pieces<'a> {
    tokens: &'a [Token],
    next: usize,
    ready: VecDeque<Piece<'a>>,
    /// Whether the last piece cut can end an operand, so that a dot or digit behind it is no number's beginning.
    operand: bool,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(tokens: &'a [Token]) -> Self {
        Pieces { tokens, next: 0, ready: VecDeque::new(), operand: false }
    }

    /// The piece `ahead` places from here.
    pub(super) fn peek(&mut self, ahead: usize) -> Option<&Piece<'a>> {
        while self.ready.len() <= ahead && self.next < self.tokens.len() {
            self.cut();
        }
        self.ready.get(ahead)
    }

    pub(super) fn next(&mut self) -> Option<Piece<'a>> {
        self.peek(0)?;
        self.ready.pop_front()
    }

    /// The quoted text at this place, read as a regular expression.
    pub(super) fn pattern(&self, span: Span) -> Option<String> {
        let at = self.tokens.partition_point(|token| token.span.start < span.start);
        match self.tokens.get(at) {
            Some(Token { kind: TokenKind::Quoted { raw, .. }, span: own, .. }) if *own == span => {
                Some(unescape_by(raw, escape_in_pattern))
            }
            _ => None,
        }
    }

    /// How many tokens are read, or the piece that stands in the middle of one.
    pub(super) fn consumed(&mut self) -> Result<usize, Piece<'a>> {
        match self.peek(0) {
            None => Ok(self.tokens.len()),
            Some(Piece { token: Some(index), .. }) => Ok(*index),
            Some(piece) => Err(piece.clone()),
        }
    }

    fn cut(&mut self) {
        let (index, token) = (self.next, &self.tokens[self.next]);
        self.next += 1;
        let kind = match &token.kind {
            TokenKind::Word(text) => return self.cut_word(index, token.span, text),
            TokenKind::Quoted { raw, .. } => PieceKind::Text(unescape(raw)),
            TokenKind::SingleQuoted(name) => PieceKind::Field(name),
            TokenKind::Punct(symbol) => PieceKind::Symbol(symbol),
            TokenKind::Subsearch(pipeline) => PieceKind::Subsearch(pipeline),
            TokenKind::Macro(call) => PieceKind::Macro(call),
        };
        self.push(kind, token.span, Some(index));
    }

    fn cut_word(&mut self, index: usize, span: Span, word: &'a str) {
        let mut rest = word;
        while !rest.is_empty() {
            let (after, kind) = piece(rest, self.operand);
            let (from, to) = (word.len() - rest.len(), word.len() - after.len());
            let start = span.start as usize;
            self.push(kind, Span::new(start + from, start + to), (from == 0).then_some(index));
            rest = after;
        }
    }

    fn push(&mut self, kind: PieceKind<'a>, span: Span, token: Option<usize>) {
        self.operand = match &kind {
            PieceKind::Symbol(symbol) => *symbol == ")",
            PieceKind::Name(name) => !is_operator_name(name),
            _ => true,
        };
        self.ready.push_back(Piece { kind, span, token });
    }
}

/// Whether a bare word is an operator of expressions.
pub(super) fn is_operator_name(name: &str) -> bool {
    ["and", "or", "not", "xor", "like", "in"].iter().any(|operator| name.eq_ignore_ascii_case(operator))
}

/// Whether `name` can stand bare in an expression and be read as a field.
pub(crate) fn is_bare_field(name: &str) -> bool {
    matches!(piece(name, false), ("", PieceKind::Name(_))) && !is_operator_name(name)
}

type Cut<'a> = IResult<&'a str, &'a str>;

/// The first piece of a word.
pub(super) fn piece(word: &str, after_operand: bool) -> (&str, PieceKind<'_>) {
    if let Ok((rest, text)) = number(word)
        && !(after_operand && text.starts_with('.'))
    {
        // `24h` is neither a number nor a name
        return match name(rest) {
            Ok((end, _)) => (end, PieceKind::Stray(&word[..word.len() - end.len()])),
            Err(_) => (rest, PieceKind::Number(text)),
        };
    }
    if let Ok((rest, text)) = name(word) {
        return (rest, PieceKind::Name(text));
    }
    if let Ok((rest, text)) = symbol(word) {
        return (rest, PieceKind::Symbol(text));
    }
    let first = word.chars().next().map_or(0, char::len_utf8);
    (&word[first..], PieceKind::Stray(&word[..first]))
}

fn symbol(i: &str) -> Cut<'_> {
    recognize(one_of("+-*/%.!")).parse(i)
}

/// `7`, `7.5`, `.5`, `1e-3`.
fn number(i: &str) -> Cut<'_> {
    let fraction = || recognize(pair(char('.'), digit1));
    let whole = recognize(pair(digit1, opt(fraction())));
    let exponent = (one_of("eE"), opt(one_of("+-")), digit1);
    recognize(pair(alt((whole, fraction())), opt(exponent))).parse(i)
}

/// Letters, digits, `_`, and what other tools leave in names: `:`, `@`, `#`, `{}`, `$token$`, `<<FIELD>>`.
fn name(i: &str) -> Cut<'_> {
    let start =
        alt((recognize(satisfy(|c| c.is_alphabetic() || matches!(c, '_' | '@' | '#' | '{' | '}'))), dollar, template));
    let more = alt((
        recognize(satisfy(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '@' | '#' | '{' | '}'))),
        recognize(pair(char('!'), peek(satisfy(|c| c.is_alphanumeric() || c == '_')))),
        dollar,
        template,
    ));
    recognize(preceded(start, many0_count(more))).parse(i)
}

/// `$token$`, whatever is in it but a single quote, which no quoted name can have; or a dollar sign.
fn dollar(i: &str) -> Cut<'_> {
    alt((recognize(delimited(char('$'), take_while1(|c| !matches!(c, '$' | '\'')), char('$'))), tag("$"))).parse(i)
}

fn template(i: &str) -> Cut<'_> {
    recognize(delimited(tag("<<"), take_while1(|c| !matches!(c, '>' | '\'')), tag(">>"))).parse(i)
}

/// A text's escapes in an expression: `\"`, `\\`, `\|`, and `\t`, `\n`, `\r`. Others stay, so that regular expressions need no doubling.
fn unescape(raw: &str) -> String {
    unescape_by(raw, |c| if c == '|' { Some(c) } else { escape_in_pattern(c) })
}

/// The same, but for `\|`, in a regular expression.
fn escape_in_pattern(c: char) -> Option<char> {
    match c {
        't' => Some('\t'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        '"' | '\\' => Some(c),
        _ => None,
    }
}

/// The opposite of [`unescape`].
pub(super) fn escape(text: &str) -> String {
    let mut raw = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        match c {
            '\\' => raw.push_str("\\\\"),
            '"' => raw.push_str("\\\""),
            '\t' => raw.push_str("\\t"),
            '\n' => raw.push_str("\\n"),
            '\r' => raw.push_str("\\r"),
            c => raw.push(c),
        }
    }
    raw
}
