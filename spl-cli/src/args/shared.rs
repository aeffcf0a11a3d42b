//! Options that several subcommands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// When things happened, and when it is now.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Time")]
pub(crate) struct TimeArgs {
    /// Events from this time on: an epoch, a date and time, or relative to now such as -24h@h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) earliest: Option<String>,
    /// Events before this time
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) latest: Option<String>,
    /// What searches take for the present [default: the clock]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) now: Option<String>,
    /// Time zone of searches, such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) tz: String,
}

/// What else searches may refer to.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Knowledge")]
pub(crate) struct KnowledgeArgs {
    /// Macros: a folder of .yml or .conf files, or such a file; may be given again, later ones win
    #[arg(long, value_name = "DIR")]
    pub(crate) macros: Vec<PathBuf>,
    /// A Splunk app's folder, with default/, local/ and lookups/; may be given again, later ones win
    #[arg(long, value_name = "DIR")]
    pub(crate) app: Vec<PathBuf>,
    /// Lookup tables: a folder of .csv files and their definitions; may be given again, later ones win
    #[arg(long, value_name = "DIR")]
    pub(crate) lookups: Vec<PathBuf>,
    /// Let outputlookup write tables into this folder, whose tables are read as well
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub(crate) write_lookups: Option<PathBuf>,
}

/// What a run may use.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Resources")]
pub(crate) struct ResourceArgs {
    /// Threads to use [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Give up when more memory than this is in use, such as 4GB. Inputs that may be larger are read a little at a time
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_memory: Option<u64>,
}

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, for people
    #[default]
    Table,
    /// One array of objects
    Json,
    /// One object a line
    Ndjson,
    /// With a header line, multivalues joined by line breaks
    Csv,
    /// The events' text only
    Raw,
}

/// How the results of one search are written: as those of many, or as a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SearchFormat {
    /// Aligned columns, for people
    #[default]
    Table,
    /// One array of objects
    Json,
    /// One object a line
    Ndjson,
    /// With a header line, multivalues joined by line breaks
    Csv,
    /// The events' text only
    Raw,
    /// A chart as a picture
    Svg,
    /// A page with the chart and the rows
    Html,
}

impl SearchFormat {
    /// The format of rows, where it is one.
    pub(crate) fn rows(self) -> Option<Format> {
        match self {
            SearchFormat::Table => Some(Format::Table),
            SearchFormat::Json => Some(Format::Json),
            SearchFormat::Ndjson => Some(Format::Ndjson),
            SearchFormat::Csv => Some(Format::Csv),
            SearchFormat::Raw => Some(Format::Raw),
            SearchFormat::Svg | SearchFormat::Html => None,
        }
    }
}

/// Whether to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    Always,
    Never,
}

/// A number of bytes: `500MB`, `4G`, `1.5GiB`.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: f64 = match unit.trim().to_ascii_uppercase().trim_end_matches("IB").trim_end_matches('B') {
        "" => 1.0,
        "K" => 1024.0,
        "M" => 1048576.0,
        "G" => 1073741824.0,
        "T" => 1099511627776.0,
        _ => return Err(format!("`{unit}` is no unit of memory: KB, MB, GB or TB")),
    };
    match number.parse::<f64>() {
        Ok(number) if number > 0.0 => Ok((number * factor) as u64),
        _ => Err(format!("`{number}` is no number of bytes")),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("512"), Ok(512));
        assert_eq!(size("1.5GB"), Ok(1610612736));
        assert_eq!(size("2 MiB"), Ok(2 << 20));
        assert_eq!(size("3k"), Ok(3072));
        assert!(size("4 parsecs").is_err() && size("GB").is_err() && size("0").is_err());
    }
}
