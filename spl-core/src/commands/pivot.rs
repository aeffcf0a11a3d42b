//! `pivot`: a table of cells over rows and columns from the events of a dataset; what stats and chart do, in other words.
//!
//! Source: Search Reference, "pivot".

use super::bin::{binned, options::BinOptions};
use super::dataset::DatasetSource;
use super::prelude::*;
use super::stats::clause::{self, Argument, Settings, Term};
use super::template::quoted;
use crate::expr::{FieldTest, SearchPredicate};
use crate::syntax::ast::{CompareOp, SearchValue, TermForm};
use crate::time::BinSpan;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "pivot",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "pivot <model> <dataset> <stats-func> [AS <field>]... [SPLITROW <field> [AS <field>] [PERIOD <period>] [RANGE size=<num>]]... [SPLITCOL <field> ...] [FILTER <field> <op> <value>]... [NUMCOLS <int>] [SHOWOTHER <bool>] [ROWSUMMARY <bool>] [COLSUMMARY <bool>] [SORT <int> <field>]",
    summary: "Aggregates a dataset's events into cells over rows and columns.",
    examples: &[],
    parse: |args| Ok(Box::new(Pivot::parse(args)?)),
};

#[derive(Debug)]
struct Pivot {
    model: Spanned<String>,
    dataset: Spanned<String>,
    /// Each with its text.
    cells: Vec<(Term, String)>,
    rows: Vec<Split>,
    columns: Vec<Split>,
    condition: SearchPredicate,
    most_columns: Option<usize>,
    other: bool,
    row_sums: bool,
    column_sums: bool,
    sort: Option<(i64, String)>,
}

/// A field whose values are rows or columns.
#[derive(Debug)]
struct Split {
    field: String,
    name: String,
    bins: Option<BinSpan>,
}

impl Pivot {
    fn parse(args: &mut Args<'_>) -> Result<Pivot> {
        let model = args.string("a data model")?;
        let dataset = args.string("a dataset")?;
        let mut pivot = Pivot {
            model,
            dataset,
            cells: Vec::new(),
            rows: Vec::new(),
            columns: Vec::new(),
            condition: SearchPredicate::Always(true),
            most_columns: None,
            other: true,
            row_sums: false,
            column_sums: false,
            sort: None,
        };
        let mut conditions = Vec::new();
        loop {
            while args.punct(",") {}
            let here = args.here();
            if args.is_empty() {
                break;
            } else if args.keyword("splitrow") {
                pivot.rows.push(split(args)?);
            } else if args.keyword("splitcol") {
                pivot.columns.push(split(args)?);
            } else if args.keyword("filter") {
                conditions.push(filter(args)?);
            } else if args.keyword("numcols") {
                pivot.most_columns = usize::try_from(args.int("a number of columns")?.node).ok();
            } else if args.keyword("showother") {
                pivot.other = flag(args)?;
            } else if args.keyword("rowsummary") {
                pivot.row_sums = flag(args)?;
            } else if args.keyword("colsummary") {
                pivot.column_sums = flag(args)?;
            } else if args.keyword("sort") || args.keyword("rowsort") {
                pivot.sort = Some((args.int("a number of rows")?.node, args.field()?.node));
            } else if args.at_keyword("limit") {
                bail!(Unsupported, here, "pivot does not take LIMIT"; hint: "top or head behind pivot limit the rows");
            } else {
                let (term, text) = args.text_of(clause::term)?;
                pivot.cells.push((term, text));
            }
        }
        if pivot.cells.is_empty() {
            bail!(Syntax, args.here(), "pivot needs a cell"; hint: "such as count({})", pivot.dataset.node);
        }
        if pivot.columns.len() > 1 || (pivot.columns.len() == 1 && pivot.rows.len() != 1) {
            bail!(Unsupported, args.span(), "pivot takes one SPLITCOL, with one SPLITROW");
        }
        pivot.condition = SearchPredicate::all(conditions);
        Ok(pivot)
    }
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
    let mut split = Split { name: field.clone(), field, bins: None };
    loop {
        let here = args.here();
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
                "auto" => continue,
                other => {
                    bail!(Argument, period.span, "pivot has no period `{other}`"; hint: "second, minute, hour, day, month or year")
                }
            };
            split.bins = Some(BinSpan::parse(span).map_err(|e| Box::new((*e).at(period.span)))?);
        } else if args.keyword("range") {
            while let Some((name, value)) = args.next_option()? {
                if name.node.eq_ignore_ascii_case("size") {
                    split.bins = Some(BinSpan::parse(&value.text()?).map_err(|e| Box::new((*e).at(here)))?);
                }
            }
        } else if args.keyword("truelabel") || args.keyword("falselabel") {
            args.string("a label")?;
        } else {
            return Ok(split);
        }
    }
}

/// `field op value`, of which the operator may be a sign or a word.
fn filter(args: &mut Args<'_>) -> Result<SearchPredicate> {
    let field = field_name(args.field()?.node);
    let test = |op: CompareOp, text: &str| {
        let span = crate::error::Span::default();
        let value = SearchValue { text: text.to_owned(), quoted: true, form: TermForm::Plain, span };
        SearchPredicate::Field(field.clone(), FieldTest::compare(op, &value))
    };
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

impl Command for Pivot {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !input.is_nothing() {
            bail!(Syntax, "pivot must be the first command of a search");
        }
        let model = cx.catalog.data_models().get(&self.model.node);
        let model = model.map_err(|e| Box::new((*e).at(self.model.span)))?;
        let view = model.view(&self.dataset.node).map_err(|e| Box::new((*e).at(self.dataset.span)))?;
        let source = DatasetSource { model, view: Some(view) };
        let mut needed = FieldSet::none();
        let mut cells = Vec::new();
        for (cell, text) in &self.cells {
            let mut cell = cell.clone();
            match &cell.argument {
                // `count(Dataset)` counts events.
                Argument::Field(field) if *field == self.dataset.node && cell.aggregate.name == "count" => {
                    cell.argument = Argument::Rows;
                }
                Argument::Field(field) => needed.insert(field),
                _ => {}
            }
            cells.push((cell, text));
        }
        let splits = || self.rows.iter().chain(&self.columns);
        splits().for_each(|split| needed.insert(&split.field));
        let mut plan = source.plan(&needed, self.condition.clone(), true, cx)?;
        for split in splits() {
            plan = match split.bins {
                Some(span) => {
                    let options = BinOptions { span: Some(span), ..BinOptions::default() };
                    binned(plan, &split.field, &split.name, options)
                }
                None if split.name != split.field => {
                    let value = Arc::new(Expression::field(&split.field));
                    super::lower::extend(plan, [Assignment { target: field_name(&split.name), value }])
                }
                None => plan,
            };
        }
        let plan = match &self.columns[..] {
            [] => {
                let terms: Vec<Term> = cells.into_iter().map(|(term, _)| term).collect();
                let (plan, calls, _) = clause::lower(&terms, Settings::default(), plan, cx)?;
                let by: Vec<FieldName> = self.rows.iter().map(|split| field_name(&split.name)).collect();
                Plan::Aggregate(Box::new(plan), by.into(), calls.into())
            }
            columns => {
                let text = |(term, text): (Term, &String)| match (&term.argument, term.named) {
                    (Argument::Rows, true) => format!("count AS {}", quoted(&term.name)),
                    (Argument::Rows, false) => "count".to_owned(),
                    _ => text.clone(),
                };
                let cells: Vec<String> = cells.into_iter().map(text).collect();
                let over = |splits: &[Split]| splits.first().map_or(String::new(), |split| quoted(&split.name));
                let limit = self.most_columns.map_or(String::new(), |most| format!(" limit={most}"));
                let (other, cells) = (self.other, cells.join(", "));
                let (row, column) = (over(&self.rows), over(columns));
                onto(plan, &format!("chart{limit} useother={other} {cells} OVER {row} BY {column}"), cx)?
            }
        };
        let plan = if self.row_sums { onto(plan, "addtotals", cx)? } else { plan };
        let plan = match &self.sort {
            Some((rows, field)) => {
                let (sign, field) = field.strip_prefix('-').map_or(("", &**field), |field| ("-", field));
                onto(plan, &format!("sort {rows} {sign}{}", quoted(field)), cx)?
            }
            None => plan,
        };
        if self.column_sums { onto(plan, "addcoltotals", cx) } else { Ok(plan) }
    }
}

/// The plan with a command behind it, given as text.
fn onto(plan: Plan, command: &str, cx: &mut PlanContext<'_>) -> Result<Plan> {
    let text = format!("| {command}");
    let pipeline = crate::syntax::parse(&text).map_err(|e| Box::new((*e).in_text(&text)))?;
    cx.plan_onto(plan, &pipeline)
}
