//! How the program ends: [`Exit`] codes, and the [`Failure`] that leads to one.

use std::io;

use spl_core::error::{Diagnostic, ErrorKind};

/// The exit codes; scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    Done = 0,
    /// The search, a macro or a detection is wrong.
    Search = 1,
    /// A file or its data is wrong; what could be read has been used.
    Data = 2,
    /// A limit was hit.
    Limit = 3,
    /// A test failed.
    Test = 4,
    /// The command line is wrong.
    Usage = 64,
    Interrupted = 130,
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Data => Exit::Data,
            ErrorKind::Limit => Exit::Limit,
            ErrorKind::Cancelled => Exit::Interrupted,
            _ => Exit::Search,
        }
    }
}

/// Why nothing more can be done.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// What to tell; `None` when there is nothing to tell or nobody to tell it to.
    pub(crate) diagnostic: Option<Box<Diagnostic>>,
}

impl Failure {
    /// Something about a file.
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Diagnostic::new(ErrorKind::Data, message).into()
    }

    /// Something about the command line.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Failure { exit: Exit::Usage, diagnostic: Some(Box::new(Diagnostic::new(ErrorKind::Argument, message))) }
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Box::new(diagnostic).into()
    }
}

impl From<Box<Diagnostic>> for Failure {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Failure { exit: diagnostic.kind.into(), diagnostic: Some(diagnostic) }
    }
}

/// Results that cannot be written. A reader that has seen enough (`| head`) is no error.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure { exit: Exit::Done, diagnostic: None },
            _ => Failure::data(format!("cannot write the results: {error}")),
        }
    }
}
