//! [`TimeRules`]: where the times of events stand.

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
    /// `TIME_FORMAT`, as for `strptime`. Where it does not fit, the time is looked for.
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
        // No prefix ends farther behind than this, and no text is looked at as often as once a byte.
        let text = String::from_utf8_lossy(&event[..event.len().min(1 << 16)]);
        let from = match &self.prefix {
            Some(prefix) => prefix.find_at(&text, 0).ok()??.end,
            None => 0,
        };
        let most = match self.lookahead {
            None => LOOKAHEAD,
            Some(most) => usize::try_from(most).ok().filter(|&most| most > 0).unwrap_or(usize::MAX),
        };
        let end = text[from..].char_indices().nth(most).map_or(text.len(), |(at, _)| from + at);
        self.of_text(&text[from..end], now)
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
        if ahead { strptime(text, format, zone, now - 366.0 * DAY).or(Some(time)) } else { Some(time) }
    }

    /// Whether a line has a date with which an event may begin: at its beginning, or where the settings say.
    pub(super) fn has_date(&self, line: &str) -> bool {
        match (&self.prefix, &self.format) {
            // Which year a date without one means does not matter here.
            (None, None) => leading_time(line.as_bytes(), Some(0.0)).is_some(),
            _ => self.of_event(line.as_bytes(), Some(0.0)).is_some(),
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
