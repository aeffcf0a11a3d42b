//! The kernel's loops by themselves, in events a second: filters, wildcards, groups, sorts, regular expressions.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use spl_benches::engine;

const EVENTS: u64 = 200_000;

/// Searches that are one operator over a scan, and what they measure.
const KERNELS: &[(&str, &str)] = &[
    ("filter by code", "EventCode=8 | stats count"),
    ("wildcard between stars", "CommandLine=\"*DownloadString*\" | stats count"),
    ("wildcard at the end", "Image=\"*\\\\cmd.exe\" | stats count"),
    ("group by few", "| stats count BY EventCode"),
    ("group by many", "| stats count BY user dest"),
    ("distinct count", "| stats dc(CommandLine) BY user"),
    ("sort", "| sort 0 dest | stats count"),
    ("regular expression", "| where match(CommandLine, \"-enc \\\\d+7$\") | stats count"),
    ("arithmetic", "| eval x=_time*2+1 | where x%3<1 | stats count"),
];

fn kernels(criterion: &mut Criterion) {
    let engine = engine(EVENTS, 1);
    let mut group = criterion.benchmark_group("kernel");
    group.throughput(Throughput::Elements(EVENTS)).sample_size(20);
    for (name, text) in KERNELS {
        let search = engine.compile(text).expect("kernel searches compile");
        group.bench_function(*name, |b| b.iter(|| black_box(&search).run()));
    }
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
