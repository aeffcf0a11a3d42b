//! A command of one's own: `| luhn FIELD` keeps the rows in which a field's digits pass the check of credit card numbers.
//!
//! `cargo run -p spl-core --example own_command`

#![allow(clippy::print_stdout)]

use spl_core::Engine;
use spl_core::commands::{Command, CommandSpec, Kind};
use spl_core::error::Result;
use spl_core::exec::RunContext;
use spl_core::plan::{CommandNode, Plan, PlanContext};
use spl_core::table::{Bitmap, Table};

static LUHN: CommandSpec = CommandSpec {
    name: "luhn",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "luhn <field>",
    summary: "Keeps rows whose field has the check digit of card numbers.",
    examples: &[],
    parse: |args| {
        let field = args.string("a field")?.node;
        args.end()?;
        Ok(Box::new(Luhn { field }))
    },
};

#[derive(Clone, Debug)]
struct Luhn {
    field: String,
}

impl Command for Luhn {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(input.command(self.clone()))
    }
}

impl CommandNode for Luhn {
    fn describe(&self) -> String {
        format!("luhn {}", self.field)
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        // Batch by batch, on all cores, as long as nobody ends the search. A batch without the field loses all its rows.
        cx.map_batches(input, |batch| {
            let column = batch.column_or_null(&self.field);
            let keep = Bitmap::from_fn(batch.rows(), |row| passes(&column.get(row).text()));
            Ok(batch.filter(&keep))
        })
    }
}

fn passes(text: &str) -> bool {
    let digits = text.chars().rev().filter_map(|c| c.to_digit(10));
    let (mut sum, mut count) = (0, 0);
    for (place, digit) in digits.enumerate() {
        let digit = if place % 2 == 1 { 2 * digit } else { digit };
        sum += digit / 10 + digit % 10;
        count += 1;
    }
    count > 1 && sum % 10 == 0
}

fn main() -> Result<()> {
    let engine = Engine::builder().command(&LUHN).build()?;
    let search = "| makeresults | eval card=split(\"4539 1488 0343 6467,4539 1488 0343 6468\", \",\") | mvexpand card | luhn card | table card";
    let results = engine.search(search)?;
    for batch in results.table.batches() {
        (0..batch.rows()).for_each(|row| println!("{}", batch.get("card", row).text()));
    }
    assert_eq!(results.table.rows(), 1);
    Ok(())
}
