//! Durations as text: `01:02:05`, `1+02:03:04`.

/// `seconds` as `HH:MM:SS`, with `D+` in front from a day on, six decimals when there is a fraction, and a sign when negative.
pub fn duration_text(seconds: f64) -> Option<String> {
    if seconds.is_nan() || seconds.abs() >= 1e15 {
        return None;
    }
    let micros = (seconds.abs() * 1e6).round() as i128;
    let (whole, fraction) = ((micros / 1_000_000) as u64, (micros % 1_000_000) as u32);
    let mut text = String::with_capacity(20);
    if seconds < 0.0 && micros > 0 {
        text.push('-');
    }
    let (days, hours, minutes, seconds) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    if days > 0 {
        text.push_str(&format!("{days}+"));
    }
    text.push_str(&format!("{hours:02}:{minutes:02}:{seconds:02}"));
    if fraction > 0 {
        text.push_str(&format!(".{fraction:06}"));
    }
    Some(text)
}

/// Reads `[D+]HH:MM:SS[.frac]`, `MM:SS`, or plain seconds back to seconds.
pub fn parse_duration(text: &str) -> Option<f64> {
    let text = text.trim();
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (days, clock) = match text.split_once('+') {
        Some((days, clock)) => (whole(days)?, clock),
        None => (0.0, text),
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let (&last, earlier) = parts.split_last()?;
    if earlier.len() > 2 || !last.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let mut seconds = 0.0;
    for part in earlier {
        seconds = (seconds + whole(part)?) * 60.0;
    }
    let seconds = days * 86_400.0 + seconds + last.parse::<f64>().ok()?;
    Some(if negative { -seconds } else { seconds })
}

fn whole(text: &str) -> Option<f64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}
