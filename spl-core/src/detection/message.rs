//! Messages with a result's values in them.

use super::document::Detection;
use super::row::Row;
use super::token::{Piece, pieces};

impl Detection {
    /// The message about a result. A field that the result lacks stays as it is written, as in Splunk; the values of a multivalue are listed.
    pub fn message(&self, row: Row<'_>) -> String {
        fill(&self.rba.message, row).0
    }

    /// The fields that the message names and the result lacks.
    pub fn missing_in_message(&self, row: Row<'_>) -> Vec<String> {
        fill(&self.rba.message, row).1
    }
}

/// A text with the result's values, and the fields that the result lacks.
pub(super) fn fill(text: &str, row: Row<'_>) -> (String, Vec<String>) {
    let known = |field: &str| !row.get(field).is_null();
    let (mut out, mut missing) = (String::new(), Vec::new());
    for piece in pieces(text, &known) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Field(field) => {
                let mut first = true;
                row.get(field).for_each(|value| {
                    if !std::mem::take(&mut first) {
                        out.push_str(", ");
                    }
                    out.push_str(&value.text());
                });
            }
            Piece::Missing(token) => {
                missing.push(super::token::plain(token.trim_matches('$')).to_owned());
                out.push_str(token);
            }
        }
    }
    (out, missing)
}
