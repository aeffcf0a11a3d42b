//! The arguments of the subcommands that tell what the engine and the program know.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::{KnowledgeArgs, TimeArgs};

/// Document a command, function, aggregate or macro: syntax, options, examples with results; without a name, list the families
#[derive(Args, Debug)]
#[command(
    after_help = "`spl commands`, `spl functions` and `spl macros` show the same texts for names of one sort, and list them all.

Examples:
  spl doc
  spl doc timechart
  spl doc perc95
  spl doc 'date and time'
  spl doc '`security_content_ctime`'"
)]
pub(crate) struct DocArgs {
    /// What to document; also the name of a family
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) knowledge: KnowledgeArgs,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
}

/// Print a script that lets a shell complete this program's options
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl completions bash > ~/.local/share/bash-completion/completions/spl
  spl completions zsh > ~/.zfunc/_spl
  spl completions fish > ~/.config/fish/completions/spl.fish
  spl completions powershell >> $PROFILE")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: Shell,
}

/// Print this program's manual page, or write the pages of all its subcommands into a folder
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl man | man -l -
  spl man search | man -l -
  spl man --into ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// The subcommand whose page is printed [default: the program's own]
    #[arg(value_name = "SUBCOMMAND", conflicts_with = "into")]
    pub(crate) subcommand: Option<String>,
    /// Write all pages into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) into: Option<PathBuf>,
}

/// List the commands of the language, or describe one
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl commands
  spl commands stats

`spl doc NAME` shows the same text for any sort of name.")]
pub(crate) struct CommandsArgs {
    /// The command to describe
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// List the functions of eval and where, and the aggregates of stats, or describe one
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl functions
  spl functions mvindex
  spl functions perc95

`spl doc NAME` shows the same text for any sort of name.")]
pub(crate) struct FunctionsArgs {
    /// The function to describe
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// List the formats that events are read from, and how each is recognised
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl formats
  spl search --input-format csv -d export.txt 'index=*'")]
pub(crate) struct FormatsArgs {}

/// List the search macros, or show one
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl macros
  spl macros sysmon
  spl macros --macros macros/ my_macro

`spl doc NAME` shows the same text for any sort of name.")]
pub(crate) struct MacrosArgs {
    /// The macro to show
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) knowledge: KnowledgeArgs,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
}
