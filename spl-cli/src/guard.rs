//! What ends a run early: an interrupt, and the limit on memory.
//!
//! During a run (a search, or a load for a session) an interrupt asks it to stop, and a second one ends the process. Outside of runs an
//! interrupt ends the process at once, unless there is a session to go back to.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use spl_core::Cancel;
use spl_core::error::{Diagnostic, ErrorKind};

use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::memory;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How long a run may take to stop when there is too much memory in use.
const PATIENCE: Duration = Duration::from_millis(500);

/// What an interrupt ends outside of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Interrupts {
    #[default]
    EndProgram,
    /// Nothing: it came too late for the run, and there is a session to go back to.
    EndRun,
}

/// Watches over a process that runs searches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    interrupts: Interrupts,
    /// Asks the run to stop.
    stop: Arc<AtomicBool>,
    /// The same, for the run.
    cancel: Cancel,
    /// Whether an interrupt ends the process at once.
    at_once: Arc<AtomicBool>,
    /// Bytes in use when the limit was hit; 0 before.
    over: Arc<AtomicU64>,
}

impl Guard {
    /// Starts to watch.
    pub(crate) fn start(max_memory: Option<u64>, interrupts: Interrupts, console: Console) -> Self {
        let stop: Arc<AtomicBool> = Arc::default();
        let guard = Guard { interrupts, cancel: stop.clone().into(), stop, ..Guard::default() };
        guard.rest();
        for signal in [SIGINT, SIGTERM] {
            // Registered in the order in which they are to act. A system that refuses leaves us its own way to end a process.
            let _ = flag::register_conditional_shutdown(signal, Exit::Interrupted as i32, guard.at_once.clone());
            let _ = flag::register(signal, guard.at_once.clone());
            let _ = flag::register(signal, guard.stop.clone());
        }
        match max_memory {
            Some(_) if memory::in_use().is_none() => {
                console.warn(
                    "--max-memory covers only the steps of searches: this system does not tell how much is in use",
                );
            }
            Some(limit) => guard.watch_memory(limit, console),
            None => {}
        }
        guard
    }

    fn watch_memory(&self, limit: u64, console: Console) {
        let guard = self.clone();
        std::thread::spawn(move || {
            let mut since = Duration::ZERO;
            loop {
                std::thread::sleep(LOOK);
                let used = memory::in_use().unwrap_or(0);
                if used <= limit {
                    since = Duration::ZERO;
                    continue;
                }
                guard.over.store(used, Ordering::Relaxed);
                guard.stop.store(true, Ordering::Relaxed);
                since += LOOK;
                if guard.at_once.load(Ordering::Relaxed) || since > PATIENCE {
                    console.error(&out_of_memory(used));
                    std::process::exit(Exit::Limit as i32);
                }
            }
        });
    }

    /// By this a run sees that it is to stop.
    pub(crate) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// No run, from now on.
    fn rest(&self) {
        self.at_once.store(self.interrupts == Interrupts::EndProgram, Ordering::Relaxed);
    }

    /// Forgets what ended the last run, before another one.
    pub(crate) fn rearm(&self) {
        self.stop.store(false, Ordering::Relaxed);
        self.over.store(0, Ordering::Relaxed);
    }

    /// A writer that ends as if its reader had seen enough when the run is asked to stop.
    pub(crate) fn stoppable<W: Write>(&self, out: W) -> impl Write {
        Stoppable { out, stop: self.stop.clone() }
    }

    /// Fails when a run was asked to stop.
    pub(crate) fn check(&self) -> Result<(), Diagnostic> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(Diagnostic::new(ErrorKind::Cancelled, "the search was cancelled")),
            false => Ok(()),
        }
    }

    /// Runs something that looks at [`Guard::cancel`].
    pub(crate) fn run<T, E: Into<Failure>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, Failure> {
        self.at_once.store(false, Ordering::Relaxed);
        let done = work();
        self.rest();
        done.map_err(|error| {
            let failure = error.into();
            match self.over.load(Ordering::Relaxed) {
                used if used > 0 && failure.exit == Exit::Interrupted => out_of_memory(used).into(),
                _ => failure,
            }
        })
    }
}

struct Stoppable<W> {
    out: W,
    stop: Arc<AtomicBool>,
}

impl<W: Write> Write for Stoppable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(io::ErrorKind::BrokenPipe.into()),
            false => self.out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn out_of_memory(used: u64) -> Diagnostic {
    let message = format!("{} MB of memory are in use, more than --max-memory allows", used >> 20);
    Diagnostic::new(ErrorKind::Limit, message)
}
