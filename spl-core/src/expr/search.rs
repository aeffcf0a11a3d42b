//! The `search` command's expressions, bound: [`SearchPredicate`]. Two-valued logic: a missing field fails a test, and `NOT` turns that
//! into a match.

use std::net::IpAddr;

use super::term::Term;
use super::wildcard::Wildcard;
use crate::error::{Result, bail};
use crate::syntax::ast::{CompareOp, SearchExpr, SearchExprKind, SearchValue, TermForm};
use crate::table::{FieldName, field_name};
use crate::value::{ValueRef, parse_number};

/// A search expression, ready to be asked.
#[derive(Clone, Debug)]
pub enum SearchPredicate {
    /// The same for every event.
    Always(bool),
    /// All of them; cheap ones first.
    And(Vec<SearchPredicate>),
    /// Any of them.
    Or(Vec<SearchPredicate>),
    /// Not this.
    Not(Box<SearchPredicate>),
    /// A test of one field's values.
    Field(FieldName, FieldTest),
    /// A keyword or phrase in `_raw`.
    Term(Term),
}

/// What a field's value must fulfil; the field must exist.
#[derive(Clone, Debug)]
pub enum FieldTest {
    /// Any value.
    Exists,
    /// Equal, wildcards allowed.
    Matches(Wildcard),
    /// Equal to one of these texts (lower case, sorted).
    OneOf(Vec<String>),
    /// An address in the network, or the same text.
    Network(Network, Wildcard),
    /// `<`, `<=`, `>`, `>=`: as numbers when both are, else as text.
    Order(CompareOp, String, Option<f64>),
    /// Some value does not match.
    Differs(Box<FieldTest>),
    /// At least one of these, none of which is of this kind.
    Any(Vec<FieldTest>),
}

/// An IPv4 or IPv6 network.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// From `10.0.0.0/8` or `fe80::/10`.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, bits) = text.split_once('/')?;
        let (address, bits): (IpAddr, u8) = (address.parse().ok()?, bits.parse().ok()?);
        (bits <= if address.is_ipv4() { 32 } else { 128 }).then_some(Network { address, bits })
    }

    /// Whether the text is an address in it.
    pub fn contains(&self, text: &str) -> bool {
        match (self.address, text.trim().parse()) {
            (IpAddr::V4(net), Ok(IpAddr::V4(ip))) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                u32::from(net) & mask == u32::from(ip) & mask
            }
            (IpAddr::V6(net), Ok(IpAddr::V6(ip))) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                u128::from(net) & mask == u128::from(ip) & mask
            }
            _ => false,
        }
    }
}

impl SearchPredicate {
    /// Binds a syntax tree whose macros, subsearches and time modifiers have been dealt with.
    pub fn bind(expr: &SearchExpr) -> Result<SearchPredicate> {
        Ok(match &expr.kind {
            SearchExprKind::All => SearchPredicate::Always(true),
            SearchExprKind::And(parts) => {
                SearchPredicate::all(parts.iter().map(SearchPredicate::bind).collect::<Result<Vec<_>>>()?)
            }
            SearchExprKind::Or(parts) => {
                SearchPredicate::any(parts.iter().map(SearchPredicate::bind).collect::<Result<Vec<_>>>()?)
            }
            SearchExprKind::Not(inner) => match SearchPredicate::bind(inner)? {
                SearchPredicate::Always(value) => SearchPredicate::Always(!value),
                SearchPredicate::Not(inner) => *inner,
                inner => SearchPredicate::Not(Box::new(inner)),
            },
            SearchExprKind::Compare { field, op, value } => {
                known(value)?;
                SearchPredicate::Field(field_name(field), FieldTest::compare(*op, value))
            }
            SearchExprKind::In { field, values } => {
                values.iter().try_for_each(known)?;
                let tests = values.iter().map(|value| {
                    SearchPredicate::Field(field_name(field), FieldTest::compare(CompareOp::Equal, value))
                });
                SearchPredicate::any(tests.collect())
            }
            SearchExprKind::Term(value) => {
                Term::new(value).map_or(SearchPredicate::Always(true), SearchPredicate::Term)
            }
            SearchExprKind::Modifier { name, .. } => {
                bail!(Argument, expr.span, "`{name}` cannot stand here"; hint: "time modifiers belong to a search command")
            }
            SearchExprKind::Subsearch(_) => bail!(Unsupported, expr.span, "a subsearch cannot stand here"),
            SearchExprKind::Macro(m) => bail!(Macro, m.span, "macro `{}` is not expanded", m.name),
        })
    }

    /// All of them.
    pub fn all(parts: Vec<SearchPredicate>) -> SearchPredicate {
        let mut flat: Vec<SearchPredicate> = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                SearchPredicate::Always(true) => {}
                SearchPredicate::Always(false) => return SearchPredicate::Always(false),
                SearchPredicate::And(inner) => flat.extend(inner),
                part => flat.push(part),
            }
        }
        flat.sort_by_key(SearchPredicate::cost);
        match flat.len() {
            0 => SearchPredicate::Always(true),
            1 => flat.remove(0),
            _ => SearchPredicate::And(flat),
        }
    }

    /// Any of them; tests of the same field become one.
    pub fn any(parts: Vec<SearchPredicate>) -> SearchPredicate {
        let mut flat: Vec<SearchPredicate> = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                SearchPredicate::Always(false) => {}
                SearchPredicate::Always(true) => return SearchPredicate::Always(true),
                SearchPredicate::Or(inner) => inner.into_iter().for_each(|part| part.add_to(&mut flat)),
                part => part.add_to(&mut flat),
            }
        }
        match flat.len() {
            0 => SearchPredicate::Always(false),
            1 => flat.remove(0),
            _ => {
                flat.sort_by_key(SearchPredicate::cost);
                SearchPredicate::Or(flat)
            }
        }
    }

    /// Puts it among others of which any is to hold: if it is a test, into that of the same field.
    fn add_to(self, flat: &mut Vec<SearchPredicate>) {
        let SearchPredicate::Field(field, test) = self else { return flat.push(self) };
        let same = flat.iter_mut().find_map(|other| match other {
            SearchPredicate::Field(name, known) if *name == field => Some(known),
            _ => None,
        });
        match same {
            Some(known) => known.or(test),
            None => flat.push(SearchPredicate::Field(field, test)),
        }
    }

    /// A rough price of asking it of a row.
    fn cost(&self) -> u32 {
        match self {
            SearchPredicate::Always(_) => 0,
            SearchPredicate::Field(_, test) => test.cost(),
            SearchPredicate::Term(_) => 1_000,
            SearchPredicate::Not(inner) => inner.cost(),
            SearchPredicate::And(parts) | SearchPredicate::Or(parts) => parts.iter().map(SearchPredicate::cost).sum(),
        }
    }

    /// The fields it reads, `_raw` for keywords; may name one more than once.
    pub fn fields(&self) -> Vec<FieldName> {
        match self {
            SearchPredicate::Always(_) => Vec::new(),
            SearchPredicate::Field(name, _) => vec![name.clone()],
            SearchPredicate::Term(_) => vec![field_name("_raw")],
            SearchPredicate::Not(inner) => inner.fields(),
            SearchPredicate::And(parts) | SearchPredicate::Or(parts) => {
                parts.iter().flat_map(SearchPredicate::fields).collect()
            }
        }
    }

    /// The same with fields read under other names.
    #[must_use]
    pub fn renamed(&self, rename: &dyn Fn(&FieldName) -> FieldName) -> SearchPredicate {
        let all = |parts: &[SearchPredicate]| parts.iter().map(|p| p.renamed(rename)).collect();
        match self {
            SearchPredicate::Field(name, test) => SearchPredicate::Field(rename(name), test.clone()),
            SearchPredicate::Not(inner) => SearchPredicate::Not(Box::new(inner.renamed(rename))),
            SearchPredicate::And(parts) => SearchPredicate::And(all(parts)),
            SearchPredicate::Or(parts) => SearchPredicate::Or(all(parts)),
            SearchPredicate::Always(_) | SearchPredicate::Term(_) => self.clone(),
        }
    }

    /// Texts (lower case) that every matching event holds: one of each group. `is_raw` says of which fields the value stands in the
    /// event's text as it is.
    pub fn literals(&self, is_raw: &dyn Fn(&str, &FieldTest) -> bool) -> Vec<Vec<String>> {
        let of_test = |name: &FieldName, test: &FieldTest| match is_raw(name, test) {
            true => test.literals().into_iter().map(|l| vec![l]).collect(),
            false => Vec::new(),
        };
        match self {
            SearchPredicate::And(parts) => parts.iter().flat_map(|p| p.literals(is_raw)).collect(),
            SearchPredicate::Or(parts) => best_of_each(parts.iter().map(|part| part.literals(is_raw))),
            SearchPredicate::Field(name, FieldTest::Any(tests)) => {
                best_of_each(tests.iter().map(|test| of_test(name, test)))
            }
            SearchPredicate::Field(name, test) => of_test(name, test),
            SearchPredicate::Term(term) if !term.literal.is_empty() => vec![vec![term.literal.clone()]],
            _ => Vec::new(),
        }
    }
}

/// One group of literals for branches of which any may hold: the best of each. A branch without any makes the whole useless.
fn best_of_each(branches: impl Iterator<Item = Vec<Vec<String>>>) -> Vec<Vec<String>> {
    let best = |groups: Vec<Vec<String>>| groups.into_iter().max_by_key(|g| g.iter().map(String::len).min());
    branches.map(best).collect::<Option<Vec<_>>>().map_or(Vec::new(), |best| vec![best.concat()])
}

/// Fails for a value whose text is not there yet.
fn known(value: &SearchValue) -> Result<()> {
    match &value.form {
        TermForm::Macro(m) => bail!(Macro, m.span, "macro `{}` is not expanded", m.name),
        TermForm::Subsearch(pipeline) => bail!(Unsupported, pipeline.span, "a subsearch cannot stand here"),
        TermForm::Plain | TermForm::Term | TermForm::Case => Ok(()),
    }
}

impl FieldTest {
    /// `field op value`.
    pub fn compare(op: CompareOp, value: &SearchValue) -> FieldTest {
        let text = &value.text;
        match op {
            CompareOp::Equal if !text.is_empty() && text.bytes().all(|b| b == b'*') => FieldTest::Exists,
            CompareOp::Equal if value.form == TermForm::Case => FieldTest::Matches(Wildcard::new(text, false)),
            CompareOp::Equal => match Network::parse(text) {
                Some(network) => FieldTest::Network(network, Wildcard::new(text, true)),
                None if text.contains('*') => FieldTest::Matches(Wildcard::new(text, true)),
                None => FieldTest::OneOf(vec![text.to_lowercase()]),
            },
            CompareOp::NotEqual => FieldTest::Differs(Box::new(FieldTest::compare(CompareOp::Equal, value))),
            _ => FieldTest::Order(op, text.clone(), parse_number(text)),
        }
    }

    /// Makes it accept what the other does as well.
    fn or(&mut self, other: FieldTest) {
        match (self, other) {
            (FieldTest::Any(tests), FieldTest::Any(others)) => {
                others.into_iter().for_each(|other| FieldTest::add_to(other, tests));
            }
            (FieldTest::Any(tests), other) => other.add_to(tests),
            (FieldTest::OneOf(known), FieldTest::OneOf(texts)) => {
                known.extend(texts);
                known.sort_unstable();
                known.dedup();
            }
            (own, other) => {
                let mut tests = vec![std::mem::replace(own, FieldTest::Exists)];
                match other {
                    FieldTest::Any(others) => others.into_iter().for_each(|other| other.add_to(&mut tests)),
                    other => tests.push(other),
                }
                *own = FieldTest::Any(tests);
            }
        }
    }

    /// Puts it among others of which any is to pass; equalities become one test.
    fn add_to(self, tests: &mut Vec<FieldTest>) {
        match (&self, tests.iter_mut().find(|test| matches!(test, FieldTest::OneOf(_)))) {
            (FieldTest::OneOf(_), Some(known)) => known.or(self),
            _ => tests.push(self),
        }
    }

    fn cost(&self) -> u32 {
        match self {
            FieldTest::Exists => 0,
            FieldTest::Any(tests) => tests.iter().map(FieldTest::cost).sum(),
            FieldTest::OneOf(texts) => 1 + texts.len() as u32,
            FieldTest::Matches(w) => {
                if w.is_literal() {
                    1
                } else {
                    10
                }
            }
            FieldTest::Network(..) | FieldTest::Order(..) => 5,
            FieldTest::Differs(inner) => inner.cost(),
        }
    }

    /// Whether a field with this value passes.
    pub fn accepts(&self, value: ValueRef<'_>) -> bool {
        match (self, value) {
            (_, ValueRef::Null) => false,
            (FieldTest::Any(tests), value) => tests.iter().any(|test| test.accepts(value)),
            (FieldTest::Differs(inner), ValueRef::Multi(values)) => values.iter().any(|v| !inner.accepts(v)),
            (FieldTest::Differs(inner), single) => !inner.accepts(single),
            (test, ValueRef::Multi(values)) => values.iter().any(|v| test.accepts(v)),
            (FieldTest::Exists, _) => true,
            (FieldTest::Order(op, _, Some(limit)), single) if single.number().is_some() => {
                let n = single.number().unwrap_or(f64::NAN);
                match op {
                    CompareOp::Less => n < *limit,
                    CompareOp::LessEqual => n <= *limit,
                    CompareOp::Greater => n > *limit,
                    _ => n >= *limit,
                }
            }
            (test, single) => test.accepts_text(&single.text()),
        }
    }

    /// As `accepts`, of a text.
    pub(super) fn accepts_text(&self, text: &str) -> bool {
        match self {
            FieldTest::Exists => true,
            FieldTest::Matches(wildcard) => wildcard.matches(text),
            FieldTest::OneOf(texts) => match &texts[..] {
                [only] if only.is_ascii() => only.eq_ignore_ascii_case(text),
                _ => texts.binary_search(&text.to_lowercase()).is_ok(),
            },
            FieldTest::Network(network, wildcard) => network.contains(text) || wildcard.matches(text),
            FieldTest::Order(op, limit, number) => {
                if let (Some(_), Some(n)) = (number, parse_number(text)) {
                    return self.accepts(ValueRef::Num(n));
                }
                match op {
                    CompareOp::Less => text < limit.as_str(),
                    CompareOp::LessEqual => text <= limit.as_str(),
                    CompareOp::Greater => text > limit.as_str(),
                    _ => text >= limit.as_str(),
                }
            }
            FieldTest::Differs(inner) => !inner.accepts_text(text),
            FieldTest::Any(tests) => tests.iter().any(|test| test.accepts_text(text)),
        }
    }

    fn literals(&self) -> Vec<String> {
        match self {
            FieldTest::Matches(w) => w.literals().map(|l| String::from_utf8_lossy(l).to_lowercase()).collect(),
            FieldTest::OneOf(texts) if texts.len() == 1 => texts.clone(),
            _ => Vec::new(),
        }
    }
}

impl std::fmt::Display for FieldTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FieldTest::Exists => f.write_str("=*"),
            FieldTest::Matches(wildcard) | FieldTest::Network(_, wildcard) => write!(f, "=\"{}\"", wildcard.pattern()),
            FieldTest::OneOf(texts) => match &texts[..] {
                [only] => write!(f, "=\"{only}\""),
                many => write!(f, " IN ({})", many.iter().map(|t| format!("\"{t}\"")).collect::<Vec<_>>().join(", ")),
            },
            FieldTest::Order(op, limit, _) => {
                let op = match op {
                    CompareOp::Less => "<",
                    CompareOp::LessEqual => "<=",
                    CompareOp::Greater => ">",
                    _ => ">=",
                };
                write!(f, "{op}\"{limit}\"")
            }
            FieldTest::Differs(inner) => write!(f, "!{inner}"),
            FieldTest::Any(tests) => {
                write!(f, "({})", tests.iter().map(ToString::to_string).collect::<Vec<_>>().join(" OR "))
            }
        }
    }
}
