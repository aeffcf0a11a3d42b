//! Angles in radians, and the hyperbolic functions. Outside of a function's domain there is `nan`.

use super::Function;
use super::Shape::{Num1, Num2};

/// A row of the table; they differ in little.
const fn row(
    name: &'static str,
    syntax: &'static str,
    summary: &'static str,
    examples: &'static [(&'static str, &'static str)],
    f: fn(f64) -> Option<f64>,
) -> Function {
    Function { name, syntax, summary, examples, shape: Num1(f), ..Function::BLANK }
}

pub(super) static FUNCTIONS: &[Function] = &[
    row("acos", "acos(<num>)", "The arc cosine.", &[("round(acos(0),4)", "1.5708")], |x| Some(x.acos())),
    row("acosh", "acosh(<num>)", "The inverse hyperbolic cosine.", &[("round(acosh(2),4)", "1.3170")], |x| {
        Some(x.acosh())
    }),
    row("asin", "asin(<num>)", "The arc sine.", &[("round(asin(1),4)", "1.5708")], |x| Some(x.asin())),
    row("asinh", "asinh(<num>)", "The inverse hyperbolic sine.", &[("round(asinh(1),4)", "0.8814")], |x| {
        Some(x.asinh())
    }),
    row("atan", "atan(<num>)", "The arc tangent.", &[("round(atan(1),4)", "0.7854")], |x| Some(x.atan())),
    Function {
        name: "atan2",
        syntax: "atan2(<y>,<x>)",
        summary: "The angle of the point (x, y).",
        examples: &[("round(atan2(1,0),4)", "1.5708")],
        arity: (2, 2),
        shape: Num2(|y, x| Some(y.atan2(x))),
        ..Function::BLANK
    },
    row("atanh", "atanh(<num>)", "The inverse hyperbolic tangent.", &[("round(atanh(0.5),4)", "0.5493")], |x| {
        Some(x.atanh())
    }),
    row("cos", "cos(<num>)", "The cosine.", &[("cos(0)", "1")], |x| Some(x.cos())),
    row("cosh", "cosh(<num>)", "The hyperbolic cosine.", &[("cosh(0)", "1")], |x| Some(x.cosh())),
    Function {
        name: "hypot",
        syntax: "hypot(<x>,<y>)",
        summary: "The length of the hypotenuse over two sides.",
        examples: &[("hypot(3,4)", "5")],
        arity: (2, 2),
        shape: Num2(|x, y| Some(x.hypot(y))),
        ..Function::BLANK
    },
    row("sin", "sin(<num>)", "The sine.", &[("round(sin(pi()/6),4)", "0.5000")], |x| Some(x.sin())),
    row("sinh", "sinh(<num>)", "The hyperbolic sine.", &[("sinh(0)", "0")], |x| Some(x.sinh())),
    row("tan", "tan(<num>)", "The tangent.", &[("round(tan(pi()/4),4)", "1.0000")], |x| Some(x.tan())),
    row("tanh", "tanh(<num>)", "The hyperbolic tangent.", &[("tanh(0)", "0")], |x| Some(x.tanh())),
];
