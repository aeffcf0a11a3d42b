//! What a person at a terminal sees: keys go in, the screen is looked at.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test without a terminal fails")]

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use vt100::{Color, Parser};

const ROWS: u16 = 30;
const COLUMNS: u16 = 100;
/// How long something may take to show, on a machine with better things to do.
const PATIENCE: Duration = Duration::from_secs(60);

const ENTER: &str = "\r";
const TAB: &str = "\t";
const UP: &str = "\u{1b}[A";
const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";

/// A program that runs in a terminal.
struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    screen: Arc<Mutex<Parser>>,
}

impl Terminal {
    /// Starts the program, with a home of its own.
    fn start(home: &str, args: &[&str]) -> Self {
        let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(home);
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(&home).unwrap();
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(ROWS, COLUMNS)).unwrap();
        let command = Command::new(env!("CARGO_BIN_EXE_spl"))
            .args(args)
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .env("TERM", "xterm-256color")
            .env("XDG_STATE_HOME", &home)
            .env_remove("NO_COLOR");
        let child = command.spawn(pts).unwrap();
        let side = |length: u16| NonZeroU16::new(length).unwrap();
        let screen = Arc::new(Mutex::new(Parser::new(side(ROWS), side(COLUMNS), 0)));
        let terminal = Terminal { pty: Arc::new(pty), child, screen };
        let (pty, screen) = (terminal.pty.clone(), terminal.screen.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // An error is the end, too.
            while let Ok(length @ 1..) = (&*pty).read(&mut bytes) {
                screen.lock().unwrap().process(&bytes[..length]);
            }
        });
        terminal
    }

    fn type_in(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Waits until the screen is as it should be.
    fn wait(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let text = self.text();
            if is_so(&text) {
                return text;
            }
            assert!(start.elapsed() < PATIENCE, "{what} does not come:\n{text}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn wait_for(&self, part: &str) -> String {
        self.wait(part, |text| text.contains(part))
    }

    /// Waits for the prompt and nothing behind it.
    fn wait_for_prompt(&self) {
        self.wait("the prompt", |text| text.trim_end().ends_with("\nspl>") || text.trim() == "spl>");
    }

    /// The colour of a text, where it first stands, and whether it is bold.
    fn look_of(&self, part: &str) -> (Color, bool) {
        let parser = self.screen.lock().unwrap();
        let screen = parser.screen();
        for (row, line) in (0..).zip(screen.rows(0, COLUMNS)) {
            if let Some(at) = line.find(part) {
                let cell = screen.cell(row, line[..at].chars().count() as u16).unwrap();
                return (cell.fgcolor(), cell.bold());
            }
        }
        panic!("{part} is not there:\n{}", screen.contents());
    }

    /// How the program ended.
    fn exit(&mut self) -> i32 {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(start.elapsed() < PATIENCE, "it does not end:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Four events of two hosts.
const EVENTS: &str = "tests/fixtures/events/web.ndjson";

fn session(home: &str) -> Terminal {
    let terminal = Terminal::start(home, &["repl", "-d", EVENTS]);
    terminal.wait_for_prompt();
    terminal
}

/// A search that nobody would wait for.
const LONG: &str = "| makeresults count=20000000 | streamstats count AS n | eval h=sha512(n.\"x\") | stats dc(h)";

#[test]
fn searches_are_completed_continued_and_remembered() {
    let mut terminal = session("typing");
    terminal.type_in("status=404 | dedu");
    terminal.type_in(TAB);
    terminal.wait_for("| dedup");
    // What was typed is dropped, and the session goes on.
    terminal.type_in(CTRL_C);
    terminal.wait_for_prompt();
    // A line that ends in a pipe is not the last.
    terminal.type_in("* | stats count |");
    terminal.type_in(ENTER);
    terminal.wait("a second line", |text| text.lines().any(|line| line.trim_end().ends_with("stats count |")));
    terminal.type_in("eval many=count*1000");
    terminal.type_in(ENTER);
    terminal.wait_for("4000");
    terminal.wait_for("1 result");
    terminal.wait_for_prompt();
    // The search comes back as it was typed.
    terminal.type_in(UP);
    terminal.wait("the search again", |text| text.matches("eval many=count*1000").count() == 2);
    terminal.type_in(ENTER);
    terminal.wait("its result again", |text| text.matches("4000").count() == 2);
    terminal.wait_for_prompt();
    // Several candidates are listed.
    terminal.type_in("* | str");
    terminal.type_in(TAB);
    terminal.type_in(TAB);
    let text = terminal.wait_for("strcat");
    assert!(text.contains("streamstats"), "{text}");
    terminal.type_in(CTRL_C);
    terminal.wait_for_prompt();
    // Files are found by their names.
    terminal.type_in(":load tests/fixtures/events/de");
    terminal.type_in(TAB);
    terminal.type_in("au");
    terminal.type_in(TAB);
    terminal.wait_for("events/deep/audit.csv");
    terminal.type_in(ENTER);
    terminal.wait_for("2 events loaded");
    terminal.wait_for_prompt();
    terminal.type_in(":quit");
    terminal.type_in(ENTER);
    assert_eq!(terminal.exit(), 0);
}

#[test]
fn an_interrupt_ends_the_search_and_not_the_session() {
    let mut terminal = session("interrupts");
    terminal.type_in(LONG);
    terminal.type_in(ENTER);
    std::thread::sleep(Duration::from_millis(500));
    terminal.type_in(CTRL_C);
    terminal.wait_for("interrupted");
    terminal.wait_for_prompt();
    terminal.type_in("* | stats count AS still_here");
    terminal.type_in(ENTER);
    terminal.wait_for("1 result");
    terminal.wait_for_prompt();
    terminal.type_in(CTRL_D);
    assert_eq!(terminal.exit(), 0);
}

#[test]
fn an_interrupt_ends_a_search_from_the_shell() {
    let mut terminal = Terminal::start("shell", &["search", LONG]);
    std::thread::sleep(Duration::from_millis(500));
    terminal.type_in(CTRL_C);
    assert_eq!(terminal.exit(), 130);
    terminal.wait_for("the search was cancelled");
}

#[test]
fn names_errors_and_prompts_have_their_colours() {
    let mut terminal = Terminal::start("table", &["search", "-d", EVENTS, "* | stats count by host"]);
    assert_eq!(terminal.exit(), 0);
    terminal.wait_for("2 results");
    let plain = terminal.look_of("web1");
    assert_ne!(terminal.look_of("host"), plain, "{}", terminal.text());
    // What the progress of loading said is gone.
    assert!(!terminal.text().contains("events/s"), "{}", terminal.text());

    let terminal = session("colours");
    let prompt = terminal.look_of("spl>");
    assert_eq!(prompt, (Color::Idx(2), true));
    terminal.type_in("* | stast count");
    terminal.type_in(ENTER);
    terminal.wait_for("did you mean `stats`?");
    assert_eq!(terminal.look_of("error"), (Color::Idx(1), true));
    assert_eq!(terminal.look_of("^^^^^"), (Color::Idx(1), true));
}

#[test]
fn an_interrupt_ends_loading_and_leaves_nothing_of_its_progress() {
    let mut terminal = session("loading");
    let file = std::env::temp_dir().join(format!("spl-loading-{}.ndjson", std::process::id()));
    let lines: String = (0..200_000)
        .map(|n| format!("{{\"_time\":{},\"n\":{n},\"text\":\"of some length {n}\"}}\n", 1_700_000_000 + n))
        .collect();
    std::fs::write(&file, lines.repeat(12)).unwrap();
    terminal.type_in(&format!(":load {}", file.display()));
    terminal.type_in(ENTER);
    terminal.wait_for(" events, ");
    terminal.type_in(CTRL_C);
    terminal.wait_for("interrupted");
    std::fs::remove_file(&file).unwrap();
    terminal.wait_for_prompt();
    let text = terminal.text();
    assert!(!text.contains(" events, ") && !text.contains("^C"), "{text}");
    terminal.type_in(CTRL_D);
    assert_eq!(terminal.exit(), 0);
}
