//! [`FieldRules`]: how the fields of structured inputs are told apart, `INDEXED_EXTRACTIONS` and what belongs to it.

use std::borrow::Cow;

use crate::pattern::Pattern;

/// How a table is read.
#[derive(Clone, Debug, Default)]
pub struct FieldRules {
    /// `INDEXED_EXTRACTIONS`: the name of the format that reads the input.
    pub format: Option<&'static str>,
    /// `FIELD_DELIMITER`: what stands between cells.
    pub delimiter: Option<u8>,
    /// `FIELD_QUOTE`: what stands around cells in which delimiters may stand.
    pub quote: Option<u8>,
    /// `HEADER_FIELD_DELIMITER`, where it is another one in the header.
    pub header_delimiter: Option<u8>,
    /// `HEADER_FIELD_QUOTE`, as `header_delimiter`.
    pub header_quote: Option<u8>,
    /// `HEADER_FIELD_ACCEPTABLE_SPECIAL_CHARACTERS`: characters of a header that names keep, besides letters, digits and blanks.
    pub special: Option<String>,
    /// `FIELD_NAMES`: the names of the columns, of tables without a header.
    pub names: Option<Vec<String>>,
    /// `HEADER_FIELD_LINE_NUMBER`: the line, from 1, that is the header. 0 is the first one.
    pub header_line: Option<usize>,
    /// `FIELD_HEADER_REGEX`: the header is what follows the match, or what its first group matches. There may be several headers.
    pub header: Option<Pattern>,
    /// `PREAMBLE_REGEX`: lines in front of the header that match are nothing.
    pub preamble: Option<Pattern>,
    /// `MISSING_VALUE_REGEX`: cells that match are no values.
    pub missing: Option<Pattern>,
}

impl FieldRules {
    pub(super) fn or(self, other: &FieldRules) -> FieldRules {
        FieldRules {
            format: self.format.or(other.format),
            delimiter: self.delimiter.or(other.delimiter),
            quote: self.quote.or(other.quote),
            header_delimiter: self.header_delimiter.or(other.header_delimiter),
            header_quote: self.header_quote.or(other.header_quote),
            special: self.special.or_else(|| other.special.clone()),
            names: self.names.or_else(|| other.names.clone()),
            header_line: self.header_line.or(other.header_line),
            header: self.header.or_else(|| other.header.clone()),
            preamble: self.preamble.or_else(|| other.preamble.clone()),
            missing: self.missing.or_else(|| other.missing.clone()),
        }
    }

    /// Whether the table cannot be cut: where its rows are is seen from its beginning.
    pub(super) fn are_explicit(&self) -> bool {
        let before = self.header_line.is_some() || self.preamble.is_some();
        before || self.header.is_some() || self.quote.is_some()
    }

    /// Whether the table's text is the text of its events, as in Splunk.
    pub(in crate::formats) fn rows_are_events(&self) -> bool {
        self.format.is_some()
    }

    /// The header in a line, if it is one that says so itself.
    pub(in crate::formats) fn header_in<'a>(&self, line: &'a str) -> Option<&'a str> {
        let pattern = self.header.as_ref()?;
        let mut groups = pattern.groups();
        if !pattern.captures_at(line, 0, &mut groups).unwrap_or(false) {
            return None;
        }
        let behind = groups.get(0).and_then(|all| line.get(all.end..));
        groups.get(1).and_then(|own| line.get(own)).or(behind)
    }

    /// Where the header or, without one, the first row begins.
    pub(in crate::formats) fn begin(&self, bytes: &[u8]) -> usize {
        let mut at = 0;
        for (number, line) in bytes.split_inclusive(|&b| b == b'\n').enumerate() {
            let text = String::from_utf8_lossy(line.trim_ascii_end());
            let is_before = self.header_line.is_some_and(|header| number + 1 < header);
            let is_preamble = self.preamble.as_ref().is_some_and(|p| p.is_match(&text).unwrap_or(false));
            let is_sought = self.header.is_some() && self.names.is_none() && self.header_in(&text).is_none();
            if !(is_before || is_preamble || is_sought || text.is_empty()) {
                break;
            }
            at += line.len();
        }
        at
    }

    /// Whether a cell is no value.
    pub(in crate::formats) fn is_missing(&self, cell: &[u8]) -> bool {
        let is = |pattern: &Pattern| pattern.is_match(&String::from_utf8_lossy(cell)).unwrap_or(false);
        self.missing.as_ref().is_some_and(is)
    }

    /// The field of a column: where rows are events, names have few special characters, and none at the end.
    pub(in crate::formats) fn field<'a>(&self, name: &'a str) -> Cow<'a, str> {
        let special = self.special.as_deref().unwrap_or_default();
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ') || special.contains(c);
        if !self.rows_are_events() || name.chars().all(is_plain) {
            return Cow::Borrowed(name);
        }
        let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        Cow::Owned(plain.trim_end_matches('_').to_owned())
    }
}
