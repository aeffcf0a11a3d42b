//! The boolean language of the `search` command: tokens to [`SearchExpr`]. Also that of `tstats ... where`, `inputlookup ... where`.
//!
//! OR binds tighter than AND here, and AND may be left out. Right sides are literals, never fields.

use super::ast::{CompareOp, SearchExpr, SearchExprKind, SearchValue, TermForm, Token, TokenKind};
use super::expr::whole;
use super::lexer::{self, Context, unescape};
use crate::error::{Result, Span, bail};

/// How deep parentheses and NOT may nest.
const MAX_NESTING: usize = 100;

/// Parses a whole text as the `search` command's arguments.
///
/// ```
/// use spl_core::syntax::{ast::SearchExprKind, parse_search_expr};
///
/// let expr = parse_search_expr(r#"host=web* status=404 OR status=500 "disk full""#)?;
/// assert!(matches!(&expr.kind, SearchExprKind::And(terms) if terms.len() == 3));
/// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
/// ```
pub fn parse_search_expr(text: &str) -> Result<SearchExpr> {
    whole(text, || {
        let tokens = lexer::tokens(text, Context::Search)?;
        read(&tokens, Span::new(text.len(), text.len()), &[]).map(|(expr, _)| expr)
    })
}

/// Reads a search expression from the beginning of `tokens`, up to one of the words `stop`, and says how many tokens it took.
pub(super) fn read(tokens: &[Token], end: Span, stop: &[&str]) -> Result<(SearchExpr, usize)> {
    let mut parser = Parser { tokens, at: 0, end, stop, nesting: 0 };
    let expr = parser.all()?;
    match parser.peek() {
        Some(token) if !parser.stops() => bail!(Syntax, token.span, "this cannot stand here"),
        _ => Ok((expr, parser.at)),
    }
}

/// The modifiers that choose the time range of a search.
const MODIFIERS: &[&str] = &[
    "_index_earliest",
    "_index_latest",
    "daysago",
    "earliest",
    "enddaysago",
    "endhoursago",
    "endminutesago",
    "endmonthsago",
    "endtime",
    "endtimeu",
    "endyearsago",
    "hoursago",
    "latest",
    "minutesago",
    "monthsago",
    "searchtimespandays",
    "searchtimespanhours",
    "searchtimespanminutes",
    "searchtimespanmonths",
    "startdaysago",
    "starthoursago",
    "startminutesago",
    "startmonthsago",
    "starttime",
    "starttimeu",
    "startyearsago",
    "timeformat",
    "yearsago",
];

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    end: Span,
    stop: &'a [&'a str],
    nesting: usize,
}

impl<'a> Parser<'a> {
    /// Terms that must all match, up to a closing parenthesis or the end.
    fn all(&mut self) -> Result<SearchExpr> {
        let start = self.here();
        let mut terms = Vec::new();
        let mut after_and = None;
        loop {
            while self.punct(",") {}
            match self.operator() {
                Some("AND") if !terms.is_empty() && after_and.is_none() => {
                    after_and = Some(self.here());
                    self.at += 1;
                    continue;
                }
                _ if self.ends() => break,
                _ => {}
            }
            match self.any()? {
                SearchExpr { kind: SearchExprKind::And(inner), .. } => terms.extend(inner),
                term => terms.push(term),
            }
            after_and = None;
        }
        if let Some(span) = after_and {
            bail!(Syntax, span, "nothing follows this AND"; hint: "{QUOTE_WORD}");
        }
        Ok(joined(terms, start, SearchExprKind::And))
    }

    /// `a OR b`.
    fn any(&mut self) -> Result<SearchExpr> {
        let start = self.here();
        let mut terms = Vec::new();
        loop {
            match self.not()? {
                SearchExpr { kind: SearchExprKind::Or(inner), .. } => terms.extend(inner),
                term => terms.push(term),
            }
            if self.operator() != Some("OR") {
                return Ok(joined(terms, start, SearchExprKind::Or));
            }
            let or = self.here();
            self.at += 1;
            if self.ends() || matches!(self.operator(), Some("AND" | "OR")) {
                bail!(Syntax, or, "nothing follows this OR"; hint: "{QUOTE_WORD}");
            }
        }
    }

    /// `NOT x`, or a term.
    fn not(&mut self) -> Result<SearchExpr> {
        if self.operator() != Some("NOT") {
            return self.term();
        }
        let not = self.here();
        self.at += 1;
        if self.ends() || matches!(self.operator(), Some("AND" | "OR")) {
            bail!(Syntax, not, "nothing follows this NOT"; hint: "{QUOTE_WORD}");
        }
        self.nested(|parser| {
            let inner = parser.not()?;
            let span = not.to(inner.span);
            Ok(SearchExpr { kind: SearchExprKind::Not(Box::new(inner)), span })
        })
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.nesting >= MAX_NESTING {
            bail!(Limit, self.here(), "this search is nested too deeply"; hint: "the limit is {MAX_NESTING} levels");
        }
        self.nesting += 1;
        let value = parse(self)?;
        self.nesting -= 1;
        Ok(value)
    }

    fn term(&mut self) -> Result<SearchExpr> {
        let Some(token) = self.peek() else { bail!(Syntax, self.end, "the search ends where a term should be") };
        let span = token.span;
        if let Some(operator) = self.operator() {
            bail!(Syntax, span, "nothing stands before this {operator}"; hint: "{QUOTE_WORD}");
        }
        let kind = match &token.kind {
            TokenKind::Subsearch(pipeline) => SearchExprKind::Subsearch(pipeline.clone()),
            TokenKind::Macro(call) => SearchExprKind::Macro(call.clone()),
            TokenKind::Punct(open) if open == "(" => {
                self.at += 1;
                let mut inner = self.nested(Self::all)?;
                inner.span = span.to(self.here());
                self.at += 1;
                return Ok(inner);
            }
            TokenKind::Punct(p) if p != "!" => {
                bail!(Syntax, span, "`{p}` has no field on its left"; hint: "{QUOTE_WORD}")
            }
            _ => return self.field_or_word(),
        };
        self.at += 1;
        Ok(SearchExpr { kind, span })
    }

    /// A comparison, a list behind IN, or a word or phrase.
    fn field_or_word(&mut self) -> Result<SearchExpr> {
        let start = self.at;
        let span = self.here();
        if let Some(field) = self.field() {
            if let Some(op) = self.compare_op() {
                return self.comparison(field, op, span);
            }
            // `field NOT IN (a, b)`, as some write for `NOT field IN (a, b)`.
            let not = usize::from(self.operator() == Some("NOT"));
            if self.is_in_list(not) {
                self.at += not + 1;
                let list = self.in_list(field, span)?;
                let span = list.span;
                return Ok(match not {
                    0 => list,
                    _ => SearchExpr { kind: SearchExprKind::Not(Box::new(list)), span },
                });
            }
        }
        self.at = start;
        let mut value = self.value()?;
        let span = value.span;
        if let Some((field, behind)) = value.text.split_once("::")
            && !value.quoted
            && value.form == TermForm::Plain
            && is_indexed_field(field)
        {
            let quoted = behind.is_empty() && self.is_glued_quote();
            if quoted || is_plain_value(behind) {
                let field = field.to_owned();
                match quoted {
                    true => value = self.value()?,
                    false => drop(value.text.drain(..field.len() + 2)),
                }
                let span = span.to(value.span);
                return Ok(SearchExpr { kind: equality(field, value), span });
            }
        }
        Ok(SearchExpr { span, kind: SearchExprKind::Term(value) })
    }

    /// The name that may be a comparison's left side.
    fn field(&mut self) -> Option<String> {
        let mut name = match &self.peek()?.kind {
            TokenKind::Word(word) => unescape(word),
            TokenKind::Quoted { text: name, .. } | TokenKind::SingleQuoted(name) => {
                self.at += 1;
                return Some(name.clone());
            }
            _ => return None,
        };
        self.at += 1;
        // an apostrophe may cut a word in two
        while let Some(Token { kind: TokenKind::Word(more), spaced: false, .. }) = self.peek() {
            name.push_str(&unescape(more));
            self.at += 1;
        }
        Some(name)
    }

    fn compare_op(&mut self) -> Option<CompareOp> {
        let TokenKind::Punct(symbol) = &self.peek()?.kind else { return None };
        let op = match symbol.as_str() {
            "=" | "==" => CompareOp::Equal,
            "!=" => CompareOp::NotEqual,
            "<" => CompareOp::Less,
            "<=" => CompareOp::LessEqual,
            ">" => CompareOp::Greater,
            ">=" => CompareOp::GreaterEqual,
            _ => return None,
        };
        self.at += 1;
        Some(op)
    }

    /// Behind the operator.
    fn comparison(&mut self, field: String, op: CompareOp, start: Span) -> Result<SearchExpr> {
        if self.is_punct(0, "(") {
            return self.alternatives(field, op, start);
        }
        if self.ends() || self.operator().is_some() {
            let sign = self.tokens[self.at - 1].span;
            bail!(Syntax, sign, "`{field}` is compared with nothing"; hint: "an empty text is written \"\"; {QUOTE_WORD}");
        }
        let sign = self.tokens[self.at - 1].span;
        let mut value = self.operand(&field, sign)?;
        if self.is_punct(0, "(") && self.is_punct(1, ")") && !self.tokens[self.at].spaced && value.text == "now" {
            value.text.push_str("()");
            value.span = value.span.to(self.tokens[self.at + 1].span);
            self.at += 2;
        }
        let span = start.to(value.span);
        let kind = match op {
            CompareOp::Equal => equality(field, value),
            _ => SearchExprKind::Compare { field, op, value },
        };
        Ok(SearchExpr { kind, span })
    }

    /// `field=(a OR b)`, as some write for `field IN (a, b)`.
    fn alternatives(&mut self, field: String, op: CompareOp, start: Span) -> Result<SearchExpr> {
        let open = self.here();
        self.at += 1;
        if op != CompareOp::Equal {
            bail!(Syntax, open, "only `=` can be followed by a list"; hint: "write NOT {field} IN (...)");
        }
        if MODIFIERS.contains(&field.as_str()) {
            bail!(Syntax, open, "`{field}` takes one time, not a list"; hint: "write {field} once, without parentheses");
        }
        let mut terms = Vec::new();
        while !self.is_punct(0, ")") {
            let from = self.here();
            if let Some(operator) = self.operator() {
                bail!(Syntax, from, "{operator} stands where a value of `{field}` should be"; hint: "{QUOTE_WORD}");
            }
            let value = self.operand(&field, from)?;
            let span = from.to(value.span);
            terms.push(SearchExpr { kind: SearchExprKind::Compare { field: field.clone(), op, value }, span });
            if self.operator() == Some("OR") {
                self.at += 1;
            } else if !self.punct(",") && !self.is_punct(0, ")") {
                bail!(Syntax, self.here(), "values in parentheses are joined by OR"; hint: "or write {field} IN (a, b)");
            }
        }
        let end = self.here();
        self.at += 1;
        if terms.is_empty() {
            bail!(Syntax, open, "`{field}` is compared with nothing"; hint: "write a value between the parentheses");
        }
        let mut expr = joined(terms, start, SearchExprKind::Or);
        expr.span = start.to(end);
        Ok(expr)
    }

    /// Whether IN and a list come, so many tokens on.
    fn is_in_list(&self, ahead: usize) -> bool {
        let word = self.tokens.get(self.at + ahead).and_then(bare);
        let list = self.tokens.get(self.at + ahead + 1).map(|token| &token.kind);
        word.is_some_and(|word| word.eq_ignore_ascii_case("in"))
            && (self.is_punct(ahead + 1, "(") || matches!(list, Some(TokenKind::Subsearch(_))))
    }

    /// At the opening parenthesis behind IN, or at the subsearch that gives the list with its parentheses.
    fn in_list(&mut self, field: String, start: Span) -> Result<SearchExpr> {
        let open = self.here();
        if !self.is_punct(0, "(") {
            let list = self.value()?;
            let span = start.to(list.span);
            return Ok(SearchExpr { kind: SearchExprKind::In { field, values: vec![list] }, span });
        }
        self.at += 1;
        let mut values = Vec::new();
        while !self.is_punct(0, ")") {
            if !self.punct(",") {
                values.push(self.value()?);
            }
        }
        let span = start.to(self.here());
        self.at += 1;
        if values.is_empty() {
            bail!(Syntax, open, "the list of IN is empty"; hint: "write the values between its parentheses");
        }
        Ok(SearchExpr { kind: SearchExprKind::In { field, values }, span })
    }

    /// What a field is compared with.
    fn operand(&mut self, field: &str, sign: Span) -> Result<SearchValue> {
        let value = self.value()?;
        if !value.quoted && value.form == TermForm::Plain && value.text.chars().all(|c| "=<>!".contains(c)) {
            bail!(Syntax, sign.to(value.span), "`{field}` is compared with an operator"; hint: "{QUOTE_WORD}");
        }
        Ok(value)
    }

    /// A literal: a word with whatever is glued to it, a quoted text, `TERM(x)`, `CASE(x)`, or what a subsearch or macro will put here.
    fn value(&mut self) -> Result<SearchValue> {
        let Some(token) = self.peek() else { bail!(Syntax, self.end, "the search ends where a value should be") };
        let span = token.span;
        let (text, quoted, form) = match &token.kind {
            TokenKind::Word(word) if matches!(word.as_str(), "TERM" | "CASE") && self.is_glued_punct(1, "(") => {
                return self.marked(if word == "TERM" { TermForm::Term } else { TermForm::Case });
            }
            TokenKind::Quoted { text, .. } => (text.clone(), true, TermForm::Plain),
            TokenKind::Subsearch(pipeline) => (String::new(), false, TermForm::Subsearch(pipeline.clone())),
            TokenKind::Macro(call) => (String::new(), false, TermForm::Macro(call.clone())),
            TokenKind::Punct(p) if p == "(" || p == ")" || p == "," => {
                bail!(Syntax, span, "`{p}` stands where a value should be")
            }
            TokenKind::Punct(_) | TokenKind::Word(_) | TokenKind::SingleQuoted(_) => return Ok(self.bare_value()),
        };
        self.at += 1;
        Ok(SearchValue { text, quoted, form, span })
    }

    /// A word and what is glued to it: `a=b`, `it's`, `what!`. Where other commands read single quotes, they keep a phrase together.
    fn bare_value(&mut self) -> SearchValue {
        let (mut text, mut span, mut quoted) = (String::new(), self.here(), false);
        let first = self.at;
        while let Some(token) = self.peek() {
            if self.at > first && token.spaced {
                break;
            }
            match &token.kind {
                TokenKind::Word(word) => text.push_str(&unescape(word)),
                TokenKind::SingleQuoted(name) => {
                    quoted = true;
                    text.extend(["'", &unescape(name), "'"]);
                }
                TokenKind::Punct(p) if !matches!(p.as_str(), "(" | ")" | ",") => text.push_str(p),
                _ => break,
            }
            span = span.to(token.span);
            self.at += 1;
        }
        SearchValue { text, quoted, form: TermForm::Plain, span }
    }

    /// `TERM(x)`, `CASE(x)`, at the word.
    fn marked(&mut self, form: TermForm) -> Result<SearchValue> {
        let start = self.here();
        self.at += 2;
        let (mut text, mut quoted) = (String::new(), false);
        while !self.is_punct(0, ")") {
            let Some(token) = self.peek() else { bail!(Syntax, self.end, "this parenthesis is not closed") };
            if token.spaced && !text.is_empty() {
                text.push(' ');
            }
            match &token.kind {
                TokenKind::Word(word) => text.push_str(&unescape(word)),
                TokenKind::Quoted { text: own, .. } => {
                    quoted = true;
                    text.push_str(own);
                }
                TokenKind::SingleQuoted(name) => {
                    quoted = true;
                    text.extend(["'", &unescape(name), "'"]);
                }
                TokenKind::Punct(p) if p != "(" => text.push_str(p),
                _ => bail!(Syntax, token.span, "only a word can stand between these parentheses"),
            }
            self.at += 1;
        }
        let span = start.to(self.here());
        self.at += 1;
        if text.is_empty() {
            bail!(Syntax, span, "there is no word between these parentheses");
        }
        Ok(SearchValue { text, quoted, form, span })
    }

    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn here(&self) -> Span {
        self.peek().map_or(self.end, |token| token.span)
    }

    /// `AND`, `OR` or `NOT`, unless it is compared with something and so a field.
    fn operator(&self) -> Option<&'a str> {
        let compared = ["=", "==", "!=", "<", "<=", ">", ">="].iter().any(|op| self.is_punct(1, op));
        self.peek().and_then(bare).filter(|word| matches!(*word, "AND" | "OR" | "NOT") && !compared)
    }

    fn stops(&self) -> bool {
        let word = self.peek().and_then(bare);
        word.is_some_and(|word| self.stop.iter().any(|stop| word.eq_ignore_ascii_case(stop))) && self.nesting == 0
    }

    fn ends(&self) -> bool {
        self.peek().is_none() || self.is_punct(0, ")") || self.stops()
    }

    fn is_punct(&self, ahead: usize, symbol: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(Token { kind: TokenKind::Punct(p), .. }) if p == symbol)
    }

    fn is_glued_quote(&self) -> bool {
        matches!(self.peek(), Some(Token { kind: TokenKind::Quoted { .. }, spaced: false, .. }))
    }

    fn is_glued_punct(&self, ahead: usize, symbol: &str) -> bool {
        self.is_punct(ahead, symbol) && !self.tokens[self.at + ahead].spaced
    }

    fn punct(&mut self, symbol: &str) -> bool {
        let is = self.is_punct(0, symbol);
        self.at += usize::from(is);
        is
    }
}

/// `field=value`, or the time modifier of that name.
fn equality(field: String, value: SearchValue) -> SearchExprKind {
    match MODIFIERS.contains(&field.as_str()) && value.form == TermForm::Plain {
        true => SearchExprKind::Modifier { name: field, value: value.text },
        false => SearchExprKind::Compare { field, op: CompareOp::Equal, value },
    }
}

/// Whether what stands before `::` names a field of the index, as in `sourcetype::syslog`. The groups of an IPv6 address do not.
fn is_indexed_field(name: &str) -> bool {
    let first = name.chars().next();
    first.is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.chars().all(|c| c.is_ascii_hexdigit())
}

/// Whether what stands behind `::` could stand behind `=` just as well.
fn is_plain_value(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphanumeric() || "*_./-".contains(c)) && !matches!(text, "AND" | "OR" | "NOT")
}

/// A hint for words that are operators by accident.
const QUOTE_WORD: &str = "put the word in double quotes if it is to be looked for";

fn bare(token: &Token) -> Option<&str> {
    match &token.kind {
        TokenKind::Word(word) => Some(word),
        _ => None,
    }
}

/// One term as it is, several joined.
fn joined(mut terms: Vec<SearchExpr>, start: Span, join: fn(Vec<SearchExpr>) -> SearchExprKind) -> SearchExpr {
    if terms.len() == 1
        && let Some(term) = terms.pop()
    {
        return term;
    }
    let span =
        terms.iter().fold(Span::new(start.start as usize, start.start as usize), |span, term| span.to(term.span));
    match terms.is_empty() {
        true => SearchExpr { kind: SearchExprKind::All, span },
        false => SearchExpr { kind: join(terms), span },
    }
}
