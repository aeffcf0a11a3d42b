//! Finding the rows of a lookup whose key columns match values: [`Index`].
//!
//! Cells to be matched as they are are hashed; patterns are found by their longest literal part, all at once; networks by the bits of the
//! address. What is found that way is then compared in full.

use std::net::IpAddr;

use aho_corasick::AhoCorasick;
use hashbrown::HashMap;

use super::{LookupTable, MatchType};
use crate::expr::Wildcard;
use crate::table::FieldName;

/// Which columns are matched, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct KeySpec {
    pub(super) columns: Vec<(FieldName, u8)>,
    pub(super) case_sensitive: bool,
}

impl KeySpec {
    pub(super) fn new(columns: Vec<(FieldName, MatchType)>, case_sensitive: bool) -> Self {
        KeySpec { columns: columns.into_iter().map(|(name, kind)| (name, kind as u8)).collect(), case_sensitive }
    }
}

/// The rows of a table by some of its columns.
pub(super) struct Index {
    case_sensitive: bool,
    keys: Vec<Key>,
    /// The rows by the cells of the exact columns; absent when there is none.
    exact: Option<HashMap<Box<str>, Vec<u32>>>,
    rows: u32,
}

/// One key column.
enum Key {
    /// Its cells are part of the hash.
    Exact,
    Wildcard(Patterns),
    Cidr(Networks),
}

impl Index {
    pub(super) fn new(table: &LookupTable, spec: &KeySpec) -> Self {
        let rows = table.rows();
        let cell = |field: &str, row: usize| -> Vec<String> {
            let mut texts = Vec::new();
            if let Some(column) = table.column(field) {
                column.get(row).for_each(|value| texts.push(folded(&value.text(), spec.case_sensitive)));
            }
            texts
        };
        let kinds = |kind: MatchType| move |key: &&(FieldName, u8)| key.1 == kind as u8;
        let exact: Vec<&FieldName> =
            spec.columns.iter().filter(kinds(MatchType::Exact)).map(|(name, _)| name).collect();
        let exact = (!exact.is_empty()).then(|| {
            let mut map: HashMap<Box<str>, Vec<u32>> = HashMap::with_capacity(rows);
            for row in 0..rows {
                let mut keys = vec![String::new()];
                for field in &exact {
                    let cells = cell(field, row);
                    keys = keys.iter().flat_map(|key| cells.iter().map(move |c| joined(key, c))).collect();
                }
                for key in keys {
                    map.entry(key.into()).or_default().push(row as u32);
                }
            }
            map
        });
        let keys = spec.columns.iter().map(|(field, kind)| {
            let cells = (0..rows).flat_map(|row| cell(field, row).into_iter().map(move |text| (row as u32, text)));
            match *kind {
                kind if kind == MatchType::Wildcard as u8 => Key::Wildcard(Patterns::new(cells.collect())),
                kind if kind == MatchType::Cidr as u8 => Key::Cidr(Networks::new(cells.collect())),
                _ => Key::Exact,
            }
        });
        let keys = keys.collect();
        Index { case_sensitive: spec.case_sensitive, keys, exact, rows: rows as u32 }
    }

    /// The rows that match a value for each key, in the order of the table.
    pub(super) fn find(&self, values: &[&str]) -> Vec<u32> {
        let values: Vec<String> = values.iter().map(|value| folded(value, self.case_sensitive)).collect();
        let mut found: Option<Vec<u32>> = self.exact.as_ref().map(|exact| {
            let own = self.keys.iter().zip(&values).filter(|(key, _)| matches!(key, Key::Exact));
            let key = own.fold(String::new(), |key, (_, value)| joined(&key, value));
            exact.get(&*key).cloned().unwrap_or_default()
        });
        for (key, value) in self.keys.iter().zip(&values) {
            let rows = match key {
                Key::Exact => continue,
                Key::Wildcard(patterns) => patterns.find(value),
                Key::Cidr(networks) => networks.find(value),
            };
            found = Some(match found {
                Some(before) => before.into_iter().filter(|row| rows.binary_search(row).is_ok()).collect(),
                None => rows,
            });
            if found.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
        }
        found.unwrap_or_else(|| (0..self.rows).collect())
    }
}

fn folded(text: &str, case_sensitive: bool) -> String {
    if case_sensitive { text.to_owned() } else { text.to_lowercase() }
}

/// Keys of several columns as one text.
fn joined(before: &str, next: &str) -> String {
    format!("{before}{}:{next}", next.len())
}

/// Cells with wildcards.
struct Patterns {
    /// Cells without any.
    literal: HashMap<String, Vec<u32>>,
    patterns: Vec<(u32, Wildcard)>,
    /// Finds the longest literal part of each pattern; the pattern that each part is of.
    finder: Option<AhoCorasick>,
    parts: Vec<u32>,
    /// Patterns of wildcards only.
    any: Vec<u32>,
}

impl Patterns {
    fn new(cells: Vec<(u32, String)>) -> Self {
        let mut own = Patterns {
            literal: HashMap::new(),
            patterns: Vec::new(),
            finder: None,
            parts: Vec::new(),
            any: Vec::new(),
        };
        let mut texts: Vec<Vec<u8>> = Vec::new();
        for (row, cell) in cells {
            if !cell.contains('*') {
                own.literal.entry(cell).or_default().push(row);
                continue;
            }
            let pattern = Wildcard::new(&cell, false);
            let at = own.patterns.len() as u32;
            match pattern.literals().max_by_key(|part| part.len()) {
                Some(part) => {
                    texts.push(part.to_vec());
                    own.parts.push(at);
                }
                None => own.any.push(at),
            }
            own.patterns.push((row, pattern));
        }
        own.finder = AhoCorasick::new(&texts).ok();
        if own.finder.is_none() {
            own.any.extend(&own.parts);
        }
        own
    }

    /// The rows whose cell matches, ascending.
    fn find(&self, text: &str) -> Vec<u32> {
        let mut rows = self.literal.get(text).cloned().unwrap_or_default();
        let mut candidates = self.any.clone();
        if let Some(finder) = &self.finder {
            candidates.extend(finder.find_overlapping_iter(text).map(|hit| self.parts[hit.pattern().as_usize()]));
        }
        candidates.sort_unstable();
        candidates.dedup();
        let matching = candidates.iter().map(|&at| &self.patterns[at as usize]);
        rows.extend(matching.filter(|(_, pattern)| pattern.matches_folded(text)).map(|(row, _)| *row));
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

/// Cells that are networks: by length of prefix, the rows of each prefix.
struct Networks {
    v4: Vec<(u8, HashMap<u32, Vec<u32>>)>,
    v6: Vec<(u8, HashMap<u128, Vec<u32>>)>,
}

impl Networks {
    fn new(cells: Vec<(u32, String)>) -> Self {
        let mut own = Networks { v4: Vec::new(), v6: Vec::new() };
        for (row, cell) in cells {
            let (address, bits) = cell.trim().split_once('/').map_or((cell.trim(), None), |(a, b)| (a, Some(b)));
            let Ok(address) = address.parse::<IpAddr>() else { continue };
            let most = if address.is_ipv4() { 32 } else { 128 };
            let Some(bits) = bits.map_or(Some(most), |bits| bits.parse().ok()).filter(|bits| *bits <= most) else {
                continue;
            };
            match address {
                IpAddr::V4(address) => add(&mut own.v4, bits, u32::from(address) & mask4(bits), row),
                IpAddr::V6(address) => add(&mut own.v6, bits, u128::from(address) & mask6(bits), row),
            }
        }
        own
    }

    /// The rows whose network holds the address, ascending.
    fn find(&self, text: &str) -> Vec<u32> {
        let mut rows: Vec<u32> = Vec::new();
        match text.trim().parse() {
            Ok(IpAddr::V4(address)) => {
                let own =
                    |(bits, map): &(u8, HashMap<u32, Vec<u32>>)| map.get(&(u32::from(address) & mask4(*bits))).cloned();
                rows.extend(self.v4.iter().filter_map(own).flatten());
            }
            Ok(IpAddr::V6(address)) => {
                let own = |(bits, map): &(u8, HashMap<u128, Vec<u32>>)| {
                    map.get(&(u128::from(address) & mask6(*bits))).cloned()
                };
                rows.extend(self.v6.iter().filter_map(own).flatten());
            }
            Err(_) => {}
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

fn add<K: std::hash::Hash + Eq>(to: &mut Vec<(u8, HashMap<K, Vec<u32>>)>, bits: u8, prefix: K, row: u32) {
    let at = match to.iter().position(|(known, _)| *known == bits) {
        Some(at) => at,
        None => {
            to.push((bits, HashMap::new()));
            to.len() - 1
        }
    };
    to[at].1.entry(prefix).or_default().push(row);
}

fn mask4(bits: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)
}

fn mask6(bits: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)
}
