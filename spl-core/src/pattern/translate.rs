//! PCRE's spelling to that of the two engines, which differ in escapes, in what brackets may hold and in what must be escaped.

use std::iter::Peekable;
use std::str::Chars;

/// Which engine the text is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Linear,
    Backtracking,
}

/// A translated pattern.
pub(super) struct Translated {
    pub(super) text: String,
    /// Whether it needs the backtracking engine.
    pub(super) backtracking: bool,
    /// Whether it has `$` or `\Z`.
    pub(super) end_anchor: bool,
    /// What neither engine does, though one may read it as something else.
    pub(super) refused: Option<&'static str>,
}

/// Rewrites `text`. What is wrong in it stays wrong, for the engine to say so.
pub(super) fn translate(text: &str, dialect: Dialect) -> Translated {
    let text = skip_verbs(text);
    let mut translator = Translator {
        rest: text.chars().peekable(),
        out: String::with_capacity(text.len() + 16),
        dialect,
        backtracking: false,
        end_anchor: false,
        groups: 0,
        extended: false,
        refused: None,
    };
    translator.run();
    let Translator { out, backtracking, end_anchor, refused, .. } = translator;
    Translated { text: out, backtracking, end_anchor, refused }
}

/// The text behind PCRE's `(*UTF8)` and the like.
fn skip_verbs(text: &str) -> &str {
    let mut text = text;
    while text.starts_with("(*")
        && let Some(end) = text.find(')')
        && text[2..end].bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    {
        text = &text[end + 1..];
    }
    text
}

const HORIZONTAL: &str = r"\t\x20\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}";
const VERTICAL: &str = r"\n\x0B\x0C\r\x{85}\x{2028}\x{2029}";

/// What goes between brackets for a class escape, and whether it is the complement that is meant.
fn class(escape: char) -> Option<(&'static str, bool)> {
    Some(match escape {
        'd' => ("0-9", false),
        'D' => ("0-9", true),
        'w' => ("0-9A-Za-z_", false),
        'W' => ("0-9A-Za-z_", true),
        's' => (r"\t\n\x0B\x0C\r\x20", false),
        'S' => (r"\t\n\x0B\x0C\r\x20", true),
        'h' => (HORIZONTAL, false),
        'H' => (HORIZONTAL, true),
        'v' => (VERTICAL, false),
        'V' => (VERTICAL, true),
        _ => return None,
    })
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    dialect: Dialect,
    backtracking: bool,
    end_anchor: bool,
    /// Capturing groups opened so far.
    groups: usize,
    /// Whether `(?x)` was seen: blanks and comments do not count, except in brackets.
    extended: bool,
    refused: Option<&'static str>,
}

impl Translator<'_> {
    fn run(&mut self) {
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => self.escape(),
                '[' => self.brackets(),
                '(' => self.group(),
                '*' | '+' | '?' => self.quantifier(c),
                '{' => match self.counted() {
                    Some(counted) => {
                        self.out.push_str(&counted);
                        self.after_quantifier();
                    }
                    None => self.out.push_str(r"\{"),
                },
                '}' => self.out.push_str(r"\}"),
                ']' => self.out.push_str(r"\]"),
                '$' => {
                    self.end_anchor = true;
                    self.out.push('$');
                }
                '#' if self.extended => {
                    self.rest.by_ref().find(|&c| c == '\n');
                }
                c => self.out.push(c),
            }
        }
    }

    fn quantifier(&mut self, c: char) {
        self.out.push(c);
        self.after_quantifier();
    }

    /// Lazy `?` and possessive `+`.
    fn after_quantifier(&mut self) {
        match self.rest.peek() {
            Some('?') => {
                self.rest.next();
                self.out.push('?');
            }
            Some('+') => {
                self.rest.next();
                self.out.push('+');
                self.backtracking = true;
            }
            _ => {}
        }
    }

    /// The rest of `{n}`, `{n,}` or `{n,m}`, whole; `None` (and nothing read) when the brace is a plain character.
    fn counted(&mut self) -> Option<String> {
        let mut ahead = self.rest.clone();
        let mut text = String::from("{");
        let mut commas = 0;
        loop {
            match ahead.next()? {
                c @ '0'..='9' => text.push(c),
                ',' if text.len() > 1 && commas == 0 => {
                    commas = 1;
                    text.push(',');
                }
                '}' if text.len() > 1 => break,
                _ => return None,
            }
        }
        text.push('}');
        self.rest = ahead;
        Some(text)
    }

    /// What follows an opening parenthesis.
    fn group(&mut self) {
        if self.rest.peek() != Some(&'?') {
            self.groups += 1;
            self.out.push('(');
            return;
        }
        self.rest.next();
        let mut ahead = self.rest.clone();
        match (ahead.next(), ahead.next()) {
            (Some('#'), _) => {
                // A comment.
                for c in self.rest.by_ref() {
                    if c == ')' {
                        break;
                    }
                }
                return;
            }
            (Some('R' | '&' | '+' | '0'..='9'), _) => {
                self.refused = Some(
                    "groups that call the pattern or another group, as (?R), (?1) and (?&name) do, are not supported",
                );
            }
            (Some('|'), _) => {
                self.refused = Some("alternatives that share their groups, as in (?|...), are not supported")
            }
            (Some('<'), Some('=' | '!')) | (Some('=' | '!' | '>' | '('), _) => self.backtracking = true,
            (Some('P'), Some('=' | '>')) => {
                self.named_reference();
                return;
            }
            (Some('\''), _) => {
                self.rest.next();
                self.groups += 1;
                self.out.push_str("(?<");
                for c in self.rest.by_ref() {
                    if c == '\'' {
                        break;
                    }
                    self.out.push(c);
                }
                self.out.push('>');
                return;
            }
            (Some('<'), _) | (Some('P'), Some('<')) => self.groups += 1,
            (Some('J'), Some(')')) => {
                // Duplicate names: both engines say what they think of them.
                self.rest = ahead;
                return;
            }
            _ => {}
        }
        let head = self.out.len();
        self.out.push_str("(?");
        // What stands here until the group's head ends is no quantifier.
        while let Some(&c) = self.rest.peek() {
            if !(c.is_alphanumeric() || matches!(c, '<' | '_' | '-' | '=' | '!' | '>' | ':' | '|')) {
                break;
            }
            self.out.push(c);
            self.rest.next();
            if matches!(c, ':' | '>' | '=' | '!' | '|') {
                break;
            }
        }
        let flags = self.out[head..].split('-').next().unwrap_or_default();
        self.extended |= flags.contains('x') && !flags.contains('<');
    }

    /// `(?P=name)` and `(?P>name)`.
    fn named_reference(&mut self) {
        self.backtracking = true;
        self.rest.next();
        let call = self.rest.next() == Some('>');
        let mut name = String::new();
        for c in self.rest.by_ref() {
            if c == ')' {
                break;
            }
            name.push(c);
        }
        self.out.push_str(if call { r"\g<" } else { r"\k<" });
        self.out.push_str(&name);
        self.out.push('>');
    }

    /// What follows a backslash outside of brackets.
    fn escape(&mut self) {
        let Some(c) = self.rest.next() else {
            self.out.push('\\');
            return;
        };
        if let Some((set, complement)) = class(c) {
            self.out.push_str(if complement { "[^" } else { "[" });
            self.out.push_str(set);
            self.out.push(']');
            return;
        }
        match c {
            'b' if self.dialect == Dialect::Linear => self.out.push_str(r"(?-u:\b)"),
            'b' | 'B' | 'A' | 'z' => {
                self.out.push('\\');
                self.out.push(c);
            }
            'Z' => {
                self.end_anchor = true;
                self.out.push_str(r"\z");
            }
            'R' => {
                self.out.push_str(r"(?:\r\n|[");
                self.out.push_str(VERTICAL);
                self.out.push_str("])");
            }
            'N' => self.out.push_str(r"[^\n]"),
            'Q' => self.quoted(),
            'E' => {}
            'K' | 'G' | 'X' => {
                self.backtracking = true;
                self.out.push('\\');
                self.out.push(c);
            }
            'k' | 'g' => self.reference(),
            '1'..='9' => self.numbered(c),
            _ => {
                let escaped = self.common_escape(c);
                self.out.push_str(&escaped);
            }
        }
    }

    /// `\Q...\E`: plain characters.
    fn quoted(&mut self) {
        while let Some(c) = self.rest.next() {
            if c == '\\' && self.rest.peek() == Some(&'E') {
                self.rest.next();
                return;
            }
            push_literal(&mut self.out, c);
        }
    }

    /// `\k<name>`, `\k{name}`, `\k'name'`, `\g{n}`, `\g{-n}`, `\gn`.
    fn reference(&mut self) {
        self.backtracking = true;
        let close = match self.rest.peek() {
            Some('<') => '>',
            Some('{') => '}',
            Some('\'') => '\'',
            _ => {
                let mut digits = String::new();
                while let Some(digit) = self.rest.next_if(|c| c.is_ascii_digit() || *c == '-') {
                    digits.push(digit);
                }
                self.out.push_str(r"\k<");
                self.out.push_str(&digits);
                self.out.push('>');
                return;
            }
        };
        self.rest.next();
        self.out.push_str(r"\k<");
        for c in self.rest.by_ref() {
            if c == close {
                break;
            }
            self.out.push(c);
        }
        self.out.push('>');
    }

    /// A back reference, or an octal number where there cannot be so many groups.
    fn numbered(&mut self, first: char) {
        let mut digits = String::from(first);
        while digits.len() < 3
            && let Some(digit) = self.rest.next_if(char::is_ascii_digit)
        {
            digits.push(digit);
        }
        let number: usize = digits.parse().unwrap_or(usize::MAX);
        if digits.len() > 1
            && number > self.groups
            && let Some(c) = u32::from_str_radix(&digits, 8).ok().and_then(char::from_u32)
        {
            push_literal(&mut self.out, c);
            return;
        }
        self.backtracking = true;
        // The group keeps what follows from being read as further digits.
        self.out.push_str(&format!(r"(?:\{number})"));
    }

    /// Escapes that mean the same inside and outside of brackets, as the engines write them.
    fn common_escape(&mut self, c: char) -> String {
        match c {
            'n' | 'r' | 't' | 'f' | 'a' => format!("\\{c}"),
            'e' => r"\x1B".into(),
            'x' => {
                let digits = if self.rest.next_if_eq(&'{').is_some() {
                    let mut digits = String::new();
                    for digit in self.rest.by_ref() {
                        if digit == '}' {
                            break;
                        }
                        digits.push(digit);
                    }
                    digits
                } else {
                    self.digits(2, 16)
                };
                format!("\\x{{{}}}", if digits.is_empty() { "0" } else { &digits })
            }
            '0' => {
                let digits = self.digits(2, 8);
                format!("\\x{{{:X}}}", u32::from_str_radix(&digits, 8).unwrap_or(0))
            }
            'c' => {
                let control = self.rest.next().map_or(0, |c| (c.to_ascii_uppercase() as u32 ^ 64) & 0x7F);
                format!("\\x{{{control:X}}}")
            }
            'p' | 'P' => {
                let mut name = String::new();
                if self.rest.next_if_eq(&'{').is_some() {
                    for letter in self.rest.by_ref() {
                        if letter == '}' {
                            break;
                        }
                        name.push(letter);
                    }
                } else if let Some(letter) = self.rest.next() {
                    name.push(letter);
                }
                let inverted = name.starts_with('^');
                let positive = (c == 'p') != inverted;
                format!("\\{}{{{}}}", if positive { 'p' } else { 'P' }, name.trim_start_matches('^'))
            }
            c => {
                let mut literal = String::new();
                push_literal(&mut literal, c);
                literal
            }
        }
    }

    fn digits(&mut self, most: usize, radix: u32) -> String {
        let mut digits = String::new();
        while digits.len() < most
            && let Some(digit) = self.rest.next_if(|c| c.is_digit(radix))
        {
            digits.push(digit);
        }
        digits
    }

    /// A bracket expression, from behind its `[`.
    fn brackets(&mut self) {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        // Whether what precedes cannot start a range: a `-` behind it is a plain character.
        let mut closed = true;
        while let Some(c) = self.rest.next() {
            match c {
                ']' if !first => {
                    self.out.push(']');
                    return;
                }
                '[' if matches!(self.rest.peek(), Some(':')) && self.posix() => closed = true,
                '-' => {
                    let ends_range = match self.rest.peek() {
                        None | Some(']') => false,
                        Some('\\') => self.rest.clone().nth(1).is_some_and(|c| class(c).is_none()),
                        Some('[') => self.rest.clone().nth(1) != Some(':'),
                        Some(_) => true,
                    };
                    if closed || !ends_range {
                        self.out.push_str(r"\-");
                        closed = true;
                    } else {
                        self.out.push('-');
                        // The end of a range cannot start another.
                        self.item_in_brackets();
                        closed = true;
                    }
                }
                '\\' => closed = self.escape_in_brackets(),
                c => {
                    self.literal_in_brackets(c);
                    closed = false;
                }
            }
            first = false;
        }
    }

    /// The second end of a range.
    fn item_in_brackets(&mut self) {
        match self.rest.next() {
            Some('\\') => {
                self.escape_in_brackets();
            }
            Some(c) => self.literal_in_brackets(c),
            None => {}
        }
    }

    fn literal_in_brackets(&mut self, c: char) {
        match c {
            '[' | ']' | '&' | '~' | '^' | '-' | '\\' => {
                self.out.push('\\');
                self.out.push(c);
            }
            ' ' | '#' if self.extended => self.out.push_str(if c == ' ' { r"\x20" } else { r"\x23" }),
            c => self.out.push(c),
        }
    }

    /// An escape between brackets; true when it is a set of characters.
    fn escape_in_brackets(&mut self) -> bool {
        let Some(c) = self.rest.next() else {
            self.out.push('\\');
            return false;
        };
        if let Some((set, complement)) = class(c) {
            if complement {
                self.out.push_str("[^");
                self.out.push_str(set);
                self.out.push(']');
            } else {
                self.out.push_str(set);
            }
            return true;
        }
        match c {
            'b' => self.out.push_str(r"\x08"),
            '1'..='7' => {
                let digits = format!("{c}{}", self.digits(2, 8));
                self.out.push_str(&format!("\\x{{{:X}}}", u32::from_str_radix(&digits, 8).unwrap_or(0)));
            }
            'E' => {}
            _ => {
                let escaped = self.common_escape(c);
                self.out.push_str(&escaped);
                return matches!(c, 'p' | 'P');
            }
        }
        false
    }

    /// `[:alpha:]` behind its first bracket; false (and nothing read) when it is none.
    fn posix(&mut self) -> bool {
        let mut ahead = self.rest.clone();
        ahead.next();
        let mut name = String::new();
        loop {
            match ahead.next() {
                Some(c) if c.is_ascii_lowercase() || (c == '^' && name.is_empty()) => name.push(c),
                Some(':') if ahead.next() == Some(']') => break,
                _ => return false,
            }
        }
        self.rest = ahead;
        self.out.push_str("[:");
        self.out.push_str(&name);
        self.out.push_str(":]");
        true
    }
}

/// A character that stands for itself, wherever it stands.
fn push_literal(out: &mut String, c: char) {
    if c.is_ascii_punctuation()
        && !matches!(c, '<' | '>' | '_' | '"' | '\'' | '/' | ',' | ';' | ':' | '=' | '!' | '%' | '@' | '`')
    {
        out.push('\\');
        out.push(c);
    } else if c.is_ascii_control() || c == ' ' {
        out.push_str(&format!("\\x{{{:X}}}", c as u32));
    } else {
        out.push(c);
    }
}
