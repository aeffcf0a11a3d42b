//! `fields`, `table` and `rename`: which fields go on, and under what names.

use indexmap::IndexSet;

use crate::expr::wildcard_match;
use crate::plan::Projection;
use crate::table::{Batch, Column, FieldName, Table, field_name};

/// The fields of [`expand_fields`], or all that are not internal when none is named.
pub(crate) fn fields_or_all(patterns: &[String], present: Vec<FieldName>) -> Vec<FieldName> {
    if patterns.is_empty() {
        return present.into_iter().filter(|field| !field.starts_with('_')).collect();
    }
    expand_fields(patterns, &present)
}

/// The fields named or matched, in the order of the list; patterns expand in name order and never match internal fields unless they
/// begin with `_`. Names that no field has are kept.
pub(crate) fn expand_fields(patterns: &[String], present: &[FieldName]) -> Vec<FieldName> {
    let mut fields: IndexSet<FieldName> = IndexSet::new();
    for pattern in patterns {
        if !pattern.contains('*') {
            fields.insert(field_name(pattern));
            continue;
        }
        let mut matching: Vec<&FieldName> = present.iter().filter(|f| matches_field(pattern, f)).collect();
        matching.sort();
        fields.extend(matching.into_iter().cloned());
    }
    fields.into_iter().collect()
}

/// Whether a field pattern means the field.
pub(crate) fn matches_field(pattern: &str, field: &str) -> bool {
    wildcard_match(pattern, field) && (!field.starts_with('_') || pattern.starts_with('_'))
}

/// The table with the fields that the projection leaves.
pub(super) fn project(table: Table, projection: &Projection) -> Table {
    match projection {
        Projection::Exactly(patterns) => {
            let fields = expand_fields(patterns, &table.fields());
            let batches = table.into_batches().into_iter().map(|b| b.project(&fields)).collect();
            Table::new(batches).with_fields(fields)
        }
        Projection::Keep(patterns) => {
            let present = table.fields();
            let mut fields: Vec<FieldName> = present.iter().filter(|f| f.starts_with('_')).cloned().collect();
            for field in expand_fields(patterns, &present) {
                if !fields.contains(&field) && present.contains(&field) {
                    fields.push(field);
                }
            }
            keep(table, |field| fields.iter().any(|f| &**f == field)).with_fields(fields)
        }
        Projection::Drop(patterns) => {
            let declared = table.declared_fields().map(<[_]>::to_vec);
            let dropped = |field: &str| patterns.iter().any(|p| matches_field(p, field));
            let kept = keep(table, |field| !dropped(field));
            match declared {
                Some(fields) => kept.with_fields(fields.into_iter().filter(|f| !dropped(f)).collect()),
                None => kept,
            }
        }
    }
}

fn keep(table: Table, keep: impl Fn(&str) -> bool) -> Table {
    let batches = table.into_batches();
    Table::new(
        batches
            .into_iter()
            .map(|mut batch| {
                batch.retain(&keep);
                batch
            })
            .collect(),
    )
}

/// Fields under new names, all pairs at once. A new name that another field has replaces that field; a field that is missing clears its target.
pub(super) fn rename(table: Table, pairs: &[(String, String)]) -> Table {
    let fields = table.fields();
    let declared = table.declared_fields().is_some();
    let mut renames: Vec<(FieldName, FieldName)> = Vec::new();
    for (old, new) in pairs {
        if old.contains('*') {
            for field in fields.iter().filter(|f| matches_field(old, f)) {
                if let Some(target) = carry(old, new, field) {
                    renames.push((field.clone(), field_name(target)));
                }
            }
        } else {
            renames.push((field_name(old), field_name(new)));
        }
    }
    let new_name = |field: &FieldName| renames.iter().find(|(old, _)| old == field).map(|(_, new)| new.clone());
    let target = |field: &FieldName| renames.iter().any(|(old, new)| new == field && old != field);
    let one = |batch: Batch| {
        let mut columns: Vec<(FieldName, Column)> = Vec::new();
        for (name, column) in batch.columns() {
            match new_name(name) {
                Some(new) => {
                    columns.retain(|(n, _)| *n != new);
                    columns.push((new, column.clone()));
                }
                // Something else takes this name.
                None if target(name) => {}
                None => columns.push((name.clone(), column.clone())),
            }
        }
        batch.with_columns(columns)
    };
    let renamed = Table::new(table.into_batches().into_iter().map(one).collect());
    if !declared {
        return renamed;
    }
    let mut order: IndexSet<FieldName> = IndexSet::new();
    for field in &fields {
        match new_name(field) {
            Some(new) => {
                order.insert(new);
            }
            None if target(field) => {}
            None => {
                order.insert(field.clone());
            }
        }
    }
    renamed.with_fields(order.into_iter().collect())
}

/// `old` matched against `field`, what its stars took put into `new`'s stars.
pub(crate) fn carry(old: &str, new: &str, field: &str) -> Option<String> {
    let pieces: Vec<&str> = old.split('*').collect();
    let (first, last) = (pieces[0], pieces[pieces.len() - 1]);
    let mut rest = field.strip_prefix(first)?.strip_suffix(last)?;
    let mut taken = Vec::new();
    for piece in &pieces[1..pieces.len() - 1] {
        let at = rest.find(piece)?;
        taken.push(&rest[..at]);
        rest = &rest[at + piece.len()..];
    }
    taken.push(rest);
    let mut taken = taken.into_iter();
    let mut carried = String::new();
    for (i, piece) in new.split('*').enumerate() {
        if i > 0 {
            carried.push_str(taken.next().unwrap_or(""));
        }
        carried.push_str(piece);
    }
    Some(carried)
}
