//! Searches with a result's values in them. A value stays a value: whatever it holds, it is quoted so that it ends where it ends.
//!
//! In Splunk a token is replaced as text, so `dest = $dest$` breaks on a blank and a quotation mark ends the search. Here a value without
//! quotes gets them, one in quotes is escaped, and a multivalue becomes a list: `IN ("a", "b")`, `dest=("a" OR "b")`.

use super::token::{Piece, length, pieces, token};
use crate::error::{Result, bail};

/// What one token may become at most.
const MAX_VALUES: usize = 10_000;

/// A search with values, and the fields for which there are none.
pub(super) fn fill_search(text: &str, values: &dyn Fn(&str) -> Vec<String>) -> Result<(String, Vec<String>)> {
    let mut filler =
        Filler { values, out: String::new(), missing: Vec::new(), lists: Vec::new(), word: "", command: "", sign: '|' };
    filler.run(text)?;
    Ok((filler.out, filler.missing))
}

struct Filler<'t, 'v> {
    values: &'v dyn Fn(&str) -> Vec<String>,
    out: String,
    missing: Vec<String>,
    /// For each open parenthesis, whether it is that of `IN (`.
    lists: Vec<bool>,
    /// The last word.
    word: &'t str,
    /// The command that this belongs to.
    command: &'t str,
    /// The last character that is neither blank nor part of a word.
    sign: char,
}

impl<'t> Filler<'t, '_> {
    fn run(&mut self, text: &'t str) -> Result<()> {
        let mut rest = text;
        let mut starts = !text.trim_start().starts_with('|');
        while let Some(c) = rest.chars().next() {
            let size = match c {
                '"' => {
                    let size = quoted_length(rest);
                    self.quoted(&rest[..size])?;
                    self.sign = '"';
                    size
                }
                c if is_border(c) => {
                    self.border(c);
                    c.len_utf8()
                }
                _ => {
                    let size = self.word_length(rest);
                    let word = &rest[..size];
                    // A search that begins with no command is a `search`.
                    if std::mem::take(&mut starts) {
                        self.command = "search";
                    } else if self.sign == '|' && self.command.is_empty() {
                        self.command = word;
                    }
                    self.plain_word(word)?;
                    self.word = word;
                    size
                }
            };
            rest = &rest[size..];
        }
        Ok(())
    }

    fn border(&mut self, c: char) {
        self.out.push(c);
        match c {
            '(' => self.lists.push(self.word.eq_ignore_ascii_case("in")),
            ')' => {
                self.lists.pop();
            }
            '|' | '[' => self.command = "",
            _ => {}
        }
        if !c.is_whitespace() {
            self.sign = c;
            self.word = "";
        }
    }

    fn known(&self, field: &str) -> bool {
        !(self.values)(field).is_empty()
    }

    /// A text in quotes, with them.
    fn quoted(&mut self, text: &'t str) -> Result<()> {
        let inside = text[1..].strip_suffix('"').unwrap_or(&text[1..]);
        match self.expanded(inside)? {
            Some(texts) => self.put(&texts),
            None => self.out.push_str(text),
        }
        Ok(())
    }

    /// A word; one that is a whole number stays so, for expressions that count.
    fn plain_word(&mut self, word: &'t str) -> Result<()> {
        match self.expanded(word)? {
            Some(texts) if texts.len() == 1 && is_number(&texts[0]) => self.out.push_str(&texts[0]),
            Some(texts) => self.put(&texts),
            None => self.out.push_str(word),
        }
        Ok(())
    }

    /// What a text with tokens becomes, escaped for quotes: one text for each combination of values. `None` without tokens.
    fn expanded(&mut self, text: &'t str) -> Result<Option<Vec<String>>> {
        let pieces = pieces(text, &|field| self.known(field));
        let mut texts = vec![String::new()];
        let mut tokens = 0;
        for piece in pieces {
            match piece {
                Piece::Text(part) => texts.iter_mut().for_each(|text| text.push_str(part)),
                Piece::Field(field) => {
                    tokens += 1;
                    let values: Vec<String> = (self.values)(field).iter().map(|value| escaped(value)).collect();
                    if texts.len().saturating_mul(values.len()) > MAX_VALUES {
                        bail!(Limit, "`{field}` has more than {MAX_VALUES} values for a drill-down");
                    }
                    let pairs = values.iter().flat_map(|value| texts.iter().map(move |text| (text, value)));
                    texts = pairs.map(|(text, value)| format!("{text}{value}")).collect();
                }
                Piece::Missing(token) => {
                    tokens += 1;
                    self.missing.push(super::token::plain(token.trim_matches('$')).to_owned());
                    texts.iter_mut().for_each(|text| text.push_str(token));
                }
            }
        }
        Ok((tokens > 0).then_some(texts))
    }

    /// Texts in quotes, as the place wants several.
    fn put(&mut self, texts: &[String]) {
        let quoted = |text: &String| format!("\"{text}\"");
        if let [one] = texts {
            self.out.push_str(&quoted(one));
        } else if self.lists.last() == Some(&true) {
            self.out.push_str(&texts.iter().map(quoted).collect::<Vec<_>>().join(", "));
        } else if ["search", "tstats"].contains(&self.command) && !matches!(self.sign, '!' | '<' | '>') {
            self.out.push_str(&format!("({})", texts.iter().map(quoted).collect::<Vec<_>>().join(" OR ")));
        } else {
            // Where one value must stand, a multivalue is its text.
            self.out.push_str(&format!("\"{}\"", texts.join("\n")));
        }
    }

    /// The bytes of the word at the beginning of the text. A token belongs to it, whatever its name holds.
    fn word_length(&self, text: &str) -> usize {
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            if c == '$' && token(&text[at..], &|field| self.known(field)).is_some() {
                at += length(&text[at..]);
            } else if is_border(c) || c == '"' {
                break;
            } else {
                at += c.len_utf8();
            }
        }
        at
    }
}

/// What stands between words.
fn is_border(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ',' | '|' | '=' | '!' | '<' | '>' | '`')
}

/// The bytes of the quoted text at the beginning.
fn quoted_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all(whole) && all(fraction) && digits.len() <= 15
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(field: &str) -> Vec<String> {
        let values: &[&str] = match field {
            "dest" => &["ws 1"],
            "user" => &["ann", "bob"],
            "path" => &["C:\\a \"b\""],
            "count" => &["5"],
            "destination{}.address" => &["10.0.0.1"],
            "odd name" => &["x"],
            _ => &[],
        };
        values.iter().map(|&value| value.to_owned()).collect()
    }

    #[track_caller]
    fn check(text: &str, wanted: &str) {
        assert_eq!(fill_search(text, &values).unwrap().0, wanted);
    }

    #[test]
    fn values_are_quoted_and_escaped() {
        check("x | search dest = $dest$ c>$count$", "x | search dest = \"ws 1\" c>5");
        check("search p=\"$path$\" q=$path$", r#"search p="C:\\a \"b\"" q="C:\\a \"b\"""#);
        check("| search a=*$dest$* b=\"*$dest|s$\"", "| search a=\"*ws 1*\" b=\"*ws 1\"");
        check(
            "| search destination{}.address = $destination{}.address$",
            "| search destination{}.address = \"10.0.0.1\"",
        );
        check("| search a=$odd name$ b=$result.dest$", "| search a=\"x\" b=\"ws 1\"");
    }

    #[test]
    fn several_values_become_lists() {
        check("| search user IN ($user$, \"$dest$\")", "| search user IN (\"ann\", \"bob\", \"ws 1\")");
        check("| search user IN (\"$user$\")", "| search user IN (\"ann\", \"bob\")");
        check("| search user=\"$user$\" x", "| search user=(\"ann\" OR \"bob\") x");
        check("user=*$user$*", "user=(\"*ann*\" OR \"*bob*\")");
        check("| where in(user, \"$user$\")", "| where in(user, \"ann\", \"bob\")");
        check("| where user=\"$user$\"", "| where user=\"ann\nbob\"");
    }

    #[test]
    fn what_is_no_token_stays() {
        check("| rex \"^(?<a>x$|$)\" | eval b=\"$5\"", "| rex \"^(?<a>x$|$)\" | eval b=\"$5\"");
        let (text, missing) = fill_search("| search a=$nobody$ b=\"$user.name$\" c=$", &values).unwrap();
        assert_eq!(text, "| search a=\"$nobody$\" b=\"$user.name$\" c=$");
        assert_eq!(missing, ["nobody", "user.name"]);
    }

    #[test]
    fn nothing_breaks() {
        for text in ["", "$", "$$", "\"", "\"$dest", "$dest", "\"\\", "ü$ü$ü", "(((", ")))", "|||", "a=\"$dest$"] {
            assert!(fill_search(text, &values).is_ok(), "{text}");
        }
    }
}
