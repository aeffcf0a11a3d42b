//! Syntax trees back to text: [`print`] on one line, so that parsing it again gives the same tree.

use super::ast::{
    BinaryOp, CompareOp, Expr, ExprKind, MacroCall, Pipeline, SearchExpr, SearchExprKind, SearchValue, Stage,
    StageKind, TermForm, Token, TokenKind,
};
use super::expr::Level;
use super::expr_lexer::{self, is_bare_field};
use super::lexer::is_word;

/// A search on one line, in canonical form.
///
/// ```
/// let search = spl_core::syntax::parse("index=main\n  | STATS   count by host")?;
/// assert_eq!(spl_core::syntax::print(&search), "search index=main | stats count by host");
/// # Ok::<(), Box<spl_core::error::Diagnostic>>(())
/// ```
pub fn print(pipeline: &Pipeline) -> String {
    let mut out = String::new();
    write_pipeline(&mut out, pipeline);
    out
}

/// A command's arguments as they would be typed: quotes kept, blanks only where they stood, one each.
pub fn print_tokens(tokens: &[Token]) -> String {
    let mut out = String::new();
    write_tokens(&mut out, tokens);
    out
}

/// An expression of `eval` or `where`.
pub fn print_expr(expr: &Expr) -> String {
    let mut out = String::new();
    write_expr(&mut out, expr);
    out
}

/// An expression of the `search` command.
pub fn print_search_expr(expr: &SearchExpr) -> String {
    let mut out = String::new();
    if expr.kind != SearchExprKind::All {
        write_search(&mut out, expr);
    }
    out
}

/// `` `name(args)` ``.
pub(super) fn macro_call(call: &MacroCall) -> String {
    // A last backslash must not take the comma for its own.
    let arg = |arg: &String| match arg.bytes().rev().take_while(|&b| b == b'\\').count() % 2 {
        0 => arg.clone(),
        _ => format!("{arg} "),
    };
    match call.args.is_empty() {
        true => format!("`{}`", call.name),
        false => format!("`{}({})`", call.name, call.args.iter().map(arg).collect::<Vec<_>>().join(", ")),
    }
}

fn write_pipeline(out: &mut String, pipeline: &Pipeline) {
    for (n, stage) in pipeline.stages.iter().enumerate() {
        match (n, is_search(stage)) {
            (0, true) => {}
            (0, false) => out.push_str("| "),
            _ => out.push_str(" | "),
        }
        write_stage(out, stage);
    }
}

fn write_subsearch(out: &mut String, pipeline: &Pipeline) {
    out.push('[');
    write_pipeline(out, pipeline);
    // a word may end in a backslash, which must not meet the bracket
    out.push_str(if out.ends_with('\\') { " ]" } else { "]" });
}

/// Whether the stage needs no pipe at the beginning of a search: `search`, unless it would be read as a field or word there.
fn is_search(stage: &Stage) -> bool {
    let StageKind::Command { name, args } = &stage.kind else { return false };
    let clear = args.first().is_none_or(|first| match &first.kind {
        TokenKind::Word(word) => first.spaced && !matches!(word.to_ascii_uppercase().as_str(), "AND" | "OR" | "IN"),
        TokenKind::Punct(p) => p == "(",
        _ => true,
    });
    name.node == "search" && clear
}

/// One stage, without the pipe before it.
pub(super) fn write_stage(out: &mut String, stage: &Stage) {
    match &stage.kind {
        StageKind::Macro(call) => out.push_str(&macro_call(call)),
        StageKind::Command { name, args } => {
            out.push_str(&name.node);
            write_tokens(out, args);
        }
    }
}

fn write_tokens(out: &mut String, tokens: &[Token]) {
    for token in tokens {
        if token.spaced && !out.is_empty() {
            out.push(' ');
        }
        write_token(out, token);
    }
}

fn write_token(out: &mut String, token: &Token) {
    match &token.kind {
        TokenKind::Word(text) | TokenKind::Punct(text) => out.push_str(text),
        TokenKind::Quoted { raw, .. } => out.extend(["\"", raw, "\""]),
        TokenKind::SingleQuoted(name) => out.extend(["'", name, "'"]),
        TokenKind::Macro(call) => out.push_str(&macro_call(call)),
        TokenKind::Subsearch(pipeline) => {
            write_subsearch(out, pipeline);
        }
    }
}

fn write_expr(out: &mut String, expr: &Expr) {
    match &expr.kind {
        ExprKind::Number(_, text) => out.push_str(text),
        ExprKind::Text(text) => out.extend(["\"", &expr_lexer::escape(text), "\""]),
        ExprKind::Field(name) => write_field(out, name),
        ExprKind::Negate(operand) => {
            out.push('-');
            write_operand(out, operand, Level::Sign);
        }
        ExprKind::Not(operand) => match &operand.kind {
            ExprKind::Binary(BinaryOp::Like, value, pattern) => {
                write_operand(out, value, Level::Compare);
                out.push_str(" NOT LIKE ");
                write_operand(out, pattern, Level::Compare.tighter());
            }
            ExprKind::In(value, items) => {
                write_operand(out, value, Level::Sum);
                out.push_str(" NOT IN ");
                write_args(out, items);
            }
            _ => {
                // NOT of NOT needs no parentheses, which would count as nesting that the text did not have.
                out.push_str("NOT ");
                write_operand(out, operand, Level::Not);
            }
        },
        ExprKind::Binary(op, left, right) => write_binary(out, *op, left, right),
        ExprKind::In(value, items) => {
            write_operand(out, value, Level::Sum);
            out.push_str(" IN ");
            write_args(out, items);
        }
        ExprKind::Call(name, args) => {
            out.push_str(&name.node);
            write_args(out, args);
        }
        ExprKind::Subsearch(pipeline) => {
            write_subsearch(out, pipeline);
        }
        ExprKind::Macro(call) => out.push_str(&macro_call(call)),
    }
}

fn write_args(out: &mut String, args: &[Expr]) {
    out.push('(');
    for (n, arg) in args.iter().enumerate() {
        if n > 0 {
            out.push_str(", ");
        }
        write_expr(out, arg);
    }
    out.push(')');
}

fn write_binary(out: &mut String, op: BinaryOp, left: &Expr, right: &Expr) {
    let level = Level::of(op);
    // a chain of AND or OR is the same chain however it is grouped
    let chain = matches!(op, BinaryOp::And | BinaryOp::Or);
    write_operand(out, left, level);
    out.extend([" ", symbol(op), " "]);
    write_operand(out, right, if chain { level } else { level.tighter() });
}

/// In parentheses if it binds less tightly than `level`.
fn write_operand(out: &mut String, expr: &Expr, level: Level) {
    let own = match &expr.kind {
        ExprKind::Binary(op, ..) => Level::of(*op),
        ExprKind::Not(operand) => match &operand.kind {
            ExprKind::Binary(BinaryOp::Like, ..) | ExprKind::In(..) => Level::Compare,
            _ => Level::Not,
        },
        ExprKind::In(..) => Level::Compare,
        ExprKind::Negate(_) => Level::Sign,
        _ => Level::Operand,
    };
    if own >= level {
        return write_expr(out, expr);
    }
    out.push('(');
    write_expr(out, expr);
    out.push(')');
}

/// Bare if it is letters, digits and `_`, or holds a `$token$`; else in single quotes.
fn write_field(out: &mut String, name: &str) {
    let is_token = name.contains('$');
    let is_plain = |c: char| c.is_alphanumeric() || c == '_' || is_token && matches!(c, '$' | '.' | ':' | '-');
    match name.chars().all(is_plain) && is_bare_field(name) {
        true => out.push_str(name),
        false => out.extend(["'", name, "'"]),
    }
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
        BinaryOp::Concat => ".",
        BinaryOp::Equal => "=",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        BinaryOp::Like => "LIKE",
        BinaryOp::And => "AND",
        BinaryOp::Or => "OR",
        BinaryOp::Xor => "XOR",
    }
}

fn write_search(out: &mut String, expr: &SearchExpr) {
    match &expr.kind {
        SearchExprKind::All => out.push_str("()"),
        SearchExprKind::And(terms) => write_terms(out, terms, " AND "),
        SearchExprKind::Or(terms) => write_terms(out, terms, " OR "),
        SearchExprKind::Not(term) => {
            out.push_str("NOT ");
            write_term(out, term);
        }
        SearchExprKind::Compare { field, op, value } => {
            write_search_field(out, field);
            out.push_str(compare_symbol(*op));
            if value.text.starts_with(['=', '<', '>', '!']) && !value.quoted {
                out.push(' ');
            }
            write_value(out, value);
        }
        SearchExprKind::In { field, values } => {
            write_search_field(out, field);
            out.push_str(" IN (");
            for (n, value) in values.iter().enumerate() {
                if n > 0 {
                    out.push_str(", ");
                }
                write_value(out, value);
            }
            out.push(')');
        }
        SearchExprKind::Term(value) => write_value(out, value),
        SearchExprKind::Modifier { name, value } => {
            out.extend([name, "="]);
            match !value.is_empty() && value.chars().all(is_word) {
                true => out.push_str(value),
                false => out.extend(["\"", &escape(value), "\""]),
            }
        }
        SearchExprKind::Subsearch(pipeline) => {
            write_subsearch(out, pipeline);
        }
        SearchExprKind::Macro(call) => out.push_str(&macro_call(call)),
    }
}

fn write_terms(out: &mut String, terms: &[SearchExpr], join: &str) {
    for (n, term) in terms.iter().enumerate() {
        if n > 0 {
            out.push_str(join);
        }
        write_term(out, term);
    }
}

/// In parentheses if it is a list of terms itself.
fn write_term(out: &mut String, expr: &SearchExpr) {
    let list = matches!(expr.kind, SearchExprKind::And(_) | SearchExprKind::Or(_));
    if list {
        out.push('(');
    }
    write_search(out, expr);
    if list {
        out.push(')');
    }
}

fn write_search_field(out: &mut String, name: &str) {
    let reserved = matches!(name, "AND" | "OR" | "NOT" | "TERM" | "CASE");
    // A single quote further on would end the one that a word before began with, but not behind a double quote.
    let plain = !begins_with_single_quote(out);
    match plain && !name.is_empty() && !reserved && name.chars().all(is_word) {
        true => out.push_str(name),
        false => out.extend(["\"", &escape(name), "\""]),
    }
}

/// Whether one of the words, outside of double quotes, begins with a single quote.
fn begins_with_single_quote(text: &str) -> bool {
    let (mut chars, mut before, mut quoted) = (text.chars(), ' ', false);
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '"' => quoted = !quoted,
            '\'' if !quoted && matches!(before, ' ' | '(') => return true,
            _ => {}
        }
        before = c;
    }
    false
}

fn write_value(out: &mut String, value: &SearchValue) {
    let (open, close) = match &value.form {
        TermForm::Plain => ("", ""),
        TermForm::Term => ("TERM(", ")"),
        TermForm::Case => ("CASE(", ")"),
        TermForm::Macro(call) => return out.push_str(&macro_call(call)),
        TermForm::Subsearch(pipeline) => {
            return write_subsearch(out, pipeline);
        }
    };
    out.push_str(open);
    match value.quoted {
        true => out.extend(["\"", &escape(&value.text), "\""]),
        false => write_bare(out, &value.text),
    }
    out.push_str(close);
}

/// A bare word with its escapes put back.
fn write_bare(out: &mut String, text: &str) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // an escape that the word kept, since only `\"`, `\\` and `\|` lose their backslash
            '\\' if matches!(chars.peek(), Some('[' | ']' | '\'' | '`')) => out.push('\\'),
            '\\' | '"' | '|' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
}

/// The opposite of [`unescape`](super::lexer::unescape), for quotes.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn compare_symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Equal => "=",
        CompareOp::NotEqual => "!=",
        CompareOp::Less => "<",
        CompareOp::LessEqual => "<=",
        CompareOp::Greater => ">",
        CompareOp::GreaterEqual => ">=",
    }
}
