//! One macro call: which macro is meant, which argument is which, and what an evaluated macro comes to.

use super::Evaluate;
use crate::error::{Diagnostic, ErrorKind, did_you_mean};
use crate::knowledge::{Macro, Macros};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind};
use crate::syntax::parse_expr;
use crate::value::Value;

/// The macro of that name that takes so many arguments.
pub(super) fn find<'m>(macros: &'m Macros, name: &str, arity: usize) -> Result<&'m Macro, Diagnostic> {
    if let Some(found) = macros.get(name, arity) {
        return Ok(found);
    }
    let arguments = |n: usize| format!("{n} argument{}", if n == 1 { "" } else { "s" });
    let others: Vec<_> = macros.named(name).map(|other| arguments(other.args.len())).collect();
    if !others.is_empty() {
        let message = format!("macro `{name}` does not take {}", arguments(arity));
        return Err(Diagnostic::new(ErrorKind::Macro, message).hint(format!("it takes {}", others.join(" or "))));
    }
    let error = Diagnostic::new(ErrorKind::Macro, format!("there is no macro `{name}`"));
    Err(match did_you_mean(name, macros.names()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error,
    })
}

/// The arguments in the order of the macro's list; `name=value` says which one is meant if all are written so.
pub(super) fn assign<'t>(called: &Macro, args: &[&'t str]) -> Vec<&'t str> {
    let named = |arg: &'t str| {
        let (name, value) = arg.split_once('=')?;
        let index = called.args.iter().position(|own| own == name.trim())?;
        Some((index, value))
    };
    let mut by_name: Vec<Option<&str>> = vec![None; args.len()];
    for (index, value) in args.iter().filter_map(|arg| named(arg)) {
        by_name[index] = Some(value);
    }
    let all: Option<Vec<_>> = by_name.into_iter().collect();
    all.unwrap_or_else(|| args.to_vec())
}

/// Fails unless the macro's validation accepts the arguments.
pub(super) fn validate(called: &Macro, args: &[(String, String)], evaluate: &Evaluate<'_>) -> Result<(), Diagnostic> {
    let Some(validation) = &called.validation else { return Ok(()) };
    let told = |text: Option<&str>| {
        let message = match text.filter(|text| !text.is_empty()) {
            Some(text) => format!("macro `{}` refuses its arguments: {text}", called.title()),
            None => format!("macro `{}` refuses its arguments", called.title()),
        };
        Err(Diagnostic::new(ErrorKind::Macro, message).hint(format!("they must satisfy {validation}")))
    };
    let (expr, value) = run(called, "validation", &with_arguments(validation, args), args, evaluate)?;
    match value {
        Value::Bool(true) => Ok(()),
        // an expression that gives a text gives none if all is well
        Value::Null if called.errormsg.is_none() && !is_condition(&expr) => Ok(()),
        Value::Bool(false) | Value::Null => told(called.errormsg.as_deref()),
        other => told(Some(&other.text())),
    }
}

/// A validation in which each `$name$` is the argument: its text within double quotes, elsewhere the field of that name that holds it.
fn with_arguments(validation: &str, args: &[(String, String)]) -> String {
    let mut out = String::with_capacity(validation.len());
    let (mut rest, mut quote) = (validation, None);
    while let Some(c) = rest.chars().next() {
        let behind = &rest[c.len_utf8()..];
        let named = |name: &str| behind.strip_prefix(name)?.strip_prefix('$');
        let found = args.iter().find_map(|(name, text)| Some((name, text, named(name)?)));
        if let Some((name, text, after)) = found.filter(|_| c == '$') {
            match quote {
                Some('"') => out.push_str(text),
                Some(_) => out.push_str(name),
                None => out.extend(["'", name, "'"]),
            }
            rest = after;
            continue;
        }
        match quote {
            Some(open) if open == c => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => {}
        }
        out.push(c);
        rest = behind;
    }
    out
}

/// The text of an `iseval` definition, in which the arguments have been put.
pub(super) fn evaluate_definition(
    called: &Macro,
    definition: &str,
    args: &[(String, String)],
    evaluate: &Evaluate<'_>,
) -> Result<String, Diagnostic> {
    match run(called, "definition", definition, args, evaluate)?.1 {
        Value::Null => Err(Diagnostic::new(
            ErrorKind::Macro,
            format!("the definition of macro `{}` gives no text", called.title()),
        )),
        value => Ok(value.text().into_owned()),
    }
}

fn run(
    called: &Macro,
    what: &str,
    text: &str,
    args: &[(String, String)],
    evaluate: &Evaluate<'_>,
) -> Result<(Expr, Value), Diagnostic> {
    let failed = |error: Box<Diagnostic>| {
        let message = format!("the {what} of macro `{}` fails: {}", called.title(), error.message);
        let hint = error.hint.unwrap_or_else(|| format!("it is {text}"));
        Diagnostic::new(ErrorKind::Macro, message).hint(hint)
    };
    let expr = parse_expr(text).map_err(failed)?;
    let value = evaluate(&expr, args).map_err(failed)?;
    Ok((expr, value))
}

/// Whether the expression is true, false or unknown, by its outermost operator.
fn is_condition(expr: &Expr) -> bool {
    use BinaryOp::{Add, Concat, Divide, Modulo, Multiply, Subtract};
    match &expr.kind {
        ExprKind::Not(_) | ExprKind::In(..) => true,
        ExprKind::Binary(op, ..) => !matches!(op, Add | Subtract | Multiply | Divide | Modulo | Concat),
        _ => false,
    }
}
