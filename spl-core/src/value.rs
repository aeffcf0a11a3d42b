//! One value of SPL: [`Value`], its borrowed form [`ValueRef`], and the rules of comparison, coercion and number text.
//!
//! These rules live here and nowhere else; commands and functions ask. Source of each rule: `Search Reference, Evaluation
//! functions` and `Usage of sort`, in our reading.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write;
use std::sync::Arc;

use crate::table::MultiRef;

/// A value as a cell of a table holds it.
///
/// ```
/// use spl_core::value::Value;
///
/// assert_eq!(Value::str("0x1A").number(), None);
/// assert_eq!(Value::str("12.50").number(), Some(12.5));
/// assert_eq!(Value::Num(4.0).text(), "4");
/// assert_eq!(Value::Fixed(7.1, 2).text(), "7.10");
/// assert_eq!(Value::multi([Value::str("a"), Value::Null]), Value::str("a"));
/// ```
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// No value: the field is missing.
    #[default]
    Null,
    /// Only inside expressions; never stored in a field by a search.
    Bool(bool),
    /// A number whose text is the shortest that reads back the same.
    Num(f64),
    /// A number that prints this many decimals: `round(x, 2)`, `strptime()`, the literal `7.0`.
    Fixed(f64, u8),
    /// Text.
    Str(Arc<str>),
    /// Two or more values; never holds `Null` or `Multi`.
    Multi(Arc<[Value]>),
}

/// A value borrowed from a column.
#[derive(Clone, Copy, Debug)]
pub enum ValueRef<'a> {
    /// No value.
    Null,
    /// Only inside expressions.
    Bool(bool),
    /// A number, shortest text.
    Num(f64),
    /// A number with fixed decimals.
    Fixed(f64, u8),
    /// Text.
    Str(&'a str),
    /// Two or more values.
    Multi(MultiRef<'a>),
}

impl Value {
    /// Text as a value.
    pub fn str(text: impl AsRef<str>) -> Value {
        Value::Str(Arc::from(text.as_ref()))
    }

    /// Several values: none is [`Value::Null`], one is itself. Nulls are left out, multivalues are flattened.
    pub fn multi(values: impl IntoIterator<Item = Value>) -> Value {
        let mut flat = Vec::new();
        for value in values {
            match value {
                Value::Null => {}
                Value::Multi(inner) => flat.extend(inner.iter().cloned()),
                value => flat.push(value),
            }
        }
        match flat.len() {
            0 => Value::Null,
            1 => flat.remove(0),
            _ => Value::Multi(flat.into()),
        }
    }

    /// The borrowed form.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Value::Null => ValueRef::Null,
            Value::Bool(b) => ValueRef::Bool(*b),
            Value::Num(n) => ValueRef::Num(*n),
            Value::Fixed(n, decimals) => ValueRef::Fixed(*n, *decimals),
            Value::Str(text) => ValueRef::Str(text),
            Value::Multi(values) => ValueRef::Multi(MultiRef::Slice(values)),
        }
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The values of it: none for null, one for a single value.
    pub fn values(&self) -> &[Value] {
        match self {
            Value::Null => &[],
            Value::Multi(values) => values,
            single => std::slice::from_ref(single),
        }
    }

    /// The value as a number: numbers, and text that looks like one. Multivalues and booleans are not numbers.
    pub fn number(&self) -> Option<f64> {
        self.as_ref().number()
    }

    /// The text that SPL shows. Null is empty; a multivalue is joined by newlines.
    pub fn text(&self) -> Cow<'_, str> {
        self.as_ref().text()
    }
}

impl From<f64> for Value {
    fn from(n: f64) -> Self {
        Value::Num(n)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::str(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Str(text.into())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl<'a> ValueRef<'a> {
    /// The owned form.
    pub fn to_value(self) -> Value {
        match self {
            ValueRef::Null => Value::Null,
            ValueRef::Bool(b) => Value::Bool(b),
            ValueRef::Num(n) => Value::Num(n),
            ValueRef::Fixed(n, decimals) => Value::Fixed(n, decimals),
            ValueRef::Str(text) => Value::str(text),
            ValueRef::Multi(values) => Value::multi(values.iter().map(ValueRef::to_value)),
        }
    }

    /// Whether there is no value.
    pub fn is_null(self) -> bool {
        matches!(self, ValueRef::Null)
    }

    /// As [`Value::number`].
    pub fn number(self) -> Option<f64> {
        match self {
            ValueRef::Num(n) | ValueRef::Fixed(n, _) => Some(n),
            ValueRef::Str(text) => parse_number(text),
            _ => None,
        }
    }

    /// As [`Value::text`].
    pub fn text(self) -> Cow<'a, str> {
        match self {
            ValueRef::Null => Cow::Borrowed(""),
            ValueRef::Bool(b) => Cow::Borrowed(if b { "True" } else { "False" }),
            ValueRef::Num(n) => Cow::Owned(number_text(n)),
            ValueRef::Fixed(n, decimals) => Cow::Owned(fixed_text(n, decimals)),
            ValueRef::Str(text) => Cow::Borrowed(text),
            ValueRef::Multi(values) => {
                let mut joined = String::new();
                for (i, value) in values.iter().enumerate() {
                    if i > 0 {
                        joined.push('\n');
                    }
                    joined.push_str(&value.text());
                }
                Cow::Owned(joined)
            }
        }
    }

    /// Appends [`ValueRef::text`] without making a text of its own where it can.
    pub fn write_text(self, out: &mut String) {
        match self {
            ValueRef::Str(text) => out.push_str(text),
            ValueRef::Num(n) => write_number(out, n),
            other => out.push_str(&other.text()),
        }
    }

    /// Calls `each` with every value: not at all for null, once for a single value.
    pub fn for_each(self, mut each: impl FnMut(ValueRef<'a>)) {
        match self {
            ValueRef::Null => {}
            ValueRef::Multi(values) => values.iter().for_each(each),
            single => each(single),
        }
    }
}

/// Reads text as SPL reads a number: optional sign, digits, fraction, exponent; `inf` and `nan` as SPL prints them; hexadecimal only with `0x`. No blanks around it.
pub fn parse_number(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let first = *bytes.first()?;
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
        return match text {
            "inf" => Some(f64::INFINITY),
            "nan" => Some(f64::NAN),
            _ => None,
        };
    }
    if bytes.iter().all(u8::is_ascii_digit) && bytes.len() <= 15 {
        return Some(bytes.iter().fold(0u64, |n, b| n * 10 + u64::from(b - b'0')) as f64);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "inf" {
        return Some(if first == b'-' { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    text.parse().ok()
}

/// The text of a computed number: integers without a point, else the shortest digits that read back the same, exponent form beyond 1e17 and below 1e-5.
pub fn number_text(n: f64) -> String {
    let mut text = String::new();
    write_number(&mut text, n);
    text
}

/// Appends [`number_text`].
fn write_number(out: &mut String, n: f64) {
    // Writing to a string does not fail.
    let _ = if n.is_nan() {
        write!(out, "nan")
    } else if n.is_infinite() {
        write!(out, "{}", if n > 0.0 { "inf" } else { "-inf" })
    } else if n == 0.0 {
        write!(out, "0")
    } else if n.fract() == 0.0 && n.abs() < 1e18 {
        write!(out, "{}", n as i64)
    } else if n.abs() >= 1e17 || n.abs() < 1e-5 {
        let text = format!("{n:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
        write!(out, "{mantissa}e{sign}{digits:0>2}")
    } else {
        write!(out, "{n}")
    };
}

/// A number with exactly `decimals` digits behind the point, rounded half away from zero on its shortest decimal text.
pub fn fixed_text(n: f64, decimals: u8) -> String {
    if !n.is_finite() || n.abs() >= 1e17 {
        return number_text(n);
    }
    let text = format!("{:.*}", usize::from(decimals), round_decimal(n, decimals));
    if text.starts_with('-') && text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.')) {
        text[1..].to_owned()
    } else {
        text
    }
}

/// Rounds half away from zero, for example `assert_eq!(round_decimal(1.005, 2), 1.01)`: as people read the number (1.005 to two places is 1.01), not as binary has it.
pub fn round_decimal(n: f64, decimals: u8) -> f64 {
    if !n.is_finite() {
        return n;
    }
    let text = format!("{}", n.abs());
    let Some((whole, fraction)) = text.split_once('.') else { return n };
    let keep = usize::from(decimals);
    if fraction.len() <= keep {
        return n;
    }
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes().take(keep)).collect();
    if fraction.as_bytes()[keep] >= b'5' {
        let mut i = digits.len();
        loop {
            if i == 0 {
                digits.insert(0, b'1');
                break;
            }
            i -= 1;
            if digits[i] == b'9' {
                digits[i] = b'0';
            } else {
                digits[i] += 1;
                break;
            }
        }
    }
    let point = digits.len() - keep;
    let mut rounded = String::with_capacity(digits.len() + 2);
    for (i, digit) in digits.iter().enumerate() {
        if i == point {
            rounded.push('.');
        }
        rounded.push(char::from(*digit));
    }
    let rounded: f64 = rounded.parse().unwrap_or(n.abs());
    if n < 0.0 { -rounded } else { rounded }
}

/// The order of `sort` (auto), of BY fields in results, and of `min`/`max`: numbers numerically and first, then IPv4 addresses as
/// addresses, then other text by bytes; null last. A multivalue is compared by its joined text.
///
/// Splunk compares pair by pair (addresses and other text by bytes), which is no order at all where three values disagree.
pub fn compare_auto(a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
    match (a.is_null(), b.is_null()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    match (a.number(), b.number()) {
        (Some(x), Some(y)) => x.partial_cmp(&y).unwrap_or_else(|| x.total_cmp(&y)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => {
            let (x, y) = (a.text(), b.text());
            match (parse_ipv4(&x), parse_ipv4(&y)) {
                (Some(p), Some(q)) => p.cmp(&q),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => x.as_bytes().cmp(y.as_bytes()),
            }
        }
    }
}

/// `a.b.c.d` as a number.
pub fn parse_ipv4(text: &str) -> Option<u32> {
    if !text.as_bytes().first()?.is_ascii_digit() || text.len() > 15 {
        return None;
    }
    text.parse::<std::net::Ipv4Addr>().ok().map(u32::from)
}

/// How `eval` and `where` compare: both numbers (or a number and a field's numeric text) numerically, else by the bytes of their
/// text, case counting. `None` when either is null. `strict` operands are quoted literals, which never act as numbers.
pub fn compare_eval(a: ValueRef<'_>, a_strict: bool, b: ValueRef<'_>, b_strict: bool) -> Option<Ordering> {
    if a.is_null() || b.is_null() {
        return None;
    }
    if !(a_strict || b_strict)
        && let (Some(x), Some(y)) = (a.number(), b.number())
    {
        return x.partial_cmp(&y);
    }
    Some(a.text().as_bytes().cmp(b.text().as_bytes()))
}
