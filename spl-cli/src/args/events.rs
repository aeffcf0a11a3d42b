//! `--data` and the options that say what its events are taken for. Their order counts: `--index web` applies to the `--data` that
//! follow it.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};
use spl_core::formats::FORMATS;

const HEADING: &str = "Events";

/// A file or folder of events, and what they are said to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DataArg {
    /// Where; `-` is standard input.
    pub(crate) path: PathBuf,
    pub(crate) format: Option<String>,
    pub(crate) index: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) sourcetype: Option<String>,
    pub(crate) host: Option<String>,
}

/// All `--data` of a command line.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventArgs {
    pub(crate) data: Vec<DataArg>,
    /// Whether files are read instead of mapped.
    pub(crate) no_mmap: bool,
    /// Options that stand behind the last `--data` and so apply to none.
    pub(crate) unused: Vec<String>,
}

/// Names, metavariables and help of the options that apply to the `--data` that follow.
const LABELS: [(&str, &str, &str); 5] = [
    ("input-format", "NAME", "Format of the --data that follow, where content and file name do not tell"),
    ("index", "NAME", "Index of the events of the --data that follow [default: main]"),
    ("source", "NAME", "Source of the events of the --data that follow [default: as the event says, else the path]"),
    ("sourcetype", "NAME", "Source type of the events of the --data that follow [default: as detected]"),
    ("host", "NAME", "Host of the events of the --data that follow [default: as the event says]"),
];

impl Args for EventArgs {
    fn augment_args(command: Command) -> Command {
        let data = Arg::new("data")
            .short('d')
            .long("data")
            .value_name("FILE|DIR|-")
            .value_parser(value_parser!(PathBuf))
            .action(ArgAction::Append)
            .help_heading(HEADING)
            .help("Events: a file, a folder of files, ARCHIVE.zip!PATTERN, or - for standard input; may be given again")
            .long_help(format!(
                "Events: a file, a folder of files, or - for standard input; may be given again. The format is told by content and file \
                 name ({}, each also packed as .gz, .zst or .zip). ARCHIVE.zip!PATTERN reads the files of an archive whose names match: \
                 'logs.zip!*.evtx', 'logs.zip!host7/*'",
                FORMATS.iter().flat_map(|format| format.extensions).map(|e| format!(".{e}")).collect::<Vec<_>>().join(" ")
            ));
        let label = |(name, value, help): (&'static str, &'static str, &'static str)| {
            Arg::new(name)
                .long(name)
                .value_name(value)
                .action(ArgAction::Append)
                .help_heading(HEADING)
                .help(help)
                .hide_short_help(name != "index" && name != "sourcetype")
        };
        let no_mmap = Arg::new("no-mmap")
            .long("no-mmap")
            .action(ArgAction::SetTrue)
            .help_heading(HEADING)
            .hide_short_help(true)
            .help("Read files instead of mapping them: for files that are overwritten meanwhile");
        command.arg(data).args(LABELS.map(label)).arg(no_mmap)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for EventArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = |name: &str| matches.value_source(name) == Some(ValueSource::CommandLine);
        let mut events: Vec<(usize, &str, PathBuf)> = Vec::new();
        for name in ["data"].into_iter().chain(LABELS.map(|label| label.0)).filter(|name| given(name)) {
            let at = matches.indices_of(name).into_iter().flatten();
            let values: Vec<PathBuf> = match name {
                "data" => matches.get_many::<PathBuf>(name).into_iter().flatten().cloned().collect(),
                _ => matches.get_many::<String>(name).into_iter().flatten().map(PathBuf::from).collect(),
            };
            events.extend(at.zip(values).map(|(at, value)| (at, name, value)));
        }
        events.sort();
        let mut args = EventArgs { no_mmap: matches.get_flag("no-mmap"), ..EventArgs::default() };
        let mut next = DataArg::default();
        for (_, name, value) in events {
            if name == "data" {
                args.data.push(DataArg { path: value, ..next.clone() });
                args.unused.clear();
                continue;
            }
            args.unused.push(format!("--{name}"));
            let slot = match name {
                "input-format" => &mut next.format,
                "index" => &mut next.index,
                "source" => &mut next.source,
                "sourcetype" => &mut next.sourcetype,
                _ => &mut next.host,
            };
            *slot = Some(value.to_string_lossy().into_owned());
        }
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> EventArgs {
        let command = EventArgs::augment_args(Command::new("spl").no_binary_name(true));
        EventArgs::from_arg_matches(&command.get_matches_from(line.split(' '))).unwrap()
    }

    #[test]
    fn labels_apply_to_the_data_that_follow() {
        let args = parse("-d a --index web --host h -d b --index db --data c");
        let seen: Vec<_> =
            args.data.iter().map(|d| (d.path.to_str().unwrap(), d.index.as_deref(), d.host.as_deref())).collect();
        assert_eq!(seen, [("a", None, None), ("b", Some("web"), Some("h")), ("c", Some("db"), Some("h"))]);
        assert!(args.unused.is_empty());
    }

    #[test]
    fn a_label_behind_the_last_data_is_noticed() {
        assert_eq!(parse("-d a --sourcetype x").unused, ["--sourcetype"]);
    }
}
