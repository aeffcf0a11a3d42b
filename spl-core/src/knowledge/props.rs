//! `props.conf` and `transforms.conf`: one stanza's settings, and which events a stanza is about.

use std::cmp::Reverse;
use std::sync::Arc;

use indexmap::IndexMap;

use super::Conf;
use super::extraction::{Extraction, How};
use super::indexing::IndexRules;
use super::lookups::{FieldPairs, LookupJoin, Lookups};
use crate::error::{Diagnostic, Result, Span, bail};
use crate::expr::Expression;
use crate::functions::Context;
use crate::pattern::{Pattern, Template};
use crate::table::{FieldName, field_name};

/// The settings of one stanza of `props.conf` that make fields, by their keys.
#[derive(Default)]
pub(super) struct Stanza {
    pub(super) settings: IndexMap<String, Arc<Setting>>,
    /// What it says for the time of indexing, if it does.
    pub(super) indexing: Option<Box<IndexRules>>,
    /// `priority`: which of several stanzas of one kind comes first.
    priority: Option<i64>,
}

/// A setting that makes fields.
pub(super) enum Setting {
    /// `EXTRACT-`.
    Extract(Arc<Extraction>),
    /// `REPORT-`: stanzas of `transforms.conf`.
    Report(Vec<String>),
    /// `KV_MODE`.
    KvMode(KvMode),
    /// `FIELDALIAS-`.
    Alias(Vec<Alias>),
    /// `EVAL-`.
    Eval(FieldName, Arc<Expression>),
    /// `LOOKUP-`.
    Lookup(AutoLookup),
}

/// `table column AS field ... OUTPUT column AS field ...`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AutoLookup {
    pub(super) table: String,
    pub(super) keys: FieldPairs,
    /// All other columns when not given.
    pub(super) outputs: Option<FieldPairs>,
    /// `OUTPUTNEW`.
    pub(super) only_new: bool,
}

impl AutoLookup {
    pub(super) fn bind(&self, lookups: &Lookups, cx: &Context) -> Result<LookupJoin> {
        LookupJoin::new(lookups, &self.table, &self.keys, self.outputs.clone(), self.only_new, cx)
    }
}

/// What automatic extraction does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum KvMode {
    /// Nothing; also for formats whose readers make the fields.
    None,
    /// `key=value` pairs.
    Pairs,
}

/// `old AS new`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alias {
    pub(super) old: FieldName,
    pub(super) new: FieldName,
    /// `ASNEW`: a field that is there stays.
    pub(super) only_new: bool,
}

/// Which events a stanza is about.
#[derive(Clone)]
pub(super) enum Applies {
    SourceType(String),
    /// `[(?::){0}pattern]`.
    SourceTypes(Pattern),
    Source(Pattern),
    Host(Pattern),
    /// `[default]`.
    All,
}

impl Applies {
    pub(super) fn parse(stanza: &str) -> Result<Applies> {
        Ok(match stanza.split_once("::") {
            Some(("source", pattern)) => Applies::Source(path_pattern(pattern)?),
            Some(("host", pattern)) => Applies::Host(path_pattern(pattern)?),
            _ if stanza == "default" => Applies::All,
            _ => match stanza.strip_prefix("(?::){0}") {
                Some(pattern) => Applies::SourceTypes(path_pattern(pattern)?),
                None => Applies::SourceType(stanza.to_owned()),
            },
        })
    }

    pub(super) fn to(&self, source: &str, sourcetype: &str, host: &str) -> bool {
        match self {
            Applies::SourceType(name) => name.eq_ignore_ascii_case(sourcetype),
            Applies::SourceTypes(pattern) => pattern.is_match(sourcetype).unwrap_or(false),
            Applies::Source(pattern) => pattern.is_match(source).unwrap_or(false),
            Applies::Host(pattern) => pattern.is_match(host).unwrap_or(false),
            Applies::All => true,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Applies::Source(_) => 0,
            Applies::Host(_) => 1,
            Applies::SourceType(_) | Applies::SourceTypes(_) => 2,
            Applies::All => 3,
        }
    }

    /// That of a name is larger than that of a pattern.
    fn priority(&self, stanza: &str) -> i64 {
        let is_pattern = match self {
            Applies::SourceTypes(_) => true,
            Applies::Source(_) | Applies::Host(_) => {
                stanza.contains("...") || stanza.contains(['*', '|', '(', '[', '?', '+'])
            }
            Applies::SourceType(_) | Applies::All => false,
        };
        if is_pattern { 0 } else { 100 }
    }
}

/// `...` stands for anything, `*` for anything but the separators of paths, `.` for itself; all else is as in regular expressions, or, where it is
/// none, for itself.
fn path_pattern(text: &str) -> Result<Pattern> {
    let compile = |regex: String| Pattern::compile(&regex, Span::new(0, text.len()));
    compile(path_regex(text, false)).or_else(|_| compile(path_regex(text, true)))
}

fn path_regex(text: &str, literally: bool) -> String {
    let mut regex = String::from("(?i)^(?:");
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("...") {
            regex.push_str(".*");
            rest = after;
            continue;
        }
        match c {
            '*' => regex.push_str(r"[^/\\]*"),
            '|' | '(' | ')' => regex.push(c),
            '\\' if !literally => {
                let escaped = rest[1..].chars().next();
                regex.push(c);
                regex.extend(escaped);
                rest = &rest[1 + escaped.map_or(0, char::len_utf8)..];
                continue;
            }
            c if !literally && c != '.' => regex.push(c),
            c => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
        rest = &rest[c.len_utf8()..];
    }
    regex.push_str(")$");
    regex
}

impl Stanza {
    /// Reads a stanza's settings; those that make no fields are passed over. What is wrong goes to `problems`.
    pub(super) fn parse(name: &str, settings: &IndexMap<String, String>, problems: &mut Vec<Diagnostic>) -> Stanza {
        let mut stanza = Stanza::default();
        let mut indexing = IndexRules::default();
        for (key, value) in settings {
            if key == "priority" {
                stanza.priority = value.parse().ok();
            }
            match indexing.read(key, value) {
                Ok(true) => {
                    stanza.indexing.get_or_insert_default();
                    continue;
                }
                Ok(false) => {}
                Err(e) => problems.push(*in_stanza("props", name, key, value, *e)),
            }
            match setting(key, value) {
                Ok(Some(setting)) => drop(stanza.settings.insert(key.clone(), Arc::new(setting))),
                Ok(None) => {}
                Err(e) => problems.push(*in_stanza("props", name, key, value, *e)),
            }
        }
        if let Some(own) = &mut stanza.indexing {
            **own = indexing;
        }
        stanza
    }

    /// Lays another stanza of the same name over this one.
    pub(super) fn merge(&mut self, over: Stanza) {
        self.settings.extend(over.settings);
        self.priority = over.priority.or(self.priority);
        self.indexing = match (over.indexing, self.indexing.take()) {
            (Some(over), Some(own)) => Some(Box::new(over.or(&own))),
            (over, own) => over.or(own),
        };
    }

    /// What stanzas that are about the same events are sorted by, the strongest first: those for sources are stronger than those for hosts, and those
    /// than those for source types; then `priority` counts, which names have more of than patterns, then the alphabet.
    pub(super) fn precedence<'a>(&self, name: &'a str, applies: &Applies) -> (u8, Reverse<i64>, &'a str) {
        (applies.rank(), Reverse(self.priority.unwrap_or(applies.priority(name))), name)
    }
}

fn setting(key: &str, value: &str) -> Result<Option<Setting>> {
    if let Some(field) = key.strip_prefix("EVAL-") {
        let expr = crate::syntax::parse_expr(value)?;
        return Ok(Some(Setting::Eval(field_name(field), Arc::new(Expression::bind(&expr)?))));
    }
    Ok(Some(if key.starts_with("FIELDALIAS-") {
        Setting::Alias(parse_aliases(value)?)
    } else if key.starts_with("EXTRACT-") {
        Setting::Extract(Arc::new(parse_extract(value)?))
    } else if key.starts_with("REPORT-") {
        Setting::Report(value.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect())
    } else if key.starts_with("LOOKUP-") {
        Setting::Lookup(parse_lookup(value)?)
    } else if key == "KV_MODE" {
        Setting::KvMode(match value.to_ascii_lowercase().as_str() {
            "auto" | "auto_escaped" => KvMode::Pairs,
            _ => KvMode::None,
        })
    } else {
        return Ok(None);
    }))
}

/// `regex [in field]`.
fn parse_extract(value: &str) -> Result<Extraction> {
    let is_name = |field: &str| field.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let (regex, source) = match value.rsplit_once(" in ") {
        Some((regex, field)) if is_name(field.trim()) => (regex.trim_end(), field.trim()),
        _ => (value, "_raw"),
    };
    let pattern = Pattern::compile(regex, Span::new(0, regex.len()))?;
    let how = named(pattern);
    Ok(Extraction { source: source.to_owned(), how, multivalue: false, clean_keys: true, keep_empty: false })
}

fn named(pattern: Pattern) -> How {
    let own = |(index, name): (usize, Option<&str>)| name.map(|name| (index, field_name(name)));
    let groups = pattern.group_names().into_iter().enumerate().filter_map(own).collect();
    How::Named(pattern, groups)
}

/// The extraction of a stanza of `transforms.conf`; `None` when it is a lookup or serves indexing.
pub(super) fn parse_transform(name: &str, conf: &Conf) -> Result<Option<Extraction>> {
    let get = |key: &str| conf.get(name, key);
    let flag = |key: &str, default: bool| conf.get_bool(name, key).unwrap_or(default);
    if get("DEST_KEY").is_some_and(|key| !key.is_empty()) {
        return Ok(None);
    }
    let how = if let Some(regex) = get("REGEX") {
        let located = |e: Box<Diagnostic>| in_stanza("transforms", name, "REGEX", regex, *e);
        let pattern = Pattern::compile(regex, Span::new(0, regex.len())).map_err(located)?;
        match get("FORMAT") {
            Some(format) => How::Format(pattern, parse_format(format)),
            None => named(pattern),
        }
    } else if let Some(delims) = get("DELIMS") {
        let sets = quoted_parts(delims);
        match (get("FIELDS"), &sets[..]) {
            (Some(fields), [first, ..]) => {
                How::List(first.clone(), quoted_parts(fields).iter().map(field_name).collect())
            }
            (None, [pair, key]) => How::Pairs(pair.clone(), key.clone()),
            (None, [one]) => How::Pairs(one.clone(), one.clone()),
            _ => return Ok(None),
        }
    } else {
        return Ok(None);
    };
    Ok(Some(Extraction {
        source: get("SOURCE_KEY").filter(|key| *key != "_raw").unwrap_or("_raw").to_owned(),
        how,
        multivalue: flag("MV_ADD", false),
        clean_keys: flag("CLEAN_KEYS", true),
        keep_empty: flag("KEEP_EMPTY_VALS", false),
    }))
}

/// `name::$1 "other name"::$2`.
pub(super) fn parse_format(text: &str) -> Vec<(Template, Template)> {
    words(text)
        .iter()
        .filter_map(|word| word.split_once("::"))
        .map(|(name, value)| (Template::parse(name), Template::parse(value)))
        .collect()
}

/// Parts between commas, each perhaps in quotes, with `\t` and the like resolved.
fn quoted_parts(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => match characters.next() {
                Some('t') => part.push('\t'),
                Some('n') => part.push('\n'),
                Some('r') => part.push('\r'),
                Some(other) => part.push(other),
                None => part.push('\\'),
            },
            ',' if !quoted => parts.push(std::mem::take(&mut part)),
            c if !quoted && c.is_whitespace() => {}
            c => part.push(c),
        }
    }
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Words between blanks or commas; `"..."` within a word holds blanks.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if !quoted && (c.is_whitespace() || c == ',') => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// `old AS new old2 ASNEW new2`; names with blanks in quotes.
fn parse_aliases(text: &str) -> Result<Vec<Alias>> {
    let words = words(text);
    let mut aliases = Vec::new();
    for chunk in words.chunks(3) {
        match chunk {
            [old, word, new] if word.eq_ignore_ascii_case("as") || word.eq_ignore_ascii_case("asnew") => {
                let only_new = word.eq_ignore_ascii_case("asnew");
                aliases.push(Alias { old: field_name(old), new: field_name(new), only_new });
            }
            _ => bail!(Argument, Span::new(0, text.len()), "a field alias is written `old AS new`"),
        }
    }
    Ok(aliases)
}

fn parse_lookup(text: &str) -> Result<AutoLookup> {
    let words = words(text);
    let is = |word: &str, other: &str| word.eq_ignore_ascii_case(other);
    let border = words.iter().position(|word| is(word, "output") || is(word, "outputnew"));
    let pairs = |words: &[String]| {
        let (mut pairs, mut at) = (FieldPairs::new(), 0);
        while at < words.len() {
            let renamed = words.get(at + 1).is_some_and(|word| is(word, "as"));
            match words.get(at + 2).filter(|_| renamed) {
                Some(field) => pairs.push((words[at].clone(), field.clone())),
                None => pairs.push((words[at].clone(), words[at].clone())),
            }
            at += if renamed { 3 } else { 1 };
        }
        pairs
    };
    let keys = pairs(words.get(1..border.unwrap_or(words.len())).unwrap_or_default());
    let (Some(table), false) = (words.first(), keys.is_empty()) else {
        bail!(
            Argument,
            Span::new(0, text.len()),
            "an automatic lookup is written `table column AS field OUTPUT column AS field`"
        );
    };
    let outputs = border.map(|border| pairs(&words[border + 1..]));
    Ok(AutoLookup {
        table: table.clone(),
        keys,
        outputs,
        only_new: border.is_some_and(|border| is(&words[border], "outputnew")),
    })
}

/// Says in which setting the problem is.
pub(super) fn in_stanza(file: &str, stanza: &str, key: &str, value: &str, e: Diagnostic) -> Box<Diagnostic> {
    let message = format!("in {file} stanza [{stanza}], {key}: {}", e.message);
    Box::new(Diagnostic { message, text: Some(value.to_owned()), ..e })
}
