//! Each format, read into a table and scanned for a rare literal, in events and bytes a second on one core.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use spl_benches::Random;
use spl_core::formats::{Candidates, Input, Origin, Packing, ReadRequest, load, write_parquet};

const EVENTS: u64 = 20_000;

/// One event as pairs of field and value.
fn event(id: u64, random: &mut Random) -> Vec<(&'static str, String)> {
    let programs = ["powershell.exe", "cmd.exe", "svchost.exe", "chrome.exe", "explorer.exe", "wscript.exe"];
    let program = programs[random.below(programs.len() as u64) as usize];
    let image = format!(r"C:\Windows\System32\{program}");
    let mut fields = vec![
        ("ProcessGuid", format!("{{{:08X}-0000-4000-8000-{:012X}}}", random.below(1 << 32), id)),
        ("ProcessId", random.below(20_000).to_string()),
        ("User", format!(r"CORP\user{}", random.below(2_000))),
    ];
    if random.below(1_000) == 0 {
        fields.push(("SourceImage", r"C:\Windows\System32\rundll32.exe".into()));
        fields.push(("TargetImage", image));
    } else {
        fields
            .push(("CommandLine", format!("\"{image}\" -File {}.ps1 -Run {}", random.below(50), random.below(5_000))));
        fields.push(("Image", image));
    }
    fields
}

fn xml(id: u64, code: u64, fields: &[(&str, String)]) -> String {
    let data: String = fields.iter().map(|(name, value)| format!("<Data Name='{name}'>{value}</Data>")).collect();
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon' \
         Guid='{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}'/><EventID>{code}</EventID><Version>5</Version><Level>4</Level>\
         <Task>{code}</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>\
         <TimeCreated SystemTime='2024-05-01T{:02}:{:02}:{:02}.068000000Z'/><EventRecordID>{id}</EventRecordID><Correlation/>\
         <Execution ProcessID='2208' ThreadID='3748'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel>\
         <Computer>host-{}.example</Computer><Security UserID='S-1-5-18'/></System><EventData>{data}</EventData></Event>\n",
        id / 3600 % 24,
        id / 60 % 60,
        id % 60,
        id % 500
    )
}

fn json(id: u64, code: u64, fields: &[(&str, String)]) -> String {
    let escaped = |value: &str| value.replace('\\', r"\\").replace('"', "\\\"");
    let members: String = fields.iter().map(|(name, value)| format!(",\"{name}\":\"{}\"", escaped(value))).collect();
    format!("{{\"_time\":{}.068,\"EventCode\":{code},\"dest\":\"host-{}\"{members}}}\n", 1_714_557_600 + id, id % 500)
}

fn csv(id: u64, code: u64, fields: &[(&str, String)]) -> String {
    let columns = ["ProcessGuid", "ProcessId", "User", "SourceImage", "TargetImage", "CommandLine", "Image"];
    let value =
        |column: &str| fields.iter().find(|(name, _)| *name == column).map(|(_, value)| value.replace('"', "\"\""));
    let cells: String =
        columns.iter().map(|column| value(column).map_or(",".into(), |v| format!(",\"{v}\""))).collect();
    format!("{}.068,{code},host-{}{cells}\n", 1_714_557_600 + id, id % 500)
}

/// The events of a document, packed as Parquet.
fn parquet(document: &str) -> Vec<u8> {
    let origin = Origin { name: "events.json".into(), ..Origin::default() };
    let input = Input { bytes: document.as_bytes(), format: None, origin };
    let table = load(&[input], &ReadRequest::default()).map(|loaded| loaded.table).unwrap_or_default();
    let mut packed = Vec::new();
    write_parquet(&table, Packing::LeanEvents, &mut packed).expect("a vector takes everything");
    packed
}

fn documents() -> Vec<(&'static str, Vec<u8>)> {
    let mut random = Random::new(7);
    let header = "_time,EventCode,dest,ProcessGuid,ProcessId,User,SourceImage,TargetImage,CommandLine,Image\n";
    let mut documents = [("xml", String::new()), ("json", String::new()), ("csv", header.to_owned())];
    for id in 0..EVENTS {
        let fields = event(id, &mut random);
        let code = if fields.iter().any(|(name, _)| *name == "SourceImage") { 8 } else { 1 };
        for ((_, document), write) in documents.iter_mut().zip([xml, json, csv]) {
            document.push_str(&write(id, code, &fields));
        }
    }
    let packed = parquet(&documents[1].1);
    let texts = documents.into_iter().map(|(name, text)| (name, text.into_bytes()));
    texts.chain([("parquet", packed)]).collect()
}

fn formats(criterion: &mut Criterion) {
    let pool = spl_benches::one_thread();
    let mut candidates = Candidates::default();
    candidates.require([r"\rundll32.exe"]);
    let fields = ["_time", "SourceImage", "TargetImage", "dest"].map(String::from).into();
    let requests = [
        ("load", ReadRequest::default()),
        ("scan", ReadRequest { candidates, fields: Some(fields), raw: false, ..ReadRequest::default() }),
    ];
    for (what, request) in requests {
        let mut group = criterion.benchmark_group(what);
        group.sample_size(20);
        for (name, document) in documents() {
            let origin = Origin { name: format!("events.{name}"), ..Origin::default() };
            let input = [Input { bytes: &document, format: None, origin }];
            group.throughput(Throughput::ElementsAndBytes { elements: EVENTS, bytes: document.len() as u64 });
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter(|| pool.install(|| load(black_box(&input), &request)));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, formats);
criterion_main!(benches);
