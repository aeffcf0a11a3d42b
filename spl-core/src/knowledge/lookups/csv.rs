//! Lookup tables as CSV text, also with the columns in which Splunk keeps multivalues apart (`__mv_name`, `$a$;$b$`).

use super::LookupTable;
use crate::formats::read_rows;
use crate::table::{Column, ColumnBuilder, FieldName, field_name};
use crate::value::{Value, ValueRef};

const MULTI: &str = "__mv_";

/// Reads a file's content; blanks around column names go, empty cells are no value.
pub(super) fn read(bytes: &[u8]) -> LookupTable {
    let (header, rows) = read_rows(bytes);
    let names: Vec<&str> = header.iter().map(|name| name.trim()).collect();
    let (mut fields, mut columns): (Vec<FieldName>, Vec<Column>) = (Vec::new(), Vec::new());
    for (at, name) in names.iter().enumerate() {
        if name.starts_with(MULTI) || name.is_empty() || fields.iter().any(|known| **known == **name) {
            continue;
        }
        let multi = names.iter().position(|other| other.strip_prefix(MULTI) == Some(name));
        let mut builder = ColumnBuilder::default();
        for row in &rows {
            let several = multi.map(|multi| &row[multi]).filter(|text| !text.is_empty());
            builder.push(match several {
                Some(text) => Value::multi(parts(text).into_iter().map(Value::from)),
                None if row[at].is_empty() => Value::Null,
                None => Value::str(&row[at]),
            });
        }
        fields.push(field_name(name));
        columns.push(builder.finish());
    }
    LookupTable::new(fields, columns)
}

/// The values of `$a$;$b$`, in which `$$` is a dollar sign.
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(inner) = rest.strip_prefix('$') {
        let mut part = String::new();
        let mut at = 0;
        loop {
            let Some(dollar) = inner[at..].find('$').map(|found| at + found) else { return parts };
            part.push_str(&inner[at..dollar]);
            at = dollar + 1;
            if !inner[at..].starts_with('$') {
                break;
            }
            part.push('$');
            at += 1;
        }
        parts.push(part);
        rest = inner[at..].trim_start_matches(';');
    }
    parts
}

/// The table as a file's content. Multivalues are joined by line breaks, and with `multivalues` kept apart, too.
pub(super) fn write(table: &LookupTable, multivalues: bool) -> Vec<u8> {
    let mut text = String::new();
    let plain = table.fields().iter().map(|field| field.to_string());
    let hidden = table.fields().iter().filter(|_| multivalues).map(|field| format!("{MULTI}{field}"));
    let names: Vec<String> = plain.chain(hidden).collect();
    line(&mut text, &names);
    for row in 0..table.rows() {
        let mut cells: Vec<String> = Vec::with_capacity(names.len());
        let value = |field: &FieldName| table.column(field).map_or(ValueRef::Null, |column| column.get(row));
        cells.extend(table.fields().iter().map(|field| value(field).text().into_owned()));
        if multivalues {
            cells.extend(table.fields().iter().map(|field| match value(field) {
                ValueRef::Multi(values) => {
                    let part = |value: ValueRef<'_>| format!("${}$", value.text().replace('$', "$$"));
                    values.iter().map(part).collect::<Vec<_>>().join(";")
                }
                _ => String::new(),
            }));
        }
        line(&mut text, &cells);
    }
    text.into_bytes()
}

fn line(text: &mut String, cells: &[String]) {
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) || cell.trim().len() < cell.len() {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push('\n');
}
