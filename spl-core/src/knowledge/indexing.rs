//! Settings of `props.conf` and stanzas of `transforms.conf` for the time of indexing, as [`TextRules`] and [`Transform`]s. What they mean, `formats` knows.
//! A setting that would change events and is not known how is a problem, never passed over.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::Conf;
use super::conf::parse_bool;
use super::props::in_stanza;
use crate::error::{Diagnostic, ErrorKind, Result, Span, bail};
use crate::formats::{Key, TextRules, Transform};
use crate::pattern::{Pattern, Sed, Template};

/// What a stanza says for the time of indexing.
#[derive(Clone, Default)]
pub(super) struct IndexRules {
    pub(super) text: TextRules,
    /// `TRANSFORMS-`: the names of stanzas, by setting.
    pub(super) transforms: BTreeMap<String, Vec<String>>,
}

/// Settings that change events in ways that are not supported.
const UNSUPPORTED: &[&str] = &[
    "METRICS_PROTOCOL",
    "STATSD-DIM-TRANSFORMS",
    "STATSD_EMIT_SINGLE_MEASUREMENT_FORMAT",
    "METRIC-SCHEMA-TRANSFORMS",
    "JSON_TRIM_BRACES_IN_ARRAY_NAMES",
    "DETERMINE_TIMESTAMP_DATE_WITH_SYSTEM_TIME",
    "MAX_DIFF_SECS_AGO",
    "MAX_DIFF_SECS_HENCE",
    "ROUTE_EVENTS_OLDER_THAN",
    "TZ_ALIAS",
    "CHECK_FOR_HEADER",
    "unarchive_cmd",
];

impl IndexRules {
    /// These settings, and the other's where there are none.
    pub(super) fn or(mut self, other: &IndexRules) -> IndexRules {
        for (class, names) in &other.transforms {
            self.transforms.entry(class.clone()).or_insert_with(|| names.clone());
        }
        IndexRules { text: self.text.or(&other.text), ..self }
    }

    /// With the transforms that it names.
    pub(super) fn resolved(&self, known: &IndexMap<String, Option<Arc<Transform>>>) -> TextRules {
        let mut rules = self.text.clone();
        for (class, names) in &self.transforms {
            let found = names.iter().filter_map(|name| known.get(name)?.clone()).collect();
            rules.edits.transforms.insert(class.clone(), found);
        }
        rules
    }

    /// Reads a setting; whether it is one for the time of indexing.
    pub(super) fn read(&mut self, key: &str, value: &str) -> Result<bool> {
        let TextRules { lines, times, fields, edits, sourcetype } = &mut self.text;
        if let Some(class) = key.strip_prefix("SEDCMD-") {
            edits.sed.insert(class.to_owned(), Arc::new(Sed::parse(value, whole(value))?));
            return Ok(true);
        }
        if key.starts_with("TRANSFORMS-") {
            let names = value.split(',').map(|name| name.trim().to_owned());
            self.transforms.insert(key.to_owned(), names.filter(|name| !name.is_empty()).collect());
            return Ok(true);
        }
        let span = whole(value);
        match key {
            "sourcetype" => *sourcetype = Some(value.to_owned()).filter(|name| !name.is_empty()),
            // Line breaks alone: lines.
            "LINE_BREAKER" if matches!(value, r"([\r\n]+)" | r"([\n\r]+)" | r"(\r\n|\n)" | r"(\n)") => {
                lines.merge = lines.merge.or(Some(false));
            }
            "LINE_BREAKER" => lines.breaker = pattern(value)?,
            "TRUNCATE" => lines.truncate = number(value)?,
            "SHOULD_LINEMERGE" => lines.merge = truth(value)?,
            // Nothing is what the user interface writes for false.
            "BREAK_ONLY_BEFORE_DATE" => lines.before_date = truth(value)?.or(Some(false)),
            "BREAK_ONLY_BEFORE" => lines.before = pattern(value)?,
            "MUST_BREAK_AFTER" => lines.after = pattern(value)?,
            "MUST_NOT_BREAK_AFTER" => lines.not_after = pattern(value)?,
            "MUST_NOT_BREAK_BEFORE" => lines.not_before = pattern(value)?,
            "MAX_EVENTS" => lines.most = number(value)?,
            "TIME_PREFIX" => times.prefix = pattern(value)?,
            "TIME_FORMAT" => times.format = Some(value.to_owned()).filter(|format| !format.is_empty()),
            "MAX_TIMESTAMP_LOOKAHEAD" => times.lookahead = number(value)?,
            "TZ" if value.is_empty() => {}
            "TZ" => match value.parse() {
                Ok(zone) => times.zone = Some(zone),
                Err(_) => bail!(Argument, span, "there is no time zone `{value}`"; hint: "such as Europe/Berlin"),
            },
            "DATETIME_CONFIG" => match value.trim_start_matches('/') {
                "CURRENT" | "NONE" => times.now = Some(true),
                "" | "etc/datetime.xml" => times.now = Some(false),
                _ => bail!(Unsupported, span, "of the files for times only Splunk's own is known"),
            },
            "MAX_DAYS_AGO" => times.days_ago = number(value)?,
            "MAX_DAYS_HENCE" => times.days_hence = number(value)?,
            "TIMESTAMP_FIELDS" => times.fields = names(value),
            "INDEXED_EXTRACTIONS" => {
                let delimiter = match value.to_ascii_lowercase().as_str() {
                    "json" | "hec" => {
                        fields.format = Some("json");
                        return Ok(true);
                    }
                    "csv" => None,
                    "tsv" => Some(b'\t'),
                    "psv" => Some(b'|'),
                    "w3c" => Some(b' '),
                    "" | "none" => return Ok(true),
                    _ => bail!(Unsupported, span, "there are csv, tsv, psv, w3c and json, not `{value}`"),
                };
                if value.eq_ignore_ascii_case("w3c") && fields.header.is_none() {
                    fields.header = pattern(r"^#Fields:\s*(.*)")?;
                }
                fields.delimiter = fields.delimiter.or(delimiter);
                fields.format = Some("csv");
            }
            "FIELD_DELIMITER" => fields.delimiter = character(value)?,
            "FIELD_QUOTE" => fields.quote = character(value)?,
            "HEADER_FIELD_DELIMITER" => fields.header_delimiter = character(value)?,
            "HEADER_FIELD_QUOTE" => fields.header_quote = character(value)?,
            "HEADER_FIELD_ACCEPTABLE_SPECIAL_CHARACTERS" => fields.special = Some(value.to_owned()),
            "FIELD_NAMES" => fields.names = names(value),
            "HEADER_FIELD_LINE_NUMBER" => fields.header_line = number(value)?,
            "FIELD_HEADER_REGEX" => fields.header = pattern(value)?,
            "PREAMBLE_REGEX" => fields.preamble = pattern(value)?,
            "MISSING_VALUE_REGEX" => fields.missing = pattern(value)?,
            // UTF-16 is seen in the bytes.
            "CHARSET"
                if !matches!(
                    &*value.to_ascii_uppercase().replace('_', "-"),
                    "" | "AUTO" | "ASCII" | "US-ASCII" | "UTF-8" | "UTF8"
                ) && !value.to_ascii_uppercase().starts_with("UTF-16") =>
            {
                bail!(Unsupported, span, "the character set `{value}` is not supported: UTF-8 and UTF-16 are")
            }
            _ if UNSUPPORTED.contains(&key) && (value.is_empty() || parse_bool(value) == Some(false)) => {}
            _ if UNSUPPORTED.contains(&key) || key.starts_with("RULESET-") => {
                bail!(Unsupported, span, "this setting is not supported")
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn whole(value: &str) -> Span {
    Span::new(0, value.len())
}

fn pattern(value: &str) -> Result<Option<Pattern>> {
    if value.is_empty() { Ok(None) } else { Pattern::compile(value, whole(value)).map(Some) }
}

fn number<T: std::str::FromStr>(value: &str) -> Result<Option<T>> {
    match value.trim() {
        "" => Ok(None),
        text => match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => bail!(Argument, whole(value), "`{text}` is not such a number"),
        },
    }
}

fn truth(value: &str) -> Result<Option<bool>> {
    match parse_bool(value) {
        None if !value.trim().is_empty() => bail!(Argument, whole(value), "`{value}` is neither true nor false"),
        truth => Ok(truth),
    }
}

/// Names between commas, perhaps in brackets.
fn names(value: &str) -> Option<Vec<String>> {
    let inner = value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(value);
    let names: Vec<String> = inner.split(',').map(|name| name.trim().trim_matches('"').to_owned()).collect();
    names.iter().any(|name| !name.is_empty()).then_some(names)
}

/// A character that stands between cells or around them.
fn character(value: &str) -> Result<Option<u8>> {
    let inner = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).filter(|v| !v.is_empty()).unwrap_or(value);
    Ok(Some(match inner.to_ascii_lowercase().as_str() {
        "" => return Ok(None),
        r"\t" | "tab" => b'\t',
        "space" | r"\s" => b' ',
        "fs" => 0x1c,
        "gs" => 0x1d,
        "rs" => 0x1e,
        "us" => 0x1f,
        text => match (text.as_bytes(), text.strip_prefix(r"\x").map(|hex| u8::from_str_radix(hex, 16))) {
            ([one], _) if one.is_ascii() => *one,
            (_, Some(Ok(code))) if code.is_ascii() => code,
            _ => bail!(Unsupported, whole(value), "only single ASCII characters are supported, not `{value}`"),
        },
    }))
}

/// The transform of a stanza of `transforms.conf` that serves indexing; `None` when it does not.
pub(super) fn parse_index_transform(name: &str, conf: &Conf) -> Result<Option<Transform>> {
    let get = |key: &str| conf.get(name, key).filter(|value| !value.is_empty());
    let unsupported =
        ["INGEST_EVAL", "CLONE_SOURCETYPE", "STOP_PROCESSING_IF"].into_iter().find(|key| get(key).is_some());
    if let Some(key) = unsupported {
        let problem = Diagnostic::new(ErrorKind::Unsupported, "this setting is not supported");
        return Err(in_stanza("transforms", name, key, get(key).unwrap_or_default(), problem));
    }
    let writes_fields = conf.get_bool(name, "WRITE_META") == Some(true);
    let (Some(regex), true) = (get("REGEX"), get("DEST_KEY").is_some() || writes_fields) else { return Ok(None) };
    let within = |key: &'static str, value: &str| {
        let value = value.to_owned();
        move |e: Box<Diagnostic>| in_stanza("transforms", name, key, &value, *e)
    };
    let to = match get("DEST_KEY") {
        // Where events are sent to is nothing to us.
        Some("_TCP_ROUTING" | "_SYSLOG_ROUTING" | "_HTTPOUT_ROUTING" | "_INDEX_AND_FORWARD_ROUTING") => {
            return Ok(None);
        }
        Some(key) => parse_key(key).map_err(within("DEST_KEY", key))?,
        None => Key::Fields,
    };
    let from = get("SOURCE_KEY").unwrap_or("_raw");
    let from = parse_key(from).map_err(within("SOURCE_KEY", from))?;
    let pattern = Pattern::compile(regex, whole(regex)).map_err(within("REGEX", regex))?;
    let lookahead = get("LOOKAHEAD").unwrap_or("4096");
    let lookahead = number(lookahead).map_err(within("LOOKAHEAD", lookahead))?.unwrap_or(4096);
    let format = match (to, get("FORMAT")) {
        (Key::Fields, None) => vec![(Template::parse(name), Template::parse("$1"))],
        (Key::Fields, Some(format)) => super::props::parse_format(format),
        (_, format) => vec![(Template::parse(""), Template::parse(format.unwrap_or("$1")))],
    };
    let default = get("DEFAULT_VALUE").map(str::to_owned);
    Ok(Some(Transform { from, pattern, lookahead, format, to, default }))
}

fn parse_key(key: &str) -> Result<Key> {
    Ok(match key {
        "_raw" => Key::Raw,
        "queue" => Key::Queue,
        "_MetaData:Index" | "MetaData:Index" => Key::Index,
        "MetaData:Source" => Key::Source,
        "MetaData:Sourcetype" => Key::Sourcetype,
        "MetaData:Host" => Key::Host,
        "_meta" => Key::Fields,
        _ => bail!(
            Unsupported, whole(key), "the key `{key}` is not supported";
            hint: "there are _raw, queue, _meta, _MetaData:Index and MetaData:Host, :Source and :Sourcetype"
        ),
    })
}
