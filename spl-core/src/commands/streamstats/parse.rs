//! The arguments of `streamstats`.

use super::{Options, Streamstats};
use crate::commands::stats::clause;
use crate::error::{Result, bail};
use crate::syntax::args::{Args, Opt};
use crate::syntax::ast::{Expr, Token, TokenKind};
use crate::syntax::{parse_expr, print_tokens};
use crate::time::BinSpan;

pub(super) fn parse(args: &mut Args<'_>) -> Result<Streamstats> {
    let time_window = args.option("time_window")?.spanned()?;
    let time_window = match &time_window {
        Some(text) => match BinSpan::parse(&text.node).map_err(|e| Box::new((*e).at(text.span)))?.time() {
            Some(span) => Some(span),
            None => bail!(Argument, text.span, "time_window needs a time such as 5m, not `{}`", text.node),
        },
        None => None,
    };
    let options = Options {
        current: args.option("current")?.bool()?.unwrap_or(true),
        window: args.option("window")?.count()?.unwrap_or(0),
        time_window,
        global: args.option("global")?.bool()?.unwrap_or(true),
        reset_on_change: args.option("reset_on_change")?.bool()?.unwrap_or(false),
        all_numeric: args.option("allnum")?.bool()?.unwrap_or(false),
    };
    let reset_before = condition(args.option("reset_before")?)?;
    let reset_after = condition(args.option("reset_after")?)?;
    let terms = clause::terms(args, &["by"])?;
    let by = clause::by(args, &[])?;
    args.end()?;
    Ok(Streamstats { terms, by, options, reset_before, reset_after })
}

/// An expression in parentheses, which the documented form puts in quotes of their own: `"("x==\"a\"")"`. Quotes around all of it,
/// or none, are as good.
fn condition(option: Opt<'_>) -> Result<Option<Expr>> {
    let Some(value) = option.value() else { return Ok(None) };
    let quoted = |token: Option<&Token>, wanted: &str| matches!(token, Some(Token { kind: TokenKind::Quoted { text, .. }, .. }) if text == wanted);
    let tokens = value.tokens();
    if tokens.len() > 1 && quoted(tokens.first(), "(") {
        let text = print_tokens(tokens);
        let inner = text.trim().strip_prefix("\"(\"").and_then(|text| text.strip_suffix("\")\""));
        if let Some(inner) = inner {
            return parse_expr(&inner.replace("\\\"", "\"")).map(Some).map_err(|e| Box::new((*e).at(value.span())));
        }
    }
    value.expr().map(Some).map_err(|e| Box::new((*e).at(value.span())))
}
