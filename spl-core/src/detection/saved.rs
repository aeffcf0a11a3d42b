//! Detections in the form that a pack's build gives them: a stanza of `savedsearches.conf`, whose `action.` settings say what the YAML document
//! says in its own words. Both come to the same [`Detection`].

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::annotations::Annotations;
use super::document::{Detection, Drilldown, Generation, Rba, RiskObject, Tags, ThreatObject};
use crate::error::{Result, bail};
use crate::knowledge::Conf;

/// Settings by which a saved search is known for a detection.
const MARKS: &[&str] = &["action.correlationsearch", "action.escu", "action.notable", "action.risk"];

const ANNOTATIONS: &str = "action.correlationsearch.annotations";
const METADATA: &str = "action.correlationsearch.metadata";
const RISK: &str = "action.risk.param._risk";
const DRILLDOWNS: &str = "action.notable.param.drilldown_searches";

/// An entry of the list at risk: somebody at risk, or a threat.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Risk {
        risk_object_field: String,
        #[serde(default)]
        risk_object_type: String,
        risk_score: Json,
        #[serde(default)]
        risk_message: Option<String>,
    },
    Threat {
        threat_object_field: String,
        #[serde(default)]
        threat_object_type: String,
    },
}

impl Detection {
    /// Reads a stanza of a built pack's `savedsearches.conf`; `None` where it is a saved search like any other.
    ///
    /// # Errors
    ///
    /// With the line, where a setting that must hold JSON does not, or a detection has no search.
    ///
    /// ```
    /// use spl_core::{detection::Detection, knowledge::Conf};
    ///
    /// let conf = Conf::parse(r#"
    /// [Site - Many Failures - Rule]
    /// search = index=auth action=failure | stats count by user
    /// action.risk = 1
    /// action.risk.param._risk_message = $user$ failed $count$ times
    /// action.risk.param._risk = [{"risk_object_field": "user", "risk_object_type": "user", "risk_score": 40}]
    /// [Errors in the last 24 hours]
    /// search = error
    /// "#);
    /// let detection = Detection::from_conf(&conf, "Site - Many Failures - Rule")?.expect("it is one");
    /// assert_eq!((&*detection.name, &*detection.rba.risk_objects[0].field), ("Many Failures", "user"));
    /// assert_eq!(detection.search_name("any"), "Site - Many Failures - Rule");
    /// assert!(Detection::from_conf(&conf, "Errors in the last 24 hours")?.is_none());
    /// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
    /// ```
    pub fn from_conf(conf: &Conf, stanza: &str) -> Result<Option<Detection>> {
        let saved = Saved { conf, stanza };
        let is_detection = conf.stanzas.get(stanza).into_iter().flat_map(IndexMap::keys).any(|key| {
            MARKS.iter().any(|mark| key.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
        });
        if !is_detection {
            return Ok(None);
        }
        let Some(search) = saved.text("search") else { bail!(Data, "the saved search `{stanza}` has no search") };
        let annotations = saved.annotations()?;
        let metadata: Map<String, Json> = saved.json(METADATA)?.unwrap_or_default();
        let known = |key: &str| metadata.get(key).and_then(text_of);
        let tags = saved.tags(annotations.as_ref());
        let mut extra: Map<String, Json> = Map::new();
        for (key, value) in conf.stanzas.get(stanza).into_iter().flatten().filter(|(key, _)| *key != "search") {
            extra.insert(key.clone(), Json::String(value.clone()));
        }
        Ok(Some(Detection {
            name: title(stanza).to_owned(),
            saved_as: Some(stanza.to_owned()),
            id: known("detection_id").or_else(|| saved.text("action.escu.id")),
            version: known("detection_version"),
            date: saved.text("action.escu.modification_date"),
            kind: annotations.as_ref().and_then(|own| {
                own.single.get("type").and_then(text_of).or_else(|| own.frameworks.get("type_list")?.first().cloned())
            }),
            description: saved.text("description").or_else(|| saved.text("action.escu.eli5")),
            data_source: annotations
                .as_ref()
                .and_then(|own| own.frameworks.get("data_source").cloned())
                .unwrap_or_default(),
            search,
            how_to_implement: saved.text("action.escu.how_to_implement"),
            known_false_positives: saved.text("action.escu.known_false_positives"),
            drilldown_searches: saved.drilldowns()?,
            rba: saved.rba(&tags)?,
            generation: Generation::Rba,
            tags,
            built_annotations: annotations,
            extra,
            ..Detection::default()
        }))
    }
}

/// The name without what a pack's build puts around it: `ESCU - NAME - Rule`.
fn title(stanza: &str) -> &str {
    let inner = stanza.strip_suffix(" - Rule").and_then(|rest| rest.split_once(" - "));
    inner.map_or(stanza, |(_, name)| name)
}

/// A stanza.
struct Saved<'c> {
    conf: &'c Conf,
    stanza: &'c str,
}

impl Saved<'_> {
    fn text(&self, key: &str) -> Option<String> {
        self.conf.get(self.stanza, key).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A setting that holds JSON.
    fn json<T: for<'de> Deserialize<'de>>(&self, key: &str) -> Result<Option<T>> {
        let Some(text) = self.text(key) else { return Ok(None) };
        match serde_json::from_str(&text) {
            Ok(json) => Ok(Some(json)),
            Err(error) => {
                let line = self.conf.line(self.stanza, key).unwrap_or_default();
                bail!(Data, "line {line}: `{key}` of `{}` is not what it should be: {error}", self.stanza)
            }
        }
    }

    fn annotations(&self) -> Result<Option<Annotations>> {
        let Some(json): Option<Map<String, Json>> = self.json(ANNOTATIONS)? else { return Ok(None) };
        let mut annotations = Annotations::default();
        for (name, value) in json {
            match value {
                Json::Array(values) => {
                    let values: Vec<String> = values.iter().filter_map(text_of).collect();
                    if !values.is_empty() {
                        annotations.frameworks.insert(name, values);
                    }
                }
                single => drop(annotations.single.insert(name, single)),
            }
        }
        annotations.frameworks.sort_keys();
        Ok(Some(annotations))
    }

    fn tags(&self, annotations: Option<&Annotations>) -> Tags {
        let list = |name: &str| annotations.and_then(|own| own.frameworks.get(name).cloned()).unwrap_or_default();
        let number = |name: &str| annotations.and_then(|own| own.single.get(name)).and_then(number_of);
        Tags {
            analytic_story: list("analytic_story"),
            confidence: number("confidence"),
            impact: number("impact"),
            mitre_attack_id: list("mitre_attack"),
            kill_chain_phases: list("kill_chain_phases"),
            nist: list("nist"),
            cis20: list("cis20"),
            cve: list("cve"),
            security_domain: self.text("action.notable.param.security_domain"),
            ..Tags::default()
        }
    }

    /// Who is at risk, if the action is on. A detection that only tells of its results has the title of its notable as message.
    fn rba(&self, tags: &Tags) -> Result<Rba> {
        let mut rba = Rba {
            message: self
                .text("action.risk.param._risk_message")
                .or_else(|| self.text("action.notable.param.rule_title"))
                .unwrap_or_default(),
            ..Rba::default()
        };
        if self.conf.get_bool(self.stanza, "action.risk") == Some(false) {
            return Ok(rba);
        }
        let entries: Option<Vec<Entry>> = self.json(RISK)?;
        // Older builds name one object, in settings of its own.
        let older = || {
            let field = self.text("action.risk.param._risk_object")?;
            Some(RiskObject {
                field: field.trim_matches('$').to_owned(),
                kind: self.text("action.risk.param._risk_object_type").unwrap_or_else(|| "other".to_owned()),
                score: self.text("action.risk.param._risk_score").and_then(|n| n.parse().ok()).unwrap_or(tags.score()),
            })
        };
        let Some(entries) = entries else {
            rba.risk_objects.extend(older());
            return Ok(rba);
        };
        let mut own_message = None;
        for entry in entries {
            match entry {
                Entry::Risk { risk_object_field, risk_object_type, risk_score, risk_message } => {
                    own_message = own_message.or(risk_message);
                    rba.risk_objects.push(RiskObject {
                        field: risk_object_field,
                        kind: risk_object_type,
                        score: number_of(&risk_score).unwrap_or(0.0),
                    });
                }
                Entry::Threat { threat_object_field, threat_object_type } => {
                    rba.threat_objects.push(ThreatObject { field: threat_object_field, kind: threat_object_type });
                }
            }
        }
        // Builds for newer versions of Enterprise Security give each object its message.
        if let Some(message) = own_message.filter(|_| self.text("action.risk.param._risk_message").is_none()) {
            rba.message = message;
        }
        Ok(rba)
    }

    fn drilldowns(&self) -> Result<Vec<Drilldown>> {
        if let Some(mut drilldowns) = self.json::<Vec<Drilldown>>(DRILLDOWNS)? {
            for drilldown in &mut drilldowns {
                // Both ways to write it are met.
                let extra = &mut drilldown.extra;
                let mut other = |key: &str| extra.shift_remove(key).as_ref().and_then(text_of);
                let (earliest, latest) = (other("earliest"), other("latest"));
                drilldown.earliest_offset = drilldown.earliest_offset.take().or(earliest);
                drilldown.latest_offset = drilldown.latest_offset.take().or(latest);
            }
            return Ok(drilldowns);
        }
        // Older builds have one at most, with its offsets in seconds.
        let one = |key: &str| self.text(&format!("action.notable.param.drilldown_{key}"));
        let offset = |key: &str| {
            one(key).map(|offset| match offset.parse::<f64>() {
                Ok(seconds) if seconds != 0.0 => format!("{}s", seconds.abs()),
                _ => offset,
            })
        };
        let drilldown = one("search").map(|search| Drilldown {
            name: one("name").unwrap_or_else(|| title(self.stanza).to_owned()),
            search,
            earliest_offset: offset("earliest_offset"),
            latest_offset: offset("latest_offset"),
            extra: Map::new(),
        });
        Ok(drilldown.into_iter().collect())
    }
}

fn text_of(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn number_of(json: &Json) -> Option<f64> {
    json.as_f64().or_else(|| json.as_str()?.trim().parse().ok())
}
