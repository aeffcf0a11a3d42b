//! How the text of a source type is cut into events, and where their times stand: what `props.conf` says for the time of indexing.
//!
//! Source: Admin Manual, `props.conf`; Getting Data In, "Configure event line breaking" and "Configure timestamp recognition".

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::Origin;
use crate::pattern::Pattern;
use crate::time::{Zone, strptime};

/// The settings of one source type; what is `None` is found by looking at the text.
#[derive(Clone, Debug, Default)]
pub struct TextRules {
    /// `TIME_PREFIX`: the time stands right behind the first match.
    pub time_prefix: Option<Pattern>,
    /// `TIME_FORMAT`, as for `strptime`.
    pub time_format: Option<String>,
    /// `MAX_TIMESTAMP_LOOKAHEAD`: the time ends so many characters behind the prefix.
    pub lookahead: Option<usize>,
    /// `TZ`, for times without one; UTC when `None`.
    pub zone: Option<Zone>,
    /// `SHOULD_LINEMERGE`: with `false` each line is an event.
    pub merges_lines: Option<bool>,
    /// `LINE_BREAKER`: between two events lies what its first group matches. Lines are not merged then.
    pub line_breaker: Option<Pattern>,
    /// `TRUNCATE`: an event has at most so many bytes; 0 is any number.
    pub truncate: Option<usize>,
    /// `INDEXED_EXTRACTIONS`: the name of the format that reads the input.
    pub format: Option<&'static str>,
}

impl TextRules {
    /// These settings, and the other's where there are none.
    #[must_use]
    pub fn or(self, other: &TextRules) -> TextRules {
        TextRules {
            time_prefix: self.time_prefix.or_else(|| other.time_prefix.clone()),
            time_format: self.time_format.or_else(|| other.time_format.clone()),
            lookahead: self.lookahead.or(other.lookahead),
            zone: self.zone.or(other.zone),
            merges_lines: self.merges_lines.or(other.merges_lines),
            line_breaker: self.line_breaker.or_else(|| other.line_breaker.clone()),
            truncate: self.truncate.or(other.truncate),
            format: self.format.or(other.format),
        }
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        let TextRules { time_prefix, time_format, lookahead, zone, merges_lines, line_breaker, truncate, format } =
            self;
        let of_text = time_prefix.is_none() && time_format.is_none() && line_breaker.is_none();
        let numbers = lookahead.is_none() && zone.is_none() && truncate.is_none();
        of_text && numbers && merges_lines.is_none() && format.is_none()
    }

    /// The time of an event, where the settings say where it stands.
    pub(super) fn time(&self, event: &[u8], now: Option<f64>) -> Option<f64> {
        let format = self.time_format.as_deref()?;
        let event = String::from_utf8_lossy(event);
        let from = match &self.time_prefix {
            Some(prefix) => prefix.find_at(&event, 0).ok()??.end,
            None => 0,
        };
        let end = event[from..].char_indices().nth(self.lookahead.filter(|&most| most > 0).unwrap_or(128));
        let text = &event[from..end.map_or(event.len(), |(at, _)| from + at)];
        strptime(text.trim_start(), format, self.zone.unwrap_or(Zone::UTC), now.unwrap_or(0.0))
    }

    /// Where an event ends that is cut to its longest.
    pub(super) fn cut(&self, event: &[u8]) -> usize {
        let most = self.truncate.filter(|&most| most > 0).unwrap_or(usize::MAX);
        let mut end = event.len().min(most);
        while end < event.len() && event[end] & 0xc0 == 0x80 {
            end -= 1;
        }
        end
    }

    /// The events between the matches of `LINE_BREAKER`; `None` when there is none, or when the text is not UTF-8.
    pub(super) fn broken(&self, bytes: &[u8], range: Range<usize>) -> Option<Vec<Range<usize>>> {
        let (breaker, text) = (self.line_breaker.as_ref()?, std::str::from_utf8(&bytes[range.clone()]).ok()?);
        let (mut events, mut start) = (Vec::new(), 0);
        breaker
            .for_each_captures(text, |groups| {
                if let Some(between) = groups.get(1).or_else(|| groups.get(0)) {
                    events.push(start..between.start);
                    start = between.end;
                }
                true
            })
            .ok()?;
        events.push(start..text.len());
        let kept = events.into_iter().filter(|event| !text[event.clone()].trim().is_empty());
        Some(kept.map(|event| range.start + event.start..range.start + event.end).collect())
    }
}

/// Says which settings hold for an input.
#[derive(Clone, Default)]
pub struct InputRules(Option<Arc<Find>>);

type Find = dyn Fn(&Origin) -> Option<Arc<TextRules>> + Send + Sync;

impl InputRules {
    /// Settings as a function finds them.
    pub fn new(find: impl Fn(&Origin) -> Option<Arc<TextRules>> + Send + Sync + 'static) -> Self {
        InputRules(Some(Arc::new(find)))
    }

    /// Those for an input.
    pub fn find(&self, origin: &Origin) -> Option<Arc<TextRules>> {
        self.0.as_ref()?(origin)
    }
}

impl fmt::Debug for InputRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputRules").field("any", &self.0.is_some()).finish()
    }
}
