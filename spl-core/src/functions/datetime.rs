//! Times. The search's start and zone come with the context; nothing reads the clock.

use super::Shape::{Prepared, Row};
use super::args::{Made, each, number, text};
use super::{Function, Ready};
use crate::time::{RelativeTime, strftime, strptime};
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "now",
        syntax: "now()",
        summary: "The start of the search, in whole epoch seconds.",
        examples: &[("now()-now()", "0")],
        arity: (0, 0),
        shape: Row(|_, context| context.now.floor().into()),
        ..Function::BLANK
    },
    Function {
        name: "relative_time",
        syntax: "relative_time(<time>,<specifier>)",
        summary: "The time moved and snapped by a relative time such as -1d@d, in the search's zone.",
        examples: &[("relative_time(90061,\"@h-1m\")", "89940.000000")],
        arity: (2, 2),
        shape: Prepared(|arguments| {
            let specifier = Made::new(arguments, 1, |text, _| RelativeTime::parse(text))?;
            Ok(Ready::row(move |args, context| {
                Ok(match number(args, 0).zip(specifier.get(args.get(1))) {
                    Some((time, specifier)) => Value::Fixed(specifier.apply(time, context.zone), 6),
                    None => Value::Null,
                })
            }))
        }),
        ..Function::BLANK
    },
    Function {
        name: "strftime",
        syntax: "strftime(<time>,<format>)",
        summary: "The epoch time as text, in the search's zone.",
        examples: &[
            ("strftime(86400.25,\"%Y-%m-%d %H:%M:%S.%3N\")", "1970-01-02 00:00:00.250"),
            ("strftime(\"no time\",\"%F\")", "null"),
        ],
        arity: (2, 2),
        shape: Row(|args, context| {
            let Some(format) = text(args, 1) else { return Value::Null };
            each(&args[0], |time| time.number().and_then(|time| strftime(time, &format, context.zone)).into())
        }),
        ..Function::BLANK
    },
    Function {
        name: "strptime",
        syntax: "strptime(<str>,<format>)",
        summary: "The text read as a time by a format, in epoch seconds; nothing when it does not fit.",
        examples: &[
            ("strptime(\"02/01/1970 00:00\",\"%d/%m/%Y %H:%M\")", "86400.000000"),
            ("strptime(\"1970\",\"%m/%d\")", "null"),
        ],
        arity: (2, 2),
        shape: Row(|args, context| {
            let Some(format) = text(args, 1) else { return Value::Null };
            each(&args[0], |time| match strptime(&time.text(), &format, context.zone, context.now) {
                Some(epoch) => Value::Fixed(epoch, 6),
                None => Value::Null,
            })
        }),
        ..Function::BLANK
    },
    Function {
        name: "time",
        syntax: "time()",
        summary: "The time of evaluation with microseconds, which is the search's start here: results can be had again.",
        examples: &[("if(time()>=now(),\"y\",\"n\")", "y")],
        arity: (0, 0),
        shape: Row(|_, context| Value::Fixed(context.now, 6)),
        ..Function::BLANK
    },
];
