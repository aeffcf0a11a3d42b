//! [`Detection`]: a document of a content pack, typed. Two generations of documents say the same in different words: who is at risk follows
//! from `tags` in the older, and stands in `rba` in the newer; both come to the same [`Rba`].

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::annotations::Annotations;
use super::yaml::{self, list, settings, text, texts, words};
use crate::error::{Result, bail};

/// A detection: its search, and what is to be done with results. Keys that are not known here are kept in `extra`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Detection {
    /// Its name.
    pub name: String,
    /// A UUID.
    #[serde(default, deserialize_with = "text")]
    pub id: Option<String>,
    /// Counts its changes.
    #[serde(default, deserialize_with = "text")]
    pub version: Option<String>,
    /// Of the last change.
    #[serde(default, deserialize_with = "text")]
    pub date: Option<String>,
    /// Who wrote it.
    #[serde(default, deserialize_with = "text")]
    pub author: Option<String>,
    /// `production`, `experimental`, `deprecated`.
    #[serde(default, deserialize_with = "text")]
    pub status: Option<String>,
    /// `TTP`, `Anomaly`, `Hunting`, `Correlation`, `Baseline`, `Investigation`.
    #[serde(default, rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    /// What it finds.
    #[serde(default, deserialize_with = "text")]
    pub description: Option<String>,
    /// The events it needs.
    #[serde(default, deserialize_with = "texts")]
    pub data_source: Vec<String>,
    /// The search.
    pub search: String,
    /// What has to be set up for it.
    #[serde(default, deserialize_with = "text")]
    pub how_to_implement: Option<String>,
    /// When its results mean nothing.
    #[serde(default, deserialize_with = "text")]
    pub known_false_positives: Option<String>,
    /// Web addresses.
    #[serde(default, deserialize_with = "texts")]
    pub references: Vec<String>,
    /// Searches that look closer at a result.
    #[serde(default, deserialize_with = "list")]
    pub drilldown_searches: Vec<Drilldown>,
    /// How it is classified; in older documents also who is at risk.
    #[serde(default, deserialize_with = "settings")]
    pub tags: Tags,
    #[serde(default, rename = "rba", skip_serializing)]
    pub(super) written: Option<Rba>,
    /// The message, and who is at risk of what: as written, or as it follows from the tags of an older document.
    #[serde(skip_deserializing)]
    pub rba: Rba,
    /// Where `rba` comes from.
    #[serde(skip_deserializing)]
    pub generation: Generation,
    /// The saved search that it was read from, if it was.
    #[serde(skip_deserializing)]
    pub saved_as: Option<String>,
    /// How the build of its pack has classified it.
    #[serde(skip)]
    pub(super) built_annotations: Option<Annotations>,
    /// Data over which it must have results.
    #[serde(default, deserialize_with = "list")]
    pub tests: Vec<Test>,
    /// All other keys.
    #[serde(flatten)]
    pub extra: Map<String, Json>,
}

/// How a document says who is at risk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Generation {
    /// By `tags`: `observable`, `impact`, `confidence`, `message`.
    #[default]
    Observables,
    /// By `rba`.
    Rba,
}

/// A search that looks closer at a result.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Drilldown {
    /// What it shows, with `$field$` for a result's values.
    pub name: String,
    /// Its search, with `%original_detection_search%` and `$field$`.
    pub search: String,
    /// From when: `$info_min_time$`, or how long before the result.
    #[serde(default, deserialize_with = "text")]
    pub earliest_offset: Option<String>,
    /// Until when: `$info_max_time$`, or how long after the result.
    #[serde(default, deserialize_with = "text")]
    pub latest_offset: Option<String>,
    /// All other keys.
    #[serde(flatten)]
    pub extra: Map<String, Json>,
}

/// How a detection is classified.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Tags {
    /// The threats that it is a part of the answer to.
    #[serde(default, deserialize_with = "texts")]
    pub analytic_story: Vec<String>,
    /// What is watched.
    #[serde(default, deserialize_with = "text")]
    pub asset_type: Option<String>,
    /// How sure a result is, up to 100.
    #[serde(default)]
    pub confidence: Option<f64>,
    /// How bad a result is, up to 100.
    #[serde(default)]
    pub impact: Option<f64>,
    /// The score as written; [`Tags::score`] is what counts.
    #[serde(default)]
    pub risk_score: Option<f64>,
    /// With `$field$` where a result's values go.
    #[serde(default, deserialize_with = "text")]
    pub message: Option<String>,
    /// What of a result tells who is at risk, and of what.
    #[serde(default, deserialize_with = "list")]
    pub observable: Vec<Observable>,
    /// Techniques of MITRE ATT&CK.
    #[serde(default, deserialize_with = "texts")]
    pub mitre_attack_id: Vec<String>,
    /// Phases of the kill chain, where they do not follow from the techniques.
    #[serde(default, deserialize_with = "texts")]
    pub kill_chain_phases: Vec<String>,
    /// Categories of the NIST framework, where they do not follow from the type.
    #[serde(default, deserialize_with = "texts")]
    pub nist: Vec<String>,
    /// Controls of the CIS, where they do not follow from the domain.
    #[serde(default, deserialize_with = "texts")]
    pub cis20: Vec<String>,
    /// Vulnerabilities.
    #[serde(default, deserialize_with = "texts")]
    pub cve: Vec<String>,
    /// `endpoint`, `network`, `identity`, `access`, `threat`.
    #[serde(default, deserialize_with = "text")]
    pub security_domain: Option<String>,
    /// Products that can run it.
    #[serde(default, deserialize_with = "texts")]
    pub product: Vec<String>,
    /// Why its tests cannot be run by a machine.
    #[serde(default, deserialize_with = "text")]
    pub manual_test: Option<String>,
    /// All other keys.
    #[serde(flatten)]
    pub extra: Map<String, Json>,
}

/// A field of results with what it is and does.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Observable {
    /// The field.
    pub name: String,
    /// `User`, `Hostname`, `Process Name` and the like.
    #[serde(rename = "type")]
    pub kind: String,
    /// `Victim`, `Attacker` and the like.
    #[serde(default, deserialize_with = "texts")]
    pub role: Vec<String>,
}

/// The message, and who is at risk of what.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Rba {
    /// With `$field$` where a result's values go.
    #[serde(default, deserialize_with = "words")]
    pub message: String,
    /// Who is at risk.
    #[serde(default, deserialize_with = "list")]
    pub risk_objects: Vec<RiskObject>,
    /// What threatens.
    #[serde(default, deserialize_with = "list")]
    pub threat_objects: Vec<ThreatObject>,
    /// All other keys.
    #[serde(flatten)]
    pub extra: Map<String, Json>,
}

/// A field whose values are at risk.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RiskObject {
    /// The field.
    pub field: String,
    /// `system`, `user` or `other`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What a result adds to the risk of each.
    pub score: f64,
}

/// A field whose values threaten.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ThreatObject {
    /// The field.
    pub field: String,
    /// `ip_address`, `process_name` and the like.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A test of a detection: over these data it must have results.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Test {
    /// Its name.
    #[serde(default, deserialize_with = "words")]
    pub name: String,
    /// All of them together.
    #[serde(default, deserialize_with = "list")]
    pub attack_data: Vec<AttackData>,
    /// All other keys.
    #[serde(flatten)]
    pub extra: Map<String, Json>,
}

/// Data of a test, and what its events are taken for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AttackData {
    /// A web address or a path.
    pub data: String,
    /// The events' source.
    #[serde(default, deserialize_with = "text")]
    pub source: Option<String>,
    /// The events' source type.
    #[serde(default, deserialize_with = "text")]
    pub sourcetype: Option<String>,
    /// The events' host.
    #[serde(default, deserialize_with = "text")]
    pub host: Option<String>,
    /// The events' index.
    #[serde(default, deserialize_with = "text")]
    pub custom_index: Option<String>,
    /// All other keys.
    #[serde(flatten)]
    pub extra: Map<String, Json>,
}

impl Detection {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// With the line, where it is no YAML, lacks its name or its search, or has something else where a value of another kind must stand.
    ///
    /// ```
    /// use spl_core::detection::{Detection, Generation};
    ///
    /// let detection = Detection::parse("
    /// name: Lonely Thread
    /// search: EventCode=8 | table dest SourceImage
    /// tags:
    ///   impact: 70
    ///   confidence: 80
    ///   message: a thread on $dest$
    ///   observable:
    ///   - {name: dest, type: Hostname, role: [Victim]}
    ///   - {name: SourceImage, type: Process, role: [Attacker]}
    /// ")?;
    /// assert_eq!(detection.generation, Generation::Observables);
    /// let (risk, threat) = (&detection.rba.risk_objects[0], &detection.rba.threat_objects[0]);
    /// assert_eq!((&*risk.field, &*risk.kind, risk.score), ("dest", "system", 56.0));
    /// assert_eq!((&*threat.field, &*threat.kind), ("SourceImage", "process"));
    ///
    /// let error = Detection::parse("name: Nothing\ntags:\n  impact: high\nsearch: x").unwrap_err();
    /// assert!(error.message.starts_with("line 3: "), "{error}");
    /// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
    /// ```
    pub fn parse(yaml: &str) -> Result<Detection> {
        let mut detection: Detection = yaml::read(yaml)?;
        detection.search = detection.search.trim().to_owned();
        if detection.search.is_empty() {
            bail!(Data, "the search of `{}` is empty", detection.name);
        }
        (detection.rba, detection.generation) = match detection.written.take() {
            Some(rba) => (rba, Generation::Rba),
            None => (Rba::from_tags(&detection.tags), Generation::Observables),
        };
        Ok(detection)
    }

    /// The name of the macro that stands at the end of the search for a site's own exceptions.
    ///
    /// ```
    /// let detection = spl_core::detection::Detection::parse("name: Shell - Bypass (2.0)\nsearch: index=shell")?;
    /// assert_eq!(detection.filter_macro(), "shell___bypass__2_0__filter");
    /// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
    /// ```
    pub fn filter_macro(&self) -> String {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        self.name.chars().map(letter).chain("_filter".chars()).collect()
    }

    /// The name of the saved search that it is, or that a pack's build makes of it.
    pub fn search_name(&self, app: &str) -> String {
        if let Some(name) = &self.saved_as {
            return name.clone();
        }
        format!("{app} - {} - Rule", self.name)
    }
}

impl Tags {
    /// The risk of a result: impact times confidence, as a whole number; what is written where one of them is not.
    pub fn score(&self) -> f64 {
        match (self.impact, self.confidence) {
            (Some(impact), Some(confidence)) => (impact * confidence / 100.0).round_ties_even(),
            _ => self.risk_score.unwrap_or(0.0),
        }
    }
}

impl Rba {
    /// The build of a content pack decides by type and role: victims are at risk, attackers threaten, and everything else is at risk, too.
    fn from_tags(tags: &Tags) -> Rba {
        let mut rba = Rba { message: tags.message.clone().unwrap_or_default(), ..Rba::default() };
        for observable in &tags.observable {
            let (field, kind) = (observable.name.clone(), observable.kind.to_lowercase());
            let has = |role: &str| observable.role.iter().any(|own| own == role);
            let at_risk = match &*kind {
                "user" | "username" | "email address" => Some("user"),
                "device" | "endpoint" | "hostname" | "ip address" => Some("system"),
                _ => None,
            };
            let mut risk = |field: String, kind: &str| {
                rba.risk_objects.push(RiskObject { field, kind: kind.to_owned(), score: tags.score() });
            };
            match at_risk {
                Some(kind) if has("Victim") => risk(field, kind),
                _ if has("Attacker") => {
                    let kind = match &*kind {
                        "process" | "process name" => "process",
                        "file" | "file name" | "file hash" => "file_name",
                        "url" | "url string" => "url",
                        "ip address" => "ip_address",
                        other => other,
                    };
                    rba.threat_objects.push(ThreatObject { field, kind: kind.to_owned() });
                }
                _ => risk(field, "other"),
            }
        }
        rba
    }
}
