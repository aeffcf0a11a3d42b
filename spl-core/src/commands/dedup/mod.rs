//! `dedup`: the first rows of each combination of values.

mod few;

use rayon::prelude::*;

use super::prelude::*;
use super::sort::key;
use crate::exec::{Gather, Grouping, Reduce, expand_fields, group_rows, part_ranges, sort, sorted_picks};
use crate::plan::{SortKey, SortOrder};
use crate::table::Bitmap;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "dedup",
    aliases: &[],
    kind: Kind::DatasetProcessing,
    syntax: "dedup [<int>] <field-list> [keepevents=<bool>] [keepempty=<bool>] [consecutive=<bool>] [sortby (-|+)<sort-field>...]",
    summary: "Keeps the first row, or the first N, of each combination of the fields' values.",
    examples: &[Example {
        spl: "| makeresults count=4 | streamstats count AS n | eval odd=n%2 | dedup odd | table n odd",
        result: "n | odd\n1 | 1\n2 | 0",
    }],
    parse: |args| {
        let keep_events = args.option("keepevents")?.bool()?.unwrap_or(false);
        let keep_empty = args.option("keepempty")?.bool()?.unwrap_or(false);
        let consecutive = args.option("consecutive")?.bool()?.unwrap_or(false);
        let count = args.int_if_any();
        if let Some(count) = count.as_ref().filter(|count| count.node < 1) {
            bail!(Argument, count.span, "dedup must keep at least one row, not {}", count.node);
        }
        let fields = args.field_list(&["sortby"])?;
        let mut sort_by = Vec::new();
        if args.keyword("sortby") {
            while !args.is_empty() {
                sort_by.push(key(args)?);
                while args.punct(",") {}
            }
            if sort_by.is_empty() {
                bail!(Syntax, args.here(), "dedup needs a field behind sortby");
            }
        }
        args.end()?;
        Ok(Box::new(Dedup {
            fields: fields.into_iter().map(|field| field.node).collect(),
            count: count.map_or(1, |count| u32::try_from(count.node).unwrap_or(u32::MAX)),
            keep_events,
            keep_empty,
            consecutive,
            sort_by,
            few: None,
        }))
    },
};

#[derive(Clone, Debug)]
struct Dedup {
    fields: Vec<String>,
    count: u32,
    keep_events: bool,
    keep_empty: bool,
    consecutive: bool,
    sort_by: Vec<SortKey>,
    /// How many rows of the result are wanted.
    few: Option<u64>,
}

impl Command for Dedup {
    fn kind(&self) -> Kind {
        if self.sort_by.is_empty() { Kind::CentralizedStreaming } else { Kind::DatasetProcessing }
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(self.clone()))
    }
}

impl CommandNode for Dedup {
    fn describe(&self) -> String {
        let few = self.few.map_or_else(String::new, |rows| format!(" first {rows}"));
        format!("dedup {} {}{few}", self.count, self.fields.join(", "))
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        let mut set = wanted.clone();
        self.fields.iter().for_each(|field| set.insert(field));
        self.sort_by.iter().for_each(|key| set.insert(&key.field));
        set
    }

    fn ordered(&self) -> bool {
        false
    }

    fn first(&self, rows: u64, keys: &[SortKey]) -> Option<Arc<dyn CommandNode>> {
        // All rows stay, or they are put into another order.
        if self.keep_events || !self.sort_by.starts_with(keys) {
            return None;
        }
        Some(Arc::new(Dedup { few: Some(rows), ..self.clone() }))
    }

    fn gather(&self) -> Option<Box<dyn Gather + '_>> {
        // Which rows are neighbours, and which fields a pattern means, is seen when all are there.
        let patterns = self.fields.iter().any(|field| field.contains('*'));
        let reduces = !self.consecutive && !self.keep_events && !patterns;
        reduces.then(|| -> Box<dyn Gather + '_> {
            Box::new(Reduce::new(|table| self.survivors(table), |table, cx| self.run(table, cx)))
        })
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let fields = expand_fields(&self.fields, &input.fields());
        let declared = input.declared_fields().map(<[_]>::to_vec);
        if let Some(picks) = self.few.and_then(|rows| self.first_few(&input, &fields, rows)) {
            return Ok(cx.gather(&input, &picks)?.with_declared(declared));
        }
        let simple = self.count == 1 && !self.consecutive && !self.keep_events && !self.keep_empty;
        if simple && let Some(best) = self.best(&input, &fields) {
            let kept = filter(input.into_batches(), &best).with_declared(declared);
            return Ok(if self.sort_by.is_empty() { kept } else { sort(kept, &self.sort_by, None, cx)? });
        }
        // Sorting decides which rows come first.
        let table = if self.sort_by.is_empty() { input } else { sort(input, &self.sort_by, None, cx)? };
        let groups = group_rows(table.batches(), &fields);
        let picks = table.picks();
        let (first, empty) = self.first_of(&groups, &picks);
        let mut batches = table.into_batches();
        let mut kept: Vec<Bitmap> = batches.iter().map(|b| Bitmap::filled(b.rows(), self.keep_events)).collect();
        if self.keep_events {
            without_values(&mut batches, &fields, &groups, &picks, &first);
        } else {
            for (&(batch, row), (&first, &empty)) in picks.iter().zip(first.iter().zip(&empty)) {
                kept[batch as usize].set(row as usize, first || (empty && self.keep_empty));
            }
        }
        Ok(filter(batches, &kept).with_declared(declared))
    }
}

/// The best row of a combination so far.
#[derive(Clone, Copy)]
struct Best {
    value: f64,
    batch: u32,
    row: u32,
}

const NOTHING: Best = Best { value: f64::INFINITY, batch: u32::MAX, row: 0 };

impl Best {
    fn ordinal(self, batches: &[Batch]) -> u64 {
        batches[self.batch as usize].ordinal(self.row as usize)
    }
}

/// How many rows of each combination there were so far, as rows go by in order.
#[derive(Default)]
struct Firsts {
    counts: Vec<u32>,
    last: u32,
}

impl Firsts {
    /// Whether the next row, of this combination, is one of its first, and whether it lacks one of the fields.
    fn next(&mut self, dedup: &Dedup, group: u32) -> (bool, bool) {
        if group == 0 {
            // A row that goes does not stand between others.
            self.last = if dedup.keep_empty || dedup.keep_events { 0 } else { self.last };
            return (false, true);
        }
        let count = &mut self.counts[group as usize];
        if dedup.consecutive && group != self.last {
            *count = 0;
        }
        self.last = group;
        *count = count.saturating_add(1);
        (*count <= dedup.count, false)
    }
}

impl Dedup {
    /// The rows that are kept, in their places.
    fn survivors(&self, table: Table) -> Table {
        let fields: Vec<FieldName> = self.fields.iter().map(field_name).collect();
        let picks = match self.sort_by.is_empty() {
            true => table.picks(),
            false => sorted_picks(&table, &self.sort_by, None),
        };
        let (first, empty) = self.first_of(&group_rows(table.batches(), &fields), &picks);
        let kept = first.iter().zip(&empty).map(|(&first, &empty)| first || (empty && self.keep_empty));
        let mut kept: Vec<(u32, u32)> =
            picks.iter().zip(kept).filter(|(_, kept)| *kept).map(|(&pick, _)| pick).collect();
        if let Some(rows) = self.few {
            kept.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
        }
        table.filter_picks(&kept)
    }

    /// For each row in its order, whether it is one of the first of its combination, and whether it lacks one of the fields.
    fn first_of(&self, groups: &Grouping, picks: &[(u32, u32)]) -> (Vec<bool>, Vec<bool>) {
        let mut firsts = Firsts::default();
        firsts.counts.resize(groups.count + 1, 0);
        picks.iter().map(|&(batch, row)| firsts.next(self, groups.groups[batch as usize][row as usize])).unzip()
    }

    /// The first row of each combination by the one field to sort by, or by place: found in one pass over rows in any order. `None`
    /// when the sort needs more than a comparison of numbers.
    fn best(&self, table: &Table, fields: &[FieldName]) -> Option<Vec<Bitmap>> {
        let batches = table.batches();
        let sort_by = match &self.sort_by[..] {
            [] => None,
            [key] if matches!(key.order, SortOrder::Auto | SortOrder::Number) => Some(key),
            _ => return None,
        };
        let columns: Option<Vec<Option<&[f64]>>> = batches
            .iter()
            .map(|batch| match (sort_by, sort_by.and_then(|key| batch.column(&key.field))) {
                (None, _) => Some(None),
                (Some(_), Some(Column::Num(numbers))) if numbers.valid.is_none() => Some(Some(&numbers.values[..])),
                _ => None,
            })
            .collect();
        let columns = columns?;
        let groups = group_rows(batches, fields);
        let descending = sort_by.is_some_and(|key| key.descending);
        let part = |range: std::ops::Range<usize>| {
            let mut best = vec![NOTHING; groups.count + 1];
            for b in range {
                let (batch, column) = (&batches[b], columns[b]);
                for (row, &group) in groups.groups[b].iter().enumerate() {
                    let value = column.map_or(0.0, |values| if descending { -values[row] } else { values[row] });
                    let kept = &mut best[group as usize];
                    // Rows of a batch ascend, so that among equals of it the first one stays.
                    if value < kept.value
                        || kept.batch == u32::MAX
                        || (value == kept.value && kept.batch != b as u32 && batch.ordinal(row) < kept.ordinal(batches))
                    {
                        *kept = Best { value, batch: b as u32, row: row as u32 };
                    }
                }
            }
            best
        };
        let parts: Vec<Vec<Best>> =
            part_ranges(batches, rayon::current_num_threads()).into_par_iter().map(part).collect();
        let best = parts.into_iter().reduce(|mut best, others| {
            for (kept, other) in best.iter_mut().zip(others).filter(|(_, other)| other.batch != u32::MAX) {
                let wins = other.value < kept.value
                    || kept.batch == u32::MAX
                    || (other.value == kept.value && other.ordinal(batches) < kept.ordinal(batches));
                *kept = if wins { other } else { *kept };
            }
            best
        })?;
        let mut keep: Vec<Bitmap> = batches.iter().map(|b| Bitmap::filled(b.rows(), false)).collect();
        for best in best.iter().skip(1).filter(|best| best.batch != u32::MAX) {
            keep[best.batch as usize].set(best.row as usize, true);
        }
        Some(keep)
    }
}

/// The rows of each batch that are kept, in their old places.
fn filter(batches: Vec<Batch>, keep: &[Bitmap]) -> Table {
    let kept = batches.iter().zip(keep).filter(|(_, keep)| !keep.none()).map(|(batch, keep)| batch.filter(keep));
    Table::new(kept.collect())
}

/// Takes the fields away from rows that have a combination which came before.
fn without_values(
    batches: &mut [Batch],
    fields: &[FieldName],
    groups: &Grouping,
    picks: &[(u32, u32)],
    first: &[bool],
) {
    let mut rows: Vec<Vec<u32>> = batches.iter().map(|b| (0..b.rows() as u32).collect()).collect();
    for (&(batch, row), _) in picks.iter().zip(first).filter(|(_, first)| !**first) {
        if groups.groups[batch as usize][row as usize] != 0 {
            rows[batch as usize][row as usize] = u32::MAX;
        }
    }
    for (batch, rows) in batches.iter_mut().zip(&rows) {
        for field in fields {
            if let Some(column) = batch.column(field).map(|column| column.take_or_null(rows)) {
                batch.set(field, column);
            }
        }
    }
}
