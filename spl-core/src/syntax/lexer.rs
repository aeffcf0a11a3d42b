//! Search text to tokens: blanks, comments, quotes, words, operators, macro calls, subsearches. The nom grammar below the pipeline.
//!
//! Every parser here is given the rest of the text, always a tail of the whole, so a position is a difference of two lengths.
//! Knows nothing of what a command makes of its tokens; `search` is told apart only because an apostrophe means nothing there.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_until, take_while, take_while1};
use nom::character::complete::{anychar, char, line_ending, one_of};
use nom::combinator::{map, opt, peek, recognize, verify};
use nom::error::{ErrorKind as NomKind, ParseError};
use nom::multi::{many0_count, separated_list1};
use nom::sequence::{delimited, pair, preceded, terminated};
use nom::{Err, IResult, Parser};

use super::ast::{MacroCall, Token, TokenKind};
use crate::error::{Diagnostic, ErrorKind, Result, Span};

/// How deep brackets and parentheses may nest before the text is refused.
pub(super) const MAX_NESTING: usize = 64;

/// Why a parser stopped: not its case (try the next), or an error to report.
#[derive(Debug)]
pub(super) struct Fail(Option<Box<Diagnostic>>);

impl<I> ParseError<I> for Fail {
    fn from_error_kind(_: I, _: NomKind) -> Self {
        Fail(None)
    }

    fn append(_: I, _: NomKind, other: Self) -> Self {
        other
    }
}

pub(super) type Parsed<'a, T> = IResult<&'a str, T, Fail>;

/// Whose arguments are being read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// The `search` command: `'` is a character like others unless it quotes the left side of a comparison.
    Search,
    /// Any other command: `'...'` is a name.
    Command,
}

/// The whole text, by length, and how deep in brackets the reading is.
#[derive(Clone, Copy)]
pub(super) struct Lexer {
    length: usize,
    depth: usize,
}

impl Lexer {
    pub(super) fn new(text: &str) -> Self {
        Lexer { length: text.len(), depth: 0 }
    }

    /// Where `rest` begins in the whole text.
    pub(super) fn at(self, rest: &str) -> usize {
        self.length.saturating_sub(rest.len())
    }

    /// From the beginning of `from` to the beginning of `to`.
    pub(super) fn span(self, from: &str, to: &str) -> Span {
        Span::new(self.at(from), self.at(to))
    }

    /// An error that ends the parse, at the first `width` bytes of `rest`.
    pub(super) fn fail<T>(self, rest: &str, width: usize, message: &str, hint: &str) -> Parsed<'static, T> {
        self.fail_at(Span::new(self.at(rest), self.length.min(self.at(rest) + width)), message, hint)
    }

    /// An error that ends the parse.
    pub(super) fn fail_at<T>(self, span: Span, message: &str, hint: &str) -> Parsed<'static, T> {
        let diagnostic = Diagnostic::new(ErrorKind::Syntax, message).at(span).hint(hint);
        Err(Err::Failure(Fail(Some(Box::new(diagnostic)))))
    }

    /// Blank space, comments, and a backslash alone at the end of its line. Says whether there was any.
    pub(super) fn blank<'a>(&self, i: &'a str) -> Parsed<'a, bool> {
        let space = recognize(take_while1(char::is_whitespace));
        let continuation = recognize(pair(char('\\'), line_ending));
        map(many0_count(alt((space, continuation, |i| self.comment(i)))), |n| n > 0).parse(i)
    }

    /// A comment in triple backquotes.
    fn comment<'a>(&self, i: &'a str) -> Parsed<'a, &'a str> {
        let (body, _) = tag("```")(i)?;
        match terminated(take_until("```"), tag("```")).parse(body) {
            Ok(done) => Ok(done),
            Err(Err::Error(Fail(None))) => {
                self.fail(i, 3, "this comment is not closed", "end it with three backquotes")
            }
            Err(error) => Err(error),
        }
    }

    /// Tokens up to a pipe, a closing bracket or the end. Parentheses must be balanced.
    pub(super) fn tokens<'a>(self, mut i: &'a str, context: Context) -> Parsed<'a, Vec<Token>> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut open = Vec::new();
        loop {
            let (rest, spaced) = self.blank(i)?;
            let glued = tokens.last().is_some_and(|last| match &last.kind {
                TokenKind::Punct(p) => !matches!(p.as_str(), "(" | ")" | ","),
                _ => !spaced,
            });
            let (after, token) = match self.token(rest, spaced, glued, context) {
                Err(Err::Error(_)) => break,
                other => other?,
            };
            match &token.kind {
                TokenKind::Punct(p) if p == "(" => open.push(rest),
                TokenKind::Punct(p) if p == ")" && open.pop().is_none() => {
                    return self.fail(rest, 1, "this parenthesis was never opened", "remove it, or open it with `(`");
                }
                _ => {}
            }
            tokens.push(token);
            i = after;
        }
        match open.pop() {
            Some(rest) => self.fail(rest, 1, "this parenthesis is not closed", "close it with `)`"),
            None => Ok((self.blank(i)?.0, tokens)),
        }
    }

    /// One token; `spaced` says whether blanks stood before it, `glued` whether it belongs to a word or an operator before it.
    fn token<'a>(self, i: &'a str, spaced: bool, glued: bool, context: Context) -> Parsed<'a, Token> {
        let (rest, kind) = alt((
            |i| self.quoted(i),
            |i| self.single_quoted(i, glued, context),
            |i| self.subsearch(i),
            map(|i| self.macro_call(i), TokenKind::Macro),
            map(word, |text| TokenKind::Word(text.to_owned())),
            map(operator, |text| TokenKind::Punct(text.to_owned())),
            map(recognize(pair(char('\''), opt(word))), |text: &str| TokenKind::Word(text.to_owned())),
        ))
        .parse(i)?;
        Ok((rest, Token { kind, span: self.span(i, rest), spaced }))
    }

    /// `"..."`.
    fn quoted<'a>(&self, i: &'a str) -> Parsed<'a, TokenKind> {
        let _ = char('"')(i)?;
        match double_quoted(i) {
            Ok((rest, raw)) => Ok((rest, TokenKind::Quoted { text: unescape(raw), raw: raw.to_owned() })),
            Err(Err::Error(Fail(None))) => {
                self.fail(i, 1, "this double quote is not closed", "a quote inside a quoted text is written \\\"")
            }
            Err(error) => Err(error),
        }
    }

    /// `'...'`. In the search command only as the left side of a comparison.
    fn single_quoted<'a>(&self, i: &'a str, glued: bool, context: Context) -> Parsed<'a, TokenKind> {
        let (body, _) = char('\'')(i)?;
        let inside = |c: char| c != '\'' && (context == Context::Command || !matches!(c, '"' | '|' | '[' | ']'));
        match terminated(take_while(inside), char('\'')).parse(body) {
            Ok((rest, name)) if context == Context::Command || (!glued && self.is_compared(rest)) => {
                Ok((rest, TokenKind::SingleQuoted(str::to_owned(name))))
            }
            Err(Err::Error(Fail(None))) if context == Context::Command => {
                self.fail(i, 1, "this single quote is not closed", "single quotes stand around a field's name")
            }
            _ => Err(Err::Error(Fail(None))),
        }
    }

    /// Whether a comparison or a list follows what ends here.
    pub(super) fn is_compared(&self, rest: &str) -> bool {
        let Ok((next, _)) = self.blank(rest) else { return false };
        let word = next.split(|c| !is_word(c)).next().unwrap_or_default();
        let list = word.eq_ignore_ascii_case("in") && next[word.len()..].trim_start().starts_with('(');
        list || (next.starts_with(['=', '<', '>']) && template(next).is_err()) || next.starts_with("!=")
    }

    /// `[ ... ]`.
    fn subsearch<'a>(self, i: &'a str) -> Parsed<'a, TokenKind> {
        let (body, _) = char('[')(i)?;
        if self.depth >= MAX_NESTING {
            return self.fail(i, 1, "subsearches are nested too deeply", "the limit is 64 levels");
        }
        let (rest, pipeline) = Lexer { depth: self.depth + 1, ..self }.pipeline(body, true)?;
        match char::<_, Fail>(']')(rest) {
            Ok((rest, _)) => Ok((rest, TokenKind::Subsearch(Box::new(pipeline)))),
            Err(_) => self.fail(i, 1, "this bracket is not closed", "a subsearch ends with `]`"),
        }
    }

    /// `` `name` `` or `` `name(args)` ``.
    fn macro_call<'a>(&self, i: &'a str) -> Parsed<'a, MacroCall> {
        if !i.starts_with('`') {
            return Err(Err::Error(Fail(None)));
        }
        match RawCall::read(i) {
            Ok((rest, call)) => {
                let args = call.args.iter().map(|arg| arg.trim().to_owned()).collect();
                Ok((rest, MacroCall { name: call.name.to_owned(), args, span: self.span(i, rest) }))
            }
            Err((message, hint)) => self.fail(i, 1, message, hint),
        }
    }
}

/// A macro call as it stands in a text; see [`MacroCall`].
pub(crate) struct RawCall<'a> {
    pub(crate) name: &'a str,
    /// Blanks and quotes included.
    pub(crate) args: Vec<&'a str>,
}

impl<'a> RawCall<'a> {
    /// Reads the call that `i` begins with, and says what is wrong with it and how it ought to look.
    pub(crate) fn read(i: &'a str) -> Result<(&'a str, RawCall<'a>), (&'static str, &'static str)> {
        const FORM: &str = "a macro is called as `name` or `name(arguments)`";
        let blank = || take_while::<_, _, Fail>(char::is_whitespace);
        let name = take_while1(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'));
        let (rest, name) = delimited((char('`'), blank()), name, blank())
            .parse(i)
            .map_err(|_| ("no macro's name follows this backquote", FORM))?;
        let list = delimited(char('('), separated_list1(char(','), macro_arg), char(')'));
        let (rest, args) = match rest.starts_with('(') {
            true => terminated(list, blank())
                .parse(rest)
                .map_err(|_| ("the arguments of this macro are not closed", "they end with `)` and a backquote"))?,
            false => (rest, Vec::new()),
        };
        let (rest, _) = char::<_, Fail>('`')(rest).map_err(|_| ("this backquote is not closed", FORM))?;
        let none = matches!(args[..], [only] if str::trim(only).is_empty());
        Ok((rest, RawCall { name, args: if none { Vec::new() } else { args } }))
    }
}

/// Up to a comma or parenthesis that is not inside quotes or further parentheses.
fn macro_arg(i: &str) -> Parsed<'_, &str> {
    let mut rest = i;
    let mut open = 0usize;
    loop {
        rest = take_while(|c| !matches!(c, '"' | '(' | ')' | ',' | '\\'))(rest)?.0;
        match rest.as_bytes().first() {
            Some(b'"') => rest = double_quoted(rest)?.0,
            Some(b'\\') => rest = pair(char('\\'), opt(anychar)).parse(rest)?.0,
            Some(b')' | b',') | None if open == 0 => break,
            None => return Err(Err::Error(Fail(None))),
            Some(&c) => {
                open = if c == b'(' { open + 1 } else { open - usize::from(c == b')') };
                rest = anychar(rest)?.0;
            }
        }
    }
    Ok((rest, &i[..i.len() - rest.len()]))
}

/// The tokens of `text`, which may hold subsearches but no pipe.
pub(super) fn tokens(text: &str, context: Context) -> Result<Vec<Token>> {
    finish(text, |lexer, i| {
        let (rest, tokens) = lexer.tokens(i, context)?;
        match rest.chars().next() {
            Some(c) => lexer.fail(
                rest,
                c.len_utf8(),
                &format!("`{c}` cannot stand here"),
                "only a part of a search is expected here",
            ),
            None => Ok((rest, tokens)),
        }
    })
}

/// Runs a parser over the whole of `text`.
pub(super) fn finish<'a, T>(text: &'a str, parser: impl Fn(Lexer, &'a str) -> Parsed<'a, T>) -> Result<T> {
    match parser(Lexer::new(text), text) {
        Ok((_, value)) => Ok(value),
        Err(Err::Failure(Fail(Some(diagnostic))) | Err::Error(Fail(Some(diagnostic)))) => {
            Err(Box::new(diagnostic.in_text(text)))
        }
        Err(_) => Err(Box::new(Diagnostic::new(ErrorKind::Syntax, "this is not SPL").in_text(text))),
    }
}

/// Whether `c` may stand in a word.
pub(super) fn is_word(c: char) -> bool {
    !c.is_whitespace()
        && !matches!(c, ',' | '=' | '(' | ')' | '[' | ']' | '"' | '\'' | '|' | '<' | '>' | '!' | '`' | '\\')
}

/// A word, escapes and all.
pub(super) fn word(i: &str) -> Parsed<'_, &str> {
    let part = || alt((plain, recognize(preceded(char('\\'), opt(one_of("\"|\\[]'`")))), template));
    // Inside of a name an exclamation mark negates nothing.
    let inside = recognize(pair(char('!'), peek(verify(anychar, |&c| is_word(c)))));
    recognize(pair(part(), many0_count(alt((part(), inside))))).parse(i)
}

/// A run of ordinary characters; an apostrophe behind a letter or digit belongs to it.
fn plain(i: &str) -> Parsed<'_, &str> {
    let run = verify(take_while1(is_word), |run: &str| run.ends_with(char::is_alphanumeric));
    alt((recognize(pair(run, take_while1(|c| c == '\''))), take_while1(is_word))).parse(i)
}

/// `<<FIELD>>` and its like.
fn template(i: &str) -> Parsed<'_, &str> {
    recognize(delimited(tag("<<"), take_while1(|c: char| c.is_alphanumeric() || c == '_'), tag(">>"))).parse(i)
}

fn operator(i: &str) -> Parsed<'_, &str> {
    alt((tag("!="), tag("<="), tag(">="), tag("=="), recognize(one_of(",=()<>!")))).parse(i)
}

/// `"..."`: what stands between the quotes, as written.
pub(super) fn double_quoted(i: &str) -> Parsed<'_, &str> {
    let escape = recognize(pair(char('\\'), anychar));
    let body = recognize(many0_count(alt((take_while1(|c| c != '"' && c != '\\'), escape))));
    delimited(char('"'), body, char('"')).parse(i)
}

/// `\"`, `\\` and `\|` lose their backslash; every other backslash stays.
pub(crate) fn unescape(raw: &str) -> String {
    unescape_by(raw, |c| matches!(c, '"' | '\\' | '|').then_some(c))
}

/// The escapes of a regular expression in quotes: `\|` stays, it matches a pipe.
pub(crate) fn unescape_pattern(raw: &str) -> String {
    unescape_by(raw, |c| matches!(c, '"' | '\\').then_some(c))
}

/// Puts what `meaning` says for a backslash with what stands behind it; where it says nothing, both stay.
pub(super) fn unescape_by(raw: &str, meaning: impl Fn(char) -> Option<char>) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek().filter(|_| c == '\\').and_then(|&next| meaning(next)) {
            Some(meant) => {
                text.push(meant);
                chars.next();
            }
            None => text.push(c),
        }
    }
    text
}
