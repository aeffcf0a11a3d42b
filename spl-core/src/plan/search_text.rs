//! Rows as the text of a search: what `format` makes of them, and what stands in the place of a subsearch.

use crate::exec::RunContext;
use crate::table::Table;

/// How rows become text. The default is that of `format` without options.
///
/// Source: Search Reference, `format`; Search Manual, "Change the format of subsearch results".
#[derive(Clone, Debug)]
pub struct SearchText {
    /// Before and behind all rows.
    pub rows: (String, String),
    /// Before and behind one row.
    pub row: (String, String),
    /// Between the fields of a row.
    pub between_fields: String,
    /// Between rows.
    pub between_rows: String,
    /// Between the values of a multivalue.
    pub between_values: String,
    /// Instead of everything when there is nothing.
    pub empty: String,
    /// How many rows are taken; 0 takes all.
    pub max_rows: usize,
}

impl Default for SearchText {
    fn default() -> Self {
        let parentheses = || ("(".to_owned(), ")".to_owned());
        SearchText {
            rows: parentheses(),
            row: parentheses(),
            between_fields: "AND".to_owned(),
            between_rows: "OR".to_owned(),
            between_values: "OR".to_owned(),
            empty: "NOT( )".to_owned(),
            max_rows: 0,
        }
    }
}

impl SearchText {
    /// How the rows of a subsearch become text.
    pub(crate) fn of_subsearch(cx: &RunContext<'_>) -> SearchText {
        let max_rows = usize::try_from(cx.limits.subsearch_rows).unwrap_or(usize::MAX);
        SearchText { max_rows, ..SearchText::default() }
    }

    /// The text. Fields come by name, internal ones are left out; a field `search` or `query` stands for its text as it
    /// is, and alone in the only row for everything.
    pub fn write(&self, table: Table) -> String {
        let batch = table.into_single();
        let rows = if self.max_rows == 0 { batch.rows() } else { batch.rows().min(self.max_rows) };
        let mut clauses = Vec::new();
        for row in 0..rows {
            let mut terms: Vec<(&str, String)> = Vec::new();
            for (name, value) in batch.row(row).filter(|(name, _)| !name.starts_with('_')) {
                let verbatim = matches!(&**name, "search" | "query");
                let mut parts = Vec::new();
                value.for_each(|value| {
                    let text = value.text();
                    parts.push(if verbatim {
                        text.into_owned()
                    } else {
                        format!("{}=\"{}\"", quoted(name), escape(&text))
                    });
                });
                let term = if parts.len() == 1 {
                    parts.swap_remove(0)
                } else {
                    format!("( {} )", parts.join(&format!(" {} ", self.between_values)))
                };
                terms.push((name, term));
            }
            terms.sort();
            if let (1, [("search" | "query", text)]) = (rows, &terms[..]) {
                return text.clone();
            }
            if !terms.is_empty() {
                let terms: Vec<String> = terms.into_iter().map(|(_, term)| term).collect();
                let inner = terms.join(&format!(" {} ", self.between_fields));
                clauses.push(spaced([&self.row.0, &inner, &self.row.1]));
            }
        }
        if clauses.is_empty() {
            return self.empty.clone();
        }
        spaced([&self.rows.0, &clauses.join(&format!(" {} ", self.between_rows)), &self.rows.1])
    }
}

/// The parts that are not empty, a blank between.
fn spaced(parts: [&str; 3]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A field's name as a search has to write it.
fn quoted(name: &str) -> std::borrow::Cow<'_, str> {
    let breaks =
        |c: char| c.is_whitespace() || matches!(c, '"' | '(' | ')' | ',' | '=' | '<' | '>' | '!' | '|' | '[' | ']');
    if name.contains(breaks) { format!("\"{}\"", escape(name)).into() } else { name.into() }
}

/// Quotes and backslashes as a search value needs them.
pub(super) fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
