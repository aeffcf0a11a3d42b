//! The commands of SPL that this engine knows and does not run, each with its reason.

/// A command that is refused by name.
pub struct Unsupported {
    /// As written, lower case.
    pub name: &'static str,
    /// Why, to follow "is not supported: ".
    pub reason: &'static str,
}

/// These commands, sorted by name.
pub static UNSUPPORTED: &[Unsupported] = &[
    Unsupported { name: "sichart", reason: SUMMARY },
    Unsupported { name: "sirare", reason: SUMMARY },
    Unsupported { name: "sistats", reason: SUMMARY },
    Unsupported { name: "sitimechart", reason: SUMMARY },
    Unsupported { name: "sitop", reason: SUMMARY },
];

const SUMMARY: &str = "it prepares results for a summary index; the same command without `si` gives them as they are";

/// The reason why the command called `name` (lower case) is refused, if it is one of these.
pub(crate) fn why_unsupported(name: &str) -> Option<&'static str> {
    UNSUPPORTED.iter().find(|command| command.name == name).map(|command| command.reason)
}
