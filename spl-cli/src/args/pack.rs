//! The arguments of the subcommands that take content packs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{EventArgs, Format, KnowledgeArgs, ResourceArgs, TimeArgs};

/// Run detections over events: documents of a content pack in YAML or as its build writes them (savedsearches.conf), or folders of them
#[derive(Args, Debug)]
#[command(
    after_help = "Each detection's search runs as it is written. Its macro <name>_filter is `search *` unless --macros defines it.

With --drilldowns each result of --format json, ndjson or csv also has `drilldowns`: objects with name, search, earliest, latest, and results,
or an error. Results that have a drill-down in common name the first of them in place of its results: same_as_result, counted from 1.

Examples:
  spl detect samples/rundll32_create_remote_thread.yml -d samples/sysmon.xml
  spl detect detections/ --macros macros/ --lookups lookups/ -d logs/ --summary
  spl detect detections/endpoint/ -d sysmon.ndjson --format ndjson > findings.ndjson
  spl detect samples/rundll32_create_remote_thread.yml -d samples/sysmon.xml --drilldowns
  spl detect detections/ -d logs/ --risk --format ndjson > risk.ndjson
  spl search -d risk.ndjson 'index=risk | stats sum(risk_score) as score by risk_object'"
)]
pub(crate) struct DetectArgs {
    /// Detection documents, or folders of them
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// One line for each detection: how many results, how long it took, what was wrong
    #[arg(long, help_heading = "Output")]
    pub(crate) summary: bool,
    /// Run the drill-downs of each result, over the events and the risk events that the detections make
    #[arg(long, help_heading = "Follow-up", conflicts_with = "summary")]
    pub(crate) drilldowns: bool,
    /// When drill-downs are opened, such as +10m after now [default: +2h]
    #[arg(long, value_name = "TIME", requires = "drilldowns", allow_hyphen_values = true, help_heading = "Follow-up")]
    pub(crate) drilldowns_at: Option<String>,
    /// Write the events of the index `risk` in place of the results; or into a file, one object a line, besides them
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, help_heading = "Follow-up")]
    pub(crate) risk: Option<Option<PathBuf>>,
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

/// Run the tests of a content pack: each detection over the attack data it names must have results
#[derive(Args, Debug)]
#[command(
    after_help = "A document's `tests:` name their data by web address. Below --attack-data the part behind `datasets/` is looked for, also packed
as .gz, .zst or .zip. Tests whose data are not there are skipped.

Examples:
  spl test detections/ --attack-data attack_data/datasets/ --macros macros/ --lookups lookups/
  spl test detections/endpoint/my_detection.yml --attack-data data/ --format ndjson"
)]
pub(crate) struct TestArgs {
    /// Detection documents, or folders of them
    #[arg(value_name = "PACK", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Folder of the data that tests name; may be given again
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) attack_data: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
    #[command(flatten)]
    pub(crate) knowledge: KnowledgeArgs,
    #[command(flatten)]
    pub(crate) resources: ResourceArgs,
    /// How the outcome is written
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(crate) format: CheckFormat,
}

/// Parse, expand and plan searches without running them, and tell what they lack
#[derive(Args, Debug)]
#[command(
    after_help = "Reads detections, baselines and macros in YAML, savedsearches.conf and macros.conf, .spl files, and .jsonl files with a
field `spl`. A search is parsed as it is written; unknown macros keep it from being expanded.

Examples:
  spl check detections/ --macros macros/
  spl check --format json my_app/default/
  spl check --format ndjson searches.jsonl | grep '\"planned\":false'"
)]
pub(crate) struct CheckArgs {
    /// Files of searches, or folders of them
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) time: TimeArgs,
    #[command(flatten)]
    pub(crate) knowledge: KnowledgeArgs,
    #[command(flatten)]
    pub(crate) resources: ResourceArgs,
    /// How the report is written
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub(crate) format: CheckFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// What is wrong, and totals, for people
    #[default]
    #[value(alias = "table")]
    Text,
    /// Totals and failures as one object
    Json,
    /// One object for each search
    Ndjson,
}
