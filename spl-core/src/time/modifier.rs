//! The values of `earliest=` and `latest=`: epochs, `now`, relative and absolute times.

use super::strptime::strptime_whole;
use super::{RelativeTime, Zone, parse_iso8601};
use crate::error::{Diagnostic, ErrorKind, Result, bail};

/// How absolute times are written where no `timeformat=` says otherwise.
pub const DEFAULT_TIME_FORMAT: &str = "%m/%d/%Y:%H:%M:%S";

/// Reads a time modifier's value: an epoch, `now` or `now()`, a relative time, a time in `timeformat`, or an ISO 8601 time.
pub fn parse_time_modifier(text: &str, now: f64, zone: Zone, timeformat: &str) -> Result<f64> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("now") || text.eq_ignore_ascii_case("now()") {
        return Ok(now);
    }
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && let Ok(epoch) = text.parse::<f64>()
    {
        return Ok(epoch);
    }
    if text.starts_with("rt") {
        bail!(Unsupported, "`{text}` is a real-time window, which needs a running index");
    }
    if let Some(epoch) = strptime_whole(text, timeformat, zone, now).or_else(|| parse_iso8601(text, zone)) {
        return Ok(epoch);
    }
    // `0d@d` is neither in the past nor in the future.
    let unit = text.trim_start_matches('0');
    let is_now = unit.len() < text.len() && !unit.starts_with(|c: char| c.is_ascii_digit());
    if text.starts_with(['+', '-', '@']) || is_now {
        return Ok(RelativeTime::parse(text)?.apply(now, zone));
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) && RelativeTime::parse(text).is_ok() {
        let diagnostic = Diagnostic::new(ErrorKind::Argument, format!("`{text}` lacks a sign"));
        return Err(Box::new(diagnostic.hint(format!("write `-{text}` for the past or `+{text}` for the future"))));
    }
    bail!(
        Argument,
        "`{text}` is no time: neither an epoch, nor relative such as `-24h@h`, nor in the form `{timeformat}`"
    );
}
