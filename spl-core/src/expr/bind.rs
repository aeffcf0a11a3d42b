//! From the syntax tree to [`Expression`]: names resolved, literals looked at, types checked as far as they are known.

use std::sync::Arc;

use super::search::SearchPredicate;
use super::special::Special;
use crate::error::{Result, Span, bail, did_you_mean};
use crate::functions::{self, Argument, Function, Ready, RowFunction, Shape};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind};
use crate::table::{FieldName, field_name};
use crate::value::Value;

/// An expression of `eval` or `where`, ready to be evaluated.
#[derive(Debug, Clone)]
pub struct Expression {
    pub(super) root: Bound,
    text: String,
    /// The tree it was bound from, unless it was made by a command.
    source: Option<Arc<Expr>>,
}

/// Where an expression's values come from.
#[derive(Debug, Default)]
pub struct Copied<'a> {
    /// Fields that values are stretches of.
    pub fields: Vec<&'a FieldName>,
    /// Values that stand in the expression.
    pub texts: Vec<String>,
}

/// What is known of a value's type before any row is seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StaticType {
    /// A truth value.
    Bool,
    /// A number.
    Number,
    /// Text.
    Text,
    /// Not known: a field, most functions.
    Any,
}

/// A node of an expression.
#[derive(Clone)]
pub struct Bound {
    pub(super) node: Node,
    /// The fields read, sorted, each once.
    pub(super) fields: Arc<[FieldName]>,
    /// Whether it differs from row to row by itself (`random()`).
    pub(super) volatile: bool,
    pub(super) kind: StaticType,
}

impl std::fmt::Debug for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bound").field("fields", &self.fields).finish_non_exhaustive()
    }
}

#[derive(Clone)]
pub(super) enum Node {
    Literal(Value, bool),
    Field(FieldName),
    Binary(BinaryOp, Box<Bound>, Box<Bound>),
    Not(Box<Bound>),
    Negate(Box<Bound>),
    In(Box<Bound>, Vec<Bound>),
    Call(&'static Function, Vec<Bound>),
    Prepared(Ready, Vec<Bound>),
    Special(Special, Vec<Bound>),
    SearchMatch(Arc<SearchPredicate>),
}

impl Expression {
    /// Binds a syntax tree.
    pub fn bind(expr: &Expr) -> Result<Expression> {
        Expression::bind_with(expr, &[])
    }

    /// As [`Expression::bind`], with functions besides those of the language; a function of its name hides one of the language.
    pub fn bind_with(expr: &Expr, own: &[&'static Function]) -> Result<Expression> {
        Ok(Expression::of(Binder { own }.bind(expr)?, expr))
    }

    fn of(root: Bound, expr: &Expr) -> Expression {
        Expression { root, text: crate::syntax::print_expr(expr), source: Some(Arc::new(expr.clone())) }
    }

    /// An expression that is one field.
    pub fn field(name: &str) -> Expression {
        Expression {
            root: Bound::new(Node::Field(field_name(name)), StaticType::Any),
            text: name.to_owned(),
            source: None,
        }
    }

    /// A function of a command's own, of these fields: evaluated once for each distinct value when it reads one field.
    pub fn function(text: impl Into<String>, fields: &[&str], f: RowFunction) -> Expression {
        let args = fields.iter().map(|name| Bound::new(Node::Field(field_name(name)), StaticType::Any)).collect();
        Expression {
            root: Bound::new(Node::Prepared(Ready::Row(f), args), StaticType::Any),
            text: text.into(),
            source: None,
        }
    }

    /// What a function of a command's own makes of this expression's value.
    #[must_use]
    pub fn then(self, f: RowFunction) -> Expression {
        Expression { root: Bound::new(Node::Prepared(Ready::Row(f), vec![self.root]), StaticType::Any), ..self }
    }

    /// As [`Expression::function`], for one that gives true, false or null.
    pub fn condition(text: impl Into<String>, fields: &[&str], f: RowFunction) -> Expression {
        let mut expression = Expression::function(text, fields, f);
        expression.root.kind = StaticType::Bool;
        expression
    }

    /// The fields it reads.
    pub fn fields(&self) -> &[FieldName] {
        &self.root.fields
    }

    /// Its type, as far as known.
    pub fn static_type(&self) -> StaticType {
        self.root.kind
    }

    /// Whether it reads no field and gives the same for every row.
    pub fn is_constant(&self) -> bool {
        self.root.fields.is_empty() && !self.root.volatile
    }

    /// Whether it differs from row to row by itself, as `random()` does.
    pub fn is_volatile(&self) -> bool {
        self.root.volatile
    }

    /// Whether it is a literal already.
    pub fn literal(&self) -> Option<&Value> {
        self.root.literal().map(|(value, _)| value)
    }

    /// The text it was bound from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// For `count(eval(...))`: true becomes 1, everything else null.
    #[must_use]
    pub fn true_to_one(self) -> Expression {
        if self.root.kind != StaticType::Bool {
            return self;
        }
        let one = Bound::new(Node::Literal(Value::Num(1.0), false), StaticType::Number);
        let none = Bound::new(Node::Literal(Value::Null, false), StaticType::Any);
        let root = Bound::new(Node::Special(Special::If, vec![self.root, one, none]), StaticType::Any);
        Expression { root, text: self.text, source: None }
    }

    /// Where every value it can give comes from, if that is known: stretches of fields' texts, but for case, and texts in the expression.
    pub fn copied(&self) -> Option<Copied<'_>> {
        let mut copied = Copied::default();
        self.root.copied(&mut copied).then_some(copied)
    }

    /// The parts of a top-level AND; itself when it is none.
    pub fn conjuncts(&self) -> Vec<Expression> {
        match (&self.root.node, self.source.as_deref().map(|e| &e.kind)) {
            (Node::Binary(BinaryOp::And, a, b), Some(ExprKind::Binary(BinaryOp::And, x, y))) => [(a, x), (b, y)]
                .into_iter()
                .flat_map(|(root, expr)| Expression::of((**root).clone(), expr).conjuncts())
                .collect(),
            _ => vec![self.clone()],
        }
    }

    /// The same with a field read under another name.
    #[must_use]
    pub fn with_literal(value: Value, text: &str) -> Expression {
        Expression {
            root: Bound::new(Node::Literal(value, false), StaticType::Any),
            text: text.to_owned(),
            source: None,
        }
    }
}

impl Bound {
    pub(super) fn new(node: Node, kind: StaticType) -> Bound {
        let mut fields: Vec<FieldName> = Vec::new();
        let mut volatile = false;
        let mut visit = |part: &Bound| {
            fields.extend(part.fields.iter().cloned());
            volatile |= part.volatile;
        };
        match &node {
            Node::Literal(..) => {}
            Node::Field(name) => fields.push(name.clone()),
            Node::SearchMatch(predicate) => fields.extend(predicate.fields()),
            _ => node.parts().iter().for_each(|part| visit(part)),
        }
        if let Node::Call(Function { shape: Shape::Volatile(_), .. }, _) = &node {
            volatile = true;
        }
        fields.sort_unstable();
        fields.dedup();
        Bound { node, fields: fields.into(), volatile, kind }
    }

    fn copied<'a>(&'a self, into: &mut Copied<'a>) -> bool {
        match &self.node {
            Node::Literal(Value::Null, _) => true,
            Node::Literal(value, _) => {
                into.texts.push(value.text().into_owned());
                true
            }
            Node::Field(name) => {
                into.fields.push(name);
                true
            }
            Node::Call(function, args) if function.excerpt => {
                let texts = into.texts.len();
                // A stretch of a text in the expression is no such text.
                args.first().is_some_and(|arg| arg.copied(into)) && into.texts.len() == texts
            }
            Node::Special(special, args) => match special.choices(args) {
                Some(values) => values.into_iter().all(|value| value.copied(into)),
                None => false,
            },
            _ => false,
        }
    }

    pub(super) fn literal(&self) -> Option<(&Value, bool)> {
        match &self.node {
            Node::Literal(value, quoted) => Some((value, *quoted)),
            _ => None,
        }
    }
}

impl Node {
    /// The direct parts.
    pub(super) fn parts(&self) -> Vec<&Bound> {
        match self {
            Node::Literal(..) | Node::Field(_) | Node::SearchMatch(_) => Vec::new(),
            Node::Binary(_, a, b) => vec![a, b],
            Node::Not(a) | Node::Negate(a) => vec![a],
            Node::In(a, list) => std::iter::once(&**a).chain(list).collect(),
            Node::Call(_, args) | Node::Prepared(_, args) | Node::Special(_, args) => args.iter().collect(),
        }
    }
}

/// Fails where a text that stands in the search meets a number that does: `"a"+1`, `rule.level>=10`.
///
/// Source: Search Reference, `eval`: "+ accepts two numbers or two strings", comparisons "two numbers or two strings".
fn check_types(op: BinaryOp, expr: &Expr, text: &Bound, other: &Bound) -> Result<()> {
    let Some((Value::Num(_) | Value::Fixed(..), _)) = other.literal() else { return Ok(()) };
    match (op, &text.node) {
        (BinaryOp::Add, Node::Literal(value @ Value::Str(_), true)) if value.number().is_none() => {
            bail!(Argument, expr.span, "this text is no number to add to one"; hint: "`.` joins texts");
        }
        (
            BinaryOp::Less
            | BinaryOp::LessEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterEqual
            | BinaryOp::Equal
            | BinaryOp::NotEqual,
            Node::Binary(BinaryOp::Concat, ..),
        ) => match joined_names(&text.node) {
            Some(names) => {
                bail!(Argument, expr.span, "`{names}` joins the values of fields to a text, which is compared with a number"; hint: "write '{names}' for the field of that name")
            }
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// `a.b` of the fields a and b.
fn joined_names(node: &Node) -> Option<String> {
    match node {
        Node::Field(name) => Some(name.to_string()),
        Node::Binary(BinaryOp::Concat, a, b) => Some(format!("{}.{}", joined_names(&a.node)?, joined_names(&b.node)?)),
        _ => None,
    }
}

/// Binds nodes, with the functions that the caller has besides those of the language.
struct Binder<'a> {
    own: &'a [&'static Function],
}

impl Binder<'_> {
    /// Binds a node and everything below it.
    fn bind(&self, expr: &Expr) -> Result<Bound> {
        let bound = match &expr.kind {
            ExprKind::Number(n, text) => {
                let decimals =
                    text.split_once('.').filter(|(_, f)| f.bytes().all(|b| b.is_ascii_digit())).map(|(_, f)| f.len());
                let value = match decimals {
                    // `eval a=7.0` shows 7.0 again.
                    Some(decimals @ 1..=20) => Value::Fixed(*n, decimals as u8),
                    _ => Value::Num(*n),
                };
                Bound::new(Node::Literal(value, false), StaticType::Number)
            }
            ExprKind::Text(text) => Bound::new(Node::Literal(Value::str(text), true), StaticType::Text),
            ExprKind::Field(name) => Bound::new(Node::Field(field_name(name)), StaticType::Any),
            ExprKind::Negate(inner) => {
                let inner = self.bind(inner)?;
                match inner.literal() {
                    Some((Value::Num(n), _)) => Bound::new(Node::Literal(Value::Num(-n), false), StaticType::Number),
                    Some((Value::Fixed(n, d), _)) => {
                        Bound::new(Node::Literal(Value::Fixed(-n, *d), false), StaticType::Number)
                    }
                    _ => Bound::new(Node::Negate(Box::new(inner)), StaticType::Number),
                }
            }
            ExprKind::Not(inner) => Bound::new(Node::Not(Box::new(self.bind(inner)?)), StaticType::Bool),
            ExprKind::Binary(BinaryOp::Like, a, b) => self.call("like", expr.span, &[(**a).clone(), (**b).clone()])?,
            ExprKind::Binary(op, a, b) => {
                use BinaryOp as Op;
                let (left, right) = (a, b);
                let (a, b) = (self.bind(a)?, self.bind(b)?);
                for (this, text, other) in [(left, &a, &b), (right, &b, &a)] {
                    check_types(*op, this, text, other)?;
                }
                let kind = match op {
                    Op::Add if a.kind == StaticType::Text || b.kind == StaticType::Text => StaticType::Text,
                    Op::Add if a.kind == StaticType::Number && b.kind == StaticType::Number => StaticType::Number,
                    Op::Add => StaticType::Any,
                    Op::Subtract | Op::Multiply | Op::Divide | Op::Modulo => StaticType::Number,
                    Op::Concat => StaticType::Text,
                    _ => StaticType::Bool,
                };
                Bound::new(Node::Binary(*op, Box::new(a), Box::new(b)), kind)
            }
            ExprKind::In(needle, list) => {
                let list = list.iter().map(|expr| self.bind(expr)).collect::<Result<Vec<_>>>()?;
                Bound::new(Node::In(Box::new(self.bind(needle)?), list), StaticType::Bool)
            }
            ExprKind::Call(name, args) => self.call(&name.node, name.span, args)?,
            ExprKind::Subsearch(pipeline) => bail!(Unsupported, pipeline.span, "a subsearch cannot stand here"),
            ExprKind::Macro(m) => bail!(Macro, m.span, "macro `{}` is not expanded", m.name),
        };
        Ok(bound)
    }

    fn call(&self, name: &str, span: Span, args: &[Expr]) -> Result<Bound> {
        let name = name.to_ascii_lowercase();
        if name == "searchmatch" {
            let [Expr { kind: ExprKind::Text(text), span }] = args else {
                bail!(Argument, span, "searchmatch needs one quoted search string");
            };
            let parsed = crate::syntax::parse_search_expr(text).map_err(|e| Box::new((*e).in_text(text).at(*span)))?;
            return Ok(Bound::new(Node::SearchMatch(Arc::new(SearchPredicate::bind(&parsed)?)), StaticType::Bool));
        }
        if name == "in" {
            let Some((needle, list)) = args.split_first().filter(|(_, list)| !list.is_empty()) else {
                bail!(Argument, span, "in needs a value and a list of at least one");
            };
            let list = list.iter().map(|expr| self.bind(expr)).collect::<Result<Vec<_>>>()?;
            return Ok(Bound::new(Node::In(Box::new(self.bind(needle)?), list), StaticType::Bool));
        }
        let bound = args.iter().map(|expr| self.bind(expr)).collect::<Result<Vec<_>>>()?;
        let own = self.own.iter().copied().find(|function| function.is_called(&name));
        if let Some(special) = Special::find(&name).filter(|_| own.is_none()) {
            special.check(&name, span, &bound)?;
            let kind = special.result_type(&bound);
            return Ok(Bound::new(Node::Special(special, bound), kind));
        }
        let Some(function) = own.or_else(|| functions::find(&name)) else {
            let known = self.own.iter().copied().chain(functions::all()).map(|f| f.name).chain(Special::names());
            match did_you_mean(&name, known) {
                Some(near) => bail!(Unknown, span, "there is no function `{name}`"; hint: "did you mean `{near}`?"),
                None => bail!(Unknown, span, "there is no function `{name}`"),
            }
        };
        let kind = if function.boolean { StaticType::Bool } else { StaticType::Any };
        let (fewest, most) = function.arity;
        if !(fewest..=most).contains(&bound.len()) {
            let wanted = match (fewest, most) {
                (a, b) if a == b => format!("{a}"),
                (a, usize::MAX) => format!("at least {a}"),
                (a, b) => format!("{a} to {b}"),
            };
            bail!(Argument, span, "`{name}` takes {wanted} argument{}, not {}", if wanted == "1" { "" } else { "s" }, bound.len(); hint: "{}", function.syntax);
        }
        if let Shape::Prepared(prepare) = function.shape {
            let arguments: Vec<Argument> = bound
                .iter()
                .zip(args)
                .map(|(b, expr)| Argument {
                    literal: b.literal().map(|(value, _)| value.clone()),
                    quoted: b.literal().is_some_and(|(_, quoted)| quoted),
                    field: matches!(b.node, Node::Field(_)),
                    span: expr.span,
                })
                .collect();
            let run = prepare(&arguments).map_err(|e| Box::new((*e).at(span)))?;
            return Ok(Bound::new(Node::Prepared(run, bound), kind));
        }
        Ok(Bound::new(Node::Call(function, bound), kind))
    }
}
