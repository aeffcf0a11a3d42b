//! `foreach` over the values of a multivalue or the elements of a JSON array.
//!
//! The n-th values of all rows are one column, and the eval runs over that; only where a value makes part of a name is it run for each
//! distinct value by itself.

use super::{Collection, Tokens};
use crate::commands::prelude::*;
use crate::commands::template;
use crate::exec::run;
use crate::functions::Context;
use crate::json;
use crate::optimize::optimize;
use crate::plan::{OpenPlan, TimeRange};
use crate::syntax::ast::{Pipeline, Token, TokenKind};
use crate::syntax::parse;
use crate::table::{Bitmap, ColumnBuilder};

/// The eval for each value, planned when the values are known.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) source: String,
    pub(super) value: Expression,
    pub(super) collection: Collection,
    pub(super) pipeline: Pipeline,
    pub(super) tokens: Tokens,
    /// Fields of its own: all values, the current one, its number.
    pub(super) names: [String; 3],
    pub(super) time: TimeRange,
}

/// What stands in the tokens' places.
struct Filling<'a> {
    /// The current value: a field's name or a literal.
    item: &'a str,
    /// Its number, the same.
    iteration: &'a str,
    /// Their texts, when they are known: for the inside of names and quotes.
    texts: Option<(&'a str, &'a str)>,
}

impl Node {
    /// Plans the eval for a made-up value, so that what is wrong with it is said before anything runs.
    pub(super) fn check(&self, cx: &mut PlanContext<'_>) -> Result<()> {
        self.plan(&Filling { item: &self.names[1], iteration: "0", texts: Some(("x", "0")) }, cx).map(|_| ())
    }

    fn plan(&self, filling: &Filling<'_>, cx: &mut PlanContext<'_>) -> Result<OpenPlan> {
        let text = self.filled(filling);
        let located = |e: Box<crate::error::Diagnostic>| Box::new((*e).in_text(&text));
        let pipeline = parse(&text).map_err(located)?;
        OpenPlan::new(&pipeline, cx).map_err(located)
    }

    fn filled(&self, filling: &Filling<'_>) -> String {
        let texts = filling.texts.unwrap_or((filling.item, filling.iteration));
        let inside = |text: &str, quote: &dyn Fn(&str) -> String| {
            text.replace(&self.tokens.item, &quote(texts.0))
                .replace(&self.tokens.iteration, texts.1)
                .replace(&self.tokens.field, &quote(&self.source))
        };
        template::filled(&self.pipeline, &|tokens: &[Token], at| match &tokens[at].kind {
            TokenKind::Word(text) if is_target(tokens, at) => Some(inside(text, &str::to_owned)),
            TokenKind::Word(text) => {
                let text = operands(text, &self.tokens.item, filling.item);
                Some(inside(&operands(&text, &self.tokens.iteration, filling.iteration), &str::to_owned))
            }
            // The quotes around a value alone are its own.
            TokenKind::Quoted { raw, .. } if *raw == self.tokens.item && !is_target(tokens, at) => {
                Some(filling.item.to_owned())
            }
            TokenKind::Quoted { raw, .. } => Some(format!("\"{}\"", inside(raw, &template::escaped))),
            TokenKind::SingleQuoted(name) => Some(format!("'{}'", inside(name, &str::to_owned))),
            TokenKind::Punct(_) | TokenKind::Subsearch(_) | TokenKind::Macro(_) => None,
        })
    }

    /// Whether the value makes part of a name or of a longer text, and does not stand by itself.
    fn is_textual(&self) -> bool {
        let known = [&*self.tokens.item, &*self.tokens.iteration];
        let textual = std::cell::Cell::new(false);
        template::filled(&self.pipeline, &|tokens: &[Token], at| {
            let inside = |text: &str| known.iter().any(|token| text.contains(token));
            textual.set(
                textual.get()
                    || match &tokens[at].kind {
                        TokenKind::Word(text) if is_target(tokens, at) => inside(text),
                        TokenKind::Word(text) => known.iter().any(|token| operands(text, token, " ").contains(token)),
                        TokenKind::Quoted { raw, .. } => {
                            (*raw != self.tokens.item || is_target(tokens, at)) && inside(raw)
                        }
                        TokenKind::SingleQuoted(name) => inside(name),
                        _ => false,
                    },
            );
            None
        });
        textual.get()
    }

    /// All values of each row, as a multivalue.
    fn values(&self, batches: &[Batch], cx: &Context) -> Vec<Column> {
        let columns = self.value.eval(batches, cx);
        if self.collection == Collection::Multivalue {
            return columns;
        }
        let either = self.collection == Collection::Either;
        let elements = Expression::function(
            "elements",
            &["x"],
            Arc::new(move |values: &[Value], _: &Context| {
                Ok(match &values[0] {
                    Value::Str(text) => match elements(text) {
                        Some(elements) => elements,
                        None if either => values[0].clone(),
                        None => Value::Null,
                    },
                    other if either => other.clone(),
                    _ => Value::Null,
                })
            }),
        );
        let wrap = |column: Column| Batch::new(column.len()).with_columns([(field_name("x"), column)]);
        elements.eval(&columns.into_iter().map(wrap).collect::<Vec<_>>(), cx)
    }
}

/// Whether the token at `at` is the field that an assignment sets.
fn is_target(tokens: &[Token], at: usize) -> bool {
    let is = |token: Option<&Token>, symbol: &str| matches!(token, Some(Token { kind: TokenKind::Punct(p), .. }) if p == symbol);
    let mut depth = 0usize;
    for token in &tokens[..at] {
        match &token.kind {
            TokenKind::Punct(p) if p == "(" => depth += 1,
            TokenKind::Punct(p) if p == ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let begins = at == 0 || depth == 0 && is(tokens.get(at - 1), ",");
    begins && is(tokens.get(at + 1), "=")
}

/// The word with `token` replaced where it is an operand by itself and no part of a name.
fn operands(word: &str, token: &str, with: &str) -> String {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let (mut replaced, mut from) = (String::new(), 0);
    for (at, _) in word.match_indices(token) {
        let end = at + token.len();
        replaced.push_str(&word[from..at]);
        let alone = !word[..at].ends_with(is_name) && !word[end..].starts_with(is_name);
        replaced.push_str(if alone { with } else { token });
        from = end;
    }
    replaced.push_str(&word[from..]);
    replaced
}

/// The elements of a JSON array; strings without quotes, nulls left out.
fn elements(text: &str) -> Option<Value> {
    let array = json::parse_container(text).filter(|text| text.starts_with('['))?;
    let element = |element: &str| match json::kind(element) {
        json::Kind::Null => Value::Null,
        json::Kind::String => Value::str(json::decode(element.get(1..element.len() - 1).unwrap_or_default())),
        _ => Value::str(element),
    };
    Some(Value::multi(json::items(array).map(element)))
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        format!("foreach values of {} [{}]", self.source, crate::syntax::print(&self.pipeline))
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        let declared = input.declared_fields().map(<[_]>::to_vec);
        let [all, item, iteration] = &self.names;
        let mut active = input.into_batches();
        let values = self.values(&active, &cx.functions);
        for (batch, values) in active.iter_mut().zip(values) {
            batch.set(all, values);
        }
        let textual = self.is_textual();
        let plan = |filling: &Filling<'_>| -> Result<OpenPlan> {
            let mut planner = PlanContext::new(cx.catalog, cx.functions.clone(), self.time);
            let open = self.plan(filling, &mut planner)?;
            let plan = optimize(open.plan().clone(), &[], &cx.functions);
            Ok(open.with_plan(plan))
        };
        let vectorised = if textual { None } else { Some(plan(&Filling { item, iteration, texts: None })?) };
        let mut done = Vec::new();
        for number in 0.. {
            cx.check()?;
            let mut next = Vec::new();
            for batch in active {
                let values = batch.column_or_null(all);
                let has = |row: usize| match values.get(row) {
                    ValueRef::Null => false,
                    ValueRef::Multi(parts) => parts.len() > number,
                    _ => number == 0,
                };
                let more = Bitmap::from_fn(batch.rows(), has);
                let mut finished = more.clone();
                finished.negate();
                if !finished.none() {
                    done.push(batch.filter(&finished));
                }
                if !more.none() {
                    next.push(batch.filter(&more));
                }
            }
            if next.is_empty() {
                break;
            }
            for batch in &mut next {
                let values = batch.column_or_null(all);
                let mut column = ColumnBuilder::default();
                for row in 0..batch.rows() {
                    column.push(match values.get(row) {
                        ValueRef::Multi(parts) => parts.get(number).to_value(),
                        single => single.to_value(),
                    });
                }
                batch.set(item, column.finish());
                batch.set(iteration, Column::Const(Value::Num(number as f64), batch.rows()));
            }
            active = match &vectorised {
                Some(open) => run(&open.over(Table::new(next)), cx)?.into_batches(),
                None => {
                    let mut results = Vec::new();
                    for (text, batches) in by_text(next, item) {
                        let literal = match crate::value::parse_number(&text) {
                            Some(_) => text.clone(),
                            None => template::quoted(&text),
                        };
                        let number = number.to_string();
                        let filling = Filling { item: &literal, iteration: &number, texts: Some((&text, &number)) };
                        results.extend(run(&plan(&filling)?.over(Table::new(batches)), cx)?.into_batches());
                    }
                    results
                }
            };
        }
        for batch in &mut done {
            self.names.iter().for_each(|name| {
                batch.remove(name);
            });
        }
        Ok(Table::new(done).with_fields_after(declared))
    }
}

/// The rows by the text of a field, texts in the order of their first row.
fn by_text(batches: Vec<Batch>, field: &str) -> Vec<(String, Vec<Batch>)> {
    let mut groups: indexmap::IndexMap<String, Vec<Batch>> = indexmap::IndexMap::new();
    for batch in batches {
        let column = batch.column_or_null(field);
        let mut rows: indexmap::IndexMap<String, Vec<u32>> = indexmap::IndexMap::new();
        for row in 0..batch.rows() {
            rows.entry(column.get(row).text().into_owned()).or_default().push(row as u32);
        }
        for (text, rows) in rows {
            groups.entry(text).or_default().push(batch.take(&rows));
        }
    }
    groups.into_iter().collect()
}
