//! What ends a run early: an interrupt, and the limit on memory.
//!
//! While nothing runs that could be asked to stop (loading, printing), an interrupt ends the process at once. During a run it asks the
//! run to stop, and a second one ends the process.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use spl_core::error::{Diagnostic, ErrorKind};

use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::memory;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How long a run may take to stop when there is too much memory in use.
const PATIENCE: Duration = Duration::from_millis(500);

/// What a second interrupt ends, when the first has not ended the run yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupts {
    EndProgram,
    /// Nothing: there is a session to go back to.
    EndRun,
}

/// Watches over a process that runs searches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    /// Asks the run to stop.
    stop: Arc<AtomicBool>,
    /// Whether an interrupt ends the process at once.
    at_once: Arc<AtomicBool>,
    /// Bytes in use when the limit was hit; 0 before.
    over: Arc<AtomicU64>,
}

impl Guard {
    /// Starts to watch.
    pub(crate) fn start(max_memory: Option<u64>, interrupts: Interrupts, console: Console) -> Self {
        let guard = Guard::default();
        guard.at_once.store(true, Ordering::Relaxed);
        for signal in [SIGINT, SIGTERM] {
            // Registered in the order in which they are to act. A system that refuses leaves us its own way to end a process.
            let _ = flag::register_conditional_shutdown(signal, Exit::Interrupted as i32, guard.at_once.clone());
            if signal == SIGTERM || interrupts == Interrupts::EndProgram {
                let _ = flag::register(signal, guard.at_once.clone());
            }
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

    /// The flag by which a run sees that it is to stop.
    pub(crate) fn stop(&self) -> &AtomicBool {
        &self.stop
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

    /// Runs something that looks at [`Guard::stop`].
    pub(crate) fn run<T, E: Into<Failure>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, Failure> {
        self.at_once.store(false, Ordering::Relaxed);
        let done = work();
        self.at_once.store(true, Ordering::Relaxed);
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
