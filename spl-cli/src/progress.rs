//! The line on a terminal that says how far loading has come. It appears when loading takes a while, and leaves nothing behind.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use spl_core::formats::Progress;

/// Loading that is done sooner shows nothing.
const PATIENCE: Duration = Duration::from_millis(400);
const STEP: Duration = Duration::from_millis(100);

/// Columns that are left free at the end of the line: the terminal itself writes `^C` behind it, and must not begin a new line with that,
/// for only the last line is cleared.
const FREE: u16 = 6;

/// The line on standard error.
#[derive(Debug)]
struct Line;

impl Line {
    fn write(&self, text: &str) -> io::Result<()> {
        io::stderr().lock().write_all(text.as_bytes())
    }

    fn steps(&self, count: usize, direction: char) -> io::Result<()> {
        if count > 0 { self.write(&format!("\x1b[{count}{direction}")) } else { Ok(()) }
    }
}

impl TermLike for Line {
    fn width(&self) -> u16 {
        comfy_table::Table::new().use_stderr().width().unwrap_or(80).saturating_sub(FREE).max(1)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.steps(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.steps(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.steps(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.steps(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.write(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.write("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

/// Shows how far loading has come, until it is dropped.
pub(crate) struct Bar {
    done: Arc<AtomicBool>,
    watcher: Option<JoinHandle<()>>,
}

impl Bar {
    /// Watches over the reading of so many bytes.
    pub(crate) fn watch(progress: Arc<Progress>, total: u64) -> Bar {
        let done = Arc::new(AtomicBool::new(false));
        let ended = done.clone();
        let watcher = thread::spawn(move || {
            let started = Instant::now();
            while !ended.load(Ordering::Acquire) && started.elapsed() < PATIENCE {
                thread::park_timeout(PATIENCE);
            }
            if ended.load(Ordering::Acquire) {
                return;
            }
            let target = ProgressDrawTarget::term_like_with_hz(Box::new(Line), 20);
            let bar = ProgressBar::with_draw_target(Some(total), target);
            if let Ok(style) = ProgressStyle::with_template("{spinner} {bar:24} {bytes}/{total_bytes}  {msg}") {
                bar.set_style(style);
            }
            while !ended.load(Ordering::Acquire) {
                // What is packed is more than it seems.
                bar.set_length(total.max(progress.bytes()));
                bar.set_position(progress.bytes());
                bar.set_message(rate(progress.events(), started.elapsed()));
                bar.tick();
                thread::park_timeout(STEP);
            }
            bar.finish_and_clear();
        });
        Bar { done, watcher: Some(watcher) }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Release);
        if let Some(watcher) = self.watcher.take() {
            watcher.thread().unpark();
            // A watcher that failed has nothing to say.
            let _ = watcher.join();
        }
    }
}

fn rate(events: u64, took: Duration) -> String {
    let per_second = (events as f64 / took.as_secs_f64().max(0.001)) as u64;
    format!("{} events, {}/s", HumanCount(events), HumanCount(per_second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_by_the_second() {
        assert_eq!(rate(1_500_000, Duration::from_millis(1500)), "1,500,000 events, 1,000,000/s");
        assert_eq!(rate(0, Duration::ZERO), "0 events, 0/s");
    }

    #[test]
    fn a_bar_ends_at_once() {
        let started = Instant::now();
        drop(Bar::watch(Arc::default(), 10));
        assert!(started.elapsed() < PATIENCE);
    }
}
