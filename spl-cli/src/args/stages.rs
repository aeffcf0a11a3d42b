//! The arguments of the subcommands that show the stages of a search.

use clap::{Args, ValueEnum};

use super::{EventArgs, KnowledgeArgs, QueryArgs, ResourceArgs, TimeArgs};

/// Print a search with its macros expanded
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl expand '`sysmon` EventCode=8 | `security_content_ctime(firstTime)`'
  spl expand --macros macros/ --file hunt.spl")]
pub(crate) struct ExpandArgs {
    #[command(flatten)]
    pub(crate) query: QueryArgs,
    #[command(flatten)]
    pub(crate) knowledge: KnowledgeArgs,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
}

/// Print what a search consists of: its commands and their arguments, macros not expanded
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl parse 'index=main [search index=hosts | fields host] | stats count by host'
  spl parse --format json --file hunt.spl")]
pub(crate) struct ParseArgs {
    #[command(flatten)]
    pub(crate) query: QueryArgs,
    /// How it is printed
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(crate) format: TreeFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TreeFormat {
    /// An outline, for people
    #[default]
    Text,
    /// One object, with the place of each part
    Json,
}

/// Print a search in its usual layout: a command a line, comments and macros kept
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl fmt 'index=main|stats count by host|sort - count'
  spl fmt --check --file hunt.spl")]
pub(crate) struct FmtArgs {
    #[command(flatten)]
    pub(crate) query: QueryArgs,
    /// Print nothing; exit with 1 when the search is not in its usual layout
    #[arg(long)]
    pub(crate) check: bool,
}

/// Print how a search is carried out: the kinds of its commands, the plan before and after the optimizer, the fields that are read
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl explain 'index=main error | stats count by host | where count > 10'
  spl explain --analyze -d events.ndjson 'status>=500 | top limit=5 uri'")]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) query: QueryArgs,
    /// Run the search, and print rows and time of each step
    #[arg(long)]
    pub(crate) analyze: bool,
    #[command(flatten)]
    pub(crate) events: EventArgs,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
    #[command(flatten)]
    pub(crate) knowledge: KnowledgeArgs,
    #[command(flatten)]
    pub(crate) resources: ResourceArgs,
}
