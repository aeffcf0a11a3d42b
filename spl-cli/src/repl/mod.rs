//! `spl repl`: searches typed one after the other over events that are loaded once.

mod complete;
mod editor;
mod history;
mod line;
mod session;

use std::io::{self, BufRead, IsTerminal};
use std::rc::Rc;

use crate::args::ReplArgs;
use crate::console::Console;
use crate::exit::{Exit, Failure};
use editor::{Reader, Typed};
use session::{Next, Session};

pub(crate) fn run(args: &ReplArgs, console: Console) -> Result<Exit, Failure> {
    let (mut session, exit) = Session::start(args, console)?;
    if !io::stdin().is_terminal() {
        return Ok(piped(&mut session)?.max(exit));
    }
    console.aside("A search and Enter runs it; :help lists what else there is.");
    let history = if args.no_history { None } else { history::file() };
    let cannot_edit = |error| Failure::usage(format!("this terminal cannot be read from: {error}"));
    let mut reader =
        Reader::new(Rc::clone(&session.names), console.results_color(), history.as_deref()).map_err(cannot_edit)?;
    loop {
        match reader.read().map_err(cannot_edit)? {
            Typed::Text(text) => {
                if !text.trim().is_empty() {
                    reader.remember(text.trim_end(), history.as_deref());
                }
                if session.line(&text).0 == Next::Quit {
                    return Ok(Exit::Done);
                }
            }
            Typed::Dropped => {}
            Typed::End => return Ok(Exit::Done),
        }
    }
}

/// Lines from a file or another program; the exit code is that of the worst of them.
fn piped(session: &mut Session) -> io::Result<Exit> {
    let (mut text, mut worst) = (String::new(), Exit::Done);
    let mut lines = io::stdin().lock().lines();
    loop {
        let next = lines.next().transpose()?;
        let ended = next.is_none();
        if let Some(next) = next {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&next);
        }
        if !ended && !line::is_whole(&text) {
            continue;
        }
        let (next, exit) = session.line(&text);
        worst = worst.max(exit);
        text.clear();
        if ended || next == Next::Quit {
            return Ok(worst);
        }
    }
}
