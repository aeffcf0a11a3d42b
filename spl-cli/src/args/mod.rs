//! The command line as clap reads it. Knows names, help and examples; does nothing.

mod catalogue;
mod events;
mod pack;
mod shared;
mod stages;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use catalogue::{CommandsArgs, CompletionsArgs, DocArgs, FormatsArgs, FunctionsArgs, MacrosArgs, ManArgs};
pub(crate) use events::{DataArg, EventArgs};
pub(crate) use pack::{CheckArgs, CheckFormat, DetectArgs, TestArgs};
pub(crate) use shared::{Color, Format, KnowledgeArgs, ResourceArgs, SearchFormat, TimeArgs};
pub(crate) use stages::{ExpandArgs, ExplainArgs, FmtArgs, ParseArgs, TreeFormat};

/// Splunk's search language over your own logs, without Splunk
#[derive(Parser, Debug)]
#[command(
    name = "spl",
    version,
    after_help = "Examples:
  spl search -d sysmon.xml 'EventCode=1 | top limit=5 Image'
  spl repl -d logs/
  spl detect detections/ --macros macros/ -d logs/ --summary
  spl doc timechart

Exit codes:
  0    done, also with no results
  1    the search, a macro or a detection is wrong
  2    a file or its data is wrong
  3    a limit was hit
  4    a test failed
  64   wrong use of the command line
  130  interrupted"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) console: ConsoleArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is said besides results.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ConsoleArgs {
    /// Say nothing but errors on standard error
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Whether to use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t, help_heading = "Output")]
    pub(crate) color: Color,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Search(SearchArgs),
    Repl(ReplArgs),
    Detect(DetectArgs),
    Test(TestArgs),
    Check(CheckArgs),
    Expand(ExpandArgs),
    Parse(ParseArgs),
    Fmt(FmtArgs),
    Explain(ExplainArgs),
    Bench(BenchArgs),
    Pack(PackArgs),
    Formats(FormatsArgs),
    Doc(DocArgs),
    Commands(CommandsArgs),
    Functions(FunctionsArgs),
    Macros(MacrosArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Run a search over files and print its results
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl search -d sysmon.xml 'EventCode=8 SourceImage=\"*\\\\rundll32.exe\" | stats count by TargetImage'
  zcat logs/*.gz | spl search -d - --input-format json 'error | top limit=5 host' --format ndjson
  spl search --index web -d access/ --index db -d audit.csv --earliest -24h@h 'index=web OR index=db | timechart count by index'
  spl search --file hunt.spl -d events/ --macros macros/ --lookups lookups/ --format csv > hits.csv
  spl search -d access.log 'status>=500 | timechart span=5m count by host' --chart
  spl search -d access.log 'status>=500 | top uri' --format svg > top.svg
  spl search '| makeresults count=3 | streamstats count'")]
pub(crate) struct SearchArgs {
    #[command(flatten)]
    pub(crate) query: QueryArgs,
    #[command(flatten)]
    pub(crate) events: EventArgs,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
    #[command(flatten)]
    pub(crate) knowledge: KnowledgeArgs,
    #[command(flatten)]
    pub(crate) resources: ResourceArgs,
    /// How results are written
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(crate) format: SearchFormat,
    /// Draw the results: bars for the rows of chart, stats, top and rare, columns or lines over time for those of timechart
    #[arg(long, help_heading = "Output")]
    pub(crate) chart: bool,
    /// Show long cells whole; a table on a terminal has no more than a few lines of each
    #[arg(long, help_heading = "Output")]
    pub(crate) wide: bool,
    /// Write the results into a file; into a .parquet file they go as Parquet
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
}

/// Write all events into one Parquet file that loads quickly and gives the same results
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  spl pack -d logs/ -o logs.parquet
  spl pack --index win -d sysmon.xml --index web -d access/ -o all.parquet --lean
  spl pack --app my_app/ --sourcetype my:log -d app.log -o app.parquet
  spl search -d logs.parquet 'error | stats count by host'")]
pub(crate) struct PackArgs {
    #[command(flatten)]
    pub(crate) events: EventArgs,
    /// The file to write
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: PathBuf,
    /// Leave out the text of events that can be written again from their fields: smaller, and the same to spl
    #[arg(long, help_heading = "Output")]
    pub(crate) lean: bool,
    /// What is taken for the present, by which dates without a year are understood [default: the clock]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = "Time")]
    pub(crate) now: Option<String>,
    /// A Splunk app's folder, whose props.conf says how inputs become events; may be given again, later ones win
    #[arg(long, value_name = "DIR", help_heading = "Knowledge")]
    pub(crate) app: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) resources: ResourceArgs,
}

/// Type searches, one after the other, over events that are loaded once
#[derive(Args, Debug)]
#[command(
    after_help = "Tab completes commands, functions, fields, macros and lookups. A line that ends with | or leaves a quote, a bracket or a
backquote open goes on in the next one. Ctrl-C ends a running search, Ctrl-D the session; :help lists the commands that begin
with a colon. Lines are kept in spl/history below $XDG_STATE_HOME, which is ~/.local/state where it is not set.

Examples:
  spl repl -d sysmon.xml
  spl repl --index web -d access/ --macros macros/ --lookups lookups/
  echo '* | stats count by host' | spl repl -d events.ndjson --format csv"
)]
pub(crate) struct ReplArgs {
    /// Neither read nor write the history of lines
    #[arg(long)]
    pub(crate) no_history: bool,
    #[command(flatten)]
    pub(crate) events: EventArgs,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
    #[command(flatten)]
    pub(crate) knowledge: KnowledgeArgs,
    #[command(flatten)]
    pub(crate) resources: ResourceArgs,
    /// How results are written
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(crate) format: Format,
}

/// A search, on the command line or in a file.
#[derive(Args, Debug)]
pub(crate) struct QueryArgs {
    /// The search
    #[arg(value_name = "SPL", required_unless_present = "file", conflicts_with = "file", allow_hyphen_values = true)]
    pub(crate) spl: Option<String>,
    /// Read the search from a file (- for standard input)
    #[arg(short, long, value_name = "QUERY.spl")]
    pub(crate) file: Option<PathBuf>,
}

/// Load events once, run searches many times, and report how long it took
#[derive(Args, Debug)]
#[command(
    after_help = "The last line of standard output is one JSON object: load_s, loaded_mb, and for each query ms (median), first_ms,
plan_us (expand, parse, plan and optimize, nothing cached) and check (rows, and the sum of all whole-number columns).

Examples:
  spl bench -d events.ndjson --queries queries --names Q01,Q02 --repeat 9
  spl bench -d events.xml --repeat 0
  spl bench -d events.csv --queries queries --compare push_filters,prune_fields
  spl bench -d events.xml --queries queries --compare threads=1,other-queries"
)]
pub(crate) struct BenchArgs {
    /// Folder of the queries, one .spl file each
    #[arg(long, value_name = "DIR")]
    pub(crate) queries: Option<PathBuf>,
    /// Which queries, without .spl [default: all in the folder]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) names: Vec<String>,
    /// How often each query is run; 0 only loads
    #[arg(long, value_name = "K", default_value_t = 5)]
    pub(crate) repeat: usize,
    /// Run each query also otherwise: without an optimizer rule (or `all`), with `threads=N`, or as it is in another folder
    #[arg(long, value_name = "WAYS", value_delimiter = ',')]
    pub(crate) compare: Vec<String>,
    #[command(flatten)]
    pub(crate) events: EventArgs,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
    #[command(flatten)]
    pub(crate) knowledge: KnowledgeArgs,
    #[command(flatten)]
    pub(crate) resources: ResourceArgs,
}
