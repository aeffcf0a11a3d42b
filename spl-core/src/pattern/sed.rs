//! [`Sed`]: the sed expressions of `rex mode=sed` and `SEDCMD`, `s/regex/replacement/flags` and `y/abc/xyz/`, one or several.

use std::borrow::Cow;

use super::{Pattern, Replacement};
use crate::error::{Result, Span, bail};

/// Expressions applied one after the other.
#[derive(Clone, Debug)]
pub struct Sed {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    /// `count` is the first match that is replaced; `all` replaces those behind it too.
    Substitute { pattern: Pattern, replacement: Replacement, count: usize, all: bool },
    /// Characters for characters.
    Transliterate(Vec<(char, char)>),
}

impl Sed {
    /// Reads expressions between blanks or semicolons.
    pub fn parse(text: &str, span: Span) -> Result<Sed> {
        let mut steps = Vec::new();
        let mut rest = text.trim_start_matches([' ', ';', '\t', '\n']);
        while !rest.is_empty() {
            let mut chars = rest.chars();
            let (Some(letter @ ('s' | 'y')), Some(delimiter)) = (chars.next(), chars.next()) else {
                bail!(Argument, span, "a sed expression begins with `s/` or `y/`, not `{rest}`");
            };
            let body = chars.as_str();
            let Some((from, behind)) = part(body, delimiter) else {
                bail!(Argument, span, "this sed expression lacks its second `{delimiter}`");
            };
            let Some((to, behind)) = part(behind, delimiter) else {
                bail!(Argument, span, "this sed expression lacks its last `{delimiter}`");
            };
            let end = behind.find([' ', ';', '\t', '\n']).unwrap_or(behind.len());
            let (flags, behind) = behind.split_at(end);
            steps.push(match letter {
                's' => substitute(&from, &to, flags, span)?,
                _ => transliterate(&from, &to, span)?,
            });
            rest = behind.trim_start_matches([' ', ';', '\t', '\n']);
        }
        if steps.is_empty() {
            bail!(Argument, span, "this sed expression is empty"; hint: "such as s/regex/replacement/g");
        }
        Ok(Sed { text: text.to_owned(), steps })
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text edited.
    pub fn apply(&self, text: &str) -> Result<String> {
        let mut edited = Cow::Borrowed(text);
        for step in &self.steps {
            let next = match step {
                Step::Substitute { pattern, replacement, count, all } => {
                    let which = |at: usize| if at > *count && !all { None } else { Some(at >= *count) };
                    pattern.replace_where(&edited, replacement, which)?.into_owned()
                }
                Step::Transliterate(pairs) => {
                    let map = |c: char| pairs.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to);
                    edited.chars().map(map).collect()
                }
            };
            edited = Cow::Owned(next);
        }
        Ok(edited.into_owned())
    }
}

/// The text up to the next delimiter that has no backslash before it, and what follows; the backslash of an escaped delimiter goes.
fn part(text: &str, delimiter: char) -> Option<(String, &str)> {
    let mut own = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == delimiter {
            return Some((own, &text[at + c.len_utf8()..]));
        }
        if c != '\\' {
            own.push(c);
            continue;
        }
        match chars.next() {
            Some((_, escaped)) if escaped == delimiter => own.push(escaped),
            Some((_, other)) => own.extend(['\\', other]),
            None => own.push('\\'),
        }
    }
    None
}

fn substitute(from: &str, to: &str, flags: &str, span: Span) -> Result<Step> {
    let (mut all, mut ignore_case, mut digits) = (false, false, String::new());
    for flag in flags.chars() {
        match flag {
            'g' => all = true,
            'i' | 'I' => ignore_case = true,
            '0'..='9' => digits.push(flag),
            _ => {
                bail!(Argument, span, "a sed expression has no flag `{flag}`"; hint: "g replaces every match, a number only that one")
            }
        }
    }
    let count = match digits.is_empty() {
        true => 1,
        false => match digits.parse() {
            Ok(count) if count > 0 => count,
            _ => bail!(Argument, span, "`{digits}` is not the number of a match"),
        },
    };
    let source = if ignore_case { format!("(?i){from}") } else { from.to_owned() };
    let pattern = Pattern::compile(&source, span)?;
    Ok(Step::Substitute { pattern, replacement: Replacement::parse(&with_breaks(to)), count, all })
}

/// A replacement with the line ends and tabs that it writes as `\n`, `\r` and `\t`, and with pipes that have a backslash before them.
fn with_breaks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, chars.as_str().chars().next()) {
            ('\\', Some('n' | 'r' | 't' | '|' | '\\')) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some('|') => out.push('|'),
                _ => out.push_str("\\\\"),
            },
            _ => out.push(c),
        }
    }
    out
}

fn transliterate(from: &str, to: &str, span: Span) -> Result<Step> {
    let characters = |text: &str| text.replace("\\|", "|").chars().collect::<Vec<char>>();
    let (from, to) = (characters(from), characters(to));
    if from.len() != to.len() {
        bail!(Argument, span, "y/// needs as many characters on both sides, not {} and {}", from.len(), to.len());
    }
    Ok(Step::Transliterate(from.into_iter().zip(to).collect()))
}
