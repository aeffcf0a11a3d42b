//! Replacement texts with `\1` references, as `replace()` and `rex mode=sed` have them.

use std::borrow::Cow;

use super::{Engine, Groups, Pattern};
use crate::error::Result;

/// A replacement text taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Group(usize),
}

impl Replacement {
    /// Reads `\0` to `\9` and `\10` up to `\99` as groups, `\\` as a backslash; other backslashes stand for themselves.
    pub fn parse(text: &str) -> Replacement {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            plain.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let digits = after.bytes().take(2).take_while(u8::is_ascii_digit).count();
            if digits > 0 {
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                // At most two digits, so it cannot fail.
                parts.push(Part::Group(after[..digits].parse().unwrap_or(0)));
                rest = &after[digits..];
            } else {
                plain.push('\\');
                rest = after.strip_prefix('\\').unwrap_or(after);
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Replacement(parts)
    }

    /// The text, when it refers to no group.
    fn without_groups(&self) -> Option<&str> {
        match &self.0[..] {
            [] => Some(""),
            [Part::Text(plain)] => Some(plain),
            _ => None,
        }
    }

    /// Writes the replacement of the match whose `groups` lie in `text`.
    pub fn expand(&self, text: &str, groups: &Groups, out: &mut String) {
        for part in &self.0 {
            match part {
                Part::Text(plain) => out.push_str(plain),
                Part::Group(index) => {
                    if let Some(found) = groups.get(*index).and_then(|range| text.get(range)) {
                        out.push_str(found);
                    } else if *index > 9 && groups.get(index / 10).is_some() {
                        // `\10` with fewer than ten groups is `\1` and a zero.
                        if let Some(found) = groups.get(index / 10).and_then(|range| text.get(range)) {
                            out.push_str(found);
                        }
                        out.push_str(&(index % 10).to_string());
                    }
                }
            }
        }
    }
}

impl Pattern {
    /// `text` with every match replaced.
    pub fn replace_all<'a>(&self, text: &'a str, replacement: &Replacement) -> Result<Cow<'a, str>> {
        match (&self.engine, replacement.without_groups()) {
            (Engine::Run(run), Some(plain)) => Ok(run.replace_all(text, plain)),
            _ => self.replace_where(text, replacement, |_| Some(true)),
        }
    }

    /// `text` with those matches replaced of which `which`, given the count of matches so far from 1, says true; `None` ends it.
    pub fn replace_where<'a>(
        &self,
        text: &'a str,
        replacement: &Replacement,
        mut which: impl FnMut(usize) -> Option<bool>,
    ) -> Result<Cow<'a, str>> {
        if let Some(plain) = replacement.without_groups() {
            return self.replace_plain(text, plain, which);
        }
        if !self.is_match(text)? {
            return Ok(Cow::Borrowed(text));
        }
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        let mut count = 0;
        self.for_each_captures(text, |groups| {
            count += 1;
            let Some(wanted) = which(count) else { return false };
            if let Some(found) = groups.get(0).filter(|_| wanted) {
                out.push_str(&text[copied..found.start]);
                replacement.expand(text, groups, &mut out);
                copied = found.end;
            }
            true
        })?;
        out.push_str(&text[copied..]);
        Ok(Cow::Owned(out))
    }

    /// As `replace_where`, with a replacement that refers to no group: only the matches themselves are looked for.
    fn replace_plain<'a>(
        &self,
        text: &'a str,
        plain: &str,
        mut which: impl FnMut(usize) -> Option<bool>,
    ) -> Result<Cow<'a, str>> {
        let mut out = String::new();
        let mut copied = 0;
        for (count, found) in (1..).zip(self.find_iter(text)) {
            let found = found?;
            let Some(wanted) = which(count) else { break };
            if wanted {
                out.reserve(text.len());
                out.push_str(&text[copied..found.start]);
                out.push_str(plain);
                copied = found.end;
            }
        }
        if copied == 0 && out.is_empty() {
            return Ok(Cow::Borrowed(text));
        }
        out.push_str(&text[copied..]);
        Ok(Cow::Owned(out))
    }
}
