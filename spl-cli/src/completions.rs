//! `spl completions` and `spl man`: scripts for shells and manual pages, made from the arguments as they are declared.

use std::fs;
use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use spl_core::error::did_you_mean;

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::exit::{Exit, Failure};

pub(crate) fn shell(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "spl", &mut script);
    write(&script)
}

pub(crate) fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let mut program = Cli::command();
    program.build();
    if let Some(folder) = &args.into {
        let cannot_write = |error| Failure::data(format!("cannot write into {}: {error}", folder.display()));
        fs::create_dir_all(folder).map_err(cannot_write)?;
        for (name, page) in pages(&program)? {
            fs::write(folder.join(format!("{name}.1")), page).map_err(cannot_write)?;
        }
        return Ok(Exit::Done);
    }
    let wanted = match &args.subcommand {
        None => "spl".to_owned(),
        Some(name) => format!("spl-{name}"),
    };
    let mut pages = pages(&program)?;
    match pages.iter().position(|(name, _)| *name == wanted) {
        Some(at) => write(&pages.swap_remove(at).1),
        None => {
            let names = pages.iter().filter_map(|(name, _)| name.strip_prefix("spl-"));
            let name = wanted.trim_start_matches("spl-");
            let hint = did_you_mean(name, names).map(|near| format!("; did you mean `{near}`?"));
            Err(Failure::usage(format!("there is no subcommand `{name}`{}", hint.unwrap_or_default())))
        }
    }
}

/// The pages by name: the program's own and one for each subcommand.
fn pages(program: &Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let page = |command: Command, name: String| {
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        Ok((name, page))
    };
    let own = page(program.clone(), "spl".to_owned());
    let others = program.get_subcommands().filter(|command| command.get_name() != "help").map(|command| {
        let name = format!("spl-{}", command.get_name());
        page(command.clone(), name)
    });
    std::iter::once(own).chain(others).collect()
}

fn write(bytes: &[u8]) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(Exit::Done)
}
