//! `from`: the rows of a dataset of a data model, of a lookup, or of a saved search.
//!
//! Source: Search Reference, "from".

use super::dataset::DatasetSource;
use super::prelude::*;
use crate::expr::SearchPredicate;
use crate::syntax::ast::{Token, TokenKind};

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "from",
    aliases: &[],
    kind: Kind::Generating,
    syntax: "from datamodel:<model>.<dataset>|lookup:<name>|savedsearch:<name>",
    summary: "Reads the rows of a data model's dataset, of a lookup, or of a saved search.",
    examples: &[],
    parse: |args| {
        let span = args.here();
        let mut text = text_of(args.rest());
        // The kind and the name may be parted by a colon, by a blank, or both.
        text.retain(|c| c != '"');
        let text = text.trim();
        let border = text.find([':', ' ', '=']).unwrap_or(text.len());
        let (kind, name) = text.split_at(border);
        let name = name.trim_start_matches([':', ' ', '=']).to_owned();
        if name.is_empty() {
            bail!(Syntax, span, "from needs the name of a dataset"; hint: "from datamodel:<model>.<dataset>");
        }
        Ok(Box::new(From { kind: kind.to_ascii_lowercase(), name: Spanned::new(name, span) }))
    },
};

fn text_of(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        if token.spaced {
            text.push(' ');
        }
        match &token.kind {
            TokenKind::Word(word) | TokenKind::SingleQuoted(word) => text.push_str(word),
            TokenKind::Quoted { text: quoted, .. } => text.push_str(quoted),
            TokenKind::Punct(punct) => text.push_str(punct),
            TokenKind::Subsearch(_) | TokenKind::Macro(_) => {}
        }
    }
    text
}

#[derive(Debug)]
struct From {
    kind: String,
    name: Spanned<String>,
}

impl Command for From {
    fn kind(&self) -> Kind {
        Kind::Generating
    }

    fn plan(&self, input: Plan, cx: &mut PlanContext<'_>) -> Result<Plan> {
        if !input.is_nothing() {
            bail!(Syntax, "from must be the first command of a search");
        }
        let located = |e: Box<crate::error::Diagnostic>| Box::new((*e).at(self.name.span));
        match &*self.kind {
            "datamodel" => {
                let source = DatasetSource::find(&self.name.node, cx).map_err(located)?;
                // Fields that the model does not list may be asked for, too.
                source.all_fields(SearchPredicate::Always(true), false, cx).map_err(located)
            }
            "lookup" | "inputlookup" => {
                let lookup = cx.catalog.lookups().find(&self.name.node).map_err(located)?;
                Ok(Plan::Values(Arc::new(lookup.table.to_table())))
            }
            "savedsearch" => {
                let text = super::savedsearch::saved_text(cx.catalog, &self.name.node, self.name.span)?;
                cx.plan_text(&text)
            }
            other => {
                bail!(Unsupported, self.name.span, "from cannot read a dataset of the kind `{other}`"; hint: "datamodel, lookup or savedsearch")
            }
        }
    }
}
