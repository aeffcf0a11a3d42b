//! The expressions of `eval` and `where`: tokens to [`Expr`]. Knows no function by name and binds nothing.

use super::ast::{BinaryOp, Expr, ExprKind, Token};
use super::expr_lexer::{Piece, PieceKind, Pieces, is_operator_name};
use super::lexer::{self, Context};
use crate::error::{Diagnostic, ErrorKind, Result, Span, Spanned, bail};

/// How deep parentheses, calls and signs may nest.
const MAX_NESTING: usize = 100;
/// How deep a tree may grow by long chains such as `a.b.c...`; chains of AND and OR are balanced and do not count so.
const MAX_DEPTH: usize = 400;

/// Parses a whole text as an expression of `eval` or `where`.
///
/// ```
/// use spl_core::syntax::{ast::{BinaryOp, ExprKind}, parse_expr};
///
/// let expr = parse_expr(r#"NOT status >= 400 AND method IN ("GET", "HEAD")"#)?;
/// assert!(matches!(expr.kind, ExprKind::Binary(BinaryOp::And, ..)));
/// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
/// ```
pub fn parse_expr(text: &str) -> Result<Expr> {
    whole(text, || {
        let tokens = lexer::tokens(text, Context::Command)?;
        let (expr, count) = read(&tokens, Span::new(text.len(), text.len()))?;
        match tokens.get(count..).and_then(|rest| Pieces::new(rest).next()) {
            None => Ok(expr),
            Some(piece) => Err(unexpected(&piece, "where an operator or the end should be")),
        }
    })
}

/// Tells an error which text it is about.
pub(super) fn whole<T>(text: &str, parse: impl FnOnce() -> Result<T>) -> Result<T> {
    parse().map_err(|error| Box::new(error.in_text(text)))
}

/// Reads an expression from the beginning of `tokens` and says how many of them it took. `end` is where the tokens end.
pub(super) fn read(tokens: &[Token], end: Span) -> Result<(Expr, usize)> {
    let mut parser = Parser { pieces: Pieces::new(tokens), end, nesting: 0, enclosed: false };
    let expr = parser.expr(Level::Xor)?.expr;
    match parser.pieces.consumed() {
        Ok(count) => Ok((expr, count)),
        Err(piece) => Err(unexpected(&piece, "where an operator or the end should be")),
    }
}

/// How tightly an operator binds, lowest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Xor,
    Or,
    And,
    Not,
    Compare,
    Sum,
    Product,
    Sign,
    Operand,
}

impl Level {
    /// The level of an operator.
    pub(super) fn of(op: BinaryOp) -> Level {
        match op {
            BinaryOp::Xor => Level::Xor,
            BinaryOp::Or => Level::Or,
            BinaryOp::And => Level::And,
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Concat => Level::Sum,
            BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => Level::Product,
            _ => Level::Compare,
        }
    }

    /// The level of an operator's right side: operators of one level group to the left.
    pub(super) fn tighter(self) -> Level {
        use Level::{And, Compare, Not, Operand, Or, Product, Sign, Sum, Xor};
        match self {
            Xor => Or,
            Or => And,
            And => Not,
            Not => Compare,
            Compare => Sum,
            Sum => Product,
            Product => Sign,
            Sign | Operand => Operand,
        }
    }
}

/// An operator between two operands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Infix {
    Binary(BinaryOp),
    In,
}

/// An expression and the depth of its tree.
struct Tree {
    expr: Expr,
    depth: usize,
}

impl Tree {
    fn leaf(kind: ExprKind, span: Span) -> Tree {
        Tree { expr: Expr { kind, span }, depth: 1 }
    }

    fn over(kind: ExprKind, span: Span, depth: usize) -> Result<Tree> {
        if depth >= MAX_DEPTH {
            bail!(Limit, span, "this expression is too deep"; hint: "split it into several evals");
        }
        Ok(Tree { expr: Expr { kind, span }, depth: depth + 1 })
    }

    fn not(self, span: Span) -> Result<Tree> {
        Tree::over(ExprKind::Not(Box::new(self.expr)), span, self.depth)
    }

    fn binary(op: BinaryOp, left: Tree, right: Tree) -> Result<Tree> {
        let (span, depth) = (left.expr.span.to(right.expr.span), left.depth.max(right.depth));
        Tree::over(ExprKind::Binary(op, Box::new(left.expr), Box::new(right.expr)), span, depth)
    }

    /// The terms of a chain of `op`, put together as a balanced tree.
    fn balanced(op: BinaryOp, mut terms: Vec<Tree>) -> Result<Tree> {
        while terms.len() > 1 {
            let mut pairs = Vec::with_capacity(terms.len().div_ceil(2));
            let mut rest = terms.into_iter();
            while let Some(left) = rest.next() {
                pairs.push(match rest.next() {
                    Some(right) => Tree::binary(op, left, right)?,
                    None => left,
                });
            }
            terms = pairs;
        }
        match terms.pop() {
            Some(tree) => Ok(tree),
            None => bail!(Syntax, "an operand is missing"),
        }
    }

    /// The terms of a chain of `op`, left to right.
    fn terms(self, op: BinaryOp, into: &mut Vec<Tree>) {
        match self.expr.kind {
            ExprKind::Binary(own, left, right) if own == op => {
                let depth = self.depth - 1;
                Tree { expr: *left, depth }.terms(op, into);
                Tree { expr: *right, depth }.terms(op, into);
            }
            _ => into.push(self),
        }
    }
}

struct Parser<'a> {
    pieces: Pieces<'a>,
    end: Span,
    nesting: usize,
    /// The next operand stands behind an opening parenthesis.
    enclosed: bool,
}

impl<'a> Parser<'a> {
    /// An expression whose operators bind at least as tightly as `level`.
    fn expr(&mut self, level: Level) -> Result<Tree> {
        if self.nesting >= MAX_NESTING {
            bail!(Limit, self.here(), "this expression is nested too deeply"; hint: "split it into several evals");
        }
        self.nesting += 1;
        let mut left = self.operand()?;
        while let Some((infix, negated)) = self.infix(level) {
            left = match infix {
                Infix::Binary(op @ (BinaryOp::And | BinaryOp::Or)) => self.chain(op, left)?,
                Infix::Binary(op) => Tree::binary(op, left, self.expr(Level::of(op).tighter())?)?,
                Infix::In => self.in_list(left)?,
            };
            if negated {
                let span = left.expr.span;
                left = left.not(span)?;
            }
        }
        self.nesting -= 1;
        Ok(left)
    }

    /// The rest of `left AND b AND c ...` (or of OR).
    fn chain(&mut self, op: BinaryOp, left: Tree) -> Result<Tree> {
        let level = Level::of(op);
        let mut terms = Vec::new();
        left.terms(op, &mut terms);
        self.expr(level.tighter())?.terms(op, &mut terms);
        while self.peek_infix().is_some_and(|(infix, ..)| infix == Infix::Binary(op)) {
            self.pieces.next();
            self.expr(level.tighter())?.terms(op, &mut terms);
        }
        Tree::balanced(op, terms)
    }

    /// `(a, b)` behind `left IN`.
    fn in_list(&mut self, left: Tree) -> Result<Tree> {
        let (items, depth, end) = self.arguments("IN")?;
        let span = left.expr.span.to(end);
        if items.is_empty() {
            bail!(Syntax, span, "the list of IN is empty"; hint: "write the values between its parentheses");
        }
        Tree::over(ExprKind::In(Box::new(left.expr), items), span, depth.max(left.depth))
    }

    /// Takes the operator that comes next if it binds at least as tightly as `level`. Says whether NOT stands before it.
    fn infix(&mut self, level: Level) -> Option<(Infix, bool)> {
        let (infix, negated) = self.peek_infix()?;
        let own = match infix {
            Infix::Binary(op) => Level::of(op),
            Infix::In => Level::Compare,
        };
        if own < level {
            return None;
        }
        for _ in 0..=usize::from(negated) {
            self.pieces.next();
        }
        Some((infix, negated))
    }

    fn peek_infix(&mut self) -> Option<(Infix, bool)> {
        let name = match self.pieces.peek(0)?.kind {
            PieceKind::Symbol(symbol) => return Some((Infix::Binary(binary_symbol(symbol)?), false)),
            PieceKind::Name(name) => name.to_ascii_lowercase(),
            _ => return None,
        };
        let binary = |op| Some((Infix::Binary(op), false));
        match name.as_str() {
            "and" => binary(BinaryOp::And),
            "or" => binary(BinaryOp::Or),
            "xor" => binary(BinaryOp::Xor),
            "like" => binary(BinaryOp::Like),
            "in" if self.is_symbol(1, "(") => Some((Infix::In, false)),
            "not" if self.is_name(1, "like") => Some((Infix::Binary(BinaryOp::Like), true)),
            "not" if self.is_name(1, "in") && self.is_symbol(2, "(") => Some((Infix::In, true)),
            _ => None,
        }
    }

    /// A value, a call, something in parentheses, or one of these with a sign or NOT before it.
    fn operand(&mut self) -> Result<Tree> {
        let Some(piece) = self.pieces.next() else {
            bail!(Syntax, self.end, "the expression ends where a value should be");
        };
        let span = piece.span;
        let enclosed = std::mem::take(&mut self.enclosed);
        let kind = match piece.kind {
            PieceKind::Number(text) => match text.parse() {
                Ok(number) => ExprKind::Number(number, text.to_owned()),
                Err(_) => return Err(unexpected(&piece, "where a number should be")),
            },
            PieceKind::Text(text) => ExprKind::Text(text),
            PieceKind::Field("") => {
                bail!(Syntax, span, "a field's name is empty"; hint: "an empty text is written \"\"")
            }
            PieceKind::Field(name) => ExprKind::Field(name.to_owned()),
            PieceKind::Name(name) if name.eq_ignore_ascii_case("not") => {
                return self.not(span, Level::Compare, enclosed);
            }
            PieceKind::Name(name) if self.is_symbol(0, "(") && !is_joining(name) => return self.call(name, span),
            PieceKind::Name(name) if is_operator_name(name) => {
                return Err(unexpected(&piece, "where a value should be"));
            }
            PieceKind::Name(name) => ExprKind::Field(name.to_owned()),
            PieceKind::Symbol("(") => return self.parenthesised(span),
            PieceKind::Symbol("!") => return self.not(span, Level::Sign, enclosed),
            PieceKind::Symbol("-") => {
                let operand = self.expr(Level::Sign)?;
                let span = span.to(operand.expr.span);
                return Tree::over(ExprKind::Negate(Box::new(operand.expr)), span, operand.depth);
            }
            PieceKind::Symbol("+") => return self.expr(Level::Sign),
            PieceKind::Subsearch(pipeline) => ExprKind::Subsearch(Box::new(pipeline.clone())),
            PieceKind::Macro(call) => ExprKind::Macro(call.clone()),
            PieceKind::Symbol(_) | PieceKind::Stray(_) => return Err(unexpected(&piece, "where a value should be")),
        };
        Ok(Tree::leaf(kind, span))
    }

    /// Behind NOT or `!`. Without parentheses around it, it counts as nested in some: it may be printed with them.
    fn not(&mut self, sign: Span, level: Level, enclosed: bool) -> Result<Tree> {
        self.nesting += usize::from(!enclosed);
        let operand = self.expr(level)?;
        self.nesting -= usize::from(!enclosed);
        let span = sign.to(operand.expr.span);
        operand.not(span)
    }

    /// Behind the opening parenthesis.
    fn parenthesised(&mut self, open: Span) -> Result<Tree> {
        self.enclosed = true;
        let mut inner = self.expr(Level::Xor)?;
        match self.pieces.next() {
            Some(Piece { kind: PieceKind::Symbol(")"), span, .. }) => inner.expr.span = open.to(span),
            Some(piece) => return Err(unexpected(&piece, "where `)` or an operator should be")),
            None => bail!(Syntax, open, "this parenthesis is not closed"; hint: "close it with `)`"),
        }
        Ok(inner)
    }

    fn call(&mut self, name: &str, at: Span) -> Result<Tree> {
        let (mut args, depth, end) = self.arguments(name)?;
        let (span, name) = (at.to(end), name.to_ascii_lowercase());
        if name == "in" && args.len() > 1 {
            let value = args.remove(0);
            return Tree::over(ExprKind::In(Box::new(value), args), span, depth);
        }
        Tree::over(ExprKind::Call(Spanned::new(name, at), args), span, depth)
    }

    /// `(a, b)` with the depth of the deepest and the place of the closing parenthesis.
    fn arguments(&mut self, of: &str) -> Result<(Vec<Expr>, usize, Span)> {
        let open = self.pieces.next().map_or(self.end, |piece| piece.span);
        let (mut args, mut depth) = (Vec::new(), 0);
        if self.is_symbol(0, ")") {
            let end = self.pieces.next().map_or(self.end, |piece| piece.span);
            return Ok((args, depth, end));
        }
        loop {
            let mut arg = self.expr(Level::Xor)?;
            depth = depth.max(arg.depth);
            if let ExprKind::Text(text) = &mut arg.expr.kind
                && args.len() == 1
                && PATTERNS.iter().any(|name| of.eq_ignore_ascii_case(name))
                && let Some(pattern) = self.pieces.pattern(arg.expr.span)
            {
                *text = pattern;
            }
            args.push(arg.expr);
            match self.pieces.next() {
                Some(Piece { kind: PieceKind::Symbol(","), .. }) => {}
                Some(Piece { kind: PieceKind::Symbol(")"), span, .. }) => return Ok((args, depth, span)),
                Some(piece) => {
                    let mut error = unexpected(&piece, "where `,` or `)` should be");
                    error.message.push_str(&format!(" in the arguments of `{of}`"));
                    return Err(error);
                }
                None => bail!(Syntax, open, "the arguments of `{of}` are not closed"; hint: "close them with `)`"),
            }
        }
    }

    fn is_symbol(&mut self, ahead: usize, symbol: &str) -> bool {
        matches!(self.pieces.peek(ahead), Some(Piece { kind: PieceKind::Symbol(own), .. }) if *own == symbol)
    }

    fn is_name(&mut self, ahead: usize, name: &str) -> bool {
        matches!(self.pieces.peek(ahead), Some(Piece { kind: PieceKind::Name(own), .. }) if own.eq_ignore_ascii_case(name))
    }

    fn here(&mut self) -> Span {
        let end = self.end;
        self.pieces.peek(0).map_or(end, |piece| piece.span)
    }
}

/// Functions whose second argument is a regular expression, in which `\|` matches a pipe.
const PATTERNS: [&str; 3] = ["match", "replace", "mvfind"];

fn binary_symbol(symbol: &str) -> Option<BinaryOp> {
    Some(match symbol {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Subtract,
        "*" => BinaryOp::Multiply,
        "/" => BinaryOp::Divide,
        "%" => BinaryOp::Modulo,
        "." => BinaryOp::Concat,
        "=" | "==" => BinaryOp::Equal,
        "!=" => BinaryOp::NotEqual,
        "<" => BinaryOp::Less,
        "<=" => BinaryOp::LessEqual,
        ">" => BinaryOp::Greater,
        ">=" => BinaryOp::GreaterEqual,
        _ => return None,
    })
}

/// Whether the name joins two operands even before a parenthesis, so that it is no function.
fn is_joining(name: &str) -> bool {
    ["and", "or", "xor"].iter().any(|operator| name.eq_ignore_ascii_case(operator))
}

/// What to say of a piece that cannot stand where it stands.
fn unexpected(piece: &Piece, place: &str) -> Box<Diagnostic> {
    let (found, hint) = match &piece.kind {
        PieceKind::Stray(text) if text.starts_with('\'') => (format!("`{text}`"), "put a blank before a quoted name"),
        PieceKind::Stray(text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
            (format!("`{text}`"), "a name that begins with a digit stands in single quotes, a text in double quotes")
        }
        PieceKind::Stray(text) | PieceKind::Symbol(text) | PieceKind::Number(text) => (format!("`{text}`"), ""),
        PieceKind::Name(name) if is_operator_name(name) => {
            (format!("`{name}`"), "an operator needs a value on both sides")
        }
        PieceKind::Name(name) => {
            (format!("`{name}`"), "a text stands in double quotes, a name with blanks in single quotes")
        }
        PieceKind::Field(name) => (format!("'{name}'"), ""),
        PieceKind::Text(_) => ("a text".to_owned(), "texts are joined by a dot"),
        PieceKind::Subsearch(_) => ("a subsearch".to_owned(), ""),
        PieceKind::Macro(call) => (format!("the macro `{}`", call.name), ""),
    };
    let error = Diagnostic::new(ErrorKind::Syntax, format!("{found} stands {place}")).at(piece.span);
    Box::new(if hint.is_empty() { error } else { error.hint(hint) })
}
