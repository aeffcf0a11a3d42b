//! Statistics over the arguments of one row; each value of a multivalue counts.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::Shape::{Prepared, Row, Volatile};
use super::{Argument, Context, Function, Ready};
use crate::error::{Result, bail};
use crate::value::{Value, compare_auto};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "avg",
        syntax: "avg(<values>)",
        summary: "The mean of the numbers; what is no number is left out.",
        examples: &[("avg(1,2,6)", "3"), ("avg(split(\"2;3;x\",\";\"))", "2.5")],
        arity: (1, usize::MAX),
        shape: Prepared(|arguments| numbers("avg", arguments, |sum, count| sum / count)),
        ..Function::BLANK
    },
    Function {
        name: "max",
        syntax: "max(<values>)",
        summary: "The greatest value; text is greater than any number.",
        examples: &[("max(3,21,9)", "21"), ("max(3,\"a\",9)", "a")],
        arity: (1, usize::MAX),
        shape: Row(|args, _| best(args, |candidate, best| compare_auto(candidate.as_ref(), best.as_ref()).is_gt())),
        ..Function::BLANK
    },
    Function {
        name: "min",
        syntax: "min(<values>)",
        summary: "The least value; numbers are less than any text.",
        examples: &[("min(3,21,9)", "3"), ("min(\"b\",\"a\")", "a")],
        arity: (1, usize::MAX),
        shape: Row(|args, _| best(args, |candidate, best| compare_auto(candidate.as_ref(), best.as_ref()).is_lt())),
        ..Function::BLANK
    },
    Function {
        name: "random",
        syntax: "random()",
        summary: "A whole number from 0 up to 2147483647, another for each row.",
        examples: &[("if(random()<2147483648,\"y\",\"n\")", "y")],
        arity: (0, 0),
        shape: Volatile(|_, context| Value::Num(random(context))),
        ..Function::BLANK
    },
    Function {
        name: "sum",
        syntax: "sum(<values>)",
        summary: "The numbers added up; what is no number is left out.",
        examples: &[("sum(1,2.5,3)", "6.5"), ("sum(split(\"2;3;x\",\";\"),10)", "15")],
        arity: (1, usize::MAX),
        shape: Prepared(|arguments| numbers("sum", arguments, |sum, _| sum)),
        ..Function::BLANK
    },
];

/// `result` of the sum and count of all numbers; null when there are none. Quoted text among the arguments is an error.
fn numbers(name: &str, arguments: &[Argument], result: fn(f64, f64) -> f64) -> Result<Ready> {
    for argument in arguments {
        if argument.quoted {
            bail!(Argument, argument.span, "{name} adds numbers, and quoted text is none");
        }
    }
    Ok(Ready::row(move |args, _| {
        let (mut sum, mut count) = (0.0, 0.0);
        for n in args.iter().flat_map(Value::values).filter_map(Value::number) {
            sum += n;
            count += 1.0;
        }
        Ok(if count > 0.0 { result(sum, count).into() } else { Value::Null })
    }))
}

fn best(args: &[Value], better: fn(&Value, &Value) -> bool) -> Value {
    let all = args.iter().flat_map(Value::values);
    all.reduce(|best, candidate| if better(candidate, best) { candidate } else { best }).cloned().unwrap_or_default()
}

/// The next number of a sequence that starts from the search's own time.
fn random(context: &Context) -> f64 {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    let drawn = DRAWN.fetch_add(1, Relaxed);
    let mut x = context.now.to_bits().wrapping_add(drawn.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) >> 33) as f64
}
