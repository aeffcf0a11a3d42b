//! The events: files, folders and standard input, as bytes that `spl_core::formats` reads.

mod files;

use std::io::Read;
use std::path::Path;

use spl_core::error::Diagnostic;
use spl_core::exec::Bytes;
use spl_core::formats::{self, FormatSpec, Input, Origin, ReadRequest};
use spl_core::table::Table;
use spl_mmap::FileBytes;

use crate::args::{DataArg, EventArgs};
use crate::console::Console;
use crate::exit::{Exit, Failure};

pub(crate) use files::walk;

/// Opened inputs.
pub(crate) struct Inputs {
    opened: Vec<Opened>,
    /// [`Exit::Data`] when some could not be opened.
    pub(crate) exit: Exit,
}

struct Opened {
    bytes: FileBytes,
    format: Option<&'static FormatSpec>,
    origin: Origin,
}

/// Opens everything that `--data` names. What cannot be opened is told; an error is returned only when nothing is left.
pub(crate) fn open(args: &EventArgs, console: Console) -> Result<Inputs, Failure> {
    if !args.unused.is_empty() {
        console.warn(format!("{} stands behind the last --data and applies to nothing", args.unused.join(", ")));
    }
    let mut inputs = Inputs { opened: Vec::new(), exit: Exit::Done };
    let mut failures: Vec<Diagnostic> = Vec::new();
    for data in &args.data {
        let format = data.format.as_deref().map(find_format).transpose()?;
        let found = files::event_files(&data.path, console);
        failures.extend(found.failures);
        for path in found.files {
            match read(&path, args.no_mmap) {
                Ok(bytes) => inputs.opened.push(Opened { bytes, format, origin: origin(data, &path) }),
                Err(error) => failures.push(cannot_read(&path, &error)),
            }
        }
    }
    if failures.is_empty() {
        return Ok(inputs);
    }
    if inputs.opened.is_empty() {
        let last = failures.pop();
        failures.iter().for_each(|failure| console.error(failure));
        return Err(Failure { exit: Exit::Data, diagnostic: last.map(Box::new) });
    }
    failures.iter().for_each(|failure| console.error(failure));
    inputs.exit = Exit::Data;
    Ok(inputs)
}

/// The diagnostic for a file that cannot be read.
pub(crate) fn cannot_read(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::new(spl_core::error::ErrorKind::Data, format!("cannot read {}: {error}", path.display()))
}

fn read(path: &Path, no_mmap: bool) -> std::io::Result<FileBytes> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes.into());
    }
    if no_mmap { FileBytes::read(path) } else { FileBytes::open(path) }
}

fn origin(data: &DataArg, path: &Path) -> Origin {
    let name = if path.as_os_str() == "-" { "stdin".to_owned() } else { path.display().to_string() };
    Origin {
        name,
        index: data.index.clone(),
        source: data.source.clone(),
        sourcetype: data.sourcetype.clone(),
        host: data.host.clone(),
    }
}

fn find_format(name: &str) -> Result<&'static FormatSpec, Failure> {
    formats::format(name).ok_or_else(|| {
        let known: Vec<&str> = formats::FORMATS.iter().map(|format| format.name).collect();
        Failure::usage(format!("there is no input format `{name}`; there are {}", known.join(", ")))
    })
}

impl Inputs {
    /// The inputs as they are, for each search to read what it needs.
    pub(crate) fn into_raw(self) -> Vec<(Bytes, Option<&'static FormatSpec>, Origin)> {
        self.opened.into_iter().map(|opened| (Box::new(opened.bytes) as Bytes, opened.format, opened.origin)).collect()
    }

    /// Reads everything into a table; tells what is damaged.
    pub(crate) fn load(self, request: &ReadRequest, console: Console) -> Result<(Table, Exit), Failure> {
        let inputs: Vec<Input<'_>> =
            self.opened.iter().map(|o| Input { bytes: &o.bytes, format: o.format, origin: o.origin.clone() }).collect();
        let loaded = formats::load(&inputs, request)?;
        loaded.warnings.iter().for_each(|warning| console.warn(warning.to_string()));
        let damaged = if loaded.warnings.is_empty() { Exit::Done } else { Exit::Data };
        Ok((loaded.table, self.exit.max(damaged)))
    }
}
