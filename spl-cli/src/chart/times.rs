//! Axes of time: which of a chart's times get a label, and what it says.

use spl_core::time::{Zone, strftime};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps that people count time in, seconds.
const STEPS: &[i64] = &[
    1,
    2,
    5,
    10,
    15,
    30,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
];

/// Indexes of times to be labelled, at most so many, with their labels.
pub(super) fn labels(times: &[f64], zone: Zone, most: usize) -> Vec<(usize, String)> {
    let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return Vec::new() };
    let most = most.max(1);
    let span = (last - first).max(1.0);
    let clock: Vec<i64> = times.iter().map(|&time| local(time, zone)).collect();
    let on_step = |step: i64| (0..times.len()).filter(|&at| clock[at].rem_euclid(step) == 0).collect::<Vec<usize>>();
    // Times that follow no clock are labelled evenly.
    let chosen = STEPS
        .iter()
        .filter(|&&step| span / step as f64 <= most as f64)
        .map(|&step| on_step(step))
        .find(|found| (2..=most).contains(&found.len()))
        .unwrap_or_else(|| (0..times.len()).step_by(times.len().div_ceil(most)).collect());
    let format = format(times, &chosen, span, zone);
    chosen.into_iter().map(|at| (at, text(times[at], format, zone))).collect()
}

/// A moment in full.
pub(super) fn full(time: f64, zone: Zone) -> String {
    text(time, if time.fract() == 0.0 { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M:%S.%3N" }, zone)
}

/// No more than what tells the labels apart.
fn format(times: &[f64], chosen: &[usize], span: f64, zone: Zone) -> &'static str {
    let all =
        |step: i64| chosen.iter().all(|&at| times[at].fract() == 0.0 && local(times[at], zone).rem_euclid(step) == 0);
    let days = chosen.iter().map(|&at| local(times[at], zone).div_euclid(DAY));
    let one_day = days.clone().min() == days.max();
    match () {
        () if all(DAY) && span > 300.0 * DAY as f64 => "%Y-%m-%d",
        () if all(DAY) => "%b %d",
        () if !one_day => "%b %d %H:%M",
        () if all(MINUTE) => "%H:%M",
        () if all(1) => "%H:%M:%S",
        () => "%H:%M:%S.%3N",
    }
}

fn text(time: f64, format: &str, zone: Zone) -> String {
    strftime(time, format, zone).unwrap_or_else(|| time.to_string())
}

/// Seconds on the zone's clock.
fn local(time: f64, zone: Zone) -> i64 {
    let offset = strftime(time, "%z", zone).unwrap_or_default();
    let digits =
        |range: std::ops::Range<usize>| offset.get(range).and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    let size = digits(1..3) * HOUR + digits(3..5) * MINUTE;
    time.floor() as i64 + if offset.starts_with('-') { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(first: f64, step: f64, count: usize, zone: Zone) -> Vec<String> {
        let times: Vec<f64> = (0..count).map(|n| first + n as f64 * step).collect();
        labels(&times, zone, 5).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn labels_stand_at_round_times() {
        let start = 1_718_092_800.0;
        assert_eq!(shown(start, 60.0, 50, Zone::UTC), ["08:00", "08:10", "08:20", "08:30", "08:40"]);
        assert_eq!(
            shown(start, 3600.0, 48, Zone::UTC),
            ["Jun 11 12:00", "Jun 12 00:00", "Jun 12 12:00", "Jun 13 00:00"]
        );
        assert_eq!(shown(1_718_064_000.0, 86400.0, 4, Zone::UTC), ["Jun 11", "Jun 12", "Jun 13", "Jun 14"]);
        assert_eq!(
            shown(start, 1.0, 5, Zone::UTC),
            ["08:00:00", "08:00:01", "08:00:02", "08:00:03", "08:00:04"].map(|t| t.to_owned()).to_vec()
        );
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        assert_eq!(shown(1_718_056_800.0, 86400.0, 3, berlin), ["Jun 11", "Jun 12", "Jun 13"]);
    }

    #[test]
    fn there_are_never_too_many() {
        for (step, count) in [(1.0, 1), (0.001, 100), (7.7, 1000), (1e6, 50), (0.0, 3), (1e12, 3)] {
            let found = shown(0.0, step, count, Zone::UTC).len();
            assert!((1..=5).contains(&found), "{step} {count}: {found}");
        }
    }
}
