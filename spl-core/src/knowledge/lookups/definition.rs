//! How a lookup is asked: [`Definition`], from `transforms.conf` or a content pack's YAML.

use crate::error::{Diagnostic, ErrorKind, Result, bail};
use crate::expr::SearchPredicate;
use crate::knowledge::Conf;

/// A lookup's definition.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// The file with the rows; `None` for a collection.
    pub file: Option<String>,
    /// The columns, where the definition names them.
    pub fields: Vec<String>,
    /// Columns that are not compared as they are.
    pub match_types: Vec<(String, MatchType)>,
    /// Whether case counts.
    pub case_sensitive: bool,
    /// With fewer matches, `default_match` stands in.
    pub min_matches: usize,
    /// More matches are left out.
    pub max_matches: usize,
    /// What stands in.
    pub default_match: Option<String>,
    /// The rows that count.
    pub filter: Option<SearchPredicate>,
    /// The column with the time from which a row holds.
    pub time_field: Option<TimeMatch>,
}

/// How the cells of a column are compared with values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchType {
    /// As they are.
    Exact,
    /// `*` in a cell stands for anything.
    Wildcard,
    /// A cell is a network, the value an address.
    Cidr,
}

/// Rows that hold from a time on.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeMatch {
    /// The column.
    pub field: String,
    /// How its times are written.
    pub format: String,
    /// An event is at least so many seconds later than the row.
    pub min_offset: f64,
    /// And at most so many.
    pub max_offset: f64,
}

/// Matches that are given, unless the definition says otherwise.
const MAX_MATCHES: usize = 100;
/// Most that a definition may ask for.
const MOST_MATCHES: usize = 1000;

impl Default for Definition {
    fn default() -> Self {
        Definition {
            name: String::new(),
            file: None,
            fields: Vec::new(),
            match_types: Vec::new(),
            case_sensitive: true,
            min_matches: 0,
            max_matches: MAX_MATCHES,
            default_match: None,
            filter: None,
            time_field: None,
        }
    }
}

impl Definition {
    /// How the cells of a column are compared.
    pub fn match_type(&self, column: &str) -> MatchType {
        self.match_types.iter().find(|(name, _)| name == column).map_or(MatchType::Exact, |(_, kind)| *kind)
    }

    /// The lookup of a stanza of `transforms.conf`; `None` when it is something else.
    pub(super) fn from_stanza(stanza: &str, conf: &Conf) -> Result<Option<Definition>> {
        let get = |key: &str| conf.get(stanza, key).map(str::to_owned);
        if get("filename").is_none() && get("collection").is_none() && get("external_type").is_none() {
            return Ok(None);
        }
        Definition::read(stanza, &get).map(Some)
    }

    /// The lookup of a content pack's YAML file.
    pub(super) fn from_yaml(text: &str) -> Result<Definition> {
        let wrong = |reason: String| {
            Box::new(Diagnostic::new(ErrorKind::Data, format!("this is not a lookup in YAML: {reason}")))
        };
        let file: std::collections::BTreeMap<String, serde_json::Value> =
            serde_saphyr::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let get = |key: &str| match file.get(key)? {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Array(items) => {
                let texts = items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
                Some(texts.collect::<Vec<_>>().join(","))
            }
            other => Some(other.to_string()),
        };
        let Some(name) = get("name") else { return Err(wrong("it has no `name`".to_owned())) };
        Definition::read(&name, &get)
    }

    fn read(name: &str, get: &dyn Fn(&str) -> Option<String>) -> Result<Definition> {
        let get = |key: &str| get(key).filter(|value| !value.trim().is_empty());
        let number = |key: &str| -> Result<Option<usize>> {
            let Some(text) = get(key) else { return Ok(None) };
            match text.trim().parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => bail!(Data, "`{key}` of the lookup `{name}` is no number: `{text}`"),
            }
        };
        let list = |key: &str| -> Vec<String> {
            let text = get(key).unwrap_or_default();
            text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
        };
        let mut match_types = Vec::new();
        for part in list("match_type") {
            let Some((kind, column)) = part.strip_suffix(')').and_then(|part| part.split_once('(')) else {
                bail!(Data, "`match_type` of the lookup `{name}` is not like WILDCARD(column): `{part}`");
            };
            let kind = match kind.trim().to_ascii_uppercase().as_str() {
                "WILDCARD" => MatchType::Wildcard,
                "CIDR" => MatchType::Cidr,
                "EXACT" => MatchType::Exact,
                other => bail!(Data, "the lookup `{name}` has no match type `{other}`"),
            };
            match_types.push((column.trim().to_owned(), kind));
        }
        let truth = |text: String| matches!(&*text.trim().to_ascii_lowercase(), "1" | "t" | "true" | "y" | "yes");
        let filter = match get("filter") {
            Some(text) => {
                let located = |e: Box<Diagnostic>| {
                    let message = format!("in the filter of the lookup `{name}`: {}", e.message);
                    Box::new(Diagnostic { message, ..(*e).in_text(&text) })
                };
                let expr = crate::syntax::parse_search_expr(&text).map_err(located)?;
                Some(SearchPredicate::bind(&expr).map_err(located)?)
            }
            None => None,
        };
        let seconds = |key: &str, default: f64| get(key).and_then(|text| text.trim().parse().ok()).unwrap_or(default);
        let time_field = get("time_field").map(|field| TimeMatch {
            field,
            format: get("time_format").unwrap_or_else(|| "%s.%Q".to_owned()),
            min_offset: seconds("min_offset_secs", 0.0),
            max_offset: seconds("max_offset_secs", 2_000_000_000.0),
        });
        let most = if time_field.is_some() { 1 } else { MAX_MATCHES };
        Ok(Definition {
            name: name.to_owned(),
            file: get("filename").map(|file| file.trim().to_owned()),
            fields: list("fields_list"),
            match_types,
            case_sensitive: get("case_sensitive_match").is_none_or(truth),
            min_matches: number("min_matches")?.unwrap_or(0).min(MOST_MATCHES),
            max_matches: number("max_matches")?.unwrap_or(most).clamp(1, MOST_MATCHES),
            default_match: get("default_match"),
            filter,
            time_field,
        })
    }
}
