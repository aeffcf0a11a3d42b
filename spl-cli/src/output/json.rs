//! JSON: an object a row, every value a string, a multivalue an array of strings, a missing field left out.

use std::io::{self, Write};

use spl_core::table::Table;
use spl_core::value::ValueRef;

use super::rows::{Line, write_rows};

/// An object a line.
pub(super) fn write_lines(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let keys = Keys::of(table);
    write_rows(table, out, |line, text| {
        keys.write_object(text, line);
        text.push('\n');
    })
}

/// One array, an object a line.
pub(super) fn write_array(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let keys = Keys::of(table);
    out.write_all(b"[")?;
    write_rows(table, out, |line, text| {
        text.push_str(if line.number == 0 { "\n" } else { ",\n" });
        keys.write_object(text, line);
    })?;
    out.write_all(if table.rows() == 0 { b"]\n" } else { b"\n]\n" })
}

/// The names of a table's fields, as JSON has them.
pub(crate) struct Keys(Vec<String>);

impl Keys {
    pub(crate) fn of(table: &Table) -> Self {
        let key = |field: &str| {
            let mut key = String::new();
            write_string(&mut key, field);
            key.push(':');
            key
        };
        Keys(table.fields().iter().map(|field| key(field)).collect())
    }

    /// Appends a row of the table.
    pub(crate) fn write_object(&self, out: &mut String, line: Line<'_>) {
        out.push('{');
        let mut first = true;
        for (key, value) in self.0.iter().zip(line.values()) {
            if value.is_null() {
                continue;
            }
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            out.push_str(key);
            write_value(out, value);
        }
        out.push('}');
    }
}

fn write_value(out: &mut String, value: ValueRef<'_>) {
    match value {
        ValueRef::Str(text) => write_string(out, text),
        ValueRef::Multi(values) => {
            out.push('[');
            for (n, value) in values.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write_value(out, value);
            }
            out.push(']');
        }
        // The text of a number or truth value has nothing to escape.
        single => {
            out.push('"');
            single.write_text(out);
            out.push('"');
        }
    }
}

/// Appends a JSON string, quotes included.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut done = 0;
    for (at, &byte) in text.as_bytes().iter().enumerate() {
        if !ESCAPED[usize::from(byte)] {
            continue;
        }
        out.push_str(&text[done..at]);
        done = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => {
                let digit = |n: u8| char::from(b"0123456789abcdef"[usize::from(n)]);
                out.push_str("\\u00");
                out.push(digit(control >> 4));
                out.push(digit(control & 15));
            }
        }
    }
    out.push_str(&text[done..]);
    out.push('"');
}

/// The bytes that JSON does not allow in strings.
static ESCAPED: [bool; 256] = {
    let mut escaped = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        escaped[byte] = true;
        byte += 1;
    }
    escaped[b'"' as usize] = true;
    escaped[b'\\' as usize] = true;
    escaped
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_read_back_the_same() {
        for text in ["", "plain", "a\"b\\c", "line\nbreak\ttab\r\u{0}\u{1f}\u{7f}", "üñí €", "\\"] {
            let mut json = String::new();
            write_string(&mut json, text);
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
