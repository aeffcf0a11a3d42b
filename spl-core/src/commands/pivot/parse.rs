//! The arguments of `pivot`: elements, each with a word in front, in any order.

use super::{Limit, Pivot, Sort, Split};
use crate::commands::bin::options::BinOptions;
use crate::commands::prelude::*;
use crate::commands::stats::clause;
use crate::expr::{FieldTest, SearchPredicate};
use crate::syntax::ast::{CompareOp, SearchValue, TermForm};
use crate::time::BinSpan;

/// Columns, when nothing is said.
const COLUMNS: usize = 100;

/// Everything behind the command's name.
pub(super) fn pivot(args: &mut Args<'_>) -> Result<Pivot> {
    let model = args.string("a data model")?;
    let dataset = args.string("a dataset")?;
    let mut pivot = Pivot {
        model,
        dataset,
        cells: Vec::new(),
        rows: Vec::new(),
        columns: Vec::new(),
        condition: SearchPredicate::Always(true),
        limits: Vec::new(),
        most_columns: COLUMNS,
        other: true,
        row_sums: false,
        column_sums: false,
        sort: None,
    };
    let mut conditions = Vec::new();
    loop {
        while args.punct(",") {}
        if args.is_empty() {
            break;
        } else if args.keyword("splitrow") {
            pivot.rows.push(split(args)?);
        } else if args.keyword("splitcol") {
            pivot.columns.push(split(args)?);
        } else if args.keyword("filter") {
            conditions.push(filter(args)?);
        } else if args.keyword("limit") {
            let field = args.field()?.node;
            args.expect_keyword("by")?;
            let here = args.here();
            let top = match args.string("top or bottom")?.node.to_ascii_lowercase().as_str() {
                "top" => true,
                "bottom" => false,
                other => bail!(Argument, here, "a limit is by top or by bottom, not by `{other}`"),
            };
            pivot.limits.push(limit(args, field, top)?);
        } else if args.keyword("numcols") {
            pivot.most_columns = count(args, "a number of columns")?;
        } else if args.keyword("showother") {
            pivot.other = flag(args)?;
        } else if args.keyword("rowsummary") {
            pivot.row_sums = flag(args)?;
        } else if args.keyword("colsummary") {
            pivot.column_sums = flag(args)?;
        } else if args.keyword("sort") || args.keyword("rowsort") {
            pivot.sort = Some(Sort::Field(args.int("a number of rows")?.node, args.field()?.node));
        } else if args.at_keyword("top") || args.at_keyword("bottom") {
            let here = args.here();
            let top = args.keyword("top");
            if !top {
                args.keyword("bottom");
            }
            let Some(row) = pivot.rows.last() else {
                bail!(Argument, here, "there is no SPLITROW whose values it could limit")
            };
            let limit = limit(args, row.field.clone(), top)?;
            pivot.sort = Some(Sort::Cell(top, limit.by.clone()));
            pivot.limits.push(limit);
        } else {
            let (term, text) = args.text_of(clause::term)?;
            pivot.cells.push((term, text));
        }
    }
    if pivot.cells.is_empty() {
        bail!(Syntax, args.here(), "pivot needs a cell"; hint: "such as count({})", pivot.dataset.node);
    }
    pivot.condition = SearchPredicate::all(conditions);
    Ok(pivot)
}

fn count(args: &mut Args<'_>, what: &str) -> Result<usize> {
    let number = args.int(what)?;
    match usize::try_from(number.node) {
        Ok(count) => Ok(count),
        Err(_) => bail!(Argument, number.span, "{what} is not negative, as {} is", number.node),
    }
}

/// `<number> <aggregate>`.
fn limit(args: &mut Args<'_>, field: String, top: bool) -> Result<Limit> {
    let here = args.here();
    let most = count(args, "a number of values")?;
    if most == 0 {
        bail!(Argument, here, "a limit leaves at least one value");
    }
    Ok(Limit { field, top, most, by: clause::term(args)? })
}

fn flag(args: &mut Args<'_>) -> Result<bool> {
    let text = args.string("true or false")?;
    match text.node.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" => Ok(true),
        "0" | "f" | "false" => Ok(false),
        _ => bail!(Argument, text.span, "this is true or false, not `{}`", text.node),
    }
}

/// `field [AS name] [PERIOD day] [RANGE size=10 ...] [TRUELABEL x] [FALSELABEL y]`.
fn split(args: &mut Args<'_>) -> Result<Split> {
    let field = args.field()?.node;
    let mut split = Split { name: field.clone(), field, bins: None, labels: [None, None] };
    loop {
        if args.keyword("as") {
            split.name = args.field()?.node;
        } else if args.keyword("period") {
            let period = args.string("a period")?;
            let span = match period.node.to_ascii_lowercase().as_str() {
                "second" => "1s",
                "minute" => "1m",
                "hour" => "1h",
                "day" => "1d",
                "month" => "1mon",
                "year" => "1y",
                // As wide as the range of time wants it.
                "auto" => {
                    split.bins = Some(BinOptions::default());
                    continue;
                }
                other => {
                    bail!(Argument, period.span, "pivot has no period `{other}`"; hint: "auto, second, minute, hour, day, month or year")
                }
            };
            let span = BinSpan::parse(span).map_err(|e| Box::new((*e).at(period.span)))?;
            split.bins = Some(BinOptions { span: Some(span), ..BinOptions::default() });
        } else if args.keyword("range") {
            split.bins = Some(range(args)?);
        } else if args.keyword("truelabel") {
            split.labels[0] = Some(args.string("a label")?.node);
        } else if args.keyword("falselabel") {
            split.labels[1] = Some(args.string("a label")?.node);
        } else {
            return Ok(split);
        }
    }
}

/// `start= end= max= size=`, any of them.
fn range(args: &mut Args<'_>) -> Result<BinOptions> {
    let mut options = BinOptions::default();
    while let Some((name, value)) = args.next_option()? {
        let own = match name.node.to_ascii_lowercase().as_str() {
            "size" => "span",
            "max" => "bins",
            "start" => "start",
            "end" => "end",
            other => bail!(Argument, name.span, "RANGE has no option `{other}`"; hint: "start, end, max or size"),
        };
        options.set(own, &value)?;
    }
    Ok(options)
}

/// `field op value`, of which the operator may be a sign or a word.
fn filter(args: &mut Args<'_>) -> Result<SearchPredicate> {
    // `field=value` looks like an option.
    let option = if args.at_option() { args.next_option()? } else { None };
    let (field, equal) = match option {
        Some((name, value)) => (field_name(name.node), Some(value.text()?)),
        None => (field_name(args.field()?.node), None),
    };
    let test = |op: CompareOp, text: &str| {
        let span = crate::error::Span::default();
        let value = SearchValue { text: text.to_owned(), quoted: true, form: TermForm::Plain, span };
        SearchPredicate::Field(field.clone(), FieldTest::compare(op, &value))
    };
    if let Some(value) = equal {
        return Ok(test(CompareOp::Equal, &value));
    }
    let exists = SearchPredicate::Field(field.clone(), FieldTest::Exists);
    let here = args.here();
    let sign = ["!=", "<=", ">=", "==", "=", "<", ">"].into_iter().find(|sign| args.punct(sign));
    let word = match sign {
        Some(sign) => sign.to_owned(),
        None => args.string("a comparison")?.node.to_ascii_lowercase(),
    };
    if word == "isnull" {
        return Ok(SearchPredicate::Not(Box::new(exists)));
    }
    if word == "isnotnull" {
        return Ok(exists);
    }
    if word == "in" {
        let Some(mut inner) = args.group() else { bail!(Syntax, args.here(), "in needs a list in parentheses") };
        let mut tests = Vec::new();
        while !inner.is_empty() {
            tests.push(test(CompareOp::Equal, &inner.string("a value")?.node));
            while inner.punct(",") {}
        }
        return Ok(SearchPredicate::any(tests));
    }
    let value = args.string("a value")?.node;
    Ok(match &*word {
        "=" | "==" | "is" => test(CompareOp::Equal, &value),
        "!=" | "isnot" => test(CompareOp::NotEqual, &value),
        "<" => test(CompareOp::Less, &value),
        "<=" => test(CompareOp::LessEqual, &value),
        ">" => test(CompareOp::Greater, &value),
        ">=" => test(CompareOp::GreaterEqual, &value),
        "contains" => test(CompareOp::Equal, &format!("*{value}*")),
        "doesnotcontain" => SearchPredicate::Not(Box::new(test(CompareOp::Equal, &format!("*{value}*")))),
        "startswith" | "beginswith" => test(CompareOp::Equal, &format!("{value}*")),
        "doesnotstartwith" => SearchPredicate::Not(Box::new(test(CompareOp::Equal, &format!("{value}*")))),
        "endswith" => test(CompareOp::Equal, &format!("*{value}")),
        "doesnotendwith" => SearchPredicate::Not(Box::new(test(CompareOp::Equal, &format!("*{value}")))),
        other => bail!(Argument, here, "pivot has no comparison `{other}`"),
    })
}
