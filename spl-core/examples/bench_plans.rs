//! Which way of asking is faster, and what each rule of the optimizer is worth: a search is planned once and run many times.
//!
//! `cargo run --release -p spl-core --example bench_plans`

#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use spl_core::error::Diagnostic;
use spl_core::table::{Table, field_name};
use spl_core::value::Value;
use spl_core::{Engine, optimize};

const ROWS: u32 = 200_000;
const RUNS: usize = 9;

/// Two ways to the same rows.
const SEARCHES: [&str; 2] = [
    "| search host=\"host-7\" | stats count AS events BY program",
    "| eval on_host=if(host=\"host-7\",1,null()) | stats count(on_host) AS events BY program | where events>0",
];

fn main() -> Result<(), Box<Diagnostic>> {
    let rows = (0..ROWS).map(|n| {
        let text = |prefix: &str, value: u32| Value::str(format!("{prefix}-{value}"));
        vec![text("host", n % 50), text("program", n * 31 % 400), Value::Num(f64::from(n))]
    });
    let events = Table::from_rows(&["host", "program", "_time"].map(field_name), rows.collect());
    for search in SEARCHES {
        println!("{:8.2?}  {search}", median(&engine(&events, &[])?, search)?);
        for rule in optimize::RULES {
            println!("{:8.2?}    without {}", median(&engine(&events, &[rule.name])?, search)?, rule.name);
        }
    }
    Ok(())
}

/// An engine without some of the optimizer's rules.
fn engine(events: &Table, without: &[&str]) -> Result<Engine, Box<Diagnostic>> {
    Engine::builder().index("main", events.clone()).without_rules(without.iter().copied()).threads(1).build()
}

/// The median time of a search that is compiled once.
fn median(engine: &Engine, text: &str) -> Result<Duration, Box<Diagnostic>> {
    let search = engine.compile(text)?;
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let started = Instant::now();
        search.run()?;
        times.push(started.elapsed());
    }
    times.sort();
    Ok(times[RUNS / 2])
}
