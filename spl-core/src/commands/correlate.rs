//! `correlate`: how often fields occur together.

use super::prelude::*;
use crate::table::Bitmap;

/// Fields at most.
const MOST: usize = 1_000;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "correlate",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "correlate",
    summary: "Gives a matrix of how often two fields occur together: 1.00 is always, 0.00 never.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"a,b\n1,2\n3,\n4,5\n6,\" | correlate",
        result: "RowField | a    | b\na        | 1.00 | 0.50\nb        | 0.50 | 1.00",
    }],
    parse: |args| {
        // Splunk knows one type of correlation.
        args.option("type")?.one_of(&["cocur"])?;
        args.end()?;
        Ok(Box::new(Correlate))
    },
};

#[derive(Debug)]
struct Correlate;

impl Command for Correlate {
    fn kind(&self) -> Kind {
        Kind::Transforming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(Correlate))
    }
}

impl CommandNode for Correlate {
    fn describe(&self) -> String {
        "correlate".to_owned()
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let mut fields: Vec<FieldName> = input.fields().into_iter().filter(|f| !f.starts_with('_')).collect();
        fields.sort();
        if fields.len() > MOST {
            cx.warn(format!("correlate looks at {MOST} of {} fields", fields.len()));
            fields.truncate(MOST);
        }
        let present: Vec<Vec<Bitmap>> = fields
            .iter()
            .map(|field| input.batches().iter().map(|b| b.column_or_null(field).present()).collect())
            .collect();
        let counts: Vec<usize> = present.iter().map(|batches| batches.iter().map(Bitmap::count).sum()).collect();
        let together = |a: usize, b: usize| -> usize {
            let both = |(x, y): (&Bitmap, &Bitmap)| {
                let mut both = x.clone();
                both.and(y);
                both.count()
            };
            present[a].iter().zip(&present[b]).map(both).sum()
        };
        let mut rows = Vec::with_capacity(fields.len());
        for (a, field) in fields.iter().enumerate() {
            cx.check()?;
            let mut row = vec![Value::str(field)];
            for b in 0..fields.len() {
                let both = together(a, b);
                let either = counts[a] + counts[b] - both;
                row.push(Value::Fixed(if either == 0 { 0.0 } else { both as f64 / either as f64 }, 2));
            }
            rows.push(row);
        }
        let names: Vec<FieldName> = std::iter::once(field_name("RowField")).chain(fields.iter().cloned()).collect();
        Ok(Table::from_rows(&names, rows))
    }
}
