//! `format`: rows as the text of a search.

use super::prelude::*;
use crate::plan::SearchText;
use crate::syntax::ast::{Token, TokenKind};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "format",
    aliases: &[],
    kind: Kind::Transforming,
    syntax: "format [mvsep=<string>] [maxresults=<int>] [\"<row prefix>\" \"<column prefix>\" \"<column separator>\" \"<column end>\" \"<row separator>\" \"<row end>\"] [emptystr=<string>]",
    summary: "Makes one row whose field search is a search expression that matches the rows.",
    examples: &[Example {
        spl: "| makeresults format=csv data=\"host,port\nweb,80\ndb,5432\" | format",
        result: "search\n\"( ( host=\\\"web\\\" AND port=\\\"80\\\" ) OR ( host=\\\"db\\\" AND port=\\\"5432\\\" ) )\"",
    }],
    parse: |args| {
        let mut text = SearchText::default();
        if let Some(between_values) = args.option("mvsep")?.string()? {
            text.between_values = between_values;
        }
        text.max_rows = args.option("maxresults")?.count()?.unwrap_or(0);
        if let Some(empty) = args.option("emptystr")?.string()? {
            text.empty = empty;
        }
        let span = args.here();
        let mut parts = Vec::new();
        while let Some(Token { kind: TokenKind::Quoted { text, .. }, .. }) = args.peek() {
            parts.push(text.clone());
            args.token();
        }
        args.end()?;
        match <[String; 6]>::try_from(parts) {
            Ok([rows, row, between_fields, row_end, between_rows, rows_end]) => {
                text = SearchText { rows: (rows, rows_end), row: (row, row_end), between_fields, between_rows, ..text };
            }
            Err(parts) if parts.is_empty() => {}
            Err(parts) => {
                bail!(Argument, span, "format takes six texts or none, not {}", parts.len(); hint: "\"(\" \"(\" \"AND\" \")\" \"OR\" \")\"")
            }
        }
        Ok(Box::new(Format(Arc::new(Node(text)))))
    },
};

#[derive(Debug)]
struct Format(Arc<Node>);

#[derive(Debug)]
struct Node(SearchText);

impl Command for Format {
    fn kind(&self) -> Kind {
        Kind::Transforming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        "format".to_owned()
    }

    fn run(&self, input: Table, _: &RunContext<'_>) -> Result<Table> {
        Ok(Table::from_rows(&[field_name("search")], vec![vec![Value::from(self.0.write(input))]]))
    }
}
