//! [`Args`]: a typed cursor over a command's arguments, by which every command reads its own syntax.
//!
//! Options (`name=value`) are taken first, from wherever they stand; then the positional arguments in order; then [`Args::end`]
//! refuses what is left. Knows no command: names of options and keywords are what the command asks for.

use super::ast::{Expr, Pipeline, SearchExpr, Stage, StageKind, Token, TokenKind};
use super::{expr, print, search_expr};
use crate::error::{Result, Span, Spanned, bail, did_you_mean};

mod value;

pub use value::{Opt, Value};

/// A cursor over the arguments of one command.
///
/// ```
/// use spl_core::error::Result;
/// use spl_core::syntax::{Args, parse};
///
/// /// makemv [delim=<string>] [allowempty=<bool>] <field>
/// fn makemv(args: &mut Args) -> Result<(String, bool, String)> {
///     let delim = args.option("delim")?.string()?.unwrap_or(" ".into());
///     let allow_empty = args.option("allowempty")?.bool()?.unwrap_or(false);
///     let field = args.field()?.node;
///     args.end()?;
///     Ok((delim, allow_empty, field))
/// }
///
/// let search = parse(r#"| makemv delim="," "my field" allowempty=t"#)?;
/// let mut args = Args::of(&search.stages[0]).expect("a command");
/// assert_eq!(makemv(&mut args)?, (",".into(), true, "my field".into()));
///
/// let search = parse(r#"| makemv dlim="," x"#)?;
/// let error = makemv(&mut Args::of(&search.stages[0]).expect("a command")).unwrap_err();
/// assert_eq!(error.message, "makemv has no option `dlim`");
/// assert_eq!(error.hint.as_deref(), Some("did you mean `delim`?"));
/// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Args<'a> {
    command: &'a str,
    tokens: &'a [Token],
    at: usize,
    span: Span,
    /// Per token: taken as part of an option.
    taken: Vec<bool>,
    /// What the command asked for, to tell a slip of the pen.
    options: Vec<&'a str>,
    keywords: Vec<&'a str>,
}

impl<'a> Args<'a> {
    /// The arguments `tokens` of the command `command`, which stands at `span`.
    pub fn new(command: &'a str, tokens: &'a [Token], span: Span) -> Self {
        Args {
            command,
            tokens,
            at: 0,
            span,
            taken: vec![false; tokens.len()],
            options: Vec::new(),
            keywords: Vec::new(),
        }
    }

    /// The arguments of a stage, unless it is a macro.
    pub fn of(stage: &'a Stage) -> Option<Self> {
        match &stage.kind {
            StageKind::Command { name, args } => Some(Args::new(&name.node, args, stage.span)),
            StageKind::Macro(_) => None,
        }
    }

    /// The command's name.
    pub fn command(&self) -> &'a str {
        self.command
    }

    /// Where the whole stage stands.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Where the next token stands, or the place behind the last.
    pub fn here(&self) -> Span {
        self.peek().map_or(self.tail(), |token| token.span)
    }

    /// Whether no token is left.
    pub fn is_empty(&self) -> bool {
        self.peek().is_none()
    }

    /// The next token.
    pub fn peek(&self) -> Option<&'a Token> {
        self.nth(0).map(|index| &self.tokens[index])
    }

    /// The token `ahead` places from here.
    pub fn peek_at(&self, ahead: usize) -> Option<&'a Token> {
        self.nth(ahead).map(|index| &self.tokens[index])
    }

    /// Takes the next token.
    pub fn token(&mut self) -> Option<&'a Token> {
        let index = self.nth(0)?;
        self.at = index + 1;
        Some(&self.tokens[index])
    }

    /// The tokens that are left. Ends the reading: options that stand among them are part of the result.
    pub fn rest(&mut self) -> &'a [Token] {
        let from = self.nth(0).unwrap_or(self.tokens.len());
        self.at = self.tokens.len();
        &self.tokens[from..]
    }

    /// The text of what is read by `read`, as typed, one blank for several: for names such as `avg(x)`.
    pub fn text_of<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<(T, String)> {
        let from = self.nth(0).unwrap_or(self.tokens.len());
        let value = read(self)?;
        Ok((value, print::print_tokens(&self.tokens[from..self.at.max(from)])))
    }

    /// Takes the option `name=value` from wherever it stands among the arguments, outside parentheses. The last one counts.
    pub fn option(&mut self, name: &'a str) -> Result<Opt<'a>> {
        self.options.push(name);
        let (mut found, mut open) = (None, 0usize);
        let mut index = self.at;
        while index < self.tokens.len() {
            match &self.tokens[index].kind {
                TokenKind::Punct(p) if p == "(" => open += 1,
                TokenKind::Punct(p) if p == ")" => open = open.saturating_sub(1),
                TokenKind::Word(word)
                    if open == 0
                        && !self.taken[index]
                        && word.eq_ignore_ascii_case(name)
                        && self.is_equals(index + 1) =>
                {
                    let end = self.value_end(index + 2)?;
                    self.taken[index..end].fill(true);
                    found = Some(self.value(index, end));
                    index = end;
                    continue;
                }
                _ => {}
            }
            index += 1;
        }
        Ok(Opt::new(found))
    }

    /// The first of several names of one option that is given.
    pub fn option_of(&mut self, names: &[&'a str]) -> Result<Opt<'a>> {
        let mut found = Opt::new(None);
        for name in names {
            let own = self.option(name)?;
            found = if found.is_some() { found } else { own };
        }
        Ok(found)
    }

    /// If `name=value` comes next, whatever the name: takes it.
    pub fn next_option(&mut self) -> Result<Option<(Spanned<&'a str>, Value<'a>)>> {
        let Some(index) = self.nth(0).filter(|&index| self.is_equals(index + 1)) else { return Ok(None) };
        let name = match &self.tokens[index].kind {
            TokenKind::Word(name) | TokenKind::Quoted { text: name, .. } | TokenKind::SingleQuoted(name) => name,
            _ => return Ok(None),
        };
        let end = self.value_end(index + 2)?;
        self.at = end;
        Ok(Some((Spanned::new(name.as_str(), self.tokens[index].span), self.value(index, end))))
    }

    /// Whether `name=` comes next.
    pub fn at_option(&self) -> bool {
        let Some(index) = self.nth(0) else { return false };
        // a path or pattern is no name: `/services/x?count=0`
        let is_name = |word: &str| !word.contains(['/', '?', '*', '%', '&', '\\']);
        matches!(&self.tokens[index].kind, TokenKind::Word(word) if is_name(word)) && self.is_equals(index + 1)
    }

    /// Takes the word if it comes next, in any case.
    pub fn keyword(&mut self, word: &'a str) -> bool {
        self.keywords.push(word);
        let is = self.at_keyword(word);
        if is {
            self.token();
        }
        is
    }

    /// Whether the word comes next, in any case, and not as an option's name.
    pub fn at_keyword(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: TokenKind::Word(own), .. }) if own.eq_ignore_ascii_case(word))
            && !self.at_option()
    }

    /// Takes the word, which must come next.
    pub fn expect_keyword(&mut self, word: &'a str) -> Result<Span> {
        let span = self.here();
        if !self.keyword(word) {
            bail!(Syntax, span, "{} needs {} here", self.command, word.to_uppercase());
        }
        Ok(span)
    }

    /// Takes `symbol` (one of `, = ( ) < > !`, `!=` ...) if it comes next.
    pub fn punct(&mut self, symbol: &str) -> bool {
        let is = self.at_punct(symbol);
        if is {
            self.token();
        }
        is
    }

    /// Whether `symbol` comes next.
    pub fn at_punct(&self, symbol: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: TokenKind::Punct(own), .. }) if own == symbol)
    }

    /// Takes `symbol`, which must come next.
    pub fn expect_punct(&mut self, symbol: &str) -> Result<Span> {
        let span = self.here();
        if !self.punct(symbol) {
            bail!(Syntax, span, "{} needs `{symbol}` here", self.command);
        }
        Ok(span)
    }

    /// If a bare word comes next: takes it, as written.
    pub fn word(&mut self) -> Option<Spanned<&'a str>> {
        match self.peek()? {
            Token { kind: TokenKind::Word(word), span, .. } => {
                self.token();
                Some(Spanned::new(word.as_str(), *span))
            }
            _ => None,
        }
    }

    /// A positional text: a word or `"..."`. `what` names it in the error, such as `a lookup's name`.
    pub fn string(&mut self, what: &str) -> Result<Spanned<String>> {
        let value = self.positional_value(what)?;
        Ok(Spanned::new(value.text()?, value.span()))
    }

    /// A positional regular expression: a text in which a quoted `\|` matches a pipe.
    pub fn pattern(&mut self) -> Result<Spanned<String>> {
        let value = self.positional_value("a regular expression")?;
        Ok(Spanned::new(value.pattern()?, value.span()))
    }

    fn positional_value(&mut self, what: &str) -> Result<Value<'a>> {
        self.positional(what)?;
        let from = self.nth(0).unwrap_or(self.at);
        let end = self.glued_end(from);
        self.at = end;
        Ok(Value::new(None, &self.tokens[from..end]))
    }

    /// A positional whole number.
    pub fn int(&mut self, what: &str) -> Result<Spanned<i64>> {
        let text = self.string(what)?;
        match text.node.parse() {
            Ok(number) => Ok(Spanned::new(number, text.span)),
            Err(_) => bail!(Argument, text.span, "{} needs {what}, not `{}`", self.command, text.node),
        }
    }

    /// A whole number if one comes next.
    pub fn int_if_any(&mut self) -> Option<Spanned<i64>> {
        let Token { kind: TokenKind::Word(word), span, .. } = self.peek()? else { return None };
        let number = word.parse().ok()?;
        self.token();
        Some(Spanned::new(number, *span))
    }

    /// A field's name: a word (with what is glued to it, as in `sum(bytes)`), `"..."` or `'...'`. May hold `*`.
    pub fn field(&mut self) -> Result<Spanned<String>> {
        self.positional("a field")?;
        match self.field_if_any(&[])? {
            Some(field) => Ok(field),
            None => bail!(Syntax, self.here(), "{} needs a field here", self.command),
        }
    }

    /// Fields between commas or blanks, at least one, up to one of the words `stop`, an option or the end.
    pub fn field_list(&mut self, stop: &[&'a str]) -> Result<Vec<Spanned<String>>> {
        let fields = self.fields_if_any(stop)?;
        if fields.is_empty() {
            self.positional("a field")?;
            bail!(Syntax, self.here(), "{} needs a field here", self.command);
        }
        Ok(fields)
    }

    /// As [`field_list`](Self::field_list), but there may be none.
    pub fn fields_if_any(&mut self, stop: &[&'a str]) -> Result<Vec<Spanned<String>>> {
        self.keywords.extend(stop);
        let mut fields = Vec::new();
        loop {
            while self.punct(",") {}
            match self.field_if_any(stop)? {
                Some(field) => fields.push(field),
                None => return Ok(fields),
            }
        }
    }

    fn field_if_any(&mut self, stop: &[&str]) -> Result<Option<Spanned<String>>> {
        match self.at_option() || stop.iter().any(|word| self.at_keyword(word)) {
            true => Ok(None),
            false => self.name(),
        }
    }

    /// If a name of whatever form comes next: takes it.
    fn name(&mut self) -> Result<Option<Spanned<String>>> {
        let Some(from) = self.nth(0) else { return Ok(None) };
        let end = match &self.tokens[from].kind {
            TokenKind::Word(_) if self.is_punct(from + 1, "(") && !self.tokens[from + 1].spaced => {
                self.closing(from + 1)
            }
            TokenKind::Word(_) | TokenKind::Quoted { .. } | TokenKind::SingleQuoted(_) => from + 1,
            TokenKind::Macro(call) => bail!(Macro, call.span, "the macro `{}` is not expanded", call.name),
            _ => return Ok(None),
        };
        self.at = end;
        let value = Value::new(None, &self.tokens[from..end]);
        Ok(Some(Spanned::new(value.text()?, value.span())))
    }

    /// If a subsearch comes next: takes it.
    pub fn subsearch(&mut self) -> Option<Spanned<&'a Pipeline>> {
        match self.peek()? {
            Token { kind: TokenKind::Subsearch(pipeline), span, .. } => {
                self.token();
                Some(Spanned::new(&**pipeline, *span))
            }
            _ => None,
        }
    }

    /// A subsearch, which must come next.
    pub fn expect_subsearch(&mut self) -> Result<Spanned<&'a Pipeline>> {
        self.positional("")?;
        match self.subsearch() {
            Some(subsearch) => Ok(subsearch),
            None => {
                bail!(Syntax, self.here(), "{} needs a subsearch here", self.command; hint: "a subsearch stands in brackets: [search ...]")
            }
        }
    }

    /// If `( ... )` comes next: takes it, and gives a cursor over what is inside.
    pub fn group(&mut self) -> Option<Args<'a>> {
        let open = self.nth(0).filter(|_| self.at_punct("("))?;
        let end = self.closing(open);
        self.at = end;
        let span = self.tokens[open].span.to(self.tokens[end - 1].span);
        Some(Args::new(self.command, &self.tokens[open + 1..(end - 1).max(open + 1)], span))
    }

    /// An expression of `eval` or `where`, up to a comma, a word that is no operator, or the end.
    pub fn expr(&mut self) -> Result<Expr> {
        let (from, tokens, end) = self.ahead();
        let (expr, count) = expr::read(tokens, end)?;
        self.at = from + count;
        Ok(expr)
    }

    /// `field = expression`, as `eval` has it. The field is a word, which may hold `{field}`, or stands in quotes of either kind.
    pub fn assignment(&mut self) -> Result<(Spanned<String>, Expr)> {
        let Some(field) = self.name()? else {
            bail!(Syntax, self.here(), "{} needs a field here", self.command; hint: "an assignment is written field=expression");
        };
        if !self.punct("=") {
            bail!(Syntax, self.here(), "{} needs `=` behind `{}`", self.command, field.node; hint: "an assignment is written field=expression");
        }
        Ok((field, self.expr()?))
    }

    /// An expression of the `search` command, up to one of the words `stop` or the end.
    pub fn search_expr(&mut self, stop: &[&'a str]) -> Result<SearchExpr> {
        self.keywords.extend(stop);
        let (from, tokens, end) = self.ahead();
        let (expr, count) = search_expr::read(tokens, end, stop)?;
        self.at = from + count;
        Ok(expr)
    }

    /// The tokens from here on that no option has taken: where they begin, they, and the place behind them.
    fn ahead(&self) -> (usize, &'a [Token], Span) {
        let from = self.nth(0).unwrap_or(self.tokens.len());
        let until = match self.options.is_empty() {
            true => self.tokens.len(),
            false => (from..self.tokens.len()).find(|&index| self.taken[index]).unwrap_or(self.tokens.len()),
        };
        let end = self.tokens.get(until).map_or(self.tail(), |token| token.span);
        (from, &self.tokens[from..until], end)
    }

    /// Refuses what is left over.
    pub fn end(&mut self) -> Result<()> {
        self.positional("")?;
        let Some(token) = self.peek() else { return Ok(()) };
        let text = print::print_tokens(std::slice::from_ref(token));
        let near = did_you_mean(&text, self.keywords.iter().copied());
        match near.filter(|word| !word.eq_ignore_ascii_case(&text)) {
            Some(word) => {
                bail!(Syntax, token.span, "{} does not expect `{text}` here", self.command; hint: "did you mean {}?", word.to_uppercase())
            }
            None => bail!(Syntax, token.span, "{} does not expect `{text}` here", self.command),
        }
    }

    /// Fails if an option comes next that the command does not have, or if nothing comes where `what` is needed.
    fn positional(&self, what: &str) -> Result<()> {
        match self.peek() {
            Some(token) if self.at_option() => {
                let name = print::print_tokens(std::slice::from_ref(token));
                match did_you_mean(&name, self.options.iter().copied()) {
                    Some(near) => {
                        bail!(Unknown, token.span, "{} has no option `{name}`", self.command; hint: "did you mean `{near}`?")
                    }
                    None => bail!(Unknown, token.span, "{} has no option `{name}`", self.command),
                }
            }
            None if !what.is_empty() => bail!(Syntax, self.tail(), "{} needs {what}", self.command),
            _ => Ok(()),
        }
    }

    /// The place behind the last token.
    fn tail(&self) -> Span {
        let end = self.tokens.last().map_or(self.span.end, |token| token.span.end) as usize;
        Span::new(end, end)
    }

    /// The index of the token `ahead` places from here, options left out.
    fn nth(&self, ahead: usize) -> Option<usize> {
        (self.at..self.tokens.len()).filter(|&index| !self.taken[index]).nth(ahead)
    }

    fn is_punct(&self, index: usize, symbol: &str) -> bool {
        matches!(self.tokens.get(index), Some(Token { kind: TokenKind::Punct(p), .. }) if p == symbol)
    }

    fn is_equals(&self, index: usize) -> bool {
        self.is_punct(index, "=")
    }

    fn value(&self, name: usize, end: usize) -> Value<'a> {
        Value::new(Some(&self.tokens[name]), &self.tokens[name + 2..end])
    }

    /// The end of the option value that begins at `from`.
    fn value_end(&self, from: usize) -> Result<usize> {
        let equals = self.tokens[from - 1].span;
        let Some(token) = self.tokens.get(from) else { bail!(Syntax, equals, "a value is missing behind `=`") };
        let quoted = |token: &Token, own: &str| matches!(&token.kind, TokenKind::Quoted { text, .. } if text == own);
        // `"("x=1")"`: parentheses that are quoted by themselves hold one value.
        if quoted(token, "(")
            && let Some(length) = self.tokens[from..].iter().position(|token| quoted(token, ")"))
        {
            return Ok(from + length + 1);
        }
        match &token.kind {
            TokenKind::Punct(p) if p == ")" || (p == "," && token.spaced) => {
                bail!(Syntax, equals, "a value is missing behind `=`")
            }
            _ => Ok(self.glued_end(from)),
        }
    }

    /// The end of the value that begins at `from`: its token and what is glued to it, but no word behind a quote.
    fn glued_end(&self, from: usize) -> usize {
        let mut end = from;
        while let Some(token) = self.tokens.get(end) {
            let first = end == from;
            let quote =
                |index: usize| matches!(self.tokens[index].kind, TokenKind::Quoted { .. } | TokenKind::Subsearch(_));
            let glued = match &token.kind {
                TokenKind::Punct(p) => p != "," && p != ")",
                TokenKind::Word(_) => first || !quote(end - 1),
                TokenKind::Subsearch(_) => false,
                _ => true,
            };
            if !first && (token.spaced || !glued) {
                break;
            }
            end = if self.is_punct(end, "(") { self.closing(end) } else { end + 1 };
        }
        end
    }

    /// Behind the parenthesis that closes the one at `open`.
    fn closing(&self, open: usize) -> usize {
        let mut depth = 0usize;
        for (index, token) in self.tokens.iter().enumerate().skip(open) {
            match &token.kind {
                TokenKind::Punct(p) if p == "(" => depth += 1,
                TokenKind::Punct(p) if p == ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return index + 1;
            }
        }
        self.tokens.len()
    }
}
