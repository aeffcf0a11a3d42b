//! `makecontinuous`: rows for the bins that no row has.

use super::bin::options::BinOptions;
use super::bin::values;
use super::chart::axis::low_end;
use super::prelude::*;

/// Bins when nothing is said.
const BINS: usize = 100;
/// Rows that may be added.
const MOST_ROWS: usize = 2_000_000;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "makecontinuous",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "makecontinuous [<field>] [bins=<int>] [span=<span>] [start=<num>] [end=<num>]",
    summary: "Bins a field, _time if none is named, and adds a row for each bin that no row is in.",
    examples: &[Example {
        spl: "| makeresults count=2 | streamstats count AS n | eval _time=7200*n | makecontinuous span=1h | table _time n",
        result: "_time | n\n7200 | 1\n10800 | null\n14400 | 2",
    }],
    parse: |args| {
        let options = BinOptions::of(args)?;
        let field = if args.is_empty() { "_time".to_owned() } else { args.field()?.node };
        args.end()?;
        Ok(Box::new(Makecontinuous { field: field_name(field), options }))
    },
};

#[derive(Clone, Debug)]
struct Makecontinuous {
    field: FieldName,
    options: BinOptions,
}

impl Command for Makecontinuous {
    fn kind(&self) -> Kind {
        Kind::Transforming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(self.clone()))
    }
}

impl CommandNode for Makecontinuous {
    fn describe(&self) -> String {
        format!("makecontinuous {}", self.field)
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of([&self.field]))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let mut batch = input.into_single();
        let column = batch.column_or_null(&self.field);
        let (low, high) = values::range(std::slice::from_ref(&column));
        if column.all_null() {
            return Ok(Table::in_order(vec![batch]).with_declared(declared));
        }
        // The bins from the lowest to the highest, as what stands in the field, and by which they are sorted.
        let (binned, bins) = if &*self.field == "_time" {
            self.times(&column, low, high, cx)?
        } else {
            self.numbers(&column, low, high)?
        };
        let key = |row: usize| match binned.get(row) {
            ValueRef::Null => f64::INFINITY,
            value => value.number().unwrap_or_else(|| low_end(&value.text())),
        };
        let mut rows: Vec<(f64, u32)> = (0..batch.rows()).map(|row| (key(row), row as u32)).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Rows and missing bins merged.
        let (mut picks, mut labels) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        let mut next = rows.into_iter().peekable();
        for (start, label) in bins {
            let mut any = false;
            while let Some((at, row)) = next.next_if(|(at, _)| *at <= start) {
                any |= at == start;
                picks.push(row);
                labels.push(binned.value(row as usize));
            }
            if !any {
                picks.push(u32::MAX);
                labels.push(label);
            }
        }
        for (_, row) in next {
            picks.push(row);
            labels.push(binned.value(row as usize));
        }
        let columns: Vec<(FieldName, Column)> =
            batch.columns().map(|(name, column)| (name.clone(), column.take_or_null(&picks))).collect();
        batch = Batch::new(picks.len()).with_columns(columns);
        batch.set(&self.field, Column::from_values(labels));
        Ok(Table::in_order(vec![batch]).with_declared(declared))
    }
}

type Bins = Vec<(f64, Value)>;

impl Makecontinuous {
    fn times(&self, column: &Column, low: f64, high: f64, cx: &RunContext<'_>) -> Result<(Column, Bins)> {
        let span = self.options.time_span(low, high, BINS);
        let zone = cx.functions.zone;
        let (first, last) = self.widened(low, high);
        let mut bins = Vec::new();
        let mut start = span.floor(first, None, zone);
        while start <= last {
            if bins.len() >= MOST_ROWS {
                return self.too_many();
            }
            bins.push((start, Value::Num(start)));
            let next = span.next(start, None, zone);
            if next <= start {
                break;
            }
            start = next;
        }
        Ok((values::times(column, span, None, zone), bins))
    }

    fn numbers(&self, column: &Column, low: f64, high: f64) -> Result<(Column, Bins)> {
        let span = self.options.number_span(low, high, BINS);
        let (first, last) = self.widened(low, high);
        let Some(bins) = values::bins(span, first, last, MOST_ROWS) else { return self.too_many() };
        let bins = bins.into_iter().map(|(start, label)| (start, Value::from(label))).collect();
        Ok((values::numbers(std::slice::from_ref(column), span).swap_remove(0), bins))
    }

    /// The range that is to be covered.
    fn widened(&self, low: f64, high: f64) -> (f64, f64) {
        (self.options.start.map_or(low, |start| start.min(low)), self.options.end.map_or(high, |end| end.max(high)))
    }

    fn too_many<T>(&self) -> Result<T> {
        bail!(Limit, "makecontinuous would add more than {MOST_ROWS} rows: choose a larger span");
    }
}
