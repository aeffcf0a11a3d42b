//! Published detections over real logs: the rows must be those that were worked out without this engine.
//!
//! Reads `$SPL_SHARED/data/expected/*.json` and what they name; without that variable nothing is tested. `cargo test -p spl-tests --test
//! expected -- NAME` runs the cases whose name holds NAME and shows where their rows differ.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;
use spl_core::detection::Detection;
use spl_core::exec::{Bytes, RawSource, TableSource};
use spl_core::formats::{FormatSpec, Input, Origin, ReadRequest, load};
use spl_core::knowledge::{Lookups, Macro, Macros};
use spl_core::table::Table;
use spl_core::value::ValueRef;
use spl_core::{Engine, builtin};

/// So many cases must pass.
const FLOOR: usize = 90;

/// Cases whose rows are not what the language says, and why.
const DISPUTED: &[(&str, &str)] = &[(
    "windows_remote_services_allow_rdp_in_firewall__xml",
    "`rename Processes.* AS *` replaces a field `parent_process` that is there, and does not match `values(Processes.process_name)`",
)];

/// A row: texts by field, a multivalue as several.
type Row = BTreeMap<String, Vec<String>>;

fn main() {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let Some(shared) = std::env::var_os("SPL_SHARED").map(PathBuf::from) else {
        eprintln!("expected: SPL_SHARED is not set, nothing is tested");
        return;
    };
    let cases = read_cases(&shared, filter.as_deref());
    let mut by_data: BTreeMap<&[String], Vec<&Case>> = BTreeMap::new();
    for case in &cases {
        by_data.entry(&case.data).or_default().push(case);
    }
    let mut macros = macros(&shared);
    for case in &cases {
        macros.insert(Macro::new(format!("{}_filter", case.detection), &[], "search *"));
    }
    let mut failures: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut passed = 0;
    for (data, cases) in by_data {
        let contents = read_files(&shared, data);
        let loaded = loaded_engine(&shared, &macros, &contents);
        // The same events, of which each search decodes what it needs.
        let mut raw = engine(&shared, &macros);
        let knowledge = raw.catalog().knowledge().clone();
        raw.catalog_mut().add_source(Arc::new(RawSource::new(raw_inputs(contents), knowledge)));
        for case in cases {
            let scanned = |(reason, detail)| (format!("{reason}, when events are decoded by each search"), detail);
            match run(&loaded, case).and_then(|()| run(&raw, case).map_err(scanned)) {
                Ok(()) => passed += 1,
                Err(_) if DISPUTED.iter().any(|(name, _)| *name == case.name) => {
                    failures.entry("disputed".to_owned()).or_default().push(case.name.clone());
                }
                Err(reason) => failures.entry(reason.0).or_default().push(format!("{}{}", case.name, reason.1)),
            }
        }
    }
    for (reason, names) in &failures {
        eprintln!("{reason}");
        names.iter().for_each(|name| eprintln!("    {name}"));
    }
    eprintln!("expected: passed {passed} of {}", cases.len());
    let (logs, rows, differences) = event_logs(&shared, &cases, &macros);
    let different = differences.len();
    eprintln!("expected: {logs} event logs give what their XML gives, {rows} rows, but for {different} searches");
    differences.iter().for_each(|difference| eprintln!("    {difference}"));
    if filter.is_none() && rows == 0 || !differences.is_empty() {
        std::process::exit(1);
    }
    if filter.is_none() && passed < FLOOR {
        eprintln!("expected: fewer than {FLOOR}");
        std::process::exit(1);
    }
}

fn engine(shared: &Path, macros: &Macros) -> Engine {
    let builder = Engine::builder().macros(macros.clone()).knowledge(builtin::knowledge());
    let builder = builder.data_models(builtin::data_models()).lookups(lookups(shared));
    builder.build().expect("an engine of right parts")
}

fn loaded_engine(shared: &Path, macros: &Macros, contents: &[(String, Vec<u8>)]) -> Engine {
    let mut engine = engine(shared, macros);
    let knowledge = engine.catalog().knowledge().clone();
    engine.catalog_mut().add_source(Arc::new(TableSource::new(read_table(contents), knowledge)));
    engine
}

/// Runs the searches of all cases over the event logs that there are as EVTX and as XML: how many those are, how many rows their XML gives, and
/// which searches give other rows over the one than over the other.
fn event_logs(shared: &Path, cases: &[Case], macros: &Macros) -> (usize, usize, Vec<String>) {
    let data = shared.join("data");
    let folders = std::fs::read_dir(&data).expect("a folder of the data").flatten().map(|entry| entry.path());
    let texts: Vec<PathBuf> = folders.filter(|path| path.is_dir()).flat_map(|path| files(&path, "gz")).collect();
    let searches: BTreeMap<&str, &String> =
        cases.iter().filter_map(|case| Some((&*case.detection, case.search.as_ref()?))).collect();
    let (mut logs, mut count, mut differences) = (0, 0, Vec::new());
    for log in files(&data.join("evtx"), "evtx") {
        let text = texts.iter().find(|text| stem(text).contains(&stem(&log)) && stem(text).ends_with(".xml"));
        let Some(text) = text else { continue };
        logs += 1;
        let [log, text] = [&log, text].map(|path| {
            let content = std::fs::read(path).expect("a file of the data");
            loaded_engine(shared, macros, &[(path.display().to_string(), content)])
        });
        for (detection, search) in &searches {
            let [log, text] = [&log, &text].map(|engine| {
                let mut rows = engine.search(search).map(|results| rows_of(&results.table)).map_err(|e| e.message);
                rows.iter_mut().for_each(|rows| rows.sort());
                rows
            });
            count += text.as_ref().map_or(0, Vec::len);
            if log != text {
                differences.push(format!("{detection}: {log:?} instead of {text:?}"));
            }
        }
    }
    (logs, count, differences)
}

struct Case {
    name: String,
    /// The detection's file name without extension.
    detection: String,
    /// Its search, unless the file is not there.
    search: Option<String>,
    data: Vec<String>,
    rows: Vec<Row>,
}

fn read_cases(shared: &Path, filter: Option<&str>) -> Vec<Case> {
    let mut cases = Vec::new();
    for path in files(&shared.join("data/expected"), "json") {
        let json: Json = serde_json::from_str(&read_text(&path)).expect("expected results are JSON");
        let name = stem(&path);
        let Some(detection) = json["detection"].as_str().filter(|_| filter.is_none_or(|f| name.contains(f))) else {
            continue;
        };
        let file = shared.join("escu").join(detection);
        let texts = |json: &Json| match json {
            Json::Array(items) => items.iter().map(text_of).collect(),
            other => vec![text_of(other)],
        };
        let row = |row: &Json| {
            row.as_object().into_iter().flatten().map(|(field, value)| (field.clone(), texts(value))).collect()
        };
        cases.push(Case {
            name,
            detection: stem(Path::new(detection)),
            search: file.exists().then(|| search_of(&read_text(&file))),
            data: texts(&json["data"]),
            rows: json["expected_rows"].as_array().into_iter().flatten().map(row).collect(),
        });
    }
    cases
}

fn text_of(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

fn search_of(yaml: &str) -> String {
    Detection::parse(yaml).expect("a detection has a search").search
}

/// The content pack's macros over the built-in ones.
fn macros(shared: &Path) -> Macros {
    let mut macros = builtin::macros();
    for path in files(&shared.join("escu/macros"), "yml") {
        macros.extend(Macros::from_yaml(&read_text(&path)).expect("a macro").with_origin(&stem(&path)));
    }
    macros
}

/// The lookups of the content pack.
fn lookups(shared: &Path) -> Lookups {
    let folder = shared.join("escu/lookups");
    let mut lookups = Lookups::default();
    for path in files(&folder, "yml") {
        lookups.add_yaml(&read_text(&path)).expect("a lookup");
    }
    for path in files(&folder, "csv") {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        lookups.add_content(&name, Arc::new(move || Ok(std::fs::read(&path).expect("a lookup's table"))));
    }
    lookups
}

/// The files named relative to the folder that holds the shared one.
fn read_files(shared: &Path, data: &[String]) -> Vec<(String, Vec<u8>)> {
    let mut paths = BTreeSet::new();
    for pattern in data {
        let relative = Path::new(pattern.strip_prefix("shared/").unwrap_or(pattern));
        let pattern = relative.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let folder = shared.join(relative.parent().unwrap_or(Path::new("")));
        let entries = std::fs::read_dir(folder).expect("a folder of the data").flatten();
        paths.extend(entries.map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            spl_core::expr::wildcard_match(&pattern, &name)
        }));
    }
    let read = |path: &PathBuf| (path.display().to_string(), std::fs::read(path).expect("a file of the data"));
    paths.iter().map(read).collect()
}

fn origin(name: &str) -> Origin {
    Origin { name: name.to_owned(), ..Origin::default() }
}

fn read_table(contents: &[(String, Vec<u8>)]) -> Table {
    let inputs: Vec<Input<'_>> =
        contents.iter().map(|(name, bytes)| Input { bytes, format: None, origin: origin(name) }).collect();
    load(&inputs, &ReadRequest::default()).expect("the data can be read").table
}

fn raw_inputs(contents: Vec<(String, Vec<u8>)>) -> Vec<(Bytes, Option<&'static FormatSpec>, Origin)> {
    contents.into_iter().map(|(name, bytes)| (Box::new(bytes) as Bytes, None, origin(&name))).collect()
}

/// The reason why a case does not pass, and what is special about this case.
fn run(engine: &Engine, case: &Case) -> Result<(), (String, String)> {
    let Some(search) = &case.search else {
        return Err(("the detection's file is not there".to_owned(), String::new()));
    };
    let results = engine.search(search).map_err(|e| (format!("error: {}", e.message), String::new()))?;
    let rows = rows_of(&results.table);
    let (mut missing, mut left) = (Vec::new(), rows);
    for wanted in &case.rows {
        match left.iter().position(|row| same_row(wanted, row)) {
            Some(at) => drop(left.swap_remove(at)),
            None => missing.push(wanted),
        }
    }
    if missing.is_empty() && left.is_empty() {
        return Ok(());
    }
    let mut detail = format!(": {} missing, {} unexpected of {}", missing.len(), left.len(), case.rows.len());
    for (sign, rows) in [("-", missing), ("+", left.iter().collect())] {
        for row in rows.iter().take(3) {
            detail.push_str(&format!("\n        {sign} {row:?}"));
        }
    }
    Err(("other rows".to_owned(), detail))
}

fn rows_of(table: &Table) -> Vec<Row> {
    let fields = table.fields();
    let mut rows = Vec::new();
    for batch in table.batches() {
        for row in 0..batch.rows() {
            let mut values = Row::new();
            for field in &fields {
                let mut texts = Vec::new();
                batch.get(field, row).for_each(|value: ValueRef<'_>| texts.push(shortened(&value.text())));
                if !texts.is_empty() {
                    values.insert(field.to_string(), texts);
                }
            }
            rows.push(values);
        }
    }
    rows
}

/// Long texts stand in the expected rows as their hash.
fn shortened(text: &str) -> String {
    use sha2::Digest;
    let length = text.chars().count();
    if length <= 4096 {
        return text.to_owned();
    }
    let hash: String = sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hash} len:{length}")
}

fn same_row(a: &Row, b: &Row) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|((name, a), (other, b))| {
            name == other && a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_text(a, b))
        })
}

/// Equal, or numbers that differ by no more than arithmetic does.
fn same_text(a: &str, b: &str) -> bool {
    a == b
        || match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(x), Ok(y)) => (x - y).abs() <= 1e-6_f64.max(1e-9 * x.abs()),
            _ => false,
        }
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    paths.sort();
    paths
}

fn read_text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
