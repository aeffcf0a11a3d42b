//! The forms of `eval` that are no plain functions: they choose among their arguments, ask whether an argument is a literal, or evaluate
//! an argument once for each value of a multivalue.

use std::sync::Arc;

use super::bind::{Bound, Node, StaticType};
use super::eval::{Frame, truth_of};
use crate::error::{Result, Span, bail};
use crate::table::{Batch, Bitmap, Column, DictionaryBuilder};
use crate::value::{Value, ValueRef};

/// A form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Special {
    If,
    Case,
    Validate,
    Coalesce,
    IsNull,
    IsNotNull,
    IsNum,
    IsInt,
    IsDouble,
    IsStr,
    IsBool,
    TypeOf,
    True,
    False,
    Null,
    MvMap,
    MvFilter,
    SigFig,
}

const FORMS: &[(&str, Special, usize, usize)] = &[
    ("case", Special::Case, 2, usize::MAX),
    ("coalesce", Special::Coalesce, 1, usize::MAX),
    ("false", Special::False, 0, 0),
    ("if", Special::If, 3, 3),
    ("isbool", Special::IsBool, 1, 1),
    ("isdouble", Special::IsDouble, 1, 1),
    ("isint", Special::IsInt, 1, 1),
    ("isnotnull", Special::IsNotNull, 1, 1),
    ("isnull", Special::IsNull, 1, 1),
    ("isnum", Special::IsNum, 1, 1),
    ("isstr", Special::IsStr, 1, 1),
    ("mvfilter", Special::MvFilter, 1, 1),
    ("mvmap", Special::MvMap, 2, 2),
    ("null", Special::Null, 0, 0),
    ("sigfig", Special::SigFig, 1, 1),
    ("true", Special::True, 0, 0),
    ("typeof", Special::TypeOf, 1, 1),
    ("validate", Special::Validate, 2, usize::MAX),
];

impl Special {
    pub(super) fn find(name: &str) -> Option<Special> {
        FORMS.iter().find(|form| form.0 == name).map(|form| form.1)
    }

    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        FORMS.iter().map(|form| form.0).chain(["in", "searchmatch"])
    }

    /// Arity, pairs, and the fields that `mvmap` and `mvfilter` go through.
    pub(super) fn check(self, name: &str, span: Span, args: &[Bound]) -> Result<()> {
        let (fewest, most) = FORMS.iter().find(|form| form.1 == self).map_or((0, usize::MAX), |form| (form.2, form.3));
        if !(fewest..=most).contains(&args.len()) {
            let wanted = if most == usize::MAX { format!("at least {fewest}") } else { format!("{fewest}") };
            bail!(
                Argument,
                span,
                "`{name}` takes {wanted} argument{}, not {}",
                if fewest == 1 { "" } else { "s" },
                args.len()
            );
        }
        match self {
            Special::Case | Special::Validate if args.len() % 2 == 1 => {
                bail!(Argument, span, "`{name}` takes pairs of condition and value, but {} arguments are given", args.len(); hint: "close with true(), <default>")
            }
            Special::MvFilter if args[0].fields.len() != 1 => {
                bail!(
                    Argument,
                    span,
                    "the condition of mvfilter must use exactly one field, not {}",
                    args[0].fields.len()
                )
            }
            Special::MvMap if args[0].fields.len() != 1 => {
                bail!(Argument, span, "the first argument of mvmap must be one field or an expression on one field")
            }
            _ => Ok(()),
        }
    }

    pub(super) fn result_type(self, args: &[Bound]) -> StaticType {
        let same = |kinds: Vec<StaticType>| match kinds.split_first() {
            Some((first, rest)) if rest.iter().all(|kind| kind == first) => *first,
            _ => StaticType::Any,
        };
        match self {
            Special::If => same(args.iter().skip(1).map(|b| b.kind).collect()),
            Special::Case => same(args.iter().skip(1).step_by(2).map(|b| b.kind).collect()),
            Special::Coalesce | Special::Validate | Special::MvMap | Special::MvFilter | Special::Null => {
                StaticType::Any
            }
            Special::TypeOf => StaticType::Text,
            Special::SigFig => StaticType::Number,
            _ => StaticType::Bool,
        }
    }

    /// The arguments of which one is the result, for forms that only choose.
    pub(super) fn choices(self, args: &[Bound]) -> Option<Vec<&Bound>> {
        match self {
            Special::If => Some(args.iter().skip(1).collect()),
            Special::Case => Some(args.iter().skip(1).step_by(2).collect()),
            Special::Coalesce => Some(args.iter().collect()),
            Special::Null => Some(Vec::new()),
            _ => None,
        }
    }

    /// Whether a row takes one argument's value and does not care for those of the others.
    pub(super) fn is_choice(self) -> bool {
        matches!(self, Special::If | Special::Case | Special::Coalesce)
    }

    /// Whether [`Special::eval_frames`] does it, rather than [`Special::combine`].
    pub(super) fn evaluates_itself(self) -> bool {
        matches!(self, Special::MvMap | Special::MvFilter | Special::SigFig)
    }

    /// From the columns of the arguments.
    pub(super) fn combine(self, args: &[&Column], parts: &[Bound], rows: usize) -> Column {
        let first = args.first();
        let present = || first.map_or_else(|| Bitmap::filled(rows, false), |c| c.present());
        match self {
            Special::If => choose(rows, &[truth_of(args[0])], &[args[1], args[2]]),
            Special::Case => {
                let tests: Vec<Bitmap> = args.iter().step_by(2).map(|c| truth_of(c)).collect();
                let mut branches: Vec<&Column> = args.iter().skip(1).step_by(2).copied().collect();
                let none = Column::null(rows);
                branches.push(&none);
                choose(rows, &tests, &branches)
            }
            Special::Validate => {
                // The value of the first condition that is false.
                let is_false = |c: &Column| {
                    let mut not = truth_of(c);
                    not.negate();
                    not.and(&c.present());
                    not
                };
                let tests: Vec<Bitmap> = args.iter().step_by(2).map(|c| is_false(c)).collect();
                let mut branches: Vec<&Column> = args.iter().skip(1).step_by(2).copied().collect();
                let none = Column::null(rows);
                branches.push(&none);
                choose(rows, &tests, &branches)
            }
            Special::Coalesce => {
                let tests: Vec<Bitmap> = args.iter().map(|c| c.present()).collect();
                let mut branches: Vec<&Column> = args.to_vec();
                let none = Column::null(rows);
                branches.push(&none);
                choose(rows, &tests, &branches)
            }
            Special::IsNotNull => Column::from_truth(present()),
            Special::IsNull => {
                let mut null = present();
                null.negate();
                Column::from_truth(null)
            }
            Special::True | Special::False => Column::Const(Value::Bool(self == Special::True), rows),
            Special::Null => Column::null(rows),
            Special::IsBool => Column::from_truth(Bitmap::filled(rows, parts[0].kind == StaticType::Bool)),
            Special::IsNum | Special::IsInt | Special::IsDouble | Special::IsStr => {
                let quoted = parts[0].literal().is_some_and(|(_, quoted)| quoted);
                let test = |value: ValueRef<'_>| {
                    let number = if quoted { None } else { value.number() };
                    match (self, number, value) {
                        (_, _, ValueRef::Null | ValueRef::Bool(_)) => false,
                        (Special::IsNum, number, _) => number.is_some(),
                        (Special::IsInt, Some(n), _) => n.fract() == 0.0,
                        (Special::IsDouble, Some(n), _) => n.fract() != 0.0,
                        (Special::IsStr, number, _) => number.is_none(),
                        _ => false,
                    }
                };
                Column::from_truth(Bitmap::from_fn(rows, |row| first.is_some_and(|c| test(c.get(row)))))
            }
            Special::TypeOf => {
                let quoted = parts[0].literal().is_some_and(|(_, quoted)| quoted);
                let name = |value: ValueRef<'_>| match value {
                    ValueRef::Null => "Invalid",
                    ValueRef::Bool(_) => "Bool",
                    ValueRef::Multi(_) => "String",
                    value if !quoted && value.number().is_some() => "Number",
                    _ => "String",
                };
                Column::from_values(
                    (0..rows).map(|row| Value::str(first.map_or("Invalid", |c| name(c.get(row))))).collect(),
                )
            }
            Special::MvMap | Special::MvFilter | Special::SigFig => Column::null(rows),
        }
    }

    /// `sigfig`, and `mvmap` and `mvfilter`: the multivalue is spread to one row a value, the expression evaluated over those, and gathered again.
    pub(super) fn eval_frames(self, args: &[Bound], frame: &Frame<'_>) -> Vec<Column> {
        if self == Special::SigFig {
            return super::sigfig::eval(&args[0], frame);
        }
        let body = if self == Special::MvMap { &args[1] } else { &args[0] };
        let field = args[0].fields[0].clone();
        let sources: Vec<Column> = match self {
            Special::MvMap if !matches!(args[0].node, Node::Field(_)) => args[0].eval(frame),
            _ => frame.batches.iter().map(|b| b.column_or_null(&field)).collect(),
        };
        let each = |(batch, source): (&Batch, &Column)| {
            let (mut origin, mut values) = (Vec::new(), Vec::new());
            for row in 0..batch.rows() {
                source.get(row).for_each(|value| {
                    origin.push(row as u32);
                    values.push(value.to_value());
                });
            }
            let needed: Vec<_> = body.fields.iter().filter(|name| batch.column(name).is_some()).cloned().collect();
            let mut spread = batch.project(&needed).take(&origin);
            spread.set(&field, Column::from_values(values));
            let result = body.eval(&frame.with(std::slice::from_ref(&spread))).swap_remove(0);
            let kept = (self == Special::MvFilter).then(|| truth_of(&result));
            let mut gathered: Vec<Vec<Value>> = vec![Vec::new(); batch.rows()];
            for (i, &row) in origin.iter().enumerate() {
                match &kept {
                    Some(kept) if kept.get(i) => gathered[row as usize].push(spread.get(&field, i).to_value()),
                    Some(_) => {}
                    None => gathered[row as usize].push(result.value(i)),
                }
            }
            Column::from_values(gathered.into_iter().map(Value::multi).collect())
        };
        frame.batches.iter().zip(&sources).map(each).collect()
    }
}

/// For each row the branch of the first test that is true, else the last branch.
fn choose(rows: usize, tests: &[Bitmap], branches: &[&Column]) -> Column {
    if rows == 0 {
        return Column::null(0);
    }
    if rows == 0 {
        return Column::null(0);
    }
    let branch_of = |row: usize| tests.iter().position(|t| t.get(row)).unwrap_or(branches.len() - 1);
    // Texts that are constant in every branch: a dictionary of the branches.
    if rows > 1 && branches.iter().all(|c| matches!(c, Column::Const(Value::Str(_) | Value::Null, _))) {
        let mut builder = DictionaryBuilder::default();
        let codes: Vec<u32> = branches
            .iter()
            .map(|c| match c {
                Column::Const(Value::Str(text), _) => builder.intern(text),
                _ => 0,
            })
            .collect();
        let codes = (0..rows).map(|row| codes[branch_of(row)]).collect();
        return Column::Dict(Arc::new(builder.finish()), codes);
    }
    let only = branch_of(0);
    if (1..rows).all(|row| branch_of(row) == only) {
        return branches[only].clone();
    }
    if branches.iter().any(|c| matches!(c, Column::Bool(_) | Column::Const(Value::Bool(_), _))) {
        let value = |row: usize| branches[branch_of(row)].get(row);
        let truth = Bitmap::from_fn(rows, |row| matches!(value(row), ValueRef::Bool(true)));
        let known = Bitmap::from_fn(rows, |row| !value(row).is_null());
        return Column::Bool(Arc::new((truth, known)));
    }
    let picks: Vec<(u32, u32)> = (0..rows).map(|row| (branch_of(row) as u32, row as u32)).collect();
    Column::pick(&branches.iter().map(|c| Some(*c)).collect::<Vec<_>>(), &picks)
}
