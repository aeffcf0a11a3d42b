//! What a detection says of its results: a message, who is at risk, and what threatens them.

use serde_json::Value as Json;
use spl_core::value::ValueRef;

use super::Document;

/// The parts of a detection's document that are about its results.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Detection {
    pub(crate) name: String,
    /// With `$field$` where a result's values go.
    message: String,
    risk: Vec<RiskObject>,
    threat: Vec<ThreatObject>,
    pub(crate) tests: Vec<PackTest>,
    /// Why its tests cannot be run by a machine.
    pub(crate) manual_test: Option<String>,
}

/// A test of a detection: over these data it must have results.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PackTest {
    pub(crate) name: String,
    pub(crate) data: Vec<AttackData>,
}

/// Data of a test, and what its events are taken for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AttackData {
    /// A web address or a path.
    pub(crate) address: String,
    pub(crate) source: Option<String>,
    pub(crate) sourcetype: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) index: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
struct RiskObject {
    field: String,
    kind: String,
    score: Json,
}

#[derive(Clone, Debug, PartialEq)]
struct ThreatObject {
    field: String,
    kind: String,
}

/// A field of a result; `None` when there is no such field.
pub(crate) type FieldOf<'r> = dyn Fn(&str) -> Option<ValueRef<'r>> + 'r;

impl Detection {
    pub(super) fn new(document: &Document) -> Self {
        let mut detection = Detection { name: document.name.clone(), ..Detection::default() };
        match &document.rba {
            Json::Object(_) => detection.read_rba(&document.rba),
            _ => detection.read_observables(&document.tags),
        }
        detection.manual_test = Some(text(&document.tags["manual_test"])).filter(|why| !why.is_empty());
        detection.tests = objects(&document.tests).map(PackTest::new).collect();
        detection
    }

    /// The name of the macro that stands at the end of the search for a site's own exceptions.
    pub(crate) fn filter_macro(&self) -> String {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        self.name.chars().map(letter).chain("_filter".chars()).collect()
    }

    /// `rba:` names risk and threat objects with their types.
    fn read_rba(&mut self, rba: &Json) {
        self.message = text(&rba["message"]);
        self.risk = objects(&rba["risk_objects"])
            .map(|object| RiskObject {
                field: text(&object["field"]),
                kind: text(&object["type"]),
                score: object["score"].clone(),
            })
            .collect();
        self.threat = objects(&rba["threat_objects"])
            .map(|object| ThreatObject { field: text(&object["field"]), kind: text(&object["type"]) })
            .collect();
    }

    /// Older documents name observables with roles, from whose types those of risk and threat objects follow.
    fn read_observables(&mut self, tags: &Json) {
        self.message = text(&tags["message"]);
        for observable in objects(&tags["observable"]) {
            let (field, kind) = (text(&observable["name"]), text(&observable["type"]).to_lowercase());
            let has = |role: &str| objects(&observable["role"]).any(|own| own == role);
            let risk_kind = match &*kind {
                "user" | "username" | "email address" => Some("user"),
                "device" | "endpoint" | "hostname" | "ip address" => Some("system"),
                _ => None,
            };
            match risk_kind {
                Some(kind) if has("Victim") => self.add_risk(field, kind, tags),
                _ if has("Attacker") => {
                    let kind = match &*kind {
                        "process" | "process name" => "process",
                        "file" | "file name" | "file hash" => "file_name",
                        "url" | "url string" => "url",
                        "ip address" => "ip_address",
                        other => other,
                    };
                    self.threat.push(ThreatObject { field, kind: kind.to_owned() });
                }
                _ => self.add_risk(field, "other", tags),
            }
        }
    }

    fn add_risk(&mut self, field: String, kind: &str, tags: &Json) {
        self.risk.push(RiskObject { field, kind: kind.to_owned(), score: tags["risk_score"].clone() });
    }

    /// The message with a result's values in the place of `$field$`. A field that the result lacks stays as it is written.
    pub(crate) fn message(&self, field: &FieldOf<'_>) -> String {
        let mut out = String::new();
        let mut rest = &self.message[..];
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let value = after.split_once('$').and_then(|(name, behind)| {
                let value = field(name.strip_prefix("result.").unwrap_or(name))?;
                Some((value, behind)).filter(|(value, _)| !value.is_null())
            });
            match value {
                Some((value, behind)) => {
                    out.push_str(&value.text().replace('\n', ", "));
                    rest = behind;
                }
                None => {
                    out.push('$');
                    rest = after;
                }
            }
        }
        out + rest
    }

    /// Who is at risk by a result: object, type, score; one for each value of the field.
    pub(crate) fn risk(&self, field: &FieldOf<'_>) -> Vec<Json> {
        let entry = |risk: &RiskObject, value: ValueRef<'_>| {
            serde_json::json!({
                "risk_object": value.text(),
                "risk_object_type": risk.kind,
                "risk_score": risk.score,
            })
        };
        self.risk.iter().flat_map(|risk| values(field, &risk.field, |value| entry(risk, value))).collect()
    }

    /// What threatens in a result: object and type, one for each value of the field.
    pub(crate) fn threat(&self, field: &FieldOf<'_>) -> Vec<Json> {
        let entry = |threat: &ThreatObject, value: ValueRef<'_>| serde_json::json!({ "threat_object": value.text(), "threat_object_type": threat.kind });
        self.threat.iter().flat_map(|threat| values(field, &threat.field, |value| entry(threat, value))).collect()
    }
}

impl PackTest {
    fn new(test: &Json) -> Self {
        let given = |data: &Json, key: &str| Some(text(&data[key])).filter(|value| !value.is_empty());
        let data = objects(&test["attack_data"]).map(|data| AttackData {
            address: text(&data["data"]),
            source: given(data, "source"),
            sourcetype: given(data, "sourcetype"),
            host: given(data, "host"),
            index: given(data, "custom_index"),
        });
        PackTest { name: text(&test["name"]), data: data.collect() }
    }
}

fn values(field: &FieldOf<'_>, name: &str, entry: impl Fn(ValueRef<'_>) -> Json) -> Vec<Json> {
    let mut entries = Vec::new();
    if let Some(value) = field(name) {
        value.for_each(|value| entries.push(entry(value)));
    }
    entries
}

fn objects(list: &Json) -> impl Iterator<Item = &Json> {
    list.as_array().into_iter().flatten()
}

fn text(json: &Json) -> String {
    match json {
        Json::String(text) => text.trim().to_owned(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use spl_core::value::Value;

    fn read(yaml: &str) -> Detection {
        Detection::new(&super::super::read_yaml(yaml).unwrap())
    }

    fn result(name: &str) -> Option<ValueRef<'static>> {
        static HOSTS: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| Value::multi(["a".into(), "b".into()]));
        match name {
            "dest" => Some(HOSTS.as_ref()),
            "user" => Some(ValueRef::Str("ann")),
            "process" => Some(ValueRef::Str("x.exe")),
            "empty" => Some(ValueRef::Null),
            _ => None,
        }
    }

    #[test]
    fn filters_are_named_as_content_packs_name_them() {
        let detection = read("name: Malicious PowerShell - Bypass (2.0)\nsearch: x");
        assert_eq!(detection.filter_macro(), "malicious_powershell___bypass__2_0__filter");
    }

    #[test]
    fn messages_take_the_values_of_the_result() {
        let detection =
            read("name: n\ntags: {message: 'cost $5, $user$ on $dest$, $nobody$ $empty$ $result.process$'}");
        assert_eq!(detection.message(&result), "cost $5, ann on a, b, $nobody$ $empty$ x.exe");
    }

    #[test]
    fn risk_comes_from_observables() {
        let detection = read(
            "name: n\ntags:\n  risk_score: 64\n  observable:\n  - {name: dest, type: Hostname, role: [Victim]}\n  - {name: user, type: User, role: [Victim]}\n  - {name: process, type: Process Name, role: [Attacker]}\n  - {name: nobody, type: User, role: [Victim]}",
        );
        let object =
            |object: &str, kind: &str| json!({"risk_object": object, "risk_object_type": kind, "risk_score": 64});
        assert_eq!(detection.risk(&result), [object("a", "system"), object("b", "system"), object("ann", "user")]);
        assert_eq!(detection.threat(&result), [json!({"threat_object": "x.exe", "threat_object_type": "process"})]);
    }

    #[test]
    fn risk_comes_from_rba() {
        let detection = read(
            "name: n\nrba:\n  message: m $user$\n  risk_objects:\n  - {field: user, type: user, score: 20}\n  threat_objects:\n  - {field: process, type: process_name}",
        );
        assert_eq!(detection.message(&result), "m ann");
        assert_eq!(
            detection.risk(&result),
            [json!({"risk_object": "ann", "risk_object_type": "user", "risk_score": 20})]
        );
        assert_eq!(
            detection.threat(&result),
            [json!({"threat_object": "x.exe", "threat_object_type": "process_name"})]
        );
    }
}
