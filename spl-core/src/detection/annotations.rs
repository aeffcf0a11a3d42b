//! [`Annotations`]: how a detection is classified, by frameworks, as the build of a content pack writes it into its saved search.

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::attack::{Technique, technique};
use super::document::Detection;

/// Frameworks with the detection's values in them, sorted by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotations {
    /// `mitre_attack`, `analytic_story` and the like.
    pub frameworks: IndexMap<String, Vec<String>>,
    /// What is one value and so no framework: `confidence`, `impact`, `type`.
    pub single: IndexMap<String, Json>,
}

impl Detection {
    /// How the detection is classified. What the document leaves out follows from its type, its domain and its techniques.
    pub fn annotations(&self) -> Annotations {
        if let Some(built) = &self.built_annotations {
            return built.clone();
        }
        let tags = &self.tags;
        let kind = self.kind.as_deref().unwrap_or("TTP");
        let or = |given: &[String], else_: &[&str]| match given.is_empty() {
            true => else_.iter().map(|&text| text.to_owned()).collect(),
            false => given.to_vec(),
        };
        let control = if tags.security_domain.as_deref() == Some("network") { "CIS 13" } else { "CIS 10" };
        let category = if kind == "TTP" { "DE.CM" } else { "DE.AE" };
        let tactics = self.techniques().flat_map(|found| &found.tactics);
        let mut phases: Vec<&str> = tactics.map(|tactic| tactic.kill_chain_phase).collect();
        phases.sort_unstable();
        phases.dedup();
        let frameworks = [
            ("analytic_story", tags.analytic_story.clone()),
            ("cis20", or(&tags.cis20, &[control])),
            ("cve", tags.cve.clone()),
            ("data_source", self.data_source.clone()),
            ("kill_chain_phases", or(&tags.kill_chain_phases, &phases)),
            ("mitre_attack", tags.mitre_attack_id.clone()),
            ("nist", or(&tags.nist, &[category])),
            ("type_list", vec![kind.to_owned()]),
        ];
        let frameworks = frameworks.into_iter().filter(|(_, values)| !values.is_empty());
        let frameworks = frameworks.map(|(name, values)| (name.to_owned(), values)).collect();
        let number = |score: Option<f64>| score.map(super::risk::score_json);
        let single =
            [("confidence", number(tags.confidence)), ("impact", number(tags.impact)), ("type", Some(json!(kind)))];
        let single = single.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        Annotations { frameworks, single }
    }

    /// The techniques it names, as far as they are known.
    pub fn techniques(&self) -> impl Iterator<Item = &'static Technique> + '_ {
        self.tags.mitre_attack_id.iter().filter_map(|id| technique(id))
    }
}

impl Annotations {
    /// Every value of every framework, each once.
    pub fn all(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        self.frameworks.values().flatten().for_each(|value| {
            if !all.contains(value) {
                all.push(value.clone());
            }
        });
        all
    }

    /// As the saved search has it.
    pub fn to_json(&self) -> Json {
        let mut map: serde_json::Map<String, Json> =
            self.frameworks.iter().map(|(name, values)| (name.clone(), json!(values))).collect();
        map.extend(self.single.iter().map(|(name, value)| (name.clone(), value.clone())));
        map.sort_keys();
        Json::Object(map)
    }
}
