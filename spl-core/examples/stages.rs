//! Every stage of a search by itself: expanded, parsed, planned, optimized, run with a profile.
//!
//! `cargo run -p spl-core --example stages`

#![allow(clippy::print_stdout)]

use spl_core::error::Diagnostic;
use spl_core::exec::Profile;
use spl_core::knowledge::Macros;
use spl_core::table::{Table, field_name};
use spl_core::value::Value;
use spl_core::{Engine, RunOptions};

fn main() -> Result<(), Box<Diagnostic>> {
    let fields = ["user", "bytes"].map(field_name);
    let rows = (0..1_000).map(|n| vec![Value::str(format!("user{}", n % 7)), Value::Num(f64::from(n))]).collect();
    let macros = Macros::from_conf("[large(1)]\nargs = limit\ndefinition = where bytes > $limit$\n")?;
    let engine = Engine::builder().events(Table::from_rows(&fields, rows)).macros(macros).build()?;

    let expanded = engine.expand("user=user3 | `large(500)` | stats count sum(bytes) BY user")?;
    println!("expanded   {}", expanded.text);
    let tree = engine.parse(&expanded.text)?;
    println!("parsed     {} stages", tree.stages.len());
    let plan = engine.plan(&tree)?;
    println!("planned\n{}", plan.explain());
    let plan = engine.optimize(plan);
    println!("optimized\n{}", plan.explain());
    let profile = Profile::default();
    let results = engine.run(&plan, RunOptions { profile: Some(&profile), ..RunOptions::default() })?;
    for node in profile.nodes() {
        println!("{:>8} rows in {:>8.1?}  {}", node.rows, node.total, node.name);
    }
    println!("{} row", results.table.rows());
    Ok(())
}
