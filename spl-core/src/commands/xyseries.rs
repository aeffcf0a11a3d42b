//! `xyseries`: rows of (x, name, value) as a table with a row for each x and a column for each name.

use indexmap::IndexMap;

use super::chart::pivot::MOST_CELLS;
use super::prelude::*;
use super::stats::clause::declare;
use crate::exec::KeyColumn;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "xyseries",
    aliases: &["maketable"],
    kind: Kind::DatasetProcessing,
    syntax: "xyseries [grouped=<bool>] <x-field> <y-name-field> <y-data-field>... [sep=<string>] [format=<string>]",
    summary: "Turns results into a table: a row for each value of one field, a column for each value of another.",
    examples: &[Example {
        spl: "| makeresults count=4 | streamstats count AS n | eval x=n%2, name=if(n>2, \"b\", \"a\") | xyseries x name n",
        result: "x | a | b\n0 | 2 | 4\n1 | 1 | 3",
    }],
    parse: |args| {
        let grouped = args.option("grouped")?.bool()?.unwrap_or(false);
        let separator = args.option("sep")?.string()?.unwrap_or_else(|| ": ".to_owned());
        let format = args.option("format")?.string()?;
        let fields = args.field_list(&[])?;
        args.end()?;
        if let Some(pattern) = fields.iter().find(|field| field.node.contains('*')) {
            bail!(Argument, pattern.span, "xyseries takes no wildcards, as in `{}`", pattern.node);
        }
        let mut names = fields.into_iter().map(|field| field_name(field.node));
        let (Some(x), Some(name)) = (names.next(), names.next()) else {
            bail!(
                Syntax,
                args.here(),
                "xyseries needs three fields: of the rows, of the columns' names, and of the values"
            );
        };
        let data: Vec<FieldName> = names.collect();
        if data.is_empty() {
            bail!(Syntax, args.here(), "xyseries needs a third field, with the values");
        }
        Ok(Box::new(Xyseries { x, name, data, grouped, separator, format }))
    },
};

#[derive(Clone, Debug)]
struct Xyseries {
    x: FieldName,
    name: FieldName,
    data: Vec<FieldName>,
    /// Rows with the same x follow one another; their order stays.
    grouped: bool,
    separator: String,
    format: Option<String>,
}

impl Command for Xyseries {
    fn kind(&self) -> Kind {
        if self.grouped { Kind::DistributableStreaming } else { Kind::DatasetProcessing }
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(self.clone()))
    }
}

impl CommandNode for Xyseries {
    fn describe(&self) -> String {
        format!("xyseries {} {} {}", self.x, self.name, self.data.join(", "))
    }

    fn reads(&self, _: &FieldSet) -> FieldSet {
        FieldSet::of(self.data.iter().chain([&self.x, &self.name]))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let batch = input.into_single();
        let batches = std::slice::from_ref(&batch);
        let (xs, names) = (KeyColumn::new(batches, &self.x), KeyColumn::new(batches, &self.name));
        // The rows of the result, each by the first row that has its x; and the cells by the rows that fill them.
        let mut rows: Vec<(u32, u32)> = Vec::new();
        let mut row_of = vec![u32::MAX; xs.dictionary.len() + 1];
        let mut columns: IndexMap<u32, Vec<(u32, u32)>> = IndexMap::new();
        let mut last = 0;
        for row in 0..batch.rows() {
            let (x, name) = (xs.codes[0].get(row), names.codes[0].get(row));
            if x == 0 || name == 0 {
                continue;
            }
            let begins = row_of[x as usize] == u32::MAX || (self.grouped && last != x);
            if begins {
                row_of[x as usize] = rows.len() as u32;
                rows.push((x, row as u32));
            }
            last = x;
            columns.entry(name).or_default().push((row_of[x as usize], row as u32));
        }
        let width = columns.len() * self.data.len();
        if rows.len().saturating_mul(width) > MOST_CELLS {
            bail!(Limit, "a table of {} rows and {width} columns is too large for xyseries", rows.len());
        }
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        if !self.grouped {
            let ranks = xs.dictionary.ranks();
            order.sort_by_key(|&row| ranks[rows[row as usize].0 as usize]);
        }
        let ranks = names.dictionary.ranks();
        columns.sort_by_key(|&name, _| ranks[name as usize]);
        let firsts: Vec<u32> = order.iter().map(|&row| rows[row as usize].1).collect();
        let mut result = Batch::new(rows.len());
        let mut fields = vec![self.x.clone()];
        result.set(&self.x, batch.column_or_null(&self.x).take(&firsts));
        for data in &self.data {
            let values = batch.column_or_null(data);
            for (&name, cells) in &columns {
                cx.check()?;
                let mut picks = vec![u32::MAX; rows.len()];
                // Of several values for a cell the last counts.
                cells.iter().for_each(|&(row, from)| picks[row as usize] = from);
                let picks: Vec<u32> = order.iter().map(|&row| picks[row as usize]).collect();
                let title = self.title(data, names.dictionary.get(name).unwrap_or(""));
                result.set(&title, values.take_or_null(&picks));
                declare(&mut fields, &title);
            }
        }
        Ok(Table::in_order(vec![result]).with_fields(fields))
    }
}

impl Xyseries {
    fn title(&self, data: &str, name: &str) -> String {
        match &self.format {
            Some(format) => format.replace("$AGG$", data).replace("$VAL$", name),
            None if self.data.len() == 1 => name.to_owned(),
            None => format!("{data}{}{name}", self.separator),
        }
    }
}
