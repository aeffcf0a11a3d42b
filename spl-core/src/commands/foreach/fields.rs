//! `foreach` over fields.

use super::Tokens;
use crate::commands::prelude::*;
use crate::commands::template;
use crate::exec::{expand_fields, run};
use crate::optimize::optimize;
use crate::plan::{OpenPlan, TimeRange};
use crate::syntax::ast::{Pipeline, Token, TokenKind};
use crate::syntax::parse;
use crate::table::Bitmap;

/// The pipeline for each field that matches, planned when the fields are known.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) patterns: Vec<String>,
    pub(super) pipeline: Pipeline,
    pub(super) tokens: Tokens,
    pub(super) time: TimeRange,
}

impl Node {
    /// Plans the pipeline for made-up fields, so that what is wrong with it is said before anything runs.
    pub(super) fn check(&self, cx: &mut PlanContext<'_>) -> Result<()> {
        for pattern in &self.patterns {
            // What a star stands for may begin a name, or be a number; one of them has to do.
            let trial = self.plan(&pattern.replace('*', "1"), pattern, cx);
            trial.or_else(|error| self.plan(&pattern.replace('*', "x"), pattern, cx).map_err(|_| error))?;
        }
        Ok(())
    }

    fn plan(&self, field: &str, pattern: &str, cx: &mut PlanContext<'_>) -> Result<OpenPlan> {
        let text = self.filled(field, pattern);
        let located = |e: Box<crate::error::Diagnostic>| Box::new((*e).in_text(&text));
        let pipeline = parse(&text).map_err(located)?;
        OpenPlan::new(&pipeline, cx).map_err(located)
    }

    /// The pipeline's text for one field.
    fn filled(&self, field: &str, pattern: &str) -> String {
        let segments = captured(pattern, field);
        let matched = match segments.len() {
            0 => field.to_owned(),
            _ => segments.concat(),
        };
        let fill = |text: &str, quote: &dyn Fn(&str) -> String| {
            let mut filled =
                text.replace(&self.tokens.field, &quote(field)).replace(&self.tokens.matched, &quote(&matched));
            for (token, segment) in
                self.tokens.segments.iter().zip(segments.iter().map(String::as_str).chain(["", "", ""]))
            {
                filled = filled.replace(token, &quote(segment));
            }
            filled
        };
        template::filled(&self.pipeline, &|tokens: &[Token], at| match &tokens[at].kind {
            // A field's name in front of `=` may be any name, which has to be quoted.
            TokenKind::Word(text)
                if *text == self.tokens.field
                    && is_equals(tokens.get(at + 1))
                    && !crate::syntax::is_bare_field(field) =>
            {
                Some(template::quoted(field))
            }
            TokenKind::Word(text) | TokenKind::Punct(text) => Some(fill(text, &str::to_owned)),
            TokenKind::Quoted { raw, .. } => Some(format!("\"{}\"", fill(raw, &template::escaped))),
            TokenKind::SingleQuoted(name) => Some(format!("'{}'", fill(name, &str::to_owned))),
            TokenKind::Subsearch(_) | TokenKind::Macro(_) => None,
        })
    }
}

fn is_equals(token: Option<&Token>) -> bool {
    matches!(token, Some(Token { kind: TokenKind::Punct(p), .. }) if p == "=")
}

/// What each star of the pattern stands for in the name.
fn captured(pattern: &str, name: &str) -> Vec<String> {
    let stars = pattern.matches('*').count();
    // The separator cannot occur in a name that was matched.
    let separated = vec!["*"; stars].join("\n");
    match crate::exec::carry(pattern, &separated, name) {
        Some(text) if stars > 0 => text.split('\n').map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("foreach {} [{}]", self.patterns.join(" "), crate::syntax::print(&self.pipeline))
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let present = input.fields();
        let mut table = input;
        for pattern in &self.patterns {
            for field in expand_fields(std::slice::from_ref(pattern), &present) {
                cx.check()?;
                let mut planner = PlanContext::new(cx.catalog, cx.functions.clone(), self.time);
                let open = self.plan(&field, pattern, &mut planner)?;
                let plan = optimize(open.plan().clone(), &[], &cx.functions);
                let before = table.clone();
                table = run(&open.with_plan(plan).over(table), cx)?;
                table = restored(table, &before, &field);
            }
        }
        Ok(table)
    }
}

/// Rows that lack the field keep the values that they had and that its run has taken away: `total=total+<<FIELD>>` leaves the total of such rows
/// alone.
///
/// Source: Search Reference, `foreach`, the first example.
fn restored(after: Table, before: &Table, field: &str) -> Table {
    let unchanged = after.batches().len() == before.batches().len()
        && after.batches().iter().zip(before.batches()).all(|(a, b)| a.rows() == b.rows());
    if !unchanged {
        return after;
    }
    let declared = after.declared_fields().map(<[_]>::to_vec);
    let batches = after.into_batches().into_iter().zip(before.batches()).map(|(mut batch, before)| {
        let lacks = match before.column(field) {
            None => Bitmap::filled(batch.rows(), true),
            Some(column) => {
                let mut lacks = column.present();
                lacks.negate();
                lacks
            }
        };
        if lacks.none() {
            return batch;
        }
        for (name, old) in before.columns() {
            let new = batch.column_or_null(name);
            let mut lost = new.present();
            lost.negate();
            lost.and(&lacks);
            lost.and(&old.present());
            if !lost.none() {
                let column = old.choose(&new, |row| lost.get(row));
                batch.set(name, column);
            }
        }
        batch
    });
    Table::new(batches.collect()).with_fields_after(declared)
}
