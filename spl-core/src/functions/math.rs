//! The mathematical functions. Statistics over a row's arguments are in `statistical`.

use super::Function;
use super::Shape::Num1;

pub(super) static FUNCTIONS: &[Function] = &[Function {
    name: "abs",
    syntax: "abs(<num>)",
    summary: "The number without its sign.",
    examples: &[("abs(-4.25)", "4.25"), ("abs(3)", "3"), ("abs(\"x\")", "null")],
    shape: Num1(|n| Some(n.abs())),
    ..Function::BLANK
}];
