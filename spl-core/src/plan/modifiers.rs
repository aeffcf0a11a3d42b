//! The time modifiers of a search: `earliest=-1h latest=now`, and the older `starthoursago=24`.

use super::TimeRange;
use crate::error::{Diagnostic, ErrorKind, Result, Span, bail};
use crate::functions::Context;
use crate::syntax::ast::{CompareOp, SearchExpr, SearchExprKind, SearchValue, TermForm};
use crate::time::parse_time_modifier;
use crate::value::number_text;

/// The expression without time modifiers, and the range that they say.
pub(crate) fn split_time(expr: &SearchExpr, cx: &Context) -> Result<(SearchExpr, TimeRange)> {
    let mut modifiers = Modifiers { timeformat: timeformat(expr), range: TimeRange::default(), span: None, cx };
    let expr = modifiers.strip(expr)?;
    Ok((expr, modifiers.range()?))
}

/// The test of a field that holds a time.
fn time_test(field: &str, op: CompareOp, time: f64, span: Span) -> SearchExpr {
    let value = SearchValue { text: number_text(time), quoted: false, form: TermForm::Plain, span };
    SearchExpr { kind: SearchExprKind::Compare { field: field.to_owned(), op, value }, span }
}

/// The modifiers that say how much time is searched, and their units.
const SPANS: &[(&str, &str)] = &[
    ("searchtimespandays", "d"),
    ("searchtimespanhours", "h"),
    ("searchtimespanminutes", "m"),
    ("searchtimespanmonths", "mon"),
];

/// The value of `timeformat=`, wherever it stands.
fn timeformat(expr: &SearchExpr) -> String {
    fn find(expr: &SearchExpr) -> Option<&str> {
        match &expr.kind {
            SearchExprKind::And(parts) => parts.iter().find_map(find),
            SearchExprKind::Modifier { name, value } if name == "timeformat" => Some(value),
            _ => None,
        }
    }
    find(expr).unwrap_or("%m/%d/%Y:%H:%M:%S").to_owned()
}

/// Takes time modifiers out of an expression and adds up what they say.
///
/// Source: Search Reference, "Time modifiers"; the older ones from the page's end.
struct Modifiers<'a> {
    timeformat: String,
    range: TimeRange,
    /// `searchtimespanhours=` and the like: how much and of what.
    span: Option<(f64, &'static str)>,
    cx: &'a Context,
}

impl Modifiers<'_> {
    /// What they say together. A span is of the time from the start on, else up to the end, else up to now.
    fn range(&self) -> Result<TimeRange> {
        let Some((count, unit)) = self.span else { return Ok(self.range) };
        let (now, zone) = (self.cx.now, self.cx.zone);
        let shift = |from: f64, sign: char| parse_time_modifier(&format!("{sign}{count}{unit}"), from, zone, "");
        Ok(match (self.range.earliest, self.range.latest) {
            (Some(start), _) => TimeRange { earliest: Some(start), latest: Some(shift(start, '+')?) },
            (None, end) => TimeRange { earliest: Some(shift(end.unwrap_or(now), '-')?), latest: end },
        })
    }

    fn strip(&mut self, expr: &SearchExpr) -> Result<SearchExpr> {
        let kind = match &expr.kind {
            SearchExprKind::And(parts) => {
                SearchExprKind::And(parts.iter().map(|p| self.strip(p)).collect::<Result<Vec<_>>>()?)
            }
            SearchExprKind::Or(parts) => SearchExprKind::Or(self.strip_branches(parts)?),
            SearchExprKind::Modifier { name, value } => {
                return self.take(name, value, expr).map_err(|e| Box::new((*e).at(expr.span)));
            }
            other => other.clone(),
        };
        Ok(SearchExpr { kind, span: expr.span })
    }

    /// Each branch of an OR has a time of its own: `(a earliest=-2h latest=-1h) OR (a earliest=-5m)`. If all have, the search goes from
    /// the first start to the last end.
    fn strip_branches(&mut self, parts: &[SearchExpr]) -> Result<Vec<SearchExpr>> {
        let (mut stripped, mut ranges) = (Vec::with_capacity(parts.len()), Vec::with_capacity(parts.len()));
        for part in parts {
            let mut own =
                Modifiers { timeformat: self.timeformat.clone(), range: TimeRange::default(), span: None, cx: self.cx };
            let expr = own.strip(part)?;
            let range = own.range()?;
            let start = range.earliest.map(|time| time_test("_time", CompareOp::GreaterEqual, time, part.span));
            let end = range.latest.map(|time| time_test("_time", CompareOp::Less, time, part.span));
            let tests: Vec<SearchExpr> = start.into_iter().chain(end).collect();
            stripped.push(match tests.is_empty() {
                true => expr,
                false => SearchExpr {
                    kind: SearchExprKind::And(std::iter::once(expr).chain(tests).collect()),
                    span: part.span,
                },
            });
            ranges.push(range);
        }
        let starts: Option<Vec<f64>> = ranges.iter().map(|range| range.earliest).collect();
        let ends: Option<Vec<f64>> = ranges.iter().map(|range| range.latest).collect();
        let first = starts.and_then(|starts| starts.into_iter().reduce(f64::min));
        let last = ends.and_then(|ends| ends.into_iter().reduce(f64::max));
        self.range.earliest = self.range.earliest.or(first);
        self.range.latest = self.range.latest.or(last);
        Ok(stripped)
    }

    /// What stands in the modifier's place: nothing, mostly.
    fn take(&mut self, name: &str, value: &str, expr: &SearchExpr) -> Result<SearchExpr> {
        let (now, zone) = (self.cx.now, self.cx.zone);
        let nothing = SearchExpr { kind: SearchExprKind::All, span: expr.span };
        let absolute = |format: &str| parse_time_modifier(value, now, zone, format);
        let ago = |unit: f64| match value.parse::<f64>() {
            Ok(count) => Ok(now - count * unit),
            Err(_) => {
                Err(Box::new(Diagnostic::new(ErrorKind::Argument, format!("`{name}` needs a number, not `{value}`"))))
            }
        };
        let calendar_ago = |unit: &str| parse_time_modifier(&format!("-{value}{unit}"), now, zone, "");
        let months_ago = || calendar_ago("mon");
        if let Some((_, unit)) = SPANS.iter().find(|(span, _)| *span == name) {
            match value.parse::<u32>() {
                Ok(count) => self.span = Some((f64::from(count), unit)),
                Err(_) => bail!(Argument, "`{name}` needs a whole number, not `{value}`"),
            }
            return Ok(nothing);
        }
        let (earliest, latest) = match name {
            "earliest" => (Some(absolute("%m/%d/%Y:%H:%M:%S")?), None),
            "latest" => (None, Some(absolute("%m/%d/%Y:%H:%M:%S")?)),
            "starttime" => (Some(absolute(&self.timeformat)?), None),
            // Up to and with that moment.
            "endtime" => (None, Some(absolute(&self.timeformat)?.next_up())),
            "starttimeu" => (Some(absolute("%s")?), None),
            "endtimeu" => (None, Some(absolute("%s")?)),
            "startminutesago" => (Some(ago(60.0)?), None),
            "starthoursago" => (Some(ago(3_600.0)?), None),
            "startdaysago" => (Some(ago(86_400.0)?), None),
            "startmonthsago" => (Some(months_ago()?), None),
            "startyearsago" | "yearsago" => (Some(calendar_ago("y")?), None),
            "endminutesago" => (None, Some(ago(60.0)?)),
            "endhoursago" => (None, Some(ago(3_600.0)?)),
            "enddaysago" => (None, Some(ago(86_400.0)?)),
            "endmonthsago" => (None, Some(months_ago()?)),
            "endyearsago" => (None, Some(calendar_ago("y")?)),
            "daysago" => (Some(ago(86_400.0)?), None),
            "hoursago" => (Some(ago(3_600.0)?), None),
            "minutesago" => (Some(ago(60.0)?), None),
            "monthsago" => (Some(months_ago()?), None),
            "_index_earliest" | "_index_latest" => {
                let op = if name == "_index_earliest" { CompareOp::GreaterEqual } else { CompareOp::Less };
                let time = absolute("%m/%d/%Y:%H:%M:%S")?;
                let with = |kind| SearchExpr { kind, span: expr.span };
                // Where nobody noted when an event came in, its own time stands for that.
                let any = SearchValue { text: "*".to_owned(), quoted: false, form: TermForm::Plain, span: expr.span };
                let noted =
                    SearchExprKind::Compare { field: "_indextime".to_owned(), op: CompareOp::Equal, value: any };
                let unnoted = with(SearchExprKind::Not(Box::new(with(noted))));
                let own = with(SearchExprKind::And(vec![unnoted, time_test("_time", op, time, expr.span)]));
                return Ok(with(SearchExprKind::Or(vec![time_test("_indextime", op, time, expr.span), own])));
            }
            _ => (None, None),
        };
        // `earliest` set again narrows nothing: the last one counts, as in Splunk.
        self.range.earliest = earliest.or(self.range.earliest);
        self.range.latest = latest.or(self.range.latest);
        Ok(nothing)
    }
}
