//! The clause that stats, eventstats, streamstats, chart and timechart share: `count, dc(x) AS n, sum(eval(a*b)) AS s BY f g`.
//!
//! Knows the aggregates only through their registry, and none of the commands.

use super::super::prelude::*;
use crate::aggregates::{self, Aggregate, Call, Points, SPARKLINE};
use crate::error::{Span, did_you_mean};
use crate::plan::AggregateCall;
use crate::syntax::ast::{Expr, Token, TokenKind};
use crate::syntax::{print_expr, print_tokens};
use crate::time::BinSpan;

/// One aggregate as it was written.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Term {
    /// Which.
    pub(in crate::commands) aggregate: &'static Aggregate,
    /// With what number or points.
    pub(in crate::commands) call: Call,
    /// Of what.
    pub(in crate::commands) argument: Argument,
    /// The result's field: as given behind AS, else as typed.
    pub(in crate::commands) name: String,
    /// Whether the name was given.
    pub(in crate::commands) named: bool,
}

impl Term {
    /// Whether the other gives the same results.
    fn is_like(&self, other: &Term) -> bool {
        let same_argument = match (&self.argument, &other.argument) {
            (Argument::Rows, Argument::Rows) => true,
            (Argument::Field(own), Argument::Field(other)) => own == other,
            (Argument::Eval(own), Argument::Eval(other)) => print_expr(own) == print_expr(other),
            _ => false,
        };
        same_argument && self.aggregate.name == other.aggregate.name && self.call.number == other.call.number
    }
}

/// What an aggregate is taken of.
#[derive(Clone, Debug)]
pub(in crate::commands) enum Argument {
    /// The rows themselves: `count`.
    Rows,
    /// A field, or fields matching a pattern.
    Field(String),
    /// `eval(...)`.
    Eval(Expr),
}

/// All aggregates up to one of the words `stop`, an option or the end; at least one.
pub(in crate::commands) fn terms<'a>(args: &mut Args<'a>, stop: &[&'a str]) -> Result<Vec<Term>> {
    let mut terms = Vec::new();
    loop {
        while args.punct(",") {}
        if args.is_empty() || args.at_option() || stop.iter().any(|word| args.at_keyword(word)) {
            break;
        }
        terms.push(term(args)?);
    }
    if terms.is_empty() {
        bail!(Syntax, args.here(), "{} needs an aggregate here", args.command(); hint: "such as count or sum(bytes)");
    }
    Ok(terms)
}

/// One aggregate, with its AS.
pub(in crate::commands) fn term(args: &mut Args<'_>) -> Result<Term> {
    let mut term = call(args)?;
    if args.keyword("as") {
        let name = args.field()?;
        let (given, wanted) = (name.node.matches('*').count(), term.stars());
        if given != wanted {
            bail!(Argument, name.span, "`{}` must hold as many wildcards as the field of its aggregate", name.node);
        }
        term.name = name.node;
        term.named = true;
    }
    Ok(term)
}

/// The fields behind BY, if it comes next, up to one of the words `stop`.
pub(in crate::commands) fn by<'a>(args: &mut Args<'a>, stop: &[&'a str]) -> Result<Vec<FieldName>> {
    if !args.keyword("by") {
        return Ok(Vec::new());
    }
    let mut fields: Vec<FieldName> = Vec::new();
    for field in args.field_list(stop)? {
        if field.node.contains('*') {
            bail!(Argument, field.span, "BY takes no wildcards, as in `{}`", field.node);
        }
        let name = field_name(&field.node);
        if !fields.contains(&name) {
            fields.push(name);
        }
    }
    Ok(fields)
}

/// Refuses what would make a column of two: an output named as a field of BY, or two aggregates under one name.
pub(in crate::commands) fn distinct(terms: &[Term], by: &[FieldName]) -> Result<()> {
    for (i, term) in terms.iter().enumerate() {
        if by.iter().any(|field| **field == *term.name) {
            bail!(Argument, term.call.span, "the output field `{}` cannot have the same name as a field of BY", term.name; hint: "give it another name with AS");
        }
        let same = |other: &&Term| other.named && other.name == term.name && !other.is_like(term);
        if term.named && terms[..i].iter().any(|other| same(&other)) {
            bail!(Argument, term.call.span, "two aggregates are named `{}`", term.name; hint: "each needs a name of its own behind AS");
        }
    }
    Ok(())
}

/// `name(argument)`, or `name` alone.
fn call(args: &mut Args<'_>) -> Result<Term> {
    let span = args.here();
    let Some(word) = args.word() else {
        let found = args.peek().map(|token| print_tokens(std::slice::from_ref(token))).unwrap_or_default();
        bail!(Syntax, span, "{} needs an aggregate here, not `{}`", args.command(), found.trim(); hint: "such as count or sum(bytes)");
    };
    let Some((aggregate, number)) = aggregates::find(word.node) else {
        return unknown(word.node, word.span);
    };
    let mut call = Call { number, ..Call::new(word.span) };
    let Some(mut inner) = args.group() else {
        if std::ptr::eq(aggregate, &SPARKLINE)
            && let Some((count, _)) = aggregates::find("count")
        {
            // `chart sparkline count by x`: a picture of the count, beside the count itself.
            call.points = Some(Box::new(Points { aggregate: count, call: Call::new(word.span), span: None }));
            return Ok(Term { aggregate, call, argument: Argument::Rows, name: word.node.to_owned(), named: false });
        }
        // Only count needs no argument; for the others leaving it out is an old way to say all fields.
        let (argument, name) = match aggregate.name {
            "count" => (Argument::Rows, word.node.to_owned()),
            _ => (Argument::Field("*".to_owned()), format!("{}(*)", word.node)),
        };
        return Ok(Term { aggregate, call, argument, name, named: false });
    };
    call.span = word.span.to(inner.span());
    if std::ptr::eq(aggregate, &SPARKLINE) {
        return sparkline(word.node, call, inner);
    }
    let (argument, text) = argument(&mut inner)?;
    if matches!(argument, Argument::Rows) && aggregate.name != "count" {
        bail!(Argument, call.span, "`{}` needs a field", word.node; hint: "{}", aggregate.syntax);
    }
    let name = if text.is_empty() { word.node.to_owned() } else { format!("{}({text})", word.node) };
    Ok(Term { aggregate, call, argument, name, named: false })
}

fn unknown<T>(name: &str, span: Span) -> Result<T> {
    if let Some((family, _)) = aggregates::find(&format!("{name}50")) {
        bail!(Argument, span, "`{name}` needs its number"; hint: "{}", family.syntax);
    }
    let known = aggregates::all().flat_map(|a| std::iter::once(a.name).chain(a.aliases.iter().copied()));
    match did_you_mean(name, known) {
        Some(near) => bail!(Unknown, span, "there is no aggregate `{name}`"; hint: "did you mean `{near}`?"),
        None => bail!(Unknown, span, "there is no aggregate `{name}`"),
    }
}

/// What stands in the parentheses, and its text as a part of the column's name.
fn argument(inner: &mut Args<'_>) -> Result<(Argument, String)> {
    if inner.is_empty() {
        return Ok((Argument::Rows, String::new()));
    }
    if inner.at_keyword("eval") && matches!(inner.peek_at(1), Some(Token { kind: TokenKind::Punct(p), .. }) if p == "(")
    {
        let (expr, text) = inner.text_of(|inner| {
            inner.token();
            let Some(mut inside) = inner.group() else {
                bail!(Syntax, inner.here(), "eval needs an expression in parentheses");
            };
            let expr = inside.expr()?;
            inside.end()?;
            Ok(expr)
        })?;
        inner.end()?;
        return Ok((Argument::Eval(expr), text.trim().to_owned()));
    }
    let mut whole = inner.clone();
    let field = match inner.field() {
        Ok(field) if inner.is_empty() => field.node,
        // A name of several words.
        _ => print_tokens(whole.rest()).trim().to_owned(),
    };
    Ok((Argument::Field(field.clone()), field))
}

/// `sparkline(count)`, `sparkline(avg(x), 1h)`.
fn sparkline(word: &str, mut outer: Call, mut inner: Args<'_>) -> Result<Term> {
    let (point, mut text) = inner.text_of(call)?;
    let mut span = None;
    if inner.punct(",") {
        let width = inner.string("a span such as 1h")?;
        span = BinSpan::parse(&width.node).map_err(|e| Box::new((*e).at(width.span)))?.time();
        text = format!("{},{}", text.trim(), width.node);
    }
    inner.end()?;
    outer.points = Some(Box::new(Points { aggregate: point.aggregate, call: point.call, span }));
    let name = format!("{word}({})", text.trim());
    Ok(Term { aggregate: &SPARKLINE, call: outer, argument: point.argument, name, named: false })
}

impl Term {
    fn stars(&self) -> usize {
        match &self.argument {
            Argument::Field(field) => field.matches('*').count(),
            _ => 0,
        }
    }
}

/// What a clause's options say of all its aggregates.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::commands) struct Settings {
    /// `allnum=true`.
    pub(in crate::commands) all_numeric: bool,
    /// Seconds in a bucket of timechart.
    pub(in crate::commands) bucket_seconds: Option<f64>,
}

/// The terms as calls, over `input` extended by the fields that their eval expressions make; and these fields.
pub(in crate::commands) fn lower(
    terms: &[Term],
    settings: Settings,
    input: Plan,
    cx: &mut PlanContext<'_>,
) -> Result<(Plan, Vec<AggregateCall>, Vec<String>)> {
    let mut assignments: Vec<Assignment> = Vec::new();
    let mut known: Vec<(String, String)> = Vec::new();
    let mut calls = Vec::with_capacity(terms.len());
    for term in terms {
        let field = match &term.argument {
            Argument::Rows => None,
            Argument::Field(field) => Some(field.clone()),
            Argument::Eval(expr) => {
                let text = print_expr(expr);
                Some(match known.iter().find(|(t, _)| *t == text) {
                    Some((_, field)) => field.clone(),
                    None => {
                        // Of a truth value what is true counts, as 1.
                        let (value, field) = (cx.bind(expr)?.true_to_one(), cx.temporary());
                        assignments.push(Assignment { target: field_name(&field), value: Arc::new(value) });
                        known.push((text, field.clone()));
                        field
                    }
                })
            }
        };
        let mut call = term.call.clone();
        call.all_numeric = settings.all_numeric;
        call.bucket_seconds = settings.bucket_seconds;
        // What is wrong with the call is to be said before anything runs.
        (term.aggregate.make)(&call)?;
        calls.push(AggregateCall { aggregate: term.aggregate, call, field, output: term.name.clone() });
    }
    let temporaries = known.into_iter().map(|(_, field)| field).collect();
    let plan = if assignments.is_empty() { input } else { Plan::Extend(Box::new(input), assignments.into()) };
    Ok((plan, calls, temporaries))
}

/// The plan without the fields that were only made for a clause.
pub(in crate::commands) fn without(temporaries: Vec<String>, plan: Plan) -> Plan {
    if temporaries.is_empty() { plan } else { Plan::Project(Box::new(plan), Projection::Drop(temporaries.into())) }
}

/// The calls in one line.
pub(in crate::commands) fn describe(command: &str, calls: &[AggregateCall], by: &[FieldName]) -> String {
    let calls: Vec<String> = calls.iter().map(AggregateCall::describe).collect();
    let by = if by.is_empty() { String::new() } else { format!(" BY {}", by.join(", ")) };
    format!("{command} {}{by}", calls.join(", "))
}

/// The fields that a command reads which adds calls' results to every row.
pub(in crate::commands) fn reads(calls: &[AggregateCall], by: &[FieldName], wanted: &FieldSet) -> FieldSet {
    let mut set = wanted.clone();
    calls.iter().filter(|call| !call.output.contains('*')).for_each(|call| set.remove(&call.output));
    by.iter().for_each(|field| set.insert(field));
    calls.iter().filter_map(|call| call.field.as_ref()).for_each(|field| set.insert(field));
    if calls.iter().any(|call| call.aggregate.needs_time) {
        set.insert("_time");
    }
    set
}

/// Puts the field at the end unless it is there.
pub(in crate::commands) fn declare(fields: &mut Vec<FieldName>, field: &str) {
    if !fields.iter().any(|known| **known == *field) {
        fields.push(field_name(field));
    }
}
