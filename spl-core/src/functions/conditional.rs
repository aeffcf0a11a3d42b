//! The comparing functions that evaluate all their arguments. Those that choose among them are in `expr::special`.

use std::cmp::Ordering;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::Shape::Prepared;
use super::args::{Made, any, pattern};
use super::like::Like;
use super::{Function, Ready};
use crate::error::{Result, Span, bail};
use crate::value::{Value, compare_eval};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "cidrmatch",
        syntax: "cidrmatch(<cidr>,<ip>)",
        summary: "Whether the IPv4 or IPv6 address is in the subnet.",
        examples: &[
            ("if(cidrmatch(\"10.20.0.0/14\",\"10.23.255.1\"),\"in\",\"out\")", "in"),
            ("if(cidrmatch(\"fe80::/10\",\"10.1.1.1\"),\"in\",\"out\")", "out"),
        ],
        arity: (2, 2),
        boolean: true,
        shape: Prepared(|arguments| {
            let subnet = Made::new(arguments, 0, Subnet::parse)?;
            Ok(Ready::row(move |args, _| match subnet.get(args.first()) {
                Some(subnet) => any(&args[1], |ip| Ok(subnet.contains(ip))),
                None if args[0].is_null() || args[1].is_null() => Ok(Value::Null),
                None => Ok(Value::Bool(false)),
            }))
        }),
        ..Function::BLANK
    },
    Function {
        name: "like",
        syntax: "like(<str>,<pattern>)",
        summary: "Whether all of the text matches a pattern in which % is any text and _ one character.",
        examples: &[
            ("if(like(\"winword.exe\",\"win%.e_e\"),\"y\",\"n\")", "y"),
            ("if(like(\"winword.exe\",\"WIN%\"),\"y\",\"n\")", "n"),
        ],
        arity: (2, 2),
        boolean: true,
        shape: Prepared(|arguments| {
            let like = Made::new(arguments, 1, |pattern, _| Ok(Like::new(pattern)))?;
            if let Some(like) = like.literal() {
                return Ok(Ready::Test(Arc::new(move |text| Ok(like.matches(text)))));
            }
            Ok(Ready::row(move |args, _| match like.get(args.get(1)) {
                Some(like) => any(&args[0], |text| Ok(like.matches(text))),
                None => Ok(Value::Null),
            }))
        }),
        ..Function::BLANK
    },
    Function {
        name: "match",
        syntax: "match(<str>,<regex>)",
        summary: "Whether the regular expression matches anywhere in the text; of a multivalue, in any of its values.",
        examples: &[
            ("if(match(\"port 8443\",\"\\d{4}$\"),\"y\",\"n\")", "y"),
            ("if(match(\"ABC\",\"(?i)b\"),\"y\",\"n\")", "y"),
        ],
        arity: (2, 2),
        boolean: true,
        shape: Prepared(|arguments| {
            let regex = pattern(arguments, 1)?;
            if let Some(regex) = regex.literal() {
                return Ok(Ready::Test(Arc::new(move |text| regex.is_match(text))));
            }
            Ok(Ready::row(move |args, _| match regex.get(args.get(1)) {
                Some(regex) => any(&args[0], |text| regex.is_match(text)),
                None => Ok(Value::Null),
            }))
        }),
        ..Function::BLANK
    },
    Function {
        name: "nullif",
        syntax: "nullif(<a>,<b>)",
        summary: "Nothing when both are equal, else the first.",
        examples: &[("nullif(\"a\",\"a\")", "null"), ("nullif(\"a\",\"b\")", "a"), ("nullif(1,1.0)", "null")],
        arity: (2, 2),
        shape: Prepared(|arguments| {
            let quoted: Vec<bool> = arguments.iter().map(|argument| argument.quoted).collect();
            Ok(Ready::row(move |args, _| {
                let equal = compare_eval(args[0].as_ref(), quoted[0], args[1].as_ref(), quoted[1]);
                Ok(if equal == Some(Ordering::Equal) { Value::Null } else { args[0].clone() })
            }))
        }),
        ..Function::BLANK
    },
];

/// An IPv4 or IPv6 subnet.
struct Subnet {
    address: IpAddr,
    prefix: u32,
}

impl Subnet {
    /// Reads `address/prefix`; without a prefix the subnet is one address. IPv4 may leave out trailing zeros: `10/8`.
    fn parse(text: &str, span: Span) -> Result<Subnet> {
        let trimmed = text.trim();
        let (address, prefix) = match trimmed.split_once('/') {
            Some((address, prefix)) => (address.trim(), prefix.trim().parse::<u32>().ok()),
            None => (trimmed, Some(128)),
        };
        let address = if address.contains(':') {
            address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
        } else {
            let dots = address.matches('.').count();
            let short = trimmed.contains('/') && dots < 3 && !address.is_empty();
            let full = if short { format!("{address}{}", ".0".repeat(3 - dots)) } else { address.to_owned() };
            full.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
        };
        let Some((address, prefix)) = address.zip(prefix) else {
            bail!(Argument, span, "`{text}` is no subnet such as `10.0.0.0/8`");
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        if prefix > most && trimmed.contains('/') {
            bail!(Argument, span, "the prefix of subnet `{text}` is longer than {most} bits");
        }
        Ok(Subnet { address, prefix: prefix.min(most) })
    }

    fn contains(&self, text: &str) -> bool {
        let shifted = |bits: u128, width: u32| if self.prefix == 0 { 0 } else { bits >> (width - self.prefix) };
        match (self.address, text.trim().parse::<IpAddr>()) {
            (IpAddr::V4(subnet), Ok(IpAddr::V4(ip))) => {
                shifted(subnet.to_bits().into(), 32) == shifted(ip.to_bits().into(), 32)
            }
            (IpAddr::V6(subnet), Ok(IpAddr::V6(ip))) => shifted(subnet.to_bits(), 128) == shifted(ip.to_bits(), 128),
            _ => false,
        }
    }
}
