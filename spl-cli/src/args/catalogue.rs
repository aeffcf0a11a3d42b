//! The arguments of the subcommands that list what the engine knows.

use clap::Args;

use super::{KnowledgeArgs, TimeArgs};

/// List the commands of the language, or describe one
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl commands
  spl commands stats")]
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
  spl functions perc95")]
pub(crate) struct FunctionsArgs {
    /// The function to describe
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// List the search macros, or show one
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl macros
  spl macros sysmon
  spl macros --macros macros/ my_macro")]
pub(crate) struct MacrosArgs {
    /// The macro to show
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) knowledge: KnowledgeArgs,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
}
