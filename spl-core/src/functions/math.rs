//! The mathematical functions. Statistics over a row's arguments are in `statistical`; `sigfig` needs the digits of its operands and is in
//! `expr`.

use super::Function;
use super::Shape::{Num1, Num2, Row};
use super::args::number;
use crate::value::{Value, round_decimal};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "abs",
        syntax: "abs(<num>)",
        summary: "The number without its sign.",
        examples: &[("abs(-4.25)", "4.25"), ("abs(3)", "3"), ("abs(\"x\")", "null")],
        shape: Num1(|n| Some(n.abs())),
        ..Function::BLANK
    },
    Function {
        name: "ceiling",
        aliases: &["ceil"],
        syntax: "ceiling(<num>)",
        summary: "The smallest whole number that is not less.",
        examples: &[("ceiling(2.1)", "3"), ("ceil(-2.9)", "-2")],
        shape: Num1(|n| Some(n.ceil())),
        ..Function::BLANK
    },
    Function {
        name: "exact",
        syntax: "exact(<num>)",
        summary: "The number with all the digits it has, which is how numbers print here.",
        examples: &[("exact(1/3)", "0.3333333333333333")],
        shape: Num1(Some),
        ..Function::BLANK
    },
    Function {
        name: "exp",
        syntax: "exp(<num>)",
        summary: "The power of e.",
        examples: &[("round(exp(1),4)", "2.7183")],
        shape: Num1(|n| Some(n.exp())),
        ..Function::BLANK
    },
    Function {
        name: "floor",
        syntax: "floor(<num>)",
        summary: "The greatest whole number that is not greater.",
        examples: &[("floor(2.9)", "2"), ("floor(-2.1)", "-3")],
        shape: Num1(|n| Some(n.floor())),
        ..Function::BLANK
    },
    Function {
        name: "ln",
        syntax: "ln(<num>)",
        summary: "The natural logarithm.",
        examples: &[("round(ln(10),4)", "2.3026")],
        shape: Num1(|n| Some(n.ln())),
        ..Function::BLANK
    },
    Function {
        name: "log",
        syntax: "log(<num>[,<base>])",
        summary: "The logarithm, to base 10 unless another is given.",
        examples: &[("log(1000)", "3"), ("log(125,5)", "3")],
        arity: (1, 2),
        shape: Row(|args, _| {
            let base = if args.len() > 1 { number(args, 1) } else { Some(10.0) };
            number(args, 0).zip(base).map(|(n, base)| logarithm(n, base)).into()
        }),
        ..Function::BLANK
    },
    Function {
        name: "pi",
        syntax: "pi()",
        summary: "The ratio of a circle's circumference to its diameter.",
        examples: &[("round(pi(),5)", "3.14159")],
        arity: (0, 0),
        shape: Row(|_, _| std::f64::consts::PI.into()),
        ..Function::BLANK
    },
    Function {
        name: "pow",
        syntax: "pow(<num>,<exp>)",
        summary: "The number raised to a power.",
        examples: &[("pow(2,10)", "1024"), ("pow(9,0.5)", "3")],
        arity: (2, 2),
        shape: Num2(|n, exponent| Some(n.powf(exponent))),
        ..Function::BLANK
    },
    Function {
        name: "round",
        syntax: "round(<num>[,<precision>])",
        summary: "The number rounded half away from zero, shown with exactly as many decimals as asked for, or as a whole number.",
        examples: &[("round(2.345,2)", "2.35"), ("round(3,2)", "3.00"), ("round(-2.5)", "-3")],
        arity: (1, 2),
        shape: Row(|args, _| {
            let Some(n) = number(args, 0) else { return Value::Null };
            if args.len() < 2 {
                return round_decimal(n, 0).into();
            }
            match number(args, 1) {
                // More digits than a double has would show its binary noise.
                Some(precision) if precision >= 0.0 => {
                    let decimals = precision.min(20.0) as u8;
                    Value::Fixed(round_decimal(n, decimals), decimals)
                }
                _ => Value::Null,
            }
        }),
        ..Function::BLANK
    },
    Function {
        name: "sqrt",
        syntax: "sqrt(<num>)",
        summary: "The square root.",
        examples: &[("sqrt(6.25)", "2.5")],
        shape: Num1(|n| Some(n.sqrt())),
        ..Function::BLANK
    },
];

/// Exact where the result is a whole number, which a quotient of logarithms misses by a hair.
fn logarithm(n: f64, base: f64) -> f64 {
    let log = match base {
        10.0 => n.log10(),
        2.0 => n.log2(),
        base => n.ln() / base.ln(),
    };
    let nearest = log.round();
    if (log - nearest).abs() < 1e-9 && base.powf(nearest) == n { nearest } else { log }
}
