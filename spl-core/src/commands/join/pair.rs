//! Which rows of two tables belong together, and what becomes of them.

use crate::commands::prelude::*;
use crate::exec::{RowGroups, group_rows};

/// How two tables are joined.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Pairing {
    /// Fields that must agree, as the left and as the right side name them; none for all that both sides have.
    pub(in crate::commands) keys: Vec<(String, String)>,
    /// What the fields of each side are to be prefixed with.
    pub(in crate::commands) aliases: Option<(String, String)>,
    /// Whether rows without a partner stay.
    pub(in crate::commands) outer: bool,
    /// Whether the right side's values count where both sides have one.
    pub(in crate::commands) overwrite: bool,
    /// Partners of each row at most; 0 for all.
    pub(in crate::commands) max: usize,
    /// Whether partners must be earlier (or later) than the row.
    pub(in crate::commands) usetime: bool,
    /// Which.
    pub(in crate::commands) earlier: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(in crate::commands) enum Side {
    Left,
    Right,
}

impl Pairing {
    pub(super) fn describe(&self) -> String {
        let keys: Vec<String> =
            self.keys.iter().map(|(l, r)| if l == r { l.clone() } else { format!("{l}={r}") }).collect();
        let kind = if self.outer { "type=left " } else { "" };
        let max = if self.max == 1 { String::new() } else { format!("max={} ", self.max) };
        format!("{kind}{max}{}", keys.join(", ")).trim_end().to_owned()
    }

    pub(super) fn reads(&self, wanted: &FieldSet, side: Side) -> FieldSet {
        if self.keys.is_empty() {
            return FieldSet::all();
        }
        let of = |pair: &(String, String)| if side == Side::Left { pair.0.clone() } else { pair.1.clone() };
        let mut reads = FieldSet::of(self.keys.iter().map(of));
        if self.usetime {
            reads.insert("_time");
        }
        match &self.aliases {
            None => reads.union(wanted),
            Some((left, right)) => {
                if wanted.is_all() || wanted.names().any(|name| name.contains('*')) {
                    return FieldSet::all();
                }
                let alias = if side == Side::Left { left } else { right };
                for name in wanted.names() {
                    match name.strip_prefix(&**alias).and_then(|rest| rest.strip_prefix('.')) {
                        Some(own) => reads.insert(own),
                        None => reads.insert(name),
                    }
                }
                reads
            }
        }
    }

    /// The rows of `left`, each with the fields of its partners of `right`, which is in order. When rows may have several partners `left` must be in
    /// order too.
    pub(in crate::commands) fn join(&self, left: Table, right: Table, cx: &RunContext<'_>) -> Result<Table> {
        let declared = left.declared_fields().map(<[_]>::to_vec);
        let keys = if self.keys.is_empty() { common_fields(&left, &right) } else { self.keys.clone() };
        let right_fields: Vec<FieldName> = right
            .fields()
            .into_iter()
            .filter(|f| self.aliases.is_some() || !keys.iter().any(|(_, key)| **key == **f))
            .collect();
        let mut right = right.into_batches();
        let lefts = left.into_batches();
        let partners = self.partners(&lefts, &right, &keys);
        // A row of nothing, for rows without a partner.
        let nothing = (right.len() as u32, 0);
        right.push(Batch::new(1));
        let right = Table::new(right);
        let mut joined = Vec::with_capacity(lefts.len());
        let mut total = 0u64;
        for (batch, groups) in lefts.into_iter().zip(&partners.groups) {
            cx.check()?;
            let (mut rows, mut picks) = (Vec::new(), Vec::new());
            for (row, &group) in groups.iter().enumerate() {
                // A row may have any number of partners.
                if row % CHECK == 0 || partners.rows_of(group).len() > CHECK {
                    cx.check()?;
                    limit(total + rows.len() as u64, cx)?;
                }
                let mut found = 0;
                let time = if self.usetime { batch.get("_time", row).number() } else { None };
                for &(pick, other) in partners.rows_of(group) {
                    let fits = !self.usetime
                        || time
                            .zip(other)
                            .is_some_and(|(time, other)| if self.earlier { other <= time } else { other >= time });
                    if fits {
                        rows.push(row as u32);
                        picks.push(pick);
                        found += 1;
                        if found == self.max {
                            break;
                        }
                    }
                }
                if found == 0 && self.outer {
                    rows.push(row as u32);
                    picks.push(nothing);
                }
            }
            total += rows.len() as u64;
            limit(total, cx)?;
            if !rows.is_empty() {
                joined.push(self.merge(batch.take(&rows), &right.gather(&picks).into_single(), &right_fields));
            }
        }
        let table = if self.max == 1 { Table::new(joined) } else { Table::in_order(joined) };
        let alias = |fields: Vec<FieldName>| match &self.aliases {
            Some((left, _)) => fields.iter().map(|field| prefixed(left, field)).collect(),
            None => fields,
        };
        Ok(table.with_fields_after(declared.map(alias)))
    }

    fn merge(&self, left: Batch, right: &Batch, right_fields: &[FieldName]) -> Batch {
        let mut merged = match &self.aliases {
            Some((alias, _)) => {
                let columns: Vec<_> = left.columns().map(|(name, c)| (prefixed(alias, name), c.clone())).collect();
                left.with_columns(columns)
            }
            None => left,
        };
        for field in right_fields {
            let Some(new) = right.column(field) else { continue };
            let name = self.aliases.as_ref().map_or_else(|| field.clone(), |(_, alias)| prefixed(alias, field));
            let column = match merged.column(&name) {
                None => new.clone(),
                Some(old) if self.overwrite => new.or(old),
                Some(old) => old.or(new),
            };
            merged.set(name, column);
        }
        merged
    }

    /// The rows of the right side, by the group that they and the rows of the left side are in.
    fn partners(&self, left: &[Batch], right: &[Batch], keys: &[(String, String)]) -> Partners {
        let names: Vec<FieldName> = (0..keys.len()).map(|k| field_name(k.to_string())).collect();
        let only_keys = |batch: &Batch, side: Side| {
            let key = |(name, pair): (&FieldName, &(String, String))| {
                let field = if side == Side::Left { &pair.0 } else { &pair.1 };
                (name.clone(), batch.column_or_null(field))
            };
            batch.with_columns(names.iter().zip(keys).map(key).collect::<Vec<_>>())
        };
        let all: Vec<Batch> = left
            .iter()
            .map(|b| only_keys(b, Side::Left))
            .chain(right.iter().map(|b| only_keys(b, Side::Right)))
            .collect();
        let mut grouping = group_rows(&all, &names);
        let rights = grouping.groups.split_off(left.len());
        // Rows by group, as ranges of one list.
        let mut starts = vec![0usize; grouping.count + 2];
        rights.iter().flat_map(|groups| groups.iter()).for_each(|&group| starts[group as usize + 1] += 1);
        for group in 1..starts.len() {
            starts[group] += starts[group - 1];
        }
        let mut next = starts.clone();
        let mut rows = vec![((0, 0), None); rights.iter().map(|groups| groups.len()).sum()];
        for (b, (batch, groups)) in right.iter().zip(&rights).enumerate() {
            for (row, &group) in groups.iter().enumerate() {
                let time = if self.usetime { batch.get("_time", row).number() } else { None };
                rows[next[group as usize]] = ((b as u32, row as u32), time);
                next[group as usize] += 1;
            }
        }
        Partners { groups: grouping.groups, starts, rows }
    }
}

/// Rows between two looks at whether the run goes on.
const CHECK: usize = 1_024;

fn limit(rows: u64, cx: &RunContext<'_>) -> Result<()> {
    if rows > cx.limits.rows {
        bail!(Limit, "join gives more than the limit of {} rows", cx.limits.rows);
    }
    Ok(())
}

type Partner = ((u32, u32), Option<f64>);

struct Partners {
    /// The group of each row of the left side's batches; 0 where a key is missing.
    groups: Vec<RowGroups>,
    starts: Vec<usize>,
    rows: Vec<Partner>,
}

impl Partners {
    fn rows_of(&self, group: u32) -> &[Partner] {
        let group = group as usize;
        if group == 0 { &[] } else { &self.rows[self.starts[group]..self.starts[group + 1]] }
    }
}

/// The fields that both sides have, internal ones left out.
fn common_fields(left: &Table, right: &Table) -> Vec<(String, String)> {
    let right = right.fields();
    left.fields()
        .into_iter()
        .filter(|field| !field.starts_with('_') && right.contains(field))
        .map(|field| (field.to_string(), field.to_string()))
        .collect()
}

fn prefixed(alias: &str, field: &FieldName) -> FieldName {
    // Internal fields stay what they are.
    if field.starts_with('_') { field.clone() } else { field_name(format!("{alias}.{field}")) }
}
