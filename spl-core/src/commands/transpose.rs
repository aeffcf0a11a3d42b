//! `transpose`: rows become columns.

use super::prelude::*;
use super::stats::clause::declare;

/// Rows that become columns when nothing is said.
const ROWS: usize = 5;
/// Columns that there may be.
const MOST_COLUMNS: usize = 100_000;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "transpose",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "transpose [<int>] [column_name=<string>] [header_field=<field>] [include_empty=<bool>]",
    summary: "Turns the first rows into columns: a row for each field, a column for each row.",
    examples: &[Example {
        spl: "| makeresults count=2 | streamstats count AS n | eval m=n*n | table n m | transpose",
        result: "column | row 1 | row 2\nn | 1 | 2\nm | 1 | 4",
    }],
    parse: |args| {
        let column_name = args.option("column_name")?.string()?.unwrap_or_else(|| "column".to_owned());
        let header_field = args.option("header_field")?.string()?;
        let include_empty = args.option("include_empty")?.bool()?.unwrap_or(true);
        let rows = args.option("int")?.count()?;
        let count = args.int_if_any().map(|n| usize::try_from(n.node).unwrap_or(0));
        args.end()?;
        Ok(Box::new(Transpose { rows: rows.or(count).unwrap_or(ROWS), column_name, header_field, include_empty }))
    },
};

#[derive(Clone, Debug)]
struct Transpose {
    /// How many rows; 0 is all.
    rows: usize,
    column_name: String,
    header_field: Option<String>,
    include_empty: bool,
}

impl Command for Transpose {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(self.clone()))
    }
}

impl CommandNode for Transpose {
    fn describe(&self) -> String {
        format!("transpose {}", self.rows)
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        let fields: Vec<FieldName> = input
            .fields()
            .into_iter()
            .filter(|field| !field.starts_with('_') && self.header_field.as_deref() != Some(&**field))
            .collect();
        let batch = input.into_single();
        let rows = if self.rows == 0 { batch.rows() } else { self.rows.min(batch.rows()) };
        if rows > MOST_COLUMNS {
            bail!(Limit, "transpose would make {rows} columns, more than the limit of {MOST_COLUMNS}");
        }
        let columns: Vec<Column> = fields.iter().map(|field| batch.column_or_null(field)).collect();
        // Without rows there is nothing to turn.
        let kept: Vec<usize> = (0..if rows == 0 { 0 } else { fields.len() })
            .filter(|&at| self.include_empty || (0..rows).any(|row| !columns[at].get(row).text().is_empty()))
            .collect();
        let mut result = Batch::new(kept.len());
        let mut shown = vec![field_name(&self.column_name)];
        result.set(&self.column_name, texts(kept.iter().map(|&at| Value::str(&fields[at])).collect()));
        for row in 0..rows {
            let title = match &self.header_field {
                Some(field) => match batch.get(field, row) {
                    ValueRef::Null => format!("row {}", row + 1),
                    value => value.text().into_owned(),
                },
                None => format!("row {}", row + 1),
            };
            result.set(&title, texts(kept.iter().map(|&at| columns[at].value(row)).collect()));
            declare(&mut shown, &title);
        }
        Ok(Table::in_order(vec![result]).with_fields(shown))
    }
}

fn texts(values: Vec<Value>) -> Column {
    let mut builder = crate::table::ColumnBuilder::default();
    values.into_iter().for_each(|value| builder.push(value));
    builder.finish()
}
