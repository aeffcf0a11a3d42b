//! The functions of text.

use std::borrow::Cow;
use std::sync::Arc;

use super::Shape::{Measure, Prepared, Row, Text1};
use super::args::{Made, each, pattern, text, try_each, whole};
use super::spath;
use super::{Function, Ready};
use crate::json::Path;
use crate::pattern::Replacement;
use crate::table::Dictionary;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "len",
        aliases: &["length"],
        syntax: "len(<str>)",
        summary: "How many characters the text has.",
        examples: &[("len(\"zoë\")", "3"), ("len(\"\")", "0"), ("len(12.50)", "5")],
        shape: Measure(|text| characters(text) as f64, Dictionary::lengths),
        ..Function::BLANK
    },
    Function {
        name: "lower",
        syntax: "lower(<str>)",
        summary: "The text in lower case.",
        examples: &[("lower(\"ÀB1\")", "àb1")],
        excerpt: true,
        shape: Text1(|text| text.to_lowercase().into()),
        ..Function::BLANK
    },
    Function {
        name: "ltrim",
        syntax: "ltrim(<str>[,<trim_chars>])",
        summary: "The text without blanks, or any of the characters given, at its start.",
        examples: &[("ltrim(\"  a \")", "a "), ("ltrim(\"0012\",\"0\")", "12")],
        arity: (1, 2),
        excerpt: true,
        shape: Row(|args, _| trimmed(args, |text, set| text.trim_start_matches(set))),
        ..Function::BLANK
    },
    Function {
        name: "replace",
        syntax: "replace(<str>,<regex>,<replacement>)",
        summary: "The text with every match of the regular expression replaced; \\1 is the first group.",
        examples: &[
            ("replace(\"1/14/2017\",\"^(\\d+)/(\\d+)/\",\"\\2.\\1.\")", "14.1.2017"),
            ("replace(\"a.b\",\"\\.\",\"\")", "ab"),
        ],
        arity: (3, 3),
        shape: Prepared(|arguments| {
            let regex = pattern(arguments, 1)?;
            let replacement = Made::new(arguments, 2, |text, _| Ok(Replacement::parse(text)))?;
            if let (Some(regex), Some(replacement)) = (regex.literal(), replacement.literal()) {
                return Ok(Ready::Edit(Arc::new(move |text| regex.replace_all(text, &replacement))));
            }
            Ok(Ready::row(move |args, _| {
                let (Some(regex), Some(replacement)) = (regex.get(args.get(1)), replacement.get(args.get(2))) else {
                    return Ok(Value::Null);
                };
                try_each(&args[0], |value| {
                    let text = value.text();
                    Ok(match regex.replace_all(&text, &replacement)? {
                        Cow::Borrowed(_) => value.clone(),
                        Cow::Owned(replaced) => replaced.into(),
                    })
                })
            }))
        }),
        ..Function::BLANK
    },
    Function {
        name: "rtrim",
        syntax: "rtrim(<str>[,<trim_chars>])",
        summary: "The text without blanks, or any of the characters given, at its end.",
        examples: &[("rtrim(\"a  \").\"|\"", "a|"), ("rtrim(\"1.500\",\"0\")", "1.5")],
        arity: (1, 2),
        excerpt: true,
        shape: Row(|args, _| trimmed(args, |text, set| text.trim_end_matches(set))),
        ..Function::BLANK
    },
    Function {
        name: "spath",
        syntax: "spath(<value>,<path>)",
        summary: "What is at the path of a JSON or XML document.",
        examples: &[
            ("spath(\"{\\\"a\\\":{\\\"b\\\":[1.50,2]}}\",\"a.b{}\")", "1.50; 2"),
            ("spath(\"<a><b id='7'>x</b></a>\",\"a.b{@id}\")", "7"),
        ],
        arity: (2, 2),
        shape: Prepared(|arguments| {
            let path = Made::new(arguments, 1, |text, _| Ok(Path::parse(text)))?;
            Ok(Ready::row(move |args, _| {
                let Some(path) = path.get(args.get(1)) else { return Ok(Value::Null) };
                Ok(each(&args[0], |value| spath::extract(&value.text(), &path)))
            }))
        }),
        ..Function::BLANK
    },
    Function {
        name: "substr",
        syntax: "substr(<str>,<start>[,<length>])",
        summary: "A part of the text; the first character is 1, negative starts count from the end.",
        examples: &[("substr(\"abcdef\",2,3)", "bcd"), ("substr(\"abcdef\",-2)", "ef"), ("substr(\"ab\",5)", "")],
        arity: (2, 3),
        excerpt: true,
        shape: Row(|args, _| {
            let length = if args.len() > 2 { whole(args, 2) } else { Some(i64::MAX / 4) };
            let Some((start, length)) = whole(args, 1).zip(length) else { return Value::Null };
            each(&args[0], |value| Value::str(part(&value.text(), start, length)))
        }),
        ..Function::BLANK
    },
    Function {
        name: "trim",
        syntax: "trim(<str>[,<trim_chars>])",
        summary: "The text without blanks, or any of the characters given, at both ends.",
        examples: &[("trim(\" a b \")", "a b"), ("trim(\"(a)\",\"()\")", "a")],
        arity: (1, 2),
        excerpt: true,
        shape: Row(|args, _| trimmed(args, |text, set| text.trim_matches(set))),
        ..Function::BLANK
    },
    Function {
        name: "upper",
        syntax: "upper(<str>)",
        summary: "The text in upper case.",
        examples: &[("upper(\"àb1\")", "ÀB1")],
        excerpt: true,
        shape: Text1(|text| text.to_uppercase().into()),
        ..Function::BLANK
    },
    Function {
        name: "urldecode",
        syntax: "urldecode(<url>)",
        summary: "The text with its %-codes decoded.",
        examples: &[("urldecode(\"a%20b+c%C3%A9\")", "a b+cé"), ("urldecode(\"100%\")", "100%")],
        shape: Text1(|text| percent_decoded(text).into()),
        ..Function::BLANK
    },
];

/// `trim` of every value with the set of characters that the second argument has: spaces and tabs when there is none.
fn trimmed(args: &[Value], trim: for<'a> fn(&'a str, &[char]) -> &'a str) -> Value {
    let set: Option<Vec<char>> =
        if args.len() > 1 { text(args, 1).map(|set| set.chars().collect()) } else { Some(vec![' ', '\t']) };
    let Some(set) = set else { return Value::Null };
    each(&args[0], |value| {
        let text = value.text();
        let trimmed = trim(&text, &set);
        if trimmed.len() == text.len() { value.clone() } else { Value::str(trimmed) }
    })
}

/// `length` characters from the one at `start`. A negative length goes back, as in SQLite, whose function the page says this is; position 0 is
/// the first one, not the one before it: `substr(version, 0, 3)` is `4.2` of `4.2.17` to those who publish such searches.
fn part(text: &str, start: i64, length: i64) -> &str {
    let all = || text.chars().count() as i64;
    let (mut from, mut take) = (start, length.abs());
    if from < 0 {
        from += all();
        if from < 0 {
            take = (take + from).max(0);
            from = 0;
        }
    } else {
        from = (from - 1).max(0);
    }
    if length < 0 {
        from -= take;
        if from < 0 {
            take += from;
            from = 0;
        }
    }
    let mut boundaries = text.char_indices().map(|(at, _)| at);
    let Some(begin) = usize::try_from(from).ok().and_then(|from| boundaries.nth(from)) else { return "" };
    let end = match usize::try_from(take).unwrap_or(0) {
        0 => begin,
        take => boundaries.nth(take - 1).unwrap_or(text.len()),
    };
    &text[begin..end]
}

/// How many characters there are. Most texts are ASCII, and seeing that is quicker than counting.
fn characters(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
