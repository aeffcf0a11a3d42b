//! [`Conf`]: Splunk's `.conf` files, stanzas of `key = value`. Knows no stanza and no key by name, but `default`.

use indexmap::IndexMap;

use crate::error::{Diagnostic, ErrorKind, Span};

/// The stanzas of one or more `.conf` files, in order.
///
/// ```
/// use spl_core::knowledge::Conf;
///
/// let mut conf = Conf::parse("[web]\n# a comment\nsearch = index=web \\\n  status=500\nowner = me\n");
/// conf.merge(Conf::parse("[web]\nowner = you"));
/// assert_eq!(conf.get("web", "search"), Some("index=web \n  status=500"));
/// assert_eq!(conf.get("web", "owner"), Some("you"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conf {
    /// Settings by stanza; settings before the first header are those of `default`.
    pub stanzas: IndexMap<String, IndexMap<String, String>>,
    /// Lines that are neither a header, a setting nor a comment. They have no effect.
    pub problems: Vec<Diagnostic>,
    /// Line numbers, from 1, by stanza and key.
    lines: IndexMap<(String, String), usize>,
}

impl Conf {
    /// Reads a file's text. A line that ends in a backslash goes on in the next; of several values of one key the last counts.
    pub fn parse(text: &str) -> Conf {
        let mut conf = Conf::default();
        let mut stanza = "default".to_owned();
        let mut lines = text.trim_start_matches('\u{feff}').split('\n');
        let (mut number, mut start) = (0, text.len() - text.trim_start_matches('\u{feff}').len());
        while let Some(first) = lines.next() {
            let at = start;
            number += 1;
            start += first.len() + 1;
            let line = first.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.rfind(']').map(|end| &rest[..end])) {
                stanza = header.trim().to_owned();
                conf.stanzas.entry(stanza.clone()).or_default();
                continue;
            }
            let Some((key, value)) = line.split_once('=') else {
                let message = format!("line {number} is neither a [stanza] nor a key = value");
                let problem = Diagnostic::new(ErrorKind::Data, message).at(Span::new(at, at + first.len()));
                conf.problems.push(problem.in_text(text));
                continue;
            };
            let key = key.trim().to_owned();
            conf.lines.insert((stanza.clone(), key.clone()), number);
            let mut value = value.trim().to_owned();
            while continues(&value) {
                value.pop();
                let Some(next) = lines.next() else { break };
                number += 1;
                start += next.len() + 1;
                value.push('\n');
                value.push_str(next.trim_end());
            }
            conf.stanzas.entry(stanza.clone()).or_default().insert(key, value.trim_end().to_owned());
        }
        conf
    }

    /// Lays another file over this one: its settings win, as `local` over `default`.
    pub fn merge(&mut self, over: Conf) {
        for (name, settings) in over.stanzas {
            self.stanzas.entry(name).or_default().extend(settings);
        }
        self.problems.extend(over.problems);
        self.lines.extend(over.lines);
    }

    /// A setting of a stanza, or else of `default`.
    pub fn get(&self, stanza: &str, key: &str) -> Option<&str> {
        let own = |name: &str| self.stanzas.get(name).and_then(|settings| settings.get(key));
        own(stanza).or_else(|| own("default")).map(String::as_str)
    }

    /// A setting that is true or false.
    pub fn get_bool(&self, stanza: &str, key: &str) -> Option<bool> {
        parse_bool(self.get(stanza, key)?)
    }

    /// The line, from 1, in which a setting stands in its file.
    pub fn line(&self, stanza: &str, key: &str) -> Option<usize> {
        self.lines.get(&(stanza.to_owned(), key.to_owned())).copied()
    }
}

/// A truth value, as conf files write them.
pub(super) fn parse_bool(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "t" | "true" | "y" | "yes" => Some(true),
        "0" | "f" | "false" | "n" | "no" => Some(false),
        _ => None,
    }
}

/// Whether the value goes on in the next line: it ends in a backslash that is not itself escaped.
fn continues(value: &str) -> bool {
    value.bytes().rev().take_while(|&b| b == b'\\').count() % 2 == 1
}
