//! The options that say how values are put into bins; bin, chart, timechart and makecontinuous have them.

use crate::error::{Result, bail};
use crate::functions::Context;
use crate::plan::TimeRange;
use crate::syntax::args::{Args, Value};
use crate::time::{BinSpan, DEFAULT_TIME_FORMAT, TimeSpan, parse_time_modifier};

/// How bins are to be made.
#[derive(Clone, Debug, Default)]
pub(in crate::commands) struct BinOptions {
    /// At most so many, when no span is given.
    pub(in crate::commands) bins: Option<usize>,
    /// No narrower than this, when no span is given.
    pub(in crate::commands) minspan: Option<BinSpan>,
    /// Of this width.
    pub(in crate::commands) span: Option<BinSpan>,
    /// The range of the values is at least from here ...
    pub(in crate::commands) start: Option<f64>,
    /// ... to here.
    pub(in crate::commands) end: Option<f64>,
    /// Where bins of time begin.
    pub(in crate::commands) aligntime: Option<String>,
}

/// The names of the options.
pub(in crate::commands) const NAMES: &[&str] = &["bins", "minspan", "span", "start", "end", "aligntime"];

impl BinOptions {
    /// All of them, from wherever they stand.
    pub(in crate::commands) fn of<'a>(args: &mut Args<'a>) -> Result<BinOptions> {
        let mut options = BinOptions::default();
        for name in NAMES {
            if let Some(value) = args.option(name)?.value() {
                options.set(name, &value)?;
            }
        }
        Ok(options)
    }

    /// Takes one; whether it is one.
    pub(in crate::commands) fn set(&mut self, name: &str, value: &Value<'_>) -> Result<bool> {
        let span = || -> Result<BinSpan> {
            let text = value.text()?;
            BinSpan::parse(&text).map_err(|e| Box::new((*e).at(value.span())))
        };
        match name.to_ascii_lowercase().as_str() {
            "bins" => {
                let bins = value.count()?;
                if bins == 0 {
                    bail!(Argument, value.span(), "there must be at least one bin");
                }
                self.bins = Some(bins);
            }
            "minspan" => self.minspan = Some(span()?),
            "span" if value.text()?.eq_ignore_ascii_case("auto") => self.span = None,
            "span" => self.span = Some(span()?),
            "start" => self.start = Some(value.float()?),
            "end" => self.end = Some(value.float()?),
            "aligntime" => self.aligntime = Some(value.text()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether an option says something that only bins of time can have.
    pub(in crate::commands) fn is_time(name: &str, value: &Value<'_>) -> bool {
        match name.to_ascii_lowercase().as_str() {
            "span" | "minspan" => value.text().is_ok_and(|text| matches!(BinSpan::parse(&text), Ok(BinSpan::Time(_)))),
            "aligntime" => true,
            _ => false,
        }
    }

    /// Whether any of them is given.
    pub(in crate::commands) fn any(&self) -> bool {
        self.bins.is_some()
            || self.minspan.is_some()
            || self.span.is_some()
            || self.start.is_some()
            || self.end.is_some()
            || self.aligntime.is_some()
    }

    /// The width of bins of numbers between `low` and `high`.
    pub(in crate::commands) fn number_span(&self, low: f64, high: f64, bins: usize) -> BinSpan {
        if let Some(span) = self.span {
            return span;
        }
        let low = self.start.map_or(low, |start| start.min(low));
        let high = self.end.map_or(high, |end| end.max(high));
        let bins = self.bins.unwrap_or(bins) as f64;
        let least = match self.minspan {
            Some(BinSpan::Number(least)) => least,
            _ => 0.0,
        };
        let fits =
            |width: f64| width >= least && (high / width).floor() - (low / width).floor() < bins && width.is_normal();
        // The narrowest power of ten that makes few enough bins.
        let exponent = if high > low { ((high - low) / bins).log10().floor() as i32 - 1 } else { 0 };
        let width =
            (exponent.max(-300)..=308).map(|e| format!("1e{e}").parse().unwrap_or(f64::MAX)).find(|&width| fits(width));
        BinSpan::Number(width.unwrap_or(1.0))
    }

    /// The width of bins of time between `low` and `high`.
    pub(in crate::commands) fn time_span(&self, low: f64, high: f64, bins: usize) -> TimeSpan {
        if let Some(span) = self.span.and_then(BinSpan::time) {
            return span;
        }
        let low = self.start.map_or(low, |start| start.min(low));
        let high = self.end.map_or(high, |end| end.max(high));
        TimeSpan::fitting(high - low, self.bins.unwrap_or(bins), self.minspan.and_then(BinSpan::time))
    }

    /// Where bins of time begin, if it is said: at the start or the end of the search's time (or of the events'), or at a time.
    pub(in crate::commands) fn align(
        &self,
        range: TimeRange,
        low: f64,
        high: f64,
        cx: &Context,
    ) -> Result<Option<f64>> {
        let Some(text) = &self.aligntime else { return Ok(None) };
        Ok(Some(match text.to_ascii_lowercase().as_str() {
            "earliest" => range.earliest.unwrap_or(low),
            "latest" => range.latest.unwrap_or(high),
            _ => parse_time_modifier(text, cx.now, cx.zone, DEFAULT_TIME_FORMAT)?,
        }))
    }
}
