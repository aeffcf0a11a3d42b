//! MITRE ATT&CK: which tactics a technique serves, by `attack.tsv`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A technique of Enterprise ATT&CK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Technique {
    /// `T1055`, `T1055.012`.
    pub id: &'static str,
    /// Its name, without that of the technique it is a part of.
    pub name: &'static str,
    /// What it is good for.
    pub tactics: Vec<&'static Tactic>,
}

/// A tactic of Enterprise ATT&CK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tactic {
    /// `TA0005`.
    pub id: &'static str,
    /// As risk events have it: `defense-evasion`.
    pub name: &'static str,
    /// The phase of the kill chain that a content pack's build takes it for.
    pub kill_chain_phase: &'static str,
}

/// The tactics, as an attack runs.
static TACTICS: &[Tactic] = &[
    tactic("TA0043", "reconnaissance", "Reconnaissance"),
    tactic("TA0042", "resource-development", "Weaponization"),
    tactic("TA0001", "initial-access", "Delivery"),
    tactic("TA0002", "execution", "Installation"),
    tactic("TA0003", "persistence", "Installation"),
    tactic("TA0004", "privilege-escalation", "Exploitation"),
    tactic("TA0005", "defense-evasion", "Exploitation"),
    tactic("TA0006", "credential-access", "Exploitation"),
    tactic("TA0007", "discovery", "Exploitation"),
    tactic("TA0008", "lateral-movement", "Exploitation"),
    tactic("TA0009", "collection", "Exploitation"),
    tactic("TA0011", "command-and-control", "Command and Control"),
    tactic("TA0010", "exfiltration", "Actions on Objectives"),
    tactic("TA0040", "impact", "Actions on Objectives"),
];

const fn tactic(id: &'static str, name: &'static str, kill_chain_phase: &'static str) -> Tactic {
    Tactic { id, name, kill_chain_phase }
}

/// The technique of this id. A sub-technique that is not known is taken for the technique it is a part of.
///
/// ```
/// let found = spl_core::detection::technique("T1055.012").expect("it is one of ATT&CK's");
/// let tactics: Vec<&str> = found.tactics.iter().map(|tactic| tactic.name).collect();
/// assert_eq!((found.name, tactics), ("Process Hollowing", vec!["privilege-escalation", "defense-evasion"]));
/// ```
pub fn technique(id: &str) -> Option<&'static Technique> {
    let id = id.trim();
    TECHNIQUES.get(id).or_else(|| TECHNIQUES.get(id.split_once('.')?.0))
}

static TECHNIQUES: LazyLock<HashMap<&'static str, Technique>> = LazyLock::new(|| {
    let lines = include_str!("attack.tsv").lines().filter(|line| !line.starts_with('#'));
    let techniques = lines.filter_map(|line| {
        let mut cells = line.split('\t');
        let (id, name, tactics) = (cells.next()?, cells.next()?, cells.next()?);
        let tactics = tactics.split(',').filter_map(|name| TACTICS.iter().find(|tactic| tactic.name == name));
        Some((id, Technique { id, name, tactics: tactics.collect() }))
    });
    techniques.collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_technique_has_a_name_and_tactics() {
        assert!(TECHNIQUES.len() > 600);
        for found in TECHNIQUES.values() {
            assert!(found.id.starts_with('T') && !found.name.is_empty() && !found.tactics.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn unknown_parts_are_taken_for_the_whole() {
        assert_eq!(technique("T1055.999").map(|found| found.id), Some("T1055"));
        assert_eq!(technique("T9999"), None);
    }
}
