//! Who is at risk by a result, what threatens, and the events that Splunk Enterprise Security writes about it into its index `risk`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use super::document::Detection;
use super::row::{Row, rows};
use crate::table::{FieldName, Table, field_name};
use crate::value::Value;

/// One at risk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Risk {
    /// Who.
    pub risk_object: String,
    /// `system`, `user` or `other`.
    pub risk_object_type: String,
    /// What the result adds to the risk.
    pub risk_score: Json,
}

/// One threat.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Threat {
    /// What.
    pub threat_object: String,
    /// `ip_address`, `process` and the like.
    pub threat_object_type: String,
}

/// A run of a detection: when, over what time, for which app.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Run {
    /// When it ran.
    pub now: f64,
    /// From when it looked; from the beginning unless set.
    pub earliest: Option<f64>,
    /// Until when it looked; to the end unless set.
    pub latest: Option<f64>,
    /// The app in whose name the saved search stands.
    pub app: String,
}

impl Run {
    /// A run over all time, for the content pack of the Splunk Threat Research Team.
    pub fn at(now: f64) -> Run {
        Run { now, earliest: None, latest: None, app: "ESCU".to_owned() }
    }

    /// The same run over a range of time.
    #[must_use]
    pub fn over(self, earliest: Option<f64>, latest: Option<f64>) -> Run {
        Run { earliest, latest, ..self }
    }

    /// `info_min_time` and `info_max_time` as searches get them.
    pub(super) fn info(&self) -> [(&'static str, Value); 2] {
        let latest = match (self.earliest, self.latest) {
            (_, Some(latest)) => Value::Fixed(latest, 3),
            // A search that says only when to begin ends now.
            (Some(_), None) => Value::Fixed(self.now, 3),
            (None, None) => Value::str("+Infinity"),
        };
        [("info_min_time", Value::Fixed(self.earliest.unwrap_or(0.0), 3)), ("info_max_time", latest)]
    }
}

impl Detection {
    /// Who is at risk by a result: every value of the fields that the document names.
    pub fn risk(&self, row: Row<'_>) -> Vec<Risk> {
        let of = |object: &super::RiskObject| {
            let (kind, score) = (object.kind.clone(), score_json(object.score));
            row.texts(&object.field).into_iter().map(move |risk_object| Risk {
                risk_object,
                risk_object_type: kind.clone(),
                risk_score: score.clone(),
            })
        };
        self.rba.risk_objects.iter().flat_map(of).collect()
    }

    /// What threatens by a result.
    pub fn threats(&self, row: Row<'_>) -> Vec<Threat> {
        let of = |object: &super::ThreatObject| {
            let kind = object.kind.clone();
            row.texts(&object.field)
                .into_iter()
                .map(move |threat_object| Threat { threat_object, threat_object_type: kind.clone() })
        };
        self.rba.threat_objects.iter().flat_map(of).collect()
    }

    /// The events of the index `risk` that results make: one for everyone at risk by each, newest first. With the fields of the result, of
    /// which those that an event has of itself are called `orig_...`.
    ///
    /// `_time` is the result's; for results that have none, the second in which the detection ran.
    pub fn risk_events(&self, results: &Table, run: &Run) -> Table {
        let common = self.common(run);
        let mut events: Vec<BTreeMap<FieldName, Value>> = Vec::new();
        for row in rows(results) {
            let risks = self.risk(row);
            if risks.is_empty() {
                continue;
            }
            let mut event = original(row);
            event.extend(common.iter().map(|(name, value)| (name.clone(), value.clone())));
            set(&mut event, "_time", Value::Num(row.get("_time").number().unwrap_or(run.now.floor())));
            set(&mut event, "orig_rid", Value::Num(row.number as f64));
            set(&mut event, "risk_message", Value::str(self.message(row)));
            let threats = self.threats(row);
            // Side by side: the second type is that of the second object.
            let (what, kind): (Vec<_>, Vec<_>) =
                threats.iter().map(|t| (Value::str(&t.threat_object), Value::str(&t.threat_object_type))).unzip();
            set(&mut event, "threat_object", Value::multi(what));
            set(&mut event, "threat_object_type", Value::multi(kind));
            for risk in risks {
                let mut event = event.clone();
                let score = Value::str(risk.risk_score.to_string());
                set(&mut event, "risk_object", Value::str(&risk.risk_object));
                set(&mut event, "normalized_risk_object", Value::str(&risk.risk_object));
                set(&mut event, "risk_object_type", Value::str(&risk.risk_object_type));
                set(&mut event, "risk_score", score.clone());
                set(&mut event, "calculated_risk_score", score);
                let raw = raw(&event);
                set(&mut event, "_raw", Value::str(raw));
                events.push(event);
            }
        }
        events.sort_by(|a, b| time(b).total_cmp(&time(a)));
        table(events)
    }

    /// What all events of a run have.
    fn common(&self, run: &Run) -> Vec<(FieldName, Value)> {
        let annotations = self.annotations();
        let name = Value::str(self.search_name(&run.app));
        let mut fields: Vec<(String, Value)> = [
            ("index", Value::str("risk")),
            ("source", name.clone()),
            ("sourcetype", Value::str("stash")),
            ("search_name", name),
            ("analyticstories", distinct(&self.tags.analytic_story)),
            ("annotations", Value::str(annotations.to_json().to_string())),
            ("annotations._all", distinct(annotations.all())),
            ("annotations._frameworks", distinct(annotations.frameworks.keys())),
            ("info_search_time", Value::Fixed(run.now, 3)),
            ("orig_action_name", Value::str("risk")),
            ("orig_sid", Value::Fixed(run.now, 3)),
        ]
        .into_iter()
        .chain(run.info())
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        let annotation = |name: &str| format!("annotations.{name}");
        fields.extend(annotations.frameworks.iter().map(|(name, values)| (annotation(name), distinct(values))));
        let attack = |name: &str| annotation(&format!("mitre_attack.{name}"));
        let tactics = || self.techniques().flat_map(|technique| &technique.tactics);
        fields.extend([
            (attack("mitre_technique_id"), distinct(&self.tags.mitre_attack_id)),
            (attack("mitre_technique"), distinct(self.techniques().map(|technique| technique.name))),
            (attack("mitre_tactic_id"), distinct(tactics().map(|tactic| tactic.id))),
            (attack("mitre_tactic"), distinct(tactics().map(|tactic| tactic.name))),
        ]);
        fields.retain(|(_, value)| !value.is_null());
        fields.into_iter().map(|(name, value)| (field_name(name), value)).collect()
    }
}

/// A score as it is written: without decimals where it has none.
pub(super) fn score_json(score: f64) -> Json {
    if score.fract() == 0.0 && score.abs() < 1e15 { Json::from(score as i64) } else { Json::from(score) }
}

/// The fields that every event has of itself, and what marks results of actions: they get another name.
const OWN: &[&str] = &[
    "_bkt",
    "_cd",
    "_raw",
    "_time",
    "event_hash",
    "event_id",
    "eventtype",
    "host",
    "index",
    "linecount",
    "search_name",
    "source",
    "sourcetype",
    "splunk_server",
    "tag",
    "timeendpos",
    "timestartpos",
];

/// The result's fields, under the names that they have in an event about it.
fn original(row: Row<'_>) -> BTreeMap<FieldName, Value> {
    let mut event = BTreeMap::new();
    for (field, value) in row.fields() {
        let own = OWN.contains(&&**field) || field.starts_with("tag::");
        let dropped = field.starts_with("date_")
            || field.starts_with('_')
            || ["punct", "sid", "rid", "orig_sid", "orig_rid"].contains(&&**field);
        if own {
            event.insert(field_name(format!("orig_{}", field.trim_start_matches('_'))), value.to_value());
        } else if !dropped {
            event.entry(field.clone()).or_insert_with(|| value.to_value());
        }
    }
    event
}

fn set(event: &mut BTreeMap<FieldName, Value>, field: &str, value: Value) {
    if value.is_null() {
        event.remove(field);
    } else {
        event.insert(field_name(field), value);
    }
}

/// The text of the event, as actions write it.
fn raw(event: &BTreeMap<FieldName, Value>) -> String {
    let of = |field: &str| event.get(field).map(Value::text).unwrap_or_default();
    let mut raw = of("_time").into_owned();
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
    let mut add = |field: &str, value: &str| raw.extend([", ", field, "=\"", &quoted(value), "\""]);
    add("search_name", &of("search_name"));
    for (field, value) in event {
        if OUTSIDE.contains(&&**field) {
            continue;
        }
        value.values().iter().for_each(|value| add(field, &value.text()));
    }
    raw
}

/// Fields that do not stand in the text, or stand at its beginning.
const OUTSIDE: &[&str] = &[
    "_raw",
    "_time",
    "calculated_risk_score",
    "index",
    "normalized_risk_object",
    "orig_action_name",
    "orig_rid",
    "orig_sid",
    "search_name",
    "source",
    "sourcetype",
];

fn time(event: &BTreeMap<FieldName, Value>) -> f64 {
    event.get("_time").and_then(Value::number).unwrap_or(0.0)
}

/// The events as a table: fields of all events first, the others by name.
fn table(events: Vec<BTreeMap<FieldName, Value>>) -> Table {
    let first = ["_time", "_raw", "index", "source", "sourcetype"].map(field_name);
    let mut fields = first.to_vec();
    let mut names: Vec<FieldName> = events.iter().flat_map(|event| event.keys().cloned()).collect();
    names.sort_unstable();
    names.dedup();
    fields.extend(names.into_iter().filter(|name| !first.contains(name)));
    let row = |event: BTreeMap<FieldName, Value>| {
        fields.iter().map(|field| event.get(field).cloned().unwrap_or_default()).collect()
    };
    let rows = events.into_iter().map(row).collect();
    Table::from_rows(&fields, rows)
}

/// The texts as a value, each once.
fn distinct<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Value {
    let mut values: Vec<Value> = Vec::new();
    for text in texts {
        let value = Value::str(text.as_ref());
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Value::multi(values)
}
