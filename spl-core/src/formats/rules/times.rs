//! [`TimeRules`]: where the times of events stand.

use std::borrow::Cow;

use crate::formats::stamp::{Clock, first_time, leading_time};
use crate::pattern::Pattern;
use crate::time::{Zone, strptime};

/// Characters behind the prefix within which a time ends, where nothing else is said.
const LOOKAHEAD: usize = 128;
const DAY: f64 = 86_400.0;

/// Where the time of an event stands, and how it is written.
#[derive(Clone, Debug, Default)]
pub struct TimeRules {
    /// `TIME_PREFIX`: the time stands behind the first match; an event without one has no time.
    pub prefix: Option<Pattern>,
    /// `TIME_FORMAT`, as for `strptime`. Where it does not fit, the time is looked for as if nothing were said.
    pub format: Option<String>,
    /// `MAX_TIMESTAMP_LOOKAHEAD`: the time ends so many characters behind the prefix; 0 and -1 are any number.
    pub lookahead: Option<i64>,
    /// `TZ`, for times without a zone; UTC when `None`.
    pub zone: Option<Zone>,
    /// `DATETIME_CONFIG` of `CURRENT` or `NONE`: events have the time at which they are read.
    pub now: Option<bool>,
    /// `MAX_DAYS_AGO`: a time farther back is none, and the event has that of the one before it.
    pub days_ago: Option<f64>,
    /// `MAX_DAYS_HENCE`, as `days_ago`.
    pub days_hence: Option<f64>,
    /// `TIMESTAMP_FIELDS`: the fields that make the time, where a format has fields.
    pub fields: Option<Vec<String>>,
}

impl TimeRules {
    pub(super) fn or(self, other: &TimeRules) -> TimeRules {
        TimeRules {
            prefix: self.prefix.or_else(|| other.prefix.clone()),
            format: self.format.or_else(|| other.format.clone()),
            lookahead: self.lookahead.or(other.lookahead),
            zone: self.zone.or(other.zone),
            now: self.now.or(other.now),
            days_ago: self.days_ago.or(other.days_ago),
            days_hence: self.days_hence.or(other.days_hence),
            fields: self.fields.or_else(|| other.fields.clone()),
        }
    }

    /// Whether events are of the time at which they are read.
    pub(in crate::formats) fn are_now(&self) -> bool {
        self.now == Some(true)
    }

    /// Whether times are compared with those before them.
    pub(super) fn compare(&self) -> bool {
        self.days_ago.is_some() || self.days_hence.is_some()
    }

    /// Whether something is said of where in an event's text its time stands.
    pub(in crate::formats) fn are_of_text(&self) -> bool {
        self.prefix.is_some() || self.format.is_some() || self.are_now()
    }

    /// The place of a field among those that make the time, from 0.
    pub(in crate::formats) fn place(&self, field: &str) -> Option<usize> {
        self.fields.iter().flatten().position(|name| name == field)
    }

    /// The time of an event by its text.
    pub(in crate::formats) fn of_event(&self, event: &[u8], now: Option<f64>) -> Option<f64> {
        if self.are_now() {
            return now;
        }
        if self.prefix.is_none() && self.format.is_none() && self.lookahead.is_none() {
            return first_time(event, Clock { now, zone: self.zone });
        }
        let text = lossy(event);
        let window = self.window(&text)?;
        let found = self.format.as_ref().and_then(|format| self.find(window, format, now));
        found.or_else(|| first_time(window.as_bytes(), Clock { now, zone: self.zone }))
    }

    /// What of an event its time stands in; `None` without the prefix.
    fn window<'a>(&self, text: &'a str) -> Option<&'a str> {
        let from = match &self.prefix {
            Some(prefix) => prefix.find_at(text, 0).ok()??.end,
            None => 0,
        };
        let most = match self.lookahead {
            None => LOOKAHEAD,
            Some(most) => usize::try_from(most).ok().filter(|&most| most > 0).unwrap_or(usize::MAX),
        };
        let end = text[from..].char_indices().nth(most).map_or(text.len(), |(at, _)| from + at);
        text.get(from..end)
    }

    /// The time by the format: right behind the prefix, or, without one, where it is written first.
    fn find(&self, window: &str, format: &str, now: Option<f64>) -> Option<f64> {
        let at_once = self.by_format(window.trim_start(), format, now);
        if at_once.is_some() || self.prefix.is_some() {
            return at_once;
        }
        let mut before = ' ';
        let begins = |(_, c): &(usize, char)| {
            let inside = std::mem::replace(&mut before, *c).is_alphanumeric();
            !inside && !c.is_whitespace()
        };
        window.char_indices().filter(begins).find_map(|(at, _)| self.by_format(&window[at..], format, now))
    }

    /// The time that a text is, or that stands in it.
    pub(in crate::formats) fn of_text(&self, text: &str, now: Option<f64>) -> Option<f64> {
        let by_format = self.format.as_ref().and_then(|format| self.by_format(text.trim_start(), format, now));
        by_format.or_else(|| first_time(text.as_bytes(), Clock { now, zone: self.zone }))
    }

    /// By `strptime`; a date without a year is the last one, as where no format is given.
    fn by_format(&self, text: &str, format: &str, now: Option<f64>) -> Option<f64> {
        const WITH_YEAR: [&str; 10] = ["%Y", "%y", "%s", "%c", "%D", "%F", "%x", "%C", "%G", "%+"];
        let (zone, now) = (self.zone.unwrap_or(Zone::UTC), now.unwrap_or(0.0));
        let time = strptime(text, format, zone, now)?;
        let ahead = time > now + DAY && !WITH_YEAR.iter().any(|variable| format.contains(variable));
        if ahead { strptime(text, format, zone, now - 365.0 * DAY).or(Some(time)) } else { Some(time) }
    }

    /// Whether a line has a date with which an event may begin: at its beginning, or where the settings say.
    pub(super) fn has_date(&self, line: &str) -> bool {
        // Which year a date without one means does not matter here.
        let now = Some(0.0);
        let text = lossy(line.as_bytes());
        match (&self.prefix, &self.format) {
            (None, None) => leading_time(line.as_bytes(), now).is_some(),
            (_, Some(format)) => self.window(&text).is_some_and(|window| self.find(window, format, now).is_some()),
            (Some(_), None) => self.window(&text).is_some_and(|window| first_time(window.as_bytes(), now).is_some()),
        }
    }

    /// The time, unless it is too far away: then that of the event before, or else the present.
    pub(in crate::formats) fn within(&self, time: f64, before: Option<f64>, now: Option<f64>) -> f64 {
        let Some(now) = now.filter(|_| self.compare()) else { return time };
        let too_early = self.days_ago.is_some_and(|days| time < now - days * DAY);
        let too_late = self.days_hence.is_some_and(|days| time > now + days * DAY);
        if too_early || too_late { before.unwrap_or(now) } else { time }
    }
}

/// The beginning of a text, as far as anybody looks for a time.
fn lossy(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(&text[..text.len().min(1 << 16)])
}
