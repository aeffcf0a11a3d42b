//! The arguments that chart and timechart share: aggregates, options in front of BY and behind it, and the where clause.

use super::series::{Pick, Selection, Series};
use crate::aggregates::{self, Aggregate, Call};
use crate::commands::bin::options::BinOptions;
use crate::commands::prelude::*;
use crate::commands::stats::clause::{self, Term};
use crate::error::did_you_mean;
use crate::syntax::args::Value as OptionValue;
use crate::syntax::ast::{Expr, ExprKind, Token, TokenKind};

/// What stands between the command's name and its end.
#[derive(Debug, Default)]
pub(in crate::commands) struct Clause {
    /// The aggregates to compute, those inside of `eval(...)` included.
    pub(in crate::commands) terms: Vec<Term>,
    /// The columns to show.
    pub(in crate::commands) shown: Vec<Shown>,
    /// Fields behind OVER and BY.
    pub(in crate::commands) by: Vec<FieldName>,
    /// How the first axis is cut; of options in front of BY, or behind the field.
    pub(in crate::commands) axis: BinOptions,
    /// How the series field's values are cut.
    pub(in crate::commands) split: BinOptions,
    pub(in crate::commands) series: Series,
    /// Empty bins have rows too.
    pub(in crate::commands) cont: Option<bool>,
    /// Bins that the search's range cuts off stay.
    pub(in crate::commands) partial: Option<bool>,
    /// Bins cover the search's range, also where no events are.
    pub(in crate::commands) fixedrange: Option<bool>,
    /// Of a multivalue of BY each value counts once.
    pub(in crate::commands) dedup_splitvals: bool,
}

/// One column of results.
#[derive(Clone, Debug)]
pub(in crate::commands) enum Shown {
    /// A term's, by its place.
    Term(usize),
    /// An expression over terms, which it knows by the names of their fields.
    Eval(Expr, String),
}

/// Reads everything. `rows` says whether the first BY field is the axis of rows (chart) or of series (timechart).
pub(in crate::commands) fn clause(args: &mut Args<'_>, rows: bool) -> Result<Clause> {
    let mut clause = Clause::default();
    let mut over = false;
    loop {
        while args.punct(",") {}
        if args.is_empty() {
            break;
        }
        if args.at_option() {
            let behind_series = !clause.by.is_empty() && (!rows || clause.by.len() > 1);
            option(args, &mut clause, behind_series, !rows)?;
        } else if rows && !over && clause.by.is_empty() && args.keyword("over") {
            over = true;
            clause.by.push(field_name(args.field()?.node));
        } else if args.keyword("by") {
            fields(args, &mut clause, rows)?;
        } else if args.keyword("where") {
            clause.series.selection = selection(args)?;
        } else if clause.by.is_empty() {
            shown(args, &mut clause)?;
        } else {
            break;
        }
    }
    args.end()?;
    if clause.shown.is_empty() {
        bail!(Syntax, args.here(), "{} needs an aggregate", args.command(); hint: "such as count or sum(bytes)");
    }
    Ok(clause)
}

/// The fields behind BY, each perhaps followed by options.
fn fields(args: &mut Args<'_>, clause: &mut Clause, rows: bool) -> Result<()> {
    let most = if rows { 2 } else { 1 };
    loop {
        while args.punct(",") {}
        if args.is_empty() || args.at_option() || args.at_keyword("where") || (rows && args.at_keyword("by")) {
            return Ok(());
        }
        let field = args.field()?;
        if clause.by.len() >= most {
            bail!(Argument, field.span, "{} takes no further field, as `{}`", args.command(), field.node);
        }
        if field.node.contains('*') {
            bail!(Argument, field.span, "BY takes no wildcards, as in `{}`", field.node);
        }
        clause.by.push(field_name(&field.node));
        while args.at_option() {
            let behind_series = !rows || clause.by.len() > 1;
            option(args, clause, behind_series, !rows)?;
        }
    }
}

const OPTIONS: &[&str] = &[
    "agg",
    "aligntime",
    "allnum",
    "bins",
    "cont",
    "dedup_splitvals",
    "end",
    "fixedrange",
    "format",
    "limit",
    "minspan",
    "nullstr",
    "otherstr",
    "partial",
    "sep",
    "span",
    "start",
    "useother",
    "usenull",
];

/// One option. Those of bins belong to the field that they follow; in front of BY, to the axis, which is that of time when `over_time`.
fn option(args: &mut Args<'_>, clause: &mut Clause, behind_series: bool, over_time: bool) -> Result<()> {
    let Some((name, value)) = args.next_option()? else { return Ok(()) };
    let series = &mut clause.series;
    match name.node.to_ascii_lowercase().as_str() {
        "sep" => series.separator = Some(value.text()?),
        "format" => series.format = Some(value.text()?),
        "limit" => {
            // A where clause counts more.
            let limit = limit(args, &value)?;
            if !matches!(series.selection, Selection::Where(..)) {
                series.selection = Selection::Limit(limit);
            }
        }
        "agg" => series.by = Some(single(&value.text()?, &value)?),
        "useother" => series.other = value.bool()?,
        "otherstr" => series.other_name = value.text()?,
        "usenull" => series.null = value.bool()?,
        "nullstr" => series.null_name = value.text()?,
        "cont" => clause.cont = Some(value.bool()?),
        "partial" => clause.partial = Some(value.bool()?),
        "fixedrange" => clause.fixedrange = Some(value.bool()?),
        // The reference's own examples leave the `s` out.
        "dedup_splitvals" | "dedup_splitval" => clause.dedup_splitvals = value.bool()?,
        "allnum" => {
            value.bool()?;
        }
        other => {
            // A span of time cannot cut the values of a series: timechart's bins are meant, wherever it stands.
            let of_time = over_time && clause.axis.span.is_none() && BinOptions::is_time(other, &value);
            let bins = if behind_series && !of_time { &mut clause.split } else { &mut clause.axis };
            if !bins.set(other, &value)? {
                match did_you_mean(other, OPTIONS.iter().copied()) {
                    Some(near) => {
                        bail!(Unknown, name.span, "{} has no option `{other}`", args.command(); hint: "did you mean `{near}`?")
                    }
                    None => bail!(Unknown, name.span, "{} has no option `{other}`", args.command()),
                }
            }
        }
    }
    Ok(())
}

/// `10`, `top5`, `bottom 5`; 0 is no limit.
fn limit(args: &mut Args<'_>, value: &OptionValue<'_>) -> Result<Pick> {
    let mut text = value.text()?.to_ascii_lowercase();
    if matches!(&text[..], "top" | "bottom")
        && let Some(count) = args.int_if_any()
    {
        text.push_str(&count.node.to_string());
    }
    let (top, digits) = match (text.strip_prefix("top"), text.strip_prefix("bottom")) {
        (Some(rest), _) => (true, rest.trim()),
        (_, Some(rest)) => (false, rest.trim()),
        _ => (true, &text[..]),
    };
    match digits.parse::<usize>() {
        Ok(count) => Ok(Pick { top, count }),
        Err(_) => bail!(Argument, value.span(), "limit needs a number, or top or bottom with one, not `{text}`"),
    }
}

/// An aggregate by its bare name, to judge series by.
fn single(text: &str, value: &OptionValue<'_>) -> Result<(&'static Aggregate, Call)> {
    let name = text.split('(').next().unwrap_or(text);
    match aggregates::find(name) {
        Some((aggregate, number)) => Ok((aggregate, Call { number, ..Call::new(value.span()) })),
        None => bail!(Unknown, value.span(), "there is no aggregate `{name}`"),
    }
}

/// `where sum in top5`, `where avg notin bottom3`, `where max > 10`, `where count>10`.
fn selection(args: &mut Args<'_>) -> Result<Selection> {
    let word = args.string("an aggregate")?;
    let is_sign = |c: char| matches!(c, '<' | '>');
    // Without a space the sign, and what is behind it, is part of the word.
    let (before, sign) = word.node.split_at(word.node.find(is_sign).unwrap_or(word.node.len()));
    let name = before.split('(').next().unwrap_or("").to_owned();
    args.group();
    let Some((aggregate, number)) = aggregates::find(&name) else {
        bail!(Unknown, word.span, "there is no aggregate `{name}`");
    };
    let call = Call { number, ..Call::new(word.span) };
    let not = sign.is_empty() && args.keyword("notin");
    if not || (sign.is_empty() && args.keyword("in")) {
        let text = args.string("top or bottom with a number")?;
        let mut wanted = text.node.to_ascii_lowercase();
        if wanted == "top" || wanted == "bottom" {
            wanted.push_str(&args.string("a number")?.node);
        }
        let pick = match (wanted.strip_prefix("top"), wanted.strip_prefix("bottom")) {
            (Some(digits), _) => digits.parse().map(|count| Pick { top: true, count }),
            (_, Some(digits)) => digits.parse().map(|count| Pick { top: false, count }),
            _ => wanted.parse().map(|count| Pick { top: true, count }),
        };
        return match pick {
            Ok(pick) => Ok(Selection::Where(aggregate, call, super::series::Test::In { pick, not })),
            Err(_) => {
                bail!(Argument, text.span, "a where clause needs top or bottom with a number, not `{}`", text.node)
            }
        };
    }
    let more = sign.starts_with('>') || (sign.is_empty() && args.punct(">"));
    if sign.is_empty() && !more && !args.punct("<") {
        bail!(Syntax, args.here(), "a where clause needs in, notin, < or > here");
    }
    let number = match sign.trim_start_matches(is_sign) {
        "" => args.string("a number")?,
        behind => Spanned::new(behind.to_owned(), word.span),
    };
    match number.node.parse::<f64>() {
        Ok(bound) => Ok(Selection::Where(aggregate, call, super::series::Test::Beyond { bound, more })),
        Err(_) => bail!(Argument, number.span, "a where clause needs a number, not `{}`", number.node),
    }
}

/// One column: an aggregate, or `eval(...)` over aggregates.
fn shown(args: &mut Args<'_>, clause: &mut Clause) -> Result<()> {
    let opens = matches!(args.peek_at(1), Some(Token { kind: TokenKind::Punct(p), .. }) if p == "(");
    if !(args.at_keyword("eval") && opens) {
        clause.terms.push(clause::term(args)?);
        clause.shown.push(Shown::Term(clause.terms.len() - 1));
        return Ok(());
    }
    let (expr, text) = args.text_of(|args| {
        args.token();
        let Some(mut inside) = args.group() else {
            bail!(Syntax, args.here(), "eval needs an expression in parentheses");
        };
        let expr = inside.expr()?;
        inside.end()?;
        aggregates_out(expr, &mut clause.terms)
    })?;
    let name = if args.keyword("as") { args.field()?.node } else { text.trim().to_owned() };
    clause.shown.push(Shown::Eval(expr, name));
    Ok(())
}

/// The expression with each aggregate in it replaced by a field, and the aggregates as further terms.
fn aggregates_out(expr: Expr, terms: &mut Vec<Term>) -> Result<Expr> {
    let mut boxed = |expr: Box<Expr>| aggregates_out(*expr, terms).map(Box::new);
    let kind = match expr.kind {
        ExprKind::Negate(inner) => ExprKind::Negate(boxed(inner)?),
        ExprKind::Not(inner) => ExprKind::Not(boxed(inner)?),
        ExprKind::Binary(op, a, b) => ExprKind::Binary(op, boxed(a)?, boxed(b)?),
        ExprKind::In(needle, list) => {
            let needle = boxed(needle)?;
            ExprKind::In(needle, list.into_iter().map(|e| aggregates_out(e, terms)).collect::<Result<_>>()?)
        }
        ExprKind::Field(name) if name == "count" => ExprKind::Field(term_of("count", None, expr.span, terms)),
        ExprKind::Call(name, mut arguments) => match (aggregates::find(&name.node), arguments.len()) {
            // Of names that are both, `min` and `max` of one argument are aggregates.
            (Some(_), 0 | 1) => {
                let argument = arguments.pop();
                ExprKind::Field(term_of(&name.node, argument, expr.span, terms))
            }
            _ => {
                let arguments = arguments.into_iter().map(|e| aggregates_out(e, terms)).collect::<Result<Vec<_>>>()?;
                ExprKind::Call(name, arguments)
            }
        },
        other => other,
    };
    Ok(Expr { kind, span: expr.span })
}

/// Adds an aggregate of an expression's; the name of its field.
fn term_of(name: &str, argument: Option<Expr>, span: crate::error::Span, terms: &mut Vec<Term>) -> String {
    let (aggregate, number) = aggregates::find(name).unwrap_or((&aggregates::SPARKLINE, None));
    let argument = match argument {
        None => clause::Argument::Rows,
        Some(Expr { kind: ExprKind::Field(field), .. }) => clause::Argument::Field(field),
        Some(expr) => clause::Argument::Eval(expr),
    };
    let field = format!("__spl_part_{}", terms.len());
    let call = Call { number, ..Call::new(span) };
    terms.push(Term { aggregate, call, argument, name: field.clone(), named: true });
    field
}
