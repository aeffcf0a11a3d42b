//! What is typed: whether a text goes on in the next line, and what it asks for. Pure functions of the text.

use spl_core::error::did_you_mean;
use spl_core::syntax::{Open, marks};

/// What a text asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line<'t> {
    Empty,
    Search(&'t str),
    Command(Command<'t>),
}

/// What begins with a colon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command<'t> {
    Load(&'t str),
    Format(&'t str),
    Time(bool),
    Wide(bool),
    Explain(&'t str),
    Chart,
    Fields(&'t str),
    Macros(&'t str),
    Doc(&'t str),
    Help,
    Quit,
}

/// The commands with what follows their names and what they do.
pub(super) const COMMANDS: &[(&str, &str, &str)] = &[
    ("chart", "", "draw the last results"),
    ("doc", "NAME", "document a command, function, aggregate or macro"),
    ("explain", "SPL", "how a search is carried out"),
    ("fields", "[TEXT]", "the fields of the events, or those whose name has the text in it"),
    ("format", "NAME", "how results are written: table, json, ndjson, csv or raw"),
    ("help", "", "this list"),
    ("load", "FILE", "load more events"),
    ("macros", "[NAME]", "the macros, or what one stands for"),
    ("quit", "", "leave (also Ctrl-D)"),
    ("time", "on|off", "say how long each search took"),
    ("wide", "on|off", "show long cells whole"),
];

/// Whether a text is whole: nothing in it waits for the next line. An empty last line ends it anyway.
pub(super) fn is_whole(text: &str) -> bool {
    if text.trim_start().starts_with(':') {
        return true;
    }
    let gave_up = text.rsplit_once('\n').is_some_and(|(_, last)| last.trim().is_empty());
    // A closed macro or a lonely apostrophe is told apart by the language itself.
    gave_up
        || !matches!(
            marks(text).open,
            Some(Open::Pipe | Open::Quote | Open::Macro | Open::Comment | Open::Subsearch | Open::Parenthesis)
        )
}

/// What a text asks for; an error says what is wrong with it.
pub(super) fn read(text: &str) -> Result<Line<'_>, String> {
    let text = text.trim();
    let Some(command) = text.strip_prefix(':') else {
        return Ok(if text.is_empty() { Line::Empty } else { Line::Search(text) });
    };
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    let switch = || match rest {
        "on" | "" => Ok(true),
        "off" => Ok(false),
        other => Err(format!("`{other}` is neither on nor off")),
    };
    let needed = || match rest {
        "" => Err(format!("something must follow :{name}")),
        rest => Ok(rest),
    };
    Ok(Line::Command(match name {
        "load" => Command::Load(needed()?),
        "format" => Command::Format(needed()?),
        "time" => Command::Time(switch()?),
        "wide" => Command::Wide(switch()?),
        "explain" => Command::Explain(needed()?),
        "chart" => Command::Chart,
        "fields" => Command::Fields(rest),
        "macros" => Command::Macros(rest),
        "doc" => Command::Doc(needed()?),
        "help" | "h" | "?" => Command::Help,
        "quit" | "q" | "exit" => Command::Quit,
        _ => {
            let near = did_you_mean(name, COMMANDS.iter().map(|command| command.0));
            let hint = near.map_or_else(|| ":help lists them".to_owned(), |near| format!("did you mean `:{near}`?"));
            return Err(format!("there is no command `:{name}` ({hint})"));
        }
    }))
}

/// The list of commands.
pub(super) fn help() -> String {
    let mut text = "A search is run when it is whole: a line that ends with | or leaves a quote, bracket or backquote open goes on in the \
                    next one,\nand an empty line ends it. Tab completes, Ctrl-C ends a running search.\n\nCommands:\n"
        .to_owned();
    for (name, rest, what) in COMMANDS {
        text.push_str(&format!("  {:16} {what}\n", format!(":{name} {rest}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_go_on_while_something_is_open() {
        for text in ["error |", "a | eval b=\"x", "a [search b", "`m(", "a | eval b=if(c,", "a ```why", "a |\n  "] {
            assert_eq!(is_whole(text), text.contains('\n'), "{text}");
        }
        for text in [
            "error",
            "a | stats count",
            "it's here",
            ":load \"x",
            "",
            "`m(1)` | head",
            "a |\nhead 1",
            "a | where x=\"|\"",
        ] {
            assert!(is_whole(text), "{text}");
        }
    }

    #[test]
    fn commands_begin_with_a_colon() {
        assert_eq!(read("  "), Ok(Line::Empty));
        assert_eq!(read(" a | b "), Ok(Line::Search("a | b")));
        assert_eq!(read(":load  my file.json "), Ok(Line::Command(Command::Load("my file.json"))));
        assert_eq!(read(":time"), Ok(Line::Command(Command::Time(true))));
        assert_eq!(read(":time off"), Ok(Line::Command(Command::Time(false))));
        assert!(read(":time maybe").is_err() && read(":load").is_err());
        assert!(read(":foramt json").unwrap_err().contains("did you mean `:format`?"));
        for (name, _, _) in COMMANDS {
            assert!(read(&format!(":{name} on")).is_ok(), "{name}");
        }
    }
}
