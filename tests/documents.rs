//! The documents of a published content pack, all of them: they are read, their drill-downs can be run, their messages can be filled.
//!
//! Reads `$SPL_SHARED/escu` and `$SPL_SHARED/data/expected`; without that variable nothing is tested. `-- --nocapture` shows the counts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use spl_core::detection::{Detection, Generation, Run, rows, technique};
use spl_core::knowledge::{Macro, Macros};
use spl_core::table::{FieldName, Table, field_name};
use spl_core::value::Value;
use spl_core::{Engine, builtin};

/// So many documents are there.
const DOCUMENTS: usize = 1270;

fn shared() -> Option<PathBuf> {
    let shared = std::env::var_os("SPL_SHARED").map(PathBuf::from);
    if shared.is_none() {
        eprintln!("documents: SPL_SHARED is not set, nothing is tested");
    }
    shared
}

/// The detections, by the file's path below the pack.
fn detections(shared: &Path) -> BTreeMap<PathBuf, Detection> {
    let pack = shared.join("escu");
    let mut found = BTreeMap::new();
    for path in yaml_files(&pack.join("detections")) {
        let text = std::fs::read_to_string(&path).expect("a document can be read");
        let detection = Detection::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        found.insert(path.strip_prefix(&pack).unwrap_or(&path).to_owned(), detection);
    }
    found
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(yaml_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            files.push(path);
        }
    }
    files
}

#[test]
fn every_document_is_read() {
    let Some(shared) = shared() else { return };
    let all = detections(&shared);
    assert!(all.len() >= DOCUMENTS, "{} documents", all.len());
    let count = |test: &dyn Fn(&Detection) -> bool| all.values().filter(|detection| test(detection)).count();
    let techniques: BTreeSet<&String> = all.values().flat_map(|detection| &detection.tags.mitre_attack_id).collect();
    let unknown: Vec<_> = techniques.iter().filter(|id| technique(id).is_none()).collect();
    println!(
        "documents: {}; with observables {}, with rba {}, with a message {}, with somebody at risk {}, with a threat {}, with tests {}; {} techniques, unknown {unknown:?}",
        all.len(),
        count(&|detection| !detection.tags.observable.is_empty()),
        count(&|detection| detection.generation == Generation::Rba),
        count(&|detection| !detection.rba.message.is_empty()),
        count(&|detection| !detection.rba.risk_objects.is_empty()),
        count(&|detection| !detection.rba.threat_objects.is_empty()),
        count(&|detection| !detection.tests.is_empty()),
        techniques.len(),
    );
    assert!(unknown.is_empty(), "{unknown:?}");
    // What is not typed is nothing that decides anything.
    let kept: BTreeSet<&String> = all.values().flat_map(|d| d.extra.keys().chain(d.tags.extra.keys())).collect();
    println!("kept as they are: {kept:?}");
    for (file, detection) in &all {
        assert!(
            detection.rba.risk_objects.iter().all(|risk| (0.0..=100.0).contains(&risk.score)),
            "{}",
            file.display()
        );
    }
}

/// Values that would end a quotation, widen a search or begin a command.
const NASTY: &[&str] = &["ws 1", r#"a"b"#, r"C:\x\", "x | delete", "[search x]", "`m`", "$user$", "ü, (y)"];

#[test]
fn every_drilldown_can_be_run() {
    let Some(shared) = shared() else { return };
    let all = detections(&shared);
    let mut macros = builtin::macros();
    for path in yaml_files(&shared.join("escu/macros")) {
        macros.extend(Macros::from_yaml(&std::fs::read_to_string(path).expect("a macro's file")).expect("a macro"));
    }
    all.values().for_each(|d| macros.insert(Macro::new(d.filter_macro(), &[], "search *")));
    let builder = Engine::builder().macros(macros).data_models(builtin::data_models()).knowledge(builtin::knowledge());
    let engine = builder.now(1_700_000_000.0).build().expect("an engine of right parts");
    let (mut opened, mut filled, mut planned, mut original) = (0, 0, 0, 0);
    let mut wrong: BTreeMap<String, usize> = BTreeMap::new();
    for (file, detection) in &all {
        // What cannot be planned without drill-down lacks something here, such as a lookup.
        let plans = engine.compile(&detection.search).is_ok();
        for values in [&NASTY[..1], NASTY] {
            let table = result_with(&tokens(detection), values);
            let row = rows(&table).next().expect("one row");
            let open = detection.drilldowns(row, &Run::at(1_700_000_000.0));
            for drilldown in open.unwrap_or_else(|error| panic!("{}: {error}", file.display())) {
                opened += 1;
                assert!(drilldown.missing.is_empty(), "{}: {:?}", file.display(), drilldown.missing);
                filled += 1;
                let expanded = engine.expand(&drilldown.search);
                let parsed = expanded.and_then(|expanded| engine.parse(&expanded.text));
                if let Err(error) = parsed {
                    *wrong.entry(format!("{}: {error}", file.display())).or_default() += 1;
                    continue;
                }
                let is_original = drilldown.search.contains(&detection.search);
                original += usize::from(is_original);
                match engine.compile(&drilldown.search) {
                    Ok(_) => planned += 1,
                    Err(_) if is_original && !plans => {}
                    Err(error) => *wrong.entry(format!("{}: {error}", file.display())).or_default() += 1,
                }
            }
        }
    }
    println!(
        "drill-downs: {opened} opened, {filled} filled, {original} of them with the detection's search, {planned} planned, {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(opened >= 3900, "{opened}");
}

/// The fields that the drill-downs name.
fn tokens(detection: &Detection) -> BTreeSet<&str> {
    let texts = detection.drilldown_searches.iter().flat_map(|drilldown| [&*drilldown.name, &*drilldown.search]);
    texts.flat_map(|text| text.split('$').skip(1).step_by(2)).collect()
}

/// A result that has these values in every field.
fn result_with(fields: &BTreeSet<&str>, values: &[&str]) -> Table {
    let names: Vec<FieldName> = fields.iter().map(field_name).collect();
    let value = Value::multi(values.iter().map(|&value| Value::str(value)));
    Table::from_rows(&names, vec![names.iter().map(|_| value.clone()).collect()])
}

#[test]
fn every_message_is_filled() {
    let Some(shared) = shared() else { return };
    let all = detections(&shared);
    let (mut messages, mut whole) = (0, 0);
    let mut missing: BTreeMap<(String, String), usize> = BTreeMap::new();
    for entry in std::fs::read_dir(shared.join("data/expected")).expect("expected results").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("expected results can be read");
        let json: Json = serde_json::from_str(&text).expect("expected results are JSON");
        let Some(detection) = json["detection"].as_str().and_then(|path| all.get(Path::new(path))) else { continue };
        for expected in json["expected_rows"].as_array().into_iter().flatten() {
            let table = table_of(expected);
            let row = rows(&table).next().expect("one row");
            let (message, lacks) = (detection.message(row), detection.missing_in_message(row));
            messages += 1;
            whole += usize::from(lacks.is_empty());
            for field in &lacks {
                assert!(row.get(field).is_null(), "{} has {field}: {message}", detection.name);
                *missing.entry((detection.name.clone(), field.clone())).or_default() += 1;
            }
            // What is left is what is missing.
            let left =
                expected.as_object().into_iter().flatten().find(|(field, _)| message.contains(&format!("${field}$")));
            assert!(left.is_none(), "{}: {message}", detection.name);
        }
    }
    println!("messages: {messages}, whole {whole}; fields that results lack, by detection:");
    missing.iter().for_each(|((detection, field), count)| println!("    {detection}: {field} ({count})"));
    assert!(messages >= 400, "{messages}");
}

fn table_of(row: &Json) -> Table {
    let pairs = row.as_object().into_iter().flatten();
    let value = |json: &Json| match json {
        Json::Array(values) => Value::multi(values.iter().filter_map(Json::as_str).map(Value::str)),
        Json::String(text) => Value::str(text),
        other => Value::str(other.to_string()),
    };
    let (fields, values): (Vec<FieldName>, Vec<Value>) = pairs.map(|(f, v)| (field_name(f), value(v))).unzip();
    Table::from_rows(&fields, vec![values])
}
