//! What stands behind an option's `=`, and the typed reading of it.

use super::super::ast::{Expr, Pipeline, SearchExpr, Token, TokenKind};
use super::super::lexer::{unescape, unescape_pattern};
use super::super::print::print_tokens;
use super::super::{expr, search_expr};
use crate::error::{Result, Span, Spanned, bail, did_you_mean};

/// The value of an option: a token, with what is glued to it, such as `5`, `"a b"`, `eval(x>1)`, `(a=1 OR b=2)`.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    name: Option<&'a Token>,
    tokens: &'a [Token],
}

impl<'a> Value<'a> {
    pub(super) fn new(name: Option<&'a Token>, tokens: &'a [Token]) -> Self {
        Value { name, tokens }
    }

    /// Where the value stands.
    pub fn span(&self) -> Span {
        let whole = |span: Span, token: &Token| span.to(token.span);
        let first = self.tokens.first().or(self.name).map_or(Span::default(), |token| token.span);
        self.tokens.iter().fold(first, whole)
    }

    /// The value's tokens.
    pub fn tokens(&self) -> &'a [Token] {
        self.tokens
    }

    /// Whether the value is one text in double quotes.
    pub fn is_quoted(&self) -> bool {
        matches!(self.tokens, [Token { kind: TokenKind::Quoted { .. }, .. }])
    }

    /// The value as text: quotes removed, escapes resolved.
    pub fn text(&self) -> Result<String> {
        if let [Token { kind: TokenKind::SingleQuoted(name), .. }] = self.tokens {
            return Ok(name.clone());
        }
        let mut text = String::new();
        for token in self.tokens {
            if token.spaced && !text.is_empty() {
                text.push(' ');
            }
            match &token.kind {
                TokenKind::Word(word) => text.push_str(&unescape(word)),
                TokenKind::Quoted { text: own, .. } => text.push_str(own),
                TokenKind::SingleQuoted(name) => text.extend(["'", name, "'"]),
                TokenKind::Punct(punct) => text.push_str(punct),
                TokenKind::Macro(call) => bail!(Macro, call.span, "the macro `{}` is not expanded", call.name),
                TokenKind::Subsearch(_) => bail!(Argument, token.span, "{}cannot be a subsearch", self.named()),
            }
        }
        Ok(text)
    }

    /// The text of a quoted value with its escapes as written; the same as [`text`](Self::text) else.
    pub fn raw(&self) -> Result<String> {
        match self.tokens {
            [Token { kind: TokenKind::Quoted { raw, .. }, .. }] => Ok(raw.clone()),
            _ => self.text(),
        }
    }

    /// The value as a regular expression: as its text, but a quoted `\|` matches a pipe.
    pub fn pattern(&self) -> Result<String> {
        match self.tokens {
            [Token { kind: TokenKind::Quoted { raw, .. }, .. }] => Ok(unescape_pattern(raw)),
            _ => self.text(),
        }
    }

    /// `t`, `true`, `1`, `yes`; `f`, `false`, `0`, `no`; in any case.
    pub fn bool(&self) -> Result<bool> {
        let text = self.text()?;
        match text.to_ascii_lowercase().as_str() {
            "t" | "true" | "1" | "yes" => Ok(true),
            "f" | "false" | "0" | "no" => Ok(false),
            _ => bail!(Argument, self.span(), "{}needs true or false, not `{text}`", self.named()),
        }
    }

    /// A whole number.
    pub fn int(&self) -> Result<i64> {
        let text = self.text()?;
        match text.parse() {
            Ok(number) => Ok(number),
            Err(_) => bail!(Argument, self.span(), "{}needs a whole number, not `{text}`", self.named()),
        }
    }

    /// A whole number that is not negative.
    pub fn count(&self) -> Result<usize> {
        let text = self.text()?;
        match text.parse() {
            Ok(number) => Ok(number),
            Err(_) => bail!(Argument, self.span(), "{}needs a whole number from 0 on, not `{text}`", self.named()),
        }
    }

    /// A number.
    pub fn float(&self) -> Result<f64> {
        let text = self.text()?;
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => bail!(Argument, self.span(), "{}needs a number, not `{text}`", self.named()),
        }
    }

    /// One of the words `known`, in any case.
    pub fn one_of<'k>(&self, known: &[&'k str]) -> Result<&'k str> {
        let text = self.text()?;
        if let Some(word) = known.iter().find(|word| word.eq_ignore_ascii_case(&text)) {
            return Ok(word);
        }
        match did_you_mean(&text, known.iter().copied()) {
            Some(near) => {
                bail!(Argument, self.span(), "{}cannot be `{text}`", self.named(); hint: "did you mean `{near}`?")
            }
            None => {
                bail!(Argument, self.span(), "{}cannot be `{text}`", self.named(); hint: "it is one of {}", known.join(", "))
            }
        }
    }

    /// An expression of `eval`: `x>1`, `eval(x>1)`, or the same inside double quotes.
    pub fn expr(&self) -> Result<Expr> {
        match self.tokens {
            [Token { kind: TokenKind::Quoted { text, .. }, .. }] => super::super::parse_expr(text),
            [Token { kind: TokenKind::Word(word), .. }, inner @ ..]
                if word.eq_ignore_ascii_case("eval") && !inner.is_empty() =>
            {
                self.read(inner)
            }
            tokens => self.read(tokens),
        }
    }

    fn read(&self, tokens: &[Token]) -> Result<Expr> {
        let end = self.span().end as usize;
        match expr::read(tokens, Span::new(end, end))? {
            (expr, count) if count == tokens.len() => Ok(expr),
            (_, count) => bail!(Syntax, tokens[count].span, "{}needs one expression", self.named()),
        }
    }

    /// An expression of `search`: `(a=1 OR b=2)`, or the same inside double quotes.
    pub fn search_expr(&self) -> Result<SearchExpr> {
        match self.tokens {
            [Token { kind: TokenKind::Quoted { text, .. }, .. }] => super::super::parse_search_expr(text),
            tokens => {
                let end = self.span().end as usize;
                search_expr::read(tokens, Span::new(end, end), &[]).map(|(expr, _)| expr)
            }
        }
    }

    /// A subsearch.
    pub fn subsearch(&self) -> Result<&'a Pipeline> {
        match self.tokens {
            [Token { kind: TokenKind::Subsearch(pipeline), .. }] => Ok(pipeline),
            _ => bail!(Argument, self.span(), "{}needs a subsearch, not `{}`", self.named(), print_tokens(self.tokens)),
        }
    }

    /// `` `delim` ``, for messages, with a blank behind.
    fn named(&self) -> String {
        self.name.map_or(String::new(), |name| format!("`{}` ", print_tokens(std::slice::from_ref(name)).trim_start()))
    }
}

/// The value of an option, if it is given. Every reading gives `None` if not.
#[derive(Clone, Copy, Debug)]
pub struct Opt<'a>(Option<Value<'a>>);

impl<'a> Opt<'a> {
    pub(super) fn new(value: Option<Value<'a>>) -> Self {
        Opt(value)
    }

    /// Whether the option is given.
    pub fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// The value itself.
    pub fn value(&self) -> Option<Value<'a>> {
        self.0
    }

    /// Where the value stands.
    pub fn span(&self) -> Option<Span> {
        self.0.map(|value| value.span())
    }

    /// As [`Value::text`].
    pub fn string(&self) -> Result<Option<String>> {
        self.0.map(|value| value.text()).transpose()
    }

    /// As [`Value::text`], with the place.
    pub fn spanned(&self) -> Result<Option<Spanned<String>>> {
        self.0.map(|value| Ok(Spanned::new(value.text()?, value.span()))).transpose()
    }

    /// As [`Value::bool`].
    pub fn bool(&self) -> Result<Option<bool>> {
        self.0.map(|value| value.bool()).transpose()
    }

    /// As [`Value::int`].
    pub fn int(&self) -> Result<Option<i64>> {
        self.0.map(|value| value.int()).transpose()
    }

    /// As [`Value::count`].
    pub fn count(&self) -> Result<Option<usize>> {
        self.0.map(|value| value.count()).transpose()
    }

    /// As [`Value::float`].
    pub fn float(&self) -> Result<Option<f64>> {
        self.0.map(|value| value.float()).transpose()
    }

    /// As [`Value::one_of`].
    pub fn one_of<'k>(&self, known: &[&'k str]) -> Result<Option<&'k str>> {
        self.0.map(|value| value.one_of(known)).transpose()
    }

    /// As [`Value::expr`].
    pub fn expr(&self) -> Result<Option<Expr>> {
        self.0.map(|value| value.expr()).transpose()
    }

    /// As [`Value::search_expr`].
    pub fn search_expr(&self) -> Result<Option<SearchExpr>> {
        self.0.map(|value| value.search_expr()).transpose()
    }

    /// As [`Value::subsearch`].
    pub fn subsearch(&self) -> Result<Option<&'a Pipeline>> {
        self.0.map(|value| value.subsearch()).transpose()
    }
}
