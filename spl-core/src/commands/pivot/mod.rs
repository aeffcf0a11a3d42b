//! `pivot`: a table of cells over rows and columns from the events of a dataset; what stats and chart do, in other words.
//!
//! Source: Search Reference, "pivot".

mod keys;
mod limit;
mod parse;

use super::bin::{binned, options::BinOptions};
use super::dataset::DatasetSource;
use super::prelude::*;
use super::stats::clause::{self, Argument, Settings, Term};
use super::template::quoted;
use crate::expr::SearchPredicate;
use keys::{COLUMN, Keys, ROW, Restore};
use limit::Limited;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "pivot",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "pivot <model> <dataset> <stats-func> [AS <field>]... [SPLITROW <field> [AS <field>] [RANGE start=<num> end=<num> max=<int> size=<num>] [PERIOD <period>] [TRUELABEL <string>] [FALSELABEL <string>]]... [SPLITCOL <field> ...]... [FILTER <field> <op> <value>]... [LIMIT <field> BY TOP|BOTTOM <int> <stats-func>]... [NUMCOLS <int>] [SHOWOTHER <bool>] [ROWSUMMARY <bool>] [COLSUMMARY <bool>] [SORT <int> <field>] [TOP|BOTTOM <int> <stats-func>]",
    summary: "Aggregates a dataset's events into cells over rows and columns.",
    examples: &[],
    parse: |args| Ok(Box::new(parse::pivot(args)?)),
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
    limits: Vec<Limit>,
    most_columns: usize,
    other: bool,
    row_sums: bool,
    column_sums: bool,
    sort: Option<Sort>,
}

/// A field whose values are rows or columns.
#[derive(Debug)]
struct Split {
    field: String,
    name: String,
    bins: Option<BinOptions>,
    /// What stands for true and for false.
    labels: [Option<String>; 2],
}

/// Only the values of a field with the highest or lowest results of an aggregate.
#[derive(Debug)]
struct Limit {
    field: String,
    top: bool,
    most: usize,
    by: Term,
}

/// How rows are sorted.
#[derive(Debug)]
enum Sort {
    /// At most so many (0 is all), by a field, which a minus turns round.
    Field(i64, String),
    /// By the cell of an aggregate, the highest first or last.
    Cell(bool, Term),
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
        // `count(Dataset)` counts events.
        let whole = |mut term: Term| {
            if matches!(&term.argument, Argument::Field(field) if *field == self.dataset.node)
                && term.aggregate.name == "count"
            {
                term.argument = Argument::Rows;
            }
            term
        };
        let cells: Vec<(Term, &String)> = self.cells.iter().map(|(cell, text)| (whole(cell.clone()), text)).collect();
        for term in cells.iter().map(|(term, _)| term).chain(self.limits.iter().map(|limit| &limit.by)) {
            if let Argument::Field(field) = &term.argument {
                needed.insert(field);
            }
        }
        let splits = || self.rows.iter().chain(&self.columns);
        // By its field, or by the label that it is shown under.
        let split_of = |limit: &Limit| splits().find(|split| split.field == limit.field || split.name == limit.field);
        let limited = self.limits.iter().map(|limit| split_of(limit).map_or(&limit.field, |split| &split.field));
        splits().map(|split| &split.field).chain(limited).for_each(|field| needed.insert(field));
        let mut plan = source.plan(&needed, self.condition.clone(), true, cx)?;
        for split in splits() {
            plan = split.plan(plan);
        }
        for limit in &self.limits {
            let split = split_of(limit);
            let (over, calls, _) = clause::lower(&[whole(limit.by.clone())], Settings::default(), plan, cx)?;
            plan = over.command(Limited {
                field: field_name(split.map_or(&limit.field, |split| &split.name)),
                is_split: split.is_some(),
                top: limit.top,
                most: limit.most,
                calls,
            });
        }
        let rows: Vec<FieldName> = self.rows.iter().map(|split| field_name(&split.name)).collect();
        let plan = match &self.columns[..] {
            [] => {
                let terms: Vec<Term> = cells.iter().map(|(term, _)| term.clone()).collect();
                let (plan, calls, _) = clause::lower(&terms, Settings::default(), plan, cx)?;
                Plan::Aggregate(Box::new(plan), rows.clone().into(), calls.into())
            }
            _ => self.chart(plan, &rows, &cells, cx)?,
        };
        let plan = if self.row_sums { beside(plan, &rows, "addtotals", cx)? } else { plan };
        let plan = self.sorted(plan, &whole, &cells, cx)?;
        if self.column_sums { beside(plan, &rows, "addcoltotals", cx) } else { Ok(plan) }
    }
}

impl Pivot {
    /// Cells over rows and columns, of which several make one key.
    fn chart(
        &self,
        plan: Plan,
        rows: &[FieldName],
        cells: &[(Term, &String)],
        cx: &mut PlanContext<'_>,
    ) -> Result<Plan> {
        let columns: Vec<FieldName> = self.columns.iter().map(|split| field_name(&split.name)).collect();
        let (plan, row) = match rows {
            [row] => (plan, quoted(row)),
            rows => (plan.command(Keys { fields: rows.into(), columns: false }), quoted(ROW)),
        };
        let (plan, column) = match &columns[..] {
            [column] => (plan, quoted(column)),
            columns => (plan.command(Keys { fields: columns.into(), columns: true }), quoted(COLUMN)),
        };
        let text = |(term, text): &(Term, &String)| match (&term.argument, term.named) {
            (Argument::Rows, true) => format!("count AS {}", quoted(&term.name)),
            (Argument::Rows, false) => "count".to_owned(),
            _ => (*text).clone(),
        };
        let cells = cells.iter().map(text).collect::<Vec<_>>().join(", ");
        let (most, other) = (self.most_columns, self.other);
        let plan = onto(plan, &format!("chart limit={most} useother={other} {cells} OVER {row} BY {column}"), cx)?;
        Ok(if rows.len() == 1 { plan } else { plan.command(Restore { fields: rows.into() }) })
    }

    fn sorted(
        &self,
        plan: Plan,
        whole: &dyn Fn(Term) -> Term,
        cells: &[(Term, &String)],
        cx: &mut PlanContext<'_>,
    ) -> Result<Plan> {
        match &self.sort {
            Some(Sort::Field(rows, field)) => {
                let (sign, field) = field.strip_prefix('-').map_or(("", &**field), |field| ("-", field));
                onto(plan, &format!("sort {rows} {sign}{}", quoted(field)), cx)
            }
            // With columns there is no one cell to sort by.
            Some(Sort::Cell(top, by)) if self.columns.is_empty() => {
                let by = whole(by.clone());
                let same = |(cell, _): &&(Term, &String)| {
                    cell.aggregate.name == by.aggregate.name
                        && match (&cell.argument, &by.argument) {
                            (Argument::Rows, Argument::Rows) => true,
                            (Argument::Field(a), Argument::Field(b)) => a == b,
                            _ => false,
                        }
                };
                match cells.iter().find(same) {
                    Some((cell, _)) => {
                        let sign = if *top { "-" } else { "" };
                        onto(plan, &format!("sort 0 {sign}{}", quoted(&cell.name)), cx)
                    }
                    None => Ok(plan),
                }
            }
            Some(Sort::Cell(..)) | None => Ok(plan),
        }
    }
}

impl Split {
    /// The field as it is split by, under its name.
    fn plan(&self, plan: Plan) -> Plan {
        let Split { field, name, bins, labels } = self;
        let plan = match labels {
            [None, None] => plan,
            labels => {
                let labels = labels.clone();
                let label = move |value: &Value| {
                    let label = match value.text().to_ascii_lowercase().as_str() {
                        "1" | "t" | "true" => &labels[0],
                        "0" | "f" | "false" => &labels[1],
                        _ => &None,
                    };
                    label.as_ref().map_or_else(|| value.clone(), Value::str)
                };
                let labelled = super::lower::assign(name, format!("labels of {field}"), &[field], move |values, _| {
                    Ok(super::lower::each(&values[0], &label))
                });
                return super::lower::extend(plan, [labelled]);
            }
        };
        match bins {
            Some(options) => binned(plan, field, name, options.clone()),
            None if name != field => {
                let value = Arc::new(Expression::field(field));
                super::lower::extend(plan, [Assignment { target: field_name(name), value }])
            }
            None => plan,
        }
    }
}

/// The plan with a command behind it that shall not see the fields of rows as numbers to add up: they are internal meanwhile.
fn beside(plan: Plan, rows: &[FieldName], command: &str, cx: &mut PlanContext<'_>) -> Result<Plan> {
    let names: Vec<(String, String)> = (0..)
        .zip(rows.iter().filter(|row| !row.starts_with('_')))
        .map(|(n, row)| (row.to_string(), format!("_pivot_row_{n}")))
        .collect();
    let back: Vec<(String, String)> = names.iter().map(|(name, internal)| (internal.clone(), name.clone())).collect();
    let plan = onto(Plan::Rename(Box::new(plan), names.into()), command, cx)?;
    Ok(Plan::Rename(Box::new(plan), back.into()))
}

/// The plan with a command behind it, given as text.
fn onto(plan: Plan, command: &str, cx: &mut PlanContext<'_>) -> Result<Plan> {
    let text = format!("| {command}");
    let pipeline = crate::syntax::parse(&text).map_err(|e| Box::new((*e).in_text(&text)))?;
    cx.plan_onto(plan, &pipeline)
}
