//! Axes of numbers: round places for their lines, and numbers in few characters.

/// Round numbers from below the least value to above the greatest, evenly apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) ticks: Vec<f64>,
    step: f64,
}

impl Scale {
    /// About so many steps over an extent that includes 0; whole ones, where the numbers are.
    pub(super) fn over((low, high): (f64, f64), steps: usize, whole: bool) -> Scale {
        // Beyond these there is nothing that could be told apart.
        let (low, high) = (low.max(-1e300), high.min(1e300));
        let high = if high - low > 1e-300 { high } else { low + 1.0 };
        let span = high - low;
        let rough = span / steps.max(1) as f64;
        let power = 10f64.powf(rough.log10().floor());
        let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= rough * 0.999).unwrap_or(10.0);
        let step = if whole { (factor * power).max(1.0) } else { factor * power };
        let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
        let last = last.max(first + 1);
        Scale { ticks: (first..=last).map(|n| n as f64 * step).collect(), step }
    }

    pub(super) fn low(&self) -> f64 {
        self.ticks.first().copied().unwrap_or(0.0)
    }

    pub(super) fn high(&self) -> f64 {
        self.ticks.last().copied().unwrap_or(1.0)
    }

    /// Where a value stands, from 0 at the lowest line to 1 at the highest.
    pub(super) fn place(&self, value: f64) -> f64 {
        ((value - self.low()) / (self.high() - self.low())).clamp(0.0, 1.0)
    }

    /// A line's number, with as many digits as tell it from its neighbours.
    pub(super) fn label(&self, tick: f64) -> String {
        let (divisor, unit) = unit(self.low().abs().max(self.high().abs()));
        let decimals = (-(self.step / divisor).log10().floor()).clamp(0.0, 6.0) as usize;
        let needed = (self.step / divisor * 10f64.powi(decimals as i32)).fract() > 1e-6;
        let text = format!("{:.*}", decimals + usize::from(needed), tick / divisor);
        if tick == 0.0 { "0".to_owned() } else { format!("{text}{unit}") }
    }
}

/// A value beside its bar: whole numbers as they are, others with at most so many digits as matter.
pub(super) fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value}");
    }
    match value.abs() {
        size if !(1e-3..1e15).contains(&size) => format!("{value:.2e}"),
        size if size >= 100.0 => format!("{value:.1}"),
        _ => format!("{value:.3}").trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}

fn unit(size: f64) -> (f64, &'static str) {
    match size {
        size if size >= 1e12 => (1e12, "T"),
        size if size >= 1e9 => (1e9, "G"),
        size if size >= 1e6 => (1e6, "M"),
        size if size >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64) -> Vec<String> {
        let scale = Scale::over((low, high), 4, false);
        scale.ticks.iter().map(|&tick| scale.label(tick)).collect()
    }

    #[test]
    fn lines_stand_at_round_numbers() {
        assert_eq!(labels(0.0, 9.0), ["0", "5", "10"]);
        assert_eq!(labels(0.0, 7.0), ["0", "2", "4", "6", "8"]);
        assert_eq!(labels(0.0, 123_456.0), ["0", "50k", "100k", "150k"]);
        assert_eq!(labels(0.0, 0.9), ["0", "0.5", "1.0"]);
        assert_eq!(labels(-3.0, 5.0), ["-4", "-2", "0", "2", "4", "6"]);
        assert_eq!(labels(0.0, 0.0), ["0", "0.5", "1.0"]);
        assert_eq!(Scale::over((0.0, 1.0), 4, true).ticks, [0.0, 1.0]);
        assert_eq!(labels(0.0, 2.4e6), ["0", "1M", "2M", "3M"]);
    }

    #[test]
    fn hostile_numbers_do_no_harm() {
        for (low, high) in [(0.0, f64::MAX), (f64::MIN, f64::MAX), (0.0, f64::MIN_POSITIVE), (-1e300, 1e-300)] {
            let scale = Scale::over((low, high), 4, low == 0.0);
            assert!(scale.ticks.len() < 12, "{low} {high} {scale:?}");
            scale.ticks.iter().for_each(|&tick| assert!(!scale.label(tick).is_empty()));
            assert!((0.0..=1.0).contains(&scale.place(high)));
        }
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [(7.0, "7"), (250.25, "250.2"), (0.125, "0.125"), (1.5, "1.5"), (1e-9, "1.00e-9")] {
            assert_eq!(number(value), text);
        }
    }
}
