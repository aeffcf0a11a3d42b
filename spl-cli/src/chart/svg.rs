//! A chart as a picture in SVG: bars for names, columns or lines over time, with axes, a legend and the numbers as tooltips.

use std::fmt::Write;

use spl_core::time::Zone;
use unicode_width::UnicodeWidthStr;

use super::scale::{Scale, number};
use super::{Axis, Chart, Series, times};

const WIDTH: f64 = 960.0;
/// The height of the part where numbers are drawn over time.
const PLOT: f64 = 360.0;
const MARGIN: f64 = 24.0;
/// The width of a character, about.
const CHAR: f64 = 6.9;
const LINE: f64 = 20.0;

const COLORS: &[&str] = &[
    "#2f6fb3", "#e0812f", "#3a9a5b", "#c8444a", "#7d5fa8", "#8c6d4f", "#d673b4", "#6f7f2a", "#2ba6b5", "#b59a1f",
    "#4c5fd0", "#e86f5a",
];

const REST: &str = "#9aa0a8";

const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#30353b}.t{font-size:14px;font-weight:600}.g{stroke:#e3e6ea}\
.a{stroke:#8a9099}.l{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.n{fill:#646b74}";

/// The picture.
pub(crate) fn picture(chart: &Chart) -> String {
    let mut drawing = Drawing { body: String::new(), y: MARGIN };
    drawing.title(&chart.title);
    if chart.series.len() > 1 || matches!(chart.axis, Axis::Times(..)) {
        drawing.legend(chart);
    }
    match &chart.axis {
        Axis::Names(names) => drawing.bars(chart, names),
        Axis::Times(times, zone) => drawing.over_time(chart, times, *zone),
    }
    if let Some(left_out) = &chart.left_out {
        drawing.y += LINE;
        drawing.text(MARGIN, drawing.y, "start", "n", &format!("{left_out} not drawn"));
    }
    let height = drawing.y + MARGIN;
    let title = match &*chart.title {
        "" => String::new(),
        title => format!("<title>{}</title>\n", escape(title)),
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" height=\"{height:.0}\" \
         role=\"img\">\n{title}<style>{STYLE}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{}</svg>\n",
        drawing.body
    )
}

/// What is drawn so far, and how far down it reaches.
struct Drawing {
    body: String,
    y: f64,
}

impl Drawing {
    fn text(&mut self, x: f64, y: f64, anchor: &str, class: &str, text: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{}</text>",
            escape(text)
        );
    }

    fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let _ = writeln!(
            self.body,
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        );
    }

    /// A bar with its tooltip.
    fn bar(&mut self, color: &str, (x, y): (f64, f64), (width, height): (f64, f64), tip: &str) {
        let _ = writeln!(
            self.body,
            "<rect fill=\"{color}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"><title>{}</title></rect>",
            escape(tip)
        );
    }

    /// The search, in as many lines as it needs, up to four.
    fn title(&mut self, title: &str) {
        if title.is_empty() {
            return;
        }
        let most = ((WIDTH - 2.0 * MARGIN) / (CHAR * 1.15)) as usize;
        let mut lines = vec![String::new()];
        for word in title.split_whitespace() {
            let line = lines.last_mut().map_or(0, |line| line.width());
            if line > 0 && line + 1 + word.width() > most {
                if lines.len() == 4 {
                    lines.iter_mut().next_back().into_iter().for_each(|last| last.push('…'));
                    break;
                }
                lines.push(String::new());
            }
            if let Some(last) = lines.last_mut() {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(&cut(word, most));
            }
        }
        for line in lines {
            self.y += LINE * 0.6;
            self.text(MARGIN, self.y, "start", "t", &line);
            self.y += LINE * 0.4;
        }
    }

    fn legend(&mut self, chart: &Chart) {
        let mut x = MARGIN;
        self.y += LINE * 0.8;
        for (n, series) in chart.series.iter().enumerate() {
            let name = cut(&series.name, 40);
            let width = 18.0 + CHAR * name.width() as f64 + 16.0;
            if x > MARGIN && x + width > WIDTH - MARGIN {
                x = MARGIN;
                self.y += LINE;
            }
            let _ = writeln!(
                self.body,
                "<rect fill=\"{}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"11\" height=\"11\" rx=\"2\"/>",
                color(series, n),
                self.y - 10.0
            );
            self.text(x + 17.0, self.y, "start", "", &name);
            x += width;
        }
    }

    /// Bars from left to right, a group for each name.
    fn bars(&mut self, chart: &Chart, names: &[String]) {
        let label = |name: &str| cut(name, 44);
        let widest = names.iter().map(|name| label(name).width()).max().unwrap_or(0);
        let left = MARGIN + CHAR * widest as f64 + 10.0;
        let right = WIDTH - MARGIN - 60.0;
        let scale = Scale::over(chart.extent(), 6, chart.is_whole());
        let x = |value: f64| left + (right - left) * scale.place(value);
        let thick: f64 = if chart.series.len() == 1 { 18.0 } else { 13.0 };
        let group = thick * chart.series.len() as f64 + 8.0;
        let top = self.y + LINE;
        let bottom = top + group * names.len() as f64;
        for &tick in &scale.ticks {
            self.line(if tick == 0.0 { "a" } else { "g" }, (x(tick), top), (x(tick), bottom));
            self.text(x(tick), bottom + 16.0, "middle", "n", &scale.label(tick));
        }
        for (at, name) in names.iter().enumerate() {
            let y = top + group * at as f64 + 4.0;
            self.text(left - 8.0, y + (group - 8.0) / 2.0 + 4.0, "end", "", &label(name));
            for (n, series) in chart.series.iter().enumerate() {
                let Some(value) = series.values[at] else { continue };
                let (from, to) = (x(value.min(0.0)), x(value.max(0.0)));
                let y = y + thick * n as f64;
                let tip = match chart.series.len() {
                    1 => format!("{name}: {value}"),
                    _ => format!("{name}, {}: {value}", series.name),
                };
                self.bar(color(series, n), (from, y), (to - from, thick - 1.0), &tip);
                self.text(to + 5.0, y + thick / 2.0 + 4.0, "start", "n", &number(value));
            }
        }
        self.y = bottom + LINE;
    }

    /// Columns for one series, lines for several.
    fn over_time(&mut self, chart: &Chart, times: &[f64], zone: Zone) {
        let scale = Scale::over(chart.extent(), 5, chart.is_whole());
        let widest = scale.ticks.iter().map(|&tick| scale.label(tick).width()).max().unwrap_or(0);
        let (left, right) = (MARGIN + CHAR * widest as f64 + 10.0, WIDTH - MARGIN);
        let (top, bottom) = (self.y + LINE, self.y + LINE + PLOT);
        let y = |value: f64| bottom - (bottom - top) * scale.place(value);
        let each = (right - left) / times.len().max(1) as f64;
        let x = |at: usize| left + each * (at as f64 + 0.5);
        for &tick in &scale.ticks {
            self.line(if tick == 0.0 { "a" } else { "g" }, (left, y(tick)), (right, y(tick)));
            self.text(left - 8.0, y(tick) + 4.0, "end", "n", &scale.label(tick));
        }
        for (at, label) in times::labels(times, zone, 9) {
            self.line("a", (x(at), bottom), (x(at), bottom + 5.0));
            self.text(x(at), bottom + 20.0, "middle", "n", &label);
        }
        match &chart.series[..] {
            [one] => {
                for (at, value) in one.values.iter().enumerate() {
                    let Some(value) = *value else { continue };
                    let (upper, lower) = (y(value.max(0.0)), y(value.min(0.0)));
                    let tip = format!("{}: {value}", times::full(times[at], zone));
                    let gap = if each > 4.0 { 1.0 } else { 0.0 };
                    let at = (left + each * at as f64 + gap / 2.0, upper);
                    self.bar(color(one, 0), at, (each - gap, lower - upper), &tip);
                }
            }
            several => {
                for (n, series) in several.iter().enumerate().rev() {
                    self.course(series, n, times, zone, &x, &y);
                }
            }
        }
        self.y = bottom + LINE;
    }

    /// A line through a series' values, broken where there is none, with a point for each.
    fn course(
        &mut self,
        series: &Series,
        n: usize,
        times: &[f64],
        zone: Zone,
        x: &dyn Fn(usize) -> f64,
        y: &dyn Fn(f64) -> f64,
    ) {
        let color = color(series, n);
        let points: Vec<Option<(f64, f64)>> =
            series.values.iter().enumerate().map(|(at, value)| value.map(|value| (x(at), y(value)))).collect();
        for part in points.split(Option::is_none).filter(|part| part.len() > 1) {
            let path: Vec<String> = part.iter().flatten().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let _ = writeln!(self.body, "<polyline class=\"l\" stroke=\"{color}\" points=\"{}\"/>", path.join(" "));
        }
        let radius = if points.len() > 120 { 1.2 } else { 2.6 };
        for (at, (point, value)) in points.iter().zip(&series.values).enumerate() {
            let (Some((x, y)), Some(value)) = (point, value) else { continue };
            let tip = escape(&format!("{}, {}: {value}", times::full(times[at], zone), series.name));
            let _ = writeln!(
                self.body,
                "<circle fill=\"{color}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"><title>{tip}</title></circle>"
            );
        }
    }
}

fn color(series: &Series, n: usize) -> &'static str {
    if series.is_rest() { REST } else { COLORS[n % COLORS.len()] }
}

/// A text of at most so many characters, whose middle is left out where it is longer.
fn cut(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let tail = most.saturating_sub(1) * 2 / 3;
    let start = text.chars().take(most.saturating_sub(1 + tail));
    start.chain(['…']).chain(text.chars().skip(length - tail)).collect()
}

/// A text as XML and HTML have it; characters that XML does not allow are replaced.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ROWS, chart};
    use super::*;

    #[test]
    fn pictures_are_xml_whatever_names_hold() {
        for search in [
            format!("{ROWS} | eval code=\"<b>&\".code.\"\\\"\" | stats count BY code"),
            format!("{ROWS} | eval _time=1700000000+n*60 | timechart span=1m count BY host"),
            format!("{ROWS} | eval _time=1700000000+n*60 | timechart span=1m max(n) AS \"a<b\""),
            format!("{ROWS} | eval m=-n | chart max(n) min(m) OVER host"),
        ] {
            let svg = picture(&chart(&search).unwrap());
            let mut events = 0;
            let mut rest = &svg[..];
            while let Some(open) = rest.find('<') {
                let close = rest[open..].find('>').expect("a tag is closed") + open;
                assert!(!rest[open + 1..close].contains('<'), "{svg}");
                rest = &rest[close + 1..];
                events += 1;
            }
            assert!(events > 10 && svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
            assert!(!svg.contains("NaN") && !svg.contains("<b>"), "{svg}");
        }
    }

    #[test]
    fn numbers_and_names_are_in_the_picture() {
        let svg = picture(&chart(&format!("{ROWS} | chart count OVER code BY host")).unwrap());
        for part in ["<title>400, b: 2</title>", ">401</text>", ">a</text>", ">b</text>"] {
            assert!(svg.contains(part), "{part} is missing in\n{svg}");
        }
    }
}
