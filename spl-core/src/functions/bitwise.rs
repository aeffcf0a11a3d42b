//! Bits of whole numbers from 0 up to 2^53-1; anything else gives null.

use super::Function;
use super::Shape::{Num2, Row};
use super::args::number;
use crate::value::Value;

const MASK: u64 = (1 << 53) - 1;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "bit_and",
        syntax: "bit_and(<values>)",
        summary: "The bits that are set in all numbers.",
        examples: &[("bit_and(13,11)", "9"), ("bit_and(7,-1)", "null")],
        arity: (2, usize::MAX),
        shape: Row(|args, _| fold(args, |a, b| a & b)),
        ..Function::BLANK
    },
    Function {
        name: "bit_not",
        syntax: "bit_not(<value>[,<mask>])",
        summary: "The other bits, of 53 or of those in the mask.",
        examples: &[("bit_not(9,15)", "6"), ("bit_not(0)", "9007199254740991")],
        arity: (1, 2),
        shape: Row(|args, _| {
            let mask = if args.len() > 1 { number(args, 1).and_then(bits) } else { Some(MASK) };
            let value = number(args, 0).and_then(bits);
            value.zip(mask).map(|(value, mask)| (!value & mask) as f64).into()
        }),
        ..Function::BLANK
    },
    Function {
        name: "bit_or",
        syntax: "bit_or(<values>)",
        summary: "The bits that are set in any of the numbers.",
        examples: &[("bit_or(4,2,16)", "22")],
        arity: (2, usize::MAX),
        shape: Row(|args, _| fold(args, |a, b| a | b)),
        ..Function::BLANK
    },
    Function {
        name: "bit_shift_left",
        syntax: "bit_shift_left(<value>,<shift>)",
        summary: "The bits moved up; what leaves the 53 bits is lost.",
        examples: &[("bit_shift_left(3,4)", "48"), ("bit_shift_left(1,60)", "0")],
        arity: (2, 2),
        shape: Num2(|value, shift| shifted(value, shift, |value, shift| (value << shift) & MASK)),
        ..Function::BLANK
    },
    Function {
        name: "bit_shift_right",
        syntax: "bit_shift_right(<value>,<shift>)",
        summary: "The bits moved down.",
        examples: &[("bit_shift_right(48,4)", "3")],
        arity: (2, 2),
        shape: Num2(|value, shift| shifted(value, shift, |value, shift| value >> shift)),
        ..Function::BLANK
    },
    Function {
        name: "bit_xor",
        syntax: "bit_xor(<values>)",
        summary: "The bits that are set in an odd count of the numbers.",
        examples: &[("bit_xor(12,10)", "6")],
        arity: (2, usize::MAX),
        shape: Row(|args, _| fold(args, |a, b| a ^ b)),
        ..Function::BLANK
    },
];

fn bits(n: f64) -> Option<u64> {
    (n.fract() == 0.0 && (0.0..=MASK as f64).contains(&n)).then_some(n as u64)
}

fn fold(args: &[Value], f: fn(u64, u64) -> u64) -> Value {
    let bits: Option<Vec<u64>> = args.iter().map(|value| value.number().and_then(bits)).collect();
    bits.and_then(|bits| bits.into_iter().reduce(f)).map(|n| n as f64).into()
}

fn shifted(value: f64, shift: f64, f: fn(u64, u64) -> u64) -> Option<f64> {
    let (value, shift) = (bits(value)?, bits(shift)?);
    Some(if shift > 53 { 0.0 } else { f(value, shift) as f64 })
}
