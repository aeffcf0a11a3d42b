//! Running one golden case.

use std::sync::Arc;

use spl_core::commands::{self, Kind};
use spl_core::error::Diagnostic;
use spl_core::exec::TableSource;
use spl_core::knowledge::{Conf, DataModels, Knowledge, LookupWriter, Lookups, Macros};
use spl_core::table::{Batch, Column, Table};
use spl_core::value::Value;
use spl_core::{Engine, EngineBuilder, Results};

use crate::case::{Case, File};
use crate::cells;
use crate::chunks::Chunked;

/// One way to run a case.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Whether the optimizer's rules are applied.
    pub optimizer: bool,
    /// Rows in a batch.
    pub batch_rows: usize,
    /// Threads.
    pub threads: usize,
}

impl Setting {
    /// The usual way.
    pub const PLAIN: Setting = Setting { optimizer: true, batch_rows: 8192, threads: 1 };

    /// Every way.
    pub fn all() -> Vec<Setting> {
        let mut all = Vec::new();
        for optimizer in [true, false] {
            for batch_rows in [1, 3, 8192] {
                for threads in [1, 2, 4] {
                    all.push(Setting { optimizer, batch_rows, threads });
                }
            }
        }
        all
    }
}

/// Texts that agree but for the padding of cells.
pub fn agree(a: &str, b: &str) -> bool {
    let squeeze = |text: &str| -> Vec<String> {
        let line = |l: &str| {
            if l.contains('^') {
                l.trim_end().to_owned()
            } else {
                l.split('|').map(str::trim).collect::<Vec<_>>().join("|")
            }
        };
        text.lines().map(line).collect()
    };
    squeeze(a) == squeeze(b)
}

/// Whether the texts are the same, but for the last digits of numbers.
pub fn nearly_same(a: &str, b: &str) -> bool {
    let words = |text: &str| text.split([' ', '\n', '|', '(', ')', ';']).map(str::to_owned).collect::<Vec<_>>();
    let (a, b) = (words(a), words(b));
    let near = |a: &str, b: &str| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => (x - y).abs() <= 1e-12 * x.abs().max(y.abs()),
        _ => false,
    };
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a == b || near(a, b))
}

/// The case's result as text.
pub fn run(file: &File, case: &Case, setting: Setting) -> Result<String, String> {
    let mut builder = Engine::builder()
        .threads(setting.threads)
        .now(case.value("now").and_then(|n| n.parse().ok()).unwrap_or(1_700_000_000.0));
    if let Some(zone) = case.value("tz") {
        builder = builder.zone(zone.parse().map_err(|_| format!("no zone {zone}"))?);
    }
    if !setting.optimizer {
        builder = builder.without_rules(spl_core::optimize::RULES.iter().map(|r| r.name));
    }
    let (mut input, mut indexes) = (None, Vec::new());
    let builder = with_blocks(builder, file, setting, &mut |name, table| match name {
        None => input = Some(table),
        Some(name) => indexes.push((name.to_owned(), table)),
    })?;
    let builder = indexes.into_iter().fold(builder, |builder, (name, table)| builder.index(&name, table));
    let engine = builder.build().map_err(|e| e.to_string())?;
    if case.has("plan") {
        return engine.compile(&case.spl).map(|s| s.plan().explain()).or_else(|e| Ok(format!("error: {e}")));
    }
    let outcome = match input {
        Some(table) if continues(&case.spl) => engine.search_over(table, &case.spl),
        _ => engine.search(&case.spl),
    };
    Ok(match outcome {
        Ok(results) => print(&results, case),
        Err(error) => format!("error: {error}"),
    })
}

/// The case's result over the tables of the file as events, which are read in chunks of so many rows, or at once.
pub fn run_as_events(file: &File, case: &Case, chunk_rows: Option<usize>) -> Result<String, String> {
    let mut builder =
        Engine::builder().threads(2).now(case.value("now").and_then(|n| n.parse().ok()).unwrap_or(1_700_000_000.0));
    if let Some(zone) = case.value("tz") {
        builder = builder.zone(zone.parse().map_err(|_| format!("no zone {zone}"))?);
    }
    let mut tables: Vec<Table> = Vec::new();
    let builder = with_blocks(builder, file, Setting::PLAIN, &mut |name, table| {
        if continues(&case.spl) == name.is_none() {
            tables.push(match name {
                Some(name) => named(table, name),
                None => table,
            });
        }
    })?;
    let mut engine = builder.build().map_err(|e| e.to_string())?;
    let knowledge = engine.catalog().knowledge().clone();
    for table in tables {
        engine.catalog_mut().add_source(match chunk_rows {
            Some(rows) => Arc::new(Chunked::new(&table, rows, &knowledge)),
            None => Arc::new(TableSource::new(table, knowledge.clone())),
        });
    }
    Ok(match engine.search(&case.spl) {
        Ok(results) => print(&results, case),
        Err(error) => format!("error: {error}"),
    })
}

/// The events as those of an index.
fn named(table: Table, index: &str) -> Table {
    let named = table.into_batches().into_iter().map(|mut batch| {
        if batch.column("index").is_none() {
            batch.set("index", Column::Const(Value::str(index), batch.rows()));
        }
        batch
    });
    Table::new(named.collect())
}

/// Whether the search begins with a command that needs input.
fn continues(spl: &str) -> bool {
    let Some(rest) = spl.trim_start().strip_prefix('|') else { return false };
    let name: String = rest.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
    commands::find_command(&name).is_none_or(|spec| spec.kind != Kind::Generating || spec.name == "search")
}

fn with_blocks(
    mut builder: EngineBuilder,
    file: &File,
    setting: Setting,
    take: &mut dyn FnMut(Option<&str>, Table),
) -> Result<EngineBuilder, String> {
    let mut knowledge = Knowledge::default();
    let mut data_models = DataModels::default();
    let mut lookups = Lookups::default();
    lookups.set_writer(Arc::new(InMemory));
    for block in &file.blocks {
        let conf = || Conf::parse(&block.lines.join("\n"));
        match &*block.kind {
            "input" => {
                let name = (!block.name.is_empty()).then_some(&*block.name);
                take(name, rechunk(cells::parse(&block.lines)?, setting.batch_rows));
            }
            "saved" => builder = builder.saved_search(&block.name, block.lines.join("\n")),
            "macros" => {
                builder = builder.macros(Macros::from_conf(&block.lines.join("\n")).map_err(|e| e.to_string())?);
            }
            "lookup" => lookups.add_table(&block.name, &cells::parse(&block.lines)?),
            "datamodel" => data_models.add_json(&block.name, block.lines.join("\n")),
            "props" => right(knowledge.add_props(&conf()))?,
            "transforms" => {
                right(knowledge.add_transforms(&conf()))?;
                right(lookups.add_transforms(&conf()))?;
            }
            "eventtypes" => right(knowledge.add_event_types(&conf()))?,
            "tags" => knowledge.add_tags(&conf()),
            other => return Err(format!("no block `{other}`")),
        }
    }
    Ok(builder.knowledge(knowledge).data_models(data_models).lookups(lookups))
}

fn right(problems: Vec<Diagnostic>) -> Result<(), String> {
    problems.first().map_or(Ok(()), |problem| Err(problem.to_string()))
}

/// Lookups that are written are kept in memory only.
struct InMemory;

impl LookupWriter for InMemory {
    fn write(&self, _: &str, _: &[u8]) -> Result<(), Box<Diagnostic>> {
        Ok(())
    }

    fn remove(&self, _: &str) -> Result<(), Box<Diagnostic>> {
        Ok(())
    }
}

/// The table in batches of so many rows, each without the fields that none of its rows has.
fn rechunk(table: Table, rows: usize) -> Table {
    let fields = table.fields();
    let whole = table.into_single();
    let all: Vec<u32> = (0..whole.rows() as u32).collect();
    let chunks: Vec<Batch> = all
        .chunks(rows)
        .map(|chunk| {
            let mut batch = whole.take(chunk);
            let empty: Vec<String> =
                batch.columns().filter(|(_, c)| c.all_null()).map(|(n, _)| n.to_string()).collect();
            empty.iter().for_each(|name| {
                batch.remove(name);
            });
            batch
        })
        .collect();
    Table::in_order(chunks).with_fields(fields)
}

fn print(results: &Results, case: &Case) -> String {
    let mut lines = cells::print(results.shown());
    if case.has("unordered") && lines.len() > 1 {
        lines[1..].sort();
    }
    if case.has("messages") {
        lines.extend(results.warnings.iter().map(|w| format!("warning: {w}")));
    }
    lines.join("\n")
}
