//! `collect`: writes the results as events of a summary index, and passes them on.
//!
//! There is no index to write to: the events are appended to a CSV file called after the index, where `outputlookup` may write. Given as data,
//! that file is the index.
//!
//! Source: Search Reference, "collect".

use super::prelude::*;
use crate::knowledge::WriteOptions;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "collect",
    aliases: &["stash"],
    kind: Kind::DatasetProcessing,
    syntax: "collect index=<string> [addinfo=<bool>] [addtime=<bool>] [file=<string>] [host=<string>] [marker=<string>] [output_format=raw|hec] [run_in_preview=<bool>] [source=<string>] [sourcetype=<string>] [spool=<bool>] [testmode=<bool>] [uselb=<bool>]",
    summary: "Writes the results as events of a summary index.",
    examples: &[],
    parse: |args| {
        let index = args.option("index")?.spanned()?;
        let Some(index) = index else {
            bail!(Argument, args.span(), "collect needs an index"; hint: "such as index=summary");
        };
        for name in ["addinfo", "run_in_preview", "spool", "uselb"] {
            args.option(name)?.bool()?;
        }
        let collect = Collect {
            index,
            add_time: args.option("addtime")?.bool()?.unwrap_or(true),
            file: args.option("file")?.spanned()?,
            host: args.option("host")?.string()?,
            marker: args.option("marker")?.string()?,
            source: args.option("source")?.string()?,
            sourcetype: args.option("sourcetype")?.string()?.unwrap_or_else(|| "stash".to_owned()),
            test: args.option("testmode")?.bool()?.unwrap_or(false),
        };
        args.option("output_format")?.one_of(&["raw", "hec"])?;
        args.end()?;
        Ok(Box::new(collect))
    },
};

#[derive(Clone, Debug)]
struct Collect {
    index: Spanned<String>,
    add_time: bool,
    file: Option<Spanned<String>>,
    host: Option<String>,
    marker: Option<String>,
    source: Option<String>,
    sourcetype: String,
    test: bool,
}

impl Collect {
    /// The file that the events go to.
    fn target(&self) -> Spanned<String> {
        match &self.file {
            // Splunk fills in the time and a random number; here events of one place stay in one file.
            Some(file) => Spanned::new(file.node.replace("$timestamp$", "").replace("$random$", ""), file.span),
            None => Spanned::new(format!("{}.csv", self.index.node), self.index.span),
        }
    }
}

impl Command for Collect {
    fn kind(&self) -> Kind {
        Kind::DatasetProcessing
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !self.test {
            let target = self.target();
            let located = |e: Box<crate::error::Diagnostic>| Box::new((*e).at(target.span));
            let lookups = cx.catalog.lookups();
            lookups.can_write().and_then(|()| lookups.target(&target.node)).map_err(located)?;
        }
        Ok(input.command(self.clone()))
    }
}

impl CommandNode for Collect {
    fn describe(&self) -> String {
        format!("collect index={}", self.index.node)
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let input = input.into_ordered();
        let events = self.events(&input, cx);
        if self.test {
            return Ok(events);
        }
        let options = WriteOptions { append: true, multivalues: true, ..WriteOptions::default() };
        cx.catalog.lookups().write(&self.target().node, &events, &options)?;
        Ok(input)
    }
}

impl Collect {
    /// The rows as the events that they become.
    fn events(&self, rows: &Table, cx: &RunContext<'_>) -> Table {
        let fields: Vec<FieldName> = rows.fields();
        let events = rows.batches().iter().map(|batch| self.event_batch(batch.clone(), &fields, cx)).collect();
        let given = ["_time", "_raw", "index", "host", "source", "sourcetype"].map(field_name);
        let own = fields.into_iter().filter(|field| !field.starts_with('_') && !given.contains(field));
        let table = Table::in_order(events);
        let exists = |field: &FieldName| table.batches().iter().any(|batch| batch.column(field).is_some());
        let order = given.iter().filter(|field| exists(field)).cloned().chain(own).collect();
        table.with_fields(order)
    }

    fn event_batch(&self, mut batch: Batch, fields: &[FieldName], cx: &RunContext<'_>) -> Batch {
        let rows = batch.rows();
        // The time of a result that has none is the start of what was searched, or now.
        let time = |row: usize| {
            let number = |field: &str| batch.get(field, row).number();
            number("_time").or_else(|| number("info_min_time").filter(|&t| t > 0.0)).unwrap_or(cx.functions.now.floor())
        };
        let times: Vec<Value> = (0..rows).map(|row| Value::Num(time(row))).collect();
        let texts = (0..rows).map(|row| match batch.get("_raw", row) {
            ValueRef::Null => Value::from(self.text(&batch, row, fields, time(row), cx)),
            raw => raw.to_value(),
        });
        let texts = Column::from_values(texts.collect());
        batch.set("_raw", texts);
        batch.set("_time", Column::from_values(times));
        let constant = |text: &str| Column::Const(Value::str(text), rows);
        batch.set("index", constant(&self.index.node));
        batch.set("sourcetype", constant(&self.sourcetype));
        for (field, value) in [("source", &self.source), ("host", &self.host)] {
            if let Some(value) = value {
                batch.set(field, constant(value));
            }
        }
        batch
    }

    /// `10/03/2024 06:12:33 +0000, count="3", user="ann"`, with the marker behind the time.
    fn text(&self, batch: &Batch, row: usize, fields: &[FieldName], time: f64, cx: &RunContext<'_>) -> String {
        let mut parts: Vec<String> = Vec::new();
        if self.add_time {
            parts.extend(crate::time::strftime(time, "%m/%d/%Y %H:%M:%S %z", cx.functions.zone));
        }
        parts.extend(self.marker.clone());
        for field in fields.iter().filter(|field| !field.starts_with('_')) {
            batch.get(field, row).for_each(|value| {
                let text = value.text().replace('\\', "\\\\").replace('"', "\\\"");
                parts.push(format!("{field}=\"{text}\""));
            });
        }
        parts.join(", ")
    }
}
