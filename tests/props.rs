//! Properties: printing and parsing are opposites, and no text makes a parser panic.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use proptest::prelude::*;
use spl_core::expand::expand;
use spl_core::knowledge::{Conf, Macro, Macros};
use spl_core::syntax::{parse, parse_expr, parse_search_expr, print, print_expr, print_search_expr};
use spl_core::value::Value;
use spl_tests::tree::bare;

/// Pieces that mean something to a parser, so that random texts get far.
const PIECES: &[&str] = &[
    " ",
    " ",
    "a",
    "b=c",
    "\"x\"",
    "\"",
    "'",
    "'f g'",
    "`",
    "`m`",
    "`n(a, \"b\")`",
    "```",
    "|",
    "| eval x=",
    "[",
    "]",
    "[search ",
    "(",
    ")",
    ",",
    "=",
    "!=",
    "<",
    ">=",
    "==",
    "!",
    "AND ",
    " OR ",
    "NOT ",
    " IN (",
    "TERM(",
    "CASE(x)",
    "earliest=-1d",
    "now()",
    "*",
    ".",
    "+",
    "-",
    "/",
    "%",
    "\\",
    "\\\"",
    "\\|",
    "\\[",
    "$t$",
    "$",
    "<<FIELD>>",
    "<<",
    "{}",
    "1.5",
    ".5",
    "1e3",
    "24h",
    "if(",
    "null()",
    "xor",
    "like",
    "in",
    "search",
    "where ",
    "\n",
    "\t",
    "é",
    "🙂",
    "don't",
    "\u{a0}",
];

fn soup() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::collection::vec(prop::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

/// Expressions of `eval`, as text.
fn expr() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "(f|_)[a-z0-9_]{0,5}",
        "[0-9]{1,4}(\\.[0-9]{1,3})?",
        "\"[ -!#-\\[\\]-~é\t]{0,6}\"",
        "'[a-z. {}|]{1,6}'",
        Just("\"\\\\ \\\" \\| \\d\"".to_owned()),
        Just("[search x=1 | return $y]".to_owned()),
        Just("`m(a, b)`".to_owned()),
        Just("<<FIELD>>".to_owned()),
        Just("$tok.en$".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let op = prop::sample::select(vec!["+", "-", "*", "/", "%", ".", "=", "==", "!=", "<", ">=", " LIKE ", " and ", " OR ", " XOR "]);
        prop_oneof![
            4 => (inner.clone(), op, inner.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            2 => inner.clone().prop_map(|a| format!("({a})")),
            1 => inner.clone().prop_map(|a| format!("NOT {a}")),
            1 => inner.clone().prop_map(|a| format!("!{a}")),
            1 => inner.clone().prop_map(|a| format!("-{a}")),
            1 => (inner.clone(), prop::collection::vec(inner.clone(), 1..3)).prop_map(|(a, list)| format!("{a} NOT IN ({})", list.join(","))),
            2 => prop::collection::vec(inner, 0..4).prop_map(|args| format!("f({})", args.join(", "))),
        ]
    })
}

/// Expressions of `search`, as text.
fn search_expr() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "[a-z0-9_*./:@$%#-]{1,8}",
        "[A-Z]{5}",
        "\"[ -!#-\\[\\]-~é]{0,6}\"",
        Just("\\\\x\\|\\\"y\\d\\[".to_owned()),
        Just("CASE(Ab)".to_owned()),
        Just("[search x | return $y]".to_owned()),
        Just("`m`".to_owned()),
        Just("it's!".to_owned()),
    ];
    let compared = prop_oneof![9 => value.clone(), 1 => Just("<x>".to_owned())];
    let field =
        prop_oneof!["[a-z_][a-z0-9_.{}:]{0,6}", "\"[a-z ]{1,5}\"", "'[a-z ]{1,5}'", Just("earliest".to_owned())];
    let op = prop::sample::select(vec!["=", " = ", "!=", "< ", ">= ", "=="]);
    let term = prop_oneof![
        value.clone(),
        Just("TERM(a=b)".to_owned()),
        (field.clone(), op, compared).prop_map(|(field, op, value)| format!("{field}{op}{value}")),
        (field, prop::collection::vec(value, 1..4))
            .prop_map(|(field, values)| format!("{field} IN ({})", values.join(", "))),
    ];
    term.prop_recursive(4, 30, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|terms| terms.join(" ")),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|terms| terms.join(" OR ")),
            inner.clone().prop_map(|term| format!("({term})")),
            inner.prop_map(|term| format!("NOT ({term})")),
        ]
    })
}

fn macros() -> Macros {
    let mut macros = Macros::default();
    macros.insert(Macro::new("m", &[], "a | b \"`m`\" ```c```"));
    macros.insert(Macro::new("n", &["x", "y"], "$x$=\"$y$\" `m` $"));
    macros
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_a_parser_panic(text in soup()) {
        if let Ok(pipeline) = parse(&text) {
            let printed = print(&pipeline);
            let again = parse(&printed).unwrap_or_else(|error| panic!("{text:?} prints as {printed:?}: {error}"));
            prop_assert_eq!(bare(&again), bare(&pipeline));
        }
        if let Ok(expr) = parse_expr(&text) {
            let printed = print_expr(&expr);
            let again = parse_expr(&printed).unwrap_or_else(|error| panic!("{text:?} prints as {printed:?}: {error}"));
            prop_assert_eq!(bare(&again), bare(&expr));
        }
        if let Ok(expr) = parse_search_expr(&text) {
            let printed = print_search_expr(&expr);
            let again = parse_search_expr(&printed).unwrap_or_else(|error| panic!("{text:?} prints as {printed:?}: {error}"));
            prop_assert_eq!(bare(&again), bare(&expr));
        }
        for result in [parse(&text).err(), parse_expr(&text).err(), parse_search_expr(&text).err()] {
            prop_assert!(result.is_none_or(|error| !error.to_string().is_empty()));
        }
        let _ = Conf::parse(&text);
        match expand(&text, &macros(), &|_, _| Ok(Value::Null)) {
            Ok(expanded) => {
                for (at, _) in expanded.text.char_indices().chain([(expanded.text.len(), ' ')]) {
                    let origin = expanded.map.locate(spl_core::error::Span::new(at, at + 1));
                    prop_assert!(origin.span.end as usize <= origin.text.len());
                }
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn eval_expressions_print_back(text in expr()) {
        let expr = parse_expr(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let printed = print_expr(&expr);
        let again = parse_expr(&printed).unwrap_or_else(|error| panic!("{text} prints as {printed}: {error}"));
        prop_assert_eq!(bare(&again), bare(&expr));
    }

    #[test]
    fn search_expressions_print_back(text in search_expr()) {
        let expr = parse_search_expr(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let printed = print_search_expr(&expr);
        let again = parse_search_expr(&printed).unwrap_or_else(|error| panic!("{text} prints as {printed}: {error}"));
        prop_assert_eq!(bare(&again), bare(&expr));
    }
}
