//! `spl`: the command line. Thin: it reads arguments and files, asks `spl_core`, and writes what comes back.
//!
//! Results go to standard output, everything else to standard error.

mod args;
mod bench;
mod catalogue;
mod chart;
mod check;
mod completions;
mod console;
mod detect;
mod exit;
mod explain;
mod guard;
mod highlight;
mod inputs;
mod job;
mod knowledge;
mod layout;
mod memory;
mod output;
mod pack;
mod pack_events;
mod pack_tests;
mod progress;
mod repl;
mod search;
mod settings;
mod stages;
mod writer;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::console::Console;
use crate::exit::{Exit, Failure};

/// Columns come and go by the megabyte: an allocator that keeps pages for a while saves the kernel's work of clearing them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version were asked for; anything else is wrong use.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            let _ = error.print();
            return ExitCode::from(exit as u8);
        }
    };
    let console = Console::new(cli.console);
    let exit = run(&cli.command, console).unwrap_or_else(|failure| {
        failure.diagnostic.iter().for_each(|diagnostic| console.error(diagnostic));
        failure.exit
    });
    ExitCode::from(exit as u8)
}

fn run(command: &Command, console: Console) -> Result<Exit, Failure> {
    match command {
        Command::Search(args) => search::run(args, console),
        Command::Repl(args) => repl::run(args, console),
        Command::Detect(args) => detect::run(args, console),
        Command::Test(args) => pack_tests::run(args, console),
        Command::Check(args) => check::run(args, console),
        Command::Expand(args) => stages::expand(args, console),
        Command::Parse(args) => stages::parse(args),
        Command::Fmt(args) => stages::fmt(args, console),
        Command::Explain(args) => explain::run(args, console),
        Command::Bench(args) => bench::run(args, console),
        Command::Pack(args) => pack_events::run(args, console),
        Command::Formats(_) => catalogue::formats(console),
        Command::Doc(args) => catalogue::doc(args, console),
        Command::Commands(args) => catalogue::commands(args, console),
        Command::Macros(args) => catalogue::macros(args, console),
        Command::Functions(args) => catalogue::functions(args, console),
        Command::Completions(args) => completions::shell(args),
        Command::Man(args) => completions::man(args),
    }
}
