//! `contingency`: how often values of two fields occur together.

use super::prelude::*;
use super::stats::clause::declare;
use crate::exec::{KeyColumn, aggregate_by_keys, spread_multivalues};
use crate::plan::AggregateCall;

/// Rows and columns when nothing is said.
const MOST: usize = 1_000;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "contingency",
    aliases: &["counttable", "ctable"],
    kind: Kind::Transforming,
    syntax: "contingency [maxrows=<int>] [maxcols=<int>] [mincolcover=<num>] [minrowcover=<num>] [usetotal=<bool>] [totalstr=<field>] <field> <field>",
    summary: "A table of how often values of two fields occur together, the most frequent first.",
    examples: &[Example {
        spl: "| makeresults count=3 | streamstats count AS n | eval a=n%2, b=\"x\" | contingency a b",
        result: "a | x | TOTAL\n1 | 2 | 2\n0 | 1 | 1\nTOTAL | 3 | 3",
    }],
    parse: |args| {
        let rows = args.option("maxrows")?.count()?.unwrap_or(MOST);
        let columns = args.option("maxcols")?.count()?.unwrap_or(MOST);
        let column_cover = share(args.option("mincolcover")?)?;
        let row_cover = share(args.option("minrowcover")?)?;
        let total = args.option("usetotal")?.bool()?.unwrap_or(true);
        let total_name = args.option("totalstr")?.string()?.unwrap_or_else(|| "TOTAL".to_owned());
        let first = args.field()?;
        while args.punct(",") {}
        let second = args.field()?;
        args.end()?;
        for field in [&first, &second] {
            if field.node.contains('*') {
                bail!(Argument, field.span, "contingency takes no wildcards, as in `{}`", field.node);
            }
        }
        let most = |given: usize| if given == 0 { MOST } else { given };
        Ok(Box::new(Contingency {
            fields: [field_name(first.node), field_name(second.node)],
            most: [most(rows), most(columns)],
            cover: [row_cover, column_cover],
            total: total.then_some(total_name),
        }))
    },
};

fn share(option: crate::syntax::args::Opt<'_>) -> Result<f64> {
    match option.float()? {
        None => Ok(1.0),
        Some(share) if (0.0..=1.0).contains(&share) => Ok(share),
        Some(share) => {
            bail!(Argument, option.span().unwrap_or_default(), "a cover lies between 0 and 1, not at {share}")
        }
    }
}

#[derive(Clone, Debug)]
struct Contingency {
    /// Of the rows and of the columns.
    fields: [FieldName; 2],
    most: [usize; 2],
    /// The share of events that the values shown must make up.
    cover: [f64; 2],
    total: Option<String>,
}

impl Command for Contingency {
    fn kind(&self) -> Kind {
        Kind::Transforming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(self.clone()))
    }
}

impl CommandNode for Contingency {
    fn describe(&self) -> String {
        format!("contingency {}", self.fields.join(" "))
    }

    fn reads(&self, _: &FieldSet) -> FieldSet {
        FieldSet::of(&self.fields)
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let batches: Vec<Batch> =
            input.into_batches().into_iter().map(|b| spread_multivalues(b, &self.fields)).collect();
        let keys = [KeyColumn::new(&batches, &self.fields[0]), KeyColumn::new(&batches, &self.fields[1])];
        let count = crate::aggregates::find("count").map(|(aggregate, _)| AggregateCall {
            aggregate,
            call: crate::aggregates::Call::new(Default::default()),
            field: None,
            output: "count".to_owned(),
        });
        let calls: Vec<AggregateCall> = count.into_iter().collect();
        let groups = aggregate_by_keys(&batches, &[keys[0].codes(), keys[1].codes()], &calls, cx)?;
        let counts: Vec<f64> = (1..=groups.count).map(|g| groups.columns[0].get(g).number().unwrap_or(0.0)).collect();
        // The values shown, most frequent first, and the place of each code.
        let shown = [0, 1].map(|axis| self.shown(axis, &keys[axis], &groups.keys[axis], &counts));
        let place = [0, 1].map(|axis| {
            let mut place = vec![usize::MAX; keys[axis].dictionary.len() + 1];
            shown[axis].iter().enumerate().for_each(|(at, &code)| place[code as usize] = at);
            place
        });
        let (rows, columns) = (shown[0].len(), shown[1].len());
        let mut cells = vec![vec![0.0; rows]; columns];
        for (g, &count) in counts.iter().enumerate() {
            let (row, column) = (place[0][groups.keys[0][g] as usize], place[1][groups.keys[1][g] as usize]);
            if row != usize::MAX && column != usize::MAX {
                cells[column][row] += count;
            }
        }
        let text = |axis: usize, code: u32| keys[axis].dictionary.get(code).unwrap_or("");
        let mut labels: Vec<Value> = shown[0].iter().map(|&code| Value::str(text(0, code))).collect();
        let mut titles: Vec<&str> = shown[1].iter().map(|&code| text(1, code)).collect();
        if let Some(total) = self.total.as_ref().filter(|_| rows > 0) {
            let sums = (0..rows).map(|row| cells.iter().map(|column| column[row]).sum()).collect();
            cells.push(sums);
            titles.push(total);
            labels.push(Value::str(total));
            cells.iter_mut().for_each(|column| column.push(column.iter().sum()));
        }
        let mut result = Batch::new(labels.len());
        let mut fields = vec![self.fields[0].clone()];
        result.set(&self.fields[0], Column::from_values(labels));
        for (title, column) in titles.iter().zip(cells) {
            result.set(title, Column::from_numbers(column));
            declare(&mut fields, title);
        }
        Ok(Table::in_order(vec![result]).with_fields(fields))
    }
}

impl Contingency {
    /// The codes of an axis that are shown: the most frequent ones, until they cover enough or are too many.
    fn shown(&self, axis: usize, key: &KeyColumn, codes: &[u32], counts: &[f64]) -> Vec<u32> {
        let mut totals = vec![0.0; key.dictionary.len() + 1];
        codes.iter().zip(counts).for_each(|(&code, count)| totals[code as usize] += count);
        let ranks = key.dictionary.ranks();
        let mut order: Vec<u32> = (1..totals.len() as u32).filter(|&code| totals[code as usize] > 0.0).collect();
        order.sort_by(|&a, &b| {
            let by_count = totals[b as usize].total_cmp(&totals[a as usize]);
            by_count.then(ranks[a as usize].cmp(&ranks[b as usize]))
        });
        let wanted = self.cover[axis] * counts.iter().sum::<f64>();
        let mut covered = 0.0;
        let enough = order.iter().position(|&code| {
            covered += totals[code as usize];
            covered >= wanted
        });
        order.truncate(enough.map_or(order.len(), |at| at + 1).min(self.most[axis]));
        order
    }
}
