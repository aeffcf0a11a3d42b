//! `addtotals` and `addcoltotals`: sums of each row's numbers, and of each column's.

use super::prelude::*;
use super::stats::clause::declare;
use crate::exec::{expand_fields, union};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "addtotals",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "addtotals [row=<bool>] [col=<bool>] [labelfield=<field>] [label=<string>] [fieldname=<field>] [<wc-field-list>]",
    summary: "Gives each row the sum of its numbers, and adds a row of column sums if that is asked for.",
    examples: &[Example {
        spl: "| makeresults count=2 | streamstats count AS a | eval b=10*a | table a b | addtotals col=t",
        result: "a | b | Total\n1 | 10 | 11\n2 | 20 | 22\n3 | 30 | 33",
    }],
    parse: |args| Ok(Box::new(parse(args, true)?)),
};

/// The specification of `addcoltotals`, which sums columns only.
pub(super) static COLUMNS: CommandSpec = CommandSpec {
    name: "addcoltotals",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "addcoltotals [labelfield=<field>] [label=<string>] [<wc-field-list>]",
    summary: "Adds a row with the sum of each column's numbers.",
    examples: &[Example {
        spl: "| makeresults count=2 | streamstats count AS a | eval b=10*a | table a b | addcoltotals",
        result: "a | b\n1 | 10\n2 | 20\n3 | 30",
    }],
    parse: |args| Ok(Box::new(parse(args, false)?)),
};

fn parse(args: &mut Args<'_>, rows: bool) -> Result<Addtotals> {
    let row = rows && args.option("row")?.bool()?.unwrap_or(true);
    let column = if rows { args.option("col")?.bool()?.unwrap_or(false) } else { true };
    let total = if rows { args.option("fieldname")?.string()? } else { None };
    let label_field = args.option("labelfield")?.string()?;
    let label = args.option("label")?.string()?.unwrap_or_else(|| "Total".to_owned());
    let fields = args.fields_if_any(&[])?;
    args.end()?;
    Ok(Addtotals {
        row,
        column,
        total: total.unwrap_or_else(|| "Total".to_owned()),
        label_field,
        label,
        fields: fields.into_iter().map(|field| field.node).collect(),
    })
}

#[derive(Clone, Debug)]
struct Addtotals {
    row: bool,
    column: bool,
    total: String,
    label_field: Option<String>,
    label: String,
    fields: Vec<String>,
}

impl Command for Addtotals {
    fn kind(&self) -> Kind {
        if self.column { Kind::Transforming } else { Kind::DistributableStreaming }
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(self.clone()))
    }
}

impl CommandNode for Addtotals {
    fn describe(&self) -> String {
        format!("addtotals row={} col={} {}", self.row, self.column, self.fields.join(", "))
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        if self.fields.is_empty() && self.row {
            return FieldSet::all();
        }
        wanted.clone().union(&FieldSet::of(&self.fields))
    }

    fn keeps_rows(&self) -> bool {
        !self.column
    }

    fn writes(&self) -> FieldSet {
        FieldSet::of([&self.total])
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let mut declared = input.declared_fields().map(<[_]>::to_vec);
        let present = input.fields();
        let patterns = if self.fields.is_empty() { vec!["*".to_owned()] } else { self.fields.clone() };
        let mut summed: Vec<FieldName> = expand_fields(&patterns, &present);
        summed.retain(|field| present.contains(field) && (!self.row || **field != *self.total));
        let mut batches = input.into_batches();
        if self.row {
            for batch in &mut batches {
                let totals = row_totals(batch, &summed);
                batch.set(&self.total, Column::from_numbers(totals));
            }
            if let Some(declared) = &mut declared {
                declare(declared, &self.total);
            }
        }
        if !self.column || batches.iter().all(|batch| batch.rows() == 0) {
            return Ok(Table::in_order(batches).with_declared(declared));
        }
        if self.row {
            summed.push(field_name(&self.total));
        }
        let mut last = Batch::new(1);
        for field in &summed {
            if let Some(sum) = column_sum(&batches, field) {
                last.set(field, Column::Const(Value::Num(sum), 1));
            }
        }
        if let Some(field) = &self.label_field {
            last.set(field, Column::Const(Value::str(&self.label), 1));
            if let Some(declared) = &mut declared {
                declare(declared, field);
            }
        }
        let whole = union(vec![Table::in_order(batches), Table::in_order(vec![last])]);
        Ok(whole.with_declared(declared))
    }
}

/// The sum of each row's numbers; 0 where there are none.
fn row_totals(batch: &Batch, fields: &[FieldName]) -> Vec<f64> {
    let mut totals = vec![0.0; batch.rows()];
    for column in fields.iter().filter_map(|field| batch.column(field)) {
        for (row, total) in totals.iter_mut().enumerate() {
            *total += column.get(row).number().unwrap_or(0.0);
        }
    }
    totals
}

/// The sum of a column's numbers; `None` when there are none.
fn column_sum(batches: &[Batch], field: &str) -> Option<f64> {
    let mut sum = None;
    for column in batches.iter().filter_map(|batch| batch.column(field)) {
        for n in (0..column.len()).filter_map(|row| column.get(row).number()) {
            sum = Some(sum.unwrap_or(0.0) + n);
        }
    }
    sum
}
