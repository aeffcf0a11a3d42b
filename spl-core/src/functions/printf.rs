//! `printf()`: C's formats, read once and written for each row.

use crate::error::{Result, Span, bail};
use crate::value::Value;

/// The widest field and the most decimals; C sets no limit, memory does.
const MOST: usize = 4096;

/// A format taken apart.
#[derive(Debug)]
pub(super) struct Format {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Spec(Spec),
}

#[derive(Debug, Default)]
struct Spec {
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    thousands: bool,
    width: Option<Size>,
    precision: Option<Size>,
    conversion: u8,
}

/// A width or precision: in the format, or an argument of its own (`*`).
#[derive(Debug, Clone, Copy)]
enum Size {
    Given(usize),
    Argument,
}

impl Format {
    pub(super) fn parse(text: &str, span: Span) -> Result<Format> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            plain.push_str(&rest[..at]);
            let bytes = &rest.as_bytes()[at..];
            let mut spec = Spec::default();
            let mut i = 1;
            while let Some(flag @ (b'-' | b'0' | b'+' | b' ' | b'#' | b'\'')) = bytes.get(i) {
                match flag {
                    b'-' => spec.left = true,
                    b'0' => spec.zero = true,
                    b'+' => spec.plus = true,
                    b' ' => spec.space = true,
                    b'#' => spec.alternate = true,
                    _ => spec.thousands = true,
                }
                i += 1;
            }
            spec.width = size(bytes, &mut i);
            if bytes.get(i) == Some(&b'.') {
                i += 1;
                spec.precision = Some(size(bytes, &mut i).unwrap_or(Size::Given(0)));
            }
            // C's lengths say nothing here: numbers are all of one size.
            while let Some(b'h' | b'l' | b'L' | b'q' | b'j' | b't') = bytes.get(i) {
                i += 1;
            }
            match bytes.get(i).copied() {
                Some(b'%') => plain.push('%'),
                Some(
                    c @ (b'd' | b'i' | b'u' | b'o' | b'x' | b'X' | b'p' | b'c' | b's' | b'z' | b'f' | b'F' | b'e'
                    | b'E' | b'g' | b'G' | b'a' | b'A'),
                ) => {
                    spec.conversion = c;
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                    parts.push(Part::Spec(spec));
                }
                _ => {
                    let shown: String = rest[at..].chars().take(i + 1).collect();
                    bail!(Argument, span, "printf has no conversion `{shown}`");
                }
            }
            rest = &rest[at + i + 1..];
        }
        plain.push_str(rest);
        parts.push(Part::Text(plain));
        Ok(Format { parts })
    }

    /// How many arguments it reads.
    pub(super) fn arguments(&self) -> usize {
        let star = |size: Option<Size>| usize::from(matches!(size, Some(Size::Argument)));
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(_) => 0,
                Part::Spec(spec) => 1 + star(spec.width) + star(spec.precision),
            })
            .sum()
    }

    /// The text for one row; `None` when an argument is null, no number where one is needed, or missing.
    pub(super) fn write(&self, args: &[Value]) -> Option<String> {
        let mut args = args.iter();
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Spec(spec) => spec.write(&mut args, &mut out)?,
            }
        }
        Some(out)
    }
}

fn size(bytes: &[u8], at: &mut usize) -> Option<Size> {
    if bytes.get(*at) == Some(&b'*') {
        *at += 1;
        return Some(Size::Argument);
    }
    let digits = bytes[*at..].iter().take_while(|b| b.is_ascii_digit());
    let (count, n) = digits
        .fold((0, 0usize), |(count, n), b| (count + 1, n.saturating_mul(10).saturating_add(usize::from(b - b'0'))));
    *at += count;
    (count > 0).then_some(Size::Given(n.min(MOST)))
}

impl Spec {
    fn write<'a>(&self, args: &mut impl Iterator<Item = &'a Value>, out: &mut String) -> Option<()> {
        let mut left = self.left;
        let mut read = |size: Option<Size>| match size {
            None => Some(None),
            Some(Size::Given(n)) => Some(Some(n as i64)),
            Some(Size::Argument) => Some(Some(args.next()?.number()?.clamp(-(MOST as f64), MOST as f64) as i64)),
        };
        let width = read(self.width)?.unwrap_or(0);
        // A negative precision counts as none.
        let precision = read(self.precision)?.and_then(|n| usize::try_from(n).ok());
        left |= width < 0;
        let width = width.unsigned_abs() as usize;
        let value = args.next()?;
        if value.is_null() {
            return None;
        }
        let (prefix, body, zeros) = match self.conversion {
            b's' | b'z' => {
                let text = value.text();
                (String::new(), text.chars().take(precision.unwrap_or(usize::MAX)).collect(), false)
            }
            b'c' => (String::new(), character(value)?.to_string(), false),
            b'd' | b'i' | b'u' => {
                let n = integer(value)?;
                let digits = match (n, precision) {
                    // As in C.
                    (0, Some(0)) => String::new(),
                    _ => self.grouped(at_least(n.unsigned_abs().to_string(), precision)),
                };
                (self.sign(n < 0).to_owned(), digits, precision.is_none())
            }
            b'o' | b'x' | b'X' | b'p' => self.unsigned(integer(value)?, precision),
            _ => self.float(value.number()?, precision),
        };
        let length = prefix.chars().count() + body.chars().count();
        let fill = width.saturating_sub(length);
        if left {
            out.push_str(&prefix);
            out.push_str(&body);
            out.extend(std::iter::repeat_n(' ', fill));
        } else if self.zero && zeros {
            out.push_str(&prefix);
            out.extend(std::iter::repeat_n('0', fill));
            out.push_str(&body);
        } else {
            out.extend(std::iter::repeat_n(' ', fill));
            out.push_str(&prefix);
            out.push_str(&body);
        }
        Some(())
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }

    /// Octal and hexadecimal digits; negative numbers as 64-bit two's complements.
    fn unsigned(&self, n: i64, precision: Option<usize>) -> (String, String, bool) {
        let (digits, mark) = match self.conversion {
            b'o' => (format!("{n:o}"), "0"),
            b'x' => (format!("{n:x}"), "0x"),
            _ => (format!("{n:X}"), "0X"),
        };
        let prefix = if self.alternate && n != 0 { mark.to_owned() } else { String::new() };
        (prefix, at_least(digits, precision), precision.is_none())
    }

    fn float(&self, n: f64, precision: Option<usize>) -> (String, String, bool) {
        let sign = self.sign(n.is_sign_negative() && !n.is_nan());
        let upper = self.conversion.is_ascii_uppercase();
        if !n.is_finite() {
            let word = if n.is_nan() { "nan" } else { "inf" };
            return (sign.to_owned(), if upper { word.to_uppercase() } else { word.to_owned() }, false);
        }
        let n = n.abs();
        let mut prefix = sign.to_owned();
        let body = match self.conversion.to_ascii_lowercase() {
            b'f' => self.pointed(format!("{n:.*}", precision.unwrap_or(6)), precision),
            b'e' => exponential(n, precision.unwrap_or(6), self.alternate),
            b'g' => self.general(n, precision.unwrap_or(6).max(1)),
            _ => {
                prefix.push_str("0x");
                hexadecimal(n, precision)
            }
        };
        let body = self.grouped(body);
        if upper { (prefix.to_uppercase(), body.to_uppercase(), true) } else { (prefix, body, true) }
    }

    /// `#` keeps the point of a number without decimals.
    fn pointed(&self, mut text: String, precision: Option<usize>) -> String {
        if self.alternate && precision == Some(0) {
            text.push('.');
        }
        text
    }

    /// `%g`: whichever of the two forms is shorter, without the zeros at the end.
    fn general(&self, n: f64, precision: usize) -> String {
        let shown = format!("{n:.*e}", precision - 1);
        let exponent: i64 = shown.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
        let pointed = exponent >= -4 && exponent < precision as i64;
        let text = if pointed {
            format!("{n:.*}", (precision as i64 - 1 - exponent).max(0) as usize)
        } else {
            exponential(n, precision - 1, false)
        };
        if self.alternate {
            return text;
        }
        let (mantissa, exponent) = text.split_once('e').map_or((text.as_str(), None), |(m, e)| (m, Some(e)));
        let mantissa =
            if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
        exponent.map_or_else(|| mantissa.to_owned(), |exponent| format!("{mantissa}e{exponent}"))
    }

    /// With commas between thousands, when the format asks for them.
    fn grouped(&self, text: String) -> String {
        let whole = text.bytes().take_while(u8::is_ascii_digit).count();
        if !self.thousands || whole < 4 || text.contains('p') {
            return text;
        }
        let mut out = group_thousands(&text[..whole]);
        out.push_str(&text[whole..]);
        out
    }
}

/// Digits with a comma in front of every three from the end.
pub(super) fn group_thousands(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Digits with zeros in front, up to the precision.
fn at_least(digits: String, precision: Option<usize>) -> String {
    let missing = precision.unwrap_or(0).saturating_sub(digits.len());
    "0".repeat(missing) + &digits
}

fn integer(value: &Value) -> Option<i64> {
    // Beyond the range of 64 bits the nearest end counts.
    value.number().filter(|n| !n.is_nan()).map(|n| n as i64)
}

/// The character of a number's code point, or the first of a text.
fn character(value: &Value) -> Option<char> {
    match value {
        Value::Num(n) | Value::Fixed(n, _) => char::from_u32(*n as u32),
        other => other.text().chars().next(),
    }
}

/// `d.ddde+dd`, as C has it.
fn exponential(n: f64, precision: usize, point: bool) -> String {
    let text = format!("{n:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    let point = if point && precision == 0 { "." } else { "" };
    format!("{mantissa}{point}e{sign}{digits:0>2}")
}

/// `h.hhhp+d` without its `0x`: the bits of the number, rounded to the precision when there is one.
fn hexadecimal(n: f64, precision: Option<usize>) -> String {
    let bits = n.to_bits();
    let mut fraction = bits & ((1 << 52) - 1);
    let (mut lead, exponent) = match (bits >> 52) as i64 {
        0 if fraction == 0 => (0, 0),
        0 => (0, -1022),
        biased => (1u64, biased - 1023),
    };
    let mut digits = 13;
    if let Some(precision) = precision.filter(|&precision| precision < 13) {
        let dropped = 4 * (13 - precision) as u32;
        let mut kept = ((lead << 52) | fraction) >> dropped;
        let rest = ((lead << 52) | fraction) & ((1 << dropped) - 1);
        let half = 1u64 << (dropped - 1);
        if rest > half || (rest == half && kept & 1 == 1) {
            kept += 1;
        }
        lead = kept >> (4 * precision);
        fraction = kept & ((1 << (4 * precision)) - 1);
        digits = precision;
    }
    let mut hex = if digits == 0 { String::new() } else { format!("{fraction:0digits$x}") };
    match precision {
        None => hex.truncate(hex.trim_end_matches('0').len()),
        Some(precision) => hex.extend(std::iter::repeat_n('0', precision.saturating_sub(13))),
    }
    let point = if hex.is_empty() { "" } else { "." };
    format!("{lead:x}{point}{hex}p{exponent:+}")
}
