//! The events: files, folders and standard input, as bytes that `spl_core::formats` reads.

mod files;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use spl_core::error::Diagnostic;
use spl_core::exec::{Bytes, Open, StreamInput};
use spl_core::formats::{self, FormatSpec, Input, Origin, ReadRequest};
use spl_core::table::Table;
use spl_mmap::FileBytes;

use crate::args::{DataArg, EventArgs};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::progress::Bar;

pub(crate) use files::walk;

/// Everything that `--data` names, not yet opened.
pub(crate) struct Found {
    files: Vec<File>,
    no_mmap: bool,
    failures: Vec<Diagnostic>,
    console: Console,
}

struct File {
    path: PathBuf,
    format: Option<&'static FormatSpec>,
    origin: Origin,
}

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

/// How much larger than a packed file its content is taken to be.
const PACKED: u64 = 12;

/// How much larger than a Parquet file its events are taken to be.
const COLUMNAR: u64 = 12;

/// Finds everything that `--data` names.
pub(crate) fn find(args: &EventArgs, console: Console) -> Result<Found, Failure> {
    if !args.unused.is_empty() {
        console.warn(format!("{} stands behind the last --data and applies to nothing", args.unused.join(", ")));
    }
    let mut all = Found { files: Vec::new(), no_mmap: args.no_mmap, failures: Vec::new(), console };
    for data in &args.data {
        let format = data.format.as_deref().map(find_format).transpose()?;
        let (path, members) = files::split_members(&data.path);
        let found = files::event_files(&path, console);
        all.failures.extend(found.failures);
        let file = |path: PathBuf| File { format, origin: origin(data, &path, members.clone()), path };
        all.files.extend(found.files.into_iter().map(file));
    }
    Ok(all)
}

/// Opens everything that `--data` names. What cannot be opened is told; an error is returned only when nothing is left.
pub(crate) fn open(args: &EventArgs, console: Console) -> Result<Inputs, Failure> {
    find(args, console)?.open()
}

impl Found {
    /// About how many bytes there are, unpacked; `None` when standard input is among them, whose end nobody knows.
    pub(crate) fn bytes(&self) -> Option<u64> {
        let size = |file: &File| {
            let about = fs::metadata(&file.path).ok().filter(fs::Metadata::is_file);
            let packed = matches!(file.path.extension().and_then(|e| e.to_str()), Some("gz" | "zst" | "zip"));
            Some(
                about?.len()
                    * if packed {
                        PACKED
                    } else if file.is_columnar() {
                        COLUMNAR
                    } else {
                        1
                    },
            )
        };
        // What cannot be read has nothing to tell, and is told when it is opened.
        self.files.iter().map(|file| if is_stdin(&file.path) { None } else { Some(size(file).unwrap_or(0)) }).sum()
    }

    /// The Parquet files, which have to be there as a whole, and the others.
    pub(crate) fn split_columnar(mut self) -> (Found, Found) {
        let (columnar, files) = self.files.drain(..).partition(File::is_columnar);
        let columnar = Found { files: columnar, failures: Vec::new(), ..self };
        (columnar, Found { files, ..self })
    }

    /// Whether there are no files, nor files that could not be found.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.failures.is_empty()
    }

    /// Opens all of them.
    pub(crate) fn open(mut self) -> Result<Inputs, Failure> {
        let mut opened = Vec::with_capacity(self.files.len());
        for File { path, format, origin } in std::mem::take(&mut self.files) {
            match read(&path, self.no_mmap) {
                Ok(bytes) => opened.push(Opened { bytes, format, origin }),
                Err(error) => self.failures.push(cannot_read(&path, &error)),
            }
        }
        let exit = self.tell(opened.is_empty())?;
        Ok(Inputs { opened, exit })
    }

    /// All of them, to be read from their beginnings to their ends, and how the program ends if nothing else is wrong.
    pub(crate) fn into_streams(mut self) -> Result<(Vec<StreamInput>, Exit), Failure> {
        let mut streams = Vec::with_capacity(self.files.len());
        for File { path, format, origin } in std::mem::take(&mut self.files) {
            match if is_stdin(&path) { Ok(()) } else { fs::File::open(&path).map(drop) } {
                Ok(()) => streams.push(StreamInput { open: opener(path), format, origin }),
                Err(error) => self.failures.push(cannot_read(&path, &error)),
            }
        }
        let exit = self.tell(streams.is_empty())?;
        Ok((streams, exit))
    }

    /// Tells what cannot be read; an error when nothing else can.
    fn tell(mut self, nothing: bool) -> Result<Exit, Failure> {
        let last = if nothing { self.failures.pop() } else { None };
        self.failures.iter().for_each(|failure| self.console.error(failure));
        match last {
            Some(last) => Err(Failure { exit: Exit::Data, diagnostic: Some(Box::new(last)) }),
            None if self.failures.is_empty() => Ok(Exit::Done),
            None => Ok(Exit::Data),
        }
    }
}

impl File {
    fn is_columnar(&self) -> bool {
        match self.format {
            Some(format) => format.name == "parquet",
            None => matches!(self.path.extension().and_then(|e| e.to_str()), Some("parquet" | "pq")),
        }
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Opens a file as often as it is asked to; standard input once.
fn opener(path: PathBuf) -> Open {
    let read_before = AtomicBool::new(false);
    Box::new(move || match is_stdin(&path) {
        false => Ok(Box::new(fs::File::open(&path)?)),
        true if read_before.swap(true, Ordering::Relaxed) => {
            Err(io::Error::new(io::ErrorKind::Unsupported, "the search reads its events again, which only files allow"))
        }
        true => Ok(Box::new(io::stdin())),
    })
}

/// The diagnostic for a file that cannot be read.
pub(crate) fn cannot_read(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::new(spl_core::error::ErrorKind::Data, format!("cannot read {}: {error}", path.display()))
}

fn read(path: &Path, no_mmap: bool) -> io::Result<FileBytes> {
    if is_stdin(path) {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes.into());
    }
    if no_mmap { FileBytes::read(path) } else { FileBytes::open(path) }
}

fn origin(data: &DataArg, path: &Path, members: Option<String>) -> Origin {
    let name = if is_stdin(path) { "stdin".to_owned() } else { path.display().to_string() };
    Origin {
        name,
        members,
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
        let mut request = request.clone();
        let bar = console.shows_progress().then(|| {
            let progress = request.progress.get_or_insert_default();
            Bar::watch(progress.clone(), inputs.iter().map(|input| input.bytes.len() as u64).sum())
        });
        let loaded = formats::load(&inputs, &request)?;
        drop(bar);
        loaded.warnings.iter().for_each(|warning| console.warn(warning.to_string()));
        let damaged = if loaded.warnings.is_empty() { Exit::Done } else { Exit::Data };
        Ok((loaded.table, self.exit.max(damaged)))
    }
}
