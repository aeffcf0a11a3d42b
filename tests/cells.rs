//! Tables as text: cells between ` | `, bare text, `null`, `""`, `(a; b)` for a multivalue.

use spl_core::table::{FieldName, Table, field_name};
use spl_core::value::{Value, ValueRef};

/// A table from its lines; the first names the fields.
pub fn parse(lines: &[String]) -> Result<Table, String> {
    let mut lines = lines.iter().filter(|l| !l.trim_start().starts_with("# "));
    let header = lines.next().ok_or("an input without a header")?;
    let fields: Vec<FieldName> = split(header).iter().map(field_name).collect();
    let mut rows = Vec::new();
    for line in lines {
        let cells = split(line);
        if cells.len() != fields.len() {
            return Err(format!("{} cells under {} fields: {line}", cells.len(), fields.len()));
        }
        rows.push(cells.iter().map(|c| cell(c)).collect());
    }
    Ok(Table::from_rows(&fields, rows))
}

/// The parts between ` | `, quotes respected.
fn split(line: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' => {
                quoted = !quoted;
                part.push(c);
            }
            '\\' if quoted => {
                part.push(c);
                part.extend(characters.next());
            }
            '|' if !quoted => parts.push(std::mem::take(&mut part)),
            _ => part.push(c),
        }
    }
    parts.push(part);
    parts.iter().map(|p| p.trim().to_owned()).collect()
}

/// One cell's value: text, which acts as a number where it looks like one.
fn cell(text: &str) -> Value {
    if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        return Value::multi(split_values(inner).iter().map(|v| single(v)));
    }
    single(text)
}

fn split_values(inner: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    for c in inner.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                part.push(c);
            }
            ';' if !quoted => parts.push(std::mem::take(&mut part)),
            _ => part.push(c),
        }
    }
    parts.push(part);
    parts.iter().map(|p| p.trim().to_owned()).collect()
}

fn single(text: &str) -> Value {
    match text {
        "null" => Value::Null,
        _ => match text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
            Some(inner) => {
                let (mut plain, mut escaped) = (String::new(), false);
                for c in inner.chars() {
                    match c {
                        'n' if escaped => plain.push('\n'),
                        't' if escaped => plain.push('\t'),
                        _ if escaped => plain.push(c),
                        '\\' => {
                            escaped = true;
                            continue;
                        }
                        _ => plain.push(c),
                    }
                    escaped = false;
                }
                Value::str(plain)
            }
            None => Value::str(text),
        },
    }
}

/// A table's lines, padded.
pub fn print(table: &Table) -> Vec<String> {
    let fields = table.fields();
    let mut rows = vec![fields.iter().map(|f| f.to_string()).collect::<Vec<_>>()];
    for batch in table.batches() {
        for row in 0..batch.rows() {
            rows.push(fields.iter().map(|f| print_cell(batch.get(f, row))).collect());
        }
    }
    if rows.len() == 1 {
        return vec!["(no rows)".to_owned()];
    }
    let widths: Vec<usize> =
        (0..fields.len()).map(|c| rows.iter().map(|r| r[c].chars().count()).max().unwrap_or(0)).collect();
    rows.iter()
        .map(|row| {
            let padded: Vec<String> = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
            padded.join(" | ").trim_end().to_owned()
        })
        .collect()
}

fn print_cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Multi(values) => {
            format!("({})", values.iter().map(|v| quote(&v.text())).collect::<Vec<_>>().join("; "))
        }
        single => quote(&single.text()),
    }
}

fn quote(text: &str) -> String {
    let plain = !text.is_empty()
        && text != "null"
        && text.trim() == text
        && !text.starts_with(['(', '"'])
        && !text.contains(['|', ';', '\n', '\t', '\r'])
        && !text.contains('"');
    if plain {
        return text.to_owned();
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
    format!("\"{escaped}\"")
}
