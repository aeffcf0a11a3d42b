//! The events' text as it was, one after the other; rows without `_raw` give nothing.

use std::io::{self, Write};

use spl_core::table::Table;

use super::rows::write_rows;

pub(super) fn write(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let Some(at) = table.fields().iter().position(|field| &**field == "_raw") else { return Ok(()) };
    write_rows(table, out, |line, text| {
        let raw = line.value(at);
        if !raw.is_null() {
            raw.write_text(text);
            text.push('\n');
        }
    })
}
