//! `outlier`: numbers far from the middle, cut off or taken away.

use super::prelude::*;
use crate::table::{Bitmap, ColumnBuilder};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "outlier",
    aliases: &["outlierfilter"],
    kind: Kind::DatasetProcessing,
    syntax: "outlier [action=remove|transform] [mark=<bool>] [param=<num>] [uselower=<bool>] [<field-list>]",
    summary: "Cuts numbers further than 2.5 interquartile ranges above the median down to that, or drops their rows.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"n\n1\n2\n3\n4\n100\" | outlier",
        result: "n\n1\n2\n3\n4\n8",
    }],
    parse: |args| {
        let remove =
            args.option("action")?.one_of(&["remove", "rm", "transform", "tf"])?.is_some_and(|a| a.starts_with('r'));
        let mark = args.option("mark")?.bool()?.unwrap_or(false);
        let param = args.option("param")?.float()?.unwrap_or(DEFAULT_PARAM);
        let lower = args.option("uselower")?.bool()?.unwrap_or(false);
        args.option("type")?.one_of(&["iqr"])?;
        let fields = args.fields_if_any(&[])?.into_iter().map(|f| f.node).collect();
        args.end()?;
        Ok(Box::new(Outlier(Arc::new(Node { remove, mark, param, lower, fields }))))
    },
};

const DEFAULT_PARAM: f64 = 2.5;

#[derive(Debug)]
struct Outlier(Arc<Node>);

/// Also what `anomalydetection method=iqr` does.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) remove: bool,
    /// Whether what is cut off is marked by zeros in front.
    mark: bool,
    param: f64,
    /// Whether small numbers are looked at as well.
    lower: bool,
    pub(super) fields: Vec<String>,
}

impl Node {
    pub(super) fn new(remove: bool, fields: Vec<String>) -> Node {
        Node { remove, mark: false, param: DEFAULT_PARAM, lower: false, fields }
    }
}

impl Command for Outlier {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

/// The value below which a part of the sorted numbers lie, between neighbours if need be.
pub(super) fn quantile(sorted: &[f64], part: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = part * last as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

impl Node {
    /// The least and the greatest number that are no outliers.
    fn bounds(&self, mut numbers: Vec<f64>) -> (f64, f64) {
        numbers.sort_by(f64::total_cmp);
        let [low, middle, high] = [0.25, 0.5, 0.75].map(|part| quantile(&numbers, part));
        let distance = self.param * (high - low);
        (if self.lower { middle - distance } else { f64::NEG_INFINITY }, middle + distance)
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("outlier {}", self.fields.join(", ")).trim_end().to_owned()
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        if self.fields.is_empty() { FieldSet::all() } else { wanted.clone().union(&FieldSet::of(&self.fields)) }
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let fields = crate::exec::fields_or_all(&self.fields, input.fields());
        let mut batches = input.into_batches();
        let mut kept: Vec<Bitmap> = batches.iter().map(|b| Bitmap::filled(b.rows(), true)).collect();
        for field in fields {
            cx.check()?;
            let numbers = batches.iter().flat_map(|batch| {
                let column = batch.column_or_null(&field);
                (0..batch.rows())
                    .filter_map(move |row| column.get(row).number())
                    .filter(|n| n.is_finite())
                    .collect::<Vec<_>>()
            });
            let (least, most) = self.bounds(numbers.collect());
            let cut = |n: f64| {
                if n > most {
                    Some(most)
                } else if n < least {
                    Some(least)
                } else {
                    None
                }
            };
            for (batch, kept) in batches.iter_mut().zip(&mut kept) {
                let Some(column) = batch.column(&field) else { continue };
                let outside: Vec<Option<f64>> =
                    (0..batch.rows()).map(|row| column.get(row).number().and_then(cut)).collect();
                if outside.iter().all(Option::is_none) {
                    continue;
                }
                if self.remove {
                    kept.and(&Bitmap::from_fn(batch.rows(), |row| outside[row].is_none()));
                    continue;
                }
                let mut changed = ColumnBuilder::default();
                for (row, outside) in outside.into_iter().enumerate() {
                    changed.push(match outside {
                        Some(bound) if self.mark => Value::from(format!("000{}", crate::value::number_text(bound))),
                        Some(bound) => Value::Num(bound),
                        None => column.value(row),
                    });
                }
                batch.set(&field, changed.finish());
            }
        }
        let batches = batches.iter().zip(&kept).map(|(batch, kept)| batch.filter(kept)).collect();
        Ok(Table::in_order(batches).with_fields_after(declared))
    }
}
