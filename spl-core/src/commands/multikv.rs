//! `multikv`: text that is a table, such as that of `ps` or `netstat`, as a row for each of its lines.

use indexmap::IndexMap;

use super::prelude::*;
use crate::table::ColumnBuilder;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "multikv",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "multikv [copyattrs=<bool>] [fields <field-list>] [filter <term>...] [forceheader=<int>] [multitable=<bool>] [noheader=<bool>] [rmorig=<bool>]",
    summary: "Makes a row of each line of a table in _raw, its columns named by the table's first line.",
    examples: &[Example {
        spl: "| makeresults | eval _raw=\"Name Age\nJosh 42\nFrank 10\" | multikv | table Name Age",
        result: "Name  | Age\nJosh  | 42\nFrank | 10",
    }],
    parse: |args| {
        if let Some(conf) = args.option("conf")?.spanned()? {
            bail!(Missing, conf.span, "there is no multikv configuration `{}`", conf.node);
        }
        let copy = args.option("copyattrs")?.bool()?.unwrap_or(true);
        let header_line = args.option("forceheader")?.count()?;
        let many = args.option("multitable")?.bool()?.unwrap_or(true);
        let no_header = args.option("noheader")?.bool()?.unwrap_or(false);
        let remove = args.option("rmorig")?.bool()?.unwrap_or(true);
        let (mut fields, mut filter) = (Vec::new(), Vec::new());
        loop {
            if args.keyword("fields") {
                fields.extend(args.field_list(&["filter"])?.into_iter().map(|f| f.node));
            } else if args.keyword("filter") {
                while !args.is_empty() && !args.at_keyword("fields") {
                    filter.push(args.string("a word")?.node);
                    while args.punct(",") {}
                }
            } else {
                break;
            }
        }
        args.end()?;
        Ok(Box::new(Multikv(Arc::new(Node { copy, header_line, many, no_header, remove, fields, filter }))))
    },
};

#[derive(Debug)]
struct Multikv(Arc<Node>);

#[derive(Debug)]
struct Node {
    /// Whether rows have the other fields of their event.
    copy: bool,
    /// The line that names the columns, from 1.
    header_line: Option<usize>,
    /// Whether a blank line begins another table.
    many: bool,
    no_header: bool,
    /// Whether the event itself goes.
    remove: bool,
    /// The columns taken; none for all.
    fields: Vec<String>,
    /// Words of which a line must hold one.
    filter: Vec<String>,
}

impl Command for Multikv {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        "multikv".to_owned()
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of(["_raw"]))
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let mut batches = Vec::new();
        for batch in input.into_batches() {
            cx.check()?;
            batches.push(self.expand(batch));
        }
        Ok(Table::in_order(batches).with_fields_after(declared))
    }
}

/// Fields that every row has of its event, copied or not.
const KEPT: &[&str] = &["_time", "host", "source", "sourcetype", "index", "splunk_server"];

impl Node {
    fn expand(&self, batch: Batch) -> Batch {
        let mut rows: Vec<u32> = Vec::new();
        let mut raws = ColumnBuilder::default();
        // Values by column, each with the row of the result that it belongs to.
        let mut columns: IndexMap<String, Vec<(usize, Value)>> = IndexMap::new();
        for row in 0..batch.rows() {
            let raw = batch.get("_raw", row);
            let text = raw.text();
            let made = if raw.is_null() { Vec::new() } else { self.lines(&text) };
            if made.is_empty() || !self.remove {
                rows.push(row as u32);
                raws.push(raw.to_value());
            }
            for (line, cells) in made {
                for (name, cell) in cells {
                    columns.entry(name).or_default().push((rows.len(), Value::str(cell)));
                }
                rows.push(row as u32);
                raws.push(Value::str(line));
            }
        }
        let mut expanded = batch.take(&rows);
        if !self.copy {
            expanded.retain(|field| KEPT.contains(&field));
        }
        expanded.set("_raw", raws.finish());
        for (name, cells) in columns {
            let mut values = match expanded.column(&name) {
                Some(column) => (0..rows.len()).map(|row| column.value(row)).collect(),
                None => vec![Value::Null; rows.len()],
            };
            cells.into_iter().for_each(|(row, value)| values[row] = value);
            let mut column = ColumnBuilder::default();
            values.into_iter().for_each(|value| column.push(value));
            expanded.set(&name, column.finish());
        }
        expanded
    }

    /// The lines of the tables in a text, each with its cells by column.
    fn lines<'t>(&self, text: &'t str) -> Vec<(&'t str, Vec<(String, &'t str)>)> {
        let mut lines: Vec<&str> = text.lines().collect();
        if let Some(first) = self.header_line {
            lines.drain(..first.saturating_sub(1).min(lines.len()));
        }
        let mut made = Vec::new();
        let tables = lines.split(|line| line.trim().is_empty()).filter(|table| !table.is_empty());
        for table in tables.take(if self.many { usize::MAX } else { 1 }) {
            let (header, body) = if self.no_header { (None, table) } else { (Some(table[0]), &table[1..]) };
            let tabs = table[0].contains('\t');
            let names = header.map(|header| words(header, tabs));
            for line in body {
                if !self.filter.is_empty() && !self.filter.iter().any(|word| line.contains(&**word)) {
                    continue;
                }
                let cells = cells(names.as_deref(), &words(line, tabs), line);
                let wanted = |name: &String| self.fields.is_empty() || self.fields.contains(name);
                let cells: Vec<_> = cells.into_iter().filter(|(name, _)| wanted(name)).collect();
                if !cells.is_empty() {
                    made.push((*line, cells));
                }
            }
        }
        made
    }
}

/// The words of a line with the places where they begin and end, in characters.
fn words(line: &str, tabs: bool) -> Vec<(usize, usize, &str)> {
    let mut words = Vec::new();
    let parts = |c: char| if tabs { c == '\t' } else { c.is_whitespace() };
    let mut begin: Option<(usize, usize)> = None;
    for (place, (at, c)) in line.char_indices().chain([(line.len(), '\t')]).enumerate() {
        match (parts(c), begin) {
            (true, Some((byte, from))) => {
                words.push((from, place, line[byte..at].trim()));
                begin = None;
            }
            // A tab right behind another is an empty cell.
            (true, None) if tabs => words.push((place, place, "")),
            (false, None) => begin = Some((at, place)),
            _ => {}
        }
    }
    words
}

/// Names and cells of a line: one by one when there are as many, else by their places below the names; the last column takes the rest.
fn cells<'t>(
    names: Option<&[(usize, usize, &str)]>,
    words: &[(usize, usize, &'t str)],
    line: &'t str,
) -> Vec<(String, &'t str)> {
    let Some(names) = names else {
        return words.iter().enumerate().map(|(i, word)| (format!("Column_{}", i + 1), word.2)).collect();
    };
    if words.len() == names.len() {
        let pairs = names.iter().zip(words).filter(|(name, word)| !name.2.is_empty() && !word.2.is_empty());
        return pairs.map(|(name, word)| (clean(name.2), word.2)).collect();
    }
    if words.len() > names.len() {
        let byte = |place: usize| line.char_indices().nth(place).map_or(line.len(), |(at, _)| at);
        let rest = names.len().checked_sub(1).map(|last| (last, line[byte(words[last].0)..].trim()));
        let mut cells: Vec<_> = names.iter().zip(words).map(|(name, word)| (clean(name.2), word.2)).collect();
        if let (Some((last, rest)), true) = (rest, !cells.is_empty()) {
            cells[last].1 = rest;
        }
        return cells;
    }
    let overlaps = |a: &(usize, usize, &str), b: &(usize, usize, &str)| a.0 < b.1 && b.0 < a.1;
    let nearest = |word: &(usize, usize, &str)| {
        let over = names.iter().find(|name| overlaps(name, word));
        over.or_else(|| names.iter().min_by_key(|name| name.0.abs_diff(word.0)))
    };
    words.iter().filter_map(|word| nearest(word).map(|name| (clean(name.2), word.2))).collect()
}

/// A name as a field can have it.
fn clean(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
}
