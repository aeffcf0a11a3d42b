//! Each stage of each query: expand, parse, plan, optimize (queries a second), run (events a second).

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use spl_benches::{QUERIES, engine};
use spl_core::RunOptions;

const EVENTS: u64 = 200_000;

fn stages(criterion: &mut Criterion) {
    let engine = engine(EVENTS, 1);
    for (name, text) in QUERIES {
        let mut group = criterion.benchmark_group("plan");
        group.throughput(Throughput::Elements(1));
        let expanded = engine.expand(text).expect("queries expand").text;
        let pipeline = engine.parse(&expanded).expect("queries parse");
        let plan = engine.plan(&pipeline).expect("queries plan");
        group.bench_function(BenchmarkId::new("expand", name), |b| b.iter(|| engine.expand(black_box(text))));
        group.bench_function(BenchmarkId::new("parse", name), |b| b.iter(|| engine.parse(black_box(&expanded))));
        group.bench_function(BenchmarkId::new("plan", name), |b| b.iter(|| engine.plan(black_box(&pipeline))));
        group.bench_function(BenchmarkId::new("optimize", name), |b| {
            b.iter(|| engine.optimize(black_box(plan.clone())))
        });
        group.finish();
        let mut group = criterion.benchmark_group("run");
        group.throughput(Throughput::Elements(EVENTS)).sample_size(20);
        let optimized = engine.optimize(plan.clone());
        group.bench_function(BenchmarkId::new("optimized", name), |b| {
            b.iter(|| engine.run(black_box(&optimized), RunOptions::default()));
        });
        group.bench_function(BenchmarkId::new("as written", name), |b| {
            b.iter(|| engine.run(black_box(&plan), RunOptions::default()));
        });
        group.finish();
    }
}

criterion_group!(benches, stages);
criterion_main!(benches);
