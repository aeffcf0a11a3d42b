//! `fieldsummary`: a row of statistics for each field.

use std::fmt::Write;

use super::prelude::*;
use crate::aggregates;
use crate::exec::{aggregate_groups, expand_fields, group_rows, spread_multivalues};
use crate::plan::AggregateCall;

/// Values listed when nothing is said.
const VALUES: usize = 100;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "fieldsummary",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "fieldsummary [maxvals=<int>] [<wc-field-list>]",
    summary: "Counts and statistics of fields, a row for each, with their most frequent values.",
    examples: &[Example {
        spl: "| makeresults count=2 | streamstats count AS n | fieldsummary n | table field count distinct_count max min",
        result: "field | count | distinct_count | max | min\nn | 2 | 2 | 2 | 1",
    }],
    parse: |args| {
        let most = args.option("maxvals")?.count()?.unwrap_or(VALUES);
        let fields = args.fields_if_any(&[])?;
        args.end()?;
        Ok(Box::new(Fieldsummary { most, fields: fields.into_iter().map(|field| field.node).collect() }))
    },
};

#[derive(Clone, Debug)]
struct Fieldsummary {
    most: usize,
    fields: Vec<String>,
}

impl Command for Fieldsummary {
    fn kind(&self) -> Kind {
        Kind::Transforming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(self.clone()))
    }
}

/// The columns of the result that are aggregates of the field's numbers.
const STATISTICS: [&str; 4] = ["max", "mean", "min", "stdev"];

impl CommandNode for Fieldsummary {
    fn describe(&self) -> String {
        format!("fieldsummary {}", self.fields.join(", "))
    }

    fn reads(&self, _: &FieldSet) -> FieldSet {
        if self.fields.is_empty() { FieldSet::all() } else { FieldSet::of(&self.fields) }
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let present = input.fields();
        let patterns = if self.fields.is_empty() { vec!["*".to_owned()] } else { self.fields.clone() };
        let mut fields = expand_fields(&patterns, &present);
        fields.retain(|field| present.contains(field));
        fields.sort();
        let batches = input.into_batches();
        let mut rows = Vec::new();
        for field in &fields {
            if let Some(row) = self.summary(field, &batches, cx)? {
                rows.push(row);
            }
        }
        let names =
            ["field", "count", "distinct_count", "is_exact", "max", "mean", "min", "numeric_count", "stdev", "values"];
        Ok(Table::from_rows(&names.map(field_name), rows))
    }
}

impl Fieldsummary {
    /// The row of a field; `None` when no row has it.
    fn summary(&self, field: &FieldName, batches: &[Batch], cx: &RunContext<'_>) -> Result<Option<Vec<Value>>> {
        let count =
            batches.iter().filter_map(|b| b.column(field)).map(|column| column.present().count()).sum::<usize>();
        if count == 0 {
            return Ok(None);
        }
        let only = |batch: &Batch| batch.with_columns([(field.clone(), batch.column_or_null(field))]);
        let batches: Vec<Batch> =
            batches.iter().map(|b| spread_multivalues(only(b), std::slice::from_ref(field))).collect();
        let call = |name: &str, of: Option<&str>| {
            aggregates::find(name).map(|(aggregate, _)| AggregateCall {
                aggregate,
                call: aggregates::Call::new(Default::default()),
                field: of.map(str::to_owned),
                output: name.to_owned(),
            })
        };
        // The distinct values, and the first row of each.
        let groups = group_rows(&batches, std::slice::from_ref(field));
        let calls: Vec<AggregateCall> =
            [call("count", None), call("first", Some(field))].into_iter().flatten().collect();
        let columns = aggregate_groups(&batches, &groups, &calls, cx)?;
        let mut values: Vec<(f64, String)> = (1..=groups.count)
            .map(|g| (columns[0].get(g).number().unwrap_or(0.0), columns[1].get(g).text().into_owned()))
            .collect();
        values.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let numeric: f64 = values.iter().filter(|(_, text)| is_number(text)).map(|(count, _)| count).sum();
        let whole = crate::exec::Grouping {
            groups: batches
                .iter()
                .map(|batch| {
                    let column = batch.column_or_null(field);
                    (0..batch.rows()).map(|row| u32::from(column.get(row).number().is_some())).collect()
                })
                .collect(),
            count: 1,
        };
        let calls: Vec<AggregateCall> = STATISTICS.iter().filter_map(|name| call(name, Some(field))).collect();
        let statistics = aggregate_groups(&batches, &whole, &calls, cx)?;
        let statistic = |at: usize| if numeric > 0.0 { statistics[at].value(1) } else { Value::Null };
        Ok(Some(vec![
            Value::str(field),
            Value::Num(count as f64),
            Value::Num(groups.count as f64),
            Value::Num(1.0),
            statistic(0),
            statistic(1),
            statistic(2),
            Value::Num(numeric),
            statistic(3),
            Value::from(json(&values[..self.most.min(values.len())])),
        ]))
    }
}

fn is_number(text: &str) -> bool {
    ValueRef::Str(text).number().is_some()
}

/// `[{"value":"x","count":2},...]`.
fn json(values: &[(f64, String)]) -> String {
    let mut text = String::from("[");
    for (i, (count, value)) in values.iter().enumerate() {
        let quoted = serde_json::Value::from(value.as_str());
        let _ = write!(text, "{}{{\"value\":{quoted},\"count\":{count}}}", if i > 0 { "," } else { "" });
    }
    text.push(']');
    text
}
