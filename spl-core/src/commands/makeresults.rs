//! `makeresults`: rows from nothing, or from data in the search.

use super::prelude::*;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "makeresults",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "makeresults [count=<num>] [annotate=<bool>] [splunk_server=<string>] [splunk_server_group=<string>] [format=csv|json data=<string>]",
    summary: "Makes rows that hold the time of the search, or the rows given as CSV or JSON text.",
    examples: &[Example { spl: "| makeresults count=2 | eval x=1 | table x", result: "x\n1\n1" }],
    parse: |args| {
        let count = args.option("count")?.int()?;
        let annotate = args.option("annotate")?.bool()?.unwrap_or(false);
        args.option("splunk_server")?;
        args.option("splunk_server_group")?;
        let format = args.option("format")?.string()?;
        let data = args.option("data")?;
        let data_span = data.span();
        let data = data.string()?;
        let count = count.or(args.int_if_any().map(|n| n.node)).unwrap_or(1);
        args.end()?;
        let count = u32::try_from(count.max(0)).unwrap_or(u32::MAX);
        let given = match (format, data) {
            (None, None) => None,
            (Some(format), Some(data)) => {
                let rows = match format.to_ascii_lowercase().as_str() {
                    "csv" => from_csv(&data),
                    "json" => from_json(&data),
                    _ => bail!(Argument, args.span(), "makeresults has no format `{format}`"; hint: "csv or json"),
                };
                match rows {
                    Ok(table) => Some(table),
                    Err(reason) => bail!(
                        Argument,
                        data_span.unwrap_or(args.span()),
                        "the data of makeresults is not {format}: {reason}"
                    ),
                }
            }
            _ => bail!(Argument, args.span(), "makeresults needs format and data together"),
        };
        Ok(Box::new(MakeResults { count, annotate, given }))
    },
};

#[derive(Debug)]
struct MakeResults {
    count: u32,
    annotate: bool,
    given: Option<Table>,
}

impl Command for MakeResults {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !input.is_nothing() {
            bail!(Syntax, "makeresults must be the first command of a search");
        }
        if let Some(table) = &self.given {
            return Ok(Plan::Values(Arc::new(table.clone())));
        }
        let rows = self.count as usize;
        let mut batch = Batch::new(rows);
        batch.set("_time", Column::Const(Value::Num(cx.functions.now.floor()), rows));
        if self.annotate {
            for field in ["_raw", "host", "source", "sourcetype", "splunk_server_group"] {
                batch.set(field, Column::null(rows));
            }
            batch.set("splunk_server", Column::Const(Value::str("local"), rows));
        }
        Ok(Plan::Values(Arc::new(Table::in_order(vec![batch]))))
    }
}

/// The first line names the fields; blanks around names and cells go; empty cells are null.
fn from_csv(data: &str) -> Result<Table, String> {
    // The lines may be written in one line of the search.
    let lines = if data.contains('\n') { data.to_owned() } else { data.replace("\\n", "\n") };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(lines.as_bytes());
    let header = reader.headers().map_err(|e| e.to_string())?.clone();
    let fields: Vec<FieldName> = header.iter().map(field_name).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| e.to_string())?;
        let cell = |i: usize| record.get(i).filter(|c| !c.is_empty()).map_or(Value::Null, Value::str);
        rows.push((0..fields.len()).map(cell).collect());
    }
    Ok(Table::from_rows(&fields, rows))
}

/// An array of objects; each member a field, `_raw` the object's text.
fn from_json(data: &str) -> Result<Table, String> {
    use serde_json::Value as Json;
    let rows: Vec<serde_json::Map<String, Json>> = serde_json::from_str(data).map_err(|e| e.to_string())?;
    let mut fields: Vec<FieldName> = vec![field_name("_raw")];
    for name in rows.iter().flat_map(|row| row.keys()) {
        if !fields.iter().any(|f| **f == **name) {
            fields.push(field_name(name));
        }
    }
    let value = |json: &Json| -> Value {
        let scalar = |json: &Json| match json {
            Json::Null => Value::Null,
            Json::String(text) => Value::str(text),
            other => Value::str(other.to_string()),
        };
        match json {
            Json::Array(items) => Value::multi(items.iter().map(scalar)),
            other => scalar(other),
        }
    };
    let cells = rows.iter().map(|row| {
        let raw = Value::str(Json::Object(row.clone()).to_string());
        std::iter::once(raw).chain(fields[1..].iter().map(|f| row.get(&**f).map_or(Value::Null, value))).collect()
    });
    Ok(Table::from_rows(&fields, cells.collect()))
}
