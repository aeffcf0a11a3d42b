//! What the values of a column mean, and how they are written as text.

use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use ::parquet::schema::types::ColumnDescriptor;

use std::io::Write;

use crate::value::number_text;

/// The meaning of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Kind {
    /// Text, or bytes that are taken for text.
    Text,
    /// Bytes that are no text, in hexadecimal digits.
    Bytes,
    Uuid,
    Bool,
    Signed,
    Unsigned,
    Float,
    /// So many digits behind the point.
    Decimal(u32),
    Date,
    /// Since midnight, in units of which a second has so many.
    Time(i64),
    /// Since 1970, in units of which a second has so many, and whether it is in UTC.
    Timestamp(i64, bool),
}

impl Kind {
    pub(super) fn of(column: &ColumnDescriptor) -> Kind {
        let physical = column.physical_type();
        let per_second = |unit: &TimeUnit| match unit {
            TimeUnit::MILLIS => 1_000,
            TimeUnit::MICROS => 1_000_000,
            TimeUnit::NANOS => 1_000_000_000,
        };
        let scale = || u32::try_from(column.type_scale()).unwrap_or(0);
        match (column.logical_type_ref(), column.converted_type(), physical) {
            (_, _, Type::BOOLEAN) => Kind::Bool,
            (_, _, Type::FLOAT | Type::DOUBLE) => Kind::Float,
            (_, _, Type::INT96) => Kind::Timestamp(1_000_000_000, true),
            (Some(LogicalType::Decimal(_)), ..) | (_, ConvertedType::DECIMAL, _) => Kind::Decimal(scale()),
            (Some(LogicalType::Uuid), _, Type::FIXED_LEN_BYTE_ARRAY) => Kind::Uuid,
            (_, _, Type::FIXED_LEN_BYTE_ARRAY) => Kind::Bytes,
            (_, _, Type::BYTE_ARRAY) => Kind::Text,
            (Some(LogicalType::Date), ..) | (_, ConvertedType::DATE, _) => Kind::Date,
            (Some(LogicalType::Time(time)), ..) => Kind::Time(per_second(&time.unit)),
            (Some(LogicalType::Timestamp(time)), ..) => {
                Kind::Timestamp(per_second(&time.unit), time.is_adjusted_to_u_t_c)
            }
            (_, ConvertedType::TIME_MILLIS, _) => Kind::Time(1_000),
            (_, ConvertedType::TIME_MICROS, _) => Kind::Time(1_000_000),
            (_, ConvertedType::TIMESTAMP_MILLIS, _) => Kind::Timestamp(1_000, true),
            (_, ConvertedType::TIMESTAMP_MICROS, _) => Kind::Timestamp(1_000_000, true),
            (Some(LogicalType::Integer(integer)), ..) if !integer.is_signed => Kind::Unsigned,
            (
                _,
                ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64,
                _,
            ) => Kind::Unsigned,
            _ => Kind::Signed,
        }
    }

    /// Whether JSON writes such values without quotes.
    pub(super) fn is_bare(self) -> bool {
        matches!(self, Kind::Bool | Kind::Signed | Kind::Unsigned | Kind::Float | Kind::Decimal(_))
    }

    /// Appends a whole number's text.
    pub(in crate::formats) fn write_int(self, value: i64, out: &mut Vec<u8>) {
        // Writing to a vector does not fail.
        let _ = match self {
            Kind::Bool => write!(out, "{}", value != 0),
            Kind::Unsigned => write!(out, "{}", value as u64),
            Kind::Decimal(scale) => {
                write_decimal(i128::from(value), scale, out);
                Ok(())
            }
            Kind::Date => {
                write_date(value, out);
                Ok(())
            }
            Kind::Time(unit) => {
                write_clock(value, unit, out);
                Ok(())
            }
            Kind::Timestamp(unit, utc) => {
                let day = unit * 86_400;
                write_date(value.div_euclid(day), out);
                out.push(b'T');
                write_clock(value.rem_euclid(day), unit, out);
                if utc {
                    out.push(b'Z');
                }
                Ok(())
            }
            _ => write_digits(value, out),
        };
    }

    /// Appends the text of bytes.
    pub(in crate::formats) fn write_bytes(self, value: &[u8], out: &mut Vec<u8>) {
        match self {
            Kind::Decimal(scale) if value.len() <= 16 => {
                let sign = if value.first().is_some_and(|b| b & 0x80 != 0) { -1 } else { 0 };
                write_decimal(value.iter().fold(sign, |n: i128, &b| n << 8 | i128::from(b)), scale, out);
            }
            Kind::Uuid if value.len() == 16 => {
                for (at, byte) in value.iter().enumerate() {
                    if matches!(at, 4 | 6 | 8 | 10) {
                        out.push(b'-');
                    }
                    let _ = write!(out, "{byte:02x}");
                }
            }
            Kind::Text => out.extend_from_slice(value),
            _ => value.iter().for_each(|byte| drop(write!(out, "{byte:02x}"))),
        }
    }
}

/// Appends a floating-point number's text.
pub(in crate::formats) fn write_float(value: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(number_text(value).as_bytes());
}

fn write_digits(value: i64, out: &mut Vec<u8>) -> std::io::Result<()> {
    if value < 0 {
        return write!(out, "{value}");
    }
    let (mut digits, mut at, mut left) = ([0u8; 20], 20, value as u64);
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
    Ok(())
}

fn write_decimal(value: i128, scale: u32, out: &mut Vec<u8>) {
    let digits = value.unsigned_abs().to_string();
    let scale = scale.min(64) as usize;
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(whole.as_bytes());
    if scale > 0 {
        out.push(b'.');
        out.extend_from_slice(fraction.as_bytes());
    }
}

/// Appends the date that is so many days after 1970-01-01.
fn write_date(days: i64, out: &mut Vec<u8>) {
    // Years begin in March here, so that the leap day is the last of its year; eras are 400 years.
    let days = days.saturating_add(719_468);
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let _ = write!(out, "{year:04}-{month:02}-{day:02}");
}

/// Appends the time of day, with the digits that its unit has.
fn write_clock(value: i64, unit: i64, out: &mut Vec<u8>) {
    let (seconds, fraction) = (value.div_euclid(unit), value.rem_euclid(unit));
    let width = match unit {
        1_000 => 3,
        1_000_000 => 6,
        _ => 9,
    };
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let _ = write!(out, "{hour:02}:{minute:02}:{second:02}.{fraction:0width$}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(kind: Kind, value: i64) -> String {
        let mut out = Vec::new();
        kind.write_int(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn whole_numbers_are_what_their_type_says() {
        assert_eq!(int(Kind::Signed, 0), "0");
        assert_eq!(int(Kind::Signed, i64::MIN), "-9223372036854775808");
        assert_eq!(int(Kind::Signed, i64::MAX), "9223372036854775807");
        assert_eq!(int(Kind::Unsigned, -1), "18446744073709551615");
        assert_eq!(int(Kind::Bool, 1), "true");
        assert_eq!(int(Kind::Decimal(2), -1234), "-12.34");
        assert_eq!(int(Kind::Decimal(3), 5), "0.005");
        assert_eq!(int(Kind::Date, 0), "1970-01-01");
        assert_eq!(int(Kind::Date, 19_782), "2024-02-29");
        assert_eq!(int(Kind::Date, -1), "1969-12-31");
        assert_eq!(int(Kind::Time(1000), 3_723_004), "01:02:03.004");
        assert_eq!(int(Kind::Timestamp(1_000_000, true), 1_714_557_600_123_456), "2024-05-01T10:00:00.123456Z");
        assert_eq!(int(Kind::Timestamp(1_000, false), -1), "1969-12-31T23:59:59.999");
        assert!(int(Kind::Date, i64::MAX).len() > 10 && int(Kind::Timestamp(1_000, true), i64::MIN).len() > 10);
    }

    #[test]
    fn bytes_are_what_their_type_says() {
        let text = |kind: Kind, value: &[u8]| {
            let mut out = Vec::new();
            kind.write_bytes(value, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(Kind::Decimal(1), &[0xff, 0xf6]), "-1.0");
        assert_eq!(text(Kind::Bytes, &[0xab, 1]), "ab01");
        let uuid: Vec<u8> = (0..16).collect();
        assert_eq!(text(Kind::Uuid, &uuid), "00010203-0405-0607-0809-0a0b0c0d0e0f");
    }
}
